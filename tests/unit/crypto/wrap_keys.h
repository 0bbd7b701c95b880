/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that wrap and are wrapped, and templates, for the tests of wrapping. */
#pragma once

#include "crypto/crypto.h"
#include "crypto/wrap.h"
#include "cryptoki/names.h"
#include "tests/unit/check_main.h"
#include "tests/unit/crypto/hex.h"

#define K16 "000102030405060708090a0b0c0d0e0f"
#define K32 K16 "101112131415161718191a1b1c1d1e1f"
#define D16 "00112233445566778899aabbccddeeff"
#define D32 D16 K16
#define D_DES3 "0123456789abcdeffedcba98765432100123456789abcdef"

static inline void
expect(CK_RV want, CK_RV got)
{
	ck_assert_msg(want == got, "%s, not %s", ckr_name(got), ckr_name(want));
}

/* A key with its room. */
struct key {
	struct attrs a;
	struct hex value;
	struct key_input in;
};

static inline struct key_input *
key_set(struct key *k, CK_KEY_TYPE type, const char *value)
{
	k->a = ATTRS_INIT;
	attrs_set_ulong(&k->a, CKA_CLASS, CKO_SECRET_KEY);
	attrs_set_ulong(&k->a, CKA_KEY_TYPE, type);
	attrs_set_bool(&k->a, CKA_WRAP, true);
	attrs_set_bool(&k->a, CKA_UNWRAP, true);
	attrs_set_bool(&k->a, CKA_EXTRACTABLE, true);
	attrs_set_bool(&k->a, CKA_WRAP_WITH_TRUSTED, false);
	k->in.value = hex(&k->value, value);
	k->in.attributes = attrs_bytes(&k->a);
	k->in.exposed = false;
	return &k->in;
}

static inline void
key_say(struct key *k, uint32_t type, bool value)
{
	attrs_set_bool(&k->a, type, value);
	k->in.attributes = attrs_bytes(&k->a);
}

static inline void
key_nest(struct key *k, uint32_t type, struct attrs *nested)
{
	attrs_set(&k->a, type, attrs_bytes(nested));
	attrs_free(nested);
	k->in.attributes = attrs_bytes(&k->a);
}

/* A template for C_UnwrapKey; n 0: without CKA_VALUE_LEN. */
static inline struct attrs
template_for(CK_KEY_TYPE type, uint64_t n)
{
	struct attrs t = ATTRS_INIT;

	attrs_set_ulong(&t, CKA_CLASS, CKO_SECRET_KEY);
	attrs_set_ulong(&t, CKA_KEY_TYPE, type);
	if (n != 0)
		attrs_set_ulong(&t, CKA_VALUE_LEN, n);
	return t;
}

/* What any mechanism takes. */
static inline struct mech_params
params_for(const struct mech *m)
{
	struct mech_params p = { .counter_bits = 64, .tag_bits = 128, .iv_len = 16 };

	if (m->param == PARAM_NONE || m->param == PARAM_IV_OPT)
		p.iv_len = 0;
	else if (m->param == PARAM_GCM || m->param == PARAM_CCM)
		p.iv_len = 12;
	else
		p.iv_len = m->iv_bytes != 0 ? m->iv_bytes : 16;
	return p;
}

static inline CK_RV
unwrap(CK_MECHANISM_TYPE type, const struct key_input *by, struct bytes wrapped,
	struct attrs *template, struct new_key *ret)
{
	const struct mech *m = mech_lookup(type);
	struct mech_params p = params_for(m);
	CK_RV rv = key_unwrap(m, &p, by, wrapped, attrs_bytes(template), ROLE_USER, ret);

	attrs_free(template);
	return rv;
}

static inline void
expect_value(const struct new_key *k, struct bytes want)
{
	const struct bytes public = attrs_bytes(&k->public);
	const CK_KEY_TYPE type = (CK_KEY_TYPE)attrs_ulong(public, CKA_KEY_TYPE, 0);
	const bool told = schema_lookup(CKO_SECRET_KEY, type, CKA_VALUE_LEN) != NULL;
	struct bytes value;

	ck_assert(attrs_find(attrs_bytes(&k->secret), CKA_VALUE, &value));
	expect_bytes(value, want);
	ck_assert_uint_eq(attrs_ulong(public, CKA_VALUE_LEN, 0), told ? want.n : 0);
}

/* A wrapped key of the mechanism, into out. */
static inline void
wrapped_by(CK_MECHANISM_TYPE type, const struct key_input *by, const char *value,
	struct buf *out)
{
	const struct mech *m = mech_lookup(type);
	const struct mech_params p = params_for(m);
	struct key key;

	key_set(&key, CKK_GENERIC_SECRET, value);
	expect(CKR_OK, key_wrap(m, &p, by, &key.in, out));
	attrs_free(&key.a);
}
