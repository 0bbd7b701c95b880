/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdlib.h>

#include "crypto/crypto.h"
#include "tests/unit/keystored/stack.h"

#define RSA CKM_RSA_PKCS_KEY_PAIR_GEN
#define EC CKM_EC_KEY_PAIR_GEN
#define ML_DSA CKM_ML_DSA_KEY_PAIR_GEN
#define LEGACY "[crypto]\nlegacy = yes\n"

static const uint8_t digest[32] = "a digest of thirty-two bytes...";

static Keystore__V1__KeyRef
by_id(const Keystore__V1__Object *o)
{
	Keystore__V1__KeyRef ref = KEYSTORE__V1__KEY_REF__INIT;

	ref.key_case = KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID;
	ref.object_id = o->id;
	return ref;
}

static Keystore__V1__KeyRef
by_blob(ProtobufCBinaryData blob)
{
	Keystore__V1__KeyRef ref = KEYSTORE__V1__KEY_REF__INIT;

	ref.key_case = KEYSTORE__V1__KEY_REF__KEY_BLOB;
	ref.blob = blob;
	return ref;
}

/* With the public half as it was returned, and the module's own verification. */
static bool
verifies(const Keystore__V1__Object *pub, CK_MECHANISM_TYPE mechanism,
	ProtobufCBinaryData signature)
{
	const struct mech *m = mech_lookup_legacy(mechanism);
	struct mech_params params = { 0 };
	struct outbuf none = { 0 };
	struct attrs attrs = ATTRS_INIT;
	EVP_PKEY *pkey = NULL;
	struct op *op = NULL;
	CK_RV rv;

	ck_assert_int_eq(proto_to_attrs(pub->n_attributes, pub->attributes,
				 PROTO_REFUSE_UNKNOWN, &attrs),
		CKR_OK);
	ck_assert_int_eq(pkey_from_public(attrs_bytes(&attrs), &pkey), CKR_OK);
	ck_assert_int_eq(op_pkey_new(OP_VERIFY, m, &params, pkey, &op), CKR_OK);
	rv = op->vtable->once(op, BYTES_OF(digest), proto_bytes(signature), &none);
	op_free(&op);
	EVP_PKEY_free(pkey);
	attrs_free(&attrs);
	return rv == CKR_OK;
}

struct pair_case {
	uint64_t generate, sign;
};

static const struct pair_case pairs[] = {
	{ RSA, CKM_RSA_PKCS },
	{ EC, CKM_ECDSA },
	{ ML_DSA, CKM_ML_DSA },
	{ CKM_IBM_DILITHIUM, CKM_IBM_DILITHIUM },
};

