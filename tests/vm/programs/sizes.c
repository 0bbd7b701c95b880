/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sizes WAY MIB: every mechanism with a key of that way, and data of many sizes up to MIB
 * mebibytes: nothing, odd ones, around what a socket of the kernel's takes at once;
 * unaligned, in place; at once and in parts. What goes in has to come back, or a clear
 * error: never a wrong byte, and never no end. Says "ok NAME" or "not ok NAME: why".
 */
#include <limits.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/vm/programs/client.h"

#define MORE 64u
#define PATIENCE 60u     /* seconds for one size of one mechanism, then it hangs */
#define PART 300007u     /* not aligned to anything */
#define UNIT (1ul << 24) /* bytes of a data unit of XTS: 2^20 blocks (SP 800-38E) */

static enum way way;
static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE aes, xts, des3, chacha20, hmac, here_hmac, here_aes;
static CK_BYTE *plain, *there, *back;
static char failure[256];

static const CK_ULONG small_sizes[] = { 0, 1, 15, 16, 17, 4095, 4096, 65536, 65552,
	212976, 212992, 213008, 425984, 500000, 1048576 };

static bool
fail(const char *what, CK_RV rv, CK_ULONG n)
{
	(void)snprintf(
		failure, sizeof failure, "%s of %lu bytes: %s", what, n, ckr_name(rv));
	return false;
}

static CK_OBJECT_HANDLE
key_of(const struct mech *m)
{
	if (m->key_type == CKK_AES_XTS)
		return xts;
	if (m->key_type == CKK_DES3)
		return des3;
	if (m->key_type == CKK_CHACHA20)
		return chacha20;
	return m->algorithm == ALG_HMAC ? hmac : aes;
}

/* What a call may answer to a size that it cannot do. */
static bool
is_refusal(const struct mech *m, CK_RV rv, CK_ULONG n)
{
	const CK_ULONG block = m->block > 1 ? m->block : 1;

	/* a data unit is one request, and may be more than a socket has room for */
	if (m->algorithm == ALG_XTS && way == WAY_KERNEL && n > 2u << 20)
		return rv == CKR_DATA_LEN_RANGE;
	if (n % block != 0 || n < 16 || mech_wraps(m))
		return rv == CKR_DATA_LEN_RANGE || rv == CKR_DATA_INVALID;
	return false;
}

/* The most that a mechanism takes at all: a data unit, and what is counted in the three bytes
 * that param_plain()'s nonce leaves (SP 800-38C). */
static CK_ULONG
most_of(const struct mech *m)
{
	if (m->algorithm == ALG_XTS)
		return UNIT;
	return m->algorithm == ALG_CCM ? (1u << 24) - 1 : ULONG_MAX;
}

/* ---- ciphers */

static CK_RV
encrypt(const struct mech *m, CK_BYTE *in, CK_ULONG n, CK_BYTE *out, CK_ULONG *out_n)
{
	struct param p;
	CK_RV rv;

	param_plain(&p, m, n);
	rv = F->C_EncryptInit(session, &p.mechanism, key_of(m));
	return rv != CKR_OK ? rv : F->C_Encrypt(session, in, n, out, out_n);
}

static CK_RV
decrypt(const struct mech *m, CK_ULONG plain_n, CK_BYTE *in, CK_ULONG n, CK_BYTE *out,
	CK_ULONG *out_n)
{
	struct param p;
	CK_RV rv;

	param_plain(&p, m, plain_n);
	rv = F->C_DecryptInit(session, &p.mechanism, key_of(m));
	return rv != CKR_OK ? rv : F->C_Decrypt(session, in, n, out, out_n);
}

static CK_RV
decrypt_parts(const struct mech *m, CK_ULONG plain_n, CK_BYTE *in, CK_ULONG n,
	CK_BYTE *out, CK_ULONG *out_n)
{
	const CK_ULONG room = *out_n;
	CK_ULONG done = 0, got;
	struct param p;
	CK_RV rv;

	param_plain(&p, m, plain_n);
	rv = F->C_DecryptInit(session, &p.mechanism, key_of(m));
	for (CK_ULONG at = 0; rv == CKR_OK && at < n; at += PART) {
		got = room - done;
		rv = F->C_DecryptUpdate(session, in + at, n - at < PART ? n - at : PART,
			out + done, &got);
		done += got;
	}
	got = room - done;
	if (rv == CKR_OK)
		rv = F->C_DecryptFinal(session, out + done, &got);
	*out_n = done + got;
	return rv;
}

