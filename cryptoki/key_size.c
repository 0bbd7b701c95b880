/* SPDX-License-Identifier: Apache-2.0 */
#include "cryptoki/key_size.h"

#include "cryptoki/mech.h"

#define SIZES 3u

static const struct {
	CK_KEY_TYPE type;
	uint8_t n[SIZES]; /* ascending, then zeroes */
} sized[] = {
	{ CKK_DES, { 8 } },
	{ CKK_DES2, { 16 } },
	{ CKK_DES3, { 24 } },
	{ CKK_AES, { 16, 24, 32 } },
	{ CKK_AES_XTS, { 32, 64 } },
	{ CKK_CHACHA20, { 32 } },
	{ CKK_POLY1305, { 32 } },
};

static const uint8_t *
sizes_of(CK_KEY_TYPE type)
{
	for (size_t i = 0; i < ARRAY_LEN(sized); i++)
		if (sized[i].type == type)
			return sized[i].n;
	return NULL;
}

bool
key_size_valid(CK_KEY_TYPE type, size_t n)
{
	const uint8_t *sizes = sizes_of(type);

	if (n == 0 || sizes == NULL)
		return n != 0 && n <= SECRET_KEY_MAX;
	for (size_t i = 0; i < SIZES; i++)
		if (sizes[i] == n)
			return true;
	return false;
}

size_t
key_size_only(CK_KEY_TYPE type)
{
	const uint8_t *sizes = sizes_of(type);

	return sizes != NULL && sizes[1] == 0 ? sizes[0] : 0;
}

size_t
key_size_before(CK_KEY_TYPE type, size_t filled, size_t block, size_t *ret)
{
	size_t count = 0;

	if (block == 0 || filled == 0 || filled % block != 0)
		return 0;
	for (size_t n = filled - block + 1; n <= filled; n++) {
		if (!key_size_valid(type, n))
			continue;
		*ret = n;
		count++;
	}
	return count;
}

uint64_t
key_size_usual(CK_KEY_TYPE type)
{
	const uint8_t *sizes = sizes_of(type);

	if (sizes != NULL)
		return sizes[1] == 0 ? sizes[0] : 0;
	for (enum digest d = DIGEST_NONE + 1; d < DIGEST_COUNT; d++) {
		if (digests[d].hmac_key == type)
			return digests[d].size;
	}
	return 0;
}

uint64_t
key_size_of(struct bytes object_public)
{
	CK_KEY_TYPE type = (CK_KEY_TYPE)attrs_ulong(
		object_public, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION);

	return attrs_ulong(object_public, CKA_VALUE_LEN, key_size_usual(type));
}

static bool
has_parity(CK_KEY_TYPE type)
{
	return type == CKK_DES || type == CKK_DES2 || type == CKK_DES3;
}

/* With the lowest bit that makes the number of ones odd. */
static uint8_t
odd(uint8_t byte)
{
	unsigned ones = byte >> 1;

	ones ^= ones >> 4;
	ones ^= ones >> 2;
	ones ^= ones >> 1;
	return (uint8_t)((byte & 0xfe) | (~ones & 1));
}

bool
key_parity_right(CK_KEY_TYPE type, struct bytes value)
{
	unsigned wrong = 0;

	for (size_t i = 0; has_parity(type) && i < value.n; i++)
		wrong |= value.p[i] ^ odd(value.p[i]);
	return wrong == 0;
}

void
key_parity_set(CK_KEY_TYPE type, uint8_t *value, size_t n)
{
	for (size_t i = 0; has_parity(type) && i < n; i++)
		value[i] = odd(value[i]);
}
