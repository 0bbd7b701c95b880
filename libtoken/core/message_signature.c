/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that are signed and verified. */
#include "libtoken/core/message.h"

/* Signatures have the parameter of their Init, and messages none; but what must not be used
 * twice is each message's own. */
static CK_RV
param_parse(
	const struct message *m, const struct message_args *a, struct mech_params *ret)
{
	const CK_MECHANISM own = { m->o.mech->type, (void *)(uintptr_t)a->param.p,
		a->param.n };

	if (mech_signs_with_iv(m->o.mech))
		return mech_params_parse(m->o.mech, &own, ret);
	return a->param.n == 0 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}

static CK_RV
arm(struct message *m, const struct message_args *a)
{
	CK_RV rv = param_parse(m, a, &m->params);

	return rv == CKR_OK ? m->o.op->vtable->rearm(m->o.op, &m->params) : rv;
}

/* What comes with a part is the message's: as it was at the beginning. */
static CK_RV
param_check(const struct message *m, const struct message_args *a)
{
	struct mech_params p;
	CK_RV rv = param_parse(m, a, &p);

	if (rv != CKR_OK || !mech_signs_with_iv(m->o.mech))
		return rv;
	return p.tag_bits == m->params.tag_bits &&
			       bytes_equal(BYTES(p.iv, p.iv_len),
				       BYTES(m->params.iv, m->params.iv_len))
		       ? CKR_OK
		       : CKR_MECHANISM_PARAM_INVALID;
}

CK_RV
message_begin_signature(struct message *m, const struct message_args *a, bool *ret_query)
{
	return arm(m, a);
}

static CK_RV
feed(struct message *m, struct bytes in)
{
	struct outbuf none = { 0 };

	return m->o.op->vtable->update(m->o.op, in, &none);
}

/* Room for a signature of n bytes: else this was all. */
static CK_RV
out_begin(const struct message_args *a, size_t n, struct outbuf *ret, bool *ret_query)
{
	bool room = false;
	CK_RV rv;

	if (a->out.n == NULL)
		return CKR_ARGUMENTS_BAD;
	*ret = (struct outbuf){ a->out.p, n, 0 };
	rv = outbuf_reserve(a->out, n, &room);
	*ret_query = rv == CKR_OK && !room;
	return rv;
}

/* --- Signing ------------------------------------------------------------------------- */

CK_RV
message_sign(struct message *m, const struct message_args *a, bool *ret_query)
{
	const struct op_vtable *vt = m->o.op->vtable;
	struct outbuf out;
	CK_RV rv = arm(m, a); /* how long its signature is may be in the parameter */

	if (rv == CKR_OK)
		rv = out_begin(a, vt->once_size(m->o.op, a->in.n), &out, ret_query);
	if (rv != CKR_OK || *ret_query)
		return rv;
	rv = vt->once(m->o.op, a->in, BYTES_NONE, &out);
	if (rv == CKR_OK)
		*a->out.n = out.n;
	return rv;
}

CK_RV
message_sign_next(struct message *m, const struct message_args *a, bool *ret_query)
{
	struct outbuf out;
	CK_RV rv = param_check(m, a);

	if (rv != CKR_OK)
		return rv;
	if (a->flags == 0)
		return feed(m, a->in);
	rv = out_begin(a, m->o.op->vtable->final_size(m->o.op), &out, ret_query);
	if (rv != CKR_OK || *ret_query)
		return rv;
	rv = feed(m, a->in);
	if (rv == CKR_OK)
		rv = m->o.op->vtable->final(m->o.op, BYTES_NONE, &out);
	if (rv == CKR_OK)
		*a->out.n = out.n;
	return rv;
}

/* --- Verifying ------------------------------------------------------------------------ */

CK_RV
message_verify(struct message *m, const struct message_args *a, bool *ret_query)
{
	struct outbuf none = { 0 };
	CK_RV rv = arm(m, a);

	return rv == CKR_OK ? m->o.op->vtable->once(m->o.op, a->in, a->signature, &none)
			    : rv;
}

CK_RV
message_verify_next(struct message *m, const struct message_args *a, bool *ret_query)
{
	struct outbuf none = { 0 };
	CK_RV rv = param_check(m, a);

	if (rv == CKR_OK)
		rv = feed(m, a->in);
	return rv == CKR_OK && a->flags != 0
		       ? m->o.op->vtable->final(m->o.op, a->signature, &none)
		       : rv;
}