static bool
is_plain(const char *what, CK_RV rv, const CK_BYTE *got, CK_ULONG got_n, CK_ULONG n)
{
	if (rv != CKR_OK)
		return fail(what, rv, n);
	if (got_n != n || memcmp(got, plain, n) != 0)
		return fail(what, CKR_GENERAL_ERROR, n);
	return true;
}

/* The process's own key of the same bytes is the judge. */
static bool
is_the_same_there(const struct mech *m, CK_ULONG n, CK_ULONG there_n)
{
	CK_OBJECT_HANDLE kept = aes;
	CK_ULONG back_n = n + MORE;
	CK_RV rv;

	if (key_of(m) != aes)
		return true;
	aes = here_aes;
	rv = encrypt(m, plain, n, back, &back_n);
	aes = kept;
	if (rv != CKR_OK || back_n != there_n || memcmp(there, back, back_n) != 0)
		return fail("not as in the process: encryption", rv, n);
	return true;
}

static bool
cipher_size(const struct mech *m, CK_ULONG n)
{
	CK_ULONG there_n = n + MORE, back_n = n + MORE;
	CK_BYTE *odd = back + 3;
	CK_RV rv = encrypt(m, plain, n, there, &there_n);

	if (is_refusal(m, rv, n))
		return true;
	if (rv != CKR_OK)
		return fail("encryption", rv, n);
	if (!is_the_same_there(m, n, there_n))
		return false;
	rv = decrypt(m, n, there, there_n, back, &back_n);
	if (!is_plain("decryption", rv, back, back_n, n))
		return false;
	/* in place, from an odd address */
	memcpy(odd, there, there_n);
	back_n = n + MORE;
	rv = decrypt(m, n, odd, there_n, odd, &back_n);
	if (!is_plain("decryption in place", rv, odd, back_n, n))
		return false;
	back_n = n + MORE;
	rv = decrypt_parts(m, n, there, there_n, back, &back_n);
	/* one data unit, gathered, may be more than a socket has room for */
	if (m->algorithm == ALG_XTS && n > 65536 && rv == CKR_ENCRYPTED_DATA_LEN_RANGE)
		return true;
	return rv == CKR_FUNCTION_NOT_SUPPORTED ||
	       is_plain("decryption in parts", rv, back, back_n, n);
}

/* One that is larger than most_of(). */
static bool
too_large_size(const struct mech *m, CK_ULONG n)
{
	const CK_RV wanted = m->algorithm == ALG_CCM ? CKR_MECHANISM_PARAM_INVALID
						     : CKR_DATA_LEN_RANGE;
	CK_ULONG there_n = n + MORE;
	CK_RV rv = encrypt(m, plain, n, there, &there_n);

	return rv == wanted || fail("too large: encryption", rv, n);
}

/* ---- MACs and digests */

static CK_RV
sum(const struct mech *m, CK_OBJECT_HANDLE key, bool parts, CK_ULONG n, CK_BYTE *out,
	CK_ULONG *out_n)
{
	const bool digest = m->algorithm == ALG_DIGEST;
	struct param p;
	CK_RV rv;

	param_plain(&p, m, n);
	rv = digest ? F->C_DigestInit(session, &p.mechanism)
		    : F->C_SignInit(session, &p.mechanism, key);
	if (rv == CKR_OK && !parts)
		return (digest ? F->C_Digest : F->C_Sign)(session, plain, n, out, out_n);
	for (CK_ULONG at = 0; rv == CKR_OK && at < n; at += PART)
		rv = (digest ? F->C_DigestUpdate : F->C_SignUpdate)(
			session, plain + at, n - at < PART ? n - at : PART);
	return rv != CKR_OK ? rv
			    : (digest ? F->C_DigestFinal : F->C_SignFinal)(
				      session, out, out_n);
}

static bool
sum_size(const struct mech *m, CK_ULONG n)
{
	CK_BYTE a[128], b[128], c[128];
	CK_ULONG a_n = sizeof a, b_n = sizeof b, c_n = sizeof c;
	const CK_OBJECT_HANDLE here = m->algorithm == ALG_HMAC ? here_hmac
				      : m->key_type == CKK_AES ? here_aes
							       : key_of(m);
	CK_RV rv = sum(m, key_of(m), false, n, a, &a_n);

	if (rv != CKR_OK)
		return fail("at once", rv, n);
	rv = sum(m, key_of(m), true, n, b, &b_n);
	if (rv == CKR_OK && (a_n != b_n || memcmp(a, b, a_n) != 0))
		return fail("in parts something else:", rv, n);
	if (rv != CKR_OK && rv != CKR_FUNCTION_NOT_SUPPORTED)
		return fail("in parts", rv, n);
	rv = sum(m, here, false, n, c, &c_n);
	if (rv != CKR_OK || a_n != c_n || memcmp(a, c, a_n) != 0)
		return fail("not as in the process:", rv, n);
	return true;
}

