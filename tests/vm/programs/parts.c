/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parts COUNT: encrypts and signs in parts with a token key whose sockets were passed, and before
 * the first part and after each with COUNT others, whose sockets want the room. Says "sockets N"
 * of those that were open then. Wraps in one call, which takes thousands of exchanges, while a
 * thread digests without enough descriptors. Every answer must be CKR_OK, every byte right.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/vm/programs/client.h"

#define PARTS 4u
#define MOST 40u /* bytes of a part */
#define ROOM 32u /* for what comes out beyond them */

static const CK_MECHANISM_TYPE types[] = { CKM_AES_ECB, CKM_AES_CBC, CKM_AES_CTR,
	CKM_AES_CBC_PAD, CKM_AES_GCM, CKM_AES_GMAC, CKM_AES_CMAC };
/* No whole blocks before the end, nor always anything to compute before the last part. */
static const CK_ULONG splits[][PARTS] = { { 40, 40, 40, 40 }, { 4, 4, 4, 4 },
	{ 0, 20, 12, 0 } };
static CK_BYTE plain[PARTS * MOST];

struct scene {
	CK_SESSION_HANDLE s, other;
	CK_OBJECT_HANDLE key, same, *others;
	unsigned long n;
};

static bool
signs(CK_MECHANISM_TYPE type)
{
	return (mech_lookup(type)->flags & CKF_SIGN) != 0;
}

static void
begin(CK_SESSION_HANDLE s, CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE key)
{
	struct param p;

	param_plain(&p, mech_lookup(type), sizeof plain);
	must(signs(type) ? F->C_SignInit(s, &p.mechanism, key)
			 : F->C_EncryptInit(s, &p.mechanism, key),
		"Init");
}

static CK_ULONG
whole(CK_SESSION_HANDLE s, CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE key, CK_ULONG n,
	CK_BYTE *out)
{
	CK_ULONG got = n + ROOM;

	begin(s, type, key);
	must(signs(type) ? F->C_Sign(s, plain, n, out, &got)
			 : F->C_Encrypt(s, plain, n, out, &got),
		"a whole one");
	return got;
}

static CK_ULONG
part(CK_SESSION_HANDLE s, CK_MECHANISM_TYPE type, CK_BYTE *in, CK_ULONG n, CK_BYTE *out)
{
	CK_ULONG got = signs(type) ? 0 : n + ROOM;

	must(signs(type) ? F->C_SignUpdate(s, in, n)
			 : F->C_EncryptUpdate(s, in, n, out, &got),
		"a part");
	return got;
}

static CK_ULONG
end(CK_SESSION_HANDLE s, CK_MECHANISM_TYPE type, CK_BYTE *out)
{
	CK_ULONG got = ROOM;

	must(signs(type) ? F->C_SignFinal(s, out, &got) : F->C_EncryptFinal(s, out, &got),
		"Final");
	return got;
}

static void
use_others(const struct scene *x)
{
	CK_BYTE out[sizeof plain + ROOM];

	for (unsigned long i = 0; i < x->n; i++)
		(void)whole(x->other, CKM_AES_CBC, x->others[i], 16, out);
}

static void
in_parts(const struct scene *x, CK_MECHANISM_TYPE type, const CK_ULONG *split)
{
	CK_BYTE wanted[sizeof plain + ROOM], got[sizeof wanted + ROOM];
	CK_ULONG taken = 0, given = 0, n = 0;

	for (unsigned i = 0; i < PARTS; i++)
		n += split[i];
	/* it is passed when it is used again */
	for (unsigned i = 0; i < 3; i++)
		(void)whole(x->s, type, x->key, n, got);
	n = whole(x->s, type, x->same, n, wanted);
	begin(x->s, type, x->key);
	use_others(x);
	for (unsigned i = 0; i < PARTS; i++) {
		given += part(x->s, type, plain + taken, split[i], got + given);
		taken += split[i];
		use_others(x);
	}
	given += end(x->s, type, got + given);
	if (given != n || memcmp(got, wanted, n) != 0)
		die("%s: other bytes", mech_lookup(type)->name);
}

/* What is wrapped in place is not there for a second try. */
static void
in_place(const struct scene *x, CK_MECHANISM_TYPE type)
{
	CK_BYTE wanted[16 + ROOM], got[sizeof wanted];
	const CK_ULONG n = whole(x->s, type, x->same, 16, wanted);
	CK_ULONG given = sizeof got;

	for (unsigned i = 0; i < 3; i++)
		(void)whole(x->s, type, x->key, 16, got);
	begin(x->s, type, x->key);
	use_others(x);
	memcpy(got, plain, 16);
	must(F->C_Encrypt(x->s, got, 16, got, &given), "in place");
	if (given != n || memcmp(got, wanted, n) != 0)
		die("%s in place: other bytes", mech_lookup(type)->name);
}

