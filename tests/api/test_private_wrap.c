/* SPDX-License-Identifier: Apache-2.0 */
/* What private keys do with other keys: RSA unwraps, ECDH derives. */
#include "tests/api/wrap.h"

struct keys {
	CK_OBJECT_HANDLE public, private;
};

static struct keys
rsa_keys(CK_SESSION_HANDLE s, int token)
{
	CK_MECHANISM gen = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 };
	const CK_ULONG bits = 2048;
	CK_ATTRIBUTE pub[] = { ATTR(CKA_MODULUS_BITS, bits), ATTR(CKA_WRAP, YES),
		ATTR(CKA_TOKEN, *(token ? &YES : &NO)) };
	CK_ATTRIBUTE priv[] = { ATTR(CKA_UNWRAP, YES),
		ATTR(CKA_TOKEN, *(token ? &YES : &NO)) };
	struct keys k = { 0, 0 };

	OK(F->C_GenerateKeyPair(
		s, &gen, pub, COUNT(pub), priv, COUNT(priv), &k.public, &k.private));
	return k;
}

/* --- RSA: keys of every custody, there and back ------------------------------------------ */

static CK_RSA_PKCS_OAEP_PARAMS oaep = { CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED,
	(void *)(uintptr_t) "label", 5 };
static CK_MECHANISM rsa_mechs[] = { { CKM_RSA_PKCS, NULL, 0 },
	{ CKM_RSA_PKCS_OAEP, &oaep, sizeof oaep } };

static CK_ULONG custody_of(enum where new)
{
	return new == IN_PROCESS ? CK_KT_CUSTODY_PROCESS : CK_KT_CUSTODY_BROKER;
}

START_TEST (key_of_any_custody_goes_through_an_rsa_pair) {
	const enum where key_at = (enum where)(_i / 2 / 2 % PLACES),
			 new_at = (enum where)(_i / 2 / 2 / PLACES);
	CK_MECHANISM *m = &rsa_mechs[_i % 2];
	const CK_SESSION_HANDLE s = api_start();
	const struct keys pair = rsa_keys(s, _i / 2 % 2);
	const CK_OBJECT_HANDLE key = wrapped_key(s, key_at);
	struct list template = aes_template(new_at);
	unsigned char wrapped[256];
	CK_OBJECT_HANDLE new = 0;
	CK_ULONG n = 0;

	OK(F->C_WrapKey(s, m, pair.public, key, NULL, &n));
	ck_assert_uint_eq(n, 256);
	n = 255;
	IS(CKR_BUFFER_TOO_SMALL, F->C_WrapKey(s, m, pair.public, key, wrapped, &n));
	OK(F->C_WrapKey(s, m, pair.public, key, wrapped, &n));
	OK(F->C_UnwrapKey(s, m, pair.private, wrapped, n, template.a, template.n, &new));
	check_same_key(s, new, key);
	ck_assert_uint_eq(api_custody(s, new), custody_of(new_at));
	ck_assert(!api_flag(s, new, CKA_LOCAL));
	ck_assert(!api_flag(s, new, CKA_ALWAYS_SENSITIVE));
	ck_assert(!api_flag(s, new, CKA_NEVER_EXTRACTABLE));
	ck_assert_uint_eq(api_flag(s, new, CKA_TOKEN), new_at == ON_TOKEN);
	destroy_all(s);
	api_stop();
}
END_TEST