/* ---- */

static void
run(const struct mech *m, CK_ULONG max)
{
	const bool cipher = (m->flags & CKF_ENCRYPT) != 0;
	bool (*one)(const struct mech *, CK_ULONG) = cipher ? cipher_size : sum_size;
	const double start = now();
	bool good = true;

	/* wrapping is for keys: it takes a call for every eight bytes, as CFB64 does, or CFB8
	 * for every byte */
	if (mech_wraps(m) || m->algorithm == ALG_CFB64 || m->algorithm == ALG_CFB8)
		max = 4096;
	for (size_t i = 0; good && i < COUNT(small_sizes); i++) {
		(void)alarm(PATIENCE);
		if (small_sizes[i] <= max)
			good = one(m, small_sizes[i]);
	}
	(void)alarm(PATIENCE);
	/* one request, and the kernel has several limits for those: always the largest */
	if (good && m->algorithm == ALG_XTS)
		good = one(m, UNIT);
	else if (good && max > (1u << 20))
		good = one(m, max < most_of(m) ? max : most_of(m));
	if (good && max > most_of(m))
		good = too_large_size(m, most_of(m) + 1) && too_large_size(m, max);
	(void)alarm(0);
	(void)printf("%sok %s%s%s (%.1f s)\n", good ? "" : "not ", m->name,
		good ? "" : ": ", good ? "" : failure, now() - start);
	(void)fflush(stdout);
}

static CK_BYTE *
room(size_t n)
{
	CK_BYTE *p = malloc(n + 2 * MORE);

	if (p == NULL)
		die("no memory");
	return p;
}

static void
keys_make(void)
{
	CK_BYTE value[64];

	for (size_t i = 0; i < sizeof value; i++)
		value[i] = (CK_BYTE)(i * 5 + 1);
	aes = key_import(session, way, CKK_AES, value, 32);
	hmac = key_import(session, way, CKK_GENERIC_SECRET, value, 32);
	here_hmac = key_import(session, WAY_PROCESS, CKK_GENERIC_SECRET, value, 32);
	here_aes = key_import(session, WAY_PROCESS, CKK_AES, value, 32);
	for (size_t i = 0; i < mechs_count; i++) {
		if (mechs[i].key_type == CKK_AES_XTS && xts == 0 &&
			mech_is_ours(&mechs[i]))
			xts = key_import(session, way, CKK_AES_XTS, value, 64);
		if (mechs[i].key_type == CKK_DES3 && des3 == 0 && mech_is_ours(&mechs[i]))
			des3 = key_import(session, way, CKK_DES3, value, 24);
		if (mechs[i].key_type == CKK_CHACHA20 && chacha20 == 0 &&
			mech_is_ours(&mechs[i]))
			chacha20 = key_import(session, way, CKK_CHACHA20, value, 32);
	}
}

int
main(int argc, char **argv)
{
	const CK_ULONG max = argc > 2 ? strtoul(argv[2], NULL, 10) << 20 : 0;
	const CK_ULONG largest = max > UNIT ? max : UNIT;
	struct rusage use;

	way = argc > 2 ? way_named(argv[1]) : WAYS;
	if (way == WAYS || max == 0)
		die("usage: sizes WAY MIB");
	session = client_start();
	plain = room(largest);
	there = room(largest);
	back = room(largest);
	for (CK_ULONG i = 0; i < largest; i++)
		plain[i] = (CK_BYTE)(i * 7 + (i >> 8));
	keys_make();
	for (size_t i = 0; i < mechs_count; i++) {
		const enum algorithm a = mechs[i].algorithm;
		const bool one_of_many = (a == ALG_HMAC || a == ALG_DIGEST) &&
					 (mechs[i].param == PARAM_LENGTH ||
						 mechs[i].digest > DIGEST_SHA512);

		if (mech_is_ours(&mechs[i]) && !one_of_many)
			run(&mechs[i], max);
	}
	(void)getrusage(RUSAGE_SELF, &use);
	(void)printf("memory %ld MiB\n", use.ru_maxrss / 1024);
	must(F->C_Finalize(NULL), "C_Finalize");
	return 0;
}
