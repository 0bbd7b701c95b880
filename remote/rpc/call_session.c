/* SPDX-License-Identifier: Apache-2.0 */
/* What a client's session tells of its calls. */
#include <errno.h>

#include "remote/rpc/channel.h"

static struct rpc_call *
call_of(nghttp2_session *h2, int32_t id)
{
	return nghttp2_session_get_stream_user_data(h2, id);
}

static void
message_tell(struct rpc_call *call)
{
	struct rpc_channel *ch = call->channel;
	ProtobufCMessage *message =
		rpc_message_unpack(call->response, buf_bytes(&call->answer.body));

	if (message == NULL) {
		rpc_call_fail(call, RPC_INTERNAL, "the answer is malformed");
		return;
	}
	ch->busy++;
	call->message(call->arg, message);
	ch->busy--;
	rpc_message_free(message);
}

static void
answer_data(struct rpc_call *call, struct bytes in)
{
	int rc = 0;

	while (in.n != 0 && call->state == CALL_FLYING) {
		rc = call->has_message ? -EBADMSG : rpc_frame_feed(&call->answer, &in);
		if (rc < 0) {
			rpc_call_fail(call,
				rc == -EMSGSIZE ? RPC_RESOURCE_EXHAUSTED : RPC_INTERNAL,
				"the answer: %s", strerror(-rc));
		} else if (rc == 1 && !call->streaming) {
			call->has_message = true;
		} else if (rc == 1) {
			message_tell(call);
			rpc_frame_reader_next(&call->answer);
		}
	}
}

static int
on_data(nghttp2_session *h2, uint8_t flags UNUSED, int32_t id, const uint8_t *data,
	size_t n, void *user_data UNUSED)
{
	struct rpc_call *call = call_of(h2, id);

	if (call == NULL || call->state != CALL_FLYING)
		return 0;
	if (!call->headers.grpc || call->headers.http_status != 200)
		return 0;
	call->refs++; /* the user may cancel it from its message */
	answer_data(call, BYTES(data, n));
	rpc_call_unref(call);
	return 0;
}

static int
on_header(nghttp2_session *h2, const nghttp2_frame *frame, const uint8_t *name,
	size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags UNUSED,
	void *user_data UNUSED)
{
	struct rpc_call *call = call_of(h2, frame->hd.stream_id);

	if (call != NULL && frame->hd.type == NGHTTP2_HEADERS)
		rpc_headers_answer(
			&call->headers, BYTES(name, name_len), BYTES(value, value_len));
	return 0;
}

static int
on_frame_recv(nghttp2_session *h2 UNUSED, const nghttp2_frame *frame, void *user_data)
{
	struct rpc_conn *c = user_data;
	struct link *link = c->owner;

	if (frame->hd.type == NGHTTP2_SETTINGS && !link->up &&
		(frame->hd.flags & NGHTTP2_FLAG_ACK) == 0)
		rpc_link_up(link);
	else if (frame->hd.type == NGHTTP2_GOAWAY)
		rpc_link_retire(link, true, "the server is going down");
	return 0;
}

static int
on_stream_close(
	nghttp2_session *h2, int32_t id, uint32_t h2_error, void *user_data UNUSED)
{
	struct rpc_call *call = call_of(h2, id);

	if (call != NULL)
		rpc_call_stream_closed(call, h2_error);
	return 0;
}

/* A request that never left: cancelled, or the server is going away. The
 * session closes its stream next. */
static int
on_frame_not_send(nghttp2_session *h2, const nghttp2_frame *frame, int error UNUSED,
	void *user_data UNUSED)
{
	struct rpc_call *call;

	if (frame->hd.type != NGHTTP2_HEADERS)
		return 0;
	call = call_of(h2, frame->hd.stream_id);
	if (call != NULL)
		call->not_sent = true;
	return 0;
}

int
rpc_call_callbacks_new(nghttp2_session_callbacks **ret)
{
	nghttp2_session_callbacks *cb;

	if (nghttp2_session_callbacks_new(&cb) != 0)
		return -ENOMEM;
	nghttp2_session_callbacks_set_on_header_callback(cb, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(cb, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(cb, on_frame_recv);
	nghttp2_session_callbacks_set_on_stream_close_callback(cb, on_stream_close);
	nghttp2_session_callbacks_set_on_frame_not_send_callback(cb, on_frame_not_send);
	*ret = cb;
	return 0;
}
