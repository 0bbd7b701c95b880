/* SPDX-License-Identifier: Apache-2.0 */
/*
 * many COUNT CHURN: makes COUNT sensitive AES session keys, uses 1,000 of them in random order,
 * then makes, uses and destroys CHURN more. Every answer must be CKR_OK, every byte right.
 * Says what the keys cost: "COUNT keys: ... us and ... bytes a key", and their custodies.
 */
#include <unistd.h>

#include "tests/vm/programs/client.h"

#define USES 1000u

static CK_SESSION_HANDLE session;

/* Resident memory, bytes. */
static double
memory(void)
{
	unsigned long size = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (f == NULL || fscanf(f, "%lu %lu", &size, &resident) != 2)
		die("no /proc/self/statm");
	(void)fclose(f);
	return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

/* A key that its number tells. */
static CK_OBJECT_HANDLE
make(enum way way, unsigned long number)
{
	CK_BYTE value[32] = { 0x5a };

	memcpy(value + 8, &number, sizeof number);
	return key_import(session, way, CKK_AES, value, sizeof value);
}

static void
encrypt(CK_OBJECT_HANDLE key, CK_BYTE *out)
{
	static CK_BYTE plain[16] = { 7 };
	CK_MECHANISM m = { CKM_AES_ECB, NULL, 0 };
	CK_ULONG n = 16;

	must(F->C_EncryptInit(session, &m, key), "C_EncryptInit");
	must(F->C_Encrypt(session, plain, sizeof plain, out, &n), "C_Encrypt");
}

static void
use(CK_OBJECT_HANDLE key, unsigned long number)
{
	CK_OBJECT_HANDLE same = make(WAY_PROCESS, number);
	CK_BYTE out[16], wanted[16];

	encrypt(same, wanted);
	encrypt(key, out);
	if (memcmp(out, wanted, sizeof out) != 0)
		die("key %lu encrypts as another", number);
	must(F->C_DestroyObject(session, same), "C_DestroyObject");
}

static void
use_some(const CK_OBJECT_HANDLE *keys, unsigned long n)
{
	unsigned long x = 12345;

	for (unsigned i = 0; i < USES; i++) {
		x = x * 6364136223846793005u + 1442695040888963407u;
		use(keys[(x >> 33) % n], (x >> 33) % n);
	}
}

static void
show_custodies(const CK_OBJECT_HANDLE *keys, unsigned long n)
{
	unsigned long counts[4] = { 0 };

	for (unsigned long i = 0; i < n; i += n / 100 + 1)
		counts[key_custody(session, keys[i]) & 3]++;
	for (unsigned i = 1; i < 4; i++)
		(void)printf("%s: %lu of some 100\n", custody_name(i), counts[i]);
}

int
main(int argc, char **argv)
{
	const unsigned long n = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
	const unsigned long churn = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	CK_OBJECT_HANDLE *keys = calloc(n + 1, sizeof *keys);
	double start, before;

	if (n == 0 || keys == NULL)
		die("usage: many COUNT CHURN");
	session = client_start();
	use(make(WAY_KERNEL, 1), 1);
	before = memory();
	start = now();
	for (unsigned long i = 0; i < n; i++)
		keys[i] = make(WAY_KERNEL, i);
	(void)printf("%lu keys: %.1f us and %.0f bytes a key\n", n,
		(now() - start) / (double)n * 1e6, (memory() - before) / (double)n);
	(void)fflush(stdout);
	show_custodies(keys, n);
	start = now();
	use_some(keys, n);
	(void)printf("%u uses: %.1f us each\n", USES, (now() - start) / USES * 1e6);
	(void)fflush(stdout);
	start = now();
	for (unsigned long i = 0; i < churn; i++) {
		CK_OBJECT_HANDLE key = make(WAY_KERNEL, n + i);
		CK_BYTE out[16];

		if (i % 16 == 0)
			use(key, n + i);
		else
			encrypt(key, out);
		must(F->C_DestroyObject(session, key), "C_DestroyObject");
	}
	(void)printf("%lu made, used, destroyed: %.1f us each\n", churn,
		(now() - start) / (double)(churn + !churn) * 1e6);
	must(F->C_Finalize(NULL), "C_Finalize");
	(void)printf("sockets %u\n", af_alg_sockets());
	free(keys);
	return 0;
}
