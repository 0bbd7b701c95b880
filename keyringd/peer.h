/* SPDX-License-Identifier: Apache-2.0 */
/* Who is at the other end of a unix socket. */
#pragma once

#include <sys/types.h>

#include "common/bytes.h"

struct peer {
	uid_t uid;
	gid_t gid;
	pid_t pid;      /* 0: of a pid namespace we cannot see into */
	uint64_t start; /* of the process, in clock ticks since boot; 0: unknown */
	int pidfd;      /* -1: none; readable when the process has ended */
	gid_t *groups;  /* supplementary */
	size_t n_groups;
};

#define PEER_NONE ((struct peer){ .pidfd = -1 })

/* 0 or -errno; -ESRCH when the process has gone already. */
int peer_of(int fd, struct peer *ret) MUST_CHECK;
void peer_free(struct peer *p);
/* The same uid and the same process, not just the same pid. */
bool peer_same(const struct peer *a, const struct peer *b) MUST_CHECK;
