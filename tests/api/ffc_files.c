/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests/clients/finite-fields.test: DSA and Diffie-Hellman beside openssl. In the current folder, for
 * each KIND that is named, KIND.p, KIND.g and KIND.q (DSA's and X9.42's) are openssl's domain, KIND.y is
 * its public key there.
 *   ffc_files sign KIND     makes a pair, and leaves KIND.der (CKA_PUBLIC_KEY_INFO) and
 *                           KIND-DIGEST.sig of the file "data"; tells of each KIND-DIGEST.theirs
 *                           whether it is openssl's signature of "data"
 *   ffc_files agree KIND    makes a pair, and leaves KIND.der and KIND.secret
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/api/sign_files_der.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ATTR(type, object)                                             \
	{                                                              \
		(type), (void *)(uintptr_t) & (object), sizeof(object) \
	}
#define NUMBER_MAX 1024u

static CK_FUNCTION_LIST *F;
static CK_SESSION_HANDLE session;
static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

static void
want(CK_RV rv, const char *what)
{
	if (rv == CKR_OK)
		return;
	(void)fprintf(stderr, "%s: %#lx\n", what, rv);
	exit(1);
}

static void
begin(void)
{
	void *module = dlopen(getenv("PKCS11_MODULE"), RTLD_NOW);
	CK_C_GetFunctionList get = NULL;
	const char *label = getenv("TOKEN_LABEL"), *pin = getenv("USER_PIN");
	CK_SLOT_ID slots[16];
	CK_ULONG n = COUNT(slots);
	CK_TOKEN_INFO info;

	if (module != NULL)
		get = (CK_C_GetFunctionList)(uintptr_t)dlsym(module, "C_GetFunctionList");
	if (get == NULL || label == NULL || pin == NULL) {
		(void)fprintf(stderr, "no module or no stack\n");
		exit(1);
	}
	want(get(&F), "C_GetFunctionList");
	want(F->C_Initialize(NULL), "C_Initialize");
	want(F->C_GetSlotList(CK_TRUE, slots, &n), "C_GetSlotList");
	for (CK_ULONG i = 0; i < n && session == 0; i++) {
		want(F->C_GetTokenInfo(slots[i], &info), "C_GetTokenInfo");
		if (strncmp((const char *)info.label, label, strlen(label)) == 0)
			want(F->C_OpenSession(slots[i],
				     CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL,
				     &session),
				"C_OpenSession");
	}
	want(F->C_Login(session, CKU_USER, (CK_BYTE *)(uintptr_t)pin, strlen(pin)),
		"C_Login");
}

/* --- Files ---------------------------------------------------------------------------------- */

/* 0: it is not there. */
static CK_ULONG
get_file(const char *name, const char *end, CK_BYTE *to, CK_ULONG cap)
{
	char path[128];
	size_t n;
	FILE *f;

	(void)snprintf(path, sizeof path, "%s%s", name, end);
	f = fopen(path, "rb");
	if (f == NULL)
		return 0;
	n = fread(to, 1, cap, f);
	(void)fclose(f);
	return n;
}

static void
put_file(const char *name, const char *end, const CK_BYTE *p, CK_ULONG n)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s%s", name, end);
	f = fopen(path, "wb");
	if (f == NULL || fwrite(p, 1, n, f) != n || fclose(f) != 0) {
		perror(path);
		exit(1);
	}
}

/* --- Keys ------------------------------------------------------------------------------------- */

static struct domain {
	CK_BYTE p[NUMBER_MAX], g[NUMBER_MAX], q[NUMBER_MAX], y[NUMBER_MAX];
	CK_ULONG y_n, q_n;
	CK_ATTRIBUTE list[8]; /* of a public template, with room for more */
	CK_ULONG n;
} domain;

static void
domain_add(CK_ATTRIBUTE_TYPE type, void *value, CK_ULONG n)
{
	domain.list[domain.n++] = (CK_ATTRIBUTE){ type, value, n };
}

static void
domain_read(const char *kind)
{
	domain_add(CKA_PRIME, domain.p, get_file(kind, ".p", domain.p, NUMBER_MAX));
	domain_add(CKA_BASE, domain.g, get_file(kind, ".g", domain.g, NUMBER_MAX));
	domain.q_n = get_file(kind, ".q", domain.q, NUMBER_MAX);
	if (domain.q_n != 0)
		domain_add(CKA_SUBPRIME, domain.q, domain.q_n);
	domain.y_n = get_file(kind, ".y", domain.y, NUMBER_MAX);
}

/* The private half; the public one is left for openssl. */
static CK_OBJECT_HANDLE
make(const char *kind, CK_MECHANISM_TYPE type, CK_ATTRIBUTE_TYPE use)
{
	CK_ATTRIBUTE private[] = { { use, (void *)(uintptr_t)&yes, sizeof yes } };
	CK_MECHANISM m = { type, NULL, 0 };
	CK_BYTE info[4096];
	CK_ATTRIBUTE a = { CKA_PUBLIC_KEY_INFO, info, sizeof info };
	CK_OBJECT_HANDLE pub, prv;

	want(F->C_GenerateKeyPair(
		     session, &m, domain.list, domain.n, private, 1, &pub, &prv),
		kind);
	want(F->C_GetAttributeValue(session, pub, &a, 1), "CKA_PUBLIC_KEY_INFO");
	put_file(kind, ".der", info, a.ulValueLen);
	return prv;
}

