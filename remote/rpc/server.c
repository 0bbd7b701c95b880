/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/rpc/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"

#define ACCEPTS_PER_TURN 64
#define LISTEN_BACKLOG 512
#define TICK_MS 1000
#define LOG_FAILURES_PER_TICK 20
#define STREAM_WINDOW (256 << 10)
#define CONNECTION_WINDOW (4 << 20)

static const struct rpc_limits default_limits = {
	.max_connections = 4096,
	.handshake_ms = 10000,
	.request_ms = 60000,
	.reset_ms = 30000,
	.connection_bytes = 32u << 20,
	.server_bytes = 512u << 20,
};

static void
address_text(int fd, char *out, size_t cap)
{
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_storage any;
	} a = { .any = { 0 } };
	socklen_t n = sizeof a;
	char host[INET6_ADDRSTRLEN] = "?";

	if (getpeername(fd, &a.sa, &n) != 0)
		a.sa.sa_family = AF_UNSPEC;
	if (a.sa.sa_family == AF_INET) {
		(void)inet_ntop(AF_INET, &a.in.sin_addr, host, sizeof host);
		(void)snprintf(out, cap, "%s:%u", host, ntohs(a.in.sin_port));
	} else if (a.sa.sa_family == AF_INET6) {
		(void)inet_ntop(AF_INET6, &a.in6.sin6_addr, host, sizeof host);
		(void)snprintf(out, cap, "[%s]:%u", host, ntohs(a.in6.sin6_port));
	} else {
		(void)snprintf(out, cap, "local");
	}
}

/* --- Connections ------------------------------------------------------------ */

static void
server_conn_free(struct server_conn *sc)
{
	struct rpc_server *server = sc->server;
	struct rpc_stream *s;

	rpc_conn_farewell(sc->c);
	while ((s = LIST_FIRST(&sc->streams)) != NULL)
		rpc_stream_detach(s);
	/* Jobs of this connection no longer on its list. */
	LIST_FOREACH (s, &server->jobs, job_link) {
		if (s->conn == sc)
			s->conn = NULL;
	}
	rpc_conn_free(sc->c);
	LIST_REMOVE(sc, link);
	server->n_conns--;
	free(sc);
}

static void
server_drain_check(struct rpc_server *server)
{
	if (server->draining && server->n_conns == 0)
		event_active(&server->grace_event, EV_TIMEOUT, 1);
}

static bool
failure_may_log(struct rpc_server *server)
{
	return ++server->failures <= LOG_FAILURES_PER_TICK;
}

static void
conn_closed(struct rpc_conn *c, const char *why)
{
	struct server_conn *sc = c->owner;
	struct rpc_server *server = sc->server;

	if (c->peer != NULL)
		log_info("%s (%s): %s", sc->address,
			c->peer->has_certificate ? c->peer->name : "no certificate", why);
	else if (failure_may_log(server))
		log_warning("%s: refused: %s", sc->address, why);
	server_conn_free(sc);
	server_drain_check(server);
}

static int
conn_ready(struct rpc_conn *c)
{
	static const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, RPC_MAX_STREAMS },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, RPC_MAX_HEADER_BYTES },
	};
	struct server_conn *sc = c->owner;
	int rc = rpc_conn_h2_new(c, sc->server->callbacks);

	if (rc == 0)
		rc = nghttp2_submit_settings(
			c->h2, NGHTTP2_FLAG_NONE, settings, ARRAY_LEN(settings));
	if (rc == 0)
		rc = nghttp2_session_set_local_window_size(
			c->h2, NGHTTP2_FLAG_NONE, 0, CONNECTION_WINDOW);
	log_info("%s (%s): connected", sc->address,
		c->peer->has_certificate ? c->peer->name : "no certificate");
	return rc;
}

static void
conn_flushed(struct rpc_conn *c)
{
	struct server_conn *sc = c->owner;

	rpc_stream_wake_all(sc);
	rpc_server_conn_check(sc);
}

static const struct conn_ops server_conn_ops = { conn_ready, conn_flushed, conn_closed };

