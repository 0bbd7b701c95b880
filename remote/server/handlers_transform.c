/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secret keys that come of private ones. What they are to be, and what the templates of the
 * private key say of that, is keyringd's to see to: it has them from here on.
 */
#include "remote/server/handlers.h"

#include <errno.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "crypto/agree.h"
#include "crypto/derive.h"
#include "crypto/kem.h"
#include "cryptoki/names.h"
#include "cryptoki/schema.h"
#include "remote/proto/proto_convert.h"
#include "remote/server/keys.h"

/* The private key, if this caller may use it so. */
static int
begin(struct call *c, ProtobufCBinaryData token, ProtobufCBinaryData ticket,
	const Keystore__V1__KeyRef *ref, struct auth *auth, const struct key **ret)
{
	int r = call_needs_certificate(c, "making secret keys with a private key");

	if (r == 0)
		r = auth_call(c, token, ticket, auth);
	return r == 0 ? key_get(c, auth, ref, ret) : r;
}

static CK_RV
check_use(const struct key *key, uint32_t usage, CK_MECHANISM_TYPE mechanism)
{
	CK_RV rv = object_check_usage(key->pub, usage, mechanism);

	/* which needs a PIN each time, and here none is asked for */
	if (rv == CKR_OK && attrs_bool(key->pub, CKA_ALWAYS_AUTHENTICATE, false))
		rv = CKR_KEY_FUNCTION_NOT_PERMITTED;
	return rv;
}

static void
log_given(struct call *c, const Keystore__V1__KeyRef *ref, const char *what,
	const struct mech *m)
{
	char uuid[UUID_TEXT] = "of a session";
	struct id id;

	if (ref->key_case == KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID) {
		memcpy(id.b, ref->object_id.data, ID_BYTES);
		id_text(&id, uuid);
	}
	log_info("secret key %s by private key %s for host %s: %s", what, uuid,
		call_host(c), m->ckm);
}

static int
give(const struct secret *value, ProtobufCBinaryData *ret)
{
	uint8_t *p = proto_alloc(value->n);

	if (p == NULL)
		return -ENOMEM;
	memcpy(p, value->p, value->n);
	*ret = (ProtobufCBinaryData){ .len = value->n, .data = p };
	return 0;
}

int
handle_unwrap_secret(struct call *c, const Keystore__V1__UnwrapSecretRequest *rq,
	Keystore__V1__UnwrapSecretResponse *rs)
{
	CLEANUP(secret_free)
	struct secret value = SECRET_NONE;
	struct mech_params params;
	const struct mech *m = NULL;
	const struct key *key;
	struct auth auth;
	CK_RV rv;
	int r = begin(c, rq->token_id, rq->ticket, rq->key, &auth, &key);

	if (r != 0)
		return r;
	rv = proto_to_mech(rq->mechanism, &m, &params);
	if (rv == CKR_OK && ((m->flags & CKF_UNWRAP) == 0 || m->key_type != CKK_RSA))
		rv = CKR_MECHANISM_INVALID;
	if (rv == CKR_OK)
		rv = check_use(key, CKA_UNWRAP, m->type);
	if (rv == CKR_OK)
		rv = pkey_unwrap(m, &params, key->pkey, proto_bytes(rq->wrapped),
			rq->value_bytes, &value);
	key_put(c, key);
	if (rv != CKR_OK)
		return call_failed(c, rv, "unwrapping");
	log_given(c, rq->key, "unwrapped", m);
	return give(&value, &rs->value);
}

int
handle_derive_secret(struct call *c, const Keystore__V1__DeriveSecretRequest *rq,
	Keystore__V1__DeriveSecretResponse *rs)
{
	const struct mech *m =
		config_mech(&c->ks->config, (CK_MECHANISM_TYPE)rq->mechanism);
	CLEANUP(secret_free)
	struct secret value = SECRET_NONE;
	struct agree_params params;
	const struct key *key;
	struct auth auth;
	CK_RV rv = CKR_OK;
	int r = begin(c, rq->token_id, rq->ticket, rq->key, &auth, &key);

	if (r != 0)
		return r;
	if (m == NULL || !derive_by_private(m))
		rv = CKR_MECHANISM_INVALID;
	else if (!agree_params_make(m, (CK_ULONG)rq->kdf, proto_bytes(rq->shared_data),
			 proto_bytes(rq->public_data), &params))
		rv = CKR_MECHANISM_PARAM_INVALID;
	if (rv == CKR_OK)
		rv = check_use(key, CKA_DERIVE, m->type);
	if (rv == CKR_OK)
		rv = pkey_agree(m, &params, key->pkey, key->pub, rq->value_bytes, &value);
	key_put(c, key);
	if (rv != CKR_OK)
		return call_failed(c, rv, "deriving");
	log_given(c, rq->key, "derived", m);
	return give(&value, &rs->value);
}

int
handle_decapsulate_secret(struct call *c,
	const Keystore__V1__DecapsulateSecretRequest *rq,
	Keystore__V1__DecapsulateSecretResponse *rs)
{
	const struct mech *m = mech_lookup((CK_MECHANISM_TYPE)rq->mechanism);
	CLEANUP(secret_free)
	struct secret value = SECRET_NONE;
	const struct key *key;
	struct auth auth;
	CK_RV rv = CKR_OK;
	int r = begin(c, rq->token_id, rq->ticket, rq->key, &auth, &key);

	if (r != 0)
		return r;
	if (m == NULL || (m->flags & CKF_DECAPSULATE) == 0)
		rv = CKR_MECHANISM_INVALID;
	if (rv == CKR_OK)
		rv = check_use(key, CKA_DECAPSULATE, m->type);
	if (rv == CKR_OK)
		rv = pkey_decapsulate(key->pkey, proto_bytes(rq->ciphertext), &value);
	key_put(c, key);
	if (rv != CKR_OK)
		return call_failed(c, rv, "decapsulating");
	log_given(c, rq->key, "decapsulated", m);
	return give(&value, &rs->value);
}
