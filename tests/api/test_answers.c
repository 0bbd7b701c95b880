/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Published answers of every mechanism that works with key pairs, by PKCS#11 calls with imported
 * keys: answers.txt has them, and answers.h says what its words mean.
 */
#include "tests/api/answers_params.h"

/* --- Answers ----------------------------------------------------------------------------- */

static struct data in, out;
static CK_BYTE got[65536];

static void
same_ends(const struct line *l, const CK_BYTE *p, CK_ULONG n)
{
	static struct data end;

	ck_assert_str_ne(field(l, "begin"), "");
	field_bytes(l, "begin", &out);
	field_bytes(l, "end", &end);
	ck_assert_msg(n >= out.n + end.n && memcmp(p, out.p, out.n) == 0 &&
			      memcmp(p + n - end.n, end.p, end.n) == 0,
		"line %u: another answer", l->number);
}

/* Is it what the line says, by itself, by its digest, or by its ends? */
static void
same(const struct line *l, const CK_BYTE *p, CK_ULONG n)
{
	static const char digest[] = "sha256:";
	const char *want = field_find(l, "out");
	CK_MECHANISM m = { CKM_SHA256, NULL, 0 };
	CK_BYTE sum[32];
	CK_ULONG len = sizeof sum;

	if (want == NULL) {
		same_ends(l, p, n);
		return;
	}
	if (strncmp(want, digest, sizeof digest - 1) == 0) {
		out.n = api_unhex(want + sizeof digest - 1, out.p);
		OK(F->C_DigestInit(session, &m));
		OK(F->C_Digest(session, (CK_BYTE *)(uintptr_t)p, n, sum, &len));
		p = sum;
		n = len;
	}
	ck_assert_msg(n == out.n && memcmp(p, out.p, n) == 0, "line %u: another answer",
		l->number);
}

static void
is(const struct line *l, const char *what, CK_RV expected, CK_RV rv)
{
	ck_assert_msg(rv == expected, "line %u: %s: %#lx, not %#lx", l->number, what, rv,
		expected);
}

static CK_RV
verify_parts(CK_MECHANISM *m, CK_OBJECT_HANDLE key, CK_BYTE *sig, CK_ULONG n, CK_ULONG at)
{
	OK(F->C_VerifyInit(session, m, key));
	OK(F->C_VerifyUpdate(session, in.p, at));
	OK(F->C_VerifyUpdate(session, in.p + at, in.n - at));
	return F->C_VerifyFinal(session, sig, n);
}

static CK_RV
verify_whole(CK_MECHANISM *m, CK_OBJECT_HANDLE key, CK_BYTE *sig, CK_ULONG n)
{
	OK(F->C_VerifyInit(session, m, key));
	return F->C_Verify(session, in.p, in.n, sig, n);
}

/* From one place to split the data at to the next. SLH-DSA takes milliseconds to verify and up to
 * a second to sign, and gathers its parts as HashML-DSA does. */
static CK_ULONG
step_of(const struct line *l, CK_ULONG places)
{
	const int is_slow = kind_of(key_line(field(l, "key")))->type == CKK_SLH_DSA;

	return is_slow ? in.n / places + 1 : 1;
}

/* It verifies, and split anywhere it does; with a bit of another value, of other data, or of
 * another length it does not. */
static void
verify(const struct line *l, CK_MECHANISM *m, CK_OBJECT_HANDLE key, CK_BYTE *sig,
	CK_ULONG n)
{
	const CK_ULONG flips[] = { 0, n / 2, n - 1 };
	const CK_ULONG step = step_of(l, 3);

	is(l, "verify", CKR_OK, verify_whole(m, key, sig, n));
	for (CK_ULONG at = 0; at <= in.n && mechanism_of(l)->in_parts; at += step)
		is(l, "verify in parts", CKR_OK, verify_parts(m, key, sig, n, at));
	for (size_t i = 0; i < COUNT(flips); i++) {
		sig[flips[i]] ^= 1;
		is(l, "a bit", CKR_SIGNATURE_INVALID, verify_whole(m, key, sig, n));
		sig[flips[i]] ^= 1;
	}
	is(l, "short", CKR_SIGNATURE_LEN_RANGE, verify_whole(m, key, sig, n - 1));
	is(l, "none", CKR_SIGNATURE_LEN_RANGE, verify_whole(m, key, sig, 0));
	if (in.n == 0)
		return;
	/* the first: of a long digest ECDSA does not take the last */
	in.p[0] ^= 1;
	is(l, "other data", CKR_SIGNATURE_INVALID, verify_whole(m, key, sig, n));
	in.p[0] ^= 1;
}

static void
do_reject(const struct line *l, CK_MECHANISM *m, const struct key *key)
{
	is(l, "verify", CKR_SIGNATURE_INVALID,
		verify_whole(m, key->public, out.p, out.n));
}

