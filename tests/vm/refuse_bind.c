/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Put before a program with LD_PRELOAD, refuses binds of AF_ALG sockets as Linux
 * 7.3 does with crypto.af_alg_restrict=1, its default: ENOENT for an algorithm
 * that is not on the list, and for one on the list that asks for CAP_NET_ADMIN or
 * CAP_SYS_ADMIN from who has neither. The lists are the kernel's
 * (crypto/algif_*.c, af_alg_check_restriction() in crypto/af_alg.c).
 *
 * KEYRING_TOKEN_AF_ALG_AS=unprivileged or admin decides in place of the process's
 * capabilities.
 */
#include <dlfcn.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/if_alg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ADMIN true
#define ANYBODY false

static const struct allowed {
	const char *type;
	const char *name;
	bool admin;
} allowed[] = {
	{ "aead", "ccm(aes)", ADMIN },
	{ "hash", "cmac(aes)", ADMIN },
	{ "hash", "hmac(md5)", ADMIN },
	{ "hash", "hmac(sha1)", ADMIN },
	{ "hash", "hmac(sha224)", ADMIN },
	{ "hash", "hmac(sha256)", ADMIN },
	{ "hash", "hmac(sha384)", ADMIN },
	{ "hash", "hmac(sha512)", ADMIN },
	{ "hash", "md4", ADMIN },
	{ "hash", "md5", ADMIN },
	{ "hash", "sha1", ANYBODY },
	{ "hash", "sha224", ADMIN },
	{ "hash", "sha256", ADMIN },
	{ "hash", "sha384", ADMIN },
	{ "hash", "sha512", ADMIN },
	{ "skcipher", "adiantum(xchacha12,aes)", ANYBODY },
	{ "skcipher", "adiantum(xchacha20,aes)", ANYBODY },
	{ "skcipher", "cbc(aes)", ADMIN },
	{ "skcipher", "cbc(des)", ADMIN },
	{ "skcipher", "cbc(des3_ede)", ADMIN },
	{ "skcipher", "ctr(aes)", ADMIN },
	{ "skcipher", "ecb(aes)", ADMIN },
	{ "skcipher", "ecb(des)", ADMIN },
	{ "skcipher", "hctr2(aes)", ANYBODY },
	{ "skcipher", "xts(aes)", ANYBODY },
	{ "skcipher", "xts(camellia)", ANYBODY },
	{ "skcipher", "xts(serpent)", ANYBODY },
	{ "skcipher", "xts(twofish)", ANYBODY },
};

static bool
have_capability(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };
	const __u32 wanted = CAP_TO_MASK(CAP_NET_ADMIN) | CAP_TO_MASK(CAP_SYS_ADMIN);

	/* both are below 32 */
	return syscall(SYS_capget, &header, data) == 0 &&
	       (data[0].effective & wanted) != 0;
}

static bool
is_admin(void)
{
	const char *as = getenv("KEYRING_TOKEN_AF_ALG_AS");

	if (as != NULL && strcmp(as, "admin") == 0)
		return true;
	if (as != NULL && strcmp(as, "unprivileged") == 0)
		return false;
	return have_capability();
}

static bool
is_refused(const struct sockaddr_alg *address)
{
	for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
		const struct allowed *a = &allowed[i];

		/* a name that fills its field is longer than any of these */
		if (strncmp((const char *)address->salg_type, a->type,
			    sizeof address->salg_type) == 0 &&
			strncmp((const char *)address->salg_name, a->name,
				sizeof address->salg_name) == 0)
			return a->admin && !is_admin();
	}
	return true;
}

__attribute__((visibility("default"))) int
bind(int fd, const struct sockaddr *address, socklen_t length)
{
	int (*next)(int, const struct sockaddr *, socklen_t);

	if (address != NULL && length >= sizeof(struct sockaddr_alg) &&
		address->sa_family == AF_ALG &&
		is_refused((const struct sockaddr_alg *)(const void *)address)) {
		errno = ENOENT;
		return -1;
	}
	*(void **)&next = dlsym(RTLD_NEXT, "bind");
	return next(fd, address, length);
}
