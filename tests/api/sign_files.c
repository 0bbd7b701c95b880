/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests/clients/signatures.test: signs with every mechanism and leaves what openssl needs to
 * verify. For each row, in the current folder, NAME.der (CKA_PUBLIC_KEY_INFO) and NAME.sig (of
 * the file "data"; ECDSA's in DER); on stdout "NAME OPENSSL-DIGEST PADDING".
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cryptoki/pkcs11.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ATTR(type, object)                                             \
	{                                                              \
		(type), (void *)(uintptr_t) & (object), sizeof(object) \
	}

static CK_FUNCTION_LIST *F;
static CK_SESSION_HANDLE session;
static CK_BYTE data[4096];
static CK_ULONG data_len;

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
	FILE *f = fopen("data", "rb");

	if (module != NULL)
		get = (CK_C_GetFunctionList)(uintptr_t)dlsym(module, "C_GetFunctionList");
	if (get == NULL || f == NULL || label == NULL || pin == NULL) {
		(void)fprintf(stderr, "no module, no stack or no data\n");
		exit(1);
	}
	data_len = fread(data, 1, sizeof data, f);
	(void)fclose(f);
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

static void
put_file(const char *name, const char *end, const CK_BYTE *p, CK_ULONG n)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s.%s", name, end);
	f = fopen(path, "wb");
	if (f == NULL || fwrite(p, 1, n, f) != n || fclose(f) != 0) {
		perror(path);
		exit(1);
	}
}

static void
put_public(const char *name, CK_OBJECT_HANDLE key)
{
	CK_BYTE info[2048];
	CK_ATTRIBUTE a = { CKA_PUBLIC_KEY_INFO, info, sizeof info };

	want(F->C_GetAttributeValue(session, key, &a, 1), "CKA_PUBLIC_KEY_INFO");
	put_file(name, "der", info, a.ulValueLen);
}

/* An INTEGER that is not negative; the bytes written. */
static size_t
put_integer(const CK_BYTE *p, size_t n, CK_BYTE *to)
{
	size_t pad;

	while (n > 1 && p[0] == 0) {
		p++;
		n--;
	}
	pad = p[0] >> 7;
	to[0] = 2;
	to[1] = (CK_BYTE)(n + pad);
	to[2] = 0;
	memcpy(to + 2 + pad, p, n);
	return 2 + pad + n;
}

static void
put_ecdsa(const char *name, const CK_BYTE *sig, size_t n)
{
	CK_BYTE inner[160], der[168] = { 0x30 };
	size_t len = put_integer(sig, n / 2, inner), head = 2;

	len += put_integer(sig + n / 2, n / 2, inner + len);
	if (len >= 128)
		der[1] = 0x81, head = 3;
	der[head - 1] = (CK_BYTE)len;
	memcpy(der + head, inner, len);
	put_file(name, "sig", der, head + len);
}

static void
sign_row(const char *name, CK_MECHANISM *m, CK_OBJECT_HANDLE pub, CK_OBJECT_HANDLE prv,
	const char *digest, const char *padding)
{
	CK_BYTE sig[1024];
	CK_ULONG n = sizeof sig;

	want(F->C_SignInit(session, m, prv), name);
	want(F->C_Sign(session, data, data_len, sig, &n), name);
	put_public(name, pub);
	if (strcmp(padding, "ecdsa") == 0)
		put_ecdsa(name, sig, n);
	else
		put_file(name, "sig", sig, n);
	(void)printf("%s %s %s\n", name, digest, padding);
}

static void
make(CK_MECHANISM_TYPE type, CK_ATTRIBUTE *kind, CK_OBJECT_HANDLE *pub,
	CK_OBJECT_HANDLE *prv)
{
	CK_MECHANISM m = { type, NULL, 0 };

	want(F->C_GenerateKeyPair(session, &m, kind, 1, NULL, 0, pub, prv),
		"C_GenerateKeyPair");
}

static const struct digest {
	const char *name; /* openssl's */
	CK_MECHANISM_TYPE hash, pkcs, pss, ecdsa;
	CK_RSA_PKCS_MGF_TYPE mgf;
	CK_ULONG size;
} digests[] = {
#define DIGEST(name, d, size)                                                \
	{                                                                    \
		(name), CKM_##d, CKM_##d##_RSA_PKCS, CKM_##d##_RSA_PKCS_PSS, \
			CKM_ECDSA_##d, CKG_MGF1_##d, (size)                  \
	}
	{ "sha1", CKM_SHA_1, CKM_SHA1_RSA_PKCS, CKM_SHA1_RSA_PKCS_PSS, CKM_ECDSA_SHA1,
		CKG_MGF1_SHA1, 20 },
	DIGEST("sha224", SHA224, 28),
	DIGEST("sha256", SHA256, 32),
	DIGEST("sha384", SHA384, 48),
	DIGEST("sha512", SHA512, 64),
	DIGEST("sha3-224", SHA3_224, 28),
	DIGEST("sha3-256", SHA3_256, 32),
	DIGEST("sha3-384", SHA3_384, 48),
	DIGEST("sha3-512", SHA3_512, 64),
};

