/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A warm small call is two system calls, send and receive (and the pool's
 * fstat, see conn_is_ours()): the request is one buffer, the reply is received
 * together with its header, and the socket's own time limit watches over the
 * wait. poll() comes in only when a reply is in pieces or time is short.
 *
 * A descriptor is accepted only where the message's row says that one comes, with the
 * reply's first bytes. Everywhere else there is no room for control data, the kernel
 * drops descriptors, and tells with MSG_CTRUNC that there were some.
 */
#include "libtoken/store/conn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"

#define RECEIVE_FIRST 4096u /* bytes: header and a small payload in one go */
/* Bytes that a reply may have and its request has not: a pair's public numbers, several times
 * over. */
#define REPLY_MORE (16u << 10)
#define OUT_KEPT (64u << 10) /* bytes of buffer that an idle connection keeps */
#define LIMIT_SLACK_MS 100u  /* the socket's time limit may overshoot by this */
#define FD_HIGH 512          /* descriptors start here, out of the way */

uint64_t
time_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void
conn_init(struct conn *c)
{
	*c = (struct conn){ .fd = -1, .out = BUF_SECRET };
}

/* About 0.3 us, where the round trip takes 10: worth it, or else a PIN might go
 * to whatever the application has opened under this number since. */
bool
conn_is_ours(const struct conn *c)
{
	struct stat st;

	return fstat(atomic_load(&c->fd), &st) == 0 && S_ISSOCK(st.st_mode) &&
	       st.st_dev == c->dev && st.st_ino == c->ino;
}

void
conn_close(struct conn *c)
{
	int fd = atomic_load(&c->fd);

	if (fd >= 0) {
		bool ours = c->ino == 0 || conn_is_ours(c);

		atomic_store(&c->fd, -1);
		if (ours) {
			/* a forked child may have it too, and never let go */
			(void)shutdown(fd, SHUT_RDWR);
			(void)close(fd);
		}
	}
	c->ino = 0;
	buf_free(&c->out);
}

/* --- Opening ----------------------------------------------------------------- */

/* Out of the way of applications that count on low numbers, or close them. */
static void
conn_raise(struct conn *c)
{
	struct rlimit limit;
	int fd = atomic_load(&c->fd);
	int from = FD_HIGH;
	int high;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 2 * FD_HIGH)
		from = (int)(limit.rlim_cur / 2);
	if (fd >= from)
		return;
	high = fcntl(fd, F_DUPFD_CLOEXEC, from);
	if (high < 0)
		return;
	atomic_store(&c->fd, high);
	(void)close(fd);
}

static int
connect_error(int err)
{
	switch (err) {
	case EAGAIN:
		return -ETIMEDOUT;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOBUFS:
		return -ENOMEM;
	default:
		return -ENOENT;
	}
}

static int
conn_check_owner(const struct conn *c)
{
	struct ucred peer;
	socklen_t n = sizeof peer;

	if (getsockopt(atomic_load(&c->fd), SOL_SOCKET, SO_PEERCRED, &peer, &n) != 0)
		return -ENOENT;
	return path_owner_trusted(peer.uid) ? 0 : -ENOENT;
}

static int
conn_set_limits(struct conn *c, unsigned limit_ms, bool receive_limit)
{
	struct timeval tv = { limit_ms / 1000, limit_ms % 1000 * 1000 };
	int fd = atomic_load(&c->fd);

	/* the limit for sending is the one for connecting */
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv) != 0)
		return -ENOMEM;
	if (receive_limit && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv) != 0)
		return -ENOMEM;
	c->limit_ms = receive_limit ? limit_ms : 0;
	return 0;
}

struct opening {
	struct conn *conn;
	unsigned limit_ms;
	bool receive_limit;
};

static int
conn_connect(struct conn *c, const struct sockaddr_un *to, unsigned limit_ms)
{
	uint64_t deadline = time_ms() + limit_ms;
	int fd = atomic_load(&c->fd);

	while (connect(fd, (const struct sockaddr *)to, sizeof *to) != 0) {
		if (errno != EINTR)
			return connect_error(errno);
		if (time_ms() >= deadline)
			return -ETIMEDOUT;
	}
	return 0;
}

