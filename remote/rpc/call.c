/* SPDX-License-Identifier: Apache-2.0 */
/* A call as the client sees it: queued, in flight, perhaps again, told. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "remote/rpc/channel.h"

#define TOUR_MS 3000 /* from one tour of busy endpoints to the next */

/* --- Life ------------------------------------------------------------------------ */

void
rpc_call_unref(struct rpc_call *call)
{
	if (--call->refs != 0)
		return;
	(void)event_del(&call->timer);
	rpc_frame_reader_free(&call->answer);
	buf_free(&call->request.data);
	free(call);
}

static void
queue_leave(struct rpc_call *call)
{
	if (call->queue != NULL)
		TAILQ_REMOVE(call->queue, call, link);
	call->queue = NULL;
}

static void
queue_enter(struct rpc_call *call, struct call_queue *queue)
{
	queue_leave(call);
	TAILQ_INSERT_TAIL(queue, call, link);
	call->queue = queue;
}

/* The session still knows the stream until it says that it is closed. */
static void
stream_reset(struct rpc_call *call)
{
	struct rpc_conn *c;

	if (call->on == NULL)
		return;
	c = call->on->c;
	(void)nghttp2_submit_rst_stream(
		c->h2, NGHTTP2_FLAG_NONE, call->id, NGHTTP2_CANCEL);
	rpc_conn_flush_later(c);
}

static void
call_finish(struct rpc_call *call, const struct rpc_status *status)
{
	call->status = *status;
	call->state = CALL_FINISHED;
	(void)event_del(&call->timer);
	queue_enter(call, &call->channel->finished);
	event_active(&call->channel->deliver_event, EV_TIMEOUT, 1);
}

void
rpc_call_fail(struct rpc_call *call, enum rpc_code code, const char *fmt, ...)
{
	struct rpc_status status = { .code = code };
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(status.message, sizeof status.message, fmt, ap);
	va_end(ap);
	stream_reset(call);
	call_finish(call, &status);
}

static void
timer_set(struct rpc_call *call, int64_t at_ms)
{
	int64_t ms = at_ms - rpc_clock_ms();
	struct timeval tv;

	if (at_ms == INT64_MAX)
		return;
	if (ms < 0)
		ms = 0;
	tv = (struct timeval){ ms / 1000, (ms % 1000) * 1000 };
	(void)event_add(&call->timer, &tv);
}

static void
on_timer(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct rpc_call *call = arg;
	struct rpc_channel *ch = call->channel;
	const char *last = ch->last_error;

	if (rpc_clock_ms() >= call->deadline_ms) {
		if (call->headers.has_status)
			last = call->headers.status.message;
		rpc_call_fail(call, RPC_DEADLINE_EXCEEDED, "the deadline passed%s%s",
			call->state == CALL_QUEUED && last[0] != '\0' ? "; before: " : "",
			call->state == CALL_QUEUED ? last : "");
		return;
	}
	timer_set(call, call->deadline_ms);
	if (call->queue != &ch->waiting)
		return;
	queue_enter(call, &ch->pending);
	rpc_call_pump(ch);
	rpc_dial_later(ch);
}

/* --- Start, and again ------------------------------------------------------------------ */

static ssize_t
on_body_read(nghttp2_session *h2 UNUSED, int32_t id UNUSED, uint8_t *buf UNUSED,
	size_t length, uint32_t *flags, nghttp2_data_source *source,
	void *user_data UNUSED)
{
	return rpc_conn_body_read(source->ptr, length, flags);
}

static void
call_start(struct rpc_call *call, struct link *link)
{
	const nghttp2_data_provider body = { { .ptr = &call->request }, on_body_read };
	int64_t left = INT64_MAX;
	int32_t id;

	if (call->deadline_ms != INT64_MAX)
		left = call->deadline_ms - rpc_clock_ms();
	call->request.sent = 0;
	call->has_message = false;
	call->not_sent = false;
	call->headers = (struct headers_answer){ 0 };
	rpc_frame_reader_next(&call->answer);
	id = rpc_headers_call(link->c->h2, link->endpoint, call->path, left, &body, call);
	if (id == NGHTTP2_ERR_STREAM_ID_NOT_AVAILABLE) {
		/* 2^30 calls on one connection. */
		rpc_link_retire(link, false, "used up");
		return;
	}
	if (id < 0) {
		rpc_call_fail(call, RPC_INTERNAL, "HTTP/2: %s", nghttp2_strerror(id));
		return;
	}
	queue_leave(call);
	call->state = CALL_FLYING;
	call->id = id;
	call->on = link;
	call->refs++;
	LIST_INSERT_HEAD(&link->calls, call, stream_link);
	link->n_calls++;
	rpc_conn_flush_later(link->c);
}

