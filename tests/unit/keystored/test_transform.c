/* SPDX-License-Identifier: Apache-2.0 */
/* Secret keys by private ones: who may have them, and what is refused. */
#include "crypto/crypto.h"
#include "crypto/kem.h"
#include "tests/unit/keystored/stack.h"

#define RSA CKM_RSA_PKCS_KEY_PAIR_GEN
#define EC CKM_EC_KEY_PAIR_GEN
#define KEM CKM_ML_KEM_KEY_PAIR_GEN

static const uint8_t p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01,
	0x07 };

/* Private halves that derive, unwrap and decapsulate; extra: one more attribute that is true. */
static Keystore__V1__GenerateKeyPairResponse *
pair_make(struct host *h, uint64_t mechanism, bool token, uint64_t usage, uint64_t extra)
{
	Keystore__V1__GenerateKeyPairRequest rq =
		KEYSTORE__V1__GENERATE_KEY_PAIR_REQUEST__INIT;
	Keystore__V1__GenerateKeyPairResponse *rs = NULL;
	Keystore__V1__Mechanism m = KEYSTORE__V1__MECHANISM__INIT;
	struct template pub = { .n = 0 }, priv = { .n = 0 };
	uint8_t id[16];
	CK_RV rv;

	m.type = mechanism;
	if (mechanism == RSA)
		add_number(&pub, CKA_MODULUS_BITS, 2048);
	else if (mechanism == KEM)
		add_number(&pub, CKA_PARAMETER_SET, CKP_ML_KEM_768);
	else
		add_octets(&pub, CKA_EC_PARAMS, p256, sizeof p256);
	add_flag(&pub, CKA_TOKEN, token);
	add_flag(&priv, CKA_TOKEN, token);
	add_flag(&priv, CKA_PRIVATE, true);
	add_flag(&priv, usage, true);
	if (extra != 0)
		add_flag(&priv, extra, true);
	rq.request_id = fresh_id(id);
	rq.token_id = bin(h->token.b, 16);
	rq.ticket = bin(h->ticket.b, 32);
	rq.mechanism = &m;
	rq.n_public_attributes = pub.n;
	rq.public_attributes = pub.pointers;
	rq.n_private_attributes = priv.n;
	rq.private_attributes = priv.pointers;
	rv = host_call(h, REMOTE_GENERATE_KEY_PAIR, &rq, &rs);
	ck_assert_msg(rv == CKR_OK, "%s", h->status.message);
	return rs;
}

static Keystore__V1__KeyRef
ref_of(const Keystore__V1__GenerateKeyPairResponse *pair)
{
	Keystore__V1__KeyRef ref = KEYSTORE__V1__KEY_REF__INIT;

	if (pair->blob.len != 0) {
		ref.key_case = KEYSTORE__V1__KEY_REF__KEY_BLOB;
		ref.blob = pair->blob;
	} else {
		ref.key_case = KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID;
		ref.object_id = pair->private_key->id;
	}
	return ref;
}

struct asked {
	struct host *h;
	const Keystore__V1__GenerateKeyPairResponse *by;
	uint64_t mechanism, kdf;
	ProtobufCBinaryData data;
	uint32_t n;
};

static CK_RV
derive(const struct asked *a, Keystore__V1__DeriveSecretResponse **ret)
{
	Keystore__V1__DeriveSecretRequest rq = KEYSTORE__V1__DERIVE_SECRET_REQUEST__INIT;
	Keystore__V1__KeyRef ref = ref_of(a->by);

	rq.token_id = bin(a->h->token.b, 16);
	rq.ticket = bin(a->h->ticket.b, 32);
	rq.key = &ref;
	rq.mechanism = a->mechanism;
	rq.kdf = a->kdf;
	rq.public_data = a->data;
	rq.value_bytes = a->n;
	return host_call(a->h, REMOTE_DERIVE_SECRET, &rq, ret);
}

static CK_RV
unwrap(const struct asked *a, Keystore__V1__UnwrapSecretResponse **ret)
{
	Keystore__V1__UnwrapSecretRequest rq = KEYSTORE__V1__UNWRAP_SECRET_REQUEST__INIT;
	Keystore__V1__Mechanism m = KEYSTORE__V1__MECHANISM__INIT;
	Keystore__V1__KeyRef ref = ref_of(a->by);

	m.type = a->mechanism;
	m.iv = bin("0123456789abcdef", a->mechanism == CKM_AES_CBC ? 16 : 0);
	rq.token_id = bin(a->h->token.b, 16);
	rq.ticket = bin(a->h->ticket.b, 32);
	rq.key = &ref;
	rq.mechanism = &m;
	rq.wrapped = a->data;
	rq.value_bytes = a->n;
	return host_call(a->h, REMOTE_UNWRAP_SECRET, &rq, ret);
}

