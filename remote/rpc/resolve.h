/* SPDX-License-Identifier: Apache-2.0 */
/* Host names to addresses without blocking the loop: a thread per lookup. */
#pragma once

#include <sys/socket.h>

#include "common/bytes.h"

#define RESOLVE_MAX 8

struct event_base;
struct resolve;

struct resolve_address {
	struct sockaddr_storage sa;
	socklen_t len;
};

/* n: addresses found, at most RESOLVE_MAX; 0: why says what went wrong. */
typedef void resolve_fn(
	void *arg, const struct resolve_address *list, unsigned n, const char *why);

/* An address as text; 0 when host is a name. */
unsigned rpc_resolve_numeric(
	const char *host, const char *port, struct resolve_address *list) MUST_CHECK;
/* done is called in the loop's thread, unless cancelled before. */
int rpc_resolve_start(struct event_base *base, const char *host, const char *port,
	resolve_fn *done, void *arg, struct resolve **ret) MUST_CHECK;
void rpc_resolve_cancel(struct resolve *r);
