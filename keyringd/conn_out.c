/* SPDX-License-Identifier: Apache-2.0 */
/* What goes out on a connection, and what waits here to go. */
#include <errno.h>
#include <event2/event.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "keyringd/account.h"
#include "keyringd/conn.h"

static const struct timeval stall_limit = { CONN_STALL_S, 0 };

/* Closes from the loop: whoever is sending may be inside this client's state. */
static void
conn_fail(struct conn *c, const char *why)
{
	if (c->failed == NULL)
		c->failed = why;
	event_active(c->readable, EV_READ, 0);
}

/* What waits here counts for its user until the socket has taken it. */
static void
output_forget_sent(struct conn *c)
{
	c->account->bytes -= c->sent;
	buf_consume(&c->out, c->sent);
	c->sent = 0;
}

/* How much of it the socket took, or -errno. */
static ssize_t
send_some(int fd, const uint8_t *p, size_t n)
{
	size_t sent = 0;

	while (sent < n) {
		ssize_t took = send(fd, p + sent, n - sent, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (took < 0 && errno == EINTR)
			continue;
		if (took < 0 && errno == EAGAIN)
			break;
		if (took < 0)
			return -errno;
		sent += (size_t)took;
	}
	return (ssize_t)sent;
}

/* false: closed. Starts or ends waiting as what is left demands. */
static bool
output_flush(struct conn *c)
{
	ssize_t n = send_some(c->fd, c->out.p + c->sent, c->out.n - c->sent);

	if (n < 0) {
		conn_close(c, NULL);
		return false;
	}
	c->sent += (size_t)n;
	if (c->sent == c->out.n) {
		output_forget_sent(c);
		buf_free(&c->out);
		(void)event_del(c->writable);
		conn_resume(c, CONN_PAUSE_OUT);
		return true;
	}
	if (c->out.n - c->sent < CONN_OUT_PAUSE)
		conn_resume(c, CONN_PAUSE_OUT);
	(void)event_add(c->writable, &stall_limit);
	return true;
}

void
conn_on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	if ((what & EV_TIMEOUT) != 0) {
		conn_close(c, "it does not take its replies");
		return;
	}
	c->refs++;
	(void)output_flush(c);
	conn_unref(c);
}

/* Keeps what the socket did not take of the reply. */
static void
output_keep(struct conn *c, struct bytes rest)
{
	output_forget_sent(c);
	buf_put_bytes(&c->out, rest);
	if (buf_ok(&c->out))
		c->account->bytes += rest.n;
	if (!buf_ok(&c->out) || c->out.n > CONN_OUT_MAX ||
		!account_has_room(c->account, &c->d->config, 0)) {
		conn_fail(c, "it does not take its replies");
		return;
	}
	if (c->out.n >= CONN_OUT_PAUSE)
		conn_pause(c, CONN_PAUSE_OUT);
	if (!event_pending(c->writable, EV_WRITE, NULL))
		(void)event_add(c->writable, &stall_limit);
}

void
conn_send(struct conn *c)
{
	struct bytes reply = buf_bytes(&c->d->output);
	ssize_t n = 0;

	if (c->fd < 0 || c->failed != NULL)
		return;
	if (c->out.n == 0) /* else behind what waits */
		n = send_some(c->fd, reply.p, reply.n);
	if (n < 0)
		conn_fail(c, "");
	else if ((size_t)n < reply.n)
		output_keep(c, BYTES(reply.p + n, reply.n - (size_t)n));
}

/* A descriptor in a socket that nobody reads counts against all of us. */
static bool
may_send_fd(struct conn *c)
{
	int unread = 0;

	if (c->out.n != 0)
		return false;
	if (ioctl(c->fd, SIOCOUTQ, &unread) == 0 && unread == 0)
		c->fds = 0;
	return c->fds < CONN_FDS;
}

static ssize_t
send_with_fd(int to, struct bytes b, int fd)
{
	union {
		struct cmsghdr head;
		uint8_t room[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec iov = { (void *)(uintptr_t)b.p, b.n };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control };
	ssize_t n;

	memset(&control, 0, sizeof control);
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(&control.head), &fd, sizeof fd);
	do
		n = sendmsg(to, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n;
}

int
conn_send_fd(struct conn *c, int fd)
{
	struct bytes reply = buf_bytes(&c->d->output);
	ssize_t n;

	if (c->fd < 0 || c->failed != NULL)
		return -EPIPE;
	if (!may_send_fd(c))
		return -EAGAIN;
	n = send_with_fd(c->fd, reply, fd);
	if (n < 0)
		return -errno;
	c->fds++;
	if ((size_t)n < reply.n)
		output_keep(c, BYTES(reply.p + n, reply.n - (size_t)n));
	return 0;
}