void
rpc_call_pump(struct rpc_channel *ch)
{
	struct rpc_call *call;
	struct link *link;
	uint32_t room;

	while ((link = ch->current) != NULL && !link->c->failed &&
		(call = TAILQ_FIRST(&ch->pending)) != NULL) {
		room = nghttp2_session_get_remote_settings(
			link->c->h2, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
		if (link->n_calls >= room || link->n_calls >= RPC_MAX_STREAMS)
			break;
		call_start(call, link);
		rpc_channel_tick_arm(ch);
	}
}

/* after_ms 0: at once. */
static void
call_again(struct rpc_call *call, unsigned after_ms)
{
	struct rpc_channel *ch = call->channel;

	call->state = CALL_QUEUED;
	if (after_ms == 0) {
		queue_enter(call, &ch->pending);
		return;
	}
	queue_enter(call, &ch->waiting);
	call->retry_ms = rpc_clock_ms() + after_ms;
	timer_set(call,
		call->retry_ms < call->deadline_ms ? call->retry_ms : call->deadline_ms);
}

/* The same, or its end with status when it had its share. */
static void
call_retry(struct rpc_call *call, unsigned after_ms, const struct rpc_status *status)
{
	struct rpc_channel *ch = call->channel;

	if (call->streaming || ++call->attempts > (ch->max_rounds + 1) * ch->n_endpoints)
		call_finish(call, status);
	else
		call_again(call, after_ms);
}

void
rpc_call_round_failed(struct rpc_channel *ch)
{
	struct rpc_call *call, *next;

	for (call = TAILQ_FIRST(&ch->pending); call != NULL; call = next) {
		next = TAILQ_NEXT(call, link);
		if (call->round_limit <= ch->rounds)
			rpc_call_fail(call, RPC_UNAVAILABLE, "%s", ch->last_error);
	}
}

/* --- The end of a stream ----------------------------------------------------------------- */

/* Each of the other endpoints is sought once, and again when they may have become free: where
 * all are busy a new connection for each try would help nobody. */
static bool
may_leave(struct rpc_channel *ch)
{
	const int64_t now = rpc_clock_ms();

	if (now - ch->tour_ms >= TOUR_MS) {
		ch->tour_ms = now;
		ch->left = 0;
	}
	if (ch->left + 1 >= ch->n_endpoints)
		return false;
	ch->left++;
	return true;
}

/* The server says that it cannot: somebody else may. If nobody can, they are there, and busy:
 * as long as there is time that is no lost round. */
static void
server_unavailable(struct rpc_call *call, struct link *link, const struct rpc_status *st)
{
	struct rpc_channel *ch = call->channel;
	bool others = call->attempts + 1 < ch->n_endpoints;
	unsigned delay;

	(void)snprintf(ch->last_error, sizeof ch->last_error, "%s: %s", link->endpoint,
		st->message);
	if (ch->current == link && !call->streaming && may_leave(ch))
		rpc_link_retire(link, true, st->message);
	delay = others && ch->current != link ? 0 : rpc_jitter(ch->retry_delay_ms);
	if (others || call->streaming || call->deadline_ms == INT64_MAX)
		call_retry(call, delay, st);
	else
		call_again(call, delay);
}

static void
call_ended(struct rpc_call *call, struct link *link, uint32_t h2_error)
{
	struct headers_answer *a = &call->headers;
	struct rpc_status status = a->status;

	if (a->http_status != 0)
		rpc_link_answered(link);
	if (a->http_status == 0 &&
		(call->not_sent || h2_error == NGHTTP2_REFUSED_STREAM)) {
		rpc_status_set(
			&status, RPC_UNAVAILABLE, 0, "the server refused the call");
		/* Not begun there. The connection may be going away: then the
		 * next one is already sought. */
		call_retry(call, link->retiring ? 0 : call->channel->retry_delay_ms,
			&status);
		return;
	}
	if (!a->has_status && a->http_status != 0 && (a->http_status != 200 || !a->grpc))
		rpc_status_set(&status, rpc_status_from_http(a->http_status), 0,
			"the server answered with HTTP status %u", a->http_status);
	else if (!a->has_status)
		rpc_status_set(&status, rpc_status_from_h2(h2_error), 0,
			"the server ended the call without a status: %s",
			nghttp2_http2_strerror(h2_error));
	else if (status.code == RPC_OK && !call->streaming && !call->has_message)
		rpc_status_set(&status, RPC_INTERNAL, 0, "the answer has no message");
	if (status.code == RPC_UNAVAILABLE)
		server_unavailable(call, link, &status);
	else
		call_finish(call, &status);
}

void
rpc_call_stream_closed(struct rpc_call *call, uint32_t h2_error)
{
	struct link *link = call->on;

	LIST_REMOVE(call, stream_link);
	link->n_calls--;
	call->on = NULL;
	if (call->state == CALL_FLYING)
		call_ended(call, link, h2_error);
	rpc_call_unref(call);
}

void
rpc_call_link_lost(struct link *link, const char *why)
{
	struct rpc_status status;
	struct rpc_call *call;

	rpc_status_set(&status, RPC_UNAVAILABLE, 0, "%s: %s", link->endpoint, why);
	while ((call = LIST_FIRST(&link->calls)) != NULL) {
		LIST_REMOVE(call, stream_link);
		link->n_calls--;
		call->on = NULL;
		if (call->state == CALL_FLYING)
			call_retry(call, 0, &status);
		rpc_call_unref(call);
	}
}

/* --- Telling --------------------------------------------------------------------------------- */

static void
call_tell(struct rpc_call *call)
{
	ProtobufCMessage *message = NULL;

	if (call->status.code == RPC_OK && !call->streaming) {
		message =
			rpc_message_unpack(call->response, buf_bytes(&call->answer.body));
		if (message == NULL)
			rpc_status_set(&call->status, RPC_INTERNAL, 0,
				"the answer is malformed");
	}
	call->state = CALL_GONE;
	call->channel->busy++;
	call->done(call->arg, &call->status, message);
	call->channel->busy--;
	rpc_message_free(message);
	rpc_call_unref(call);
}

void
rpc_call_on_deliver(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct rpc_channel *ch = arg;
	struct rpc_call *call;

	/* A call that ends because of what done() does waits for the next turn. */
	while (!ch->dead && (call = TAILQ_FIRST(&ch->finished)) != NULL) {
		queue_leave(call);
		call_tell(call);
	}
}

static void
cancel_queue(struct call_queue *queue, const struct rpc_status *status)
{
	struct rpc_call *call;

	while ((call = TAILQ_FIRST(queue)) != NULL)
		call_finish(call, status);
}

void
rpc_call_cancel_all(struct rpc_channel *ch)
{
	const struct rpc_status status = { .code = RPC_CANCELLED,
		.message = "cancelled" };
	struct rpc_call *call;
	struct link *link;

	cancel_queue(&ch->pending, &status);
	cancel_queue(&ch->waiting, &status);
	LIST_FOREACH (link, &ch->links, link) {
		LIST_FOREACH (call, &link->calls, stream_link) {
			if (call->state == CALL_FLYING)
				call_finish(call, &status);
		}
	}
	while ((call = TAILQ_FIRST(&ch->finished)) != NULL) {
		queue_leave(call);
		call_tell(call);
	}
}

/* --- Public ------------------------------------------------------------------------------------ */

static int
call_new(struct rpc_channel *ch, const char *path, const ProtobufCMessage *request,
	const ProtobufCMessageDescriptor *response, unsigned deadline_ms,
	struct rpc_call **ret)
{
	size_t n = strlen(path) + 1;
	struct rpc_call *call;
	int rc;

	if (ch->dead)
		return -ESHUTDOWN;
	call = calloc(1, sizeof *call + n);
	if (call == NULL)
		return -ENOMEM;
	memcpy(call->path, path, n);
	call->channel = ch;
	call->refs = 1;
	call->response = response;
	call->round_limit = ch->rounds + ch->max_rounds + 1;
	call->deadline_ms = deadline_ms != 0 ? rpc_clock_ms() + deadline_ms : INT64_MAX;
	call->request = (struct conn_body){ BUF_SECRET, 0, true, true };
	rpc_frame_reader_init(&call->answer);
	event_assign(&call->timer, ch->base, -1, 0, on_timer, call);
	rc = rpc_frame_put(&call->request.data, request);
	if (rc != 0) {
		rpc_call_unref(call);
		return rc;
	}
	*ret = call;
	return 0;
}

static void
call_queue_up(struct rpc_call *call, struct rpc_call **ret)
{
	struct rpc_channel *ch = call->channel;

	if (ret != NULL)
		*ret = call;
	timer_set(call, call->deadline_ms);
	queue_enter(call, &ch->pending);
	rpc_call_pump(ch);
	rpc_dial_later(ch);
}

int
rpc_unary(struct rpc_channel *ch, const char *path, const ProtobufCMessage *request,
	const ProtobufCMessageDescriptor *response, unsigned deadline_ms,
	rpc_done_fn *done, void *arg, struct rpc_call **ret)
{
	struct rpc_call *call;
	int rc = call_new(ch, path, request, response, deadline_ms, &call);

	if (rc != 0)
		return rc;
	call->done = done;
	call->arg = arg;
	call_queue_up(call, ret);
	return 0;
}

int
rpc_server_stream(struct rpc_channel *ch, const char *path,
	const ProtobufCMessage *request, const ProtobufCMessageDescriptor *response,
	rpc_message_fn *message, rpc_done_fn *done, void *arg, struct rpc_call **ret)
{
	struct rpc_call *call;
	int rc = call_new(ch, path, request, response, 0, &call);

	if (rc != 0)
		return rc;
	call->streaming = true;
	call->message = message;
	call->done = done;
	call->arg = arg;
	call_queue_up(call, ret);
	return 0;
}

void
rpc_cancel(struct rpc_call *call)
{
	if (call->state == CALL_GONE)
		return; /* its own done() calls this */
	call->state = CALL_GONE;
	(void)event_del(&call->timer);
	queue_leave(call);
	stream_reset(call);
	rpc_call_unref(call);
}
