/* SPDX-License-Identifier: Apache-2.0 */
/* More than a socket's buffers hold; and digests, against two references. */
#include <kcapi.h>

#include "tests/unit/kcapi_backend/fixture.h"

#define LARGE ((size_t)64 << 20)

static uint8_t *
numbered(size_t n)
{
	uint8_t *p = malloc(n + 16);

	ck_assert_ptr_nonnull(p);
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 2654435761u >> 24);
	return p;
}

static const struct {
	CK_MECHANISM_TYPE type;
	size_t n;
} large[] = {
	{ CKM_AES_CBC, LARGE },
	{ CKM_AES_ECB, LARGE },
	{ CKM_AES_CTR, LARGE - 5 },
	{ CKM_AES_CBC_PAD, LARGE - 1 },
	{ CKM_AES_XTS, 400000 },
	{ CKM_AES_GCM, LARGE - 5 },
	{ CKM_AES_GCM, 300000 },
	{ CKM_AES_CCM, ((size_t)1 << 20) + 3 },
	{ CKM_AES_CCM, (size_t)12 << 20 },
	{ CKM_AES_GMAC, LARGE },
	{ CKM_AES_CMAC, LARGE - 3 },
	{ CKM_SHA256_HMAC, LARGE },
	{ CKM_DES3_CBC, (size_t)1 << 20 },
};

static struct bytes
run(struct op *op, struct bytes in, uint8_t *to)
{
	struct outbuf out = { to, op->vtable->once_size(op, in.n), 0 };
	CK_RV rv = op->vtable->once(op, in, BYTES_NONE, &out);

	ck_assert_msg(rv == CKR_OK, "%s: %s", op->mech->name, ckr_name(rv));
	return BYTES(to, out.n);
}

START_TEST (one_call_takes_any_length) {
	const struct mech *m = mech_lookup_legacy(large[_i].type);
	const size_t n = large[_i].n;
	const bool mac = (m->flags & CKF_SIGN) != 0;
	struct mech_params p = fixture_params(m, 0, n);
	const enum op_kind kind = mac ? OP_SIGN : OP_ENCRYPT;
	uint8_t *plain = numbered(n), *want = malloc(n + 128);
	struct op *op = NULL, *check = NULL;
	struct bytes expected, got;
	struct fixture f;

	fixture_new(&f, m, KCAPI_BYTES, 0);
	ck_assert_uint_eq(op_secret_new(kind, m, &p, f.value, &check), CKR_OK);
	ck_assert_uint_eq(op_kcapi_new(kind, m, &p, f.key, &op), CKR_OK);
	expected = run(check, BYTES(plain, n), want);
	/* in place, and back */
	plain = realloc(plain, n + 32);
	got = run(op, BYTES(plain, n), mac ? want + 64 : plain);
	ck_assert(bytes_equal(got, expected));
	op_free(&op);
	if (!mac) {
		uint8_t *again = numbered(n);

		ck_assert_uint_eq(op_kcapi_new(OP_DECRYPT, m, &p, f.key, &op), CKR_OK);
		got = run(op, got, plain);
		ck_assert(bytes_equal(got, BYTES(again, n)));
		op_free(&op);
		free(again);
	}
	op_free(&check);
	free(plain);
	free(want);
	fixture_free(&f);
}
END_TEST

/* --- Digests -------------------------------------------------------------------------- */

static const struct {
	CK_MECHANISM_TYPE type;
	const char *kernel;
} hashes[] = {
	{ CKM_SHA_1, "sha1" },
	{ CKM_SHA224, "sha224" },
	{ CKM_SHA256, "sha256" },
	{ CKM_SHA384, "sha384" },
	{ CKM_SHA512, "sha512" },
	{ CKM_SHA3_224, "sha3-224" },
	{ CKM_SHA3_256, "sha3-256" },
	{ CKM_SHA3_384, "sha3-384" },
	{ CKM_SHA3_512, "sha3-512" },
};

static void
reference(size_t i, struct bytes in, uint8_t *ret)
{
	struct kcapi_handle *h = NULL;
	uint8_t openssl[64];
	ssize_t n;

	ck_assert_int_eq(kcapi_md_init(&h, hashes[i].kernel, 0), 0);
	n = kcapi_md_digest(h, in.p, in.n, ret, 64);
	kcapi_md_destroy(h);
	ck_assert_int_eq(n, digests[mech_lookup(hashes[i].type)->digest].size);
	ck_assert_uint_eq(
		crypto_hash(mech_lookup(hashes[i].type)->digest, in, openssl), CKR_OK);
	ck_assert_mem_eq(openssl, ret, (size_t)n);
}

static void
finish(struct op *op, const uint8_t *want)
{
	uint8_t got[64];
	struct outbuf out = { got, sizeof got, 0 };

	ck_assert_uint_eq(op->vtable->final(op, BYTES_NONE, &out), CKR_OK);
	ck_assert_uint_eq(out.n, op->vtable->final_size(op));
	ck_assert_mem_eq(got, want, out.n);
}