void
rpc_server_conn_check(struct server_conn *sc)
{
	if (sc->going_away && LIST_EMPTY(&sc->streams) && sc->c->out.n == 0 &&
		(sc->c->h2 == NULL || !nghttp2_session_want_write(sc->c->h2)))
		rpc_conn_fail(sc->c, "the server is going down");
}

static int
server_conn_new(struct rpc_server *server, int fd)
{
	struct conn_options options = {
		.base = server->base,
		.tls = server->tls,
		.scratch = &server->scratch,
		.ops = &server_conn_ops,
	};
	struct server_conn *sc = calloc(1, sizeof *sc);
	int rc;

	if (sc == NULL)
		return -ENOMEM;
	options.owner = sc;
	sc->server = server;
	rc = rpc_conn_new(&options, fd, &sc->c);
	if (rc != 0) {
		free(sc);
		return rc;
	}
	address_text(fd, sc->address, sizeof sc->address);
	LIST_INSERT_HEAD(&server->conns, sc, link);
	server->n_conns++;
	return 0;
}

/* --- Listening --------------------------------------------------------------- */

static void
accept_pause(struct rpc_server *server, const char *why)
{
	struct listener *l;

	log_error("accept: %s; trying again in a second", why);
	server->accept_paused = true;
	LIST_FOREACH (l, &server->listeners, link)
		(void)event_del(&l->accept_event);
}

static void
accept_resume(struct rpc_server *server)
{
	struct listener *l;

	if (!server->accept_paused)
		return;
	server->accept_paused = false;
	LIST_FOREACH (l, &server->listeners, link)
		(void)event_add(&l->accept_event, NULL);
}

static void
tick_arm(struct rpc_server *server)
{
	const struct timeval tv = { TICK_MS / 1000, 0 };

	if (!event_pending(&server->tick_event, EV_TIMEOUT, NULL))
		(void)event_add(&server->tick_event, &tv);
}

static void
on_accept(evutil_socket_t listen_fd, short what UNUSED, void *arg)
{
	struct listener *l = arg;
	struct rpc_server *server = l->server;

	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (fd < 0 && errno != EAGAIN)
			accept_pause(server, strerror(errno));
		if (fd < 0)
			break;
		if (server->n_conns >= server->limits.max_connections) {
			if (failure_may_log(server))
				log_warning("refused a connection: %u are open",
					server->n_conns);
			(void)close(fd);
		} else if (server_conn_new(server, fd) != 0) {
			(void)close(fd);
		}
	}
	tick_arm(server);
}

static void
on_tick(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct rpc_server *server = arg;
	int64_t now = rpc_clock_ms();
	struct server_conn *sc;

	if (server->failures > LOG_FAILURES_PER_TICK)
		log_warning("%u more connections were refused within a second",
			server->failures - LOG_FAILURES_PER_TICK);
	server->failures = 0;
	LIST_FOREACH (sc, &server->conns, link) {
		sc->resets = 0;
		rpc_conn_tick(sc->c, now, server->limits.handshake_ms);
		rpc_stream_expire(sc, now);
	}
	accept_resume(server);
	if (server->n_conns != 0)
		tick_arm(server);
}

/* There is room again, which some connection has given back. */
static void
on_wake(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct rpc_server *server = arg;
	struct server_conn *sc;

	LIST_FOREACH (sc, &server->conns, link)
		rpc_stream_wake_all(sc);
}

static void
listeners_close(struct rpc_server *server)
{
	struct listener *l;

	while ((l = LIST_FIRST(&server->listeners)) != NULL) {
		LIST_REMOVE(l, link);
		(void)event_del(&l->accept_event);
		(void)close(l->fd);
		free(l);
	}
}

int
rpc_server_listen(struct rpc_server *server, int fd)
{
	struct listener *l = calloc(1, sizeof *l);
	int rc = l != NULL ? 0 : -ENOMEM;

	if (rc == 0 && (evutil_make_socket_nonblocking(fd) != 0 ||
			       evutil_make_socket_closeonexec(fd) != 0 ||
			       listen(fd, LISTEN_BACKLOG) != 0))
		rc = -errno;
	if (rc != 0) {
		free(l);
		return rc;
	}
	l->server = server;
	l->fd = fd;
	event_assign(
		&l->accept_event, server->base, fd, EV_READ | EV_PERSIST, on_accept, l);
	(void)event_add(&l->accept_event, NULL);
	LIST_INSERT_HEAD(&server->listeners, l, link);
	return 0;
}