START_TEST (a_token_key_signs_before_and_after_a_restart) {
	const struct pair_case *p = &pairs[_i];
	Keystore__V1__GenerateKeyPairResponse *pair;
	Keystore__V1__SignResponse *rs = NULL;
	Keystore__V1__KeyRef ref;
	struct stack s;
	struct host h;
	CK_RV rv;

	stack_start(&s, LEGACY);
	host_open(&h, &s, "host-1");
	token_make(&h);
	pair = generate_pair(&h, p->generate, true, true, &rv);
	ck_assert_msg(rv == CKR_OK, "%s", h.status.message);
	ck_assert_uint_eq(pair->public_key->id.len, 16);
	ck_assert_uint_eq(pair->blob.len, 0);
	ck_assert_ptr_null(find(pair->private_key, CKA_PRIVATE_EXPONENT));
	ck_assert_ptr_null(find(pair->private_key, CKA_VALUE));
	ref = by_id(pair->private_key);
	for (int i = 0; i < 3; i++) {
		if (i == 2) {
			stack_kill(&s, SIGKILL);
			stack_run(&s);
		}
		rv = sign(&h, &ref, p->sign, bin(digest, 32), &rs);
		ck_assert_msg(rv == CKR_OK, "%s", h.status.message);
		ck_assert(verifies(
			pair->public_key, (CK_MECHANISM_TYPE)p->sign, rs->signature));
		response_free(rs);
	}
	/* not for this mechanism, nor with the other half, nor once it is gone */
	ck_assert_int_eq(sign(&h, &ref, CKM_AES_CBC, bin(digest, 32), NULL),
		CKR_MECHANISM_PARAM_INVALID);
	ck_assert_int_eq(
		sign(&h, &ref, CKM_SHA256, bin(digest, 32), NULL), CKR_MECHANISM_INVALID);
	ref = by_id(pair->public_key);
	ck_assert_int_eq(sign(&h, &ref, p->sign, bin(digest, 32), NULL),
		CKR_KEY_TYPE_INCONSISTENT);
	ck_assert_int_eq(destroy(&h, pair->private_key->id), CKR_OK);
	ref = by_id(pair->private_key);
	ck_assert_int_eq(
		sign(&h, &ref, p->sign, bin(digest, 32), NULL), CKR_KEY_HANDLE_INVALID);
	response_free(pair);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (a_session_key_is_a_blob_of_this_host_and_login) {
	Keystore__V1__GenerateKeyPairResponse *pair;
	Keystore__V1__SignResponse *rs = NULL;
	Keystore__V1__KeyRef ref;
	struct stack s;
	struct host h, admin;
	struct follower f;
	CK_RV rv;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	host_open(&admin, &s, "admin");
	token_make(&h);
	token_share(&admin, &h);
	ck_assert_int_eq(login(&admin, KEYSTORE__V1__ROLE__ROLE_USER, USER_PIN), CKR_OK);
	pair = generate_pair(&h, EC, false, false, &rv);
	ck_assert_msg(rv == CKR_OK, "%s", h.status.message);
	ck_assert_uint_eq(pair->public_key->id.len, 0);
	ck_assert_uint_eq(pair->private_key->id.len, 0);
	ck_assert_uint_gt(pair->blob.len, 0);
	ref = by_blob(pair->blob);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(sign(&h, &ref, CKM_ECDSA, bin(digest, 32), &rs), CKR_OK);
		ck_assert(verifies(pair->public_key, CKM_ECDSA, rs->signature));
		response_free(rs);
	}
	/* another host, in spite of the cache that holds it by now */
	ck_assert_int_eq(sign(&admin, &ref, CKM_ECDSA, bin(digest, 32), NULL),
		CKR_KEY_HANDLE_INVALID);
	/* the SO, and nobody */
	ck_assert_int_eq(login(&h, KEYSTORE__V1__ROLE__ROLE_SO, SO_PIN), CKR_OK);
	ck_assert_int_eq(
		sign(&h, &ref, CKM_ECDSA, bin(digest, 32), NULL), CKR_USER_NOT_LOGGED_IN);
	ck_assert_int_eq(login(&h, KEYSTORE__V1__ROLE__ROLE_USER, USER_PIN), CKR_OK);
	/* every byte of it counts */
	for (size_t i = 0; i < pair->blob.len; i += 5) {
		pair->blob.data[i] ^= 1;
		ck_assert_int_eq(sign(&h, &ref, CKM_ECDSA, bin(digest, 32), NULL),
			CKR_KEY_HANDLE_INVALID);
		pair->blob.data[i] ^= 1;
	}
	follow(&f, &h, true, 0, 0);
	follow_until(&f, &f.current);
	ck_assert_uint_eq(f.changed, 0);
	follow_end(&f);
	response_free(pair);
	host_close(&admin);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (a_session_key_runs_out) {
	Keystore__V1__GenerateKeyPairResponse *pair;
	Keystore__V1__KeyRef ref;
	struct stack s;
	struct host h;
	CK_RV rv;

	stack_start(
		&s, "[pins]\nscrypt-log-n = 10\n[limits]\nsession-key-lifetime = 4s\n");
	host_open(&h, &s, "host-1");
	token_make(&h);
	pair = generate_pair(&h, EC, false, false, &rv);
	ref = by_blob(pair->blob);
	ck_assert_int_eq(sign(&h, &ref, CKM_ECDSA, bin(digest, 32), NULL), CKR_OK);
	run_ms(&h, 4000);
	for (int i = 0; i < 150 && rv == CKR_OK; i++) {
		run_ms(&h, 200);
		rv = sign(&h, &ref, CKM_ECDSA, bin(digest, 32), NULL);
	}
	ck_assert_int_eq(rv, CKR_KEY_HANDLE_INVALID);
	response_free(pair);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (halves_of_a_pair_may_live_apart) {
	Keystore__V1__GenerateKeyPairResponse *pair;
	Keystore__V1__SignResponse *rs = NULL;
	Keystore__V1__KeyRef ref;
	struct stack s;
	struct host h;
	CK_RV rv;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	pair = generate_pair(&h, EC, true, false, &rv);
	ck_assert_int_eq(rv, CKR_OK);
	ck_assert_uint_eq(pair->public_key->id.len, 16);
	ref = by_blob(pair->blob);
	ck_assert_int_eq(sign(&h, &ref, CKM_ECDSA, bin(digest, 32), &rs), CKR_OK);
	ck_assert(verifies(pair->public_key, CKM_ECDSA, rs->signature));
	response_free(rs);
	response_free(pair);
	pair = generate_pair(&h, EC, false, true, &rv);
	ck_assert_int_eq(rv, CKR_OK);
	ck_assert_uint_eq(pair->public_key->id.len, 0);
	ref = by_id(pair->private_key);
	ck_assert_int_eq(sign(&h, &ref, CKM_ECDSA, bin(digest, 32), &rs), CKR_OK);
	ck_assert(verifies(pair->public_key, CKM_ECDSA, rs->signature));
	response_free(rs);
	response_free(pair);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

struct repeat_case {
	bool pub_token, priv_token;
	struct pair_case pair;
};

static const struct repeat_case repeats[] = {
	{ true, true, { EC, CKM_ECDSA } },
	{ false, true, { EC, CKM_ECDSA } },
	{ true, false, { EC, CKM_ECDSA } },
	/* its public half has its value in CKA_PUBLIC_KEY_INFO alone */
	{ false, true, { ML_DSA, CKM_ML_DSA } },
	{ false, true, { CKM_IBM_DILITHIUM, CKM_IBM_DILITHIUM } },
};

START_TEST (a_repeated_request_for_a_pair_gives_a_pair_that_works) {
	static const uint8_t p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03,
		0x01, 0x07 };
	Keystore__V1__GenerateKeyPairRequest rq =
		KEYSTORE__V1__GENERATE_KEY_PAIR_REQUEST__INIT;
	Keystore__V1__GenerateKeyPairResponse *pair[2] = { NULL, NULL };
	Keystore__V1__Mechanism m = KEYSTORE__V1__MECHANISM__INIT;
	const struct repeat_case *rc = &repeats[_i];
	struct template pub = { .n = 0 }, priv = { .n = 0 };
	Keystore__V1__SignResponse *rs = NULL;
	Keystore__V1__KeyRef ref;
	struct stack s;
	struct host h;
	struct follower f;
	uint8_t id[16];

	stack_start(&s, LEGACY);
	host_open(&h, &s, "host-1");
	token_make(&h);
	m.type = rc->pair.generate;
	if (m.type == EC)
		add_octets(&pub, CKA_EC_PARAMS, p256, sizeof p256);
	else if (m.type == ML_DSA)
		add_number(&pub, CKA_PARAMETER_SET, CKP_ML_DSA_44);
	add_flag(&pub, CKA_TOKEN, rc->pub_token);
	add_flag(&priv, CKA_TOKEN, rc->priv_token);
	add_flag(&priv, CKA_PRIVATE, true);
	add_flag(&priv, CKA_SIGN, true);
	rq.request_id = fresh_id(id);
	rq.token_id = bin(h.token.b, 16);
	rq.ticket = bin(h.ticket.b, 32);
	rq.mechanism = &m;
	rq.n_public_attributes = pub.n;
	rq.public_attributes = pub.pointers;
	rq.n_private_attributes = priv.n;
	rq.private_attributes = priv.pointers;
	for (int i = 0; i < 2; i++) {
		ck_assert_msg(
			host_call(&h, REMOTE_GENERATE_KEY_PAIR, &rq, &pair[i]) == CKR_OK,
			"%s", h.status.message);
		ref = rc->priv_token ? by_id(pair[i]->private_key)
				     : by_blob(pair[i]->blob);
		ck_assert_int_eq(
			sign(&h, &ref, rc->pair.sign, bin(digest, 32), &rs), CKR_OK);
		ck_assert(verifies(pair[i]->public_key, (CK_MECHANISM_TYPE)rc->pair.sign,
			rs->signature));
		response_free(rs);
	}
	if (rc->priv_token)
		ck_assert_mem_eq(
			pair[0]->private_key->id.data, pair[1]->private_key->id.data, 16);
	if (rc->pub_token)
		ck_assert_mem_eq(
			pair[0]->public_key->id.data, pair[1]->public_key->id.data, 16);
	follow(&f, &h, true, 0, 0);
	follow_until(&f, &f.current);
	ck_assert_uint_eq(f.changed, (unsigned)rc->pub_token + rc->priv_token);
	follow_end(&f);
	response_free(pair[0]);
	response_free(pair[1]);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (a_key_does_only_what_it_may) {
	Keystore__V1__SetAttributesRequest set =
		KEYSTORE__V1__SET_ATTRIBUTES_REQUEST__INIT;
	Keystore__V1__GenerateKeyPairResponse *pair;
	Keystore__V1__KeyRef ref;
	struct template t = { .n = 0 };
	struct stack s;
	struct host h;
	uint8_t id[16];
	CK_RV rv;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	pair = generate_pair(&h, RSA, true, true, &rv);
	ref = by_id(pair->private_key);
	ck_assert_int_eq(sign(&h, &ref, CKM_RSA_PKCS, bin(digest, 32), NULL), CKR_OK);
	/* the cached key is looked at again when the object has changed */
	add_flag(&t, CKA_SIGN, false);
	set.request_id = fresh_id(id);
	set.token_id = bin(h.token.b, 16);
	set.ticket = bin(h.ticket.b, 32);
	set.object = &ref;
	set.n_attributes = t.n;
	set.attributes = t.pointers;
	ck_assert_msg(host_call(&h, REMOTE_SET_ATTRIBUTES, &set, NULL) == CKR_OK, "%s",
		h.status.message);
	ck_assert_int_eq(sign(&h, &ref, CKM_RSA_PKCS, bin(digest, 32), NULL),
		CKR_KEY_FUNCTION_NOT_PERMITTED);
	response_free(pair);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (secret_keys_of_the_token_are_made_here) {
	Keystore__V1__GenerateKeyRequest rq = KEYSTORE__V1__GENERATE_KEY_REQUEST__INIT;
	Keystore__V1__GenerateKeyResponse *rs = NULL;
	Keystore__V1__Mechanism m = KEYSTORE__V1__MECHANISM__INIT;
	static const struct {
		uint64_t length;
		bool token;
		CK_RV rv;
	} cases[] = {
		{ 16, true, CKR_OK },
		{ 32, true, CKR_OK },
		{ 32, false, CKR_TEMPLATE_INCONSISTENT },
		{ 17, true, CKR_ATTRIBUTE_VALUE_INVALID },
		{ 1u << 30, true, CKR_KEY_SIZE_RANGE },
	};
	struct stack s;
	struct host h;
	uint8_t id[16];

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	m.type = CKM_AES_KEY_GEN;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct template t = { .n = 0 };
		CK_RV rv;

		add_flag(&t, CKA_TOKEN, cases[i].token);
		add_flag(&t, CKA_PRIVATE, true);
		add_number(&t, CKA_VALUE_LEN, cases[i].length);
		rq.request_id = fresh_id(id);
		rq.token_id = bin(h.token.b, 16);
		rq.ticket = bin(h.ticket.b, 32);
		rq.mechanism = &m;
		rq.n_attributes = t.n;
		rq.attributes = t.pointers;
		rv = host_call(&h, REMOTE_GENERATE_KEY, &rq, &rs);
		/* which of the two codes is the schema's business */
		if (cases[i].rv == CKR_ATTRIBUTE_VALUE_INVALID &&
			rv == CKR_KEY_SIZE_RANGE)
			continue;
		ck_assert_msg(rv == cases[i].rv, "%zu: %lx %s", i, rv, h.status.message);
		if (rv != CKR_OK)
			continue;
		ck_assert_uint_eq(
			find(rs->object, CKA_VALUE_LEN)->number, cases[i].length);
		ck_assert_ptr_null(find(rs->object, CKA_VALUE));
		response_free(rs);
	}
	host_close(&h);
	stack_stop(&s);
}
END_TEST

#include "tests/unit/check_main.h"

static const struct check_test tests[] = {
	{ &a_token_key_signs_before_and_after_a_restart, ARRAY_LEN(pairs) },
	{ &a_session_key_is_a_blob_of_this_host_and_login, 0 },
	{ &a_session_key_runs_out, 0 },
	{ &halves_of_a_pair_may_live_apart, 0 },
	{ &a_repeated_request_for_a_pair_gives_a_pair_that_works, ARRAY_LEN(repeats) },
	{ &a_key_does_only_what_it_may, 0 },
	{ &secret_keys_of_the_token_are_made_here, 0 },
};

CHECK_MAIN("keystored: keys", tests)
