/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/rpc/channel.h"

#include <errno.h>
#include <stdlib.h>

#define STREAM_WINDOW (1 << 20)
#define CONNECTION_WINDOW (8 << 20)
/* A connection that lived this long was a good one. */
#define PROVEN_MS 5000

void
rpc_channel_tell(struct rpc_channel *ch, bool up, const char *endpoint, const char *why)
{
	if (ch->state == NULL || ch->dead)
		return;
	ch->busy++;
	ch->state(ch->arg, up, endpoint, why);
	ch->busy--;
}

/* --- Links ------------------------------------------------------------------------ */

static void
link_free(struct link *link)
{
	struct rpc_channel *ch = link->channel;

	LIST_REMOVE(link, link);
	if (ch->current == link)
		ch->current = NULL;
	if (ch->dialing == link)
		ch->dialing = NULL;
	rpc_conn_free(link->c);
	free(link);
}

void
rpc_link_up(struct link *link)
{
	struct rpc_channel *ch = link->channel;

	link->up = true;
	ch->dialing = NULL;
	ch->current = link;
	rpc_dial_done(ch);
	rpc_channel_tell(ch, true, link->endpoint, "connected");
	rpc_call_pump(ch);
}

void
rpc_link_retire(struct link *link, bool next_endpoint, const char *why)
{
	struct rpc_channel *ch = link->channel;

	link->retiring = true;
	rpc_conn_flush_later(link->c);
	if (ch->current != link)
		return;
	ch->current = NULL;
	if (next_endpoint)
		ch->at = (ch->at + 1) % ch->n_endpoints;
	rpc_dial_later(ch);
	rpc_channel_tell(ch, false, link->endpoint, why);
}

void
rpc_link_answered(struct link *link)
{
	link->answered = true;
	link->channel->failed = 0;
	link->channel->series = 0;
}

static int
link_ready(struct rpc_conn *c)
{
	static const nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_ENABLE_PUSH, 0 },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, STREAM_WINDOW },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, RPC_MAX_HEADER_BYTES },
	};
	struct link *link = c->owner;
	int rc = rpc_conn_h2_new(c, link->channel->callbacks);

	if (rc == 0)
		rc = nghttp2_submit_settings(
			c->h2, NGHTTP2_FLAG_NONE, settings, ARRAY_LEN(settings));
	if (rc == 0)
		rc = nghttp2_session_set_local_window_size(
			c->h2, NGHTTP2_FLAG_NONE, 0, CONNECTION_WINDOW);
	return rc;
}

static void
link_flushed(struct rpc_conn *c)
{
	struct link *link = c->owner;

	if (link->retiring && link->n_calls == 0)
		rpc_conn_fail(c, "retired");
	else
		rpc_call_pump(link->channel);
}

static void
link_closed(struct rpc_conn *c, const char *why)
{
	struct link *link = c->owner;
	struct rpc_channel *ch = link->channel;
	bool dialed = ch->dialing == link;
	bool was_current = ch->current == link;
	bool answered = link->answered || rpc_clock_ms() - c->began_ms > PROVEN_MS;
	const char *endpoint = link->endpoint;
	char reason[CONN_REASON_MAX];

	memcpy(reason, why, sizeof reason);
	rpc_conn_farewell(link->c);
	rpc_call_link_lost(link, reason);
	link_free(link);
	if (ch->dead)
		return;
	if (dialed) {
		rpc_dial_failed(ch, reason);
		return;
	}
	if (!was_current)
		return;
	rpc_channel_tell(ch, false, endpoint, reason);
	if (ch->dead)
		return;
	memcpy(ch->endpoints[ch->at].told, reason, sizeof reason);
	if (answered) {
		ch->failed = 0;
		ch->series = 0;
		ch->at = (ch->at + 1) % ch->n_endpoints;
		rpc_dial_later(ch);
	} else {
		/* Up and down without an answer is a failure as well: no busy
		 * loop against a server that dies of our first call. */
		rpc_dial_endpoint_failed(ch, reason);
	}
}

static const struct conn_ops link_ops = { link_ready, link_flushed, link_closed };

int
rpc_link_new(struct rpc_channel *ch, int fd)
{
	struct link *link = calloc(1, sizeof *link);
	struct conn_options options = {
		.base = ch->base,
		.tls = ch->tls,
		.host = ch->endpoints[ch->at].host,
		.scratch = &ch->scratch,
		.ops = &link_ops,
		.owner = link,
	};
	int rc = link != NULL ? rpc_conn_new(&options, fd, &link->c) : -ENOMEM;

	if (rc != 0) {
		free(link);
		return rc;
	}
	link->channel = ch;
	link->endpoint = ch->endpoints[ch->at].text;
	LIST_INIT(&link->calls);
	LIST_INSERT_HEAD(&ch->links, link, link);
	ch->dialing = link;
	return 0;
}

