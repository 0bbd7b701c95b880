/* SPDX-License-Identifier: Apache-2.0 */
/* What a verifier refuses, and what signing does with odd keys and messages. */
#include <errno.h>

#include "crypto/crypto.h"
#include "crypto/dilithium_r2/keys.h"
#include "crypto/dilithium_r2/rounding.h"
#include "tests/unit/dilithium/pair.h"

#define MESSAGE BYTES_STR("what was signed")

static int
verify(const struct pair *p, const void *signature)
{
	return dilithium_verify(
		p->verifier, MESSAGE, BYTES(signature, DILITHIUM_SIGNATURE));
}

static void
sign(const struct pair *p, struct bytes message, struct signature_bytes *ret)
{
	ck_assert_int_eq(dilithium_sign(p->signer, message, (uint8_t *)ret), 0);
}

START_TEST (any_changed_byte_spoils_a_signature) {
	struct signature_bytes s;
	uint8_t *byte = (uint8_t *)&s;
	struct pair p;

	pair_new(&p, 1);
	sign(&p, MESSAGE, &s);
	ck_assert_int_eq(verify(&p, &s), 0);
	for (size_t i = 0; i < sizeof s; i++) {
		uint8_t bit = (uint8_t)(1u << i % 8);

		byte[i] ^= bit;
		ck_assert_msg(verify(&p, &s) == -EBADMSG, "byte %zu", i);
		byte[i] ^= bit;
	}
	ck_assert_int_eq(verify(&p, &s), 0);
	pair_free(&p);
}
END_TEST

START_TEST (a_signature_has_one_length) {
	static const size_t lengths[] = { 0, 1, DILITHIUM_SIGNATURE - 1,
		DILITHIUM_SIGNATURE + 1, 2 * DILITHIUM_SIGNATURE };
	uint8_t room[2 * DILITHIUM_SIGNATURE] = { 0 };
	struct pair p;

	pair_new(&p, 1);
	sign(&p, MESSAGE, (struct signature_bytes *)(void *)room);
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++)
		ck_assert_int_eq(
			dilithium_verify(p.verifier, MESSAGE, BYTES(room, lengths[i])),
			-EBADMSG);
	ck_assert_int_eq(dilithium_verify(p.verifier, MESSAGE, BYTES_NONE), -EBADMSG);
	ck_assert_int_eq(verify(&p, room), 0);
	pair_free(&p);
}
END_TEST

START_TEST (a_signature_is_of_one_key_and_one_message) {
	struct signature_bytes s, again, empty;
	struct pair p, other;

	pair_new(&p, 1);
	pair_new(&other, 2);
	sign(&p, MESSAGE, &s);
	sign(&p, MESSAGE, &again);
	ck_assert_mem_eq(&s, &again, sizeof s);
	ck_assert_int_eq(verify(&other, &s), -EBADMSG);
	ck_assert_int_eq(
		dilithium_verify(p.verifier, BYTES_NONE, BYTES(&s, sizeof s)), -EBADMSG);
	sign(&p, BYTES_NONE, &empty);
	ck_assert_int_eq(
		dilithium_verify(p.verifier, BYTES_NONE, BYTES(&empty, sizeof empty)), 0);
	ck_assert_int_eq(verify(&p, &empty), -EBADMSG);
	pair_free(&p);
	pair_free(&other);
}
END_TEST

/* --- Encodings of the same h and c ------------------------------------------------- */

/* Two hints that stand side by side in one row; 0: there are none. */
static size_t
second_of_a_row(const struct signature_bytes *s)
{
	size_t first = 0;

	for (size_t row = 0; row < K; row++) {
		size_t end = s->h[OMEGA + row];

		if (end >= first + 2)
			return end - 1;
		first = end;
	}
	return 0;
}

static void
swap_hints(struct signature_bytes *s)
{
	size_t at = second_of_a_row(s);
	uint8_t second = s->h[at];

	s->h[at] = s->h[at - 1];
	s->h[at - 1] = second;
}