/* Whose block it was, or that its padding was wrong, is not to be learned here. */
START_TEST (damaged_pkcs1_block_gives_another_key) {
	const CK_SESSION_HANDLE s = api_start();
	const struct keys pair = rsa_keys(s, 0);
	const CK_OBJECT_HANDLE key = wrapped_key(s, IN_PROCESS);
	const CK_ULONG size = 16;
	struct list template = aes_template(WITH_BROKER);
	unsigned char wrapped[256], one[16], again[16], right[16];
	CK_OBJECT_HANDLE new = 0;
	CK_ULONG n = sizeof wrapped;

	list_add(&template, (CK_ATTRIBUTE)ATTR(CKA_VALUE_LEN, size));
	OK(F->C_WrapKey(s, &rsa_mechs[0], pair.public, key, wrapped, &n));
	wrapped[255] ^= 1;
	OK(F->C_UnwrapKey(s, &rsa_mechs[0], pair.private, wrapped, n, template.a,
		template.n, &new));
	use_key(s, new, one);
	OK(F->C_UnwrapKey(s, &rsa_mechs[0], pair.private, wrapped, n, template.a,
		template.n, &new));
	use_key(s, new, again);
	use_key(s, key, right);
	ck_assert_mem_eq(one, again, 16);
	ck_assert_mem_ne(one, right, 16);
	n = sizeof wrapped;
	OK(F->C_WrapKey(s, &rsa_mechs[1], pair.public, key, wrapped, &n));
	wrapped[255] ^= 1;
	IS(CKR_WRAPPED_KEY_INVALID, F->C_UnwrapKey(s, &rsa_mechs[1], pair.private,
					    wrapped, n, template.a, template.n, &new));
	IS(CKR_WRAPPED_KEY_LEN_RANGE,
		F->C_UnwrapKey(s, &rsa_mechs[1], pair.private, wrapped, 255, template.a,
			template.n, &new));
	api_stop();
}
END_TEST

static CK_OBJECT_HANDLE
secret_of(CK_SESSION_HANDLE s, CK_ULONG n)
{
	static const unsigned char value[512] = "long";
	const CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	CK_ATTRIBUTE t[] = { ATTR(CKA_CLASS, class), ATTR(CKA_KEY_TYPE, generic_type),
		ATTR(CKA_SENSITIVE, YES), ATTR(CKA_EXTRACTABLE, YES),
		{ CKA_VALUE, (void *)(uintptr_t)value, n } };
	CK_OBJECT_HANDLE key = 0;

	OK(F->C_CreateObject(s, t, COUNT(t), &key));
	return key;
}

START_TEST (halves_of_a_pair_have_their_parts) {
	const CK_SESSION_HANDLE s = api_start();
	const struct keys pair = rsa_keys(s, 0);
	const CK_OBJECT_HANDLE aes = wrapping_key(s, WITH_BROKER),
			       key = wrapped_key(s, WITH_BROKER);
	struct list template = aes_template(WITH_BROKER);
	CK_MECHANISM raw = { CKM_RSA_X_509, NULL, 0 }, *m = &rsa_mechs[0];
	unsigned char wrapped[256];
	CK_OBJECT_HANDLE new = 0;
	CK_ATTRIBUTE never = ATTR(CKA_UNWRAP, NO);
	CK_ULONG n = sizeof wrapped;

	IS(CKR_WRAPPING_KEY_TYPE_INCONSISTENT,
		F->C_WrapKey(s, m, pair.private, key, wrapped, &n));
	IS(CKR_WRAPPING_KEY_TYPE_INCONSISTENT, F->C_WrapKey(s, m, aes, key, wrapped, &n));
	IS(CKR_MECHANISM_INVALID, F->C_WrapKey(s, &raw, pair.public, key, wrapped, &n));
	IS(CKR_KEY_SIZE_RANGE,
		F->C_WrapKey(s, m, pair.public, secret_of(s, 246), wrapped, &n));
	OK(F->C_WrapKey(s, m, pair.public, secret_of(s, 245), wrapped, &n));
	OK(F->C_WrapKey(s, m, pair.public, key, wrapped, &n));
	IS(CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT,
		F->C_UnwrapKey(
			s, m, pair.public, wrapped, n, template.a, template.n, &new));
	IS(CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT,
		F->C_UnwrapKey(s, m, aes, wrapped, n, template.a, template.n, &new));
	OK(F->C_SetAttributeValue(s, pair.private, &never, 1));
	IS(CKR_KEY_FUNCTION_NOT_PERMITTED, F->C_UnwrapKey(s, m, pair.private, wrapped, n,
						   template.a, template.n, &new));
	ck_assert_uint_eq(new, 0);
	api_stop();
}
END_TEST

/* --- ECDH --------------------------------------------------------------------------------- */

static const char *const curves[] = { "06082a8648ce3d030107", "06052b81040022",
	"06052b81040023" };
static const CK_ULONG fields[] = { 32, 48, 66 };

