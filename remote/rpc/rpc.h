/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gRPC over HTTP/2 over TLS 1.3: nghttp2 frames, protobuf-c messages, TLS
 * through memory BIOs, sockets on a libevent loop. Knows nothing of tokens.
 * Everything here is called from the loop's thread unless it says otherwise.
 * Wire format: gRPC's "PROTOCOL-HTTP2" document.
 */
#pragma once

#include <protobuf-c/protobuf-c.h>
#include <stdatomic.h>

#include "common/bytes.h"

struct event_base;
struct pool;

/* gRPC status codes used here (google.rpc.Code). */
enum rpc_code {
	RPC_OK = 0,
	RPC_CANCELLED = 1,
	RPC_UNKNOWN = 2,
	RPC_INVALID_ARGUMENT = 3,
	RPC_DEADLINE_EXCEEDED = 4,
	RPC_NOT_FOUND = 5,
	RPC_ALREADY_EXISTS = 6,
	RPC_PERMISSION_DENIED = 7,
	RPC_RESOURCE_EXHAUSTED = 8,
	RPC_FAILED_PRECONDITION = 9,
	RPC_ABORTED = 10,
	RPC_UNIMPLEMENTED = 12,
	RPC_INTERNAL = 13,
	RPC_UNAVAILABLE = 14,
	RPC_UNAUTHENTICATED = 16,
};

/* How a call ended. ckr is the CK_RV in the trailer "keystore-ckr" (decimal),
 * 0 where there was none. message: for people, percent-encoded on the wire. */
struct rpc_status {
	enum rpc_code code;
	uint64_t ckr;
	char message[256];
};