static void
sign_parts(const struct line *l, CK_MECHANISM *m, const struct key *key, CK_ULONG at)
{
	CK_ULONG n = sizeof got;

	OK(F->C_SignInit(session, m, key->private));
	OK(F->C_SignUpdate(session, in.p, at));
	OK(F->C_SignUpdate(session, in.p + at, in.n - at));
	is(l, "sign in parts", CKR_OK, F->C_SignFinal(session, got, &n));
	same(l, got, n);
}

static void
do_sign(const struct line *l, CK_MECHANISM *m, const struct key *key)
{
	const CK_ULONG step = step_of(l, 2);
	CK_ULONG n = sizeof got;

	OK(F->C_SignInit(session, m, key->private));
	is(l, "sign", CKR_OK, F->C_Sign(session, in.p, in.n, got, &n));
	same(l, got, n);
	verify(l, m, key->public, got, n);
	/* everywhere, or in the middle alone */
	for (CK_ULONG at = step == 1 ? 0 : in.n / 2;
		at <= in.n && mechanism_of(l)->in_parts; at += step)
		sign_parts(l, m, key, at);
}

/* Is keystored told to make ECDSA's nonces by RFC 6979? Then that is all that is looked at. */
static int
is_deterministic(void)
{
	const char *told = getenv("STACK_DETERMINISTIC_ECDSA");

	return told != NULL && strcmp(told, "yes") == 0;
}

static void
do_verify(const struct line *l, CK_MECHANISM *m, const struct key *key)
{
	if (is_deterministic())
		do_sign(l, m, key);
	else
		verify(l, m, key->public, out.p, out.n);
}

static void
do_recover(const struct line *l, CK_MECHANISM *m, const struct key *key)
{
	CK_ULONG n = sizeof got;

	OK(F->C_SignRecoverInit(session, m, key->private));
	is(l, "sign", CKR_OK, F->C_SignRecover(session, in.p, in.n, got, &n));
	same(l, got, n);
	n = sizeof got;
	OK(F->C_VerifyRecoverInit(session, m, key->public));
	is(l, "verify", CKR_OK, F->C_VerifyRecover(session, out.p, out.n, got, &n));
	ck_assert_uint_eq(n, in.n);
	ck_assert_mem_eq(got, in.p, n);
}

static int
unwraps(CK_MECHANISM_TYPE type)
{
	CK_MECHANISM_INFO info;

	OK(F->C_GetMechanismInfo(api_slot(), type, &info));
	return (info.flags & CKF_UNWRAP) != 0;
}

static void
unwrap(const struct line *l, CK_MECHANISM *m, const struct key *key)
{
	static const CK_OBJECT_CLASS secret = CKO_SECRET_KEY;
	static const CK_KEY_TYPE generic = CKK_GENERIC_SECRET;
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, secret), ATTR(CKA_KEY_TYPE, generic),
		ATTR(CKA_SENSITIVE, NO), ATTR(CKA_EXTRACTABLE, YES) };
	CK_ATTRIBUTE value = { CKA_VALUE, got, sizeof got };
	CK_OBJECT_HANDLE made = 0;

	is(l, "unwrap", CKR_OK,
		F->C_UnwrapKey(session, m, key->private, in.p, in.n, template,
			COUNT(template), &made));
	OK(F->C_GetAttributeValue(session, made, &value, 1));
	same(l, got, value.ulValueLen);
	OK(F->C_DestroyObject(session, made));
}

static void
do_decrypt(const struct line *l, CK_MECHANISM *m, const struct key *key)
{
	CK_ULONG n = sizeof got;

	OK(F->C_DecryptInit(session, m, key->private));
	is(l, "decrypt", CKR_OK, F->C_Decrypt(session, in.p, in.n, got, &n));
	same(l, got, n);
	if (unwraps(m->mechanism))
		unwrap(l, m, key);
	/* what the public half makes of it comes back, too */
	n = in.n;
	OK(F->C_EncryptInit(session, m, key->public));
	is(l, "encrypt", CKR_OK, F->C_Encrypt(session, out.p, out.n, in.p, &n));
	n = sizeof got;
	OK(F->C_DecryptInit(session, m, key->private));
	is(l, "decrypt", CKR_OK, F->C_Decrypt(session, in.p, in.n, got, &n));
	same(l, got, n);
}

static void
do_derive(const struct line *l, CK_MECHANISM *m, const struct key *key)
{
	static const CK_OBJECT_CLASS secret = CKO_SECRET_KEY;
	static const CK_KEY_TYPE generic = CKK_GENERIC_SECRET;
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, secret), ATTR(CKA_KEY_TYPE, generic),
		ATTR(CKA_SENSITIVE, NO), ATTR(CKA_EXTRACTABLE, YES),
		ATTR(CKA_VALUE_LEN, out.n) };
	CK_ATTRIBUTE value = { CKA_VALUE, got, sizeof got };
	CK_OBJECT_HANDLE made = 0;

	is(l, "derive", CKR_OK,
		F->C_DeriveKey(
			session, m, key->private, template, COUNT(template), &made));
	OK(F->C_GetAttributeValue(session, made, &value, 1));
	same(l, got, value.ulValueLen);
	OK(F->C_DestroyObject(session, made));
}

