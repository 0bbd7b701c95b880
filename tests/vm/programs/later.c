/* SPDX-License-Identifier: Apache-2.0 */
/*
 * later: the kernel's algorithms are refused while a program runs. Keys are made and used as
 * with CAP_NET_ADMIN; then refuse_bind.so is told that there is none. What is new has to go
 * another way, without an error, and so has what has lost its sockets; a key that only the kernel
 * has goes on where it has its sockets, and says clearly where it has not.
 */
#include <sys/socket.h>
#include <unistd.h>

#include "tests/vm/programs/client.h"

static CK_SESSION_HANDLE session;
static CK_BYTE value[32] = { 1, 2, 3, 5, 8 }, plain[64], reference[2][80];

static CK_RV
encrypt(CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE key, CK_BYTE *out)
{
	struct param p;
	CK_ULONG n = 80;
	CK_RV rv;

	param_plain(&p, mech_lookup(type), sizeof plain);
	rv = F->C_EncryptInit(session, &p.mechanism, key);
	return rv != CKR_OK ? rv : F->C_Encrypt(session, plain, sizeof plain, out, &n);
}

static void
says(const char *name, bool good, const char *why)
{
	(void)printf("%sok later refused: %s%s%s\n", good ? "" : "not ", name,
		good ? "" : ": ", good ? "" : why);
}

static void
works(const char *name, CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE key,
	const CK_BYTE *wanted)
{
	CK_BYTE out[80];
	CK_RV rv = encrypt(type, key, out);

	says(name, rv == CKR_OK && memcmp(out, wanted, sizeof plain) == 0,
		rv == CKR_OK ? "other bytes" : ckr_name(rv));
}

static void
digest(const char *name)
{
	static const CK_BYTE sha256_nothing[4] = { 0xe3, 0xb0, 0xc4, 0x42 };
	CK_MECHANISM m = { CKM_SHA256, NULL, 0 };
	CK_BYTE out[64];
	CK_ULONG n = sizeof out;
	CK_RV rv = F->C_DigestInit(session, &m);

	if (rv == CKR_OK)
		rv = F->C_Digest(session, plain, 0, out, &n);
	says(name, rv == CKR_OK && memcmp(out, sha256_nothing, 4) == 0, ckr_name(rv));
}

/* What an application does that closes everything. */
static void
close_sockets(void)
{
	for (int fd = 3; fd < 1024; fd++) {
		int domain = -1;
		socklen_t n = sizeof domain;

		if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) == 0 &&
			domain == AF_ALG)
			(void)close(fd);
	}
	if (af_alg_sockets() != 0)
		die("sockets of the kernel's are left");
}

int
main(void)
{
	CK_OBJECT_HANDLE old, fresh, token, here;
	CK_BYTE out[80];
	CK_RV rv;

	(void)setenv("KEYRING_TOKEN_AF_ALG_AS", "admin", 1);
	session = client_start();
	here = key_import(session, WAY_PROCESS, CKK_AES, value, sizeof value);
	old = key_import(session, WAY_KERNEL, CKK_AES, value, sizeof value);
	token = key_import(session, WAY_PASSED, CKK_AES, value, sizeof value);
	must(encrypt(CKM_AES_CBC, here, reference[0]), "CBC");
	must(encrypt(CKM_AES_CTR, here, reference[1]), "CTR");
	says("before it, a key is the kernel's",
		key_custody(session, old) == CK_KT_CUSTODY_KERNEL, "it is not");
	for (unsigned i = 0; i < 3; i++) {
		must(encrypt(CKM_AES_CBC, old, out), "CBC");
		must(encrypt(CKM_AES_CBC, token, out), "CBC");
	}
	digest("before it, a digest");
	(void)setenv("KEYRING_TOKEN_AF_ALG_AS", "unprivileged", 1);
	works("a key goes on with the sockets it has", CKM_AES_CBC, old, reference[0]);
	rv = encrypt(CKM_AES_CTR, old, out);
	says("a kernel key with another mechanism, or why not",
		rv == CKR_OK || rv == CKR_MECHANISM_INVALID ||
			rv == CKR_FUNCTION_NOT_SUPPORTED || rv == CKR_DEVICE_ERROR,
		ckr_name(rv));
	(void)printf("    %s\n", ckr_name(rv));
	works("a token's key", CKM_AES_CBC, token, reference[0]);
	works("a token's key, another mechanism", CKM_AES_CTR, token, reference[1]);
	works("that again", CKM_AES_CTR, token, reference[1]);
	fresh = key_import(session, WAY_KERNEL, CKK_AES, value, sizeof value);
	works("a new session key", CKM_AES_CBC, fresh, reference[0]);
	works("a new session key, another mechanism", CKM_AES_CTR, fresh, reference[1]);
	(void)printf("    its custody: %s\n", custody_name(key_custody(session, fresh)));
	digest("a digest goes on with the socket it has");
	works("a key goes on", CKM_AES_CBC, old, reference[0]);
	close_sockets();
	digest("a digest that has lost its socket");
	digest("that again");
	rv = encrypt(CKM_AES_CBC, old, out);
	says("a kernel key that has lost its sockets", rv == CKR_DEVICE_ERROR,
		ckr_name(rv));
	works("a token's key that has", CKM_AES_CBC, token, reference[0]);
	must(F->C_Finalize(NULL), "C_Finalize");
	return 0;
}
