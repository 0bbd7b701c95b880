/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every mechanism that the kernel serves gives what OpenSSL gives: every length up to 300
 * bytes (of key wrapping, up to 40), whole and in parts, in place and apart, by keys of every
 * kind.
 */
#include "tests/unit/kcapi_backend/fixture.h"
#include "tests/unit/check_often.h"

#define LONGEST 300u
#define ROOM 400u

static const CK_MECHANISM_TYPE served[] = { CKM_AES_ECB, CKM_AES_CBC, CKM_AES_CBC_PAD,
	CKM_AES_CTR, CKM_AES_CTS, CKM_AES_XTS, CKM_AES_GCM, CKM_AES_CCM, CKM_AES_GMAC,
	CKM_AES_CMAC, CKM_AES_CMAC_GENERAL, CKM_AES_KEY_WRAP, CKM_AES_KEY_WRAP_KWP,
	CKM_AES_KEY_WRAP_PKCS7, CKM_AES_OFB, CKM_AES_CFB8, CKM_AES_CFB64, CKM_AES_CFB128,
	CKM_SHA_1_HMAC, CKM_SHA224_HMAC, CKM_SHA256_HMAC, CKM_SHA256_HMAC_GENERAL,
	CKM_SHA384_HMAC, CKM_SHA512_HMAC, CKM_SHA3_256_HMAC, CKM_SHA3_512_HMAC,
	CKM_DES3_ECB, CKM_DES3_CBC };

#define CASES (3 * (int)ARRAY_LEN(served))

static struct op *
ours(struct fixture *f, enum op_kind kind, const struct mech *m,
	const struct mech_params *p)
{
	struct op *op = NULL;
	CK_RV rv = op_kcapi_new(kind, m, p, f->key, &op);

	ck_assert_msg(rv == CKR_OK, "%s: %s", m->name, ckr_name(rv));
	return op;
}

static struct op *
theirs(struct fixture *f, enum op_kind kind, const struct mech *m,
	const struct mech_params *p)
{
	struct op *op = NULL;
	CK_RV rv = op_secret_new(kind, m, p, f->value, &op);

	if (rv != CKR_OK)
		ck_abort_msg("OpenSSL %s: %s", m->name, ckr_name(rv));
	return op;
}

static CK_RV
once(struct op *op, struct bytes in, struct bytes sig, uint8_t *to, size_t *ret_n)
{
	struct outbuf out = { to, op->vtable->once_size(op, in.n), 0 };
	CK_RV rv;

	check_often(out.cap <= ROOM);
	rv = op->vtable->once(op, in, sig, &out);
	check_often(out.n <= out.cap);
	*ret_n = out.n;
	return rv;
}

/* In parts of step bytes, each into exactly the room that was asked for; in place if to
 * is where in is. */
static CK_RV
parts(struct op *op, struct bytes in, size_t step, struct bytes sig, uint8_t *to,
	size_t *ret_n)
{
	CK_RV rv = CKR_OK;
	size_t n = 0;

	for (size_t at = 0; rv == CKR_OK && at < in.n; at += step) {
		size_t part = in.n - at < step ? in.n - at : step;
		size_t size = op->vtable->update_size(op, part);
		uint8_t *room = malloc((size > part ? size : part) + 1);
		struct outbuf out = { room, size, 0 };

		/* every other part in place */
		memcpy(room, in.p + at, part);
		rv = op->vtable->update(op,
			at / step % 2 == 0 ? BYTES(room, part) : BYTES(in.p + at, part),
			&out);
		check_often(out.n <= size);
		memcpy(to + n, room, out.n);
		n += out.n;
		free(room);
	}
	if (rv == CKR_OK) {
		struct outbuf out = { to + n, op->vtable->final_size(op), 0 };

		check_often(n + out.cap <= ROOM);
		rv = op->vtable->final(op, sig, &out);
		check_often(out.n <= out.cap);
		n += out.n;
	}
	*ret_n = n;
	return rv;
}

struct trial {
	struct fixture f;
	enum kcapi_keying how;
	const struct mech *m;
	struct mech_params p;
	bool mac;
	struct op *forth, *back, *check; /* ours both ways; OpenSSL's forth */
};

static void
trial_rearm(struct trial *t, unsigned i, uint64_t n)
{
	t->p = fixture_params(t->m, i, n);
	if (t->how == KCAPI_PASSED)
		fixture_pass(&t->f, t->m, &t->p);
	/* what was made for other parameters may have to be made anew */
	if (t->how == KCAPI_PASSED && t->m->algorithm == ALG_CCM) {
		op_free(&t->forth);
		op_free(&t->back);
	}
	if (t->forth == NULL)
		t->forth = ours(&t->f, t->mac ? OP_SIGN : OP_ENCRYPT, t->m, &t->p);
	if (t->back == NULL)
		t->back = ours(&t->f, t->mac ? OP_VERIFY : OP_DECRYPT, t->m, &t->p);
	check_often(t->forth->vtable->rearm(t->forth, &t->p) == CKR_OK);
	check_often(t->back->vtable->rearm(t->back, &t->p) == CKR_OK);
	op_free(&t->check);
	t->check = theirs(&t->f, t->mac ? OP_SIGN : OP_ENCRYPT, t->m, &t->p);
}

static void
same_rv(const struct trial *t, const char *what, size_t n, CK_RV got, CK_RV want)
{
	if (got != want)
		ck_abort_msg("%s by %s, %s of %zu bytes: %s, OpenSSL %s", t->m->name,
			keying_name(t->how), what, n, ckr_name(got), ckr_name(want));
}

