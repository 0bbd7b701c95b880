/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests/clients/wrapped.test: private keys that openssl has wrapped are unwrapped, sign, and
 * are wrapped for openssl. In the current folder, for each NAME of an argument TYPE:NAME (type rsa, ec
 * or ed25519; the first an RSA one, which wraps as well): reads NAME.kwp, by AES-KWP with the key
 * below, and NAME.rsaaes where it is there, by the first key; leaves NAME.der (CKA_PUBLIC_KEY_INFO),
 * NAME.sig (of the file "data"), NAME.kwp.out and NAME.rsaaes.out.
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

static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
static CK_FUNCTION_LIST *F;
static CK_SESSION_HANDLE session;
static CK_BYTE data[4096];
static CK_ULONG data_n;

static void
want(CK_RV rv, const char *what)
{
	if (rv == CKR_OK)
		return;
	(void)fprintf(stderr, "%s: %#lx\n", what, rv);
	exit(1);
}

/* Bytes read; 0: there is no such file. */
static CK_ULONG
get_file(const char *name, const char *end, CK_BYTE *to, CK_ULONG room)
{
	char path[128];
	CK_ULONG n;
	FILE *f;

	(void)snprintf(path, sizeof path, "%s%s", name, end);
	f = fopen(path, "rb");
	if (f == NULL)
		return 0;
	n = fread(to, 1, room, f);
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
	data_n = get_file("data", "", data, sizeof data);
	if (get == NULL || data_n == 0 || label == NULL || pin == NULL) {
		(void)fprintf(stderr, "no module, no stack or no data\n");
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

/* 00 01 02 ... 1f */
static CK_OBJECT_HANDLE
aes_key(void)
{
	static const CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	static const CK_KEY_TYPE type = CKK_AES;
	CK_BYTE value[32];
	CK_ATTRIBUTE t[] = { ATTR(CKA_CLASS, class), ATTR(CKA_KEY_TYPE, type),
		ATTR(CKA_VALUE, value), ATTR(CKA_WRAP, yes), ATTR(CKA_UNWRAP, yes) };
	CK_OBJECT_HANDLE key = 0;

	for (CK_BYTE i = 0; i < sizeof value; i++)
		value[i] = i;
	want(F->C_CreateObject(session, t, COUNT(t), &key), "the wrapping key");
	return key;
}

static const struct type {
	const char *name;
	CK_KEY_TYPE type;
	CK_MECHANISM_TYPE sign;
} types[] = {
	{ "rsa", CKK_RSA, CKM_SHA256_RSA_PKCS },
	{ "ec", CKK_EC, CKM_ECDSA_SHA256 },
	{ "ed25519", CKK_EC_EDWARDS, CKM_EDDSA },
};

static CK_RSA_PKCS_OAEP_PARAMS oaep = { CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED,
	NULL, 0 };
static CK_RSA_AES_KEY_WRAP_PARAMS both = { 256, &oaep };
static CK_MECHANISM kwp = { CKM_AES_KEY_WRAP_KWP, NULL, 0 },
		    rsa_aes = { CKM_RSA_AES_KEY_WRAP, &both, sizeof both };

static CK_OBJECT_HANDLE
unwrap(const struct type *t, CK_MECHANISM *m, CK_OBJECT_HANDLE by, CK_BYTE *wrapped,
	CK_ULONG n, const char *what)
{
	static const CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE template[] = { ATTR(CKA_CLASS, class), ATTR(CKA_KEY_TYPE, t->type),
		ATTR(CKA_UNWRAP, yes), ATTR(CKA_TOKEN, no) };
	CK_OBJECT_HANDLE key = 0;

	want(F->C_UnwrapKey(session, m, by, wrapped, n, template, COUNT(template), &key),
		what);
	return key;
}

static void
wrap(const char *name, const char *end, CK_MECHANISM *m, CK_OBJECT_HANDLE by,
	CK_OBJECT_HANDLE key)
{
	CK_BYTE wrapped[8192];
	CK_ULONG n = sizeof wrapped;

	want(F->C_WrapKey(session, m, by, key, wrapped, &n), end);
	put_file(name, end, wrapped, n);
}

static CK_OBJECT_HANDLE
public_half(CK_OBJECT_HANDLE private_half)
{
	static const CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
	static const CK_KEY_TYPE type = CKK_RSA;
	CK_BYTE modulus[1024], exponent[16];
	CK_ATTRIBUTE t[] = { ATTR(CKA_MODULUS, modulus),
		ATTR(CKA_PUBLIC_EXPONENT, exponent), ATTR(CKA_CLASS, class),
		ATTR(CKA_KEY_TYPE, type), ATTR(CKA_WRAP, yes) };
	CK_OBJECT_HANDLE key = 0;

	want(F->C_GetAttributeValue(session, private_half, t, 2), "the public numbers");
	want(F->C_CreateObject(session, t, COUNT(t), &key), "the public half");
	return key;
}

/* ECDSA's in DER is what openssl reads: small enough for short lengths here. */
static void
put_signature(const struct type *t, const char *name, const CK_BYTE *sig, CK_ULONG n)
{
	CK_BYTE der[256] = { 0x30, 0 };
	size_t at = 2;

	if (t->type != CKK_EC) {
		put_file(name, ".sig", sig, n);
		return;
	}
	for (const CK_BYTE *p = sig; p < sig + n; p += n / 2) {
		size_t skip = 0, pad;

		while (skip < n / 2 - 1 && p[skip] == 0)
			skip++;
		pad = p[skip] >> 7;
		der[at++] = 2;
		der[at++] = (CK_BYTE)(n / 2 - skip + pad);
		der[at] = 0;
		memcpy(der + at + pad, p + skip, n / 2 - skip);
		at += n / 2 - skip + pad;
	}
	der[1] = (CK_BYTE)(at - 2);
	put_file(name, ".sig", der, at);
}

static void
use(const struct type *t, const char *name, CK_OBJECT_HANDLE key)
{
	CK_MECHANISM m = { t->sign, NULL, 0 };
	CK_BYTE out[2048];
	CK_ATTRIBUTE info = { CKA_PUBLIC_KEY_INFO, out, sizeof out };
	CK_ULONG n = sizeof out;

	want(F->C_GetAttributeValue(session, key, &info, 1), "CKA_PUBLIC_KEY_INFO");
	put_file(name, ".der", out, info.ulValueLen);
	want(F->C_SignInit(session, &m, key), "C_SignInit");
	want(F->C_Sign(session, data, data_n, out, &n), "C_Sign");
	put_signature(t, name, out, n);
}

int
main(int argc, char **argv)
{
	CK_OBJECT_HANDLE aes, rsa = 0, rsa_public = 0, key;
	CK_BYTE wrapped[8192];
	CK_ULONG n;

	begin();
	aes = aes_key();
	for (int i = 1; i < argc; i++) {
		char *name = strchr(argv[i], ':');
		const struct type *t = types;

		if (name == NULL)
			return 2;
		*name++ = '\0';
		while (t < types + COUNT(types) && strcmp(t->name, argv[i]) != 0)
			t++;
		if (t == types + COUNT(types))
			return 2;
		n = get_file(name, ".kwp", wrapped, sizeof wrapped);
		key = unwrap(t, &kwp, aes, wrapped, n, name);
		if (i == 1) {
			rsa = key;
			rsa_public = public_half(rsa);
		}
		n = get_file(name, ".rsaaes", wrapped, sizeof wrapped);
		if (n != 0)
			key = unwrap(t, &rsa_aes, rsa, wrapped, n, name);
		use(t, name, key);
		wrap(name, ".kwp.out", &kwp, aes, key);
		wrap(name, ".rsaaes.out", &rsa_aes, rsa_public, key);
	}
	want(F->C_Finalize(NULL), "C_Finalize");
	return 0;
}
