/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client's standing with a token: who is logged in, and the ticket. Made at
 * the first use of the slot, after asking access.ini.
 */
#pragma once

#include "cryptoki/schema.h"
#include "keyringd/slots.h"
#include "remote/rpc/rpc.h"

struct login {
	LIST_ENTRY(login) link;     /* of the client's */
	LIST_ENTRY(login) ticketed; /* of the token's tickets */
	struct client *client;
	struct token *token;
	unsigned access_era; /* of the token, when access.ini was asked */
	bool allowed;        /* its answer */
	bool has_region;     /* of the token; counted there */
	bool ended;          /* others ended the login, and the client may not know */
	bool checking;       /* a renewal is under way */
	unsigned era; /* logins so far: a late answer to an earlier one ends nothing */
	enum object_role role;
	struct secret ticket;
	uint64_t lifetime_ms; /* of the ticket, when not used */
	uint64_t renewed_ms, used_ms,
		ticket_ms;      /* tried to renew; any use; ticket sent */
	uint64_t alive_ms;      /* the keystore took the ticket then */
	struct wire_id request; /* that logged in */
	TAILQ_HEAD(, use) uses; /* uses.h; the oldest first */
	unsigned n_uses;
};

/* NULL: no such slot for this client. */
struct login *login_get(struct client *cl, uint64_t slot) MUST_CHECK;
/* The same for a slot with a token in it; *ret_rv says why not
 * (CKR_SLOT_ID_INVALID, CKR_TOKEN_NOT_PRESENT, CKR_TOKEN_NOT_INITIALIZED). */
struct login *login_get_token(struct client *cl, uint64_t slot, CK_RV *ret_rv) MUST_CHECK;
/* The same for what depends on who is logged in, and not on an object that is looked up: of a
 * client that has heard how that is. CKR_USER_NOT_LOGGED_IN where others ended its login, and it
 * may not know: who believes to be logged in would get what is for nobody. */
struct login *login_get_heard(struct client *cl, uint64_t slot, CK_RV *ret_rv) MUST_CHECK;
/* The ticket for a request; empty without a login. */
struct bytes login_ticket(struct login *l) MUST_CHECK;
/* What keystored answered to what was sent then; a ticket that it refused is over: gives
 * rv back. doubt: the refusal may have another reason, and the ticket is tried. */
CK_RV login_result(
	struct login *l, const struct rpc_status *status, uint64_t sent_ms, bool doubt);
/* Any ticket of a normal user of the token. NULL: none. */
struct login *login_of_user(const struct token *t) MUST_CHECK;

/* Logged out: too many wrong PINs for uses of a key. */
void login_lock(struct login *l);

#define LOGIN_WHO 160u
/* Who asks, for the keystore's log. */
void login_who(const struct request *r, char ret[LOGIN_WHO]);
/* Says so, and has the tries that are left looked up. */
void login_refused(struct request *r, struct login *l, const char *what, CK_RV rv);

/* All of a client's: its tickets end at the keystore too. */
void logins_end(struct client *cl);
void logins_free(struct client *cl);
/* All logins at a token are over; the keystore knows. */
void logins_drop_token(struct token *t);
/* Uses the tickets that were used here only, or by passed sockets, before they expire. */
void logins_renew(struct daemon *d);
/* The keystore has ended this login of the token. Where its time was not over, others may
 * have ended as well (the PIN was changed): all are tried. */
void logins_check(const struct token *t, const struct login *ended);

void handle_login(struct request *r);
void handle_logout(struct request *r);
void handle_init_token(struct request *r);
void handle_init_pin(struct request *r);
void handle_set_pin(struct request *r);
