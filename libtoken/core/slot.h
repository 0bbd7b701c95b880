/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slots: what keyringd says about them, and what this process does with them
 * (sessions, who is logged in).
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "cryptoki/schema.h"
#include "libtoken/store/store.h"

struct library;

struct slot {
	struct slot *next;
	CK_SLOT_ID id;
	atomic_uint role; /* enum object_role */
	atomic_uint era;  /* rises with each login and logout: which one is it about? */
	/* rises each time its token goes: sessions from before are closed (5.1.2) */
	atomic_uint removals;
	unsigned sessions, rw_sessions; /* of those since */
	bool changing;                  /* a login or logout is under way */
	atomic_bool gone;               /* its token, when keyringd was last asked */
};

struct slot_table {
	pthread_mutex_t lock;
	pthread_cond_t changed; /* changing, stopping */
	struct slot *first;
	bool stopping;
	bool event_known;      /* event_serial is set */
	uint64_t event_serial; /* of the list C_WaitForSlotEvent compares with */
	bool is_counted;
	struct buf counted; /* struct slot_seen, of the last call for their number */
};

static inline enum object_role
slot_role(const struct slot *s)
{
	return atomic_load_explicit(&s->role, memory_order_acquire);
}

/* The era after the role: who has read them the other way round knows a role of an era that
 * is over, never one that began later. */
static inline void
slot_role_set(struct slot *s, enum object_role role)
{
	atomic_store_explicit(&s->role, role, memory_order_release);
	atomic_fetch_add(&s->era, 1);
}

void slot_table_init(struct slot_table *t);
/* Nobody may be inside. */
void slot_table_reset(struct slot_table *t);
/* Wakes who waits for an event. */
void slot_table_stop(struct slot_table *t);

/* --- What keyringd says --------------------------------------------------------- */

/* C_GetSlotList: all, or those with a token; no keyringd: none. Once the number was asked for (ids
 * NULL), those of then, until it is asked for again; who never asks for it is told those of now. */
CK_RV slot_ids(
	struct library *lib, bool present, CK_SLOT_ID *ids, CK_ULONG *count) MUST_CHECK;
/* One slot; ret's blobs borrow from payload. Without its token (WIRE_SLOT_GONE) too one that was
 * counted, and that keyringd, which may be away, does not list now. CKR_SLOT_ID_INVALID. */
CK_RV slot_describe(struct library *lib, CK_SLOT_ID id, struct wire_slot *ret,
	struct buf *payload) MUST_CHECK;
/* Takes note of its token where that has gone. */
void slot_look(struct library *lib, CK_SLOT_ID id);
/* Is a token in it? Where the process had a session, keyringd is not asked unless it said
 * when it last was that there is none: programs ask for each mechanism.
 * CKR_SLOT_ID_INVALID, CKR_TOKEN_NOT_PRESENT. */
CK_RV slot_check_token(struct library *lib, CK_SLOT_ID id) MUST_CHECK;
void slot_info(const struct wire_slot *w, CK_SLOT_INFO *ret);
void slot_token_info(struct library *lib, const struct wire_slot *w, CK_TOKEN_INFO *ret);
/* C_WaitForSlotEvent */
CK_RV slot_wait(struct library *lib, bool block, CK_SLOT_ID *ret) MUST_CHECK;

/* --- What this process does ------------------------------------------------------ */

/* Its state, made at first sight; lives as long as the library. NULL: no memory. */
struct slot *slot_get(struct library *lib, CK_SLOT_ID id);
/* NULL if the process never had a session there. */
struct slot *slot_known(struct library *lib, CK_SLOT_ID id);

/* One session more, of the token that is there since so many removals.
 * CKR_SESSION_READ_WRITE_SO_EXISTS, CKR_TOKEN_NOT_PRESENT. */
CK_RV slot_open(
	struct library *lib, struct slot *s, bool rw, unsigned *ret_removals) MUST_CHECK;
/* One less; the last one is logged out. Of a token that has gone none counts. */
void slot_close(struct library *lib, struct slot *s, bool rw, unsigned removals);
/* Its token has gone: so have the login, the objects and the sessions. */
void slot_removed(struct library *lib, struct slot *s);

CK_RV slot_login(struct library *lib, struct slot *s, CK_USER_TYPE user,
	struct bytes pin) MUST_CHECK;
CK_RV slot_logout(struct library *lib, struct slot *s) MUST_CHECK;
/* keyringd or the keystore said that the user is not logged in: nor is anybody here, unless
 * somebody logged in again since that era, and keyringd is told that this is known. So it is for
 * nobody: it may not have heard of the last logout. */
void slot_login_lost(struct library *lib, struct slot *s, unsigned era);
CK_RV slot_init_token(struct library *lib, CK_SLOT_ID id, struct bytes pin,
	struct bytes label) MUST_CHECK;
CK_RV slot_init_pin(struct library *lib, struct slot *s, struct bytes pin) MUST_CHECK;
CK_RV slot_set_pin(struct library *lib, struct slot *s, struct bytes old_pin,
	struct bytes new_pin) MUST_CHECK;