static struct keys
ec_keys(CK_SESSION_HANDLE s, size_t curve, int token, CK_ATTRIBUTE *more, CK_ULONG more_n)
{
	CK_MECHANISM gen = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	unsigned char oid[16];
	CK_ATTRIBUTE pub[] = { { CKA_EC_PARAMS, oid, api_unhex(curves[curve], oid) },
		ATTR(CKA_TOKEN, *(token ? &YES : &NO)) };
	CK_ATTRIBUTE priv[8] = { ATTR(CKA_DERIVE, YES),
		ATTR(CKA_TOKEN, *(token ? &YES : &NO)) };
	struct keys k = { 0, 0 };

	for (CK_ULONG i = 0; i < more_n; i++)
		priv[2 + i] = more[i];
	OK(F->C_GenerateKeyPair(
		s, &gen, pub, COUNT(pub), priv, 2 + more_n, &k.public, &k.private));
	return k;
}

/* As CKA_EC_POINT has it. */
static CK_ULONG
point_of(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key, unsigned char point[160])
{
	CK_ATTRIBUTE a = { CKA_EC_POINT, point, 160 };

	OK(F->C_GetAttributeValue(s, key, &a, 1));
	return a.ulValueLen;
}

static CK_RV
derive(CK_SESSION_HANDLE s, CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE by,
	CK_ECDH1_DERIVE_PARAMS *p, const struct list *t, CK_OBJECT_HANDLE *ret)
{
	CK_MECHANISM m = { type, p, sizeof *p };

	return F->C_DeriveKey(s, &m, by, (CK_ATTRIBUTE *)(uintptr_t)t->a, t->n, ret);
}

/* What systemd-cryptenroll asks for. */
static struct list
readable_template(const CK_ULONG *size)
{
	struct list l = { .n = 0 };

	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_TOKEN, NO));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_CLASS, secret_class));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_KEY_TYPE, generic_type));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_SENSITIVE, NO));
	list_add(&l, (CK_ATTRIBUTE)ATTR(CKA_EXTRACTABLE, YES));
	list_add(&l,
		(CK_ATTRIBUTE){ CKA_VALUE_LEN, (void *)(uintptr_t)size, sizeof *size });
	return l;
}

static CK_ULONG
value_of(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key, unsigned char value[128])
{
	CK_ATTRIBUTE a = { CKA_VALUE, value, 128 };

	OK(F->C_GetAttributeValue(s, key, &a, 1));
	return a.ulValueLen;
}

static const CK_MECHANISM_TYPE agreements[] = { CKM_ECDH1_DERIVE,
	CKM_ECDH1_COFACTOR_DERIVE };

/* One from the token, one of the session; one with the point in DER, one bare; one told how
 * long the secret is, one as SunPKCS11 asks for all of it. */
START_TEST (two_sides_get_the_same_readable_secret) {
	const size_t curve = (size_t)_i / 2;
	const CK_SESSION_HANDLE s = api_start();
	const struct keys a = ec_keys(s, curve, 1, NULL, 0),
			  b = ec_keys(s, curve, 0, NULL, 0);
	const struct list t = readable_template(&fields[curve]);
	struct list untold = t;
	unsigned char point[160], one[128], other[128];
	CK_ECDH1_DERIVE_PARAMS p = { .kdf = CKD_NULL, .pPublicData = point };
	CK_OBJECT_HANDLE key = 0;
	CK_ULONG size = 0;
	CK_ATTRIBUTE length = ATTR(CKA_VALUE_LEN, size);

	untold.n--;
	p.ulPublicDataLen = point_of(s, b.public, point);
	OK(derive(s, agreements[_i % 2], a.private, &p, &t, &key));
	ck_assert_uint_eq(value_of(s, key, one), fields[curve]);
	ck_assert_uint_eq(api_custody(s, key), CK_KT_CUSTODY_PROCESS);
	p.ulPublicDataLen = 1 + 2 * fields[curve];
	p.pPublicData = point + point_of(s, a.public, point) - p.ulPublicDataLen;
	OK(derive(s, agreements[_i % 2], b.private, &p, &untold, &key));
	ck_assert_uint_eq(value_of(s, key, other), fields[curve]);
	ck_assert_mem_eq(one, other, fields[curve]);
	OK(F->C_GetAttributeValue(s, key, &length, 1));
	ck_assert_uint_eq(size, fields[curve]);
	ck_assert(!api_flag(s, key, CKA_LOCAL));
	/* a KDF gives any number of bytes */
	p.kdf = CKD_SHA256_KDF;
	IS(CKR_TEMPLATE_INCOMPLETE,
		derive(s, agreements[_i % 2], b.private, &p, &untold, &key));
	destroy_all(s);
	api_stop();
}
END_TEST