/* --- Keepalive ----------------------------------------------------------------------- */

static void
link_tick(struct link *link, int64_t now)
{
	struct rpc_conn *c = link->c;
	unsigned keepalive = link->channel->keepalive_ms;

	rpc_conn_tick(c, now, link->channel->connect_timeout_ms);
	/* the answer may come within the PING's own millisecond */
	if (c->read_ms >= link->ping_ms)
		link->ping_ms = 0;
	if (!link->up || link->n_calls == 0 || now - c->read_ms < keepalive)
		return;
	if (link->ping_ms == 0) {
		link->ping_ms = now;
		(void)nghttp2_submit_ping(c->h2, NGHTTP2_FLAG_NONE, NULL);
		rpc_conn_flush_later(c);
	} else if (now - link->ping_ms >= keepalive) {
		rpc_conn_fail(c, "no answer to a PING within %u ms", keepalive);
	}
}

void
rpc_channel_tick_arm(struct rpc_channel *ch)
{
	unsigned ms = ch->keepalive_ms / 2 + 1;
	const struct timeval tv = { ms / 1000, (ms % 1000) * 1000 };

	if (!event_pending(&ch->tick_event, EV_TIMEOUT, NULL))
		(void)event_add(&ch->tick_event, &tv);
}

static void
on_tick(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct rpc_channel *ch = arg;
	int64_t now = rpc_clock_ms();
	unsigned calls = 0;
	struct link *link;

	LIST_FOREACH (link, &ch->links, link) {
		calls += link->n_calls;
		link_tick(link, now);
	}
	if (calls != 0)
		rpc_channel_tick_arm(ch);
}

/* --- The channel ---------------------------------------------------------------------- */

static void
channel_reap(struct rpc_channel *ch)
{
	struct link *link;

	rpc_dial_stop(ch);
	while ((link = LIST_FIRST(&ch->links)) != NULL) {
		rpc_conn_farewell(link->c);
		rpc_call_link_lost(link, "cancelled");
		link_free(link);
	}
	(void)event_del(&ch->deliver_event);
	(void)event_del(&ch->tick_event);
	(void)event_del(&ch->reap_event);
	nghttp2_session_callbacks_del(ch->callbacks);
	rpc_endpoints_free(ch);
	wipe(&ch->scratch, sizeof ch->scratch);
	free(ch);
}

static void
on_reap(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	channel_reap(arg);
}

static unsigned
or_default(unsigned value, unsigned otherwise)
{
	return value != 0 ? value : otherwise;
}

int
rpc_channel_new(struct event_base *base, const struct rpc_channel_options *o,
	struct rpc_channel **ret)
{
	struct rpc_channel *ch = calloc(1, sizeof *ch);
	int rc;

	if (ch == NULL)
		return -ENOMEM;
	ch->base = base;
	ch->tls = o->tls;
	ch->max_rounds =
		o->max_rounds == RPC_NO_ROUNDS ? 0 : or_default(o->max_rounds, 5);
	ch->retry_delay_ms = or_default(o->retry_delay_ms, 200);
	ch->connect_timeout_ms = or_default(o->connect_timeout_ms, 3000);
	ch->keepalive_ms = or_default(o->keepalive_ms, 5000);
	ch->state = o->state;
	ch->arg = o->arg;
	LIST_INIT(&ch->links);
	TAILQ_INIT(&ch->pending);
	TAILQ_INIT(&ch->waiting);
	TAILQ_INIT(&ch->finished);
	event_assign(&ch->deliver_event, base, -1, 0, rpc_call_on_deliver, ch);
	event_assign(&ch->tick_event, base, -1, 0, on_tick, ch);
	event_assign(&ch->reap_event, base, -1, 0, on_reap, ch);
	rpc_dial_init(ch);
	rc = rpc_endpoints_copy(ch, o->endpoints);
	if (rc == 0)
		rc = rpc_call_callbacks_new(&ch->callbacks);
	if (rc != 0) {
		channel_reap(ch);
		return rc;
	}
	rpc_dial_later(ch);
	*ret = ch;
	return 0;
}

void
rpc_channel_free(struct rpc_channel *ch)
{
	if (ch == NULL || ch->dead)
		return;
	ch->dead = true;
	rpc_call_cancel_all(ch);
	/* Called by one of our callbacks: it still has to return to us. */
	if (ch->busy != 0)
		event_active(&ch->reap_event, EV_TIMEOUT, 1);
	else
		channel_reap(ch);
}

bool
rpc_channel_is_up(const struct rpc_channel *ch)
{
	return ch->current != NULL;
}