static CK_RV
decapsulate(const struct asked *a, Keystore__V1__DecapsulateSecretResponse **ret)
{
	Keystore__V1__DecapsulateSecretRequest rq =
		KEYSTORE__V1__DECAPSULATE_SECRET_REQUEST__INIT;
	Keystore__V1__KeyRef ref = ref_of(a->by);

	rq.token_id = bin(a->h->token.b, 16);
	rq.ticket = bin(a->h->ticket.b, 32);
	rq.key = &ref;
	rq.mechanism = a->mechanism;
	rq.ciphertext = a->data;
	return host_call(a->h, REMOTE_DECAPSULATE_SECRET, &rq, ret);
}

static ProtobufCBinaryData
point_of(const Keystore__V1__GenerateKeyPairResponse *pair)
{
	const Keystore__V1__Attribute *a = find(pair->public_key, CKA_EC_POINT);

	ck_assert_ptr_nonnull(a);
	return a->octets;
}

START_TEST (two_keys_agree) {
	Keystore__V1__GenerateKeyPairResponse *a, *b;
	Keystore__V1__DeriveSecretResponse *one = NULL, *other = NULL;
	struct asked ask = { .mechanism = CKM_ECDH1_DERIVE, .kdf = CKD_NULL, .n = 32 };
	struct stack s;
	struct host h;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	a = pair_make(&h, EC, true, CKA_DERIVE, 0);
	b = pair_make(&h, EC, false, CKA_DERIVE, 0);
	ask.h = &h;
	ask.by = a;
	ask.data = point_of(b);
	ck_assert_uint_eq(derive(&ask, &one), CKR_OK);
	ask.by = b;
	/* and without its DER */
	ask.data = bin(point_of(a).data + 2, point_of(a).len - 2);
	ck_assert_uint_eq(derive(&ask, &other), CKR_OK);
	ck_assert_uint_eq(one->value.len, 32);
	ck_assert_uint_eq(other->value.len, 32);
	ck_assert_mem_eq(one->value.data, other->value.data, 32);
	response_free(one);
	response_free(other);
	response_free(a);
	response_free(b);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (what_is_wrong_gets_no_secret) {
	Keystore__V1__GenerateKeyPairResponse *key, *rsa, *signs, *each;
	struct asked good = { .mechanism = CKM_ECDH1_DERIVE, .kdf = CKD_NULL, .n = 32 },
		     ask;
	struct stack s;
	struct host h;
	uint8_t bad[67];

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	key = pair_make(&h, EC, true, CKA_DERIVE, 0);
	signs = pair_make(&h, EC, true, CKA_SIGN, 0);
	each = pair_make(&h, EC, true, CKA_DERIVE, CKA_ALWAYS_AUTHENTICATE);
	rsa = pair_make(&h, RSA, true, CKA_UNWRAP, 0);
	good.h = &h;
	good.by = key;
	good.data = point_of(signs);
	ck_assert_uint_eq(derive(&good, NULL), CKR_OK);
#define REFUSED(rv, change) \
	ask = good;         \
	change;             \
	ck_assert_uint_eq(derive(&ask, NULL), rv)
	REFUSED(CKR_KEY_FUNCTION_NOT_PERMITTED, ask.by = signs);
	REFUSED(CKR_KEY_FUNCTION_NOT_PERMITTED, ask.by = each);
	REFUSED(CKR_KEY_TYPE_INCONSISTENT, ask.by = rsa);
	REFUSED(CKR_MECHANISM_INVALID, ask.mechanism = CKM_ECDSA);
	REFUSED(CKR_MECHANISM_INVALID, ask.mechanism = UINT64_MAX);
	REFUSED(CKR_MECHANISM_PARAM_INVALID, ask.kdf = 0);
	REFUSED(CKR_MECHANISM_PARAM_INVALID, ask.data = bin(NULL, 0));
	REFUSED(CKR_KEY_SIZE_RANGE, ask.n = 0);
	REFUSED(CKR_KEY_SIZE_RANGE, ask.n = 33);
	REFUSED(CKR_KEY_SIZE_RANGE, ask.n = UINT32_MAX; ask.kdf = CKD_SHA256_KDF);
	memcpy(bad, good.data.data, sizeof bad);
	bad[66] ^= 1;
	REFUSED(CKR_MECHANISM_PARAM_INVALID, ask.data = bin(bad, sizeof bad));
	memset(bad + 3, 0, 64);
	REFUSED(CKR_MECHANISM_PARAM_INVALID, ask.data = bin(bad, sizeof bad));

	ask = (struct asked){ &h, rsa, CKM_RSA_PKCS, 0, bin(bad, 16), 16 };
	ck_assert_uint_eq(unwrap(&ask, NULL), CKR_WRAPPED_KEY_LEN_RANGE);
	ask.mechanism = CKM_RSA_X_509;
	ck_assert_uint_eq(unwrap(&ask, NULL), CKR_MECHANISM_INVALID);
	ask.mechanism = CKM_AES_CBC;
	ck_assert_uint_eq(unwrap(&ask, NULL), CKR_MECHANISM_INVALID);
	ask.mechanism = CKM_RSA_PKCS;
	ask.by = key;
	ck_assert_uint_ne(unwrap(&ask, NULL), CKR_OK);
	response_free(key);
	response_free(signs);
	response_free(each);
	response_free(rsa);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

#define CIPHERTEXT 1088u /* of ML-KEM-768 */

/* As a module does with the public half. */
static void
encapsulate(const Keystore__V1__GenerateKeyPairResponse *pair,
	uint8_t ciphertext[CIPHERTEXT], uint8_t secret[KEM_SECRET])
{
	const Keystore__V1__Attribute *a = find(pair->public_key, CKA_VALUE);
	struct attrs object = ATTRS_INIT;
	size_t n = CIPHERTEXT, secret_n = KEM_SECRET;
	EVP_PKEY *pkey = NULL;
	EVP_PKEY_CTX *ctx;

	ck_assert_ptr_nonnull(a);
	attrs_set_ulong(&object, CKA_KEY_TYPE, CKK_ML_KEM);
	attrs_set_ulong(&object, CKA_PARAMETER_SET, CKP_ML_KEM_768);
	attrs_set(&object, CKA_VALUE, BYTES(a->octets.data, a->octets.len));
	ck_assert_uint_eq(pkey_from_public(attrs_bytes(&object), &pkey), CKR_OK);
	ctx = EVP_PKEY_CTX_new_from_pkey(crypto_libctx(), pkey, NULL);
	ck_assert_int_eq(EVP_PKEY_encapsulate_init(ctx, NULL), 1);
	ck_assert_int_eq(EVP_PKEY_encapsulate(ctx, ciphertext, &n, secret, &secret_n), 1);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	attrs_free(&object);
}

START_TEST (what_was_encapsulated_is_decapsulated) {
	Keystore__V1__GenerateKeyPairResponse *pair;
	Keystore__V1__DecapsulateSecretResponse *rs = NULL;
	struct asked ask = { .mechanism = CKM_ML_KEM };
	uint8_t ciphertext[CIPHERTEXT], secret[KEM_SECRET];
	struct stack s;
	struct host h;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	pair = pair_make(&h, KEM, _i != 0, CKA_DECAPSULATE, 0);
	encapsulate(pair, ciphertext, secret);
	ask.h = &h;
	ask.by = pair;
	ask.data = bin(ciphertext, sizeof ciphertext);
	ck_assert_uint_eq(decapsulate(&ask, &rs), CKR_OK);
	ck_assert_uint_eq(rs->value.len, KEM_SECRET);
	ck_assert_mem_eq(rs->value.data, secret, KEM_SECRET);
	response_free(rs);
	/* implicit rejection */
	ciphertext[0] ^= 1;
	ck_assert_uint_eq(decapsulate(&ask, &rs), CKR_OK);
	ck_assert_uint_eq(rs->value.len, KEM_SECRET);
	ck_assert_mem_ne(rs->value.data, secret, KEM_SECRET);
	response_free(rs);
	response_free(pair);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (what_is_wrong_is_not_decapsulated) {
	Keystore__V1__GenerateKeyPairResponse *key, *idle, *each, *ec, *rsa;
	uint8_t room[CIPHERTEXT + 1] = { 1 };
	struct asked good = { .mechanism = CKM_ML_KEM }, ask;
	struct stack s;
	struct host h, nobody;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	host_open(&nobody, &s, NULL);
	token_make(&h);
	key = pair_make(&h, KEM, true, CKA_DECAPSULATE, 0);
	idle = pair_make(&h, KEM, true, CKA_SIGN, 0);
	each = pair_make(&h, KEM, true, CKA_DECAPSULATE, CKA_ALWAYS_AUTHENTICATE);
	ec = pair_make(&h, EC, true, CKA_DECAPSULATE, 0);
	rsa = pair_make(&h, RSA, true, CKA_DECAPSULATE, CKA_UNWRAP);
	good.h = &h;
	good.by = key;
	good.data = bin(room, CIPHERTEXT);
	ck_assert_uint_eq(decapsulate(&good, NULL), CKR_OK);
#define UNGIVEN(rv, change) \
	ask = good;         \
	change;             \
	ck_assert_uint_eq(decapsulate(&ask, NULL), rv)
	UNGIVEN(CKR_KEY_FUNCTION_NOT_PERMITTED, ask.by = idle);
	UNGIVEN(CKR_KEY_FUNCTION_NOT_PERMITTED, ask.by = each);
	UNGIVEN(CKR_KEY_TYPE_INCONSISTENT, ask.by = ec);
	UNGIVEN(CKR_KEY_TYPE_INCONSISTENT, ask.by = rsa);
	UNGIVEN(CKR_MECHANISM_INVALID, ask.mechanism = CKM_ML_KEM_KEY_PAIR_GEN);
	UNGIVEN(CKR_MECHANISM_INVALID, ask.mechanism = CKM_RSA_PKCS; ask.by = rsa);
	UNGIVEN(CKR_MECHANISM_INVALID, ask.mechanism = UINT64_MAX);
	UNGIVEN(CKR_WRAPPED_KEY_LEN_RANGE, ask.data = bin(room, CIPHERTEXT - 1));
	UNGIVEN(CKR_WRAPPED_KEY_LEN_RANGE, ask.data = bin(room, CIPHERTEXT + 1));
	UNGIVEN(CKR_WRAPPED_KEY_LEN_RANGE, ask.data = bin(NULL, 0));
	/* nor is it for other methods */
	ask = good;
	ck_assert_uint_eq(unwrap(&ask, NULL), CKR_MECHANISM_INVALID);
	ask.n = 32;
	ask.kdf = CKD_NULL;
	ck_assert_uint_eq(derive(&ask, NULL), CKR_MECHANISM_INVALID);
	/* without a certificate, without a user */
	nobody.token = h.token;
	nobody.ticket = h.ticket;
	ask = good;
	ask.h = &nobody;
	ck_assert_uint_ne(decapsulate(&ask, NULL), CKR_OK);
	h.ticket.b[0] ^= 1;
	ck_assert_uint_eq(decapsulate(&good, NULL), CKR_USER_NOT_LOGGED_IN);
	response_free(key);
	response_free(idle);
	response_free(each);
	response_free(ec);
	response_free(rsa);
	host_close(&nobody);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (a_secret_is_for_the_user_on_the_key_s_host) {
	Keystore__V1__GenerateKeyPairResponse *token, *session;
	struct asked ask = { .mechanism = CKM_ECDH1_DERIVE, .kdf = CKD_NULL, .n = 32 };
	struct stack s;
	struct host h, admin, nobody;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	host_open(&admin, &s, "admin");
	host_open(&nobody, &s, NULL);
	token_make(&h);
	token = pair_make(&h, EC, true, CKA_DERIVE, 0);
	session = pair_make(&h, EC, false, CKA_DERIVE, 0);
	ask.data = point_of(token);
	token_share(&admin, &h);
	ck_assert_int_eq(login(&admin, KEYSTORE__V1__ROLE__ROLE_USER, USER_PIN), CKR_OK);
	nobody.token = h.token;
	nobody.ticket = h.ticket;

	/* the token's key is all its hosts', a sealed one is its own's */
	ask.h = &admin;
	ask.by = token;
	ck_assert_uint_eq(derive(&ask, NULL), CKR_OK);
	ask.by = session;
	ck_assert_uint_eq(derive(&ask, NULL), CKR_KEY_HANDLE_INVALID);
	ask.h = &h;
	ck_assert_uint_eq(derive(&ask, NULL), CKR_OK);
	/* without a certificate, with another host's ticket, without a user */
	ask.by = token;
	ask.h = &nobody;
	ck_assert_uint_ne(derive(&ask, NULL), CKR_OK);
	admin.ticket = h.ticket;
	ask.h = &admin;
	ck_assert_uint_eq(derive(&ask, NULL), CKR_USER_NOT_LOGGED_IN);
	ck_assert_int_eq(login(&h, KEYSTORE__V1__ROLE__ROLE_SO, SO_PIN), CKR_OK);
	ask.h = &h;
	ck_assert_uint_eq(derive(&ask, NULL), CKR_KEY_HANDLE_INVALID);
	response_free(token);
	response_free(session);
	host_close(&nobody);
	host_close(&admin);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

#include "tests/unit/check_main.h"

static const struct check_test tests[] = {
	{ &two_keys_agree, 0 },
	{ &what_is_wrong_gets_no_secret, 0 },
	{ &what_was_encapsulated_is_decapsulated, 2 },
	{ &what_is_wrong_is_not_decapsulated, 0 },
	{ &a_secret_is_for_the_user_on_the_key_s_host, 0 },
};

CHECK_MAIN("keystored: transform", tests)
