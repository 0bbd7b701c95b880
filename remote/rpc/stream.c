/* SPDX-License-Identifier: Apache-2.0 */
/* A call as the server sees it: request in, job or stream, answer out. */
#include <errno.h>
#include <stdlib.h>

#include "remote/rpc/headers.h"
#include "remote/rpc/server.h"

#define STREAMS_OPEN_MAX 256
/* Resets by the peer within one tick before it is cut off. */
#define RESETS_PER_TICK (4 * RPC_MAX_STREAMS)
/* What others hold keeps nobody from small calls; and of what they leave, nobody takes more
 * than a part. */
#define CONNECTION_FLOOR (64u << 10)
#define CONNECTION_PART 8

static struct rpc_stream *
stream_of(nghttp2_session *h2, int32_t id)
{
	return nghttp2_session_get_stream_user_data(h2, id);
}

/* --- Memory and life ----------------------------------------------------------- */

static bool
may_hold(const struct rpc_stream *s, size_t n)
{
	const struct rpc_limits *limits = &s->server->limits;
	const size_t mine = s->conn->held + n, all = s->server->held;
	const size_t left = all < limits->server_bytes ? limits->server_bytes - all : 0;

	return mine <= limits->connection_bytes &&
	       (mine <= CONNECTION_FLOOR || mine <= left / CONNECTION_PART);
}

static bool
stream_hold(struct rpc_stream *s, size_t n)
{
	if (!may_hold(s, n))
		return false;
	s->held += n;
	s->conn->held += n;
	s->server->held += n;
	return true;
}

static void
stream_give_back(struct rpc_stream *s)
{
	if (s->conn != NULL)
		s->conn->held -= s->held;
	if (s->server != NULL)
		s->server->held -= s->held;
	s->held = 0;
}

static void
request_free(struct rpc_stream *s)
{
	rpc_frame_reader_free(&s->request);
	stream_give_back(s);
}

static void
stream_free(struct rpc_stream *s)
{
	request_free(s);
	buf_free(&s->response.data);
	rpc_tls_peer_unref(s->peer);
	free(s);
}

void
rpc_stream_detach(struct rpc_stream *s)
{
	LIST_REMOVE(s, link);
	if (s->waking)
		LIST_REMOVE(s, wake_link);
	s->waking = false;
	atomic_store(&s->abandoned, true);
	if (s->opened) {
		s->conn->opened--;
		rpc_stream_sending_forget(s);
		if (s->closed != NULL)
			s->closed(s->arg);
	}
	if (!s->in_pool)
		stream_free(s);
}

void
rpc_stream_forget_server(struct rpc_server *server)
{
	struct rpc_stream *s;

	while ((s = LIST_FIRST(&server->jobs)) != NULL) {
		LIST_REMOVE(s, job_link);
		s->server = NULL;
	}
}

/* --- The answer ----------------------------------------------------------------- */

static ssize_t
on_body_read(nghttp2_session *h2, int32_t id, uint8_t *buf UNUSED, size_t length,
	uint32_t *flags, nghttp2_data_source *source, void *user_data UNUSED)
{
	ssize_t n = rpc_conn_body_read(source->ptr, length, flags);
	struct rpc_stream *s = stream_of(h2, id);

	if (s != NULL && s->opened && n > 0)
		rpc_stream_sent(s, (size_t)n);
	if (n < 0 || (*flags & NGHTTP2_DATA_FLAG_EOF) == 0)
		return n;
	*flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
	if (s == NULL || rpc_headers_trailer(h2, id, &s->status) != 0)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	return n;
}

static void
answer_begin(struct rpc_stream *s)
{
	s->answered = true;
	s->answered_ms = rpc_clock_ms();
}

/* Status line and body; the trailer follows the body's end. */
static void
answer_body(struct rpc_stream *s)
{
	const nghttp2_data_provider body = { { .ptr = &s->response }, on_body_read };

	answer_begin(s);
	if (rpc_headers_response(s->conn->c->h2, s->id, &body) != 0)
		rpc_conn_fail(s->conn->c, "out of memory");
	rpc_conn_flush_later(s->conn->c);
}

static void
answer_status(struct rpc_stream *s)
{
	answer_begin(s);
	if (rpc_headers_status_only(s->conn->c->h2, s->id, &s->status) != 0)
		rpc_conn_fail(s->conn->c, "out of memory");
	rpc_conn_flush_later(s->conn->c);
}

