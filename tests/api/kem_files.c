/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests/clients/kem.test, in the current folder, for each NAME of ML-KEM's sets. "make": a
 * pair on the token, NAME.der (CKA_PUBLIC_KEY_INFO), NAME.key (PKCS #8, of CKA_SEED), and what
 * C_EncapsulateKey gives, NAME.ciphertext and NAME.secret. "open": NAME.opened, the secret that
 * C_DecapsulateKey finds in NAME.theirs.
 */
#include "tests/api/files.h"

static const struct set {
	const char *name;
	CK_ULONG number;
} sets[] = {
	{ "ml-kem-512", CKP_ML_KEM_512 },
	{ "ml-kem-768", CKP_ML_KEM_768 },
	{ "ml-kem-1024", CKP_ML_KEM_1024 },
};

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
static CK_KEY_TYPE generic = CKK_GENERIC_SECRET;
static CK_ATTRIBUTE readable[] = { ATTR(CKA_KEY_TYPE, generic), ATTR(CKA_SENSITIVE, no),
	ATTR(CKA_EXTRACTABLE, yes) };
static CK_MECHANISM kem = { CKM_ML_KEM, NULL, 0 };

/* NAME.END */
static const char *
path_of(const struct set *set, const char *end)
{
	static char path[64];

	(void)snprintf(path, sizeof path, "%s.%s", set->name, end);
	return path;
}

static void
put_public(const struct set *set, CK_OBJECT_HANDLE key)
{
	CK_BYTE info[2048];
	CK_ATTRIBUTE a = ATTR(CKA_PUBLIC_KEY_INFO, info);

	want(F->C_GetAttributeValue(session, key, &a, 1), "CKA_PUBLIC_KEY_INFO");
	put_file(path_of(set, "der"), info, a.ulValueLen);
}

static void
put_secret(const struct set *set, const char *end, CK_OBJECT_HANDLE key)
{
	CK_BYTE value[32];
	CK_ATTRIBUTE a = ATTR(CKA_VALUE, value);

	want(F->C_GetAttributeValue(session, key, &a, 1), "CKA_VALUE");
	put_file(path_of(set, end), value, a.ulValueLen);
}

/* Version 0, the algorithm 2.16.840.1.101.3.4.4.N, and the seed as a choice of three. */
static void
put_seed(const struct set *set, CK_OBJECT_HANDLE key)
{
	CK_BYTE der[22 + 64] = { 0x30, 0x54, 2, 1, 0, 0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1,
		0x65, 3, 4, 4, (CK_BYTE)set->number, 4, 0x42, 0x80, 0x40 };
	CK_ATTRIBUTE a = { CKA_SEED, der + 22, 64 };

	want(F->C_GetAttributeValue(session, key, &a, 1), "CKA_SEED");
	put_file(path_of(set, "key"), der, sizeof der);
}

static void
make(const struct set *set)
{
	CK_MECHANISM gen = { CKM_ML_KEM_KEY_PAIR_GEN, NULL, 0 };
	CK_ULONG number = set->number, n;
	CK_ATTRIBUTE label = { CKA_LABEL, (void *)(uintptr_t)set->name,
		strlen(set->name) };
	CK_ATTRIBUTE public[] = { ATTR(CKA_PARAMETER_SET, number),
		ATTR(CKA_ENCAPSULATE, yes), ATTR(CKA_TOKEN, yes), label };
	CK_ATTRIBUTE private[] = { ATTR(CKA_DECAPSULATE, yes), ATTR(CKA_SENSITIVE, no),
		ATTR(CKA_EXTRACTABLE, yes), ATTR(CKA_TOKEN, yes), label };
	CK_OBJECT_HANDLE pub = 0, prv = 0, key = 0;
	CK_BYTE ciphertext[1568];

	n = sizeof ciphertext;
	want(F->C_GenerateKeyPair(session, &gen, public, COUNT(public), private,
		     COUNT(private), &pub, &prv),
		"C_GenerateKeyPair");
	put_public(set, pub);
	put_seed(set, prv);
	want(F->C_EncapsulateKey(
		     session, &kem, pub, readable, COUNT(readable), ciphertext, &n, &key),
		"C_EncapsulateKey");
	put_file(path_of(set, "ciphertext"), ciphertext, n);
	put_secret(set, "secret", key);
}

static void
open_theirs(const struct set *set)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE find[] = { ATTR(CKA_CLASS, class),
		{ CKA_LABEL, (void *)(uintptr_t)set->name, strlen(set->name) } };
	CK_OBJECT_HANDLE prv = 0, key = 0;
	CK_BYTE ciphertext[2048];
	CK_ULONG n = 0, len = 0;

	if (!get_file(path_of(set, "theirs"), ciphertext, &len, sizeof ciphertext))
		exit(1);
	want(F->C_FindObjectsInit(session, find, COUNT(find)), "C_FindObjectsInit");
	want(F->C_FindObjects(session, &prv, 1, &n), "C_FindObjects");
	want(F->C_FindObjectsFinal(session), "C_FindObjectsFinal");
	want(F->C_DecapsulateKey(session, &kem, prv, readable, COUNT(readable),
		     ciphertext, len, &key),
		"C_DecapsulateKey");
	put_secret(set, "opened", key);
}

int
main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	begin();
	for (size_t i = 0; i < COUNT(sets); i++) {
		if (strcmp(argv[1], "make") == 0)
			make(&sets[i]);
		else
			open_theirs(&sets[i]);
	}
	want(F->C_Finalize(NULL), "C_Finalize");
	return 0;
}
