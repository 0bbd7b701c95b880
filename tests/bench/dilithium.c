/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Round-2 Dilithium by itself: operations in a second of one CPU, whatever else it does.
 *
 *   build/tests/bench/dilithium [SECONDS-FOR-EACH]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "crypto/crypto.h"
#include "crypto/dilithium_r2/dilithium_r2.h"

struct bench {
	uint8_t public_key[DILITHIUM_PUBLIC_KEY];
	struct secret private_key;
	struct dilithium_public *verifier;
	struct dilithium_private *signer;
	uint8_t message[32];
	uint8_t signature[DILITHIUM_SIGNATURE];
};

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
generate(struct bench *b)
{
	secret_free(&b->private_key);
	return dilithium_generate_random(b->public_key, &b->private_key);
}

static int
load_private(struct bench *b)
{
	dilithium_private_free(b->signer);
	b->signer = NULL;
	return dilithium_private_new(secret_bytes(&b->private_key), &b->signer);
}

static int
load_public(struct bench *b)
{
	dilithium_public_free(b->verifier);
	b->verifier = NULL;
	return dilithium_public_new(BYTES_OF(b->public_key), &b->verifier);
}

/* Another message each time: how many attempts a signature takes depends on it. */
static int
sign(struct bench *b)
{
	store_le64(b->message, load_le64(b->message) + 1);
	return dilithium_sign(b->signer, BYTES_OF(b->message), b->signature);
}

static int
verify(struct bench *b)
{
	return dilithium_verify(
		b->verifier, BYTES_OF(b->message), BYTES_OF(b->signature));
}

static const struct step {
	const char *name;
	int (*run)(struct bench *);
} steps[] = {
	{ "generate a key pair", generate },
	{ "take in a private key", load_private },
	{ "take in a public key", load_public },
	{ "sign", sign },
	{ "verify", verify },
};

static bool
measure(const struct step *step, struct bench *b, double seconds)
{
	double start = now(), took = 0;
	unsigned n = 0;

	while (took < seconds) {
		if (step->run(b) < 0) {
			(void)fprintf(stderr, "%s: failed\n", step->name);
			return false;
		}
		n++;
		took = now() - start;
	}
	(void)printf("%-22s %8.0f/s %8.1f us\n", step->name, n / took, took / n * 1e6);
	return true;
}

int
main(int argc, char **argv)
{
	static struct bench b;
	double seconds = argc > 1 ? atof(argv[1]) : 1;
	bool good = true;

	for (size_t i = 0; i < ARRAY_LEN(steps) && good; i++)
		good = measure(&steps[i], &b, seconds);
	secret_free(&b.private_key);
	dilithium_private_free(b.signer);
	dilithium_public_free(b.verifier);
	crypto_cleanup();
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
