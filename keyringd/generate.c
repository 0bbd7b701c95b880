/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and key pairs generated: session secret keys here, all else by the keystore. */
#include "common/cleanup.h"
#include "common/log.h"
#include "common/request_id.h"
#include "crypto/crypto.h"
#include "keyringd/custody.h"
#include "keyringd/objects.h"
#include "keyringd/watch.h"

/* ---- secret keys */

static void
generate_here(struct request *r, struct login *l, const struct mech *m)
{
	const struct object_request how = {
		.origin = ORIGIN_GENERATE,
		.role = l->role,
		.mechanism = m->type,
		.class = CKO_SECRET_KEY,
		.key_type = m->key_type,
	};
	struct attrs public = ATTRS_INIT, secret = ATTRS_SECRET;
	struct bytes value = BYTES_NONE;
	CK_RV rv = object_build(&how, r->m.generate.template, &public, &secret);

	if (rv == CKR_OK)
		rv = key_generate(&public, &secret);
	if (rv == CKR_OK && !attrs_find(attrs_bytes(&secret), CKA_VALUE, &value))
		rv = CKR_GENERAL_ERROR;
	if (rv == CKR_OK)
		session_keep(r, l, &r->m.generate.request, attrs_bytes(&public), value);
	else
		request_done(r, rv, NULL);
	attrs_free(&public);
	attrs_free(&secret);
}

static void
on_generate(struct upcall *u, CK_RV rv, const ProtobufCMessage *response)
{
	const Keystore__V1__GenerateKeyResponse *m = (const void *)response;

	if (rv == CKR_OK)
		fresh_answer(u, m->object, BYTES_NONE);
	else
		request_done(u->r, rv, NULL);
}

static void
generate_remote(struct request *r, struct login *l, const struct mech *m,
	const struct mech_params *p)
{
	Keystore__V1__GenerateKeyRequest request =
		KEYSTORE__V1__GENERATE_KEY_REQUEST__INIT;
	Keystore__V1__Mechanism mechanism = KEYSTORE__V1__MECHANISM__INIT;
	CLEANUP(proto_list_free)
	struct proto_list list = { 0 };
	struct upcall u = { .l = l, .done = on_generate, .id = r->m.generate.request };

	if (proto_from_attrs(r->m.generate.template, &list.n, &list.p) != 0) {
		request_done(r, CKR_HOST_MEMORY, NULL);
		return;
	}
	proto_from_mech(m, p, &mechanism);
	request.request_id = proto_borrow(BYTES_OF(u.id.b));
	request.token_id = proto_borrow(BYTES_OF(l->token->id.b));
	request.ticket = proto_borrow(login_ticket(l));
	request.mechanism = &mechanism;
	request.n_attributes = list.n;
	request.attributes = list.p;
	(void)upcall_start(r, false, REMOTE_GENERATE_KEY, &request.base, &u);
}

/* The mechanism of a generation, of the right kind. */
static CK_RV
mech_read(const struct request *r, CK_MECHANISM_TYPE type, struct bytes params,
	CK_FLAGS flag, const struct mech **ret_mech, struct mech_params *ret)
{
	*ret_mech = config_mech(&r->client->d->config, type);
	if (*ret_mech == NULL || ((*ret_mech)->flags & flag) == 0)
		return CKR_MECHANISM_INVALID;
	return mech_params_decode(*ret_mech, params, ret);
}

void
handle_generate(struct request *r)
{
	const struct wire_generate *w = &r->m.generate;
	const struct mech *m = NULL;
	struct mech_params p;
	CK_RV rv = CKR_OK;
	struct login *l = login_get_heard(r->client, w->slot, &rv);
	bool token = false;

	if (l != NULL)
		rv = template_check(l, w->template, &token);
	if (rv == CKR_OK)
		rv = mech_read(r, w->mechanism, w->params, CKF_GENERATE, &m, &p);
	if (rv != CKR_OK)
		request_done(r, rv, NULL);
	else if (token)
		generate_remote(r, l, m, &p);
	else if (!session_repeated(r, l, &w->request))
		generate_here(r, l, m);
}

/* ---- key pairs */

