/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/rpc/conn.h"

#include <errno.h>
#include <openssl/err.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "remote/rpc/conn_bio.h"
#include "remote/rpc/status.h"

#define READS_PER_TURN 4
#define STALL_MS 30000
#define LINGER_MS 2000

void
rpc_conn_fail(struct rpc_conn *c, const char *fmt, ...)
{
	va_list ap;

	if (!c->failed) {
		va_start(ap, fmt);
		(void)vsnprintf(c->why, sizeof c->why, fmt, ap);
		va_end(ap);
	}
	c->failed = true;
	rpc_conn_flush_later(c);
}

void
rpc_conn_flush_later(struct rpc_conn *c)
{
	event_active(&c->flush_event, EV_TIMEOUT, 1);
}

void
rpc_conn_fail_tls(struct rpc_conn *c)
{
	char text[TLS_ERROR_MAX];

	rpc_tls_error(c->ssl, text, sizeof text);
	rpc_conn_fail(c, "TLS: %s", text);
}

/* --- Out: c->out -> socket -------------------------------------------------- */

static void
socket_send(struct rpc_conn *c)
{
	size_t sent = 0;

	while (sent < c->out.n) {
		ssize_t n = send(c->fd, c->out.p + sent, c->out.n - sent,
			MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			rpc_conn_fail(c, "send: %s", strerror(errno));
		if (n <= 0)
			break;
		sent += (size_t)n;
		c->progress_ms = rpc_clock_ms();
	}
	if (sent == c->out.n)
		buf_free(&c->out);
	else
		buf_consume(&c->out, sent);
	if (!buf_ok(&c->out))
		rpc_conn_fail(c, "out of memory");
}

static void
write_watch(struct rpc_conn *c)
{
	bool want = c->out.n != 0;

	if (want == c->want_write)
		return;
	c->want_write = want;
	c->progress_ms = rpc_clock_ms();
	if (want)
		(void)event_add(&c->write_event, NULL);
	else
		(void)event_del(&c->write_event);
	/* Only a server stops reading: if both ends did, neither would go on. */
	if (!c->server || c->state != CONN_OPEN)
		return;
	if (want)
		(void)event_del(&c->read_event);
	else
		(void)event_add(&c->read_event, NULL);
}

static void
conn_flush(struct rpc_conn *c)
{
	size_t before;

	do {
		rpc_conn_pull(c);
		before = c->out.n;
		socket_send(c);
	} while (!c->failed && before >= CONN_OUT_HIGH && c->out.n == 0);
	write_watch(c);
	if (c->h2 != NULL && c->out.n == 0 && !nghttp2_session_want_read(c->h2) &&
		!nghttp2_session_want_write(c->h2))
		rpc_conn_fail(c, "connection closed");
}

/* --- In: socket -> scratch->wire -> SSL -> scratch->plain -> session ----- */

static bool
handshake_step(struct rpc_conn *c)
{
	int rc = SSL_do_handshake(c->ssl);

	if (rc != 1) {
		if (SSL_get_error(c->ssl, rc) != SSL_ERROR_WANT_READ)
			rpc_conn_fail_tls(c);
		return false;
	}
	if (!rpc_tls_is_h2(c->ssl)) {
		rpc_conn_fail(c, "TLS: the peer does not speak HTTP/2");
		return false;
	}
	c->peer = rpc_tls_peer_new(c->ssl);
	c->state = CONN_OPEN;
	c->began_ms = rpc_clock_ms();
	if (c->peer == NULL || c->ops->ready(c) != 0) {
		rpc_conn_fail(c, "out of memory");
		return false;
	}
	return true;
}

static void
tls_read(struct rpc_conn *c)
{
	struct conn_scratch *s = c->scratch;
	ssize_t used;
	size_t n;
	int rc;

	while (!c->failed) {
		/* SSL_get_error() looks at the queue: what a callback left there
		 * is none of its business. */
		ERR_clear_error();
		rc = SSL_read_ex(c->ssl, s->plain, sizeof s->plain, &n);
		if (rc != 1) {
			int error = SSL_get_error(c->ssl, rc);
			if (error == SSL_ERROR_ZERO_RETURN)
				rpc_conn_fail(c, "connection closed by the peer");
			else if (error != SSL_ERROR_WANT_READ)
				rpc_conn_fail_tls(c);
			return;
		}
		used = nghttp2_session_mem_recv(c->h2, s->plain, n);
		wipe(s->plain, n);
		if (used < 0)
			rpc_conn_fail(c, "HTTP/2: %s", nghttp2_strerror((int)used));
	}
}

static void
feed(struct rpc_conn *c, size_t n)
{
	c->in = BYTES(c->scratch->wire, n);
	ERR_clear_error();
	if (c->state == CONN_OPEN || handshake_step(c))
		tls_read(c);
	c->in = BYTES_NONE;
}

static void
socket_read(struct rpc_conn *c)
{
	struct conn_scratch *s = c->scratch;

	for (int i = 0; i < READS_PER_TURN && !c->failed; i++) {
		ssize_t n = recv(c->fd, s->wire, sizeof s->wire, MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n < 0)
			rpc_conn_fail(c, "receive: %s", strerror(errno));
		else if (n == 0)
			rpc_conn_fail(c, "connection closed by the peer");
		if (n <= 0)
			return;
		c->read_ms = rpc_clock_ms();
		feed(c, (size_t)n);
		if ((size_t)n < sizeof s->wire)
			return;
	}
}

/* --- Life ------------------------------------------------------------------ */

static void
conn_end(struct rpc_conn *c)
{
	if (c->state == CONN_HANDSHAKE || c->state == CONN_OPEN)
		socket_send(c); /* an alert, perhaps */
	c->state = CONN_CLOSED;
	c->ops->closed(c, c->why);
}

/* A server that refused a handshake must not close while the client's bytes
 * are unread: the reset would overtake the alert that says why. */
static bool
linger_begin(struct rpc_conn *c)
{
	if (!c->server || c->state != CONN_HANDSHAKE)
		return false;
	socket_send(c);
	if (shutdown(c->fd, SHUT_WR) != 0)
		return false;
	c->state = CONN_LINGER;
	c->began_ms = rpc_clock_ms();
	(void)event_del(&c->flush_event);
	(void)event_del(&c->write_event);
	(void)event_add(&c->read_event, NULL);
	return true;
}

/* The only places that may free c: the ends of its event callbacks. */
static void
conn_settle(struct rpc_conn *c)
{
	if (!c->failed) {
		conn_flush(c);
		if (!c->failed && c->ops->flushed != NULL)
			c->ops->flushed(c);
	}
	if (c->failed && !linger_begin(c))
		conn_end(c);
}

static void
linger_read(struct rpc_conn *c)
{
	ssize_t n = recv(c->fd, c->scratch->wire, sizeof c->scratch->wire, MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		conn_end(c);
}

static void
on_readable(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct rpc_conn *c = arg;

	if (c->state == CONN_LINGER) {
		linger_read(c);
		return;
	}
	socket_read(c);
	conn_settle(c);
}

static void
connect_done(struct rpc_conn *c)
{
	int error = 0;
	socklen_t n = sizeof error;

	if (getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &n) != 0)
		error = errno;
	if (error != 0) {
		rpc_conn_fail(c, "connect: %s", strerror(error));
		return;
	}
	c->state = CONN_HANDSHAKE;
	c->want_write = false;
	(void)event_del(&c->write_event);
	(void)event_add(&c->read_event, NULL);
	ERR_clear_error();
	(void)handshake_step(c);
}

static void
on_writable(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct rpc_conn *c = arg;

	if (c->state == CONN_CONNECTING)
		connect_done(c);
	conn_settle(c);
}

static void
on_flush(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct rpc_conn *c = arg;

	if (c->state == CONN_LINGER) {
		conn_end(c); /* failed again, or its time is over */
		return;
	}
	if (c->state == CONN_CONNECTING && !c->failed)
		return;
	conn_settle(c);
}

void
rpc_conn_tick(struct rpc_conn *c, int64_t now, unsigned handshake_ms)
{
	if (c->state == CONN_HANDSHAKE && now - c->began_ms > handshake_ms)
		rpc_conn_fail(c, "TLS: no handshake within %u ms", handshake_ms);
	else if (c->state == CONN_LINGER && now - c->began_ms > LINGER_MS)
		rpc_conn_flush_later(c);
	else if (c->want_write && now - c->progress_ms > STALL_MS)
		rpc_conn_fail(c, "the peer has not read for %d s", STALL_MS / 1000);
}

static void
socket_options(int fd)
{
	static const int rows[][3] = {
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, 30 },
		{ IPPROTO_TCP, TCP_KEEPINTVL, 10 },
		{ IPPROTO_TCP, TCP_KEEPCNT, 3 },
		{ IPPROTO_TCP, TCP_USER_TIMEOUT, STALL_MS },
	};

	/* Each is an improvement only; a unix socket has none of them. */
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		(void)setsockopt(fd, rows[i][0], rows[i][1], &rows[i][2], sizeof(int));
}

