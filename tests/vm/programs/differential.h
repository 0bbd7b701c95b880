/* SPDX-License-Identifier: Apache-2.0 */
/* Internal to the program differential: a case, what came of it, and what OpenSSL says. */
#pragma once

#include "cryptoki/op.h"
#include "tests/vm/programs/client.h"

#define MAX_PARTS 8u
#define MAX_STEPS 32u
#define MAX_VALUE 256u /* bytes of a key */
#define MAX_MORE 64u   /* bytes that come out beyond those that go in, at most */

/* One key, in every way, of the same bytes. */
struct key {
	CK_KEY_TYPE type;
	CK_BYTE value[MAX_VALUE];
	CK_ULONG n;
	CK_OBJECT_HANDLE handles[WAYS];
};

/* A case: all that its calls are made with. */
struct plan {
	const struct mech *m;
	const struct key *key; /* NULL: a digest */
	enum op_kind kind;
	struct param p;
	const CK_BYTE *in;
	CK_ULONG n;
	CK_ULONG parts[MAX_PARTS];
	unsigned parts_n; /* 0: in one call */
	CK_BYTE signature[128];
	CK_ULONG signature_n;
	bool in_place;
	bool asks;      /* for the length, first */
	bool too_short; /* then gives this room, first */
	CK_ULONG room;
};

struct step {
	const char *call;
	CK_RV rv;
	CK_ULONG n; /* told by the call */
};

/* What the calls answered. */
struct transcript {
	struct step steps[MAX_STEPS];
	unsigned steps_n;
	CK_BYTE *out; /* all that came out, in order */
	CK_ULONG out_n;
	size_t cap;
};

/* In one way; s: a session for it. */
void plan_run(
	const struct plan *plan, CK_SESSION_HANDLE s, enum way way, struct transcript *t);

/* What OpenSSL makes of the plaintext in, to which out has MAX_MORE bytes more room:
 * ciphertext with its tag, MAC or digest. false: not by this function. */
bool reference(const struct plan *plan, const CK_BYTE *in, CK_ULONG n, CK_BYTE *out,
	CK_ULONG *ret_n);
