/* SPDX-License-Identifier: Apache-2.0 */
/* What channel.c (connections), dial.c (endpoints) and call.c share. */
#pragma once

#include <sys/queue.h>

#include "remote/rpc/conn.h"
#include "remote/rpc/frame.h"
#include "remote/rpc/headers.h"
#include "remote/rpc/resolve.h"
#include "remote/rpc/status.h"

TAILQ_HEAD(call_queue, rpc_call);
LIST_HEAD(call_list, rpc_call);

/* One connection. At most one is being made and one takes new calls; others
 * are only there until their last call has ended. */
struct link {
	LIST_ENTRY(link) link;
	struct rpc_channel *channel;
	struct rpc_conn *c;
	const char *endpoint;
	struct call_list calls; /* with a stream here, abandoned ones too */
	unsigned n_calls;
	bool up;         /* the server's SETTINGS came: it has accepted us */
	bool answered;   /* a call was answered */
	bool retiring;   /* takes no new calls */
	int64_t ping_ms; /* when an unanswered PING was sent; 0 */
};

struct endpoint {
	char *text; /* as configured: the authority too */
	char *host;
	char *port;
	char told[CONN_REASON_MAX]; /* why it fails, as last said in this outage */
};

struct rpc_channel {
	struct event_base *base;
	struct rpc_tls *tls;
	unsigned max_rounds;
	unsigned retry_delay_ms;
	unsigned connect_timeout_ms;
	unsigned keepalive_ms;
	void (*state)(void *arg, bool up, const char *endpoint, const char *why);
	void *arg;

	struct endpoint *endpoints;
	unsigned n_endpoints;
	unsigned at; /* the endpoint in use, or to be tried */

	LIST_HEAD(, link) links;
	struct link *current;
	struct link *dialing;
	struct resolve *resolving;
	struct resolve_address addresses[RESOLVE_MAX];
	unsigned n_addresses, at_address;
	unsigned failed; /* endpoints since one answered, or since the last round */
	uint64_t rounds; /* that failed, ever */
	unsigned series; /* that failed, one after the other */
	int64_t tour_ms; /* when the first of these was left: */
	unsigned left;   /* endpoints that answered RPC_UNAVAILABLE */
	char last_error[CONN_REASON_MAX + 300];

	struct call_queue pending;  /* for a connection or a free stream */
	struct call_queue waiting;  /* until their retry is due */
	struct call_queue finished; /* to be told */
	nghttp2_session_callbacks *callbacks;
	struct event deliver_event;
	struct event round_event;
	struct event dial_event;
	struct event tick_event;
	struct event reap_event;
	unsigned busy; /* inside the user's callbacks */
	bool dead;
	struct conn_scratch scratch;
};

enum call_state { CALL_QUEUED, CALL_FLYING, CALL_FINISHED, CALL_GONE };

struct rpc_call {
	TAILQ_ENTRY(rpc_call) link;
	LIST_ENTRY(rpc_call) stream_link;
	struct call_queue *queue; /* that it is in, or NULL */
	struct rpc_channel *channel;
	struct link *on; /* with this stream id, whatever the state */
	int32_t id;
	unsigned refs; /* the queues' or the flight's, and the session's */
	enum call_state state;
	bool streaming;
	bool has_message;
	bool not_sent; /* the session gave it up before it left */
	unsigned attempts;
	uint64_t round_limit;
	int64_t deadline_ms;
	int64_t retry_ms;
	struct event timer;
	struct conn_body request;
	struct frame_reader answer;
	struct headers_answer headers;
	struct rpc_status status;
	const ProtobufCMessageDescriptor *response;
	rpc_message_fn *message;
	rpc_done_fn *done;
	void *arg;
	char path[];
};

/* call_session.c */
int rpc_call_callbacks_new(nghttp2_session_callbacks **ret) MUST_CHECK;

/* call.c */
void rpc_call_unref(struct rpc_call *call);
/* Ends it, with this. */
void rpc_call_fail(struct rpc_call *call, enum rpc_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The session has forgotten its stream. */
void rpc_call_stream_closed(struct rpc_call *call, uint32_t h2_error);
/* Starts what is pending, as far as the current connection takes it. */
void rpc_call_pump(struct rpc_channel *ch);
/* The connection is gone: its calls go back or end. */
void rpc_call_link_lost(struct link *link, const char *why);
/* A round over all endpoints failed: ends the calls that had enough. */
void rpc_call_round_failed(struct rpc_channel *ch);
/* Ends all with RPC_CANCELLED and tells their owners. */
void rpc_call_cancel_all(struct rpc_channel *ch);
void rpc_call_on_deliver(evutil_socket_t fd, short what, void *arg);

/* channel.c */
void rpc_link_up(struct link *link);
/* A call was answered, if only by saying that the server is busy: the round is not lost, whatever
 * becomes of other endpoints. */
void rpc_link_answered(struct link *link);
/* No new calls on it; the next ones use the next endpoint. */
void rpc_link_retire(struct link *link, bool next_endpoint, const char *why);
/* A link for a socket that is being connected; owns fd on success. */
int rpc_link_new(struct rpc_channel *ch, int fd) MUST_CHECK;
void rpc_channel_tick_arm(struct rpc_channel *ch);
void rpc_channel_tell(
	struct rpc_channel *ch, bool up, const char *endpoint, const char *why);

/* dial.c: towards a current connection. */
/* Half to one and a half of ms, and never 0: clients of a server that is busy or restarted spread out. */
unsigned rpc_jitter(unsigned ms) MUST_CHECK;
void rpc_dial_init(struct rpc_channel *ch);
/* Makes one, later in this turn, unless there is one or one is being made. */
void rpc_dial_later(struct rpc_channel *ch);
/* The link being made failed. */
void rpc_dial_failed(struct rpc_channel *ch, const char *why);
/* The endpoint at ch->at is of no use. */
void rpc_dial_endpoint_failed(struct rpc_channel *ch, const char *why);
/* A connection is up. */
void rpc_dial_done(struct rpc_channel *ch);
void rpc_dial_stop(struct rpc_channel *ch);
int rpc_endpoints_copy(struct rpc_channel *ch, const char *const *list) MUST_CHECK;
void rpc_endpoints_free(struct rpc_channel *ch);
