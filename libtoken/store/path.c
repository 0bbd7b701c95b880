/* SPDX-License-Identifier: Apache-2.0 */
/* Where keyringd listens, and whom to believe that it is keyringd. */
#include "libtoken/store/conn.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef KEYRINGD_SOCKET
#define KEYRINGD_SOCKET "/run/keyring-token/keyringd.sock"
#endif
#ifndef KEYRINGD_USER
#define KEYRINGD_USER "keyring-token"
#endif

#define RUNTIME_NAME "keyring-token/keyringd.sock"
#define PASSWD_BUFFER 4096

struct path {
	char text[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
};

/* secure_getenv(): a set-user-id program does not follow its caller's wishes. */
static int
path_of_user(struct path *ret)
{
	const char *dir = secure_getenv("XDG_RUNTIME_DIR");
	int n;

	if (dir != NULL && dir[0] == '/')
		n = snprintf(ret->text, sizeof ret->text, "%s/%s", dir, RUNTIME_NAME);
	else
		n = snprintf(ret->text, sizeof ret->text, "/run/user/%u/%s",
			(unsigned)geteuid(), RUNTIME_NAME);
	return n > 0 && (size_t)n < sizeof ret->text ? 0 : -ENOENT;
}

int
path_each(int (*try)(const char *path, void *arg), void *arg)
{
	const char *chosen = secure_getenv("KEYRING_TOKEN_SOCKET");
	struct path user;
	int err;

	if (chosen != NULL && chosen[0] != '\0')
		return try(chosen, arg);
	err = try(KEYRINGD_SOCKET, arg);
	if (err == -ENOENT) {
		err = path_of_user(&user);
		if (err == 0)
			err = try(user.text, arg);
	}
	return err;
}

/* The uid of keyringd's own user, found when a socket of some third user asks
 * for it: a look-up can load modules of the C library, which most processes
 * need not pay for. */
static bool
uid_is_keyringd(uid_t uid)
{
	static atomic_llong known = -1;
	long long found = atomic_load(&known);
	char buffer[PASSWD_BUFFER];
	struct passwd entry;
	struct passwd *result = NULL;

	if (found < 0) {
		if (getpwnam_r(KEYRINGD_USER, &entry, buffer, sizeof buffer, &result) !=
				0 ||
			result == NULL)
			return false;
		found = entry.pw_uid;
		atomic_store(&known, found);
	}
	return (long long)uid == found;
}

bool
path_owner_trusted(uid_t uid)
{
	return uid == 0 || uid == geteuid() || uid_is_keyringd(uid);
}
