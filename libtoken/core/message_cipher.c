/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that are encrypted and decrypted with authentication. */
#include "libtoken/core/message.h"

/* --- Parameters -------------------------------------------------------------------- */

static CK_RV
param_parse(struct message *m, const struct message_args *a, bool tag_now,
	struct message_param *ret)
{
	CK_RV rv = message_param_parse(m->o.mech, a->param, a->aad, ret);

	return rv == CKR_OK && tag_now && ret->tag == NULL ? CKR_MECHANISM_PARAM_INVALID
							   : rv;
}

static CK_RV
arm(struct message *m, struct message_param *p)
{
	CK_RV rv = CKR_OK;

	if (m->o.op->kind == OP_ENCRYPT)
		rv = generators_next(m->generators, m->o.key, p);
	m->tag_n = p->params.tag_bits / 8;
	m->waiting = 0;
	return rv == CKR_OK ? m->o.op->vtable->rearm(m->o.op, &p->params) : rv;
}

static void
give_iv(const struct message *m, const struct message_param *p)
{
	if (m->o.op->kind == OP_ENCRYPT && p->generator != CKG_NO_GENERATE)
		memcpy(p->iv, p->params.iv, p->params.iv_len);
}

/* An op says that ciphertext is wrong; of a message it is known to be the tag. */
static CK_RV
tag_rv(CK_RV rv)
{
	return rv == CKR_ENCRYPTED_DATA_INVALID ? CKR_AEAD_DECRYPT_FAILED : rv;
}

/* Room for n bytes of the application's: else this was all. */
static CK_RV
out_begin(const struct message_args *a, uint64_t n, bool *ret_room, bool *ret_query)
{
	CK_RV rv;

	*ret_room = false;
	if (a->out.n == NULL)
		return CKR_ARGUMENTS_BAD;
	rv = outbuf_reserve(a->out, n, ret_room);
	*ret_query = rv == CKR_OK && !*ret_room;
	return rv;
}

static void
out_give(const struct message_args *a, struct bytes v)
{
	if (v.n != 0)
		memcpy(a->out.p, v.p, v.n);
	*a->out.n = v.n;
}

/* --- In one call --------------------------------------------------------------------- */

CK_RV
message_encrypt(struct message *m, const struct message_args *a, bool *ret_query)
{
	struct message_param p;
	struct outbuf out = { 0 };
	bool room;
	CK_RV rv = param_parse(m, a, true, &p);

	if (rv == CKR_OK)
		rv = out_begin(a, a->in.n, &room, ret_query);
	if (rv != CKR_OK || !room)
		return rv;
	rv = arm(m, &p);
	if (rv != CKR_OK)
		return rv;
	out.cap = a->in.n + m->tag_n;
	out.p = message_room(m, out.cap);
	if (out.p == NULL)
		return CKR_HOST_MEMORY;
	rv = m->o.op->vtable->once(m->o.op, a->in, BYTES_NONE, &out);
	if (rv == CKR_OK && out.n != out.cap)
		rv = CKR_DEVICE_ERROR;
	if (rv != CKR_OK)
		return rv;
	out_give(a, BYTES(out.p, a->in.n));
	memcpy(p.tag, out.p + a->in.n, m->tag_n);
	give_iv(m, &p);
	return CKR_OK;
}

/* As an op takes it. */
static CK_RV
put_together(struct message *m, struct bytes text, const CK_BYTE *tag)
{
	buf_reset(&m->room);
	buf_put_bytes(&m->room, text);
	buf_put(&m->room, tag, m->tag_n);
	return buf_ok(&m->room) ? CKR_OK : CKR_HOST_MEMORY;
}

CK_RV
message_decrypt(struct message *m, const struct message_args *a, bool *ret_query)
{
	struct outbuf out = { a->out.p, a->in.n, 0 };
	struct message_param p;
	bool room;
	CK_RV rv = param_parse(m, a, true, &p);

	if (rv == CKR_OK)
		rv = out_begin(a, a->in.n, &room, ret_query);
	if (rv != CKR_OK || !room)
		return rv;
	rv = arm(m, &p);
	if (rv != CKR_OK)
		return rv;
	rv = put_together(m, a->in, p.tag);
	if (rv == CKR_OK)
		rv = m->o.op->vtable->once(
			m->o.op, buf_bytes(&m->room), BYTES_NONE, &out);
	if (rv == CKR_OK)
		*a->out.n = out.n;
	return tag_rv(rv);
}

