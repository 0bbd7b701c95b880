/* SPDX-License-Identifier: Apache-2.0 */
/* What private keys do for old data only where keystored.ini says so: DSA, short Diffie-Hellman. */
#include "tests/unit/crypto/ffc_vectors.h"
#include "tests/unit/crypto/hex.h"
#include "tests/unit/keystored/stack.h"

#include "tests/unit/check_main.h"

struct numbers {
	struct hex p, q, g, value;
};

/* q NULL: none. */
static void
add_domain(struct template *t, struct numbers *n, const char *p, const char *q,
	const char *g)
{
	hex(&n->p, p);
	hex(&n->g, g);
	add_octets(t, CKA_PRIME, n->p.v.p, n->p.v.n);
	add_octets(t, CKA_BASE, n->g.v.p, n->g.v.n);
	if (q == NULL)
		return;
	hex(&n->q, q);
	add_octets(t, CKA_SUBPRIME, n->q.v.p, n->q.v.n);
}

/* A private key on the token. */
static Keystore__V1__CreateObjectResponse *
create(struct host *h, CK_KEY_TYPE type, const char *p, const char *q, const char *g,
	const char *x, uint64_t usage)
{
	Keystore__V1__CreateObjectRequest rq = KEYSTORE__V1__CREATE_OBJECT_REQUEST__INIT;
	Keystore__V1__CreateObjectResponse *rs = NULL;
	struct template t = { .n = 0 };
	struct numbers n;
	uint8_t id[16];

	hex(&n.value, x);
	add_number(&t, CKA_CLASS, CKO_PRIVATE_KEY);
	add_number(&t, CKA_KEY_TYPE, type);
	add_flag(&t, CKA_TOKEN, true);
	add_flag(&t, CKA_PRIVATE, true);
	add_flag(&t, usage, true);
	add_domain(&t, &n, p, q, g);
	add_octets(&t, CKA_VALUE, n.value.v.p, n.value.v.n);
	rq.request_id = fresh_id(id);
	rq.token_id = bin(h->token.b, 16);
	rq.ticket = bin(h->ticket.b, 32);
	rq.n_attributes = t.n;
	rq.attributes = t.pointers;
	ck_assert_msg(host_call(h, REMOTE_CREATE_OBJECT, &rq, &rs) == CKR_OK, "%s",
		h->status.message);
	return rs;
}

static Keystore__V1__KeyRef
ref_of(const Keystore__V1__CreateObjectResponse *key)
{
	Keystore__V1__KeyRef ref = KEYSTORE__V1__KEY_REF__INIT;

	ref.key_case = KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID;
	ref.object_id = key->object->id;
	return ref;
}

/* The private half on the token; the public one is the session's. */
static CK_RV
pair_make(struct host *h, uint64_t mechanism, const char *p, const char *q, const char *g,
	ProtobufCBinaryData id, Keystore__V1__GenerateKeyPairResponse **ret)
{
	Keystore__V1__GenerateKeyPairRequest rq =
		KEYSTORE__V1__GENERATE_KEY_PAIR_REQUEST__INIT;
	Keystore__V1__Mechanism m = KEYSTORE__V1__MECHANISM__INIT;
	struct template pub = { .n = 0 }, priv = { .n = 0 };
	struct numbers n;

	m.type = mechanism;
	add_flag(&pub, CKA_TOKEN, false);
	add_domain(&pub, &n, p, q, g);
	add_flag(&priv, CKA_TOKEN, true);
	add_flag(&priv, CKA_PRIVATE, true);
	rq.request_id = id;
	rq.token_id = bin(h->token.b, 16);
	rq.ticket = bin(h->ticket.b, 32);
	rq.mechanism = &m;
	rq.n_public_attributes = pub.n;
	rq.public_attributes = pub.pointers;
	rq.n_private_attributes = priv.n;
	rq.private_attributes = priv.pointers;
	return host_call(h, REMOTE_GENERATE_KEY_PAIR, &rq, ret);
}

static CK_RV
derive(struct host *h, const Keystore__V1__CreateObjectResponse *key, uint64_t mechanism,
	const char *other)
{
	Keystore__V1__DeriveSecretRequest rq = KEYSTORE__V1__DERIVE_SECRET_REQUEST__INIT;
	Keystore__V1__DeriveSecretResponse *rs = NULL;
	Keystore__V1__KeyRef ref = ref_of(key);
	struct hex public;
	CK_RV rv;

	hex(&public, other);
	rq.token_id = bin(h->token.b, 16);
	rq.ticket = bin(h->ticket.b, 32);
	rq.key = &ref;
	rq.mechanism = mechanism;
	rq.kdf = CKD_NULL;
	rq.public_data = bin(public.v.p, public.v.n);
	rq.value_bytes = 16;
	rv = host_call(h, REMOTE_DERIVE_SECRET, &rq, &rs);
	if (rv == CKR_OK)
		ck_assert_uint_eq(rs->value.len, 16);
	response_free(rs);
	return rv;
}

