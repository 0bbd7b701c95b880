/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cryptographic operations of a session, one for each kind at a time.
 *
 *   idle --Init--> ready --Update--> parts --Final--> idle
 *                    `-------- one-shot call -------> idle
 *
 * A length query and CKR_BUFFER_TOO_SMALL leave an operation as it is; any other
 * error ends it (section 5.2 of the standard). An idle operation keeps its op:
 * Init with the same key and mechanism only re-arms it, without a look-up, an
 * allocation or a system call.
 */
#pragma once

#include "libtoken/mech/mech.h"
#include "libtoken/object/manage.h"

enum operation_state { OPERATION_IDLE, OPERATION_READY, OPERATION_PARTS };

struct operation {
	struct op *op; /* kept while idle; NULL: its key is gone */
	struct object *key;
	const struct mech *mech;
	uint8_t state;    /* enum operation_state */
	bool outdated;    /* key is a later version than the one op was made for */
	bool raises;      /* its op does */
	bool each_use;    /* CKA_ALWAYS_AUTHENTICATE */
	bool needs_login; /* and that is not done yet */
	unsigned turn;    /* the higher, the later such an operation began */
	bool presigned;   /* C_VerifySignatureInit: of the signature below */
	bool has_pending;
	struct secret pending;     /* final's output, waiting for room */
	struct mech_params *again; /* to start over; where padding is removed */
	struct buf signature;
};

enum operation_step { STEP_ONCE, STEP_UPDATE, STEP_FINAL };

/* Where the application wants its output; n NULL: the call has none. */
struct app_out {
	CK_BYTE *p;
	CK_ULONG *n;
};

#define APP_OUT_NONE ((struct app_out){ NULL, NULL })

struct session;

/* C_*Init; key is 0 for digests. mechanism NULL ends an active operation. */
CK_RV operation_init(struct session *s, enum op_kind kind, const CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE key) MUST_CHECK;
/* All other calls. signature: of verifications. */
CK_RV operation_run(struct session *s, enum op_kind kind, enum operation_step step,
	struct bytes in, struct bytes signature, struct app_out out) MUST_CHECK;
/* C_DigestKey */
CK_RV operation_digest_key(struct session *s, CK_OBJECT_HANDLE key) MUST_CHECK;

/* C_VerifySignatureInit and what follows it: a verification, the one there can be in a
 * session, that has its signature from the start. C_Verify and its like do not know
 * it, nor these calls that of C_VerifyInit. */
CK_RV operation_init_presigned(struct session *s, const CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE key, struct bytes signature) MUST_CHECK;
CK_RV operation_run_presigned(
	struct session *s, enum operation_step step, struct bytes in) MUST_CHECK;

/* Two operations that are active, over the same data (5.17): other gets what cipher
 * (OP_ENCRYPT, OP_DECRYPT) takes in or gives out, whichever is the plaintext, once that
 * is known to be in the application's hands. */
CK_RV operation_run_dual(struct session *s, enum op_kind cipher, enum op_kind other,
	struct bytes in, struct app_out out) MUST_CHECK;

/* C_Login for a context: for the operation that began last of those that wait for
 * one, and no other. CKR_OPERATION_NOT_INITIALIZED. */
CK_RV operation_login(struct session *s, struct bytes pin) MUST_CHECK;
/* C_SessionCancel: ends it if it is active. */
void operation_cancel(struct operation *o);
/* Drops the op of a key that is gone, the key's last copy in the process; an operation that is
 * active goes on to say CKR_KEY_HANDLE_INVALID. */
void operation_forget_gone(struct object_table *objects, struct operation *o);
void operation_free(struct operation *o);

/* A value of known size for the application: length query, CKR_BUFFER_TOO_SMALL,
 * or room for it. *ret_room false: nothing is to be written. */
CK_RV outbuf_reserve(struct app_out out, size_t size, bool *ret_room) MUST_CHECK;

/* --- Among the files of operations ----------------------------------------------- */

/* An op for a key, the last one again where that is possible. */
CK_RV operation_bind(struct session *s, struct operation *o, enum op_kind kind,
	const struct mech *m, const struct mech_params *params,
	CK_OBJECT_HANDLE key) MUST_CHECK;
/* For a saved state, of an active one. CKR_STATE_UNSAVEABLE. */
CK_RV operation_copy(const struct operation *from, struct operation *ret) MUST_CHECK;
/* Ready, and waiting for a login if its key wants one for each use. */
void operation_begin(struct session *s, struct operation *o);
/* Back to idle; the op stays for the next Init if it can be re-armed, has no PIN, and its key is
 * what it was. */
void operation_end(struct operation *o);
/* After an error. */
void operation_fail(struct operation *o);
/* An op's answer, for the application; what it says of the login is noted. */
CK_RV operation_rv(struct session *s, const struct operation *o, CK_RV rv) MUST_CHECK;
/* Is the key still there, and may it still do this? At no system call, where nothing
 * has changed. */
CK_RV operation_check_key(
	struct session *s, enum op_kind kind, struct operation *o) MUST_CHECK;
/* Of an active operation: what would keep it from an update ends it, as the update
 * would. */
CK_RV operation_check_update(struct session *s, enum op_kind kind) MUST_CHECK;
CK_RV operation_key_rv(CK_RV rv) MUST_CHECK;

/* Can there be such input? No memory is longer; sums with sizes would wrap around. */
static inline bool
operation_takes(struct bytes in)
{
	return in.n <= PTRDIFF_MAX && (in.p != NULL || in.n == 0);
}
