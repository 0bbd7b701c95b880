/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No jump and no address depends on a secret. This program runs itself under valgrind's
 * memcheck, with a scenario's name for an argument; there, secrets are marked as undefined
 * memory, which memcheck follows bit by bit, and reports where a jump or an address comes
 * of it. The library is compiled for it once more, with marks of what may be seen
 * (crypto/dilithium_r2/secrecy.h) and otherwise as it always is.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef DILITHIUM_CHECK_SECRECY

int
main(void)
{
	puts("valgrind's headers are not on this machine");
	return 77;
}

#else

#include <valgrind/memcheck.h>

#include "crypto/crypto.h"
#include "crypto/dilithium_r2/pack.h"

#include "tests/unit/check_main.h"

#define MESSAGES 12u /* some fifty attempts */
#define REPORTED 99  /* valgrind's exit status when it has seen something */
#define NO_VALGRIND 126

struct pair {
	uint8_t public_key[DILITHIUM_PUBLIC_KEY];
	struct secret private_key;
};

/* --- Scenarios, under valgrind ----------------------------------------------------- */

static void
expect(bool holds, const char *what)
{
	if (holds)
		return;
	printf("%s\n", what);
	exit(EXIT_FAILURE);
}

static void
hide(const void *p, size_t n)
{
	(void)VALGRIND_MAKE_MEM_UNDEFINED(p, n);
}

static bool
is_public(const void *p, size_t n)
{
	return VALGRIND_CHECK_MEM_IS_DEFINED(p, n) == 0;
}

/* Is there a secret bit in each byte? If not, the marks were lost on the way, and that
 * nothing was reported means nothing. */
static bool
is_secret(const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t bits = 0;

		(void)VALGRIND_GET_VBITS((const uint8_t *)p + i, &bits, 1);
		if (bits == 0)
			return false;
	}
	return true;
}

static struct private_bytes *
private_bytes(const struct pair *pair)
{
	return (struct private_bytes *)(void *)pair->private_key.p;
}

/* hidden: from the seed on. */
static void
pair_new(struct pair *pair, bool hidden)
{
	uint8_t seed[DILITHIUM_SEED];

	for (size_t i = 0; i < sizeof seed; i++)
		seed[i] = (uint8_t)i;
	if (hidden)
		hide(seed, sizeof seed);
	expect(dilithium_generate(seed, pair->public_key, &pair->private_key) == 0,
		"no key was generated");
}

static void
pair_hide(const struct pair *pair)
{
	struct private_bytes *key = private_bytes(pair);

	hide(key->k, sizeof key->k);
	hide(key->s1, sizeof key->s1);
	hide(key->s2, sizeof key->s2);
	hide(key->t0, sizeof key->t0);
}

static void
generating(void)
{
	struct pair pair;
	const struct private_bytes *key;

	pair_new(&pair, true);
	key = private_bytes(&pair);
	expect(is_public(pair.public_key, sizeof pair.public_key),
		"the public key is not public");
	expect(is_public(key->rho, sizeof key->rho) && is_public(key->tr, sizeof key->tr),
		"what the public key has is not public");
	expect(is_secret(key->k, sizeof key->k) && is_secret(key->s1, sizeof key->s1) &&
			is_secret(key->s2, sizeof key->s2) &&
			is_secret(key->t0, sizeof key->t0),
		"valgrind lost sight of a secret");
	secret_free(&pair.private_key);
}

static void
signing(void)
{
	uint8_t signature[DILITHIUM_SIGNATURE], message = 0;
	struct dilithium_private *key;
	struct pair pair;

	pair_new(&pair, false);
	pair_hide(&pair);
	expect(dilithium_private_new(secret_bytes(&pair.private_key), &key) == 0,
		"the private key is refused");
	for (; message < MESSAGES; message++) {
		expect(dilithium_sign(key, BYTES(&message, 1), signature) == 0,
			"nothing was signed");
		expect(is_public(signature, sizeof signature),
			"the signature is not public");
	}
	dilithium_private_free(key);
	secret_free(&pair.private_key);
}

