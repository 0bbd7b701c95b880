/* SPDX-License-Identifier: Apache-2.0 */
/* The sessions, slots and objects that the tables of the bad-input test name, and what a
 * correct call is given. */
#pragma once

#include "tests/api/bad_input/kinds.h"
#include "tests/unit/crypto/rsa_key.h"

static CK_SESSION_HANDLE sessions[SESSIONS];
static CK_SLOT_ID slots[SLOTS];
static CK_OBJECT_HANDLE objects[ELSEWHERE(OBJECTS)];
static CK_SESSION_HANDLE other_session; /* with the other slot */
static CK_ULONG objects_before;
static int readable; /* are keys in process custody, where it is not said otherwise? */

/* --- What calls are given --------------------------------------------------------- */

static unsigned char bytes[64], out[8192], iv[16], mac[32], saved[256], tag[16],
	wrapped[24], sealed_key[16], encapsulated[768];
static CK_UTF8CHAR pin[] = "12345678", user_pin[64], so_pin[64],
		   label[33] = "other token                     ";
static CK_ULONG number, saved_len, user_pin_len, so_pin_len;
static void *pointer;
static CK_OBJECT_HANDLE made, made_too;
static union {
	CK_INFO info;
	CK_SLOT_INFO slot;
	CK_TOKEN_INFO token;
	CK_SESSION_INFO session;
	CK_MECHANISM_INFO mechanism;
} info;

static unsigned char sealed_message[32], recoverable[256];
static CK_GCM_MESSAGE_PARAMS gcm_per_message = { iv, 12, 0, CKG_NO_GENERATE, tag, 128 };
static CK_KEY_DERIVATION_STRING_DATA derive_data = { bytes, 16 };
static CK_MECHANISM ecb = { CKM_AES_ECB, NULL, 0 }, pad = { CKM_AES_CBC_PAD, iv, 16 },
		    hmac = { CKM_SHA256_HMAC, NULL, 0 }, rsa = { CKM_RSA_PKCS, NULL, 0 },
		    sha256 = { CKM_SHA256, NULL, 0 },
		    gcm_wrap = { CKM_AES_GCM, &gcm_per_message, sizeof gcm_per_message },
		    gcm_message = { CKM_AES_GCM, NULL, 0 },
		    aes_gen = { CKM_AES_KEY_GEN, NULL, 0 },
		    ec_gen = { CKM_EC_KEY_PAIR_GEN, NULL, 0 },
		    key_wrap = { CKM_AES_KEY_WRAP, NULL, 0 },
		    kem = { CKM_ML_KEM, NULL, 0 },
		    derive = { CKM_CONCATENATE_BASE_AND_DATA, &derive_data,
			    sizeof derive_data };

static const CK_OBJECT_CLASS data_class = CKO_DATA, secret_class = CKO_SECRET_KEY,
			     public_class = CKO_PUBLIC_KEY,
			     private_class = CKO_PRIVATE_KEY;
static const CK_KEY_TYPE aes_type = CKK_AES, ec_type = CKK_EC, rsa_type = CKK_RSA,
			 generic_type = CKK_GENERIC_SECRET;
static const CK_ULONG sixteen = 16, ml_kem_512 = CKP_ML_KEM_512;
static const unsigned char p256[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };
static CK_ATTRIBUTE data_template[] = { ATTR(CKA_CLASS, data_class) },
		    label_template[] = { { CKA_LABEL, bytes, 4 } },
		    read_template[] = { { CKA_LABEL, out, sizeof out } },
		    aes_template[] = { ATTR(CKA_VALUE_LEN, sixteen) },
		    curve_template[] = { { CKA_EC_PARAMS, (void *)(uintptr_t)p256,
			    sizeof p256 } },
		    unwrap_template[] = { ATTR(CKA_CLASS, secret_class),
			    ATTR(CKA_KEY_TYPE, aes_type) },
		    derive_template[] = { ATTR(CKA_CLASS, secret_class),
			    ATTR(CKA_KEY_TYPE, generic_type),
			    ATTR(CKA_VALUE_LEN, sixteen) };

/* --- Objects ------------------------------------------------------------------------ */

