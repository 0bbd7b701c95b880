/* SPDX-License-Identifier: Apache-2.0 */
/* Parts and DER, against an encoder that computes its lengths. */
#include <errno.h>

#include "common/buf.h"
#include "cryptoki/vendor.h"
#include "tests/unit/dilithium/pair.h"

/* --- DER by the book --------------------------------------------------------------- */

/* Tag and length in front of what stands from start on. */
static void
der_wrap(struct buf *b, size_t start, uint8_t tag)
{
	struct buf inner = BUF_INIT;
	size_t n = b->n - start;

	buf_put(&inner, b->p + start, n);
	b->n = start;
	buf_put_u8(b, tag);
	if (n >= 256) {
		buf_put_u8(b, 0x82);
		buf_put_u8(b, (uint8_t)(n >> 8));
	} else if (n >= 128) {
		buf_put_u8(b, 0x81);
	}
	buf_put_u8(b, (uint8_t)n);
	buf_put_bytes(b, buf_bytes(&inner));
	buf_free(&inner);
}

static void
der_put(struct buf *b, uint8_t tag, struct bytes content)
{
	size_t start = b->n;

	if (tag == 0x03)
		buf_put_u8(b, 0);
	buf_put_bytes(b, content);
	der_wrap(b, start, tag);
}

static void
der_put_algorithm(struct buf *b)
{
	size_t start = b->n;

	buf_put_bytes(b, dilithium_oid);
	der_put(b, 0x05, BYTES_NONE);
	der_wrap(b, start, 0x30);
}

static void
spki_by_the_book(const struct dilithium_split *s, struct buf *b)
{
	size_t bits;

	der_put_algorithm(b);
	bits = b->n;
	buf_put_u8(b, 0);
	der_put(b, 0x03, s->part[DILITHIUM_RHO]);
	der_put(b, 0x03, s->part[DILITHIUM_T1]);
	der_wrap(b, bits + 1, 0x30);
	der_wrap(b, bits, 0x03);
	der_wrap(b, 0, 0x30);
}

static void
pkcs8_by_the_book(const struct dilithium_split *s, struct buf *b)
{
	const struct bytes zero = BYTES("", 1);
	size_t octets, t1;

	der_put(b, 0x02, zero);
	der_put_algorithm(b);
	octets = b->n;
	der_put(b, 0x02, zero);
	for (int part = DILITHIUM_RHO; part <= DILITHIUM_T0; part++)
		der_put(b, 0x03, s->part[part]);
	t1 = b->n;
	der_put(b, 0x03, s->part[DILITHIUM_T1]);
	der_wrap(b, t1, 0xa0);
	der_wrap(b, octets, 0x30);
	der_wrap(b, octets, 0x04);
	der_wrap(b, 0, 0x30);
}

/* --- Both encodings, by one table -------------------------------------------------- */

static int
write_spki(const struct dilithium_split *s, struct secret *ret)
{
	struct secret made;
	int r;

	ck_assert_int_eq(secret_new(DILITHIUM_SPKI, &made), 0);
	r = dilithium_write_spki(s, made.p);
	if (r == 0)
		*ret = made;
	else
		secret_free(&made);
	return r;
}

static const struct encoding {
	const char *name;
	size_t size;
	unsigned parts; /* a bit for each */
	void (*by_the_book)(const struct dilithium_split *s, struct buf *b);
	int (*write)(const struct dilithium_split *s, struct secret *ret);
	int (*read)(struct bytes der, struct dilithium_split *ret);
} encodings[] = {
	{ "SPKI", DILITHIUM_SPKI, 1u << DILITHIUM_RHO | 1u << DILITHIUM_T1,
		spki_by_the_book, write_spki, dilithium_read_spki },
	{ "PKCS #8", DILITHIUM_PKCS8, (1u << DILITHIUM_PARTS) - 1, pkcs8_by_the_book,
		dilithium_write_pkcs8, dilithium_read_pkcs8 },
};

struct encoded {
	struct pair pair;
	struct dilithium_split parts;
	struct secret der;
};

static void
encoded_new(const struct encoding *e, struct encoded *ret)
{
	pair_new(&ret->pair, 5);
	ck_assert_int_eq(dilithium_split(BYTES_OF(ret->pair.public_key),
				 secret_bytes(&ret->pair.private_key), &ret->parts),
		0);
	ck_assert_int_eq(e->write(&ret->parts, &ret->der), 0);
}