static void
answer_http(struct rpc_stream *s, const char *http_status)
{
	answer_begin(s);
	if (rpc_headers_http_error(s->conn->c->h2, s->id, http_status) != 0)
		rpc_conn_fail(s->conn->c, "out of memory");
	rpc_conn_flush_later(s->conn->c);
}

void
rpc_stream_refuse(struct rpc_stream *s, enum rpc_code code, const char *text)
{
	struct rpc_status status;

	rpc_status_set(&status, code, 0, "%s", text);
	if (s->opened) {
		rpc_stream_end(s, &status);
	} else if (!s->answered) {
		s->status = status;
		request_free(s);
		answer_status(s);
	}
}

static void
answer_unary(struct rpc_stream *s)
{
	if (s->status.code == RPC_OK && !stream_hold(s, s->response.data.n))
		rpc_status_set(&s->status, RPC_RESOURCE_EXHAUSTED, 0,
			"too many answers wait for this client");
	if (s->status.code == RPC_OK) {
		s->response.ended = true;
		answer_body(s);
		return;
	}
	buf_free(&s->response.data);
	answer_status(s);
}

/* --- Unary calls: in the pool ------------------------------------------------------ */

bool
rpc_is_over(const struct rpc_context *ctx)
{
	return (ctx->abandoned != NULL && atomic_load(ctx->abandoned)) ||
	       rpc_clock_ms() >= ctx->deadline_ms;
}

static void
response_put(struct rpc_stream *s, const ProtobufCMessage *response)
{
	int rc = rpc_frame_put(&s->response.data, response);

	if (rc == -EMSGSIZE)
		rpc_status_set(&s->status, RPC_RESOURCE_EXHAUSTED, 0,
			"the answer is longer than %u bytes", RPC_MAX_MESSAGE);
	else if (rc != 0)
		rpc_status_set(&s->status, RPC_RESOURCE_EXHAUSTED, 0, "out of memory");
}

static void
job_run(struct job *job)
{
	struct rpc_stream *s = (void *)((char *)job - offsetof(struct rpc_stream, job));
	ProtobufCMessage *request, *response;

	if (atomic_load(&s->abandoned))
		return;
	if (rpc_clock_ms() >= s->ctx.deadline_ms) {
		rpc_status_set(&s->status, RPC_DEADLINE_EXCEEDED, 0,
			"the deadline passed before the call was run");
		return;
	}
	s->ctx.abandoned = &s->abandoned;
	request = rpc_message_unpack(s->method->request, buf_bytes(&s->request.body));
	response = rpc_message_new(s->method->response);
	rpc_frame_reader_free(&s->request);
	if (request == NULL)
		rpc_status_set(&s->status, RPC_INVALID_ARGUMENT, 0,
			"the request is not a valid %s", s->method->request->name);
	else if (response == NULL)
		rpc_status_set(&s->status, RPC_RESOURCE_EXHAUSTED, 0, "out of memory");
	else
		s->method->unary(&s->ctx, request, response, &s->status);
	if (s->status.code == RPC_OK)
		response_put(s, response);
	rpc_message_free(request);
	rpc_message_free(response);
}

static void
job_done(struct job *job)
{
	struct rpc_stream *s = (void *)((char *)job - offsetof(struct rpc_stream, job));

	s->in_pool = false;
	if (s->server != NULL)
		LIST_REMOVE(s, job_link);
	if (s->conn != NULL)
		s->conn->running--;
	request_free(s);
	if (atomic_load(&s->abandoned))
		stream_free(s);
	else
		answer_unary(s);
}

static void
unary_submit(struct rpc_stream *s)
{
	int rc;

	if (s->conn->running >= RPC_MAX_STREAMS) {
		rpc_stream_refuse(
			s, RPC_RESOURCE_EXHAUSTED, "too many calls of this client");
		return;
	}
	s->job.run = job_run;
	s->job.done = job_done;
	rc = pool_submit(s->server->pool, &s->job);
	if (rc != 0) {
		rpc_stream_refuse(s, RPC_UNAVAILABLE, "the server is busy");
		return;
	}
	s->in_pool = true;
	s->conn->running++;
	LIST_INSERT_HEAD(&s->server->jobs, s, job_link);
}

/* --- Server streams ------------------------------------------------------------------ */