static void
begin(struct stack *s, struct host *h, bool legacy)
{
	stack_start(s, legacy ? "[pins]\nscrypt-log-n = 10\n[crypto]\nlegacy = yes\n"
			      : "[pins]\nscrypt-log-n = 10\n");
	host_open(h, s, "host-1");
	token_make(h);
}

/* Loop index: is it offered? */
START_TEST (dsa_is_for_old_data) {
	const struct dsa_vector *v = &dsa_vectors[4];
	Keystore__V1__CreateObjectResponse *key;
	Keystore__V1__GenerateKeyPairResponse *pair = NULL;
	Keystore__V1__SignResponse *signature = NULL;
	const CK_RV rv = _i != 0 ? CKR_OK : CKR_MECHANISM_INVALID;
	static const uint8_t digest[32];
	Keystore__V1__KeyRef ref;
	struct stack s;
	struct host h;
	uint8_t id[16];

	begin(&s, &h, _i != 0);
	key = create(&h, CKK_DSA, v->p, v->q, v->g, "1234", CKA_SIGN);
	ref = ref_of(key);
	ck_assert_uint_eq(
		sign(&h, &ref, CKM_DSA_SHA256, bin(digest, 32), &signature), rv);
	if (rv == CKR_OK)
		ck_assert_uint_eq(signature->signature.len, 64);
	ck_assert_uint_eq(pair_make(&h, CKM_DSA_KEY_PAIR_GEN, v->p, v->q, v->g,
				  fresh_id(id), &pair),
		rv);
	/* which verifying does not change */
	ck_assert_uint_eq(sign(&h, &ref, CKM_ECDSA_SHA256, bin(digest, 32), NULL),
		CKR_KEY_TYPE_INCONSISTENT);
	response_free(signature);
	response_free(pair);
	response_free(key);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

/* Loop index: is it offered? */
START_TEST (short_primes_are_for_old_data) {
	static const struct {
		CK_KEY_TYPE type;
		CK_MECHANISM_TYPE mechanism;
	} kinds[] = { { CKK_DH, CKM_DH_PKCS_DERIVE },
		{ CKK_X9_42_DH, CKM_X9_42_DH_DERIVE } };
	struct stack s;
	struct host h;

	begin(&s, &h, _i != 0);
	for (size_t i = 0; i < 4; i++) {
		const struct dh_vector *v = &dh_vectors[i / 2];
		const bool is_short = strlen(v->p) < 512;
		Keystore__V1__CreateObjectResponse *key = create(&h, kinds[i % 2].type,
			v->p, i % 2 != 0 ? v->q : NULL, v->g, v->x, CKA_DERIVE);

		ck_assert_uint_eq(derive(&h, key, kinds[i % 2].mechanism, v->other),
			is_short && _i == 0 ? CKR_KEY_SIZE_RANGE : CKR_OK);
		ck_assert_uint_eq(derive(&h, key, kinds[i % 2].mechanism, "01"),
			is_short && _i == 0 ? CKR_KEY_SIZE_RANGE
					    : CKR_MECHANISM_PARAM_INVALID);
		ck_assert_uint_eq(derive(&h, key, kinds[(i + 1) % 2].mechanism, v->other),
			CKR_KEY_TYPE_INCONSISTENT);
		response_free(key);
	}
	host_close(&h);
	stack_stop(&s);
}
END_TEST

/* The public half of a pair is the same when the request comes again. */
START_TEST (a_pair_asked_for_twice_is_one) {
	static const uint32_t types[] = { CKA_VALUE, CKA_PRIME, CKA_BASE,
		CKA_PUBLIC_KEY_INFO };
	Keystore__V1__GenerateKeyPairResponse *first = NULL, *again = NULL;
	struct stack s;
	struct host h;
	uint8_t id[16];

	begin(&s, &h, false);
	(void)fresh_id(id);
	ck_assert_uint_eq(pair_make(&h, CKM_DH_PKCS_KEY_PAIR_GEN, ffdhe2048, NULL, "02",
				  bin(id, 16), &first),
		CKR_OK);
	ck_assert_uint_eq(pair_make(&h, CKM_DH_PKCS_KEY_PAIR_GEN, ffdhe2048, NULL, "02",
				  bin(id, 16), &again),
		CKR_OK);
	ck_assert_mem_eq(first->private_key->id.data, again->private_key->id.data, 16);
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		const Keystore__V1__Attribute *a = find(first->public_key, types[i]),
					      *b = find(again->public_key, types[i]);

		ck_assert_ptr_nonnull(a);
		ck_assert_ptr_nonnull(b);
		ck_assert_uint_eq(a->octets.len, b->octets.len);
		ck_assert_mem_eq(a->octets.data, b->octets.data, a->octets.len);
	}
	response_free(first);
	response_free(again);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

static const struct check_test tests[] = {
	{ &dsa_is_for_old_data, 2 },
	{ &short_primes_are_for_old_data, 2 },
	{ &a_pair_asked_for_twice_is_one, 0 },
};

CHECK_MAIN("keystored: old data", tests)