/* --- In parts -------------------------------------------------------------------------- */

CK_RV
message_begin_cipher(struct message *m, const struct message_args *a, bool *ret_query)
{
	struct message_param p;
	CK_RV rv = param_parse(m, a, false, &p);

	if (rv == CKR_OK)
		rv = arm(m, &p);
	if (rv == CKR_OK)
		give_iv(m, &p);
	return rv;
}

/* What an op gives of a part, behind what is in `out`. */
static CK_RV
update(struct message *m, struct bytes in, struct outbuf *out)
{
	struct outbuf piece = { out->p + out->n, out->cap - out->n, 0 };
	CK_RV rv = m->o.op->vtable->update(m->o.op, in, &piece);

	if (rv == CKR_OK)
		out->n += piece.n;
	return rv;
}

/* All that is left of a message, and its tag. */
static CK_RV
encrypt_last(struct message *m, const struct message_args *a, size_t text_n)
{
	struct outbuf out = { 0 }, end;
	CK_BYTE *tag;
	CK_RV rv = message_param_tag(m->o.mech, a->param, m->tag_n, &tag);

	if (rv != CKR_OK)
		return rv;
	out.cap = text_n + m->tag_n;
	out.p = message_room(m, out.cap);
	if (out.p == NULL)
		return CKR_HOST_MEMORY;
	rv = update(m, a->in, &out);
	if (rv != CKR_OK)
		return rv;
	end = (struct outbuf){ out.p + out.n, out.cap - out.n, 0 };
	rv = m->o.op->vtable->final(m->o.op, BYTES_NONE, &end);
	if (rv == CKR_OK && end.n != end.cap)
		rv = CKR_DEVICE_ERROR;
	if (rv != CKR_OK)
		return rv;
	out_give(a, BYTES(out.p, text_n));
	memcpy(tag, out.p + text_n, m->tag_n);
	return CKR_OK;
}

CK_RV
message_encrypt_next(struct message *m, const struct message_args *a, bool *ret_query)
{
	const uint64_t now = a->flags != 0
				     ? m->waiting + a->in.n
				     : m->o.op->vtable->update_size(m->o.op, a->in.n);
	struct outbuf out = { .cap = now };
	bool room;
	CK_RV rv = out_begin(a, now, &room, ret_query);

	if (rv != CKR_OK || !room)
		return rv;
	if (a->flags != 0)
		return encrypt_last(m, a, now);
	out.p = message_room(m, now);
	if (out.p == NULL)
		return CKR_HOST_MEMORY;
	rv = update(m, a->in, &out);
	if (rv != CKR_OK)
		return rv;
	m->waiting += a->in.n - out.n;
	out_give(a, BYTES(out.p, out.n));
	return CKR_OK;
}

/* Straight to the application: there is nothing before the tag is right. */
static CK_RV
decrypt_last(struct message *m, const struct message_args *a)
{
	struct outbuf none = { 0 }, out = { a->out.p, m->waiting + a->in.n, 0 };
	CK_BYTE *tag;
	CK_RV rv = message_param_tag(m->o.mech, a->param, m->tag_n, &tag);

	if (rv == CKR_OK)
		rv = put_together(m, a->in, tag);
	if (rv == CKR_OK)
		rv = update(m, buf_bytes(&m->room), &none);
	if (rv == CKR_OK)
		rv = m->o.op->vtable->final(m->o.op, BYTES_NONE, &out);
	if (rv == CKR_OK)
		*a->out.n = out.n;
	return tag_rv(rv);
}

CK_RV
message_decrypt_next(struct message *m, const struct message_args *a, bool *ret_query)
{
	struct outbuf none = { 0 };
	bool room;
	CK_RV rv =
		out_begin(a, a->flags != 0 ? m->waiting + a->in.n : 0, &room, ret_query);

	if (rv != CKR_OK || !room)
		return rv;
	if (a->flags != 0)
		return decrypt_last(m, a);
	rv = update(m, a->in, &none);
	if (rv != CKR_OK)
		return rv;
	m->waiting += a->in.n;
	*a->out.n = 0;
	return CKR_OK;
}