int
rpc_conn_new(const struct conn_options *o, int fd, struct rpc_conn **ret)
{
	struct rpc_conn *c = calloc(1, sizeof *c);
	BIO *bio = c != NULL ? rpc_conn_bio_new(c) : NULL;
	int rc = bio != NULL ? rpc_tls_session_new(o->tls, bio, o->host, &c->ssl)
			     : -ENOMEM;

	if (rc != 0) {
		free(c);
		return rc;
	}
	c->fd = fd;
	c->server = o->host == NULL;
	c->state = c->server ? CONN_HANDSHAKE : CONN_CONNECTING;
	c->scratch = o->scratch;
	c->ops = o->ops;
	c->owner = o->owner;
	c->began_ms = c->read_ms = rpc_clock_ms();
	socket_options(fd);
	event_assign(&c->read_event, o->base, fd, EV_READ | EV_PERSIST, on_readable, c);
	event_assign(&c->write_event, o->base, fd, EV_WRITE | EV_PERSIST, on_writable, c);
	event_assign(&c->flush_event, o->base, -1, 0, on_flush, c);
	c->want_write = !c->server;
	(void)event_add(c->server ? &c->read_event : &c->write_event, NULL);
	*ret = c;
	return 0;
}

void
rpc_conn_farewell(struct rpc_conn *c)
{
	if (c == NULL || c->ssl == NULL)
		return;
	if (c->state != CONN_OPEN && !(c->state == CONN_CLOSED && c->h2 != NULL))
		return;
	ERR_clear_error();
	if (!c->want_write)
		rpc_conn_pull(c);
	(void)SSL_shutdown(c->ssl);
	ERR_clear_error();
	socket_send(c);
}

void
rpc_conn_free(struct rpc_conn *c)
{
	if (c == NULL)
		return;
	(void)event_del(&c->read_event);
	(void)event_del(&c->write_event);
	(void)event_del(&c->flush_event);
	nghttp2_session_del(c->h2);
	SSL_free(c->ssl);
	rpc_tls_peer_unref(c->peer);
	buf_free(&c->out);
	(void)close(c->fd);
	free(c);
}