static CK_OBJECT_HANDLE
make(CK_SESSION_HANDLE s, CK_ATTRIBUTE *template, CK_ULONG n)
{
	CK_OBJECT_HANDLE o = 0;

	OK(F->C_CreateObject(s, template, n, &o));
	return o;
}

/* Of what outlives the process, and is looked for at the end. */
#define OUR_LABEL                                             \
	{                                                     \
		CKA_LABEL, (void *)(uintptr_t) "bad input", 9 \
	}

static CK_OBJECT_HANDLE
make_data(CK_SESSION_HANDLE s, const CK_BBOOL *token, const CK_BBOOL *private,
	const CK_BBOOL *may)
{
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, data_class),
		{ CKA_TOKEN, (void *)(uintptr_t)token, 1 },
		{ CKA_PRIVATE, (void *)(uintptr_t) private, 1 },
		{ CKA_MODIFIABLE, (void *)(uintptr_t)may, 1 },
		{ CKA_COPYABLE, (void *)(uintptr_t)may, 1 },
		{ CKA_DESTROYABLE, (void *)(uintptr_t)may, 1 }, OUR_LABEL };

	return make(s, template, COUNT(template));
}

/* A key of sixteen zeroes that may do this and nothing else; open: in process custody. */
static CK_OBJECT_HANDLE
make_key(CK_SESSION_HANDLE s, const CK_BBOOL *token, const CK_KEY_TYPE *type,
	CK_ULONG first, CK_ULONG second, int open)
{
	static const CK_ULONG usages[] = { CKA_ENCRYPT, CKA_DECRYPT, CKA_SIGN, CKA_VERIFY,
		CKA_WRAP, CKA_UNWRAP, CKA_DERIVE };
	const CK_BBOOL sensitive = !open, extractable = !!open;
	CK_ATTRIBUTE template[7 + COUNT(usages)] = { ATTR(CKA_CLASS, secret_class),
		{ CKA_TOKEN, (void *)(uintptr_t)token, 1 },
		{ CKA_KEY_TYPE, (void *)(uintptr_t)type, sizeof *type },
		ATTR(CKA_EXTRACTABLE, extractable), ATTR(CKA_SENSITIVE, sensitive),
		{ CKA_VALUE, iv, 16 }, OUR_LABEL };

	for (size_t i = 0; i < COUNT(usages); i++) {
		const CK_BBOOL *may =
			usages[i] == first || usages[i] == second ? &YES : &NO;

		template[7 + i] = (CK_ATTRIBUTE){ usages[i], (void *)(uintptr_t)may, 1 };
	}
	return make(s, template, COUNT(template));
}

static const CK_MECHANISM_TYPE others[] = { CKM_AES_CTR };
#define OTHERS_ALONE ATTR(CKA_ALLOWED_MECHANISMS, others)

static CK_OBJECT_HANDLE
make_limited(const CK_KEY_TYPE *type, const CK_ATTRIBUTE_TYPE usages[4])
{
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, secret_class),
		ATTR(CKA_KEY_TYPE, *type), { CKA_VALUE, iv, 16 }, OTHERS_ALONE,
		ATTR(usages[0], YES), ATTR(usages[1], YES), ATTR(usages[2], YES),
		ATTR(usages[3], YES) };

	return make(sessions[S_USED], template, COUNT(template));
}

/* P-256's generator: a point like any other. */
static unsigned char p256_point[67];

static CK_OBJECT_HANDLE
make_public(void)
{
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, public_class),
		ATTR(CKA_KEY_TYPE, ec_type), ATTR(CKA_EC_PARAMS, p256),
		ATTR(CKA_EC_POINT, p256_point), ATTR(CKA_VERIFY, YES) };

	(void)api_unhex(
		"044104"
		"6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
		"4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
		p256_point);
	return make(sessions[S_USED], template, COUNT(template));
}

/* Its private half: the number one. */
static CK_OBJECT_HANDLE
make_private(CK_SESSION_HANDLE s)
{
	unsigned char one[32] = { [31] = 1 };
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, private_class),
		ATTR(CKA_KEY_TYPE, ec_type), ATTR(CKA_EC_PARAMS, p256),
		ATTR(CKA_VALUE, one), ATTR(CKA_DERIVE, NO), ATTR(CKA_EXTRACTABLE, YES) };

	return make(s, template, COUNT(template));
}

