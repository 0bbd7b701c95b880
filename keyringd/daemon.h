/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of keyringd share. Everything runs in the one loop's thread:
 * nothing here is locked.
 */
#pragma once

#include <sys/queue.h>

#include "common/hash.h"
#include "keyringd/access.h"
#include "keyringd/config.h"
#include "keyringd/tokens.h"

struct account;
struct client;
struct conn;
struct event;
struct event_base;
struct kcapi;
struct op_cache;
struct regions;
struct shapes;
struct slots;
struct vault;

/* At most so many lines of a kind of event that strangers can cause. */
struct log_limit {
	uint64_t since_ms;
	unsigned lines, left_out;
	unsigned most; /* lines in a second; 0: few */
};

struct daemon {
	struct event_base *base;
	struct config config;
	struct tokens tokens;
	struct access *access;
	struct slots *slots;
	struct vault *vault;
	struct op_cache *op_cache;
	struct shapes *shapes;
	struct regions *regions;
	struct kcapi *kcapi;
	struct hash passes; /* by their key's id; passes.h */
	size_t passes_max;  /* for which there are descriptors */

	LIST_HEAD(, client) clients;
	struct hash clients_by_secret;
	size_t n_clients;
	uint64_t client_names; /* given so far: "client 12" in the log */

	LIST_HEAD(, account) accounts;
	LIST_HEAD(, conn) conns;
	size_t n_conns;
	struct event *turns; /* connections wait for theirs */
	uint64_t turn_us;    /* until when the turn under way was counted */
	uint8_t *input;      /* CONN_INPUT bytes, of whichever connection is being read */
	struct buf output;   /* the reply being made */
	struct log_limit refused, failures, comings;
	bool stopping;
	unsigned logouts; /* under way */
};

/* CLOCK_MONOTONIC; coarse, to a few milliseconds. */
uint64_t now_ms(void);
/* The same, not coarse. */
uint64_t now_us(void);
/* May a line be written now? When some were left out, says so first. */
bool log_limit_pass(struct log_limit *l);

/* Everything but slots, whose making needs the configuration. 0 or -errno. */
int daemon_init(struct daemon *d) MUST_CHECK;
/* Ends all clients, then everything else. */
void daemon_free(struct daemon *d);
