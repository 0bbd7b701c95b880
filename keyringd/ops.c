/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/ops.h"

#include <stdlib.h>
#include <sys/random.h>

#include "common/cleanup.h"
#include "keyringd/account.h"
#include "keyringd/custody.h"
#include "keyringd/index.h"
#include "keyringd/op_cache.h"
#include "keyringd/objects.h"
#include "keyringd/uses.h"
#include "keyringd/watch.h"

#define ONCE (WIRE_OP_FIRST | WIRE_OP_LAST)
#define REPLY_FIELDS 12u /* op number and the data's length */
#define REPLY_ROOM (WIRE_MAX_PAYLOAD - REPLY_FIELDS)

/* An operation in several parts. */
struct op_context {
	TAILQ_ENTRY(op_context) link;
	uint64_t number;
	struct op *op;
	struct token *token;
	uint64_t epoch; /* of the token */
	struct wire_id key;
	uint64_t revision;
	bool private;
	size_t kept;     /* bytes that it keeps until its end */
	struct buf rest; /* it has ended: output that no one reply has room for */
	size_t rest_at;  /* so much of it is gone */
};

/* ---- contexts */

static void
context_free(struct client *cl, struct op_context *x)
{
	TAILQ_REMOVE(&cl->ops, x, link);
	cl->n_ops--;
	cl->account->ops--;
	cl->op_bytes -= x->kept;
	cl->account->op_bytes -= x->kept;
	custody_count_op(cl, x->token, &x->key, -1);
	op_free(&x->op);
	buf_free(&x->rest);
	free(x);
}

static struct op_context *
context_find(struct client *cl, uint64_t number)
{
	struct op_context *x;

	TAILQ_FOREACH (x, &cl->ops, link) {
		if (x->number == number)
			break;
	}
	if (x != NULL && x != TAILQ_FIRST(&cl->ops)) { /* its next part comes soon */
		TAILQ_REMOVE(&cl->ops, x, link);
		TAILQ_INSERT_HEAD(&cl->ops, x, link);
	}
	return x;
}

void
ops_end_client(struct client *cl)
{
	struct op_context *x;

	while ((x = TAILQ_FIRST(&cl->ops)) != NULL)
		context_free(cl, x);
}

void
ops_end_private(struct client *cl, const struct token *t)
{
	struct op_context *x, *next;

	for (x = TAILQ_FIRST(&cl->ops); x != NULL; x = next) {
		next = TAILQ_NEXT(x, link);
		if (x->private && x->token == t)
			context_free(cl, x);
	}
}

void
ops_end_key(struct client *cl, const struct token *t, const struct wire_id *key)
{
	struct op_context *x, *next;

	for (x = TAILQ_FIRST(&cl->ops); x != NULL; x = next) {
		next = TAILQ_NEXT(x, link);
		if (x->token == t && memcmp(&x->key, key, sizeof *key) == 0)
			context_free(cl, x);
	}
}

void
handle_op_cancel(struct request *r)
{
	struct op_context *x = context_find(r->client, r->m.op_cancel.op);

	if (x != NULL)
		context_free(r->client, x);
	else
		use_cancel(r->client, r->m.op_cancel.op);
	request_done(r, CKR_OK, &r->m.empty);
}

/* ---- replies made in place */

/* The reply's data follow what this leaves room for. */
static struct buf *
reply_begin(struct request *r)
{
	struct buf *out = request_reply(r);

	buf_put_u64(out, 0);
	buf_put_u32(out, 0);
	return out;
}

static void
reply_end(struct request *r, struct buf *out, uint64_t number)
{
	if (buf_ok(out)) {
		store_le64(out->p + WIRE_HEADER, number);
		store_le32(out->p + WIRE_HEADER + 8,
			(uint32_t)(out->n - WIRE_HEADER - REPLY_FIELDS));
	}
	request_send(r);
}

/* Room for size bytes behind what is there; p NULL: too much. */
static struct outbuf
room_for(struct buf *out, size_t size, size_t max)
{
	if (size > max)
		return (struct outbuf){ 0 };
	return (struct outbuf){ .p = buf_reserve(out, size), .cap = size };
}

/* ---- secret keys */

static void
op_once(struct request *r, const struct op_key *k, struct op *op)
{
	const struct wire_op *m = &r->m.op;
	struct buf *out = reply_begin(r);
	struct outbuf to =
		room_for(out, op->vtable->once_size(op, m->data.n), REPLY_ROOM);
	CK_RV rv = CKR_HOST_MEMORY;

	if (to.p != NULL)
		rv = op->vtable->once(op, m->data, m->signature, &to);
	op_cache_give(r->conn->d->op_cache, &k->id, k->revision, op);
	if (rv != CKR_OK) {
		request_done(r, rv, NULL);
		return;
	}
	out->n += to.n;
	reply_end(r, out, 0);
}