/* A copy that may no longer do this, of the session. */
static CK_OBJECT_HANDLE
make_idle(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE of, CK_ATTRIBUTE_TYPE usage)
{
	CK_ATTRIBUTE template[] = { { usage, (void *)(uintptr_t)&NO, 1 },
		ATTR(CKA_TOKEN, NO) };
	CK_OBJECT_HANDLE key = 0;

	OK(F->C_CopyObject(s, of, template, COUNT(template), &key));
	return key;
}

/* Both halves of one pair, for recovery alone; token, secret: CKA_TOKEN and CKA_PRIVATE of the
 * private one; more: of both. */
static void
make_rsa(CK_SESSION_HANDLE s, const CK_BBOOL *token, const CK_BBOOL *secret,
	CK_ATTRIBUTE more, CK_OBJECT_HANDLE *ret_public, CK_OBJECT_HANDLE *ret_private)
{
	unsigned char n[256], e[3], d[256];
	CK_ATTRIBUTE public[] = { ATTR(CKA_CLASS, public_class),
		ATTR(CKA_KEY_TYPE, rsa_type), ATTR(CKA_MODULUS, n),
		ATTR(CKA_PUBLIC_EXPONENT, e), ATTR(CKA_ENCRYPT, NO), ATTR(CKA_VERIFY, NO),
		ATTR(CKA_VERIFY_RECOVER, YES), ATTR(CKA_WRAP, NO), more };
	CK_ATTRIBUTE private[] = { ATTR(CKA_CLASS, private_class),
		ATTR(CKA_KEY_TYPE, rsa_type), ATTR(CKA_MODULUS, n),
		ATTR(CKA_PUBLIC_EXPONENT, e), ATTR(CKA_DECRYPT, NO), ATTR(CKA_SIGN, NO),
		ATTR(CKA_SIGN_RECOVER, YES), ATTR(CKA_UNWRAP, NO),
		ATTR(CKA_PRIVATE_EXPONENT, d),
		{ CKA_PRIVATE, (void *)(uintptr_t)secret, 1 },
		{ CKA_TOKEN, (void *)(uintptr_t)token, 1 }, more };

	(void)api_unhex(rsa_n, n);
	(void)api_unhex(rsa_e, e);
	(void)api_unhex(rsa_d, d);
	*ret_public = make(s, public, COUNT(public));
	*ret_private = make(s, private, COUNT(private));
}

/* Its private half may be used by who is not logged in; more: of both. */
static void
make_kem(CK_SESSION_HANDLE s, CK_ATTRIBUTE more, CK_OBJECT_HANDLE *ret_public,
	CK_OBJECT_HANDLE *ret_private)
{
	CK_MECHANISM gen = { CKM_ML_KEM_KEY_PAIR_GEN, NULL, 0 };
	CK_ATTRIBUTE public[] = { ATTR(CKA_PARAMETER_SET, ml_kem_512),
		ATTR(CKA_ENCAPSULATE, YES), more },
		     private[] = { ATTR(CKA_PRIVATE, NO), ATTR(CKA_DECAPSULATE, YES),
			     more };

	OK(F->C_GenerateKeyPair(s, &gen, public, COUNT(public), private, COUNT(private),
		ret_public, ret_private));
}

/* Key pairs, and what one has encapsulated; token: of the private RSA key. */
static void
make_pairs(CK_SESSION_HANDLE s, const CK_BBOOL *token)
{
	const CK_ATTRIBUTE ours = OUR_LABEL, limit = OTHERS_ALONE;
	CK_OBJECT_HANDLE *o = objects, key = 0;
	CK_ULONG n = sizeof encapsulated;

	make_rsa(s, token, &YES, ours, &o[H_RSA_PUBLIC], &o[H_RSA]);
	make_rsa(s, &NO, &YES, limit, &o[H_LIMITED_RSA_PUBLIC], &o[H_LIMITED_RSA]);
	o[H_RSA_PUBLIC_IDLE] = make_idle(s, o[H_RSA_PUBLIC], CKA_VERIFY_RECOVER);
	o[H_RSA_IDLE] = make_idle(s, o[H_RSA], CKA_SIGN_RECOVER);
	make_kem(s, ours, &o[H_KEM_PUBLIC], &o[H_KEM]);
	make_kem(s, limit, &o[H_LIMITED_KEM_PUBLIC], &o[H_LIMITED_KEM]);
	o[H_KEM_PUBLIC_IDLE] = make_idle(s, o[H_KEM_PUBLIC], CKA_ENCAPSULATE);
	o[H_KEM_IDLE] = make_idle(s, o[H_KEM], CKA_DECAPSULATE);
	o[H_LEAVES] = make_private(s);
	OK(F->C_EncapsulateKey(s, &kem, o[H_KEM_PUBLIC], unwrap_template,
		COUNT(unwrap_template), encapsulated, &n, &key));
	ck_assert_uint_eq(n, sizeof encapsulated);
	OK(F->C_DestroyObject(s, key));
}