/* A row that says the same place twice has the same h. */
static void
repeat_hint(struct signature_bytes *s)
{
	size_t n = s->h[OMEGA + K - 1];

	ck_assert_uint_lt(n, OMEGA);
	s->h[n] = s->h[n - 1];
	s->h[OMEGA + K - 1]++;
}

static void
fill_padding(struct signature_bytes *s)
{
	ck_assert_uint_lt(s->h[OMEGA + K - 1], OMEGA);
	s->h[OMEGA - 1] = 1;
}

static void
count_down(struct signature_bytes *s)
{
	ck_assert_uint_gt(s->h[OMEGA], 0);
	s->h[OMEGA + 1] = s->h[OMEGA] - 1;
}

static void
count_beyond(struct signature_bytes *s)
{
	s->h[OMEGA + K - 1] = OMEGA + 1;
}

static void
count_far_beyond(struct signature_bytes *s)
{
	s->h[OMEGA] = 255;
}

static void
set_sign(struct signature_bytes *s, unsigned bit)
{
	s->c[N / 8 + bit / 8] |= (uint8_t)(1u << bit % 8);
}

static void
set_sign_60(struct signature_bytes *s)
{
	set_sign(s, 60);
}

static void
set_sign_61(struct signature_bytes *s)
{
	set_sign(s, 61);
}

static void
set_sign_62(struct signature_bytes *s)
{
	set_sign(s, 62);
}

static void
set_sign_63(struct signature_bytes *s)
{
	set_sign(s, 63);
}

static void
one_place_less(struct signature_bytes *s)
{
	size_t i = 0;

	while (s->c[i] == 0)
		i++;
	s->c[i] &= (uint8_t)(s->c[i] - 1);
}

static void
one_place_more(struct signature_bytes *s)
{
	size_t i = 0;

	while (s->c[i] == 0xff)
		i++;
	s->c[i] |= (uint8_t)(s->c[i] + 1);
}

static void
every_place(struct signature_bytes *s)
{
	memset(s->c, 0xff, sizeof s->c);
}

static void
every_bit(struct signature_bytes *s)
{
	memset(s, 0xff, sizeof *s);
}

static void
no_bit(struct signature_bytes *s)
{
	memset(s, 0, sizeof *s);
}

static const struct malformed {
	const char *what;
	void (*make)(struct signature_bytes *s);
} malformed[] = {
	{ "hints out of order", swap_hints },
	{ "a hint twice", repeat_hint },
	{ "padding that is not zero", fill_padding },
	{ "a count lower than the one before", count_down },
	{ "one hint more than there is room for", count_beyond },
	{ "many more hints than there is room for", count_far_beyond },
	{ "sign bit 60", set_sign_60 },
	{ "sign bit 61", set_sign_61 },
	{ "sign bit 62", set_sign_62 },
	{ "sign bit 63", set_sign_63 },
	{ "59 places in c", one_place_less },
	{ "61 places in c", one_place_more },
	{ "256 places in c", every_place },
	{ "all ones", every_bit },
	{ "all zeroes", no_bit },
};

START_TEST (there_is_one_encoding_of_a_signature) {
	const struct malformed *m = &malformed[_i];
	struct signature_bytes s, was;
	struct pair p;

	pair_new(&p, 1);
	sign(&p, MESSAGE, &s);
	was = s;
	m->make(&s);
	ck_assert_msg(memcmp(&s, &was, sizeof s) != 0, "%s: not made", m->what);
	ck_assert_msg(verify(&p, &s) == -EBADMSG, "%s: accepted", m->what);
	pair_free(&p);
}
END_TEST

/* --- z out of range ---------------------------------------------------------------- */

/* A signer without the rejections that protect its key: what it makes verifies whenever
 * the verifier lets z pass. */
struct careless {
	struct shake shake;
	uint8_t mu[CRH];
	struct poly y[L], y_hat[L], w, low[K], high[K], c, c_hat;
};

static void
careless_add(struct careless *s, const struct poly *a_hat, int32_t sign, struct poly *to)
{
	struct poly product;

	ring_multiply(&s->c_hat, a_hat, &product);
	ring_inverse_ntt(&product);
	for (size_t i = 0; i < N; i++)
		to->c[i] += sign * centred(product.c[i]);
}

