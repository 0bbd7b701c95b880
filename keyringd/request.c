/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/request.h"

#include <stdlib.h>

#include "common/log.h"
#include "keyringd/account.h"
#include "keyringd/client.h"

bool
request_handle(struct conn *c, const struct wire_header *h, struct bytes payload)
{
	struct request r;

	/* not the whole of it: the message is filled by its decoder */
	r.conn = c;
	r.client = c->client;
	r.id = h->id;
	r.type = h->type;
	r.held = r.waited = false;
	r.fetched = 0;
	r.weight = payload.n + sizeof r;
	if (!wire_decode(wire_messages[h->type].request, payload, &r.m))
		return false;
	log_at(LOG_TRACE, "request of %s, %zu bytes", wire_messages[h->type].name,
		payload.n);
	/* borrowed, for request_hold() to copy */
	r.payload = (struct buf){ .p = (uint8_t *)(uintptr_t)payload.p, .n = payload.n };
	request_handlers[h->type](&r);
	return true;
}

struct request *
request_hold(struct request *r, bool keep)
{
	struct request *held;
	bool ok;

	if (r->held)
		return r;
	held = calloc(1, sizeof *held);
	ok = held != NULL && client_may_hold(r->client, r->weight);
	if (ok) {
		*held = *r;
		held->payload = BUF_SECRET;
		if (keep) {
			buf_put(&held->payload, r->payload.p, r->payload.n);
			ok = buf_ok(&held->payload) &&
			     wire_decode(wire_messages[r->type].request,
				     buf_bytes(&held->payload), &held->m);
		} else {
			memset(&held->m, 0, sizeof held->m);
		}
	}
	if (!ok) {
		if (held != NULL)
			buf_free(&held->payload);
		free(held);
		request_done(r, CKR_HOST_MEMORY, NULL);
		return NULL;
	}
	held->held = true;
	client_ref(held->client);
	client_charge(held->client, held->weight);
	held->conn->refs++;
	if (++held->conn->pending >= CONN_PENDING)
		conn_pause(held->conn, CONN_PAUSE_PENDING);
	return held;
}

static void
request_release(struct request *r)
{
	struct conn *c = r->conn;
	struct client *cl = r->client;

	if (c->pending-- >= CONN_PENDING)
		conn_resume(c, CONN_PAUSE_PENDING);
	client_uncharge(cl, r->weight);
	buf_free(&r->payload);
	free(r);
	conn_unref(c);
	client_unref(cl);
}

void
request_go_on(struct request *r)
{
	TAILQ_INSERT_TAIL(&r->conn->account->ready, r, waiting);
	conn_turns_later(r->conn->d);
}

void
request_again(struct request *r)
{
	if (request_is_dead(r))
		request_done(r, CKR_FUNCTION_CANCELED, NULL);
	else
		request_handlers[r->type](r);
}

void
request_queue_forget(struct request_queue *queue, const struct client *cl)
{
	struct request *r, *next;

	for (r = TAILQ_FIRST(queue); r != NULL; r = next) {
		next = TAILQ_NEXT(r, waiting);
		if (r->client != cl)
			continue;
		TAILQ_REMOVE(queue, r, waiting);
		request_done(r, CKR_FUNCTION_CANCELED, NULL);
	}
}

bool
request_is_dead(const struct request *r)
{
	return r->client->dead;
}

struct buf *
request_reply(struct request *r)
{
	struct buf *out = &r->conn->d->output;
	uint8_t *at;

	buf_reset(out);
	at = buf_reserve(out, WIRE_HEADER);
	if (at != NULL)
		out->n += WIRE_HEADER;
	return out;
}

void
request_send(struct request *r)
{
	struct buf *out = &r->conn->d->output;
	struct wire_header h = { .type = r->type, .flags = WIRE_REPLY, .id = r->id };

	if (!buf_ok(out) || out->n - WIRE_HEADER > WIRE_MAX_PAYLOAD) {
		request_done(r, CKR_HOST_MEMORY, NULL);
		return;
	}
	h.length = (uint32_t)(out->n - WIRE_HEADER);
	wire_header_encode(&h, out->p);
	conn_send(r->conn);
	buf_reset(out);
	if (r->held)
		request_release(r);
}

bool
request_done_fd(struct request *r, const void *reply, int fd)
{
	struct buf *out = request_reply(r);
	struct wire_header h = {
		.type = r->type, .flags = WIRE_REPLY | WIRE_FD, .id = r->id
	};

	wire_encode(wire_messages[r->type].reply, reply, out);
	if (buf_ok(out)) {
		h.length = (uint32_t)(out->n - WIRE_HEADER);
		wire_header_encode(&h, out->p);
	}
	if (!buf_ok(out) || conn_send_fd(r->conn, fd) != 0) {
		request_done(r, CKR_DEVICE_MEMORY, NULL);
		return false;
	}
	buf_reset(out);
	if (r->held)
		request_release(r);
	return true;
}

void
request_done(struct request *r, CK_RV rv, const void *reply)
{
	struct buf *out = request_reply(r);
	struct wire_header h = {
		.type = r->type, .flags = WIRE_REPLY, .id = r->id, .rv = rv
	};

	if (rv == CKR_OK) {
		wire_encode(wire_messages[r->type].reply, reply, out);
		request_send(r);
		return;
	}
	if (buf_ok(out)) {
		wire_header_encode(&h, out->p);
		conn_send(r->conn);
	}
	buf_reset(out);
	if (r->held)
		request_release(r);
}
