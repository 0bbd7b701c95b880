/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel of this machine can do with keys, found out without the module. */
#pragma once

#include <linux/if_alg.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "tests/api/api.h"

#ifndef SOL_ALG
#define SOL_ALG 279
#endif
#define SET_KEY_BY_KEY_SERIAL 7 /* ALG_SET_KEY_BY_KEY_SERIAL, which older headers lack */
#define KEYRING_OF_PROCESS (-2) /* KEY_SPEC_PROCESS_KEYRING */
#define KEY_UNLINK 9            /* KEYCTL_UNLINK */

static inline int
kernel_takes(const char *type, const char *name)
{
	struct sockaddr_alg to = { .salg_family = AF_ALG };
	const int fd = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int takes = 0;
	long serial;

	if (fd < 0)
		return 0;
	(void)snprintf((char *)to.salg_type, sizeof to.salg_type, "%s", type);
	(void)snprintf((char *)to.salg_name, sizeof to.salg_name, "%s", name);
	serial = syscall(SYS_add_key, "logon", "test:probe",
		"0123456789abcdef0123456789abcdef", 32UL, KEYRING_OF_PROCESS);
	if (serial > 0 && bind(fd, (struct sockaddr *)&to, sizeof to) == 0) {
		const int32_t number = (int32_t)serial;

		takes = setsockopt(fd, SOL_ALG, SET_KEY_BY_KEY_SERIAL, &number,
				sizeof number) == 0;
	}
	if (serial > 0)
		(void)syscall(SYS_keyctl, KEY_UNLINK, serial, KEYRING_OF_PROCESS);
	close(fd);
	return takes;
}

/* The custody of a sensitive session key that the kernel could serve, or not. */
static inline CK_ULONG
kernel_custody(int served)
{
	const char *policy = getenv("STACK_SENSITIVE_SESSION");

	if (policy != NULL && strcmp(policy, "process") == 0)
		return CK_KT_CUSTODY_PROCESS;
	if (policy != NULL && strcmp(policy, "broker") == 0)
		return CK_KT_CUSTODY_BROKER;
	return served ? CK_KT_CUSTODY_KERNEL : CK_KT_CUSTODY_BROKER;
}

/* Of an AES key without CKA_ALLOWED_MECHANISMS that encrypts, decrypts, signs or verifies:
 * all modes are built of these. */
static inline int
kernel_takes_aes(void)
{
	return kernel_takes("skcipher", "ecb(aes)") &&
	       kernel_takes("skcipher", "cbc(aes)") &&
	       kernel_takes("skcipher", "ctr(aes)") && kernel_takes("hash", "cmac(aes)");
}