static void
encoded_free(struct encoded *x)
{
	secret_free(&x->der);
	pair_free(&x->pair);
}

START_TEST (encodings_are_der_and_read_back) {
	const struct encoding *e = &encodings[_i];
	struct dilithium_split back;
	struct buf book = BUF_INIT;
	struct encoded x;

	encoded_new(e, &x);
	e->by_the_book(&x.parts, &book);
	ck_assert_uint_eq(book.n, e->size);
	ck_assert(bytes_equal(secret_bytes(&x.der), buf_bytes(&book)));
	ck_assert_int_eq(e->read(secret_bytes(&x.der), &back), 0);
	for (unsigned part = 0; part < DILITHIUM_PARTS; part++) {
		if ((e->parts >> part & 1) != 0)
			ck_assert(bytes_equal(back.part[part], x.parts.part[part]));
		else
			ck_assert_uint_eq(back.part[part].n, 0);
	}
	buf_free(&book);
	encoded_free(&x);
}
END_TEST

static void
refused(const struct encoding *e, struct bytes der, const char *what, size_t where)
{
	struct dilithium_split ret = { .part = { BYTES_STR("untouched") } };

	ck_assert_msg(e->read(der, &ret) == -EBADMSG, "%s: %s %zu is accepted", e->name,
		what, where);
	ck_assert_uint_eq(ret.part[0].n, strlen("untouched"));
}

/* The copy is as long as what is read, so that a sanitizer sees any byte more. */
START_TEST (truncated_and_longer_ones_are_refused) {
	const struct encoding *e = &encodings[_i];
	struct encoded x;

	encoded_new(e, &x);
	for (size_t n = 0; n <= e->size + 8; n++) {
		uint8_t *copy = malloc(n != 0 ? n : 1);

		if (n == e->size) {
			free(copy);
			continue;
		}
		memset(copy, 0, n);
		memcpy(copy, x.der.p, n < e->size ? n : e->size);
		refused(e, BYTES(copy, n), "length", n);
		free(copy);
	}
	encoded_free(&x);
}
END_TEST

/* Is the byte at this place one of a part? */
static bool
is_of_a_part(const struct encoding *e, struct bytes der, size_t at)
{
	struct dilithium_split back;

	ck_assert_int_eq(e->read(der, &back), 0);
	for (int part = 0; part < DILITHIUM_PARTS; part++) {
		struct bytes b = back.part[part];

		if (b.n != 0 && der.p + at >= b.p && der.p + at < b.p + b.n)
			return true;
	}
	return false;
}

/* Each tag, each length, each count of unused bits, the versions and the algorithm. */
START_TEST (every_byte_that_is_not_of_a_part_is_fixed) {
	const struct encoding *e = &encodings[_i];
	size_t fixed = 0, sizes = 0;
	struct encoded x;

	encoded_new(e, &x);
	for (size_t at = 0; at < e->size; at++) {
		const uint8_t was = x.der.p[at];

		if (is_of_a_part(e, secret_bytes(&x.der), at))
			continue;
		fixed++;
		for (unsigned change = 1; change < 256; change++) {
			x.der.p[at] = (uint8_t)(was ^ change);
			refused(e, secret_bytes(&x.der), "a change at", at);
		}
		x.der.p[at] = was;
	}
	for (int part = 0; part < DILITHIUM_PARTS; part++)
		sizes += (e->parts >> part & 1) != 0 ? dilithium_parts[part].size : 0;
	ck_assert_uint_eq(fixed, e->size - sizes);
	encoded_free(&x);
}
END_TEST

START_TEST (a_part_of_another_size_is_not_written) {
	const struct encoding *e = &encodings[_i];
	struct secret ret = SECRET_NONE;
	struct encoded x;

	encoded_new(e, &x);
	for (int part = 0; part < DILITHIUM_PARTS; part++) {
		const struct bytes was = x.parts.part[part];
		const bool needed = (e->parts >> part & 1) != 0;
		const struct bytes wrong[] = { BYTES_NONE, { was.p, was.n - 1 },
			{ was.p, was.n + 1 } };

		for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
			x.parts.part[part] = wrong[i];
			ck_assert_int_eq(e->write(&x.parts, &ret), needed ? -EINVAL : 0);
			ck_assert((ret.p != NULL) == !needed);
			secret_free(&ret);
		}
		x.parts.part[part] = was;
	}
	encoded_free(&x);
}
END_TEST