/* For handlers: fills all of status; the message is cut at its size. */
void rpc_status_set(struct rpc_status *status, enum rpc_code code, uint64_t ckr,
	const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Fixed in docs/PROTOCOL.md. */
#define RPC_MAX_MESSAGE (4u << 20)       /* bytes of one protobuf message */
#define RPC_MAX_STREAMS 1024             /* concurrent calls on one connection */
#define RPC_MAX_HEADER_BYTES (16u << 10) /* of one call's request headers */

/* protobuf-c allocator that wipes what it frees; use it for unpacking. */
extern ProtobufCAllocator rpc_allocator;

/* --- TLS ----------------------------------------------------------------- */

struct rpc_tls; /* an SSL_CTX with our policy: 1.3 only, X25519MLKEM768 first */

enum rpc_client_cert { RPC_CERT_REQUIRED, RPC_CERT_OPTIONAL };

/* Files are PEM. errors: a sentence with the file's name into err (size
 * err_len). key_file's permissions are checked (common/conf.h). ca_file may
 * be NULL for a client: the system's store. cert_file and key_file may be
 * NULL for a client. 0 or -errno. */
int rpc_tls_server(const char *ca_file, const char *cert_file, const char *key_file,
	enum rpc_client_cert mode, struct rpc_tls **ret, char *err,
	size_t err_len) MUST_CHECK;
int rpc_tls_client(const char *ca_file, const char *cert_file, const char *key_file,
	struct rpc_tls **ret, char *err, size_t err_len) MUST_CHECK;
void rpc_tls_free(struct rpc_tls *tls);
/* Of a channel's state callback: one of the two refuses the other's certificate. */
bool rpc_tls_is_refusal(const char *why) MUST_CHECK;

/* --- Server ---------------------------------------------------------------- */

struct rpc_server;

/* What a handler may know of its call. Valid until the handler returns
 * (unary) or the stream's closed() was called (stream). */
struct rpc_context {
	const char *peer_name; /* CN of the client's certificate, NULL without one */
	uint8_t peer_fingerprint[32]; /* SHA-256 of the certificate, zeroes without one */
	const char *traceparent; /* W3C trace metadata, NULL if absent or malformed */
	int64_t deadline_ms;     /* CLOCK_MONOTONIC; INT64_MAX if the client set none */
	void *user;              /* of rpc_server_new */
	const atomic_bool *abandoned; /* unary: see rpc_is_over(); else NULL */
};

/* Does nobody wait for the answer any more? The caller has cancelled the call or gone, or its
 * deadline has passed: work that takes long need not be finished. For unary handlers; from
 * any thread. */
bool rpc_is_over(const struct rpc_context *ctx) MUST_CHECK;

struct rpc_stream; /* server's end of a server-streaming call */

struct rpc_method {
	const char *path; /* "/package.Service/Method" */
	const ProtobufCMessageDescriptor *request;
	const ProtobufCMessageDescriptor *response;
	/* Unary: called in a worker thread. *response is initialised; what the
	 * handler hangs into it must come from rpc_allocator: it is freed
	 * (and so wiped) with protobuf_c_message_free_unpacked(). */
	void (*unary)(const struct rpc_context *ctx, const ProtobufCMessage *request,
		ProtobufCMessage *response, struct rpc_status *status);
	/* Server streaming: called in the loop's thread; must not block. Sets
	 * status and returns false to refuse, else keeps stream and ends it with
	 * rpc_stream_end(). */
	bool (*open)(const struct rpc_context *ctx, const ProtobufCMessage *request,
		struct rpc_stream *stream, struct rpc_status *status);
};

/* methods ends with a row whose path is NULL. */
int rpc_server_new(struct event_base *base, struct pool *pool, struct rpc_tls *tls,
	const struct rpc_method *methods, void *user, struct rpc_server **ret) MUST_CHECK;

struct rpc_limits {
	unsigned max_connections; /* more are closed at once; 4096 */
	unsigned handshake_ms;    /* TCP accepted to TLS done; 10000 */
	unsigned request_ms;      /* first header to last byte, and the same for an
				   * answer to be taken; 60000 */
	unsigned reset_ms;        /* ... and after that for its reset to leave; 30000 */
	size_t connection_bytes;  /* requests and answers held; 32 MiB. So much again
				   * for what its streams send */
	size_t server_bytes;      /* ... of all connections; 512 MiB. A connection has an
				   * eighth of what is left of them, or 64 KiB */
};
/* A field of 0 stays as it is. A call beyond the bytes, or beyond
 * RPC_MAX_STREAMS running ones of a connection, is answered with
 * RPC_RESOURCE_EXHAUSTED or refused. */
void rpc_server_limits(struct rpc_server *server, const struct rpc_limits *limits);
/* Adds a listening socket (owned from then on): bound by the caller or passed
 * by systemd. */
int rpc_server_listen(struct rpc_server *server, int fd) MUST_CHECK;
/* Stops listening, sends GOAWAY, ends open streams with RPC_UNAVAILABLE, lets
 * unary calls in flight end for at most grace_ms, then calls drained(arg). */
void rpc_server_drain(
	struct rpc_server *server, unsigned grace_ms, void (*drained)(void *), void *arg);
/* Closes what is open. Jobs of the pool may still be running: `user` must live
 * until pool_free(), which may come before or after this. */
void rpc_server_free(struct rpc_server *server);

/* Room for a message of about n bytes, before it is made: false when too much waits for
 * this client, or for all; `writable` is called when it is worth asking again. It is kept until the next
 * rpc_stream_send(), which then does not refuse. n 0: gives it back. */
bool rpc_stream_reserve(struct rpc_stream *stream, size_t n);
/* Queues one message. -EAGAIN when more than 1 MiB waits for this client, or too much for
 * all: go on when `writable` is called. -EPIPE once closed. */
int rpc_stream_send(
	struct rpc_stream *stream, const ProtobufCMessage *message) MUST_CHECK;
void rpc_stream_end(struct rpc_stream *stream, const struct rpc_status *status);
/* closed: called once, whoever ended it; the stream is gone afterwards. */
void rpc_stream_callbacks(struct rpc_stream *stream, void (*writable)(void *arg),
	void (*closed)(void *arg), void *arg);

/* --- Client ---------------------------------------------------------------- */

struct rpc_channel; /* one multiplexed connection to one of several endpoints */
struct rpc_call;    /* a call in flight, unary or streaming */

#define RPC_NO_ROUNDS (~0u) /* of max_rounds: none after the first */

struct rpc_channel_options {
	/* "HOST:PORT" or "[v6]:PORT", NULL-terminated, tried in order. The
	 * certificate must name HOST. Copied. */
	const char *const *endpoints;
	struct rpc_tls *tls;     /* borrowed, outlives the channel */
	unsigned max_rounds;     /* over all endpoints, after the first; 0: 5 */
	unsigned retry_delay_ms; /* between rounds, jittered; 10 s divided down: 200 */
	unsigned connect_timeout_ms; /* one endpoint: TCP and TLS; 3000 */
	unsigned keepalive_ms; /* HTTP/2 PING on an idle connection with calls; 5000 */
	/* Told whenever the connection comes up or goes down, and within an
	 * outage of each endpoint that cannot be reached, again when the reason
	 * is another than before; may be NULL. */
	void (*state)(void *arg, bool up, const char *endpoint, const char *why);
	void *arg;
};

int rpc_channel_new(struct event_base *base, const struct rpc_channel_options *options,
	struct rpc_channel **ret) MUST_CHECK;
/* Ends all calls with RPC_CANCELLED (their done() is called), then frees. */
void rpc_channel_free(struct rpc_channel *channel);
bool rpc_channel_is_up(const struct rpc_channel *channel);

/* response is NULL unless status->code is RPC_OK; both only for the call's
 * duration. */
typedef void rpc_done_fn(
	void *arg, const struct rpc_status *status, const ProtobufCMessage *response);
typedef void rpc_message_fn(void *arg, const ProtobufCMessage *message);

/* A unary call. The request is serialised before this returns. It is retried,
 * at the next endpoint, when the connection fails or the server answers
 * RPC_UNAVAILABLE, until the deadline (from now, ms; sent as grpc-timeout):
 * every request of ours is safe to repeat, by its request id where it
 * changes something. Rounds end it before that where no server can be
 * reached; one that answers RPC_UNAVAILABLE is there, and busy: where all are,
 * a tour of the others is made every three seconds only. done is
 * called exactly once, never from inside this function. ret may be NULL.
 * deadline_ms 0: none, only the rounds end it. -EMSGSIZE, -ENOMEM. */
int rpc_unary(struct rpc_channel *channel, const char *path,
	const ProtobufCMessage *request, const ProtobufCMessageDescriptor *response,
	unsigned deadline_ms, rpc_done_fn *done, void *arg,
	struct rpc_call **ret) MUST_CHECK;
/* A server-streaming call, not retried. done's response is NULL always. */
int rpc_server_stream(struct rpc_channel *channel, const char *path,
	const ProtobufCMessage *request, const ProtobufCMessageDescriptor *response,
	rpc_message_fn *message, rpc_done_fn *done, void *arg,
	struct rpc_call **ret) MUST_CHECK;
/* Ends it without done() being called. */
void rpc_cancel(struct rpc_call *call);