static int
conn_try(const char *path, void *arg)
{
	const struct opening *o = arg;
	struct conn *c = o->conn;
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	struct stat st;
	int fd;
	int err;

	if (strlen(path) >= sizeof to.sun_path)
		return -ENOENT;
	memcpy(to.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return connect_error(errno);
	c->ino = 0;
	atomic_store(&c->fd, fd);
	err = conn_set_limits(c, o->limit_ms, o->receive_limit);
	if (err == 0)
		err = conn_connect(c, &to, o->limit_ms);
	if (err == 0)
		err = conn_check_owner(c);
	if (err == 0) {
		conn_raise(c);
		err = fstat(atomic_load(&c->fd), &st) == 0 ? 0 : -ENOMEM;
	}
	if (err != 0) {
		conn_close(c);
		return err;
	}
	c->dev = st.st_dev;
	c->ino = st.st_ino;
	return 0;
}

int
conn_open(struct conn *c, unsigned limit_ms, bool receive_limit)
{
	struct opening o = { c, limit_ms, receive_limit };

	return path_each(conn_try, &o);
}

/* --- Calling ----------------------------------------------------------------- */

static bool
conn_poll(const struct conn *c, short events, uint64_t deadline)
{
	for (;;) {
		struct pollfd p = { atomic_load(&c->fd), events, 0 };
		uint64_t now = time_ms();
		int wait = -1;
		int n;

		if (deadline != DEADLINE_NONE) {
			if (now >= deadline)
				return false;
			wait = deadline - now > INT_MAX ? INT_MAX : (int)(deadline - now);
		}
		n = poll(&p, 1, wait);
		if (n > 0 || (n < 0 && errno != EINTR))
			return true; /* an error shows itself in the next call */
	}
}

static enum conn_result
conn_send(struct conn *c, uint64_t deadline)
{
	size_t sent = 0;

	while (sent < c->out.n) {
		ssize_t n = send(atomic_load(&c->fd), c->out.p + sent, c->out.n - sent,
			MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0)
			sent += (size_t)n;
		else if (errno == EAGAIN) {
			if (!conn_poll(c, POLLOUT, deadline))
				return CONN_TIMEOUT;
		} else if (errno != EINTR)
			return CONN_UNSENT;
	}
	return CONN_DONE;
}

/* What came with a reply's bytes. */
struct passed {
	int fd;    /* -1: none */
	bool lost; /* one came, and this process had no room for it */
};

/* Room for one descriptor to the byte: CMSG_SPACE() would have room for two. */
union control {
	uint8_t b[CMSG_LEN(sizeof(int))];
	struct cmsghdr align;
};

static enum conn_result
passed_take(struct msghdr *msg, struct passed *p)
{
	const struct cmsghdr *c = CMSG_FIRSTHDR(msg);

	if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
		c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&p->fd, CMSG_DATA(c), sizeof p->fd);
	if ((msg->msg_flags & MSG_CTRUNC) == 0)
		return CONN_DONE;
	/* one was taken and there were more, or none could be */
	if (p->fd >= 0)
		return CONN_NONSENSE;
	p->lost = true;
	return CONN_DONE;
}

/* Some bytes, at least one. passed NULL: no descriptor may come with them. */
static enum conn_result
conn_receive_some(struct conn *c, uint8_t *at, size_t room, uint64_t deadline,
	struct passed *passed, size_t *ret)
{
	struct iovec iov = { at, room };
	union control control;
	int flags = 0;

	if (deadline != DEADLINE_NONE &&
		(c->limit_ms == 0 || time_ms() + c->limit_ms > deadline + LIMIT_SLACK_MS))
		flags = MSG_DONTWAIT;
	for (;;) {
		struct msghdr msg = { .msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = passed != NULL ? control.b : NULL,
			.msg_controllen = passed != NULL ? sizeof control.b : 0 };
		ssize_t n = recvmsg(atomic_load(&c->fd), &msg, flags | MSG_CMSG_CLOEXEC);

		if (n > 0) {
			*ret = (size_t)n;
			if (passed != NULL)
				return passed_take(&msg, passed);
			return (msg.msg_flags & MSG_CTRUNC) == 0 ? CONN_DONE
								 : CONN_NONSENSE;
		}
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			return CONN_BROKEN;
		if (!conn_poll(c, POLLIN, deadline))
			return CONN_TIMEOUT;
		flags = MSG_DONTWAIT;
	}
}

static bool
reply_fits(const struct conn *c, const struct exchange *x, const uint8_t *at,
	struct wire_header *ret)
{
	struct wire_header h;

