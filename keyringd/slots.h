/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The slots: the tokens this host may use at its keystores, and one blank slot
 * where it may make one. A slot list is answered from what the keystores said
 * last and never waits for them, but for the first one after the start (2 s
 * at most, or programs started at boot would see nothing), and 100 ms where
 * nobody asked for a while and the keystore is known to be up.
 */
#pragma once

#include "keyringd/client.h"
#include "remote/proto/keystore.pb-c.h"

struct index;
struct token_region;
struct token_entry;
struct upstream;
struct watch;

struct token {
	TAILQ_ENTRY(token) link; /* by number */
	struct daemon *d;
	struct upstream *up;
	const struct token_entry *entry; /* what wants it */
	struct wire_id id;               /* zeroes: the blank slot */
	uint64_t number;
	bool blank, gone, initialized, user_pin_set, seen;
	bool public_certificates; /* it has that profile (PKCS #11 Profiles 3.2, 5.5) */
	uint64_t changed;         /* the list's serial since its last change */
	uint64_t gone_serial;
	char label[33];
	uint32_t user_tries, so_tries, max_tries, min_pin, max_pin;
	uint64_t epoch;
	unsigned access_era;         /* changes with what access depends on */
	bool spared;                 /* a list under way may not have it yet */
	bool initializing;           /* the blank slot: C_InitToken is under way */
	struct wire_id init_request; /* the last one that succeeded */
	struct index *index;
	struct watch *watch;
	struct token_region *region;
	LIST_HEAD(, login) tickets; /* those logged in */
};

int slots_new(struct daemon *d, struct slots **ret, struct conf_error *err) MUST_CHECK;
void slots_free(struct slots *s);
uint64_t slots_serial(const struct slots *s) MUST_CHECK;
/* A client has come: keystores are asked again while there are any. */
void slots_wake(struct slots *s);
/* No slot list, wait or operation of this client goes on. */
void slots_forget_client(struct client *cl);
/* NULL: there is none, or not for this client. */
struct token *slots_find(struct client *cl, uint64_t number) MUST_CHECK;
/* access.ini's word. */
bool token_allowed(const struct token *t, const struct client *cl) MUST_CHECK;

/* What a keystore said. tokens NULL: it could not be asked. */
void slots_update(struct slots *s, struct upstream *up,
	const Keystore__V1__ListTokensResponse *tokens);
/* It refused our certificate, or we its: sockets that were passed end, and clients have
 * to ask for everything again. */
void slots_distrust(struct slots *s, const struct upstream *up);
/* News of one token: after a change through it, or from its watch. */
void token_update(struct token *t, const Keystore__V1__Token *news);
/* The blank slot becomes this token. false: it is none, or has a slot already. */
bool token_settle(struct token *t, const Keystore__V1__Token *news) MUST_CHECK;
void token_gone(struct token *t);
/* What clients know of the token, and sockets that were passed to them, is good no more. */
void token_revoke(struct token *t);
/* Answers with the token's struct wire_slot. */
void token_reply(struct request *r, const struct token *t);

void handle_slots(struct request *r);
void handle_wait_slots(struct request *r);
