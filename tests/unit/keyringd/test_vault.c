/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/vault.h"

#include <errno.h>
#include <stdlib.h>

#include "kcapi_backend/keyring.h"
#include "tests/unit/check_main.h"

#define MANY 100000u

static void
value_of(uint32_t n, uint8_t to[32])
{
	memset(to, 0x5a, 32);
	memcpy(to, &n, sizeof n);
	memcpy(to + 28, &n, sizeof n);
}

static void
holds(struct vault *v, struct vault_item *item, struct bytes value)
{
	struct secret got;

	ck_assert_int_eq(vault_get(v, item, &got), 0);
	ck_assert(bytes_equal(secret_bytes(&got), value));
	secret_free(&got);
}

START_TEST (a_hundred_thousand_keys_are_kept_and_found) {
	struct vault_item **items = calloc(MANY, sizeof(struct vault_item *));
	unsigned before = keyring_keys_alive();
	struct vault *v;
	uint8_t value[32];

	ck_assert_ptr_nonnull(items);
	ck_assert_int_eq(vault_new(20, &v), 0);
	for (uint32_t i = 0; i < MANY; i++) {
		value_of(i, value);
		ck_assert_int_eq(vault_put(v, BYTES_OF(value), &items[i]), 0);
	}
	ck_assert_uint_eq(vault_count(v), MANY);
	/* only what is used again is a kernel key of its own */
	for (uint32_t round = 0; round < 3; round++) {
		if (vault_has_keyring(v))
			ck_assert_uint_eq(
				keyring_keys_alive() - before, round < 2 ? 1 : 21);
		for (uint32_t i = 0; i < MANY; i++) {
			value_of(i, value);
			holds(v, items[i], BYTES_OF(value));
		}
	}
	for (uint32_t i = 0; i < MANY; i++)
		vault_delete(v, &items[i]);
	ck_assert_uint_eq(vault_count(v), 0);
	vault_free(v);
	ck_assert_uint_eq(keyring_keys_alive(), before);
	free(items);
}
END_TEST

static const size_t sizes[] = { 1, 15, 16, 17, 32, 64, 255, 4096, 65536 };

START_TEST (a_secret_of_any_size_comes_back) {
	uint8_t *value = malloc(sizes[_i]);
	struct vault_item *item = NULL;
	struct vault *v;

	ck_assert_ptr_nonnull(value);
	memset(value, 0xc3, sizes[_i]);
	ck_assert_int_eq(vault_new(0, &v), 0);
	ck_assert_int_eq(vault_put(v, BYTES(value, sizes[_i]), &item), 0);
	holds(v, item, BYTES(value, sizes[_i]));
	vault_delete(v, &item);
	ck_assert_ptr_null(item);
	vault_delete(v, &item); /* of nothing */
	vault_free(v);
	free(value);
}
END_TEST

START_TEST (a_secret_too_large_is_refused) {
	uint8_t *value = calloc(1, 65537);
	struct vault_item *item = NULL;
	struct vault *v;

	ck_assert_ptr_nonnull(value);
	ck_assert_int_eq(vault_new(0, &v), 0);
	ck_assert_int_eq(vault_put(v, BYTES(value, 65537), &item), -EMSGSIZE);
	ck_assert_ptr_null(item);
	vault_free(v);
	free(value);
}
END_TEST

START_TEST (sealed_bytes_are_not_the_secret) {
	uint8_t value[32];
	struct vault_item *item = NULL;
	struct vault *v;

	value_of(77, value);
	ck_assert_int_eq(vault_new(0, &v), 0);
	ck_assert_int_eq(vault_put(v, BYTES_OF(value), &item), 0);
	/* length, nonce, ciphertext, tag */
	ck_assert_ptr_null(memmem(item, 4 + 12 + 32 + 16, value, 8));
	vault_delete(v, &item);
	vault_free(v);
}
END_TEST

static const struct check_test tests[] = {
	{ &a_hundred_thousand_keys_are_kept_and_found, 0 },
	{ &a_secret_of_any_size_comes_back, ARRAY_LEN(sizes) },
	{ &a_secret_too_large_is_refused, 0 },
	{ &sealed_bytes_are_not_the_secret, 0 },
};

CHECK_MAIN("vault", tests)