static void
stream_open(struct rpc_stream *s)
{
	ProtobufCMessage *request;
	bool opened;

	if (s->conn->opened >= STREAMS_OPEN_MAX) {
		rpc_stream_refuse(
			s, RPC_RESOURCE_EXHAUSTED, "too many streams of this client");
		return;
	}
	request = rpc_message_unpack(s->method->request, buf_bytes(&s->request.body));
	request_free(s);
	if (request == NULL) {
		rpc_stream_refuse(s, RPC_INVALID_ARGUMENT, "the request is malformed");
		return;
	}
	/* The headers go first, so that the owner may send at once. */
	s->opened = true;
	s->conn->opened++;
	opened = s->method->open(&s->ctx, request, s, &s->status);
	rpc_message_free(request);
	if (opened) {
		answer_body(s);
		return;
	}
	s->opened = false;
	s->conn->opened--;
	rpc_stream_sending_forget(s);
	s->closed = NULL;
	s->writable = NULL;
	buf_free(&s->response.data);
	answer_status(s);
}

/* The peer takes too long to send the request, or to take the answer. What it does with
 * server streams is bounded by what they send. */
static bool
is_overdue(const struct rpc_stream *s, int64_t before)
{
	if (!s->request_done)
		return s->began_ms < before;
	return s->answered && !s->opened && s->answered_ms < before;
}

void
rpc_stream_expire(struct server_conn *sc, int64_t now)
{
	const struct rpc_limits *limits = &sc->server->limits;
	struct rpc_stream *s;

	LIST_FOREACH (s, &sc->streams, link) {
		if (!is_overdue(s, now - limits->request_ms))
			continue;
		if (s->expired_ms != 0) { /* and its reset has not left */
			if (now - s->expired_ms < limits->reset_ms)
				continue;
			rpc_conn_fail(sc->c, "the peer does not read");
			return;
		}
		s->expired_ms = now;
		(void)nghttp2_submit_rst_stream(
			sc->c->h2, NGHTTP2_FLAG_NONE, s->id, NGHTTP2_CANCEL);
		rpc_conn_flush_later(sc->c);
	}
}

/* --- The request ------------------------------------------------------------------------ */

static void
request_begin(struct rpc_stream *s)
{
	if (s->header_bytes > RPC_MAX_HEADER_BYTES)
		rpc_stream_refuse(s, RPC_RESOURCE_EXHAUSTED, "the headers are too long");
	else if (!s->post)
		answer_http(s, "405");
	else if (!s->grpc)
		answer_http(s, "415");
	else if (s->method == NULL)
		rpc_stream_refuse(s, RPC_UNIMPLEMENTED, "unknown method");
	else if (s->bad_timeout)
		rpc_stream_refuse(s, RPC_INVALID_ARGUMENT, "malformed grpc-timeout");
}

static void
request_end(struct rpc_stream *s)
{
	s->request_done = true;
	if (s->answered)
		return;
	if (!s->message_done)
		rpc_stream_refuse(
			s, RPC_INTERNAL, "the request ended without a whole message");
	else if (rpc_clock_ms() >= s->ctx.deadline_ms)
		rpc_stream_refuse(s, RPC_DEADLINE_EXCEEDED,
			"the deadline passed before the call was run");
	else if (s->method->unary != NULL)
		unary_submit(s);
	else
		stream_open(s);
}

struct refusal {
	int error;
	enum rpc_code code;
	const char *text;
};

static const struct refusal refusals[] = {
	{ -EMSGSIZE, RPC_RESOURCE_EXHAUSTED, "the message is longer than the limit" },
	{ -EOPNOTSUPP, RPC_UNIMPLEMENTED, "compressed messages are not supported" },
	{ -ENOMEM, RPC_RESOURCE_EXHAUSTED, "out of memory" },
	{ -EBADMSG, RPC_INTERNAL, "malformed message frame" },
};

static void
request_data(struct rpc_stream *s, struct bytes in)
{
	int rc;

	if (s->answered || in.n == 0)
		return;
	if (!stream_hold(s, in.n)) {
		rpc_stream_refuse(
			s, RPC_RESOURCE_EXHAUSTED, "too many bytes of this client");
		return;
	}
	rc = s->message_done ? -EBADMSG : rpc_frame_feed(&s->request, &in);
	if (rc == 1) {
		s->message_done = true;
		rc = in.n == 0 ? 0 : -EBADMSG;
	}
	for (size_t i = 0; rc != 0 && i < ARRAY_LEN(refusals); i++)
		if (refusals[i].error == rc)
			rpc_stream_refuse(s, refusals[i].code, refusals[i].text);
}

/* --- Callbacks of the session ------------------------------------------------------------ */