static const CK_ULONG kdfs[] = { CKD_NULL, CKD_SHA1_KDF, CKD_SHA224_KDF, CKD_SHA256_KDF,
	CKD_SHA384_KDF, CKD_SHA512_KDF, CKD_SHA3_224_KDF, CKD_SHA3_256_KDF,
	CKD_SHA3_384_KDF, CKD_SHA3_512_KDF, CKD_SHA256_KDF_SP800 };

/* Wherever the key goes, it is the same; and not readable where it is not to be. */
START_TEST (agreed_key_goes_anywhere) {
	const CK_ULONG kdf = kdfs[_i / PLACES];
	const enum where new_at = (enum where)(_i % PLACES);
	const CK_SESSION_HANDLE s = api_start();
	const struct keys a = ec_keys(s, 0, 0, NULL, 0), b = ec_keys(s, 0, 0, NULL, 0);
	const CK_ULONG size = 16;
	struct list mine = aes_template(new_at), theirs = aes_template(IN_PROCESS);
	unsigned char point[160], value[128];
	CK_ECDH1_DERIVE_PARAMS p = { .kdf = kdf, .pPublicData = point };
	CK_OBJECT_HANDLE one = 0, other = 0;
	CK_ATTRIBUTE read = { CKA_VALUE, value, sizeof value };

	if (kdf != CKD_NULL) {
		p.pSharedData = (void *)(uintptr_t) "shared info";
		p.ulSharedDataLen = 11;
	}
	list_add(&mine, (CK_ATTRIBUTE)ATTR(CKA_VALUE_LEN, size));
	list_add(&theirs, (CK_ATTRIBUTE)ATTR(CKA_VALUE_LEN, size));
	p.ulPublicDataLen = point_of(s, b.public, point);
	OK(derive(s, CKM_ECDH1_DERIVE, a.private, &p, &mine, &one));
	p.ulPublicDataLen = point_of(s, a.public, point);
	OK(derive(s, CKM_ECDH1_DERIVE, b.private, &p, &theirs, &other));
	check_same_key(s, one, other);
	ck_assert_uint_eq(api_custody(s, one), custody_of(new_at));
	ck_assert_uint_eq(api_flag(s, one, CKA_TOKEN), new_at == ON_TOKEN);
	IS(new_at == IN_PROCESS ? CKR_OK : CKR_ATTRIBUTE_SENSITIVE,
		F->C_GetAttributeValue(s, one, &read, 1));
	destroy_all(s);
	api_stop();
}
END_TEST

START_TEST (wrong_agreements_make_no_key) {
	const CK_SESSION_HANDLE s = api_start();
	const struct keys a = ec_keys(s, 0, 0, NULL, 0), b = ec_keys(s, 1, 0, NULL, 0);
	const CK_ULONG size = 32, more = 33;
	const struct list t = readable_template(&size), longer = readable_template(&more);
	unsigned char point[160], others[160];
	CK_ECDH1_DERIVE_PARAMS good = { .kdf = CKD_NULL, .pPublicData = point }, p;
	const unsigned before = count_objects(s);
	CK_OBJECT_HANDLE key = 0;
	CK_ATTRIBUTE never = ATTR(CKA_DERIVE, NO);
	struct list open = t;

	good.ulPublicDataLen = point_of(s, a.public, point);
	p = good;
	point[good.ulPublicDataLen - 1] ^= 1;
	IS(CKR_MECHANISM_PARAM_INVALID,
		derive(s, CKM_ECDH1_DERIVE, a.private, &p, &t, &key));
	point[good.ulPublicDataLen - 1] ^= 1;
	p.pPublicData = others;
	p.ulPublicDataLen = point_of(s, b.public, others);
	IS(CKR_MECHANISM_PARAM_INVALID,
		derive(s, CKM_ECDH1_DERIVE, a.private, &p, &t, &key));
	p = good;
	p.ulPublicDataLen = 0;
	IS(CKR_MECHANISM_PARAM_INVALID,
		derive(s, CKM_ECDH1_DERIVE, a.private, &p, &t, &key));
	p = good;
	p.pSharedData = others;
	p.ulSharedDataLen = 1;
	IS(CKR_MECHANISM_PARAM_INVALID,
		derive(s, CKM_ECDH1_DERIVE, a.private, &p, &t, &key));
	p = good;
	p.kdf = CKD_SHA1_KDF_ASN1;
	IS(CKR_MECHANISM_PARAM_INVALID,
		derive(s, CKM_ECDH1_DERIVE, a.private, &p, &t, &key));
	IS(CKR_KEY_SIZE_RANGE,
		derive(s, CKM_ECDH1_DERIVE, a.private, &good, &longer, &key));
	IS(CKR_KEY_TYPE_INCONSISTENT,
		derive(s, CKM_ECDH1_DERIVE, a.public, &good, &t, &key));
	IS(CKR_KEY_TYPE_INCONSISTENT,
		derive(s, CKM_ECDH1_DERIVE, deriving_key(s, IN_PROCESS), &good, &t,
			&key));
	IS(CKR_KEY_HANDLE_INVALID, derive(s, CKM_ECDH1_DERIVE, 0, &good, &t, &key));
	open.a[0] = (CK_ATTRIBUTE)ATTR(CKA_TOKEN, YES);
	IS(CKR_SESSION_READ_ONLY,
		derive(api_session(0), CKM_ECDH1_DERIVE, a.private, &good, &open, &key));
	OK(F->C_SetAttributeValue(s, a.private, &never, 1));
	IS(CKR_KEY_FUNCTION_NOT_PERMITTED,
		derive(s, CKM_ECDH1_DERIVE, a.private, &good, &t, &key));
	ck_assert_uint_eq(key, 0);
	ck_assert_uint_eq(count_objects(s), before + 1); /* the deriving_key() */
	api_stop();
}
END_TEST

