/* SPDX-License-Identifier: Apache-2.0 */
/* One keystore: its channel, and what it last said of its tokens. */
#pragma once

#include "keyringd/reasons.h"
#include "keyringd/slots.h"
#include "remote/client/client.h"

struct upstream {
	TAILQ_ENTRY(upstream) link;
	struct daemon *d;
	struct rpc_tls *tls;
	struct rpc_channel *channel;
	const struct token_entry **entries;
	size_t n_entries;
	bool greeted;    /* since the connection came up */
	bool may_create; /* tokens */
	bool asking;
	bool answered;           /* once at least */
	bool failing;            /* the last try */
	bool distrusted;         /* since it was up */
	struct reasons down_for; /* in the log, since it was up */
	uint64_t answered_ms;
};

/* 0, or -errno with err filled. No I/O but for the certificate files. */
int upstream_new(struct daemon *d, const struct token_entry *entry, struct upstream **ret,
	struct conf_error *err) MUST_CHECK;
void upstream_free(struct upstream *up);
int upstream_add_entry(struct upstream *up, const struct token_entry *entry) MUST_CHECK;
/* Asks for its tokens, unless it is being asked; slots_update() follows. */
void upstream_refresh(struct upstream *up);
/* A unary call with the configured deadline (key pairs: 60 s at least). done is
 * called exactly once, also when the call could not be made: then from
 * inside, with a status, and ret (which may be NULL) stays as it is. */
void upstream_call(struct upstream *up, enum remote_method method,
	const ProtobufCMessage *request, rpc_done_fn *done, void *arg,
	struct rpc_call **ret);