/* openssl's public key. */
static CK_OBJECT_HANDLE
import(const char *kind)
{
	static const CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
	static const CK_KEY_TYPE type = CKK_DSA;
	CK_OBJECT_HANDLE key = 0;

	domain_add(CKA_CLASS, (void *)(uintptr_t) & class, sizeof class);
	domain_add(CKA_KEY_TYPE, (void *)(uintptr_t)&type, sizeof type);
	domain_add(CKA_VALUE, domain.y, domain.y_n);
	want(F->C_CreateObject(session, domain.list, domain.n, &key), kind);
	return key;
}

/* --- What it does ---------------------------------------------------------------------------- */

static const struct {
	const char *name; /* openssl's */
	CK_MECHANISM_TYPE mechanism;
} digests[] = {
	{ "sha1", CKM_DSA_SHA1 },
	{ "sha224", CKM_DSA_SHA224 },
	{ "sha256", CKM_DSA_SHA256 },
	{ "sha384", CKM_DSA_SHA384 },
	{ "sha512", CKM_DSA_SHA512 },
	{ "sha3-224", CKM_DSA_SHA3_224 },
	{ "sha3-256", CKM_DSA_SHA3_256 },
	{ "sha3-384", CKM_DSA_SHA3_384 },
	{ "sha3-512", CKM_DSA_SHA3_512 },
};

static void
verify(const char *name, CK_MECHANISM *m, CK_OBJECT_HANDLE key, CK_BYTE *data, CK_ULONG n)
{
	CK_BYTE file[168], raw[64];
	const CK_ULONG file_n = get_file(name, ".theirs", file, sizeof file);
	CK_RV right, wrong;

	if (file_n == 0)
		return;
	if (!der_get_ecdsa((struct octets){ file, file_n }, raw, 2 * domain.q_n))
		want(CKR_DATA_INVALID, name);
	want(F->C_VerifyInit(session, m, key), name);
	right = F->C_Verify(session, data, n, raw, 2 * domain.q_n);
	want(F->C_VerifyInit(session, m, key), name);
	wrong = F->C_Verify(session, data, n - 1, raw, 2 * domain.q_n);
	if (right == CKR_OK && wrong == CKR_SIGNATURE_INVALID)
		(void)printf("ok %s by openssl\n", name);
	else
		(void)printf("not ok %s by openssl: %#lx, of other data %#lx\n", name,
			right, wrong);
}

static void
sign(const char *kind)
{
	const CK_OBJECT_HANDLE prv = make(kind, CKM_DSA_KEY_PAIR_GEN, CKA_SIGN),
			       theirs = import(kind);
	CK_BYTE data[4096], sig[64], der[168];
	const CK_ULONG n = get_file("data", "", data, sizeof data);
	char name[80];

	for (size_t i = 0; i < COUNT(digests); i++) {
		CK_MECHANISM m = { digests[i].mechanism, NULL, 0 };
		CK_ULONG len = sizeof sig;

		(void)snprintf(name, sizeof name, "%s-%s", kind, digests[i].name);
		want(F->C_SignInit(session, &m, prv), name);
		want(F->C_Sign(session, data, n, sig, &len), name);
		put_file(name, ".sig", der, der_put_ecdsa(sig, len, der));
		verify(name, &m, theirs, data, n);
	}
}

static void
agree(const char *kind)
{
	static const CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, class), ATTR(CKA_SENSITIVE, no),
		ATTR(CKA_EXTRACTABLE, yes) };
	const int x9_42 = domain.q_n != 0;
	CK_X9_42_DH1_DERIVE_PARAMS p = { CKD_NULL, 0, NULL, domain.y_n, domain.y };
	CK_MECHANISM m = { CKM_DH_PKCS_DERIVE, domain.y, domain.y_n };
	CK_BYTE secret[NUMBER_MAX];
	CK_ATTRIBUTE a = ATTR(CKA_VALUE, secret);
	CK_OBJECT_HANDLE prv, key;

	if (x9_42)
		m = (CK_MECHANISM){ CKM_X9_42_DH_DERIVE, &p, sizeof p };
	prv = make(kind, x9_42 ? CKM_X9_42_DH_KEY_PAIR_GEN : CKM_DH_PKCS_KEY_PAIR_GEN,
		CKA_DERIVE);
	want(F->C_DeriveKey(session, &m, prv, template, COUNT(template), &key), kind);
	want(F->C_GetAttributeValue(session, key, &a, 1), "CKA_VALUE");
	put_file(kind, ".secret", secret, a.ulValueLen);
}

int
main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	begin();
	domain_read(argv[2]);
	if (strcmp(argv[1], "sign") == 0)
		sign(argv[2]);
	else
		agree(argv[2]);
	want(F->C_Finalize(NULL), "C_Finalize");
	return 0;
}
