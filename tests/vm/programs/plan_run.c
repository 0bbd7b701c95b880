/* SPDX-License-Identifier: Apache-2.0 */
/* A case's calls, and a record of what they answered. After an error the calls go on: what
 * they say then has to be the same everywhere, too. */
#include "tests/vm/programs/differential.h"

static void
note(struct transcript *t, const char *call, CK_RV rv, CK_ULONG n)
{
	if (t->steps_n == MAX_STEPS)
		die("a case has more than %u calls", MAX_STEPS);
	/* of a failed call the length means nothing, but where it asks for room */
	if (rv != CKR_OK && rv != CKR_BUFFER_TOO_SMALL)
		n = 0;
	t->steps[t->steps_n++] = (struct step){ call, rv, n };
}

static void
note_bytes(struct transcript *t, const char *call, CK_RV rv, CK_ULONG n)
{
	note(t, call, rv, n);
	if (rv == CKR_OK)
		t->out_n += n;
}

static CK_ULONG
room_left(const struct transcript *t)
{
	return t->cap - t->out_n;
}

typedef CK_RV (*init_fn)(CK_SESSION_HANDLE, CK_MECHANISM *, CK_OBJECT_HANDLE);
typedef CK_RV (*once_fn)(CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG, CK_BYTE *, CK_ULONG *);
typedef CK_RV (*last_fn)(CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG *);
typedef CK_RV (*part_fn)(CK_SESSION_HANDLE, CK_BYTE *, CK_ULONG);

static CK_BYTE *
in_of(const struct plan *plan)
{
	return (CK_BYTE *)(uintptr_t)plan->in;
}

/* A call that gives bytes, asked for their number and short of room first. */
struct sink {
	const char *name;
	once_fn once; /* or last */
	last_fn last;
};

static CK_RV
sink_call(const struct sink *k, CK_SESSION_HANDLE s, CK_BYTE *in, CK_ULONG n,
	CK_BYTE *out, CK_ULONG *out_n)
{
	return k->once != NULL ? k->once(s, in, n, out, out_n) : k->last(s, out, out_n);
}

static void
sink_run(const struct sink *k, const struct plan *plan, CK_SESSION_HANDLE s,
	struct transcript *t)
{
	CK_BYTE *in = in_of(plan), *out = t->out + t->out_n;
	CK_ULONG n = 0;
	CK_RV rv;

	if (plan->asks) {
		rv = sink_call(k, s, in, plan->n, NULL, &n);
		note(t, "length", rv, n);
	}
	if (plan->too_short) {
		n = plan->room < room_left(t) ? plan->room : room_left(t);
		rv = sink_call(k, s, in, plan->n, out, &n);
		note(t, "too short", rv, n);
	}
	if (plan->in_place && k->once != NULL && plan->n <= room_left(t)) {
		memcpy(out, in, plan->n);
		in = out;
	}
	n = room_left(t);
	rv = sink_call(k, s, in, plan->n, out, &n);
	note_bytes(t, k->name, rv, n);
}

/* ---- ciphers */

static void
cipher_parts(const struct plan *plan, CK_SESSION_HANDLE s, once_fn update, last_fn final,
	struct transcript *t)
{
	const struct sink last = { "final", NULL, final };
	CK_BYTE *in = in_of(plan), *window = malloc(plan->n + MAX_MORE);
	CK_ULONG n;
	CK_RV rv;

	if (window == NULL)
		die("no memory");
	for (unsigned i = 0; i < plan->parts_n; in += plan->parts[i++]) {
		CK_BYTE *to = t->out + t->out_n;

		n = room_left(t);
		if (plan->in_place) {
			memcpy(window, in, plan->parts[i]);
			n = plan->n + MAX_MORE;
			rv = update(s, window, plan->parts[i], window, &n);
			if (rv == CKR_OK)
				memcpy(to, window, n);
		} else {
			rv = update(s, in, plan->parts[i], to, &n);
		}
		note_bytes(t, "update", rv, n);
	}
	free(window);
	sink_run(&last, plan, s, t);
}

static void
cipher_plan(const struct plan *plan, CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key,
	struct transcript *t)
{
	const bool encrypt = plan->kind == OP_ENCRYPT;
	const struct sink once = { "once", encrypt ? F->C_Encrypt : F->C_Decrypt, NULL };
	CK_MECHANISM m = plan->p.mechanism;
	CK_RV rv = (encrypt ? F->C_EncryptInit : F->C_DecryptInit)(s, &m, key);