START_TEST (private_key_s_policy_is_heeded) {
	const CK_SESSION_HANDLE s = api_start();
	const CK_MECHANISM_TYPE allowed = CKM_ECDH1_COFACTOR_DERIVE;
	CK_ATTRIBUTE adds[] = { ATTR(CKA_EXTRACTABLE, NO) };
	CK_ATTRIBUTE each = ATTR(CKA_ALWAYS_AUTHENTICATE, YES);
	CK_ATTRIBUTE mechanisms = ATTR(CKA_ALLOWED_MECHANISMS, allowed);
	CK_ATTRIBUTE template = { CKA_DERIVE_TEMPLATE, adds, sizeof adds };
	const struct keys asks = ec_keys(s, 0, 1, &each, 1),
			  one = ec_keys(s, 0, 0, &mechanisms, 1),
			  adding = ec_keys(s, 0, 0, &template, 1);
	const CK_ULONG size = 32;
	struct list t = readable_template(&size);
	unsigned char point[160];
	CK_ECDH1_DERIVE_PARAMS p = { .kdf = CKD_NULL, .pPublicData = point };
	CK_OBJECT_HANDLE key = 0;

	p.ulPublicDataLen = point_of(s, one.public, point);
	IS(CKR_KEY_FUNCTION_NOT_PERMITTED,
		derive(s, CKM_ECDH1_DERIVE, asks.private, &p, &t, &key));
	IS(CKR_KEY_FUNCTION_NOT_PERMITTED,
		derive(s, CKM_ECDH1_DERIVE, one.private, &p, &t, &key));
	OK(derive(s, CKM_ECDH1_COFACTOR_DERIVE, one.private, &p, &t, &key));
	IS(CKR_TEMPLATE_INCONSISTENT,
		derive(s, CKM_ECDH1_DERIVE, adding.private, &p, &t, &key));
	t.a[4] = t.a[--t.n]; /* without CKA_EXTRACTABLE */
	OK(derive(s, CKM_ECDH1_DERIVE, adding.private, &p, &t, &key));
	ck_assert(!api_flag(s, key, CKA_EXTRACTABLE));
	destroy_all(s);
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &key_of_any_custody_goes_through_an_rsa_pair, 2 * 2 * PLACES *PLACES },
	{ &damaged_pkcs1_block_gives_another_key, 0 },
	{ &halves_of_a_pair_have_their_parts, 0 },
	{ &two_sides_get_the_same_readable_secret, 2 * COUNT(curves) },
	{ &agreed_key_goes_anywhere, COUNT(kdfs) * PLACES },
	{ &wrong_agreements_make_no_key, 0 },
	{ &private_key_s_policy_is_heeded, 0 },
};

CHECK_MAIN("api_private_wrap", tests)
