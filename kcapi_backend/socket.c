/* SPDX-License-Identifier: Apache-2.0 */
#include "kcapi_backend/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_alg.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifndef SOL_ALG
#define SOL_ALG 279
#endif
#ifndef SOL_TLS
#define SOL_TLS 282
#endif
#define SET_KEY_BY_SERIAL 7 /* ALG_SET_KEY_BY_KEY_SERIAL, Linux 6.2 */

#define FD_HIGH 512             /* descriptors start here, out of the way */
#define UNDEFINED_TYPE 0x7f00a1 /* of a control message, in no level that there is */
#define LEAST_ROOM 4096u        /* the kernel takes a page whatever the limits are */
#define ACCESS_TRIES 3
#define ACCESS_PAUSE_NS 2000000

/* --- Making ---------------------------------------------------------------------- */

int
sock_raise(int fd)
{
	struct rlimit limit;
	int from = FD_HIGH, high;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 2 * FD_HIGH)
		from = (int)(limit.rlim_cur / 2);
	if (from <= STDERR_FILENO)
		from = STDERR_FILENO + 1;
	if (fd >= from)
		return fd;
	high = fcntl(fd, F_DUPFD_CLOEXEC, from);
	if (high < 0)
		return fd;
	(void)close(fd);
	return high;
}

/* The one place that binds: an algorithm may be refused here, each for itself. */
static int
transform_bind(int fd, const struct alg *a)
{
	struct sockaddr_alg to = { .salg_family = AF_ALG };

	memcpy(to.salg_type, alg_type_names[a->type], strlen(alg_type_names[a->type]));
	memcpy(to.salg_name, a->name, strlen(a->name));
	return bind(fd, (const struct sockaddr *)&to, sizeof to) == 0 ? 0 : -errno;
}

static int
key_by_serial(int fd, int32_t serial)
{
	const struct timespec pause = { 0, ACCESS_PAUSE_NS };
	int r = -EACCES;

	/* A key that was just unlinked answers EACCES until it is gone. */
	for (int i = 0; i < ACCESS_TRIES && r == -EACCES; i++) {
		if (i != 0)
			(void)nanosleep(&pause, NULL);
		r = setsockopt(fd, SOL_ALG, SET_KEY_BY_SERIAL, &serial, sizeof serial) ==
				    0
			    ? 0
			    : -errno;
	}
	return r;
}

static int
transform_key(int fd, const struct sock_key *key)
{
	int r;

	if (key->how == SOCK_UNKEYED)
		return 0;
	if (key->how == SOCK_SERIAL)
		r = key_by_serial(fd, key->serial);
	else
		r = setsockopt(fd, SOL_ALG, ALG_SET_KEY, key->value.p,
			    (socklen_t)key->value.n) == 0
			    ? 0
			    : -errno;
	return r == -EINVAL ? -ERANGE : r;
}

static int
transform_make(int fd, const struct alg *a, const struct sock_key *key, unsigned tag,
	const char **step)
{
	int r;

	*step = "bind";
	r = transform_bind(fd, a);
	if (r != 0)
		return r;
	*step = "key";
	r = transform_key(fd, key);
	/* the size is the option's length */
	if (r == 0 && a->type == ALG_TYPE_AEAD &&
		setsockopt(fd, SOL_ALG, ALG_SET_AEAD_AUTHSIZE, NULL, tag) != 0)
		r = -errno;
	return r;
}

int
sock_transform(const struct alg *a, const struct sock_key *key, unsigned tag, int *ret,
	const char **ret_step)
{
	const char *step = "socket";
	int fd = socket(AF_ALG, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	int r = fd < 0 ? -errno : 0;

	if (r == 0) {
		fd = sock_raise(fd);
		r = transform_make(fd, a, key, tag, &step);
	}
	if (r != 0) {
		if (fd >= 0)
			(void)close(fd);
		if (ret_step != NULL)
			*ret_step = step;
		return r;
	}
	*ret = fd;
	return 0;
}

int
sock_accept(int fd, int *ret)
{
	int made = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	if (made < 0)
		return -errno;
	*ret = sock_raise(made);
	return 0;
}

bool
sock_is_alg(int fd)
{
	int domain = 0;
	socklen_t n = sizeof domain;

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) == 0 &&
	       domain == AF_ALG;
}

int
sock_identify(int fd, struct sock_identity *ret)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -errno;
	*ret = (struct sock_identity){ st.st_dev, st.st_ino };
	return 0;
}