/* --- Parts ------------------------------------------------------------------------- */

START_TEST (keys_split_into_the_parts_of_ibms_attributes) {
	static const struct dilithium_part_info want[DILITHIUM_PARTS] = {
		{ CKA_IBM_DILITHIUM_RHO, 32 },
		{ CKA_IBM_DILITHIUM_SEED, 32 },
		{ CKA_IBM_DILITHIUM_TR, 48 },
		{ CKA_IBM_DILITHIUM_S1, 480 },
		{ CKA_IBM_DILITHIUM_S2, 576 },
		{ CKA_IBM_DILITHIUM_T0, 2688 },
		{ CKA_IBM_DILITHIUM_T1, 1728 },
	};
	static const uint8_t oid[] = { 0x06, 0x0b, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x02,
		0x82, 0x0b, 0x01, 0x06, 0x05 };
	uint8_t public_key[DILITHIUM_PUBLIC_KEY];
	struct secret private_key;
	struct dilithium_split s;
	const uint8_t *at;
	struct pair p;

	ck_assert(bytes_equal(dilithium_oid, BYTES_OF(oid)));
	pair_new(&p, 5);
	ck_assert_int_eq(
		dilithium_split(BYTES_OF(p.public_key), secret_bytes(&p.private_key), &s),
		0);
	at = p.private_key.p;
	for (int part = 0; part < DILITHIUM_PARTS; part++) {
		ck_assert_uint_eq(dilithium_parts[part].type, want[part].type);
		ck_assert_uint_eq(dilithium_parts[part].size, want[part].size);
		ck_assert_uint_eq(s.part[part].n, want[part].size);
		if (part == DILITHIUM_T1)
			at = p.public_key + 32;
		ck_assert_ptr_eq(s.part[part].p, at);
		at += want[part].size;
	}
	ck_assert_int_eq(dilithium_join_public(&s, public_key), 0);
	ck_assert_mem_eq(public_key, p.public_key, sizeof public_key);
	ck_assert_int_eq(dilithium_join_private(&s, &private_key), 0);
	ck_assert(bytes_equal(secret_bytes(&private_key), secret_bytes(&p.private_key)));
	secret_free(&private_key);
	pair_free(&p);
}
END_TEST

START_TEST (one_key_splits_by_itself_and_two_of_a_kind_only) {
	struct dilithium_split s;
	struct secret none;
	uint8_t public_key[DILITHIUM_PUBLIC_KEY];
	struct pair p, other;

	pair_new(&p, 5);
	pair_new(&other, 6);
	ck_assert_int_eq(dilithium_split(BYTES_OF(p.public_key), BYTES_NONE, &s), 0);
	ck_assert_uint_eq(s.part[DILITHIUM_S1].n, 0);
	ck_assert_int_eq(dilithium_join_private(&s, &none), -EINVAL);
	ck_assert_int_eq(
		dilithium_split(BYTES_NONE, secret_bytes(&p.private_key), &s), 0);
	ck_assert_uint_eq(s.part[DILITHIUM_T1].n, 0);
	ck_assert_int_eq(dilithium_join_public(&s, public_key), -EINVAL);
	ck_assert_int_eq(dilithium_split(BYTES_OF(p.public_key),
				 secret_bytes(&other.private_key), &s),
		-EINVAL);
	for (size_t n = 1; n < DILITHIUM_PRIVATE_KEY; n++) {
		struct bytes cut = BYTES(p.private_key.p, n);

		ck_assert_int_eq(dilithium_split(BYTES_NONE, cut, &s), -EINVAL);
		if (n != DILITHIUM_PUBLIC_KEY)
			ck_assert_int_eq(dilithium_split(cut, BYTES_NONE, &s), -EINVAL);
	}
	pair_free(&p);
	pair_free(&other);
}
END_TEST

static const struct check_test tests[] = {
	{ &encodings_are_der_and_read_back, ARRAY_LEN(encodings) },
	{ &truncated_and_longer_ones_are_refused, ARRAY_LEN(encodings) },
	{ &every_byte_that_is_not_of_a_part_is_fixed, ARRAY_LEN(encodings) },
	{ &a_part_of_another_size_is_not_written, ARRAY_LEN(encodings) },
	{ &keys_split_into_the_parts_of_ibms_attributes, 0 },
	{ &one_key_splits_by_itself_and_two_of_a_kind_only, 0 },
};

CHECK_MAIN("dilithium: encodings", tests)
