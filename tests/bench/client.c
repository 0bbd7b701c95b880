/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A neutral PKCS#11 client that measures any module, which it knows through
 * dlopen only. One line a row on stdout: NAME VALUE UNIT.
 *   client MODULE --pin PIN [--label LABEL] [--sensitive] [--ms N] [ROW...]
 */
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cryptoki/pkcs11.h"

#define MAX_THREADS 64
#define MANY_OBJECTS 10000
#define SOME_TOKEN_OBJECTS 200

static CK_FUNCTION_LIST *p11;
static CK_SLOT_ID slot;
static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
static bool sensitive;
static double seconds = 0.25;

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
check(CK_RV rv, const char *what)
{
	if (rv == CKR_OK)
		return;
	(void)fprintf(stderr, "bench: %s: 0x%lx\n", what, rv);
	exit(1);
}

/* What a row works with: prepared once, or once a thread. */
struct work {
	CK_SESSION_HANDLE session;
	CK_OBJECT_HANDLE key;
	CK_MECHANISM mechanism;
	CK_GCM_PARAMS gcm;
	CK_AES_CTR_PARAMS ctr;
	CK_BYTE iv[16];
	CK_BYTE *in, *out;
	size_t size;
	unsigned long count;
};

struct row {
	const char *name;
	CK_MECHANISM_TYPE mechanism;
	size_t size;
	unsigned threads;
	void (*prepare)(struct work *w);
	void (*once)(struct work *w);
};

static CK_OBJECT_HANDLE
make_key(CK_SESSION_HANDLE session, CK_MECHANISM_TYPE gen, CK_KEY_TYPE type,
	CK_BBOOL token)
{
	CK_MECHANISM m = { gen, NULL, 0 };
	CK_ULONG len = 32;
	CK_BBOOL hidden = sensitive, open = !sensitive;
	CK_OBJECT_HANDLE key = 0;
	CK_ATTRIBUTE t[] = {
		{ CKA_TOKEN, &token, 1 },
		{ CKA_SENSITIVE, &hidden, 1 },
		{ CKA_EXTRACTABLE, &open, 1 },
		{ CKA_PRIVATE, &yes, 1 },
		{ CKA_ENCRYPT, &yes, 1 },
		{ CKA_DECRYPT, &yes, 1 },
		{ CKA_SIGN, &yes, 1 },
		{ CKA_VERIFY, &yes, 1 },
		{ CKA_VALUE_LEN, &len, sizeof len },
		{ CKA_KEY_TYPE, &type, sizeof type },
	};

	check(p11->C_GenerateKey(session, &m, t, sizeof t / sizeof t[0], &key),
		"C_GenerateKey");
	return key;
}

static void
prepare_aes(struct work *w)
{
	w->key = make_key(w->session, CKM_AES_KEY_GEN, CKK_AES, CK_FALSE);
	w->gcm = (CK_GCM_PARAMS){ w->iv, 12, 96, NULL, 0, 128 };
	w->ctr.ulCounterBits = 32;
	switch (w->mechanism.mechanism) {
	case CKM_AES_GCM:
		w->mechanism.pParameter = &w->gcm;
		w->mechanism.ulParameterLen = sizeof w->gcm;
		break;
	case CKM_AES_CTR:
		w->mechanism.pParameter = &w->ctr;
		w->mechanism.ulParameterLen = sizeof w->ctr;
		break;
	default:
		w->mechanism.pParameter = w->iv;
		w->mechanism.ulParameterLen = sizeof w->iv;
	}
}

static void
encrypt_once(struct work *w)
{
	CK_ULONG n = w->size + 64;

	w->iv[w->count & 7]++;
	check(p11->C_EncryptInit(w->session, &w->mechanism, w->key), "C_EncryptInit");
	check(p11->C_Encrypt(w->session, w->in, w->size, w->out, &n), "C_Encrypt");
}

static void
prepare_hmac(struct work *w)
{
	w->key = make_key(
		w->session, CKM_GENERIC_SECRET_KEY_GEN, CKK_GENERIC_SECRET, CK_FALSE);
}

static void
sign_once(struct work *w)
{
	CK_ULONG n = w->size + 1024;

	check(p11->C_SignInit(w->session, &w->mechanism, w->key), "C_SignInit");
	check(p11->C_Sign(w->session, w->in, w->size, w->out, &n), "C_Sign");
}

static void
digest_once(struct work *w)
{
	CK_ULONG n = 64;

	check(p11->C_DigestInit(w->session, &w->mechanism), "C_DigestInit");
	check(p11->C_Digest(w->session, w->in, w->size, w->out, &n), "C_Digest");
}