static void
same_bytes(const struct trial *t, const char *what, size_t n, struct bytes got,
	struct bytes want)
{
	if (!bytes_equal(got, want))
		ck_abort_msg("%s by %s, %s of %zu bytes: differs (%zu, %zu)", t->m->name,
			keying_name(t->how), what, n, got.n, want.n);
}

/* Backwards, as text or as a signature to check. */
static void
trial_back(struct trial *t, struct bytes plain, struct bytes sealed, size_t step)
{
	uint8_t room[ROOM];
	size_t n;
	CK_RV rv;

	check_often(t->back->vtable->rearm(t->back, &t->p) == CKR_OK);
	if (t->mac) {
		rv = step == 0 ? once(t->back, plain, sealed, room, &n)
			       : parts(t->back, plain, step, sealed, room, &n);
		same_rv(t, "check", plain.n, rv, CKR_OK);
		return;
	}
	memcpy(room, sealed.p, sealed.n);
	/* once in place */
	rv = step == 0 ? once(t->back, BYTES(room, sealed.n), BYTES_NONE, room, &n)
		       : parts(t->back, sealed, step, BYTES_NONE, room, &n);
	same_rv(t, "back", plain.n, rv, CKR_OK);
	same_bytes(t, "back", plain.n, BYTES(room, n), plain);
}

/* GCM gives out every part at once, for which it takes more than gcm(aes): where that was
 * not passed, it must be done in another way. */
static bool
streams_alone(const struct trial *t)
{
	return t->m->algorithm != ALG_GCM || t->how != KCAPI_PASSED ||
	       kcapi_key_has(t->f.key, mech_lookup(CKM_AES_CTR));
}

static void
trial_parts(struct trial *t, struct bytes plain, struct bytes want, size_t step)
{
	uint8_t got[ROOM];
	size_t n;
	CK_RV rv;

	if (t->forth->vtable->update == NULL)
		return;
	check_often(t->forth->vtable->rearm(t->forth, &t->p) == CKR_OK);
	rv = parts(t->forth, plain, step, BYTES_NONE, got, &n);
	if (plain.n != 0 && !streams_alone(t)) {
		same_rv(t, "parts", plain.n, rv, CKR_DEVICE_REMOVED);
		return;
	}
	same_rv(t, "parts", plain.n, rv, CKR_OK);
	same_bytes(t, "parts", plain.n, BYTES(got, n), want);
	trial_back(t, plain, want, step);
}

static void
trial_length(struct trial *t, unsigned i, size_t n)
{
	static const size_t steps[] = { 7, 5, 16, 17, 64, 100 };
	uint8_t room[ROOM], data[ROOM], want[ROOM];
	struct bytes plain = BYTES(data, n);
	size_t want_n, got_n;
	CK_RV rv, mine;

	trial_rearm(t, i, n);
	check_often(getrandom(data, n, 0) == (ssize_t)n);
	rv = once(t->check, plain, BYTES_NONE, want, &want_n);
	mine = once(t->forth, plain, BYTES_NONE, room, &got_n);
	same_rv(t, "whole", n, mine, rv);
	if (rv != CKR_OK)
		return;
	same_bytes(t, "whole", n, BYTES(room, got_n), BYTES(want, want_n));
	trial_back(t, plain, BYTES(want, want_n), 0);
	/* in place */
	check_often(t->forth->vtable->rearm(t->forth, &t->p) == CKR_OK);
	memcpy(room, data, n);
	mine = once(t->forth, BYTES(room, n), BYTES_NONE, room, &got_n);
	same_rv(t, "in place", n, mine, rv);
	same_bytes(t, "in place", n, BYTES(room, got_n), BYTES(want, want_n));
	trial_parts(
		t, plain, BYTES(want, want_n), n < 40 ? 1 : steps[n % ARRAY_LEN(steps)]);
}

static void
trial_end(struct trial *t)
{
	op_free(&t->forth);
	op_free(&t->back);
	op_free(&t->check);
	fixture_free(&t->f);
}

/* Wrapping is six calls of the kernel for each 8 bytes, all of a kind. */
static size_t
next_length(const struct trial *t, unsigned size, size_t n)
{
	const bool wraps = t->m->algorithm == ALG_KW || t->m->algorithm == ALG_KWP ||
			   t->m->algorithm == ALG_KW_PKCS7;

	return n + (wraps && n >= 40 ? 13 : 1 + size * 6);
}

START_TEST (every_length_equals_openssl_and_comes_back) {
	struct trial t = { .how = (enum kcapi_keying)(_i % 3),
		.m = mech_lookup_legacy(served[_i / 3]) };

	ck_assert_ptr_nonnull(t.m);
	t.mac = (t.m->flags & CKF_SIGN) != 0;
	for (unsigned size = 0; size < 3; size++) {
		fixture_new(&t.f, t.m, t.how, size);
		if (!kcapi_serves(
			    t.f.k, t.m, t.how == KCAPI_PASSED ? KCAPI_BYTES : t.how)) {
			ck_assert_msg(!everything_is_served(), "%s by %s", t.m->name,
				keying_name(t.how));
			fixture_free(&t.f);
			return;
		}
		for (size_t n = size; n <= LONGEST; n = next_length(&t, size, n))
			trial_length(&t, (unsigned)n + size, n);
		trial_end(&t);
	}
}
END_TEST

static const struct check_test tests[] = {
	{ &every_length_equals_openssl_and_comes_back, CASES },
};

int
main(void)
{
	if (!have_af_alg()) {
		printf("SKIP: this kernel has no AF_ALG\n");
		return SKIPPED;
	}
	return check_run("kcapi_answers", tests, ARRAY_LEN(tests));
}
