/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parts COUNT: encrypts and signs in parts with a token key whose sockets were passed, and before
 * the first part and after each with COUNT others, whose sockets want the room. Every answer must
 * be CKR_OK, every byte right. Says "sockets N" of those that were open then.
 */
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
	(void)printf("sockets %u\n", af_alg_sockets());
	for (unsigned long i = 0; i < x.n; i++)
		must(F->C_DestroyObject(x.s, x.others[i]), "C_DestroyObject");
	must(F->C_DestroyObject(x.s, x.key), "C_DestroyObject");
	must(F->C_Finalize(NULL), "C_Finalize");
	free(x.others);
	return 0;
}