static void
pair_reply(struct request *r, const struct token *t, const struct fresh *public,
	const struct fresh *private)
{
	struct buf one = BUF_INIT, other = BUF_INIT;
	struct wire_pair_reply reply;

	object_encode(
		t, &public->id, public->revision, attrs_bytes(&public->attributes), &one);
	object_encode(t, &private->id, private->revision,
		attrs_bytes(&private->attributes), &other);
	reply.public_key = buf_bytes(&one);
	reply.private_key = buf_bytes(&other);
	request_done(
		r, buf_ok(&one) && buf_ok(&other) ? CKR_OK : CKR_HOST_MEMORY, &reply);
	buf_free(&one);
	buf_free(&other);
}

/* The answer is what failed; what cannot be destroyed is left. */
static void
on_pair_undone(struct upcall *u, CK_RV rv, const ProtobufCMessage *response)
{
	const Keystore__V1__DestroyObjectResponse *m = (const void *)response;

	if (rv == CKR_OK)
		watch_apply_gone(u->l->token->watch, &u->id, m->revision);
	else
		log_warning(
			"the public half of a pair that failed is still on the token");
	request_done(u->r, (CK_RV)u->number, NULL);
}

/* No private half: no public one either. */
static void
pair_fail(struct upcall *u, const struct fresh *public, CK_RV rv)
{
	const struct upcall undo = {
		.l = u->l, .done = on_pair_undone, .id = public->id, .number = rv
	};
	struct wire_id own;

	if (public->revision == 0 || request_id_new(own.b) != 0)
		request_done(u->r, rv, NULL);
	else
		(void)destroy_start(u->r, &own, &u->id, &undo);
}

static void
on_pair(struct upcall *u, CK_RV rv, const ProtobufCMessage *response)
{
	static const struct wire_id none;
	const Keystore__V1__GenerateKeyPairResponse *m = (const void *)response;
	CLEANUP(fresh_free)
	struct fresh public = FRESH_NONE;
	CLEANUP(fresh_free)
	struct fresh private = FRESH_NONE;

	if (rv == CKR_OK)
		rv = fresh_read(m->public_key, &public);
	if (rv == CKR_OK)
		rv = fresh_read(m->private_key, &private);
	if (rv == CKR_OK && memcmp(&public.id, &none, sizeof none) != 0)
		rv = fresh_keep(u, &u->id, BYTES_NONE, &public);
	if (rv == CKR_OK)
		rv = fresh_keep(u, &u->id, proto_bytes(m->blob), &private);
	if (rv == CKR_OK)
		pair_reply(u->r, u->l->token, &public, &private);
	else
		pair_fail(u, &public, rv);
}

void
handle_generate_pair(struct request *r)
{
	Keystore__V1__GenerateKeyPairRequest request =
		KEYSTORE__V1__GENERATE_KEY_PAIR_REQUEST__INIT;
	Keystore__V1__Mechanism mechanism = KEYSTORE__V1__MECHANISM__INIT;
	CLEANUP(proto_list_free)
	struct proto_list public = { 0 };
	CLEANUP(proto_list_free)
	struct proto_list private = { 0 };
	const struct wire_generate_pair *w = &r->m.generate_pair;
	struct upcall u = { .done = on_pair, .id = w->request };
	const struct mech *m = NULL;
	struct mech_params p;
	CK_RV rv = CKR_OK;
	bool either = false, other = false;

	u.l = login_get_heard(r->client, w->slot, &rv);
	if (rv == CKR_OK)
		rv = template_check(u.l, w->public_template, &either);
	if (rv == CKR_OK)
		rv = template_check(u.l, w->private_template, &other);
	if (rv == CKR_OK)
		rv = mech_read(r, w->mechanism, w->params, CKF_GENERATE_KEY_PAIR, &m, &p);
	if (rv == CKR_OK &&
		(proto_from_attrs(w->public_template, &public.n, &public.p) != 0 ||
			proto_from_attrs(w->private_template, &private.n, &private.p) !=
				0))
		rv = CKR_HOST_MEMORY;
	if (rv != CKR_OK) {
		request_done(r, rv, NULL);
		return;
	}
	proto_from_mech(m, &p, &mechanism);
	request.request_id = proto_borrow(BYTES_OF(u.id.b));
	request.token_id = proto_borrow(BYTES_OF(u.l->token->id.b));
	request.ticket = proto_borrow(login_ticket(u.l));
	request.mechanism = &mechanism;
	request.n_public_attributes = public.n;
	request.public_attributes = public.p;
	request.n_private_attributes = private.n;
	request.private_attributes = private.p;
	(void)upcall_start(r, false, REMOTE_GENERATE_KEY_PAIR, &request.base, &u);
}
