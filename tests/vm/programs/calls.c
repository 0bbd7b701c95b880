/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls WAY [OPERATION...]: does each operation, Init and one-shot call, LOOPS times
 * between access("/calls/begin/OPERATION") and access("/calls/end/OPERATION"), warm, so
 * that whoever traces this program can count its system calls. Without OPERATIONs, all.
 */
#include <unistd.h>

#include "tests/vm/programs/client.h"

#define WARM 5u
#define LOOPS 100u
#define BYTES_IN 1008u /* not a power of two; whole blocks */

enum call { ENCRYPT, DECRYPT, SIGN, VERIFY, DIGEST };

struct operation {
	const char *name;
	CK_MECHANISM_TYPE type;
	enum call call;
	CK_ULONG iv; /* bytes, of GCM */
};

static const struct operation operations[] = {
	{ "ecb-encrypt", CKM_AES_ECB, ENCRYPT, 0 },
	{ "cbc-encrypt", CKM_AES_CBC, ENCRYPT, 0 },
	{ "cbc-decrypt", CKM_AES_CBC, DECRYPT, 0 },
	{ "ctr-encrypt", CKM_AES_CTR, ENCRYPT, 0 },
	{ "ctr-decrypt", CKM_AES_CTR, DECRYPT, 0 },
	{ "gcm-encrypt", CKM_AES_GCM, ENCRYPT, 12 },
	{ "gcm-decrypt", CKM_AES_GCM, DECRYPT, 12 },
	{ "hmac-sign", CKM_SHA256_HMAC, SIGN, 0 },
	{ "hmac-verify", CKM_SHA256_HMAC, VERIFY, 0 },
	{ "digest", CKM_SHA256, DIGEST, 0 },
	{ "cbc-pad-encrypt", CKM_AES_CBC_PAD, ENCRYPT, 0 },
	{ "cbc-pad-decrypt", CKM_AES_CBC_PAD, DECRYPT, 0 },
	{ "gcm-iv16-encrypt", CKM_AES_GCM, ENCRYPT, 16 },
	{ "gcm-iv16-decrypt", CKM_AES_GCM, DECRYPT, 16 },
};

static CK_SESSION_HANDLE session;
static CK_OBJECT_HANDLE aes, hmac;
static CK_BYTE plain[BYTES_IN], sealed[BYTES_IN + 64], room[BYTES_IN + 64], mac[64];
static CK_ULONG sealed_n, mac_n;

static void
once(const struct operation *o, struct param *p)
{
	CK_ULONG n = sizeof room;

	switch (o->call) {
	case ENCRYPT:
		must(F->C_EncryptInit(session, &p->mechanism, aes), "C_EncryptInit");
		must(F->C_Encrypt(session, plain, sizeof plain, room, &n), "C_Encrypt");
		break;
	case DECRYPT:
		must(F->C_DecryptInit(session, &p->mechanism, aes), "C_DecryptInit");
		must(F->C_Decrypt(session, sealed, sealed_n, room, &n), "C_Decrypt");
		break;
	case SIGN:
		must(F->C_SignInit(session, &p->mechanism, hmac), "C_SignInit");
		must(F->C_Sign(session, plain, sizeof plain, room, &n), "C_Sign");
		break;
	case VERIFY:
		must(F->C_VerifyInit(session, &p->mechanism, hmac), "C_VerifyInit");
		must(F->C_Verify(session, plain, sizeof plain, mac, mac_n), "C_Verify");
		break;
	case DIGEST:
		must(F->C_DigestInit(session, &p->mechanism), "C_DigestInit");
		must(F->C_Digest(session, plain, sizeof plain, room, &n), "C_Digest");
		break;
	}
}

/* What DECRYPT and VERIFY begin with. */
static void
prepare(const struct operation *o, struct param *p)
{
	sealed_n = sizeof sealed;
	mac_n = sizeof mac;
	if (o->call == DECRYPT) {
		must(F->C_EncryptInit(session, &p->mechanism, aes), "C_EncryptInit");
		must(F->C_Encrypt(session, plain, sizeof plain, sealed, &sealed_n),
			"C_Encrypt");
	} else if (o->call == VERIFY) {
		must(F->C_SignInit(session, &p->mechanism, hmac), "C_SignInit");
		must(F->C_Sign(session, plain, sizeof plain, mac, &mac_n), "C_Sign");
	}
}

static void
mark(const char *what, const char *name)
{
	char path[64];

	(void)snprintf(path, sizeof path, "/calls/%s/%s", what, name);
	(void)!access(path, F_OK);
}

static void
run(const struct operation *o)
{
	struct param p;

	param_plain(&p, mech_lookup(o->type), sizeof plain);
	if (o->type == CKM_AES_GCM) {
		p.u.gcm.ulIvLen = o->iv;
		p.u.gcm.ulIvBits = o->iv * 8;
	}
	prepare(o, &p);
	for (unsigned i = 0; i < WARM; i++)
		once(o, &p);
	mark("begin", o->name);
	for (unsigned i = 0; i < LOOPS; i++)
		once(o, &p);
	mark("end", o->name);
}

static bool
wanted(const struct operation *o, char **names)
{
	bool any = *names == NULL;

	for (; *names != NULL; names++)
		any |= strcmp(*names, o->name) == 0;
	return any;
}

int
main(int argc, char **argv)
{
	enum way way = argc > 1 ? way_named(argv[1]) : WAYS;
	CK_BYTE value[32] = { 3, 1, 4, 1, 5 };

	if (way == WAYS)
		die("usage: calls WAY [OPERATION...]");
	session = client_start();
	aes = key_import(session, way, CKK_AES, value, sizeof value);
	hmac = key_import_for(
		session, way, CKK_GENERIC_SECRET, value, sizeof value, CKM_SHA256_HMAC);
	(void)printf("custody %s %s\n", custody_name(key_custody(session, aes)),
		custody_name(key_custody(session, hmac)));
	for (size_t i = 0; i < COUNT(operations); i++) {
		if (wanted(&operations[i], argv + 2))
			run(&operations[i]);
	}
	(void)printf("sockets %u\n", af_alg_sockets());
	must(F->C_Finalize(NULL), "C_Finalize");
	return 0;
}
