/* SPDX-License-Identifier: Apache-2.0 */
/* Listening sockets: passed by the service manager, or bound here. */
#pragma once

#include "common/bytes.h"

#define LISTEN_MAX 64u

struct listen_set {
	int fds[LISTEN_MAX];
	unsigned n;
};

/* Sockets of the service manager; without any, those of addresses ("HOST:PORT",
 * "[v6]:PORT", "*:PORT"; NULL-terminated, may be NULL). 0 or -errno with a sentence
 * in err; then none is open. */
int listen_open(char *const *addresses, struct listen_set *ret, char *err,
	size_t err_len) MUST_CHECK;
void listen_close(struct listen_set *set);
/* "127.0.0.1:7512" of a socket, and the port alone. */
struct listen_name {
	char text[80];
	unsigned port;
};
struct listen_name listen_name(int fd);