	note(t, "init", rv, 0);
	if (plan->parts_n == 0)
		sink_run(&once, plan, s, t);
	else
		cipher_parts(plan, s, encrypt ? F->C_EncryptUpdate : F->C_DecryptUpdate,
			encrypt ? F->C_EncryptFinal : F->C_DecryptFinal, t);
}

/* ---- MACs and digests */

static void
parts_run(const struct plan *plan, CK_SESSION_HANDLE s, part_fn update,
	struct transcript *t)
{
	CK_BYTE *in = in_of(plan);

	for (unsigned i = 0; i < plan->parts_n; in += plan->parts[i++])
		note(t, "update", update(s, in, plan->parts[i]), 0);
}

static void
sign_plan(const struct plan *plan, CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key,
	struct transcript *t)
{
	const struct sink once = { "sign", F->C_Sign, NULL },
			  last = { "final", NULL, F->C_SignFinal };
	CK_MECHANISM m = plan->p.mechanism;

	note(t, "init", F->C_SignInit(s, &m, key), 0);
	parts_run(plan, s, F->C_SignUpdate, t);
	sink_run(plan->parts_n == 0 ? &once : &last, plan, s, t);
}

static void
digest_plan(const struct plan *plan, CK_SESSION_HANDLE s, struct transcript *t)
{
	const struct sink once = { "digest", F->C_Digest, NULL },
			  last = { "final", NULL, F->C_DigestFinal };
	CK_MECHANISM m = plan->p.mechanism;

	note(t, "init", F->C_DigestInit(s, &m), 0);
	parts_run(plan, s, F->C_DigestUpdate, t);
	sink_run(plan->parts_n == 0 ? &once : &last, plan, s, t);
}

static void
verify_plan(const struct plan *plan, CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key,
	struct transcript *t)
{
	CK_BYTE *signature = (CK_BYTE *)(uintptr_t)plan->signature;
	CK_MECHANISM m = plan->p.mechanism;
	CK_RV rv;

	note(t, "init", F->C_VerifyInit(s, &m, key), 0);
	parts_run(plan, s, F->C_VerifyUpdate, t);
	rv = plan->parts_n == 0
		     ? F->C_Verify(s, in_of(plan), plan->n, signature, plan->signature_n)
		     : F->C_VerifyFinal(s, signature, plan->signature_n);
	note(t, "verify", rv, 0);
}

/* Nothing may be left of it. */
static void
over(const struct plan *plan, CK_SESSION_HANDLE s, struct transcript *t)
{
	static CK_BYTE byte[16], room[64];
	CK_ULONG n = sizeof room;
	CK_RV rv;

	switch (plan->kind) {
	case OP_ENCRYPT:
		rv = F->C_EncryptUpdate(s, byte, 1, room, &n);
		break;
	case OP_DECRYPT:
		rv = F->C_DecryptUpdate(s, byte, 1, room, &n);
		break;
	case OP_SIGN:
		rv = F->C_SignUpdate(s, byte, 1);
		break;
	case OP_VERIFY:
		rv = F->C_VerifyUpdate(s, byte, 1);
		break;
	default:
		rv = F->C_DigestUpdate(s, byte, 1);
		break;
	}
	note(t, "after the end", rv, 0);
	if (rv != CKR_OPERATION_NOT_INITIALIZED)
		die("an operation goes on after its end: %s: %s", plan->m->ckm,
			ckr_name(rv));
}

void
plan_run(const struct plan *plan, CK_SESSION_HANDLE s, enum way way, struct transcript *t)
{
	CK_OBJECT_HANDLE key = plan->key != NULL ? plan->key->handles[way] : 0;

	t->steps_n = 0;
	t->out_n = 0;
	switch (plan->kind) {
	case OP_ENCRYPT:
	case OP_DECRYPT:
		cipher_plan(plan, s, key, t);
		break;
	case OP_SIGN:
		sign_plan(plan, s, key, t);
		break;
	case OP_VERIFY:
		verify_plan(plan, s, key, t);
		break;
	default:
		digest_plan(plan, s, t);
		break;
	}
	over(plan, s, t);
}
