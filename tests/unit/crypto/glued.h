/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Built operations over OpenSSL's plain ones. What stands between them counts the plain
 * calls, checks how they are made, and lets one fail.
 */
#pragma once

#include <check.h>
#include <stdlib.h>

#include "crypto/crypto.h"
#include "kcapi_backend/glue.h"
#include "tests/unit/check_often.h"

struct watched {
	struct op op;
	struct op *inner;
	bool armed;
};

static unsigned plain_calls;    /* since it was last set */
static unsigned plain_fails_at; /* this one, counted from 1; 0: none */
static CK_RV plain_failure = CKR_OK;

static CK_RV
watched_once(struct op *op, struct bytes in, struct bytes sig, struct outbuf *out)
{
	struct watched *w = (struct watched *)op;

	check_often(w->armed);
	w->armed = false;
	check_often(in.n != 0);
	check_often(in.n % ciphers[op->mech->cipher].block == 0);
	check_often(in.p == out->p || in.p + in.n <= out->p || out->p + in.n <= in.p);
	if (++plain_calls == plain_fails_at)
		return plain_failure;
	return w->inner->vtable->once(w->inner, in, sig, out);
}

static CK_RV
watched_rearm(struct op *op, const struct mech_params *p)
{
	struct watched *w = (struct watched *)op;

	w->armed = true;
	return w->inner->vtable->rearm(w->inner, p);
}

static void
watched_free(struct op *op)
{
	op_free(&((struct watched *)op)->inner);
	free(op);
}

static const struct op_vtable watched_vtable = {
	.once = watched_once,
	.rearm = watched_rearm,
	.free = watched_free,
};

static inline CK_RV
watched_new(void *arg, enum op_kind kind, const struct mech *m,
	const struct mech_params *p, struct op **ret)
{
	const struct bytes *key = arg;
	struct watched *w = calloc(1, sizeof *w);
	CK_RV rv;

	ck_assert_ptr_nonnull(w);
	w->op = (struct op){ &watched_vtable, m, kind };
	rv = op_secret_new(kind, m, p, *key, &w->inner);
	if (rv == CKR_OK)
		*ret = &w->op;
	else
		free(w);
	return rv;
}

static inline CK_RV
glued_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct bytes key, size_t copy_max, struct op **ret)
{
	struct glue_source src = { watched_new, &key, copy_max };

	return op_glue_new(kind, m, p, &src, ret);
}