static int
on_begin_headers(nghttp2_session *h2, const nghttp2_frame *frame, void *user_data)
{
	struct rpc_conn *c = user_data;
	struct server_conn *sc = c->owner;
	struct rpc_stream *s;

	if (frame->hd.type != NGHTTP2_HEADERS ||
		frame->headers.cat != NGHTTP2_HCAT_REQUEST)
		return 0;
	s = calloc(1, sizeof *s);
	if (s == NULL)
		return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
	s->server = sc->server;
	s->conn = sc;
	s->id = frame->hd.stream_id;
	s->peer = rpc_tls_peer_ref(c->peer);
	s->began_ms = rpc_clock_ms();
	s->ctx.deadline_ms = INT64_MAX;
	s->ctx.user = sc->server->user;
	s->ctx.peer_name = s->peer->name[0] != '\0' ? s->peer->name : NULL;
	memcpy(s->ctx.peer_fingerprint, s->peer->fingerprint, 32);
	rpc_frame_reader_init(&s->request);
	s->response.data = BUF_SECRET;
	LIST_INSERT_HEAD(&sc->streams, s, link);
	(void)nghttp2_session_set_stream_user_data(h2, s->id, s);
	return 0;
}

static int
on_header(nghttp2_session *h2, const nghttp2_frame *frame, const uint8_t *name,
	size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags UNUSED,
	void *user_data UNUSED)
{
	struct rpc_stream *s = stream_of(h2, frame->hd.stream_id);

	if (s == NULL || frame->hd.type != NGHTTP2_HEADERS)
		return 0;
	/* 32: what RFC 9113 counts for an entry. The sum cannot overflow: the
	 * session bounds one block, and the count stops above the limit. */
	if (s->header_bytes <= RPC_MAX_HEADER_BYTES)
		s->header_bytes += (unsigned)(name_len + value_len + 32);
	if (s->header_bytes <= RPC_MAX_HEADER_BYTES &&
		frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		rpc_headers_request(s, BYTES(name, name_len), BYTES(value, value_len));
	return 0;
}

static int
on_data(nghttp2_session *h2, uint8_t flags UNUSED, int32_t id, const uint8_t *data,
	size_t n, void *user_data UNUSED)
{
	struct rpc_stream *s = stream_of(h2, id);

	if (s != NULL)
		request_data(s, BYTES(data, n));
	return 0;
}

static int
on_frame_recv(nghttp2_session *h2, const nghttp2_frame *frame, void *user_data)
{
	struct rpc_conn *c = user_data;
	struct server_conn *sc = c->owner;
	struct rpc_stream *s;

	if (frame->hd.type == NGHTTP2_RST_STREAM && ++sc->resets > RESETS_PER_TICK)
		rpc_conn_fail(c, "HTTP/2: too many resets");
	if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA)
		return 0;
	s = stream_of(h2, frame->hd.stream_id);
	if (s == NULL)
		return 0;
	if (frame->hd.type == NGHTTP2_HEADERS &&
		frame->headers.cat == NGHTTP2_HCAT_REQUEST)
		request_begin(s);
	if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
		request_end(s);
	return 0;
}

/* An answer before the request's end: the client need not send the rest. */
static int
on_frame_send(nghttp2_session *h2, const nghttp2_frame *frame, void *user_data UNUSED)
{
	struct rpc_stream *s;

	if (frame->hd.type != NGHTTP2_HEADERS ||
		(frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0)
		return 0;
	s = stream_of(h2, frame->hd.stream_id);
	if (s != NULL && !s->request_done)
		(void)nghttp2_submit_rst_stream(
			h2, NGHTTP2_FLAG_NONE, s->id, NGHTTP2_NO_ERROR);
	return 0;
}

static int
on_stream_close(nghttp2_session *h2, int32_t id, uint32_t error_code UNUSED,
	void *user_data UNUSED)
{
	struct rpc_stream *s = stream_of(h2, id);

	if (s != NULL)
		rpc_stream_detach(s);
	return 0;
}

int
rpc_stream_callbacks_new(nghttp2_session_callbacks **ret)
{
	nghttp2_session_callbacks *cb;

	if (nghttp2_session_callbacks_new(&cb) != 0)
		return -ENOMEM;
	nghttp2_session_callbacks_set_on_begin_headers_callback(cb, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(cb, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(cb, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(cb, on_frame_recv);
	nghttp2_session_callbacks_set_on_frame_send_callback(cb, on_frame_send);
	nghttp2_session_callbacks_set_on_stream_close_callback(cb, on_stream_close);
	*ret = cb;
	return 0;
}