/* update, and with last final, appending to out; no call gives more than max. */
static CK_RV
op_part(struct op *op, const struct wire_op *m, bool last, struct buf *out, size_t max)
{
	struct outbuf to;
	CK_RV rv;

	if (m->data.n != 0 || !last) {
		to = room_for(out, op->vtable->update_size(op, m->data.n), max);
		if (to.p == NULL)
			return CKR_HOST_MEMORY;
		rv = op->vtable->update(op, m->data, &to);
		if (rv != CKR_OK)
			return rv;
		out->n += to.n;
	}
	if (!last)
		return CKR_OK;
	to = room_for(out, op->vtable->final_size(op), max);
	if (to.p == NULL)
		return CKR_HOST_MEMORY;
	rv = op->vtable->final(op, m->signature, &to);
	if (rv == CKR_OK)
		out->n += to.n;
	return rv;
}

/* What decrypts and authenticates keeps all until its tag has come, and what has ended
 * its output until that is fetched: so much of one client's, and of one user's. */
static CK_RV
context_keep(struct client *cl, struct op_context *x)
{
	size_t now = x->op != NULL ? x->op->vtable->final_size(x->op) : x->rest.n;

	cl->op_bytes += now - x->kept;
	cl->account->op_bytes += now - x->kept;
	x->kept = now;
	return cl->op_bytes <= cl->d->config.client_bytes &&
			       account_may_hold(cl->account, &cl->d->config)
		       ? CKR_OK
		       : CKR_DEVICE_MEMORY;
}

uint64_t
op_number(void)
{
	static uint64_t next;

	if (next == 0 && getrandom(&next, sizeof next, 0) != sizeof next)
		next = 1;
	next += 1 + (next == UINT64_MAX);
	return next;
}

/* Takes op. */
static void
op_first(struct request *r, struct login *l, const struct op_key *k, struct op *op)
{
	struct client *cl = r->client;
	struct op_context *x = NULL;
	struct buf *out;
	CK_RV rv = CKR_OK;

	if (op->vtable->update == NULL)
		rv = CKR_FUNCTION_NOT_SUPPORTED;
	else if (cl->n_ops >= cl->d->config.client_ops ||
		 !account_may_begin(cl->account, &cl->d->config))
		rv = CKR_DEVICE_MEMORY;
	else if ((x = calloc(1, sizeof *x)) == NULL)
		rv = CKR_HOST_MEMORY;
	if (rv != CKR_OK) {
		op_free(&op);
		request_done(r, rv, NULL);
		return;
	}
	*x = (struct op_context){ .number = op_number(),
		.op = op,
		.token = l->token,
		.epoch = l->token->epoch,
		.key = k->id,
		.revision = k->revision,
		.private = k->private,
		.rest = BUF_SECRET };
	TAILQ_INSERT_HEAD(&cl->ops, x, link);
	cl->n_ops++;
	cl->account->ops++;
	custody_count_op(cl, x->token, &x->key, 1);
	out = reply_begin(r);
	if (r->m.op.data.n != 0)
		rv = op_part(op, &r->m.op, false, out, REPLY_ROOM);
	if (rv == CKR_OK)
		rv = context_keep(cl, x);
	if (rv != CKR_OK) {
		context_free(cl, x);
		request_done(r, rv, NULL);
		return;
	}
	reply_end(r, out, x->number);
}

/* A token's key that was destroyed meanwhile, or its token was or begins anew. */
static bool
context_is_over(const struct op_context *x)
{
	enum object_role role = x->private ? ROLE_USER : ROLE_NONE;

	if (x->revision == 0)
		return false;
	return x->token->gone || x->token->epoch != x->epoch ||
	       (watch_is_current(x->token->watch, role) &&
		       index_get(x->token->index, &x->key) == NULL);
}

/* Of an operation that has ended: the next piece of its output. */
static void
context_drain(struct request *r, struct op_context *x)
{
	size_t left = x->rest.n - x->rest_at;
	size_t n = left < WIRE_MAX_CHUNK ? left : WIRE_MAX_CHUNK;
	uint64_t number = n < left ? x->number : 0;
	struct buf *out = reply_begin(r);

	buf_put(out, x->rest.p + x->rest_at, n);
	x->rest_at += n;
	if (number == 0)
		context_free(r->client, x);
	reply_end(r, out, number);
}

/* The end of an operation whose output may be more than one reply has room for. */
static void
op_end_large(struct request *r, struct op_context *x)
{
	struct client *cl = r->client;
	CK_RV rv = op_part(x->op, &r->m.op, true, &x->rest, SIZE_MAX);

	if (rv == CKR_OK && x->rest.n == 0)
		rv = CKR_GENERAL_ERROR;
	if (rv == CKR_OK) {
		op_cache_give(cl->d->op_cache, &x->key, x->revision, TAKE_PTR(x->op));
		rv = context_keep(cl, x);
	}
	if (rv != CKR_OK) {
		context_free(cl, x);
		request_done(r, rv, NULL);
		return;
	}
	context_drain(r, x);
}

