/* SPDX-License-Identifier: Apache-2.0 */
/*
 * core WAY|LABEL|unwrapped|derived BYTES: imports an AES key of the bytes that it reads from stdin in
 * hexadecimal (or, with a LABEL, uses the token's key of that label; or says "public" and the
 * SubjectPublicKeyInfo of an RSA or EC key pair, reads what was encrypted with it by PKCS #1 v1.5, or
 * another point, and has the private half make a sensitive key of that), encrypts and decrypts
 * with it in several mechanisms, at once and in parts, says its custody and that it is ready,
 * having wiped what it has itself, and aborts when it reads one more byte: for a
 * look at its memory, and for a core. One operation is left under way.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/vm/programs/client.h"

#define BYTES_IN 4096u

static CK_SESSION_HANDLE session;
static CK_BYTE plain[BYTES_IN], room[BYTES_IN + 64], back[BYTES_IN + 64];

static CK_OBJECT_HANDLE
key_find(char *label)
{
	CK_ATTRIBUTE t = { CKA_LABEL, label, strlen(label) };
	CK_OBJECT_HANDLE key = 0;
	CK_ULONG n = 0;

	must(F->C_FindObjectsInit(session, &t, 1), "C_FindObjectsInit");
	must(F->C_FindObjects(session, &key, 1, &n), "C_FindObjects");
	must(F->C_FindObjectsFinal(session), "C_FindObjectsFinal");
	if (n != 1)
		die("no key %s", label);
	return key;
}

/* Digit by digit, so that no library keeps a copy. */
static unsigned
digit_read(void)
{
	char c = '0';

	if (read(STDIN_FILENO, &c, 1) != 1)
		die("too few digits");
	return c <= '9' ? (unsigned)c - '0' : (unsigned)(c | 32) - 'a' + 10;
}

static void
hex_read(CK_BYTE *to, CK_ULONG n)
{
	for (CK_ULONG i = 0; i < n; i++) {
		const unsigned high = digit_read();

		to[i] = (CK_BYTE)(high << 4 | digit_read());
	}
}

static CK_OBJECT_HANDLE
key_read(enum way way, CK_ULONG n)
{
	CK_BYTE value[32];
	CK_OBJECT_HANDLE key;

	hex_read(value, n < sizeof value ? n : sizeof value);
	key = key_import(session, way, CKK_AES, value, n);
	explicit_bzero(value, sizeof value);
	return key;
}

/* --- Keys that a private one makes ------------------------------------------------ */

static const CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

static CK_OBJECT_HANDLE
pair_make(CK_MECHANISM_TYPE type, CK_ATTRIBUTE kind, CK_ATTRIBUTE_TYPE use)
{
	CK_MECHANISM m = { type, NULL, 0 };
	CK_ATTRIBUTE prv = { use, (void *)(uintptr_t)&yes, 1 };
	CK_BYTE der[512];
	CK_ATTRIBUTE info = { CKA_PUBLIC_KEY_INFO, der, sizeof der };
	CK_OBJECT_HANDLE pub = 0, private = 0;

	must(F->C_GenerateKeyPair(session, &m, &kind, 1, &prv, 1, &pub, &private),
		"C_GenerateKeyPair");
	must(F->C_GetAttributeValue(session, pub, &info, 1), "CKA_PUBLIC_KEY_INFO");
	(void)printf("public ");
	for (CK_ULONG i = 0; i < info.ulValueLen; i++)
		(void)printf("%02x", der[i]);
	(void)printf("\n");
	(void)fflush(stdout);
	return private;
}