bool
sock_is(int fd, const struct sock_identity *id)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode) && st.st_dev == id->dev &&
	       st.st_ino == id->ino;
}

/* --- Room ------------------------------------------------------------------------ */

/* The kernel counts whole pages of the smaller buffer. */
static size_t
room_now(int fd)
{
	static const int options[] = { SO_SNDBUF, SO_RCVBUF };
	size_t room = SIZE_MAX;

	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		int bytes = 0;
		socklen_t n = sizeof bytes;

		if (getsockopt(fd, SOL_SOCKET, options[i], &bytes, &n) != 0 || bytes < 0)
			return LEAST_ROOM;
		if ((size_t)bytes < room)
			room = (size_t)bytes;
	}
	room -= room % (size_t)sysconf(_SC_PAGESIZE);
	return room < LEAST_ROOM ? LEAST_ROOM : room;
}

size_t
sock_room(int fd, size_t want)
{
	static const int options[][2] = { { SO_SNDBUFFORCE, SO_SNDBUF },
		{ SO_RCVBUFFORCE, SO_RCVBUF } };
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t room = room_now(fd);
	int bytes;

	if (want <= room || want > INT32_MAX / 4)
		return room;
	/* it is doubled; and a page over, for the tag */
	bytes = (int)((want + 2 * page) / 2 + page);
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		if (setsockopt(fd, SOL_SOCKET, options[i][0], &bytes, sizeof bytes) != 0)
			(void)setsockopt(
				fd, SOL_SOCKET, options[i][1], &bytes, sizeof bytes);
	}
	return room_now(fd);
}

/* --- Sending --------------------------------------------------------------------- */

static void *
control_add(struct control *c, int level, int type, size_t n)
{
	struct cmsghdr *h = (struct cmsghdr *)(void *)(c->bytes + c->n);

	h->cmsg_level = level;
	h->cmsg_type = type;
	h->cmsg_len = CMSG_LEN(n);
	c->n += CMSG_SPACE(n);
	return CMSG_DATA(h);
}

/* It comes first. */
void
control_set_encrypt(struct control *c, bool encrypt)
{
	const uint32_t operation = encrypt ? ALG_OP_ENCRYPT : ALG_OP_DECRYPT;

	memcpy(CMSG_DATA((struct cmsghdr *)(void *)c->bytes), &operation,
		sizeof operation);
}

void
control_init(struct control *c, const struct alg *a, bool encrypt)
{
	*c = (struct control){ .n = 0 };
	if (a->type != ALG_TYPE_HASH) {
		(void)control_add(c, SOL_ALG, ALG_SET_OP, sizeof(uint32_t));
		control_set_encrypt(c, encrypt);
	}
	if (a->iv != 0) {
		const uint32_t n = a->iv;
		uint8_t *p = control_add(c, SOL_ALG, ALG_SET_IV, sizeof n + n);

		memcpy(p, &n, sizeof n);
		c->iv = p + sizeof n;
	}
	if (a->type == ALG_TYPE_AEAD)
		c->assoc =
			control_add(c, SOL_ALG, ALG_SET_AEAD_ASSOCLEN, sizeof(uint32_t));
	(void)control_add(c, SOL_SOCKET, UNDEFINED_TYPE, 0);
	(void)control_add(c, SOL_TLS, UNDEFINED_TYPE, 0);
}

void
control_set_assoc(struct control *c, uint32_t n)
{
	memcpy(c->assoc, &n, sizeof n);
}

ssize_t
sock_send(int fd, const struct control *c, const struct iovec *v, size_t n, int flags)
{
	static const sa_family_t nowhere = AF_UNSPEC;
	const struct msghdr msg = {
		.msg_name = (void *)(uintptr_t)&nowhere,
		.msg_namelen = sizeof nowhere,
		.msg_iov = (struct iovec *)(uintptr_t)v,
		.msg_iovlen = n,
		.msg_control = (void *)(uintptr_t)c->bytes,
		.msg_controllen = c->n,
	};
	ssize_t r = sendmsg(fd, &msg, flags | MSG_NOSIGNAL | MSG_DONTWAIT | MSG_FASTOPEN);

	return r < 0 ? -errno : r;
}

ssize_t
sock_receive(int fd, const struct iovec *v, size_t n)
{
	struct msghdr msg = { .msg_iov = (struct iovec *)(uintptr_t)v, .msg_iovlen = n };
	ssize_t r = recvmsg(fd, &msg, MSG_DONTWAIT);

	return r < 0 ? -errno : r;
}