	if (!wire_header_decode(at, WIRE_MAX_PAYLOAD, &h))
		return false;
	if ((h.flags & WIRE_REPLY) == 0 || h.type != x->type || h.id != c->last_id)
		return false;
	/* announced where it comes, and only there */
	if (((h.flags & WIRE_FD) != 0) != (x->fd != NULL && h.rv == CKR_OK))
		return false;
	/* a CK_RV of 32 bits must not turn an error into success */
	if (h.rv != (uint64_t)(CK_RV)h.rv || (h.rv != CKR_OK && h.length != 0))
		return false;
	*ret = h;
	return true;
}

/* The frame, header included, into the payload buffer. */
static enum conn_result
conn_receive(struct conn *c, const struct exchange *x, struct passed *passed,
	struct wire_header *ret)
{
	struct buf *to = x->payload;
	size_t total = RECEIVE_FIRST;
	bool known = false;

	while (!known || to->n < total) {
		enum conn_result result;
		uint8_t *at = buf_reserve(to, total - to->n);
		size_t n;

		if (at == NULL)
			return CONN_MEMORY;
		result = conn_receive_some(c, at, total - to->n, x->deadline,
			x->fd != NULL && to->n == 0 ? passed : NULL, &n);
		if (result != CONN_DONE)
			return result;
		to->n += n;
		if (known || to->n < WIRE_HEADER)
			continue;
		if (!reply_fits(c, x, to->p, ret))
			return CONN_NONSENSE;
		known = true;
		total = WIRE_HEADER + ret->length;
	}
	return to->n == total ? CONN_DONE : CONN_NONSENSE;
}

/* CKR_OK when there is something to send. */
static CK_RV
conn_encode(struct conn *c, const struct exchange *x)
{
	const struct wire_field *fields = wire_messages[x->type].request;
	size_t size = wire_size(fields, x->request);

	if (size > WIRE_MAX_PAYLOAD)
		return CKR_DEVICE_MEMORY;
	buf_reset(&c->out);
	wire_frame(&c->out, (uint16_t)x->type, 0, ++c->last_id, 0, fields, x->request);
	return buf_ok(&c->out) ? CKR_OK : CKR_HOST_MEMORY;
}

/* After a whole reply: is the descriptor there that it announced, and no other? */
static enum conn_result
passed_check(const struct passed *p, const struct wire_header *h)
{
	const bool announced = (h->flags & WIRE_FD) != 0;

	if (p->fd >= 0)
		return announced ? CONN_DONE : CONN_NONSENSE;
	return announced && !p->lost ? CONN_NONSENSE : CONN_DONE;
}

static void
passed_close(struct passed *p)
{
	if (p->fd >= 0)
		(void)close(p->fd);
}

static enum conn_result
conn_exchange(struct conn *c, const struct exchange *x, CK_RV *ret_rv)
{
	CLEANUP(passed_close)
	struct passed passed = { -1, false };
	enum conn_result result;
	struct wire_header h;
	struct bytes body;

	result = conn_send(c, x->deadline);
	if (result != CONN_DONE)
		return result;
	result = conn_receive(c, x, &passed, &h);
	if (result == CONN_DONE)
		result = passed_check(&passed, &h);
	if (result != CONN_DONE)
		return result;
	body = BYTES(x->payload->p + WIRE_HEADER, h.length);
	if (h.rv == CKR_OK && !wire_decode(wire_messages[x->type].reply, body, x->reply))
		return CONN_NONSENSE;
	*ret_rv = passed.lost ? CKR_HOST_MEMORY : (CK_RV)h.rv;
	if (x->fd != NULL)
		*x->fd = TAKE_FD(passed.fd);
	return CONN_DONE;
}

static size_t
reply_room(const struct exchange *x)
{
	const struct wire_message *m = &wire_messages[x->type];

	return m->changes ? wire_size(m->request, x->request) + REPLY_MORE
			  : RECEIVE_FIRST;
}

enum conn_result
conn_call(struct conn *c, const struct exchange *x, CK_RV *ret_rv)
{
	enum conn_result result = CONN_DONE;
	CK_RV rv = conn_encode(c, x);

	if (x->fd != NULL)
		*x->fd = -1;
	buf_reset(x->payload);
	x->payload->secret = true;
	/* of what has been done the reply tells: there has to be room for it */
	if (rv == CKR_OK && buf_reserve(x->payload, reply_room(x)) == NULL)
		rv = CKR_HOST_MEMORY;
	if (rv == CKR_OK)
		result = conn_exchange(c, x, &rv);
	if (result == CONN_DONE)
		*ret_rv = rv;
	if (result != CONN_DONE || rv != CKR_OK)
		buf_reset(x->payload);
	if (c->out.cap > OUT_KEPT)
		buf_free(&c->out);
	else
		buf_reset(&c->out);
	return result;
}
