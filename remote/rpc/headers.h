/* SPDX-License-Identifier: Apache-2.0 */
/* The headers and trailers of gRPC, both directions, as tables. */
#pragma once

#include <nghttp2/nghttp2.h>

#include "remote/rpc/rpc.h"
#include "remote/rpc/status.h"

/* Server: one header of a request; what it says is kept in the stream. */
void rpc_headers_request(struct rpc_stream *s, struct bytes name, struct bytes value);

/* Submits; 0 or an nghttp2 error. */
int rpc_headers_response(
	nghttp2_session *h2, int32_t id, const nghttp2_data_provider *body) MUST_CHECK;
int rpc_headers_status_only(
	nghttp2_session *h2, int32_t id, const struct rpc_status *status) MUST_CHECK;
int rpc_headers_trailer(
	nghttp2_session *h2, int32_t id, const struct rpc_status *status) MUST_CHECK;
int rpc_headers_http_error(nghttp2_session *h2, int32_t id, const char *code) MUST_CHECK;

/* Client: submits a request; timeout_ms INT64_MAX: none. The stream's id or
 * an nghttp2 error. */
int32_t rpc_headers_call(nghttp2_session *h2, const char *authority, const char *path,
	int64_t timeout_ms, const nghttp2_data_provider *body,
	void *stream_data) MUST_CHECK;

/* Client: what the headers and trailers of an answer say. */
struct headers_answer {
	unsigned http_status;
	bool grpc;
	bool has_status;
	struct rpc_status status;
};
void rpc_headers_answer(struct headers_answer *a, struct bytes name, struct bytes value);
