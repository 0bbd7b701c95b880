/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all processes of one uid hold together. A client's own limits do not bound a
 * user who starts many of them: no user can use up what others need. root, and the
 * user that keyringd runs as, have no such bound.
 */
#pragma once

#include "keyringd/request.h"

#define ACCOUNT_CLIENTS \
	4u /* so many clients' worth of keys, operations, sockets and bytes */
#define ACCOUNT_CALLS \
	512u /* under way at keystores: half of what a channel carries at a time */

struct account {
	LIST_ENTRY(account) link;
	unsigned refs;
	uid_t uid;
	struct conn_queue waiting;  /* for its turn: conn.h */
	struct request_queue ready; /* likewise: held requests that may go on */
	struct conn_queue stopped;  /* until there are fewer calls */
	bool conns_next;            /* of those two; last it was a request */
	uint64_t spent_us;          /* of its turn */
	bool bounded;
	size_t conns, keys, passes;
	size_t bytes;         /* in flight: requests, and replies that are not taken */
	size_t ops, op_bytes; /* operations in parts, and what they keep */
	unsigned calls;       /* to keystores, for its requests */
};

/* A reference; NULL without memory. */
struct account *account_get(struct daemon *d, uid_t uid) MUST_CHECK;
/* Harmless on NULL. */
void account_unref(struct account *a);
/* Another connection? Three quarters of all are for one user. */
bool account_may_connect(const struct account *a, const struct config *c) MUST_CHECK;
/* Of n more keys. */
bool account_may_keep(
	const struct account *a, const struct config *c, size_t n) MUST_CHECK;
bool account_may_pass(const struct account *a, const struct config *c) MUST_CHECK;
/* Another operation in parts? */
bool account_may_begin(const struct account *a, const struct config *c) MUST_CHECK;
/* Of n more bytes in flight. */
bool account_has_room(
	const struct account *a, const struct config *c, size_t n) MUST_CHECK;
/* Another call to a keystore? While it may not, its connections are stopped, and none that
 * comes later is before them; nor do held requests go on. */
bool account_may_call(const struct account *a) MUST_CHECK;
/* One has ended: connections that were stopped may go on, the first one first. */
void account_call_ended(struct account *a, struct daemon *d);
/* May its operations keep as much as they do? */
bool account_may_hold(const struct account *a, const struct config *c) MUST_CHECK;