/* Puts w, its hints and z together; false where the hints are too many. */
static bool
careless_sign(struct careless *s, const struct dilithium_private *key, unsigned attempt,
	struct signature_bytes *ret)
{
	const struct private_half *half = private_half(key);
	uint8_t w1[K][PACKED(4)];
	int32_t hints = 0;

	for (unsigned i = 0; i < L; i++) {
		ck_assert_int_eq(sample_mask(&s->shake, s->mu,
					 (uint16_t)(attempt * L + i), &s->y[i]),
			0);
		s->y_hat[i] = s->y[i];
		ring_ntt(&s->y_hat[i]);
	}
	for (size_t row = 0; row < K; row++) {
		ring_dot(key->matrix[row], s->y_hat, L, &s->w);
		ring_inverse_ntt(&s->w);
		for (size_t i = 0; i < N; i++)
			s->high[row].c[i] =
				decompose(positive(s->w.c[i]), &s->low[row].c[i]);
		pack_w1(&s->high[row], w1[row]);
	}
	ck_assert_int_eq(sample_challenge(&s->shake, s->mu, BYTES_OF(w1), &s->c), 0);
	s->c_hat = s->c;
	ring_ntt(&s->c_hat);
	for (size_t row = 0; row < K; row++) {
		careless_add(s, &half->s2[row], -1, &s->low[row]);
		careless_add(s, &half->t0[row], 1, &s->low[row]);
		for (size_t i = 0; i < N; i++) {
			int32_t *high = &s->high[row].c[i];

			*high = make_hint(s->low[row].c[i], *high);
			hints += *high;
		}
	}
	if (hints > OMEGA)
		return false;
	for (size_t i = 0; i < L; i++) {
		careless_add(s, &half->s1[i], 1, &s->y[i]);
		pack_z(&s->y[i], ret->z[i]);
	}
	pack_hints(s->high, ret->h);
	pack_challenge(&s->c, ret->c);
	return true;
}

static bool
z_is_packable(const struct careless *s)
{
	for (size_t i = 0; i < L; i++) {
		for (size_t j = 0; j < N; j++)
			if (s->y[i].c[j] > GAMMA1 - 1)
				return false;
	}
	return true;
}

static bool
z_exceeds(const struct careless *s)
{
	bool found = false;

	for (size_t i = 0; i < L; i++)
		found |= ring_exceeds(&s->y[i], GAMMA1 - BETA) != 0;
	return found;
}

START_TEST (z_must_be_in_range) {
	static struct careless s;
	struct signature_bytes made;
	unsigned in_range = 0, out_of_range = 0;
	struct pair p;

	pair_new(&p, 1);
	ck_assert_int_eq(shake_new(&s.shake), 0);
	ck_assert_int_eq(
		shake256(&s.shake, BYTES_OF(p.signer->tr), MESSAGE, s.mu, CRH), 0);
	for (unsigned attempt = 0; attempt < 100; attempt++) {
		if (!careless_sign(&s, p.signer, attempt, &made) || !z_is_packable(&s))
			continue;
		if (z_exceeds(&s)) {
			out_of_range++;
			ck_assert_int_eq(verify(&p, &made), -EBADMSG);
		} else {
			in_range++;
			ck_assert_int_eq(verify(&p, &made), 0);
		}
	}
	ck_assert_uint_gt(in_range, 5);
	ck_assert_uint_gt(out_of_range, 5);
	shake_free(&s.shake);
	pair_free(&p);
}
END_TEST

static const struct check_test tests[] = {
	{ &any_changed_byte_spoils_a_signature, 0 },
	{ &a_signature_has_one_length, 0 },
	{ &a_signature_is_of_one_key_and_one_message, 0 },
	{ &there_is_one_encoding_of_a_signature, ARRAY_LEN(malformed) },
	{ &z_must_be_in_range, 0 },
};

CHECK_MAIN("dilithium: signatures", tests)
