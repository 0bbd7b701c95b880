/* SPDX-License-Identifier: Apache-2.0 */
/*
 * use WAY SECONDS [THREADS]: for SECONDS, or those of $TEST_SECONDS, THREADS (8) threads,
 * each with a session of its own, use one
 * AES key and one HMAC key of that way at once, and compare every byte that comes out with
 * what a key in process custody gave before.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "tests/vm/programs/client.h"

#define BUFFER 9000u
#define MAX_THREADS 64u
#define SIZES 7u

static const CK_ULONG sizes[SIZES] = { 0, 16, 48, 1024, 4080, 5008, 8000 };

/* What one mechanism makes of the first bytes of plain. */
struct known {
	const struct mech *m;
	CK_BYTE out[SIZES][BUFFER];
	CK_ULONG n[SIZES];
};

static CK_BYTE plain[BUFFER];
static struct known *knowns;
static size_t knowns_n;
static CK_OBJECT_HANDLE aes, hmac;
static atomic_bool stop;
static atomic_ulong done;
static unsigned max_sockets;

static bool
is_mac(const struct mech *m)
{
	return (m->flags & CKF_SIGN) != 0;
}

static CK_RV
make(CK_SESSION_HANDLE s, const struct mech *m, CK_OBJECT_HANDLE key, CK_ULONG n,
	CK_BYTE *out, CK_ULONG *out_n)
{
	struct param p;
	CK_RV rv;

	param_plain(&p, m, n);
	if (is_mac(m)) {
		rv = F->C_SignInit(s, &p.mechanism, key);
		return rv != CKR_OK ? rv : F->C_Sign(s, plain, n, out, out_n);
	}
	rv = F->C_EncryptInit(s, &p.mechanism, key);
	return rv != CKR_OK ? rv : F->C_Encrypt(s, plain, n, out, out_n);
}

static CK_RV
make_in_parts(CK_SESSION_HANDLE s, const struct mech *m, CK_OBJECT_HANDLE key, CK_ULONG n,
	CK_BYTE *out, CK_ULONG *out_n)
{
	CK_ULONG half = n / 2, first = *out_n, last = 0;
	struct param p;
	CK_RV rv;

	param_plain(&p, m, n);
	rv = F->C_EncryptInit(s, &p.mechanism, key);
	if (rv == CKR_OK)
		rv = F->C_EncryptUpdate(s, plain, half, out, &first);
	if (rv == CKR_OK) {
		last = *out_n - first;
		rv = F->C_EncryptUpdate(s, plain + half, n - half, out + first, &last);
		first += last;
	}
	if (rv == CKR_OK) {
		last = *out_n - first;
		rv = F->C_EncryptFinal(s, out + first, &last);
	}
	*out_n = first + last;
	return rv;
}

static CK_RV
unmake(CK_SESSION_HANDLE s, const struct mech *m, CK_OBJECT_HANDLE key, CK_ULONG n,
	CK_BYTE *in, CK_ULONG in_n, CK_BYTE *out, CK_ULONG *out_n)
{
	struct param p;
	CK_RV rv;

	param_plain(&p, m, n);
	if (is_mac(m)) {
		*out_n = n;
		memcpy(out, plain, n);
		rv = F->C_VerifyInit(s, &p.mechanism, key);
		return rv != CKR_OK ? rv : F->C_Verify(s, plain, n, in, in_n);
	}
	rv = F->C_DecryptInit(s, &p.mechanism, key);
	return rv != CKR_OK ? rv : F->C_Decrypt(s, in, in_n, out, out_n);
}

/* One round of a thread: what, turned with i so that threads do different things. */
static void
round_run(CK_SESSION_HANDLE s, unsigned long i)
{
	const struct known *k = &knowns[i % knowns_n];
	const size_t size = (i / knowns_n) % SIZES;
	const CK_OBJECT_HANDLE key = k->m->algorithm == ALG_HMAC ? hmac : aes;
	const bool parts = i % 3 == 0 && !is_mac(k->m);
	CK_BYTE out[BUFFER + 64], back[BUFFER + 64];
	CK_ULONG n = sizeof out, back_n = sizeof back;
	CK_RV rv;

	rv = (parts ? make_in_parts : make)(s, k->m, key, sizes[size], out, &n);
	if (rv != CKR_OK || n != k->n[size] || memcmp(out, k->out[size], n) != 0)
		die("%s%s of %lu bytes: %s, %lu bytes (%lu are right)", k->m->ckm,
			parts ? " in parts" : "", sizes[size], ckr_name(rv), n,
			k->n[size]);
	rv = unmake(s, k->m, key, sizes[size], out, n, back, &back_n);
	if (rv != CKR_OK || back_n != sizes[size] || memcmp(back, plain, back_n) != 0)
		die("%s back, %lu bytes: %s, %lu bytes", k->m->ckm, sizes[size],
			ckr_name(rv), back_n);
}

