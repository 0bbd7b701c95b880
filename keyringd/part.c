/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/part.h"

#include "keyringd/custody.h"
#include "keyringd/index.h"
#include "keyringd/watch.h"

void
part_free(struct part *p)
{
	attrs_free(&p->attributes);
	secret_free(&p->value);
}

/* ---- the application's own */

/* What could have come of object_build(): the policy looks into nested templates. */
static bool
attributes_valid(struct bytes packed)
{
	const struct attr_def *def;
	struct cursor c;
	struct attr a;

	if (!attrs_valid(packed))
		return false;
	for (c = cursor_over(packed); attrs_next(&c, &a);) {
		def = attr_lookup(a.type);
		if (def == NULL || !attr_value_valid(def, a.value))
			return false;
	}
	return true;
}

static CK_RV
part_given(const struct wire_key *w, struct part *p)
{
	const uint64_t class =
		attrs_ulong(w->attributes, CKA_CLASS, CK_UNAVAILABLE_INFORMATION);

	/* of a public key there is nothing else; a private one is nobody's to send */
	if (!attributes_valid(w->attributes) || class == CKO_PRIVATE_KEY ||
		(w->value.n == 0) != (class == CKO_PUBLIC_KEY))
		return CKR_ARGUMENTS_BAD;
	p->in = (struct key_input){ w->attributes, w->value, .exposed = true };
	return CKR_OK;
}

/* ---- those that are here, or at the keystore */

static CK_RV
part_known(const struct op_key *k, struct part *p)
{
	CK_RV rv = CKR_OK;

	p->key = *k;
	/* the index has them all, a session object's shape has not */
	if (k->session != NULL)
		rv = custody_attributes(k->session, &p->attributes);
	else if (attrs_copy(&p->attributes, k->attributes) != 0)
		rv = CKR_HOST_MEMORY;
	p->in = (struct key_input){ .attributes = attrs_bytes(&p->attributes) };
	return rv;
}

bool
part_find(struct request *r, struct login *l, struct bytes encoded, CK_RV invalid,
	struct part *ret)
{
	static const struct wire_id own;
	struct wire_key w;
	struct op_key k;
	CK_RV rv;

	if (!wire_decode(wire_key_fields, encoded, &w))
		rv = CKR_ARGUMENTS_BAD;
	else if (memcmp(&w.id, &own, sizeof own) == 0)
		rv = part_given(&w, ret);
	else if (!op_key_await(r, l, &w.id, &k, &rv))
		return false;
	else if (rv == CKR_OK)
		rv = part_known(&k, ret);
	if (rv != CKR_OK)
		request_done(r, rv == CKR_KEY_HANDLE_INVALID ? invalid : rv, NULL);
	return rv == CKR_OK;
}

bool
part_fill(struct request *r, struct login *l, struct part *p)
{
	struct vault_item *item;

	if (p->in.exposed || p->key.class != CKO_SECRET_KEY)
		return true;
	item = p->key.session != NULL ? p->key.session->value : p->key.object->value;
	if (item == NULL) {
		op_key_fetch(r, l, &p->key.id);
		return false;
	}
	if (vault_get(r->conn->d->vault, item, &p->value) != 0) {
		request_done(r, CKR_DEVICE_ERROR, NULL);
		return false;
	}
	p->in.value = secret_bytes(&p->value);
	return true;
}
