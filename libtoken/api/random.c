/* SPDX-License-Identifier: Apache-2.0 */
/* 5.19 Random number generation functions. */
#include <fcntl.h>

#include "libtoken/api/api.h"

/* Mixed into the kernel's pool, which counts it as worth nothing; where that is
 * not possible nothing is lost. */
static void
seed_kernel(struct bytes seed)
{
	CLEANUP(cleanup_close)
	int fd = open("/dev/urandom", O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)!write(fd, seed.p, seed.n < 4096 ? seed.n : 4096);
}

/* 5.19.1 */
CK_RV
C_SeedRandom(CK_SESSION_HANDLE hSession, CK_BYTE_PTR pSeed, CK_ULONG ulSeedLen)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK && !api_bytes_fit(pSeed, ulSeedLen))
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK)
		seed_kernel(BYTES(pSeed, ulSeedLen));
	return api_return(__func__, rv);
}

/* 5.19.2 */
CK_RV
C_GenerateRandom(
	CK_SESSION_HANDLE hSession, CK_BYTE_PTR pRandomData, CK_ULONG ulRandomLen)
{
	CLEANUP(session_leave)
	struct session *s = NULL;
	CK_RV rv = session_enter_warm(hSession, &s);

	if (rv == CKR_OK && !api_bytes_fit(pRandomData, ulRandomLen))
		rv = CKR_ARGUMENTS_BAD;
	if (rv == CKR_OK)
		rv = crypto_random(pRandomData, ulRandomLen);
	return api_return(__func__, rv);
}