static CK_OBJECT_HANDLE
key_made(bool agreed, CK_ULONG n)
{
	static const CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	static const CK_KEY_TYPE type = CKK_AES;
	static const CK_ULONG bits = 2048;
	static CK_BYTE p256[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };
	CK_BYTE theirs[256];
	CK_ECDH1_DERIVE_PARAMS ecdh = { CKD_NULL, 0, NULL, 65, theirs };
	CK_MECHANISM derive = { CKM_ECDH1_DERIVE, &ecdh, sizeof ecdh },
		     unwrap = { CKM_RSA_PKCS, NULL, 0 };
	CK_ATTRIBUTE t[] = { ATTR(CKA_CLASS, class), ATTR(CKA_KEY_TYPE, type),
		ATTR(CKA_VALUE_LEN, n), ATTR(CKA_SENSITIVE, yes),
		ATTR(CKA_EXTRACTABLE, no) };
	CK_OBJECT_HANDLE private, key = 0;

	if (agreed) {
		private = pair_make(CKM_EC_KEY_PAIR_GEN,
			(CK_ATTRIBUTE)ATTR(CKA_EC_PARAMS, p256), CKA_DERIVE);
		hex_read(theirs, 65);
		must(F->C_DeriveKey(session, &derive, private, t, COUNT(t), &key),
			"C_DeriveKey");
	} else {
		private = pair_make(CKM_RSA_PKCS_KEY_PAIR_GEN,
			(CK_ATTRIBUTE)ATTR(CKA_MODULUS_BITS, bits), CKA_UNWRAP);
		hex_read(theirs, 256);
		must(F->C_UnwrapKey(
			     session, &unwrap, private, theirs, 256, t, COUNT(t), &key),
			"C_UnwrapKey");
	}
	return key;
}

/* --- Use ---------------------------------------------------------------------------- */

static void
use(const struct mech *m, CK_OBJECT_HANDLE key)
{
	CK_ULONG n = sizeof room, back_n = sizeof back;
	struct param p;

	param_plain(&p, m, BYTES_IN);
	must(F->C_EncryptInit(session, &p.mechanism, key), m->ckm);
	must(F->C_Encrypt(session, plain, BYTES_IN, room, &n), m->ckm);
	must(F->C_DecryptInit(session, &p.mechanism, key), m->ckm);
	must(F->C_Decrypt(session, room, n, back, &back_n), m->ckm);
	if (memcmp(back, plain, BYTES_IN) != 0)
		die("%s came back as something else", m->ckm);
}

static void
use_in_parts(const struct mech *m, CK_OBJECT_HANDLE key)
{
	struct param p;
	CK_ULONG n;

	param_plain(&p, m, BYTES_IN);
	must(F->C_EncryptInit(session, &p.mechanism, key), m->ckm);
	for (CK_ULONG i = 0; i < BYTES_IN; i += 512) {
		n = sizeof room;
		must(F->C_EncryptUpdate(session, plain + i, 512, room, &n), m->ckm);
	}
	n = sizeof room;
	must(F->C_EncryptFinal(session, room, &n), m->ckm);
}

int
main(int argc, char **argv)
{
	static const CK_MECHANISM_TYPE types[] = { CKM_AES_ECB, CKM_AES_CBC,
		CKM_AES_CBC_PAD, CKM_AES_CTR, CKM_AES_GCM };
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	enum way way = argc > 2 ? way_named(argv[1]) : WAYS;
	CK_OBJECT_HANDLE key;
	struct param p;
	CK_ULONG n = sizeof room, bytes;

	if (argc < 3)
		die("usage: core WAY|LABEL|unwrapped|derived BYTES");
	(void)setrlimit(RLIMIT_CORE, &all);
	session = client_start();
	bytes = strtoul(argv[2], NULL, 10);
	if (strcmp(argv[1], "unwrapped") == 0 || strcmp(argv[1], "derived") == 0)
		key = key_made(argv[1][0] == 'd', bytes);
	else
		key = way == WAYS ? key_find(argv[1]) : key_read(way, bytes);
	/* more than once: the second use is the one that finds something warm */
	for (unsigned round = 0; round < 3; round++) {
		for (size_t i = 0; i < COUNT(types); i++) {
			use(mech_lookup(types[i]), key);
			use_in_parts(mech_lookup(types[i]), key);
		}
	}
	param_plain(&p, mech_lookup(CKM_AES_CBC), BYTES_IN);
	must(F->C_EncryptInit(session, &p.mechanism, key), "C_EncryptInit");
	must(F->C_EncryptUpdate(session, plain, 512, room, &n), "C_EncryptUpdate");
	(void)printf("custody %s sockets %u ready\n",
		custody_name(key_custody(session, key)), af_alg_sockets());
	(void)fflush(stdout);
	(void)!read(STDIN_FILENO, &(char){ 0 }, 1);
	/* the core is asked for, whatever the program is marked as */
	(void)prctl(PR_SET_DUMPABLE, 1);
	abort();
}
