/* SPDX-License-Identifier: Apache-2.0 */
/* PBKDF2: of every PRF, with its source. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "cryptoki/pkcs11.h"

struct pbkdf2_vector {
	CK_PKCS5_PBKD2_PSEUDO_RANDOM_FUNCTION_TYPE prf;
	const char *password, *salt; /* lengths in n, for the zeroes in some */
	size_t password_n, salt_n;
	CK_ULONG iterations;
	const char *out;
};

#define TEXT(p, s) p, s, sizeof(p) - 1, sizeof(s) - 1

/* clang-format off */
static const struct pbkdf2_vector pbkdf2_vectors[] = {
	/* RFC 6070, 2 */
	{ CKP_PKCS5_PBKD2_HMAC_SHA1, TEXT("password", "salt"), 1,
		"0c60c80f961f0e71f3a9b524af6012062fe037a6" },
	{ CKP_PKCS5_PBKD2_HMAC_SHA1, TEXT("password", "salt"), 2,
		"ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957" },
	{ CKP_PKCS5_PBKD2_HMAC_SHA1, TEXT("password", "salt"), 4096,
		"4b007901b765489abead49d926f721d065a429c1" },
	{ CKP_PKCS5_PBKD2_HMAC_SHA1,
		TEXT("passwordPASSWORDpassword", "saltSALTsaltSALTsaltSALTsaltSALTsalt"), 4096,
		"3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038" },
	{ CKP_PKCS5_PBKD2_HMAC_SHA1, TEXT("pass\0word", "sa\0lt"), 4096,
		"56fa6aa75548099dcc37d7f03425e0c3" },
	/* RFC 7914, 11 */
	{ CKP_PKCS5_PBKD2_HMAC_SHA256, TEXT("passwd", "salt"), 1,
		"55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
		"49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783" },
	{ CKP_PKCS5_PBKD2_HMAC_SHA256, TEXT("Password", "NaCl"), 80000,
		"4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
		"a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d" },
	/* NIST ACVP, PBKDF-1.0, test case 1 */
	{ CKP_PKCS5_PBKD2_HMAC_SHA224,
		TEXT("JQKgWKPN",
			"\x53\xff\x1f\x87\x72\x74\xd3\x46\x4f\x98\xd3\xa8\xf4\x08\xd2\xc6"
			"\xda\x1a\xde\x7d\xaa\xa0\x5c\x42\x32\x16\x60\xa5\x59\x89\xe7\x44"), 2778,
		"d82020dcdc3f9ba5192b8184a6f5" },
	/* Wycheproof, pbkdf2_hmacsha384_test and pbkdf2_hmacsha512_test, 3 */
	{ CKP_PKCS5_PBKD2_HMAC_SHA384, TEXT("t91UrvoG", "\x5d\x76\xdb\x9c\xa0\xf0\xba\xe2"), 4096,
		"17c6ba7e45f8a26a13b4d5f72ca3a2f97147e5f60c3108829b5b51633ab8afd9"
		"888b0465b22995f072ee2c8383e091afb808bf48b0e786da661ff95142a6229f"
		"1f" },
	{ CKP_PKCS5_PBKD2_HMAC_SHA512, TEXT("t91UrvoG", "\x5d\x76\xdb\x9c\xa0\xf0\xba\xe2"), 4096,
		"a5d7f0fe4adc54e2ac5edc54e005827a90cbd46c00b72be68f8fbd1da98c079b"
		"98622a69b1ea44c0d94cdae03c339b742d047ac63cac0d9af59786baee4a1580"
		"80" },
	/* by Python's hashlib */
	{ CKP_PKCS5_PBKD2_HMAC_SHA224, TEXT("password", "salt"), 3,
		"947cf079cfc7f2016dcd7ec418840443edaabb90c496f98cabeec4bfb1a5a4aaff68cca92cf05a6d" },
	{ CKP_PKCS5_PBKD2_HMAC_SHA512_224, TEXT("password", "salt"), 3,
		"635aed8aaa4449ea97f7119b559de27ab73a3f614d617a62e700ea72e3f18c9b4f4021c964445624" },
	{ CKP_PKCS5_PBKD2_HMAC_SHA512_256, TEXT("password", "salt"), 3,
		"9fa42ea03f8f8ac08be344def79d9c031e8f773f20a1061f5f38b37f01d32943ddc662e95a95dd1e" },
};
/* clang-format on */

static inline CK_PKCS5_PBKD2_PARAMS2
pbkdf2_of(const struct pbkdf2_vector *v)
{
	return (CK_PKCS5_PBKD2_PARAMS2){ .saltSource = CKZ_SALT_SPECIFIED,
		.pSaltSourceData = (void *)(uintptr_t)v->salt,
		.ulSaltSourceDataLen = v->salt_n,
		.iterations = v->iterations,
		.prf = v->prf,
		.pPassword = (void *)(uintptr_t)v->password,
		.ulPasswordLen = v->password_n };
}
