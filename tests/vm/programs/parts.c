/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parts COUNT: encrypts in parts with a token key whose sockets were passed, and between the
 * parts with COUNT others, whose sockets want the room. Every answer must be CKR_OK, every byte
 * right. Says "sockets N" of those that were open then.
 */
#include "tests/vm/programs/client.h"

#define STEP 40u /* no whole blocks */

static const CK_MECHANISM_TYPE types[] = { CKM_AES_ECB, CKM_AES_CBC, CKM_AES_CTR,
	CKM_AES_CBC_PAD, CKM_AES_GCM };
static CK_BYTE plain[4 * STEP];

static void
begin(CK_SESSION_HANDLE s, CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE key)
{
	struct param p;

	param_plain(&p, mech_lookup(type), sizeof plain);
	must(F->C_EncryptInit(s, &p.mechanism, key), "C_EncryptInit");
}

static CK_ULONG
encrypt(CK_SESSION_HANDLE s, CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE key, CK_BYTE *out)
{
	CK_ULONG n = sizeof plain + 32;

	begin(s, type, key);
	must(F->C_Encrypt(s, plain, sizeof plain, out, &n), "C_Encrypt");
	return n;
}

static void
use_others(CK_SESSION_HANDLE s, const CK_OBJECT_HANDLE *keys, unsigned long n)
{
	CK_BYTE out[sizeof plain + 32];

	for (unsigned long i = 0; i < n; i++)
		for (unsigned k = 0; k < 3; k++)
			(void)encrypt(s, CKM_AES_CBC, keys[i], out);
}

int
main(int argc, char **argv)
{
	const unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	CK_OBJECT_HANDLE *keys = calloc(n + 1, sizeof *keys), key, same;
	CK_BYTE value[32] = { 3, 1, 4 }, wanted[sizeof plain + 32], got[sizeof wanted];
	CK_SESSION_HANDLE s, other;

	if (n == 0 || keys == NULL)
		die("usage: parts COUNT");
	s = client_start();
	other = client_session();
	key = key_import(s, WAY_PASSED, CKK_AES, value, sizeof value);
	same = key_import(s, WAY_PROCESS, CKK_AES, value, sizeof value);
	for (unsigned long i = 0; i < n; i++)
		keys[i] = key_import(s, WAY_PASSED, CKK_AES, value, sizeof value);
	for (size_t t = 0; t < COUNT(types); t++) {
		const CK_ULONG all = encrypt(s, types[t], same, wanted);
		CK_ULONG done = 0, room;

		for (unsigned i = 0; i < 3; i++)
			(void)encrypt(s, types[t], key, got);
		begin(s, types[t], key);
		for (unsigned i = 0; i < sizeof plain; i += STEP) {
			room = sizeof got - done;
			must(F->C_EncryptUpdate(s, plain + i, STEP, got + done, &room),
				"C_EncryptUpdate");
			done += room;
			use_others(other, keys, n);
		}
		room = sizeof got - done;
		must(F->C_EncryptFinal(s, got + done, &room), "C_EncryptFinal");
		if (done + room != all || memcmp(got, wanted, all) != 0)
			die("%s: other bytes", mech_lookup(types[t])->name);
	}
	(void)printf("sockets %u\n", af_alg_sockets());
	for (unsigned long i = 0; i < n; i++)
		must(F->C_DestroyObject(s, keys[i]), "C_DestroyObject");
	must(F->C_DestroyObject(s, key), "C_DestroyObject");
	must(F->C_Finalize(NULL), "C_Finalize");
	free(keys);
	return 0;
}