static void
key_once(struct work *w)
{
	CK_OBJECT_HANDLE key = make_key(w->session, CKM_AES_KEY_GEN, CKK_AES, CK_FALSE);

	check(p11->C_DestroyObject(w->session, key), "C_DestroyObject");
}

static CK_OBJECT_HANDLE
make_data(CK_SESSION_HANDLE session, unsigned id, CK_BBOOL token)
{
	CK_OBJECT_CLASS class = CKO_DATA;
	char label[32];
	CK_OBJECT_HANDLE object = 0;
	CK_ATTRIBUTE t[] = {
		{ CKA_CLASS, &class, sizeof class },
		{ CKA_TOKEN, &token, 1 },
		{ CKA_PRIVATE, &no, 1 },
		{ CKA_LABEL, label, 0 },
		{ CKA_VALUE, label, 0 },
	};

	t[3].ulValueLen = t[4].ulValueLen =
		(CK_ULONG)snprintf(label, sizeof label, "bench-%u", id);
	check(p11->C_CreateObject(session, t, sizeof t / sizeof t[0], &object),
		"C_CreateObject");
	return object;
}

static void
prepare_many(struct work *w)
{
	for (unsigned i = 0; i < MANY_OBJECTS; i++)
		(void)make_data(w->session, i, CK_FALSE);
}

static void
prepare_some_tokens(struct work *w)
{
	for (unsigned i = 0; i < SOME_TOKEN_OBJECTS; i++)
		(void)make_data(w->session, i, CK_TRUE);
}

static void
find_once(struct work *w)
{
	char label[32], value[64];
	CK_OBJECT_HANDLE found[4];
	CK_ULONG n = 0;
	unsigned among = w->size == 0 ? SOME_TOKEN_OBJECTS : MANY_OBJECTS;
	CK_ATTRIBUTE t = { CKA_LABEL, label, 0 }, v = { CKA_VALUE, value, sizeof value };

	t.ulValueLen = (CK_ULONG)snprintf(
		label, sizeof label, "bench-%lu", w->count * 7919 % among);
	check(p11->C_FindObjectsInit(w->session, &t, 1), "C_FindObjectsInit");
	check(p11->C_FindObjects(w->session, found, 4, &n), "C_FindObjects");
	check(p11->C_FindObjectsFinal(w->session), "C_FindObjectsFinal");
	if (n < 1) {
		(void)fprintf(stderr, "bench: %s was not found\n", label);
		exit(1);
	}
	check(p11->C_GetAttributeValue(w->session, found[0], &v, 1),
		"C_GetAttributeValue");
}

static void
token_object_once(struct work *w)
{
	CK_OBJECT_HANDLE o = make_data(w->session, 1000000 + (unsigned)w->count, CK_TRUE);

	check(p11->C_DestroyObject(w->session, o), "C_DestroyObject");
}

static void
make_pair(struct work *w, CK_MECHANISM_TYPE gen)
{
	static CK_BYTE p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01,
		0x07 };
	CK_MECHANISM m = { gen, NULL, 0 };
	CK_ULONG bits = 2048;
	CK_OBJECT_HANDLE pub = 0;
	CK_ATTRIBUTE pubt[] = {
		{ CKA_TOKEN, &no, 1 },
		{ CKA_VERIFY, &yes, 1 },
		{ gen == CKM_EC_KEY_PAIR_GEN ? CKA_EC_PARAMS : CKA_MODULUS_BITS,
			gen == CKM_EC_KEY_PAIR_GEN ? (void *)p256 : (void *)&bits,
			gen == CKM_EC_KEY_PAIR_GEN ? sizeof p256 : sizeof bits },
	};
	CK_ATTRIBUTE privt[] = {
		{ CKA_TOKEN, &yes, 1 },
		{ CKA_PRIVATE, &yes, 1 },
		{ CKA_SENSITIVE, &yes, 1 },
		{ CKA_SIGN, &yes, 1 },
	};
	static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;

	(void)pthread_mutex_lock(&one);
	check(p11->C_GenerateKeyPair(w->session, &m, pubt, 3, privt, 4, &pub, &w->key),
		"C_GenerateKeyPair");
	(void)pthread_mutex_unlock(&one);
}

static void
prepare_rsa(struct work *w)
{
	make_pair(w, CKM_RSA_PKCS_KEY_PAIR_GEN);
}

static void
prepare_ec(struct work *w)
{
	make_pair(w, CKM_EC_KEY_PAIR_GEN);
}

