/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is left in memory when keys are freed: nothing of a secret, on the stack, on the heap
 * or in OpenSSL's contexts. The bytes to look for are computed in another process and kept
 * here with all bits turned.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypto/dilithium_r2/keys.h"
#include "tests/unit/dilithium/pair.h"

#define NEEDLE 32u

static const char *const needle_names[] = { "rho'", "K", "s1", "s2", "t0",
	"s1 at the roots", "s2 at the roots", "t0 at the roots", "rho' of the signature",
	"y", "y at the roots", "what y was drawn from" };

#define NEEDLES ARRAY_LEN(needle_names)

typedef uint8_t needle[NEEDLE];

static void
seed_make(uint8_t seed[DILITHIUM_SEED])
{
	for (size_t i = 0; i < DILITHIUM_SEED; i++)
		seed[i] = (uint8_t)(i * 37 + 11);
}

/* What the first attempt to sign a message draws. */
struct drawn {
	uint8_t seed[CRH];
	uint8_t stream[NEEDLE]; /* of the last row of y */
	struct poly y;          /* the first row */
};

static bool
draw(struct shake *s, const struct dilithium_private *key, struct bytes message,
	struct drawn *ret)
{
	static const uint8_t last_nonce[] = { L - 1, 0 };
	uint8_t mu[CRH];

	return shake256(s, BYTES_OF(key->tr), message, mu, CRH) == 0 &&
	       shake256(s, BYTES(private_half(key)->k, RHO), BYTES_OF(mu), ret->seed,
		       CRH) == 0 &&
	       shake256(s, BYTES_OF(ret->seed), BYTES_OF(last_nonce), ret->stream,
		       NEEDLE) == 0 &&
	       sample_mask(s, ret->seed, 0, &ret->y) == 0;
}

/* Was it signed with this y? Then nothing has overwritten what was drawn. */
static bool
signed_with(const struct dilithium_private *key, struct bytes message,
	const struct drawn *drawn)
{
	struct signature_bytes signature;
	struct poly z;

	if (dilithium_sign(key, message, (uint8_t *)&signature) != 0)
		_exit(EXIT_FAILURE);
	unpack_z(signature.z[0], &z);
	for (size_t i = 0; i < N; i++)
		z.c[i] -= drawn->y.c[i];
	return ring_exceeds(&z, ETA * TAU + 1) == 0;
}

static void
needles_put(needle *to, const uint8_t *seed, const struct private_bytes *bytes,
	const struct private_half *half, const struct drawn *drawn)
{
	struct poly y_hat = drawn->y;
	const void *const places[NEEDLES] = { seed + RHO, seed + 2 * RHO, bytes->s1,
		bytes->s2, bytes->t0, half->s1, half->s2, half->t0, drawn->seed,
		&drawn->y, &y_hat, drawn->stream };

	ring_ntt(&y_hat);
	for (size_t n = 0; n < NEEDLES; n++) {
		const uint8_t *from = places[n];

		for (size_t i = 0; i < NEEDLE; i++)
			to[n][i] = (uint8_t)~from[i];
	}
}

/* In a child: all that is left in memory here is left there. The message is one that is
 * signed at the first attempt. */
static void
needles_make(needle *to, uint8_t *ret_message)
{
	uint8_t seed[DILITHIUM_SEED], public_key[DILITHIUM_PUBLIC_KEY], message = 0;
	struct dilithium_private *key = NULL;
	struct secret private_key;
	struct drawn drawn;
	struct shake s;

	seed_make(seed);
	if (dilithium_generate(seed, public_key, &private_key) != 0 ||
		dilithium_private_new(secret_bytes(&private_key), &key) != 0 ||
		shake_new(&s) != 0)
		_exit(EXIT_FAILURE);
	do {
		if (++message == 0 || !draw(&s, key, BYTES(&message, 1), &drawn))
			_exit(EXIT_FAILURE);
	} while (!signed_with(key, BYTES(&message, 1), &drawn));
	*ret_message = message;

	needles_put(to, seed, (const void *)private_key.p, private_half(key), &drawn);
	_exit(EXIT_SUCCESS);
}

static bool
needle_at(const needle *n, const uint8_t *at)
{
	for (size_t i = 0; i < NEEDLE; i++) {
		if (((at[i] ^ (*n)[i]) & 0xff) != 0xff)
			return false;
	}
	return true;
}

/* Adds a bit for each needle that is in this range. Words are aligned to 4 at least, and
 * bytes may start anywhere. */
static unsigned
range_search(const needle *needles, const uint8_t *p, const uint8_t *end)
{
	bool first[256] = { false };
	unsigned found = 0;

	for (size_t i = 0; i < NEEDLES; i++)
		first[needles[i][0] ^ 0xff] = true;
	for (; p + NEEDLE <= end; p++) {
		if (!first[*p])
			continue;
		for (size_t i = 0; i < NEEDLES; i++)
			found |= (unsigned)needle_at(&needles[i], p) << i;
	}
	return found;
}

static unsigned
memory_search(const needle *needles)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	static char line[4096];
	unsigned found = 0;

	ck_assert_ptr_nonnull(maps);
	while (fgets(line, sizeof line, maps) != NULL) {
		unsigned long start, end;
		char mode[5];

		if (sscanf(line, "%lx-%lx %4s", &start, &end, mode) == 3 &&
			strncmp(mode, "rw", 2) == 0)
			found |= range_search(
				needles, (const uint8_t *)start, (const uint8_t *)end);
	}
	(void)fclose(maps);
	return found;
}

static void
expect_found(unsigned found, unsigned want)
{
	for (size_t i = 0; i < NEEDLES; i++)
		ck_assert_msg((found >> i & 1) == (want >> i & 1), "%s: %sfound",
			needle_names[i], (found >> i & 1) != 0 ? "" : "not ");
}

struct shared {
	needle needles[NEEDLES];
	uint8_t message;
};

static struct shared *
shared_new(void)
{
	struct shared *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;
	pid_t child;

	ck_assert_ptr_ne(shared, MAP_FAILED);
	child = fork();
	if (child == 0)
		needles_make(shared->needles, &shared->message);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	return shared;
}

START_TEST (nothing_of_a_secret_is_left_in_memory) {
	struct shared *shared = shared_new();
	uint8_t seed[DILITHIUM_SEED], public_key[DILITHIUM_PUBLIC_KEY];
	uint8_t signature[DILITHIUM_SIGNATURE];
	struct dilithium_private *key;
	struct secret private_key;

	seed_make(seed);
	ck_assert_int_eq(dilithium_generate(seed, public_key, &private_key), 0);
	wipe(seed, sizeof seed);
	ck_assert_int_eq(dilithium_private_new(secret_bytes(&private_key), &key), 0);
	ck_assert_int_eq(dilithium_sign(key, BYTES(&shared->message, 1), signature), 0);
	/* K and the vectors are in the keys, and nothing else is anywhere */
	expect_found(memory_search(shared->needles), 0xfe);
	ck_assert_int_eq(dilithium_public_of(secret_bytes(&private_key), public_key), 0);
	secret_free(&private_key);
	dilithium_private_free(key);
	expect_found(memory_search(shared->needles), 0);
	(void)munmap(shared, sizeof *shared);
}
END_TEST

static const struct check_test tests[] = {
	{ &nothing_of_a_secret_is_left_in_memory, 0 },
};

CHECK_MAIN("dilithium: wiped", tests)
