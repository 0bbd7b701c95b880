/* SPDX-License-Identifier: Apache-2.0 */
/* What server.c (connections), stream.c (calls) and stream_send.c share. */
#pragma once

#include <stdatomic.h>
#include <sys/queue.h>

#include "common/pool.h"
#include "remote/rpc/conn.h"
#include "remote/rpc/frame.h"
#include "remote/rpc/status.h"

LIST_HEAD(stream_list, rpc_stream);

struct listener {
	LIST_ENTRY(listener) link;
	struct rpc_server *server;
	struct event accept_event;
	int fd;
};

struct server_conn {
	LIST_ENTRY(server_conn) link;
	struct rpc_server *server;
	struct rpc_conn *c;
	struct stream_list streams; /* those the session knows */
	struct stream_list wake;    /* those whose owner waits for room */
	unsigned running;           /* jobs in the pool, abandoned ones too */
	size_t held;                /* bytes of requests and answers */
	size_t sending;             /* of its server streams */
	unsigned opened;            /* server streams */
	unsigned resets;            /* by the peer since the last tick */
	bool going_away;
	char address[64];
};

struct rpc_server {
	struct event_base *base;
	struct pool *pool;
	struct rpc_tls *tls;
	const struct rpc_method *methods;
	void *user;
	struct rpc_limits limits;
	nghttp2_session_callbacks *callbacks;
	LIST_HEAD(, listener) listeners;
	LIST_HEAD(, server_conn) conns;
	struct stream_list jobs; /* in the pool, whatever became of the connection */
	unsigned n_conns;
	size_t held, sending;
	bool starved;      /* some stream waits for all of them to send less */
	unsigned failures; /* logged since the last tick */
	bool accept_paused;
	bool draining;
	void (*drained)(void *arg);
	void *drained_arg;
	struct event tick_event;
	struct event grace_event;
	struct event wake_event;
	struct conn_scratch scratch;
};

/* The server's end of a call, unary or streaming. Dies when neither the
 * session (conn) nor the pool (in_pool) knows it any more. */
struct rpc_stream {
	LIST_ENTRY(rpc_stream) link;
	LIST_ENTRY(rpc_stream) wake_link;
	LIST_ENTRY(rpc_stream) job_link;
	struct job job;
	struct rpc_server *server; /* NULL once it is gone */
	struct server_conn *conn;  /* NULL once it is gone */
	const struct rpc_method *method;
	int32_t id;
	unsigned header_bytes;
	bool post, grpc, bad_timeout; /* of the request's headers */
	bool request_done;            /* END_STREAM seen */
	bool message_done;
	bool answered; /* no more of the request is wanted */
	bool in_pool;
	bool waking;
	bool opened; /* a server stream: closed() is owed */
	atomic_bool abandoned;
	size_t held;
	size_t reserved; /* by its owner, for the next message */
	size_t sending;  /* of an opened one: that, and what is left of the body */
	int64_t began_ms, answered_ms;
	int64_t expired_ms; /* and reset; 0: it is not */
	struct frame_reader request;
	struct conn_body response;
	struct rpc_status status;
	struct tls_peer *peer;
	struct rpc_context ctx;
	char traceparent[TRACEPARENT_LEN + 1];
	void (*writable)(void *arg);
	void (*closed)(void *arg);
	void *arg;
};

/* Callbacks of the session; -ENOMEM. */
int rpc_stream_callbacks_new(nghttp2_session_callbacks **ret) MUST_CHECK;
/* The session has forgotten it. */
void rpc_stream_detach(struct rpc_stream *s);
/* Refuses, or ends, a call by its status alone. */
void rpc_stream_refuse(struct rpc_stream *s, enum rpc_code code, const char *text);
/* Of an opened stream: so much of its body leaves; all of it is given up. */
void rpc_stream_sent(struct rpc_stream *s, size_t n);
void rpc_stream_sending_forget(struct rpc_stream *s);
/* After a flush: tells owners who wait for room. */
void rpc_stream_wake_all(struct server_conn *sc);
/* Resets requests that have not been completed in time, and answers that have not been taken;
 * ends the connection where not even a reset leaves. */
void rpc_stream_expire(struct server_conn *sc, int64_t now);
/* The server is being freed: jobs in the pool must not look at it. */
void rpc_stream_forget_server(struct rpc_server *server);

/* A connection that goes away ends with its last call. */
void rpc_server_conn_check(struct server_conn *sc);
