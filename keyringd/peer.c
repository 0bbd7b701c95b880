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

/* Who a peer is cannot be known now, but soon again. */
static bool
is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOMEM;
}

/* Field 22 of /proc/PID/stat; the name in field 2 may hold anything, so count
 * from its last parenthesis. 0: not to be seen. */
static int
start_time(pid_t pid, uint64_t *ret)
{
	CLEANUP(cleanup_close)
	int fd = -1;
	char path[48], text[1024], *at;
	ssize_t n;

	(void)snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	*ret = 0;
	if (fd < 0)
		return is_shortage(errno) ? -errno : 0;
	n = read(fd, text, sizeof text - 1);
	if (n <= 0)
		return n < 0 && is_shortage(errno) ? -errno : 0;
	text[n] = '\0';
	at = strrchr(text, ')');
	for (unsigned field = 2; at != NULL && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (at != NULL)
		*ret = strtoull(at + 1, NULL, 10);
	return 0;
}

/* The kernel's own, made when the peer connected; else by number, which is
 * right unless the number has been given to another process since. -1: there is none. */
static int
pidfd_of(int fd, pid_t pid, int *ret)
{
	socklen_t len = sizeof *ret;

	*ret = -1;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, ret, &len) == 0) {
		(void)fcntl(*ret, F_SETFD, FD_CLOEXEC);
		return 0;
	}
	*ret = -1;
	if (errno == ESRCH || errno == EINVAL)
		return -ESRCH; /* it was there and has gone */
	if (is_shortage(errno))
		return -errno;
	if (pid <= 0)
		return 0;
	*ret = (int)syscall(SYS_pidfd_open, pid, 0);
	return *ret < 0 && (errno == ESRCH || is_shortage(errno)) ? -errno : 0;
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
	r = pidfd_of(fd, cred.pid, &p.pidfd);
	if (r == 0 && p.pid > 0)
		r = start_time(p.pid, &p.start);
	if (r == 0)
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
