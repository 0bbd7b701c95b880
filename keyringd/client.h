/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One client: a process that uses the module, over any number of connections.
 * It ends when the process ends (seen through a pidfd, because a forked child
 * may hold the sockets open) or when its last connection closes; with it go
 * its logins, session objects and operations.
 */
#pragma once

#include "common/secret.h"
#include "keyringd/request.h"

struct login;
struct op_context;
struct pass;
struct session_object;
struct upcall;

#define CLIENT_RECENT 16u

/* A session object and the request that made it: a repeated request gets the
 * same object. */
struct client_recent {
	struct wire_id request, object;
};

struct client {
	LIST_ENTRY(client) link;
	struct hash_node by_secret;
	struct daemon *d;
	struct peer peer;
	struct account *account; /* of its uid */
	struct secret secret;    /* WIRE_SECRET bytes */
	uint64_t name;
	uint64_t list_serial; /* of the slot list when it came */
	char program[65];
	bool dead;
	unsigned refs;
	LIST_HEAD(, conn) conns;
	unsigned n_conns;
	size_t bytes; /* in flight */
	struct event *gone;
	LIST_HEAD(, login) logins; /* login.h */
	struct hash objects;       /* session_object by id; custody.h */
	size_t keys;               /* what they count for */
	bool has_objects;          /* the table was made */
	TAILQ_HEAD(, op_context) ops;
	unsigned n_ops;
	size_t op_bytes;           /* that those keep until their end */
	TAILQ_HEAD(, pass) passes; /* passes.h */
	unsigned n_passes;
	LIST_HEAD(, upcall) long_calls; /* upcall.h */
	/* Changes of private keys of its sessions, one at a time: changes.c. */
	TAILQ_HEAD(, request) changes; /* those that wait */
	bool changing, changes_run;
	unsigned n_waits; /* for the slot list to change */
	struct client_recent recent[CLIENT_RECENT];
	unsigned recent_at;
};

void handle_hello(struct request *r);
void client_ref(struct client *cl);
void client_unref(struct client *cl);
/* Closes its connections and forgets everything it had. Harmless on a dead one. */
void client_end(struct client *cl, const char *why);
/* A connection of it has closed. */
void client_lose(struct client *cl, struct conn *c);
/* Room for n more bytes in flight? */
bool client_has_room(const struct client *cl, size_t n) MUST_CHECK;
/* The same for what waits for an answer: frames that are coming in must not keep it
 * out. */
bool client_may_hold(const struct client *cl, size_t n) MUST_CHECK;
void client_charge(struct client *cl, size_t n);
/* Connections that waited for room go on. */
void client_uncharge(struct client *cl, size_t n);
/* The session object that this request made before, or NULL. */
const struct wire_id *client_repeated(
	const struct client *cl, const struct wire_id *request) MUST_CHECK;
void client_remember(
	struct client *cl, const struct wire_id *request, const struct wire_id *object);