static void
rsa(void)
{
	static const CK_ULONG sizes[] = { 2048, 3072 };
	CK_OBJECT_HANDLE pub, prv;
	char name[64];

	for (size_t k = 0; k < COUNT(sizes); k++) {
		CK_ATTRIBUTE bits = ATTR(CKA_MODULUS_BITS, sizes[k]);

		make(CKM_RSA_PKCS_KEY_PAIR_GEN, &bits, &pub, &prv);
		for (size_t i = 0; i < COUNT(digests); i++) {
			const struct digest *d = &digests[i];
			CK_RSA_PKCS_PSS_PARAMS p = { d->hash, d->mgf, d->size };
			CK_MECHANISM pkcs = { d->pkcs, NULL, 0 };
			CK_MECHANISM pss = { d->pss, &p, sizeof p };

			(void)snprintf(
				name, sizeof name, "rsa-%lu-pkcs-%s", sizes[k], d->name);
			sign_row(name, &pkcs, pub, prv, d->name, "pkcs1");
			(void)snprintf(
				name, sizeof name, "rsa-%lu-pss-%s", sizes[k], d->name);
			sign_row(name, &pss, pub, prv, d->name, "pss");
		}
	}
}

struct curve {
	const char *name;
	CK_BYTE oid[16];
	CK_ULONG n;
};

static void
ec(void)
{
	static const struct curve curves[] = {
		{ "p224", { 6, 5, 0x2b, 0x81, 4, 0, 0x21 }, 7 },
		{ "p256", { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 }, 10 },
		{ "p384", { 6, 5, 0x2b, 0x81, 4, 0, 0x22 }, 7 },
		{ "p521", { 6, 5, 0x2b, 0x81, 4, 0, 0x23 }, 7 },
		{ "secp256k1", { 6, 5, 0x2b, 0x81, 4, 0, 0x0a }, 7 },
		{ "bp224", { 6, 9, 0x2b, 0x24, 3, 3, 2, 8, 1, 1, 5 }, 11 },
		{ "bp256", { 6, 9, 0x2b, 0x24, 3, 3, 2, 8, 1, 1, 7 }, 11 },
		{ "bp320", { 6, 9, 0x2b, 0x24, 3, 3, 2, 8, 1, 1, 9 }, 11 },
		{ "bp384", { 6, 9, 0x2b, 0x24, 3, 3, 2, 8, 1, 1, 11 }, 11 },
		{ "bp512", { 6, 9, 0x2b, 0x24, 3, 3, 2, 8, 1, 1, 13 }, 11 },
	};
	CK_OBJECT_HANDLE pub, prv;
	char name[64];

	for (size_t k = 0; k < COUNT(curves); k++) {
		CK_ATTRIBUTE params = { CKA_EC_PARAMS, (void *)(uintptr_t)curves[k].oid,
			curves[k].n };

		make(CKM_EC_KEY_PAIR_GEN, &params, &pub, &prv);
		for (size_t i = 0; i < COUNT(digests); i++) {
			CK_MECHANISM m = { digests[i].ecdsa, NULL, 0 };

			(void)snprintf(name, sizeof name, "ecdsa-%s-%s", curves[k].name,
				digests[i].name);
			sign_row(name, &m, pub, prv, digests[i].name, "ecdsa");
		}
	}
}

static void
edwards(void)
{
	static const struct curve curves[] = {
		{ "ed25519", { 6, 3, 0x2b, 0x65, 0x70 }, 5 },
		{ "ed448", { 6, 3, 0x2b, 0x65, 0x71 }, 5 },
	};
	CK_OBJECT_HANDLE pub, prv;
	CK_MECHANISM m = { CKM_EDDSA, NULL, 0 };

	for (size_t k = 0; k < COUNT(curves); k++) {
		CK_ATTRIBUTE params = { CKA_EC_PARAMS, (void *)(uintptr_t)curves[k].oid,
			curves[k].n };

		make(CKM_EC_EDWARDS_KEY_PAIR_GEN, &params, &pub, &prv);
		sign_row(curves[k].name, &m, pub, prv, "none", "raw");
	}
}

int
main(void)
{
	begin();
	rsa();
	ec();
	edwards();
	want(F->C_Finalize(NULL), "C_Finalize");
	return 0;
}
