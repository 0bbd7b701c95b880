/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/rpc/headers.h"

#include <stdio.h>

#include "remote/rpc/server.h"

#define CONTENT_TYPE "application/grpc"
#define USER_AGENT "keyring-token/" PROJECT_VERSION

static nghttp2_nv
pair(const char *name, const char *value, uint8_t flags)
{
	/* nghttp2 copies both and writes to neither: const is lost in its type. */
	return (nghttp2_nv){ (uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value,
		strlen(name), strlen(value), flags };
}

static bool
is_text(struct bytes b, const char *text)
{
	return bytes_equal(b, BYTES_STR(text));
}

/* "application/grpc", also with "+proto" or a parameter. */
static bool
is_grpc_type(struct bytes value)
{
	const size_t n = sizeof CONTENT_TYPE - 1;

	if (value.n < n || memcmp(value.p, CONTENT_TYPE, n) != 0)
		return false;
	return value.n == n || value.p[n] == ';' ||
	       is_text(BYTES(value.p + n, value.n - n), "+proto");
}

/* --- Requests, as a server reads them ------------------------------------------- */

static void
request_method(struct rpc_stream *s, struct bytes value)
{
	s->post = is_text(value, "POST");
}

static void
request_path(struct rpc_stream *s, struct bytes value)
{
	for (const struct rpc_method *m = s->server->methods; m->path != NULL; m++)
		if (is_text(value, m->path))
			s->method = m;
}

static void
request_type(struct rpc_stream *s, struct bytes value)
{
	s->grpc = is_grpc_type(value);
}

static void
request_timeout(struct rpc_stream *s, struct bytes value)
{
	int64_t ms;

	if (rpc_timeout_parse(value, &ms))
		s->ctx.deadline_ms = s->began_ms + ms;
	else
		s->bad_timeout = true;
}

static void
request_trace(struct rpc_stream *s, struct bytes value)
{
	if (!rpc_traceparent_valid(value))
		return;
	memcpy(s->traceparent, value.p, TRACEPARENT_LEN);
	s->ctx.traceparent = s->traceparent;
}

struct request_row {
	const char *name;
	void (*set)(struct rpc_stream *s, struct bytes value);
};

static const struct request_row request_rows[] = {
	{ ":method", request_method },
	{ ":path", request_path },
	{ "content-type", request_type },
	{ "grpc-timeout", request_timeout },
	{ "traceparent", request_trace },
};

void
rpc_headers_request(struct rpc_stream *s, struct bytes name, struct bytes value)
{
	for (size_t i = 0; i < ARRAY_LEN(request_rows); i++)
		if (is_text(name, request_rows[i].name))
			request_rows[i].set(s, value);
}

/* --- Answers, as a server writes them ---------------------------------------------- */

struct status_text {
	char code[12];
	char ckr[24];
	char message[STATUS_ENCODED_MAX];
};

static size_t
status_pairs(const struct rpc_status *status, struct status_text *text, nghttp2_nv *nv)
{
	size_t n = 0;

	(void)snprintf(text->code, sizeof text->code, "%u", (unsigned)status->code);
	nv[n++] = pair("grpc-status", text->code, NGHTTP2_NV_FLAG_NONE);
	if (status->ckr != 0) {
		(void)snprintf(text->ckr, sizeof text->ckr, "%llu",
			(unsigned long long)status->ckr);
		nv[n++] = pair("keystore-ckr", text->ckr, NGHTTP2_NV_FLAG_NONE);
	}
	if (status->code != RPC_OK && status->message[0] != '\0') {
		(void)rpc_status_message_encode(
			status->message, text->message, sizeof text->message);
		nv[n++] = pair("grpc-message", text->message, NGHTTP2_NV_FLAG_NO_INDEX);
	}
	return n;
}

int
rpc_headers_response(nghttp2_session *h2, int32_t id, const nghttp2_data_provider *body)
{
	const nghttp2_nv nv[] = {
		pair(":status", "200", NGHTTP2_NV_FLAG_NONE),
		pair("content-type", CONTENT_TYPE, NGHTTP2_NV_FLAG_NONE),
	};

	return nghttp2_submit_response(h2, id, nv, ARRAY_LEN(nv), body);
}

int
rpc_headers_status_only(nghttp2_session *h2, int32_t id, const struct rpc_status *status)
{
	struct status_text text;
	nghttp2_nv nv[5] = {
		pair(":status", "200", NGHTTP2_NV_FLAG_NONE),
		pair("content-type", CONTENT_TYPE, NGHTTP2_NV_FLAG_NONE),
	};
	size_t n = 2 + status_pairs(status, &text, nv + 2);

	return nghttp2_submit_response(h2, id, nv, n, NULL);
}

int
rpc_headers_trailer(nghttp2_session *h2, int32_t id, const struct rpc_status *status)
{
	struct status_text text;
	nghttp2_nv nv[3];
	size_t n = status_pairs(status, &text, nv);

	return nghttp2_submit_trailer(h2, id, nv, n);
}

int
rpc_headers_http_error(nghttp2_session *h2, int32_t id, const char *code)
{
	const nghttp2_nv nv[] = { pair(":status", code, NGHTTP2_NV_FLAG_NONE) };

	return nghttp2_submit_response(h2, id, nv, ARRAY_LEN(nv), NULL);
}

/* --- The client's side ------------------------------------------------------------------ */

int32_t
rpc_headers_call(nghttp2_session *h2, const char *authority, const char *path,
	int64_t timeout_ms, const nghttp2_data_provider *body, void *stream_data)
{
	char timeout[16];
	nghttp2_nv nv[8] = {
		pair(":method", "POST", NGHTTP2_NV_FLAG_NONE),
		pair(":scheme", "https", NGHTTP2_NV_FLAG_NONE),
		pair(":path", path, NGHTTP2_NV_FLAG_NONE),
		pair(":authority", authority, NGHTTP2_NV_FLAG_NONE),
		pair("te", "trailers", NGHTTP2_NV_FLAG_NONE),
		pair("content-type", CONTENT_TYPE, NGHTTP2_NV_FLAG_NONE),
		pair("user-agent", USER_AGENT, NGHTTP2_NV_FLAG_NONE),
	};
	size_t n = 7;

	/* Hardly ever the same twice: kept out of the compression table. */
	if (timeout_ms != INT64_MAX) {
		(void)rpc_timeout_format(timeout_ms, timeout);
		nv[n++] = pair("grpc-timeout", timeout, NGHTTP2_NV_FLAG_NO_INDEX);
	}
	return nghttp2_submit_request(h2, NULL, nv, n, body, stream_data);
}

static void
answer_http(struct headers_answer *a, struct bytes value)
{
	uint64_t v;

	a->http_status = rpc_number_parse(value, 999, &v) ? (unsigned)v : 0;
}

static void
answer_type(struct headers_answer *a, struct bytes value)
{
	a->grpc = is_grpc_type(value);
}

static void
answer_code(struct headers_answer *a, struct bytes value)
{
	uint64_t v;

	a->has_status = true;
	a->status.code = rpc_number_parse(value, 16, &v) ? (enum rpc_code)v : RPC_UNKNOWN;
}

static void
answer_message(struct headers_answer *a, struct bytes value)
{
	rpc_status_message_decode(value, a->status.message, sizeof a->status.message);
}

static void
answer_ckr(struct headers_answer *a, struct bytes value)
{
	uint64_t v;

	if (rpc_number_parse(value, UINT64_MAX, &v))
		a->status.ckr = v;
}

struct answer_row {
	const char *name;
	void (*set)(struct headers_answer *a, struct bytes value);
};

static const struct answer_row answer_rows[] = {
	{ ":status", answer_http },
	{ "content-type", answer_type },
	{ "grpc-status", answer_code },
	{ "grpc-message", answer_message },
	{ "keystore-ckr", answer_ckr },
};

void
rpc_headers_answer(struct headers_answer *a, struct bytes name, struct bytes value)
{
	for (size_t i = 0; i < ARRAY_LEN(answer_rows); i++)
		if (is_text(name, answer_rows[i].name))
			answer_rows[i].set(a, value);
}