static const struct word {
	const char *word;
	void (*check)(const struct line *l, CK_MECHANISM *m, const struct key *key);
} words[] = {
	{ "sign", do_sign },
	{ "verify", do_verify },
	{ "reject", do_reject },
	{ "recover", do_recover },
	{ "decrypt", do_decrypt },
	{ "derive", do_derive },
};

static void
check_line(const struct line *l)
{
	CK_MECHANISM m = mechanism(l);
	const struct key *key = key_of(l);
	const char *want = field_find(l, "out");

	field_bytes(l, "in", &in);
	if (want == NULL || strncmp(want, "sha256:", 7) != 0)
		field_bytes(l, "out", &out);
	for (size_t i = 0; i < COUNT(words); i++) {
		if (strcmp(words[i].word, l->word) != 0)
			continue;
		words[i].check(l, &m, key);
		return;
	}
	ck_abort_msg("line %u: no such word", l->number);
}

/* Loop index: kinds of keys, half of the lines at a time. */
START_TEST (answers_are_the_published_ones) {
	const struct kind *kind = &kinds[_i / 2];
	unsigned seen = 0;

	session = api_start();
	lines_read(ANSWERS);
	for (size_t i = 0; i < n_lines; i++) {
		if (strcmp(lines[i].word, "key") == 0 ||
			kind_of(key_line(field(&lines[i], "key"))) != kind ||
			(is_deterministic() && field_find(&lines[i], "nonce") == NULL))
			continue;
		if (seen++ % 2 == (unsigned)_i % 2)
			check_line(&lines[i]);
	}
	ck_assert(seen > 1 || (is_deterministic() && strcmp(kind->name, "EC") != 0));
	api_stop();
}
END_TEST

/* --- None is left out -------------------------------------------------------------------- */

/* These have tests of their own, or nobody has published any: what RSA_AES_KEY_WRAP gives begins
 * with a key that is random. */
static int
is_elsewhere(CK_MECHANISM_TYPE type)
{
	static const struct {
		CK_MECHANISM_TYPE first, last;
	} ranges[] = {
		{ CKM_ML_KEM, CKM_ML_KEM },
		{ CKM_DSA, CKM_DSA_SHA512 },
		{ CKM_DSA_SHA3_224, CKM_DSA_SHA3_512 },
		{ CKM_DH_PKCS_DERIVE, CKM_DH_PKCS_DERIVE },
		{ CKM_X9_42_DH_DERIVE, CKM_X9_42_DH_DERIVE },
		{ CKM_IBM_DILITHIUM, CKM_IBM_DILITHIUM },
		{ CKM_RSA_AES_KEY_WRAP, CKM_RSA_AES_KEY_WRAP },
	};

	for (size_t i = 0; i < COUNT(ranges); i++)
		if (type >= ranges[i].first && type <= ranges[i].last)
			return 1;
	return 0;
}

static unsigned
answers_of(CK_MECHANISM_TYPE type)
{
	unsigned n = 0;

	for (size_t i = 0; i < n_lines; i++)
		if (strcmp(lines[i].word, "key") != 0)
			n += mechanism_of(&lines[i])->type == type &&
			     strcmp(lines[i].word, "reject") != 0;
	return n;
}

START_TEST (no_mechanism_of_pairs_is_without_an_answer) {
	const CK_FLAGS uses =
		CKF_ENCRYPT | CKF_SIGN | CKF_DERIVE | CKF_WRAP | CKF_ENCAPSULATE;
	CK_MECHANISM_TYPE list[512];
	CK_ULONG n = COUNT(list), seen = 0;
	CK_MECHANISM_INFO info;

	session = api_start();
	lines_read(ANSWERS);
	OK(F->C_GetMechanismList(api_slot(), list, &n));
	for (CK_ULONG i = 0; i < n; i++) {
		OK(F->C_GetMechanismInfo(api_slot(), list[i], &info));
		/* CKF_HW: what keystored has a part in */
		if ((info.flags & uses) == 0 || (info.flags & CKF_HW) == 0 ||
			is_elsewhere(list[i]))
			continue;
		ck_assert_msg(answers_of(list[i]) != 0, "0x%lx has none", list[i]);
		seen++;
	}
	ck_assert_uint_ge(seen, COUNT(mechanisms));
	api_stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &answers_are_the_published_ones, 2 * COUNT(kinds) },
	{ &no_mechanism_of_pairs_is_without_an_answer, 0 },
};

CHECK_MAIN("api_answers", tests)
