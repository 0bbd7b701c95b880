/* SPDX-License-Identifier: Apache-2.0 */
/* Sign requests as a host could make them up: what keystored does not sign. */
#include "cryptoki/vendor.h"
#include "tests/unit/keystored/stack.h"

#include "tests/unit/check_main.h"

#define RSA CKM_RSA_PKCS_KEY_PAIR_GEN
#define EC CKM_EC_KEY_PAIR_GEN
#define ED CKM_EC_EDWARDS_KEY_PAIR_GEN

static const struct row {
	uint64_t key, mechanism;
	uint32_t scheme;
	size_t context, data; /* bytes */
	bool recover;
	CK_RV rv;
} rows[] = {
	{ RSA, CKM_RSA_PKCS, 0, 0, 35, false, CKR_OK },
	{ RSA, CKM_RSA_PKCS, 0, 0, 246, false, CKR_DATA_LEN_RANGE },
	/* the key has CKA_SIGN, not CKA_SIGN_RECOVER */
	{ RSA, CKM_RSA_PKCS, 0, 0, 35, true, CKR_KEY_FUNCTION_NOT_PERMITTED },
	{ RSA, CKM_SHA256_RSA_PKCS, 0, 0, 32, true, CKR_MECHANISM_INVALID },
	{ RSA, CKM_SHA3_256_RSA_PKCS, 0, 0, 32, false, CKR_OK },
	{ RSA, CKM_SHA3_256_RSA_PKCS, 0, 0, 31, false, CKR_DATA_LEN_RANGE },
	{ RSA, CKM_SHA3_256_RSA_PKCS, 0, 0, 100000, false, CKR_DATA_LEN_RANGE },
	{ RSA, CKM_RSA_9796, 0, 0, 10, false, CKR_MECHANISM_INVALID },
	{ RSA, CKM_RSA_X9_31, 0, 0, 10, false, CKR_MECHANISM_INVALID },
	{ RSA, CKM_EDDSA, 0, 0, 10, false, CKR_KEY_TYPE_INCONSISTENT },
	{ EC, CKM_EDDSA, 0, 0, 10, false, CKR_KEY_TYPE_INCONSISTENT },
	{ EC, CKM_ECDSA_SHA3_512, 0, 0, 64, false, CKR_OK },
	{ EC, CKM_ECDSA_SHA3_512, 0, 0, 32, false, CKR_DATA_LEN_RANGE },
	{ ED, CKM_ECDSA, 0, 0, 32, false, CKR_KEY_TYPE_INCONSISTENT },
	{ ED, CKM_EDDSA, 0, 0, 0, false, CKR_OK },
	{ ED, CKM_EDDSA, 0, 0, 1000000, false, CKR_OK },
	{ ED, CKM_EDDSA, 0, 3, 10, false, CKR_MECHANISM_PARAM_INVALID },
	{ ED, CKM_EDDSA, 1, 3, 10, false, CKR_OK },
	{ ED, CKM_EDDSA, 1, 0, 10, false, CKR_MECHANISM_PARAM_INVALID },
	{ ED, CKM_EDDSA, 1, 255, 10, false, CKR_OK },
	{ ED, CKM_EDDSA, 1, 256, 10, false, CKR_MECHANISM_PARAM_INVALID },
	{ ED, CKM_EDDSA, 2, 0, 64, false, CKR_OK },
	{ ED, CKM_EDDSA, 2, 0, 63, false, CKR_DATA_LEN_RANGE },
	{ ED, CKM_EDDSA, 2, 0, 65, false, CKR_DATA_LEN_RANGE },
	{ ED, CKM_EDDSA, 3, 0, 64, false, CKR_MECHANISM_PARAM_INVALID },
	{ ED, CKM_EDDSA, UINT32_MAX, 0, 64, false, CKR_MECHANISM_PARAM_INVALID },
	{ ED, CKM_EDDSA, 256, 0, 64, false, CKR_MECHANISM_PARAM_INVALID },
	{ ED, CKM_EDDSA, 0, 0, 10, true, CKR_MECHANISM_INVALID },
	{ ED, CKM_IBM_ED25519_SHA512, 0, 0, 10, false, CKR_OK },
};

static CK_RV
sign_row(struct host *h, const struct row *r, ProtobufCBinaryData key)
{
	static uint8_t data[1000000], context[256];
	Keystore__V1__SignRequest rq = KEYSTORE__V1__SIGN_REQUEST__INIT;
	Keystore__V1__SignResponse *rs = NULL;
	Keystore__V1__Mechanism m = KEYSTORE__V1__MECHANISM__INIT;
	Keystore__V1__KeyRef ref = KEYSTORE__V1__KEY_REF__INIT;
	CK_RV rv;

	m.type = r->mechanism;
	m.scheme = r->scheme;
	m.extra = bin(context, r->context);
	ref.key_case = KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID;
	ref.object_id = key;
	rq.token_id = bin(h->token.b, 16);
	rq.ticket = bin(h->ticket.b, 32);
	rq.key = &ref;
	rq.mechanism = &m;
	rq.data = bin(data, r->data);
	rq.recover = r->recover;
	rv = host_call(h, REMOTE_SIGN, &rq, &rs);
	if (rv == CKR_OK)
		ck_assert_uint_ge(rs->signature.len, 64);
	response_free(rs);
	return rv;
}

START_TEST (only_what_a_mechanism_signs_is_signed) {
	static const uint64_t kinds[] = { RSA, EC, ED };
	Keystore__V1__GenerateKeyPairResponse *pair;
	struct stack s;
	struct host h;
	CK_RV rv;

	stack_start(&s, "[pins]\nscrypt-log-n = 10\n");
	host_open(&h, &s, "host-1");
	token_make(&h);
	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		pair = generate_pair(&h, kinds[k], true, true, &rv);
		ck_assert_uint_eq(rv, CKR_OK);
		for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
			if (rows[i].key != kinds[k])
				continue;
			rv = sign_row(&h, &rows[i], pair->private_key->id);
			ck_assert_msg(rv == rows[i].rv, "row %zu: %#lx", i, rv);
		}
		response_free(pair);
	}
	host_close(&h);
	stack_stop(&s);
}
END_TEST

/* Whatever a host's own configuration says. Loop index: yes. */
START_TEST (legacy_is_for_the_configuration_to_allow) {
	const struct row signs = { CKM_IBM_DILITHIUM, CKM_IBM_DILITHIUM, 0, 0, 10, false,
		CKR_OK };
	Keystore__V1__GenerateKeyPairResponse *pair;
	struct stack s;
	struct host h;
	CK_RV rv;

	stack_start(&s, _i ? "[pins]\nscrypt-log-n = 10\n[crypto]\nlegacy = yes\n"
			   : "[pins]\nscrypt-log-n = 10\n");
	host_open(&h, &s, "host-1");
	token_make(&h);
	pair = generate_pair(&h, CKM_IBM_DILITHIUM, true, true, &rv);
	ck_assert_uint_eq(rv, _i ? CKR_OK : CKR_MECHANISM_INVALID);
	if (_i) {
		ck_assert_uint_eq(sign_row(&h, &signs, pair->private_key->id), CKR_OK);
	} else {
		ck_assert_uint_eq(
			sign_row(&h, &signs, bin(h.token.b, 16)), CKR_MECHANISM_INVALID);
	}
	response_free(pair);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

static const struct check_test tests[] = {
	{ &only_what_a_mechanism_signs_is_signed, 0 },
	{ &legacy_is_for_the_configuration_to_allow, 2 },
};

CHECK_MAIN("keystored: sign", tests)