static void
info_once(struct work *w)
{
	CK_SESSION_INFO info;

	check(p11->C_GetSessionInfo(w->session, &info), "C_GetSessionInfo");
}

static const struct row rows[] = {
	{ "AES-256-GCM 16 B", CKM_AES_GCM, 16, 1, prepare_aes, encrypt_once },
	{ "AES-256-GCM 16 B, 2 threads", CKM_AES_GCM, 16, 2, prepare_aes, encrypt_once },
	{ "AES-256-GCM 1 KiB", CKM_AES_GCM, 1024, 1, prepare_aes, encrypt_once },
	{ "AES-256-GCM 64 KiB", CKM_AES_GCM, 65536, 1, prepare_aes, encrypt_once },
	{ "AES-256-GCM 1 MiB", CKM_AES_GCM, 1 << 20, 1, prepare_aes, encrypt_once },
	{ "AES-256-CBC 1 KiB", CKM_AES_CBC, 1024, 1, prepare_aes, encrypt_once },
	{ "AES-256-CTR 1 MiB", CKM_AES_CTR, 1 << 20, 1, prepare_aes, encrypt_once },
	{ "HMAC-SHA256 16 B", CKM_SHA256_HMAC, 16, 1, prepare_hmac, sign_once },
	{ "SHA-256 16 B", CKM_SHA256, 16, 1, NULL, digest_once },
	{ "SHA-256 1 MiB", CKM_SHA256, 1 << 20, 1, NULL, digest_once },
	{ "session AES key", 0, 0, 1, NULL, key_once },
	{ "find 1 of 10,000 session objects", 0, 1, 1, prepare_many, find_once },
	{ "find 1 of 200 token objects", 0, 0, 1, prepare_some_tokens, find_once },
	{ "token object create, destroy", 0, 0, 1, NULL, token_object_once },
	{ "token object create, destroy, 8 threads", 0, 0, 8, NULL, token_object_once },
	{ "RSA-2048 sign", CKM_SHA256_RSA_PKCS, 64, 1, prepare_rsa, sign_once },
	{ "RSA-2048 sign, 8 threads", CKM_SHA256_RSA_PKCS, 64, 8, prepare_rsa,
		sign_once },
	{ "P-256 sign", CKM_ECDSA, 32, 1, prepare_ec, sign_once },
	{ "P-256 sign, 8 threads", CKM_ECDSA, 32, 8, prepare_ec, sign_once },
	{ "C_GetSessionInfo", 0, 0, 1, NULL, info_once },
};

static atomic_bool go, stop;

struct runner {
	const struct row *row;
	struct work work;
	pthread_t thread;
};

static void *
run_thread(void *arg)
{
	struct runner *r = arg;

	while (!atomic_load(&go))
		(void)sched_yield();
	do {
		r->row->once(&r->work);
		r->work.count++;
	} while (!atomic_load_explicit(&stop, memory_order_relaxed));
	return NULL;
}

static void
prepare_runner(struct runner *r, const struct row *row)
{
	struct work *w = &r->work;

	*r = (struct runner){ .row = row };
	w->mechanism.mechanism = row->mechanism;
	w->size = row->size;
	w->in = calloc(1, row->size + 64);
	w->out = calloc(1, row->size + 1024);
	if (w->in == NULL || w->out == NULL)
		exit(1);
	check(p11->C_OpenSession(
		      slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &w->session),
		"C_OpenSession");
	if (row->prepare != NULL)
		row->prepare(w);
	row->once(w); /* warm */
}

/* Objects on the token that this program left behind. */
static void
remove_leftovers(void)
{
	CK_SESSION_HANDLE s;
	CK_OBJECT_HANDLE found[64];
	CK_ULONG n = 0;
	CK_OBJECT_CLASS class = CKO_DATA; /* a token may have others of its own */
	CK_ATTRIBUTE t[] = { { CKA_TOKEN, &yes, 1 },
		{ CKA_CLASS, &class, sizeof class } };

	check(p11->C_OpenSession(
		      slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &s),
		"C_OpenSession");
	do {
		check(p11->C_FindObjectsInit(s, t, 2), "C_FindObjectsInit");
		check(p11->C_FindObjects(s, found, 64, &n), "C_FindObjects");
		check(p11->C_FindObjectsFinal(s), "C_FindObjectsFinal");
		for (CK_ULONG i = 0; i < n; i++)
			check(p11->C_DestroyObject(s, found[i]), "C_DestroyObject");
	} while (n > 0);
	check(p11->C_CloseSession(s), "C_CloseSession");
}