/* --- The server ---------------------------------------------------------------- */

static void
on_grace(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct rpc_server *server = arg;
	struct server_conn *sc;

	(void)event_del(&server->grace_event);
	while ((sc = LIST_FIRST(&server->conns)) != NULL)
		server_conn_free(sc);
	if (server->drained != NULL)
		server->drained(server->drained_arg);
}

static void
conn_go_away(struct server_conn *sc)
{
	nghttp2_session *h2 = sc->c->h2;
	struct rpc_stream *s;

	sc->going_away = true;
	if (h2 == NULL) {
		rpc_conn_fail(sc->c, "the server is going down");
		return;
	}
	(void)nghttp2_submit_goaway(h2, NGHTTP2_FLAG_NONE,
		nghttp2_session_get_last_proc_stream_id(h2), NGHTTP2_NO_ERROR, NULL, 0);
	LIST_FOREACH (s, &sc->streams, link) {
		/* an open stream's answer began with it */
		if (s->opened || (!s->in_pool && !s->answered))
			rpc_stream_refuse(s, RPC_UNAVAILABLE, "the server is going down");
	}
	rpc_conn_flush_later(sc->c);
}

void
rpc_server_drain(
	struct rpc_server *server, unsigned grace_ms, void (*drained)(void *), void *arg)
{
	const struct timeval tv = { grace_ms / 1000, (grace_ms % 1000) * 1000 };
	struct server_conn *sc;

	if (server->draining)
		return;
	server->draining = true;
	server->drained = drained;
	server->drained_arg = arg;
	listeners_close(server);
	LIST_FOREACH (sc, &server->conns, link)
		conn_go_away(sc);
	(void)event_add(&server->grace_event, &tv);
	server_drain_check(server);
}

void
rpc_server_limits(struct rpc_server *server, const struct rpc_limits *l)
{
	struct rpc_limits *to = &server->limits;

	if (l->max_connections != 0)
		to->max_connections = l->max_connections;
	if (l->handshake_ms != 0)
		to->handshake_ms = l->handshake_ms;
	if (l->request_ms != 0)
		to->request_ms = l->request_ms;
	if (l->reset_ms != 0)
		to->reset_ms = l->reset_ms;
	if (l->connection_bytes != 0)
		to->connection_bytes = l->connection_bytes;
	if (l->server_bytes != 0)
		to->server_bytes = l->server_bytes;
}

int
rpc_server_new(struct event_base *base, struct pool *pool, struct rpc_tls *tls,
	const struct rpc_method *methods, void *user, struct rpc_server **ret)
{
	struct rpc_server *server = calloc(1, sizeof *server);

	if (server == NULL)
		return -ENOMEM;
	if (rpc_stream_callbacks_new(&server->callbacks) != 0) {
		free(server);
		return -ENOMEM;
	}
	server->base = base;
	server->pool = pool;
	server->tls = tls;
	server->methods = methods;
	server->user = user;
	server->limits = default_limits;
	LIST_INIT(&server->listeners);
	LIST_INIT(&server->conns);
	LIST_INIT(&server->jobs);
	event_assign(&server->tick_event, base, -1, 0, on_tick, server);
	event_assign(&server->grace_event, base, -1, 0, on_grace, server);
	event_assign(&server->wake_event, base, -1, 0, on_wake, server);
	*ret = server;
	return 0;
}

void
rpc_server_free(struct rpc_server *server)
{
	struct server_conn *sc;

	if (server == NULL)
		return;
	listeners_close(server);
	while ((sc = LIST_FIRST(&server->conns)) != NULL)
		server_conn_free(sc);
	rpc_stream_forget_server(server);
	(void)event_del(&server->tick_event);
	(void)event_del(&server->grace_event);
	(void)event_del(&server->wake_event);
	nghttp2_session_callbacks_del(server->callbacks);
	wipe(&server->scratch, sizeof server->scratch);
	free(server);
}
