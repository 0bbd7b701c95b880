/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the owner of a server stream sends, and how much of it waits here: of a stream, of
 * all of a connection, and of all there are. Who opens streams and does not read holds no
 * more than that.
 */
#include <errno.h>

#include "remote/rpc/server.h"

#define STREAM_HIGH (1u << 20)
#define STREAM_LOW (STREAM_HIGH / 2)
#define STREAM_COMPACT (64u << 10)

/* Room that comes back goes to those who wait for it, on this connection or any. */
static void
sending_set(struct rpc_stream *s, size_t n)
{
	struct server_conn *sc = s->conn;
	struct rpc_server *server = s->server;
	const bool less = n < s->sending;

	sc->sending += n - s->sending;
	server->sending += n - s->sending;
	s->sending = n;
	if (less && !LIST_EMPTY(&sc->wake))
		rpc_conn_flush_later(sc->c);
	if (less && server->starved) {
		server->starved = false;
		event_active(&server->wake_event, EV_TIMEOUT, 1);
	}
}

void
rpc_stream_sending_forget(struct rpc_stream *s)
{
	s->reserved = 0;
	sending_set(s, 0);
}

/* n bytes are about to leave the body. */
void
rpc_stream_sent(struct rpc_stream *s, size_t n)
{
	sending_set(s, s->reserved + rpc_conn_body_left(&s->response) - n);
}

/* A connection that waits for nothing has room for any message. */
static bool
has_room(const struct rpc_stream *s, size_t n)
{
	const struct rpc_limits *limits = &s->server->limits;

	if (rpc_conn_body_left(&s->response) > STREAM_HIGH)
		return false;
	return s->conn->sending == 0 ||
	       (s->conn->sending + n <= limits->connection_bytes &&
		       s->server->sending + n <= limits->server_bytes);
}

static void
room_await(struct rpc_stream *s, size_t n)
{
	if (!s->waking)
		LIST_INSERT_HEAD(&s->conn->wake, s, wake_link);
	s->waking = true;
	if (s->server->sending + n > s->server->limits.server_bytes)
		s->server->starved = true;
}

bool
rpc_stream_reserve(struct rpc_stream *s, size_t n)
{
	const size_t left = rpc_conn_body_left(&s->response);

	s->reserved = 0;
	sending_set(s, left);
	if (n == 0)
		return true;
	if (!has_room(s, n)) {
		room_await(s, n);
		return false;
	}
	s->reserved = n;
	sending_set(s, left + n);
	return true;
}

static void
body_changed(struct rpc_stream *s)
{
	if (s->answered)
		(void)nghttp2_session_resume_data(s->conn->c->h2, s->id);
	rpc_conn_flush_later(s->conn->c);
}

int
rpc_stream_send(struct rpc_stream *s, const ProtobufCMessage *message)
{
	struct conn_body *body = &s->response;
	int rc;

	if (body->ended || s->conn->c->failed)
		return -EPIPE;
	if (s->reserved == 0 && !has_room(s, 0)) {
		room_await(s, 0);
		return -EAGAIN;
	}
	s->reserved = 0;
	if (body->sent > STREAM_COMPACT) {
		buf_consume(&body->data, body->sent);
		body->sent = 0;
	}
	rc = rpc_frame_put(&body->data, message);
	sending_set(s, rpc_conn_body_left(body));
	if (rc == 0)
		body_changed(s);
	return rc;
}

void
rpc_stream_end(struct rpc_stream *s, const struct rpc_status *status)
{
	if (s->response.ended)
		return;
	s->status = *status;
	s->response.ended = true;
	body_changed(s);
}

void
rpc_stream_callbacks(struct rpc_stream *s, void (*writable)(void *arg),
	void (*closed)(void *arg), void *arg)
{
	s->writable = writable;
	s->closed = closed;
	s->arg = arg;
}

void
rpc_stream_wake_all(struct server_conn *sc)
{
	struct stream_list waiting = sc->wake;
	struct rpc_stream *s;

	if (LIST_EMPTY(&waiting))
		return;
	LIST_FIRST(&waiting)->wake_link.le_prev = &LIST_FIRST(&waiting);
	LIST_INIT(&sc->wake);
	while ((s = LIST_FIRST(&waiting)) != NULL) {
		LIST_REMOVE(s, wake_link);
		s->waking = rpc_conn_body_left(&s->response) > STREAM_LOW;
		if (s->waking)
			LIST_INSERT_HEAD(&sc->wake, s, wake_link);
		else if (s->writable != NULL && !s->response.ended)
			s->writable(s->arg);
	}
}
