/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does the same warm call again and again, for tests/clients/system-calls.test to see
 * what reaches the kernel meanwhile. A write to no descriptor marks the start and the end
 * of each row, whose name and number of calls are in it.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cryptoki/pkcs11.h"

#define CALLS 200
#define WARM 4 /* the first ones open what the others use */

static CK_FUNCTION_LIST_3_2 *p11;
static CK_SESSION_HANDLE session;
static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
static unsigned char block[16], out[64], signature[64] = { 1 };

static void
check(CK_RV rv, const char *what)
{
	if (rv == CKR_OK)
		return;
	(void)fprintf(stderr, "%s: 0x%lx\n", what, rv);
	exit(1);
}

static void
mark(const char *what, const char *name)
{
	char line[64];
	const int n = snprintf(line, sizeof line, "%s %s %d", what, name, CALLS);

	(void)!write(-1, line, (size_t)n);
}

static CK_OBJECT_HANDLE
aes_key(CK_BBOOL token, CK_BBOOL hidden)
{
	CK_MECHANISM gen = { CKM_AES_KEY_GEN, NULL, 0 };
	CK_BBOOL open = !hidden;
	CK_ULONG size = 32;
	CK_OBJECT_HANDLE key = 0;
	CK_ATTRIBUTE t[] = { { CKA_TOKEN, &token, 1 }, { CKA_SENSITIVE, &hidden, 1 },
		{ CKA_EXTRACTABLE, &open, 1 }, { CKA_ENCRYPT, &yes, 1 },
		{ CKA_DECRYPT, &yes, 1 }, { CKA_VALUE_LEN, &size, sizeof size },
		{ CKA_LABEL, (void *)(unsigned long)"warm", 4 } };

	check(p11->C_GenerateKey(session, &gen, t, sizeof t / sizeof t[0], &key), "key");
	return key;
}

static CK_OBJECT_HANDLE
public_key(void)
{
	static unsigned char p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03,
		0x01, 0x07 };
	CK_MECHANISM gen = { CKM_EC_KEY_PAIR_GEN, NULL, 0 };
	CK_ATTRIBUTE public[] = { { CKA_TOKEN, &yes, 1 }, { CKA_VERIFY, &yes, 1 },
		{ CKA_EC_PARAMS, p256, sizeof p256 } };
	CK_ATTRIBUTE private[] = { { CKA_TOKEN, &yes, 1 }, { CKA_SIGN, &yes, 1 } };
	CK_OBJECT_HANDLE pair[2] = { 0, 0 };

	check(p11->C_GenerateKeyPair(
		      session, &gen, public, 3, private, 2, &pair[0], &pair[1]),
		"pair");
	return pair[0];
}

static void
encrypt(CK_OBJECT_HANDLE key)
{
	CK_MECHANISM ecb = { CKM_AES_ECB, NULL, 0 };
	CK_ULONG n = sizeof out;

	check(p11->C_EncryptInit(session, &ecb, key), "C_EncryptInit");
	check(p11->C_Encrypt(session, block, sizeof block, out, &n), "C_Encrypt");
}

static void
encrypt_message(CK_OBJECT_HANDLE key)
{
	static unsigned char iv[12], tag[16];
	CK_MECHANISM gcm = { CKM_AES_GCM, NULL, 0 };
	CK_GCM_MESSAGE_PARAMS p = { iv, sizeof iv, 32, CKG_GENERATE_COUNTER, tag, 128 };
	CK_ULONG n = sizeof out;

	check(p11->C_MessageEncryptInit(session, &gcm, key), "C_MessageEncryptInit");
	check(p11->C_EncryptMessage(
		      session, &p, sizeof p, block, 5, block, sizeof block, out, &n),
		"C_EncryptMessage");
	check(p11->C_MessageEncryptFinal(session), "C_MessageEncryptFinal");
}

static void
verify(CK_OBJECT_HANDLE key)
{
	CK_MECHANISM ecdsa = { CKM_ECDSA, NULL, 0 };
	CK_RV rv;

	check(p11->C_VerifyInit(session, &ecdsa, key), "C_VerifyInit");
	rv = p11->C_Verify(session, block, sizeof block, signature, sizeof signature);
	check(rv == CKR_SIGNATURE_INVALID ? CKR_OK : CKR_GENERAL_ERROR, "C_Verify");
}

static void
read_label(CK_OBJECT_HANDLE key)
{
	CK_ATTRIBUTE label = { CKA_LABEL, out, sizeof out };

	check(p11->C_GetAttributeValue(session, key, &label, 1), "C_GetAttributeValue");
}

static void
row(const char *name, void (*call)(CK_OBJECT_HANDLE key), CK_OBJECT_HANDLE key)
{
	for (int i = 0; i < WARM; i++)
		call(key);
	mark("begin", name);
	for (int i = 0; i < CALLS; i++)
		call(key);
	mark("end", name);
}

static void
start(const char *module, const char *label, char *pin)
{
	void *library = dlopen(module, RTLD_NOW);
	CK_C_GetInterface get;
	CK_INTERFACE *interface;
	CK_SLOT_ID slots[16];
	CK_ULONG n = 16;
	CK_TOKEN_INFO info;

	if (library == NULL)
		exit(2);
	get = (CK_C_GetInterface)(unsigned long)dlsym(library, "C_GetInterface");
	check(get(NULL, NULL, &interface, 0), "C_GetInterface");
	p11 = interface->pFunctionList;
	check(p11->C_Initialize(NULL), "C_Initialize");
	check(p11->C_GetSlotList(CK_TRUE, slots, &n), "C_GetSlotList");
	for (CK_ULONG i = 0; i < n && session == 0; i++) {
		check(p11->C_GetTokenInfo(slots[i], &info), "C_GetTokenInfo");
		if (strncmp((char *)info.label, label, strlen(label)) == 0)
			check(p11->C_OpenSession(slots[i],
				      CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL,
				      &session),
				"C_OpenSession");
	}
	check(p11->C_Login(session, CKU_USER, (CK_UTF8CHAR *)pin, strlen(pin)),
		"C_Login");
}

int
main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	start(argv[1], argv[2], argv[3]);
	row("process-key", encrypt, aes_key(no, no));
	row("sensitive-key", encrypt, aes_key(no, yes));
	row("token-key", encrypt, aes_key(yes, yes));
	row("process-message", encrypt_message, aes_key(no, no));
	row("sensitive-message", encrypt_message, aes_key(no, yes));
	row("token-message", encrypt_message, aes_key(yes, yes));
	row("token-attribute", read_label, aes_key(yes, yes));
	row("token-public-key", verify, public_key());
	check(p11->C_Finalize(NULL), "C_Finalize");
	return 0;
}