/* CKR_OK: go on with this part. */
static CK_RV
op_continue_check(const struct op_context *x, const struct wire_op *m)
{
	if (x == NULL)
		return CKR_OPERATION_NOT_INITIALIZED;
	if (context_is_over(x))
		return CKR_KEY_HANDLE_INVALID;
	return x->op == NULL && (m->flags != WIRE_OP_LAST || m->data.n != 0)
		       ? CKR_ARGUMENTS_BAD
		       : CKR_OK;
}

static bool
is_large(const struct op_context *x, const struct wire_op *m)
{
	const struct op_vtable *v = x->op->vtable;

	return v->update_size(x->op, m->data.n) + v->final_size(x->op) + m->data.n >
	       REPLY_ROOM;
}

static void
op_continue(struct request *r)
{
	const struct wire_op *m = &r->m.op;
	struct client *cl = r->client;
	struct op_context *x = context_find(cl, m->op);
	bool last = (m->flags & WIRE_OP_LAST) != 0;
	uint64_t number = m->op;
	CK_RV rv = op_continue_check(x, m);
	struct buf *out;

	if (rv == CKR_OK && x->op == NULL) {
		context_drain(r, x);
		return;
	}
	if (rv == CKR_OK && last && is_large(x, m)) {
		op_end_large(r, x);
		return;
	}
	out = reply_begin(r);
	if (rv == CKR_OK)
		rv = op_part(x->op, m, last, out, REPLY_ROOM);
	if (rv == CKR_OK && !last)
		rv = context_keep(cl, x);
	if (rv == CKR_OK && last)
		op_cache_give(cl->d->op_cache, &x->key, x->revision, TAKE_PTR(x->op));
	if (x != NULL && (rv != CKR_OK || last)) {
		context_free(cl, x);
		number = 0;
	}
	if (rv != CKR_OK)
		request_done(r, rv, NULL);
	else
		reply_end(r, out, number);
}

static void
op_secret(struct request *r, struct login *l, const struct op_key *k,
	const struct mech *m, const struct mech_params *p)
{
	enum op_kind kind = (enum op_kind)r->m.op.kind;
	struct op *op = NULL;
	CK_RV rv = op_key_arm(r->conn->d, k, kind, m, p, &op);

	l->used_ms = now_ms();
	if (rv == CKR_KEY_NEEDED)
		op_key_fetch(r, l, &k->id);
	else if (rv != CKR_OK)
		request_done(r, rv, NULL);
	else if (r->m.op.flags == ONCE)
		op_once(r, k, op);
	else
		op_first(r, l, k, op);
}

/* ---- the message */

/* What a first part must be right in before its key is looked for. */
static CK_RV
op_read(const struct request *r, const struct mech **ret_mech, struct mech_params *ret)
{
	const struct wire_op *m = &r->m.op;

	if ((m->flags & ~ONCE) != 0 || (m->op != 0 && m->flags != ONCE) ||
		(m->kind > OP_VERIFY && m->kind != OP_SIGN_RECOVER))
		return CKR_ARGUMENTS_BAD;
	*ret_mech = config_mech(&r->client->d->config, m->mechanism);
	if (*ret_mech == NULL)
		return CKR_MECHANISM_INVALID;
	return mech_params_decode(*ret_mech, m->params, ret);
}

static bool
is_remote(const struct op_key *k)
{
	return k->class == CKO_PRIVATE_KEY;
}

/* Is there such an operation where the key is? */
static bool
is_served(const struct op_key *k, const struct wire_op *m)
{
	if (!is_remote(k))
		return m->kind != OP_SIGN_RECOVER;
	return m->flags == ONCE && m->kind != OP_ENCRYPT && m->kind != OP_VERIFY;
}

void
handle_op(struct request *r)
{
	const struct mech *m = NULL;
	struct mech_params p;
	struct op_key k;
	struct login *l;
	CK_RV rv;

	if ((r->m.op.flags & WIRE_OP_FIRST) == 0) {
		op_continue(r);
		return;
	}
	rv = op_read(r, &m, &p);
	l = rv == CKR_OK ? login_get_token(r->client, r->m.op.slot, &rv) : NULL;
	if (l != NULL && !op_key_await(r, l, &r->m.op.key, &k, &rv))
		return;
	if (rv == CKR_OK)
		rv = op_key_check(&k, (enum op_kind)r->m.op.kind, m);
	if (rv == CKR_OK && !is_served(&k, &r->m.op))
		rv = CKR_FUNCTION_NOT_SUPPORTED;
	if (rv == CKR_OK && r->m.op.op != 0 && !use_is_wanted(&k))
		rv = CKR_ARGUMENTS_BAD;
	if (rv != CKR_OK)
		request_done(r, rv, NULL);
	else if (is_remote(&k))
		op_private(r, l, &k, m, &p);
	else
		op_secret(r, l, &k, m, &p);
}