/* H_READABLE under H_WRAP, by key_wrap and by gcm_wrap. */
static void
wrap_keys(CK_SESSION_HANDLE s)
{
	CK_ULONG n = sizeof wrapped;

	OK(F->C_WrapKey(s, &key_wrap, objects[H_WRAP], objects[H_READABLE], wrapped, &n));
	ck_assert_uint_eq(n, sizeof wrapped);
	n = sizeof sealed_key;
	OK(F->C_WrapKeyAuthenticated(s, &gcm_wrap, objects[H_WRAP], objects[H_READABLE],
		bytes, 4, sealed_key, &n));
	ck_assert_uint_eq(n, sizeof sealed_key);
}

/* What correct calls name, but for key pairs; at: objects, or from ELSEWHERE(0) on. */
static void
make_objects(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE *at)
{
	at[H_AES] = api_key(s, CKK_AES, iv, 16, readable);
	at[H_READABLE] = make_key(s, &NO, &aes_type, CKA_ENCRYPT, CKA_DECRYPT, 1);
	at[H_HMAC] = api_key(s, CKK_GENERIC_SECRET, bytes, 32, readable);
	at[H_WRAP] = make_key(s, &NO, &aes_type, CKA_WRAP, CKA_UNWRAP, readable);
	at[H_DERIVE] = make_key(s, &NO, &generic_type, CKA_DERIVE, 0, readable);
	at[H_DATA] = make_data(s, &NO, &NO, &YES);
}

static void
scene_objects(void)
{
	static const CK_ATTRIBUTE_TYPE ciphers[] = { CKA_ENCRYPT, CKA_DECRYPT, CKA_WRAP,
		CKA_UNWRAP },
				       macs[] = { CKA_SIGN, CKA_VERIFY, CKA_WRAP,
					       CKA_DERIVE };
	const CK_SESSION_HANDLE s = sessions[S_USED];

	objects[H_ZERO] = 0;
	objects[H_ODD] = 0x7fedcba9;
	objects[H_HUGE] = CK_UNAVAILABLE_INFORMATION;
	objects[H_DESTROYED] = make_data(s, &NO, &NO, &YES);
	OK(F->C_DestroyObject(s, objects[H_DESTROYED]));
	make_objects(s, objects);
	objects[H_IDLE] = make_key(s, &NO, &aes_type, 0, 0, readable);
	objects[H_IDLE_MAC] = make_key(s, &NO, &generic_type, 0, 0, readable);
	objects[H_LIMITED] = make_limited(&aes_type, ciphers);
	objects[H_LIMITED_MAC] = make_limited(&generic_type, macs);
	objects[H_WRAP_GENERIC] =
		make_key(s, &NO, &generic_type, CKA_WRAP, CKA_UNWRAP, readable);
	objects[H_SEALED] = make_key(s, &NO, &aes_type, CKA_ENCRYPT, CKA_DECRYPT, 0);
	objects[H_PUBLIC] = make_public();
	objects[H_CONSTANT] = make_data(s, &NO, &NO, &NO);
	wrap_keys(s);
}

/* Nobody is logged in there. */
static void
scene_objects_elsewhere(void)
{
	const CK_ATTRIBUTE ours = OUR_LABEL;
	CK_OBJECT_HANDLE *at = objects + ELSEWHERE(0);

	make_objects(other_session, at);
	make_rsa(other_session, &NO, &NO, ours, &at[H_RSA_PUBLIC], &at[H_RSA]);
	make_kem(other_session, ours, &at[H_KEM_PUBLIC], &at[H_KEM]);
	at[H_VICTIM] = at[H_DATA];
}