/* --- Beside who makes all room that there is ------------------------------------------ */

#define LIMIT 128u     /* descriptors */
#define SPARE 6u       /* of those below it: for three digests */
#define WRAPPED 60000u /* bytes */

static atomic_bool done;

static void *
digest_on(void *arg)
{
	static const CK_MECHANISM_TYPE several[] = { CKM_SHA_1, CKM_SHA224, CKM_SHA256,
		CKM_SHA384, CKM_SHA512, CKM_SHA3_224, CKM_SHA3_256, CKM_SHA3_384,
		CKM_SHA3_512 };
	const CK_SESSION_HANDLE *s = arg;
	CK_BYTE out[64];

	/* the other one has begun by then */
	(void)usleep(50000);
	for (unsigned i = 0; !atomic_load(&done); i++) {
		CK_MECHANISM m = { several[i % COUNT(several)], NULL, 0 };
		CK_ULONG n = sizeof out;

		must(F->C_DigestInit(*s, &m), "C_DigestInit");
		must(F->C_Digest(*s, plain, sizeof plain, out, &n), "C_Digest");
	}
	return NULL;
}

/* Below the limit only a few are left. */
static unsigned
use_up(int *fds)
{
	unsigned n = 0;

	while (n < LIMIT && (fds[n] = dup(STDIN_FILENO)) >= 0)
		n++;
	if (n < SPARE)
		die("%u descriptors below %u", n, LIMIT);
	for (unsigned i = 0; i < SPARE; i++)
		(void)close(fds[--n]);
	return n;
}

static void
wrap(CK_SESSION_HANDLE s, CK_BYTE *in, CK_BYTE *out)
{
	CK_ULONG n = WRAPPED + 8;

	must(F->C_Encrypt(s, in, WRAPPED, out, &n), "C_Encrypt of what is wrapped");
}

static void
in_many_steps(struct scene *x)
{
	static CK_BYTE in[WRAPPED], wanted[WRAPPED + 8], got[WRAPPED + 8];
	struct rlimit before, few;
	CK_BYTE out[16 + ROOM];
	int fds[LIMIT];
	pthread_t thread;
	unsigned n;

	memset(in, 5, sizeof in);
	begin(x->s, CKM_AES_KEY_WRAP, x->same);
	wrap(x->s, in, wanted);
	for (unsigned i = 0; i < 3; i++)
		(void)whole(x->s, CKM_AES_KEY_WRAP, x->key, 16, out);
	if (getrlimit(RLIMIT_NOFILE, &before) != 0)
		die("no limit");
	few = before;
	few.rlim_cur = LIMIT;
	if (setrlimit(RLIMIT_NOFILE, &few) != 0)
		die("no other limit");
	n = use_up(fds);
	begin(x->s, CKM_AES_KEY_WRAP, x->key);
	if (pthread_create(&thread, NULL, digest_on, &x->other) != 0)
		die("no thread");
	wrap(x->s, in, got);
	atomic_store(&done, true);
	(void)pthread_join(thread, NULL);
	while (n != 0)
		(void)close(fds[--n]);
	(void)setrlimit(RLIMIT_NOFILE, &before);
	if (memcmp(got, wanted, sizeof got) != 0)
		die("other bytes are wrapped");
}

int
main(int argc, char **argv)
{
	struct scene x = { .n = argc > 1 ? strtoul(argv[1], NULL, 10) : 0 };
	CK_BYTE value[32] = { 3, 1, 4 };

	x.others = calloc(x.n + 1, sizeof *x.others);
	if (x.n == 0 || x.others == NULL)
		die("usage: parts COUNT");
	x.s = client_start();
	x.other = client_session();
	x.key = key_import(x.s, WAY_PASSED, CKK_AES, value, sizeof value);
	x.same = key_import(x.s, WAY_PROCESS, CKK_AES, value, sizeof value);
	for (unsigned long i = 0; i < x.n; i++)
		x.others[i] = key_import(x.s, WAY_PASSED, CKK_AES, value, sizeof value);
	/* for the first time keyringd executes */
	use_others(&x);
	for (size_t t = 0; t < COUNT(types); t++)
		for (size_t i = 0; i < COUNT(splits); i++)
			in_parts(&x, types[t], splits[i]);
	in_place(&x, CKM_AES_CBC_PAD);
	in_place(&x, CKM_AES_KEY_WRAP);
	(void)printf("sockets %u\n", af_alg_sockets());
	for (unsigned long i = 0; i < x.n; i++)
		must(F->C_DestroyObject(x.s, x.others[i]), "C_DestroyObject");
	in_many_steps(&x);
	must(F->C_DestroyObject(x.s, x.key), "C_DestroyObject");
	must(F->C_Finalize(NULL), "C_Finalize");
	free(x.others);
	return 0;
}