START_TEST (digests_equal_libkcapi_and_openssl) {
	const struct mech *m = mech_lookup(hashes[_i].type);
	struct outbuf none = { NULL, 0, 0 };
	struct kcapi *k;
	uint8_t *data = numbered(300), want[64], got[64];
	struct op *op = NULL;

	ck_assert_int_eq(kcapi_new(8, &k), 0);
	ck_assert(kcapi_serves(k, m, KCAPI_BYTES));
	ck_assert_uint_eq(op_kcapi_digest_new(k, m, &op), CKR_OK);
	for (size_t n = 0; n <= 300; n += n < 20 ? 1 : 7) {
		struct outbuf out = { got, sizeof got, 0 };

		reference((size_t)_i, BYTES(data, n), want);
		ck_assert_uint_eq(
			op->vtable->once(op, BYTES(data, n), BYTES_NONE, &out), CKR_OK);
		ck_assert_mem_eq(got, want, out.n);
		ck_assert_uint_eq(
			op->vtable->rearm(op, &(struct mech_params){ 0 }), CKR_OK);
		ck_assert_uint_eq(
			op->vtable->update(op, BYTES(data, n / 3), &none), CKR_OK);
		ck_assert_uint_eq(
			op->vtable->update(op, BYTES(data + n / 3, n - n / 3), &none),
			CKR_OK);
		finish(op, want);
		/* one that was given up in the middle leaves nothing behind */
		ck_assert_uint_eq(op->vtable->update(op, BYTES(data, 5), &none), CKR_OK);
		ck_assert_uint_eq(
			op->vtable->rearm(op, &(struct mech_params){ 0 }), CKR_OK);
	}
	op_free(&op);
	free(data);
	kcapi_free(&k);
}
END_TEST

START_TEST (a_copy_goes_its_own_way) {
	const struct mech *m = mech_lookup(hashes[_i].type);
	struct outbuf none = { NULL, 0, 0 };
	struct kcapi *k;
	uint8_t want[64];
	struct op *op = NULL, *early = NULL, *late = NULL;

	ck_assert_int_eq(kcapi_new(8, &k), 0);
	ck_assert_uint_eq(op_kcapi_digest_new(k, m, &op), CKR_OK);
	ck_assert_uint_eq(op->vtable->clone(op, &early), CKR_OK);
	ck_assert_uint_eq(op->vtable->update(op, BYTES_STR("abc"), &none), CKR_OK);
	ck_assert_uint_eq(op->vtable->clone(op, &late), CKR_OK);
	ck_assert_uint_eq(op->vtable->update(op, BYTES_STR("def"), &none), CKR_OK);
	ck_assert_uint_eq(late->vtable->update(late, BYTES_STR("xy"), &none), CKR_OK);
	reference((size_t)_i, BYTES_STR("abcxy"), want);
	finish(late, want);
	reference((size_t)_i, BYTES_STR("abcdef"), want);
	finish(op, want);
	reference((size_t)_i, BYTES_NONE, want);
	finish(early, want);
	op_free(&op);
	op_free(&early);
	op_free(&late);
	kcapi_free(&k);
}
END_TEST

/* --- Counters ---------------------------------------------------------------------------- */

START_TEST (a_counter_ends_where_openssl_ends_it) {
	static const struct {
		uint8_t bits, ff; /* so many bytes of ff at the end of the block */
	} cases[] = { { 8, 0 }, { 8, 1 }, { 1, 0 }, { 16, 2 }, { 16, 1 }, { 32, 4 },
		{ 64, 8 }, { 65, 8 }, { 72, 9 }, { 96, 12 }, { 120, 15 }, { 127, 16 },
		{ 128, 16 } };
	const struct mech *m = mech_lookup(CKM_AES_CTR);
	uint8_t *in = numbered(5000), got[5000], want[5000];
	struct fixture f;

	fixture_new(&f, m, KCAPI_BYTES, 0);
	for (size_t i = 0; i < 2 * ARRAY_LEN(cases); i++) {
		const enum op_kind kind = i % 2 == 0 ? OP_ENCRYPT : OP_DECRYPT;
		const uint8_t bits = cases[i / 2].bits, ff = cases[i / 2].ff;
		static const size_t sizes[] = { 1, 15, 16, 17, 32, 33, 4096, 5000 };
		struct mech_params p = { .iv_len = 16, .counter_bits = bits };
		struct op *op = NULL, *check = NULL;

		memset(p.iv + 16 - ff, 0xff, ff);
		ck_assert_uint_eq(op_secret_new(kind, m, &p, f.value, &check), CKR_OK);
		ck_assert_uint_eq(op_kcapi_new(kind, m, &p, f.key, &op), CKR_OK);
		for (size_t s = 0; s < ARRAY_LEN(sizes); s++) {
			struct outbuf a = { got, sizeof got, 0 };
			struct outbuf b = { want, sizeof want, 0 };
			CK_RV rv = check->vtable->once(
				check, BYTES(in, sizes[s]), BYTES_NONE, &b);

			ck_assert_uint_eq(
				op->vtable->once(op, BYTES(in, sizes[s]), BYTES_NONE, &a),
				rv);
			ck_assert(rv != CKR_OK ||
				  bytes_equal(BYTES(got, a.n), BYTES(want, b.n)));
			ck_assert_uint_eq(op->vtable->rearm(op, &p), CKR_OK);
			ck_assert_uint_eq(check->vtable->rearm(check, &p), CKR_OK);
		}
		op_free(&op);
		op_free(&check);
	}
	free(in);
	fixture_free(&f);
}
END_TEST

static const struct check_test tests[] = {
	{ &one_call_takes_any_length, ARRAY_LEN(large) },
	{ &digests_equal_libkcapi_and_openssl, ARRAY_LEN(hashes) },
	{ &a_copy_goes_its_own_way, ARRAY_LEN(hashes) },
	{ &a_counter_ends_where_openssl_ends_it, 0 },
};

int
main(void)
{
	if (!have_af_alg()) {
		printf("SKIP: this kernel has no AF_ALG\n");
		return SKIPPED;
	}
	if (!have_all_algorithms() && !everything_is_served()) {
		printf("SKIP: this kernel refuses some algorithms\n");
		return SKIPPED;
	}
	return check_run("kcapi_large", tests, ARRAY_LEN(tests));
}