static void
run_row(const struct row *row)
{
	static struct runner runners[MAX_THREADS];
	unsigned long count = 0;
	double start, end;

	for (unsigned i = 0; i < row->threads; i++)
		prepare_runner(&runners[i], row);
	atomic_store(&go, false);
	atomic_store(&stop, false);
	for (unsigned i = 0; i < row->threads; i++) {
		if (pthread_create(&runners[i].thread, NULL, run_thread, &runners[i]) !=
			0)
			exit(1);
	}
	start = now();
	atomic_store(&go, true);
	while (now() - start < seconds)
		(void)nanosleep(&(struct timespec){ 0, 5000000 }, NULL);
	atomic_store(&stop, true);
	for (unsigned i = 0; i < row->threads; i++)
		(void)pthread_join(runners[i].thread, NULL);
	end = now();
	for (unsigned i = 0; i < row->threads; i++) {
		count += runners[i].work.count;
		check(p11->C_CloseSession(runners[i].work.session), "C_CloseSession");
		free(runners[i].work.in);
		free(runners[i].work.out);
	}
	remove_leftovers();
	(void)printf("%s\t%.1f\top/s\n", row->name, (double)count / (end - start));
	(void)fflush(stdout);
}

static void
find_slot(const char *label)
{
	CK_SLOT_ID list[64];
	CK_ULONG n = 64;

	check(p11->C_GetSlotList(CK_TRUE, list, &n), "C_GetSlotList");
	for (CK_ULONG i = 0; i < n; i++) {
		CK_TOKEN_INFO info;

		if (p11->C_GetTokenInfo(list[i], &info) != CKR_OK ||
			!(info.flags & CKF_TOKEN_INITIALIZED))
			continue;
		slot = list[i];
		if (label == NULL ||
			strncmp((char *)info.label, label, strlen(label)) == 0)
			return;
	}
	(void)fprintf(stderr, "bench: no token %s\n", label == NULL ? "" : label);
	exit(1);
}

/* p11-kit's remoting, for one, does not carry every mechanism. */
static bool
has_mechanism(CK_MECHANISM_TYPE type)
{
	static CK_MECHANISM_TYPE list[1024];
	static CK_ULONG n;

	if (n == 0) {
		n = sizeof list / sizeof list[0];
		check(p11->C_GetMechanismList(slot, list, &n), "C_GetMechanismList");
	}
	for (CK_ULONG i = 0; i < n; i++) {
		if (list[i] == type)
			return true;
	}
	return type == 0;
}

static void
load(const char *path)
{
	void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	CK_C_GetFunctionList get;

	if (module == NULL) {
		(void)fprintf(stderr, "bench: %s\n", dlerror());
		exit(1);
	}
	*(void **)&get = dlsym(module, "C_GetFunctionList");
	check(get == NULL ? CKR_GENERAL_ERROR : get(&p11), "C_GetFunctionList");
}

int
main(int argc, char **argv)
{
	CK_C_INITIALIZE_ARGS args = { .flags = CKF_OS_LOCKING_OK };
	CK_SESSION_HANDLE keep;
	char *pin = NULL, *label = NULL;
	double start = now();
	int i;

	if (argc < 2)
		return 2;
	for (i = 2; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
		if (strcmp(argv[i], "--sensitive") == 0)
			sensitive = true;
		else if (i + 1 == argc)
			return 2;
		else if (strcmp(argv[i], "--pin") == 0)
			pin = argv[++i];
		else if (strcmp(argv[i], "--label") == 0)
			label = argv[++i];
		else if (strcmp(argv[i], "--ms") == 0)
			seconds = atof(argv[++i]) / 1000;
		else
			return 2;
	}
	if (pin == NULL)
		return 2;
	load(argv[1]);
	check(p11->C_Initialize(&args), "C_Initialize");
	find_slot(label);
	check(p11->C_OpenSession(
		      slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &keep),
		"C_OpenSession");
	check(p11->C_Login(keep, CKU_USER, (CK_BYTE *)pin, strlen(pin)), "C_Login");
	(void)printf("dlopen to login\t%.2f\tms\n", (now() - start) * 1000);
	for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
		bool wanted = i == argc;

		for (int a = i; a < argc; a++)
			wanted |= strstr(rows[r].name, argv[a]) != NULL;
		if (wanted && has_mechanism(rows[r].mechanism))
			run_row(&rows[r]);
	}
	check(p11->C_Finalize(NULL), "C_Finalize");
	return 0;
}
