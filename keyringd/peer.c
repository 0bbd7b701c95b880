/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "common/cleanup.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77 /* Linux 6.5 */
#endif
#define GROUPS_MAX 65536u

void
peer_free(struct peer *p)
{
	if (p->pidfd >= 0)
		(void)close(p->pidfd);
	free(p->groups);
	*p = PEER_NONE;
}

/* Field 22 of /proc/PID/stat; the name in field 2 may hold anything, so count
 * from its last parenthesis. */
static uint64_t
start_time(pid_t pid)
{
	CLEANUP(cleanup_close)
	int fd = -1;
	char path[48], text[1024], *at;
	ssize_t n;

	(void)snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof text - 1);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	at = strrchr(text, ')');
	for (unsigned field = 2; at != NULL && field < 22; field++)
		at = strchr(at + 1, ' ');
	return at != NULL ? strtoull(at + 1, NULL, 10) : 0;
}

/* The kernel's own, made when the peer connected; else by number, which is
 * right unless the number has been given to another process since. */
static int
pidfd_of(int fd, pid_t pid)
{
	int pidfd = -1;
	socklen_t len = sizeof pidfd;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &len) == 0) {
		(void)fcntl(pidfd, F_SETFD, FD_CLOEXEC);
		return pidfd;
	}
	if (errno == ESRCH || errno == EINVAL)
		return -ESRCH; /* it was there and has gone */
	if (pid <= 0)
		return -1;
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	return pidfd >= 0 ? pidfd : (errno == ESRCH ? -ESRCH : -1);
}

static int
groups_of(int fd, struct peer *p)
{
	gid_t few[64];
	socklen_t len = sizeof few;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, few, &len) == 0) {
		p->groups = malloc(len != 0 ? len : 1);
		if (p->groups == NULL)
			return -ENOMEM;
		memcpy(p->groups, few, len);
	} else if (errno == ERANGE && len <= GROUPS_MAX * sizeof(gid_t)) {
		p->groups = malloc(len);
		if (p->groups == NULL)
			return -ENOMEM;
		if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, p->groups, &len) != 0)
			return -errno;
	} else {
		return 0; /* an old kernel: the primary group only */
	}
	p->n_groups = len / sizeof(gid_t);
	return 0;
}

int
peer_of(int fd, struct peer *ret)
{
	CLEANUP(peer_free)
	struct peer p = PEER_NONE;
	struct ucred cred;
	socklen_t len = sizeof cred;
	int r;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0)
		return -errno;
	p.uid = cred.uid;
	p.gid = cred.gid;
	p.pid = cred.pid;
	p.pidfd = pidfd_of(fd, cred.pid);
	if (p.pidfd == -ESRCH) {
		p.pidfd = -1;
		return -ESRCH;
	}
	p.start = p.pid > 0 ? start_time(p.pid) : 0;
	r = groups_of(fd, &p);
	if (r != 0)
		return r;
	*ret = p;
	p = PEER_NONE;
	return 0;
}

bool
peer_same(const struct peer *a, const struct peer *b)
{
	return a->uid == b->uid && a->pid == b->pid && a->start == b->start;
}