static void *
thread_run(void *arg)
{
	unsigned long i = (uintptr_t)arg * 977;
	CK_SESSION_HANDLE s = client_session();

	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		round_run(s, i++);
		atomic_fetch_add_explicit(&done, 1, memory_order_relaxed);
	}
	must(F->C_CloseSession(s), "C_CloseSession");
	return NULL;
}

static void
known_make(CK_SESSION_HANDLE s, const struct mech *m, CK_OBJECT_HANDLE aes_key,
	CK_OBJECT_HANDLE hmac_key)
{
	struct known *k = &knowns[knowns_n++];

	k->m = m;
	for (size_t i = 0; i < SIZES; i++) {
		k->n[i] = sizeof k->out[i];
		must(make(s, m, m->algorithm == ALG_HMAC ? hmac_key : aes_key, sizes[i],
			     k->out[i], &k->n[i]),
			m->ckm);
	}
}

static void
prepare(CK_SESSION_HANDLE s, enum way way)
{
	static const CK_MECHANISM_TYPE types[] = { CKM_AES_ECB, CKM_AES_CBC,
		CKM_AES_CBC_PAD, CKM_AES_CTR, CKM_AES_GCM, CKM_AES_CMAC, CKM_SHA256_HMAC,
		CKM_SHA512_HMAC, CKM_SHA_1_HMAC };
	CK_BYTE value[32] = { 2, 7, 1, 8, 2, 8 };
	CK_OBJECT_HANDLE here, here_hmac;

	for (size_t i = 0; i < sizeof plain; i++)
		plain[i] = (CK_BYTE)(i * 31 + i / 256);
	here = key_import(s, WAY_PROCESS, CKK_AES, value, sizeof value);
	here_hmac = key_import(s, WAY_PROCESS, CKK_GENERIC_SECRET, value, sizeof value);
	knowns = calloc(COUNT(types), sizeof *knowns);
	if (knowns == NULL)
		die("no memory");
	for (size_t i = 0; i < COUNT(types); i++) {
		const struct mech *m = mech_lookup(types[i]);

		if (m != NULL && mech_is_ours(m))
			known_make(s, m, here, here_hmac);
	}
	aes = key_import(s, way, CKK_AES, value, sizeof value);
	hmac = key_import(s, way, CKK_GENERIC_SECRET, value, sizeof value);
}

static void
run(double seconds, unsigned n)
{
	const double end = now() + seconds;
	pthread_t threads[MAX_THREADS];
	unsigned sockets;

	for (unsigned i = 0; i < n; i++) {
		if (pthread_create(&threads[i], NULL, thread_run, (void *)(uintptr_t)i) !=
			0)
			die("no thread");
	}
	while (now() < end) {
		(void)nanosleep(&(struct timespec){ 0, 50000000 }, NULL);
		sockets = af_alg_sockets();
		max_sockets = sockets > max_sockets ? sockets : max_sockets;
	}
	atomic_store(&stop, true);
	for (unsigned i = 0; i < n; i++)
		(void)pthread_join(threads[i], NULL);
}

int
main(int argc, char **argv)
{
	enum way way = argc > 2 ? way_named(argv[1]) : WAYS;
	const unsigned n = argc > 3 ? (unsigned)atoi(argv[3]) : 8;
	const char *longer = getenv("TEST_SECONDS");
	CK_SESSION_HANDLE s;

	if (way == WAYS || n > MAX_THREADS)
		die("usage: use WAY SECONDS [THREADS]");
	s = client_start();
	prepare(s, way);
	(void)printf("custody %s\n", custody_name(key_custody(s, aes)));
	run(atof(longer != NULL ? longer : argv[2]), n);
	/* those kept at the end are none of a probe's, which some kernels take long for */
	(void)printf("sockets %u\nkept %u\nrounds %lu\n", max_sockets, af_alg_sockets(),
		atomic_load(&done));
	must(F->C_Finalize(NULL), "C_Finalize");
	free(knowns);
	return 0;
}
