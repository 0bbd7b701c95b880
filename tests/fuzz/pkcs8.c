/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys as PKCS #8 of whatever bytes: what is read is a whole key, and comes back as the
 * same when it is written. */
#include "crypto/pkcs8.h"

#include "crypto/derive.h"
#include "tests/fuzz/fuzz.h"

static const CK_KEY_TYPE types[] = { CKK_RSA, CKK_EC, CKK_EC_EDWARDS, CKK_EC_MONTGOMERY,
	CKK_ML_DSA, CKK_SLH_DSA, CKK_DSA, CKK_DH, CKK_X9_42_DH, CKK_ML_KEM };

static struct new_key
object_of(CK_KEY_TYPE type)
{
	struct new_key k = NEW_KEY_NONE;

	attrs_set_ulong(&k.public, CKA_CLASS, CKO_PRIVATE_KEY);
	attrs_set_ulong(&k.public, CKA_KEY_TYPE, type);
	return k;
}

static void
check_again(CK_KEY_TYPE type, const struct new_key *k)
{
	struct new_key again = object_of(type);
	struct secret der = SECRET_NONE;
	EVP_PKEY *pkey = NULL;
	CK_RV rv;

	FUZZ_CHECK(pkey_from_private(attrs_bytes(&k->public), attrs_bytes(&k->secret),
			   &pkey) == CKR_OK);
	rv = pkcs8_write(pkey, &der);
	FUZZ_CHECK(rv == CKR_OK || (rv == CKR_KEY_NOT_WRAPPABLE && type == CKK_RSA));
	if (rv == CKR_OK) {
		FUZZ_CHECK(pkcs8_read(secret_bytes(&der), &again.public, &again.secret) ==
			   CKR_OK);
		FUZZ_CHECK(
			bytes_equal(attrs_bytes(&again.public), attrs_bytes(&k->public)));
	}
	EVP_PKEY_free(pkey);
	secret_free(&der);
	new_key_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(BYTES(data, size));
	const CK_KEY_TYPE type = types[fuzz_u8(&c) % ARRAY_LEN(types)];
	const size_t n = cursor_left(&c);
	uint8_t *exact = fuzz_copy(cursor_bytes(&c, n));
	struct new_key k = object_of(type);

	if (pkcs8_read(BYTES(exact, n), &k.public, &k.secret) == CKR_OK)
		check_again(type, &k);
	new_key_free(&k);
	free(exact);
	return 0;
}
