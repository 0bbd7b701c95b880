/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions. A handle is the number of a session's place in the table and, above it,
 * one that no other session of the process has had. The session's mutex is
 * held for the whole of a call, so a session closes when nobody is inside.
 */
#pragma once

#include "crypto/errors.h"
#include "libtoken/core/library.h"
#include "libtoken/core/operation.h"

struct session {
	pthread_mutex_t lock;
	CK_SESSION_HANDLE handle; /* 0: closed */
	struct library *lib;
	struct slot *slot;
	CK_FLAGS flags;
	unsigned removals; /* of the slot when it was opened; more now: it is closed */
	unsigned era;      /* of the slot's login when the call began */
	unsigned gone;     /* lib->gone when it last looked at its operations */
	unsigned turns;    /* of operations that need a login of their own */
	bool errors_begun;
	struct operation ops[OP_KINDS];
	struct message *messages; /* MESSAGE_KINDS of them, once there was one */
	struct search *search;
	struct object_owner owned;
	struct session *next_free;
	uint32_t index;
} __attribute__((aligned(64)));

CK_RV session_table_init(struct session_table *t) MUST_CHECK;
/* C_Finalize, with lib->lock: without a word to keyringd, which sees the
 * connections go. */
void session_table_close_all(struct library *lib);

/* lib entered. */
CK_RV session_open(struct library *lib, CK_SLOT_ID slot, CK_FLAGS flags,
	CK_SESSION_HANDLE *ret) MUST_CHECK;
CK_RV session_close(struct library *lib, CK_SESSION_HANDLE handle) MUST_CHECK;
void session_close_slot(struct library *lib, CK_SLOT_ID slot);
/* Frees what sessions have whose token has gone. One that is busy goes when somebody names it
 * again, or its slot. */
void session_drop_removed(struct library *lib);

/* Every call with a session: CKR_CRYPTOKI_NOT_INITIALIZED,
 * CKR_SESSION_HANDLE_INVALID, or what the application's mutex answers. */
CK_RV session_enter(CK_SESSION_HANDLE handle, struct session **ret) MUST_CHECK;
/* The same for calls that may take some 100 ns, and mostly do not fail inside OpenSSL:
 * session_errors_begin() is theirs to call where they may. */
CK_RV session_enter_warm(CK_SESSION_HANDLE handle, struct session **ret) MUST_CHECK;
void session_leave(struct session **s); /* harmless on NULL */

/* OpenSSL's error queue will be as it is now when the call ends. */
static inline void
session_errors_begin(struct session *s)
{
	if (!s->errors_begun)
		errors_begin();
	s->errors_begun = true;
}

static inline bool
session_is_rw(const struct session *s)
{
	return (s->flags & CKF_RW_SESSION) != 0;
}

CK_STATE session_state(const struct session *s) MUST_CHECK;
/* The call under way was answered CKR_USER_NOT_LOGGED_IN by who keeps the logins. */
void session_login_lost(struct session *s);
/* What keyringd answered to the call under way: the login may be over, or the token have gone. */
void session_answered(struct session *s, CK_RV rv);
struct object_view session_view(struct session *s) MUST_CHECK;
/* Begins a search of the session. */
CK_RV session_search(
	struct session *s, const CK_ATTRIBUTE *template, CK_ULONG n) MUST_CHECK;

/* What is active and one of the flags (CKF_ENCRYPT, CKF_FIND_OBJECTS ...) names. */
void session_cancel(struct session *s, CK_FLAGS flags);
/* Keys that are gone are dropped from what sessions keep warm, and from saved states. One that
 * is busy sees to it itself, when its call ends. At the end of each call that finds
 * lib->gone changed. */
void session_forget_keys(struct library *lib);
/* The same of a key that is about to be destroyed, for this session alone: so that one which
 * only its own session has used costs others nothing. */
void session_let_go(struct session *s, CK_OBJECT_HANDLE key);

/* For the calls of C_*Init's operations: one whose signature is known already has its own. */
static inline bool
operation_is_active(const struct session *s, enum op_kind kind)
{
	return s->ops[kind].state != OPERATION_IDLE && !s->ops[kind].presigned;
}