static void
converting(void)
{
	uint8_t again[DILITHIUM_PUBLIC_KEY];
	struct secret der, joined;
	struct dilithium_split parts;
	struct pair pair;

	pair_new(&pair, false);
	pair_hide(&pair);
	expect(dilithium_public_of(secret_bytes(&pair.private_key), again) == 0,
		"the private key is refused");
	expect(is_public(again, sizeof again), "the public key is not public");
	expect(dilithium_split(BYTES_OF(pair.public_key), secret_bytes(&pair.private_key),
		       &parts) == 0 &&
			dilithium_write_pkcs8(&parts, &der) == 0 &&
			dilithium_read_pkcs8(secret_bytes(&der), &parts) == 0 &&
			dilithium_join_private(&parts, &joined) == 0,
		"the private key is not written and read");
	secret_free(&pair.private_key);
	secret_free(&der);
	secret_free(&joined);
}

/* What must be reported. Outside of the library, in it, and a decision of it unmarked. */
static volatile uint8_t table[256];
static volatile unsigned seen;

static void
leaking_by_jump(void)
{
	struct pair pair;

	pair_new(&pair, true);
	if ((private_bytes(&pair)->s1[0][0] & 7) > ETA)
		seen = 1;
}

static void
leaking_by_address(void)
{
	struct pair pair;

	pair_new(&pair, true);
	seen = table[private_bytes(&pair)->t0[0][0]];
}

static void
leaking_in_the_library(void)
{
	uint8_t packed[N / 8 + 8];
	struct poly s1;
	struct pair pair;

	pair_new(&pair, true);
	unpack_small(private_bytes(&pair)->s1[0], &s1);
	pack_challenge(&s1, packed);
}

static void
leaking_a_decision(void)
{
	struct poly s1;
	struct pair pair;

	pair_new(&pair, true);
	unpack_small(private_bytes(&pair)->s1[0], &s1);
	if (ring_exceeds(&s1, ETA) != 0)
		seen = 1;
}

static const struct scenario {
	const char *name;
	void (*run)(void);
	bool leaks;
} scenarios[] = {
	{ "generating", generating, false },
	{ "signing", signing, false },
	{ "converting", converting, false },
	{ "leaking by jump", leaking_by_jump, true },
	{ "leaking by address", leaking_by_address, true },
	{ "leaking in the library", leaking_in_the_library, true },
	{ "leaking a decision", leaking_a_decision, true },
};

static int
scenario_run(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(scenarios); i++) {
		if (strcmp(scenarios[i].name, name) == 0) {
			expect(RUNNING_ON_VALGRIND, "this is not valgrind");
			scenarios[i].run();
			crypto_cleanup();
			return EXIT_SUCCESS;
		}
	}
	return EXIT_FAILURE;
}

/* --- The tests --------------------------------------------------------------------- */

static void
valgrind_exec(const char *argument, int out)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	if (n <= 0 || dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)
		return;
	self[n] = '\0';
	(void)execlp("valgrind", "valgrind", "-q", "--error-exitcode=99",
		"--leak-check=no", self, argument, (char *)NULL);
}

/* Runs this program under valgrind. Gives its exit status, or -1, and what was printed. */
static int
valgrind_run(const char *argument, char *ret_text, size_t room)
{
	FILE *out = tmpfile();
	int status = -1;
	pid_t child;
	size_t n;

	if (out == NULL)
		return -1;
	child = fork();
	if (child == 0) {
		valgrind_exec(argument, fileno(out));
		_exit(NO_VALGRIND);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
		(void)fclose(out);
		return -1;
	}
	rewind(out);
	n = fread(ret_text, 1, room - 1, out);
	ret_text[n] = '\0';
	(void)fclose(out);
	return WEXITSTATUS(status);
}

START_TEST (secrets_show_where_they_leak_and_nowhere_else) {
	const struct scenario *s = &scenarios[_i];
	static char text[16384];
	int status = valgrind_run(s->name, text, sizeof text);

	if (!s->leaks) {
		ck_assert_msg(
			status == 0, "%s: exit status %d\n%s", s->name, status, text);
		return;
	}
	ck_assert_msg(status == REPORTED && strstr(text, "uninitialised") != NULL,
		"%s is not reported: exit status %d\n%s", s->name, status, text);
}
END_TEST

static const struct check_test tests[] = {
	{ &secrets_show_where_they_leak_and_nowhere_else, ARRAY_LEN(scenarios) },
};

int
main(int argc, char **argv)
{
	char text[256];

	if (argc == 2)
		return scenario_run(argv[1]);
	if (valgrind_run("none", text, sizeof text) == NO_VALGRIND) {
		puts("valgrind is not on this machine");
		return 77;
	}
	return check_run("dilithium: secrecy", tests, ARRAY_LEN(tests));
}

#endif
