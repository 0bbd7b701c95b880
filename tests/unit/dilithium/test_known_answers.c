/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The 100 known answers of the submission, PQCsignKAT_3856.rsp. Their seeds and messages
 * come from a generator with a fixed seed, so the whole file is made again here; it is
 * right when its hash is that of the published one. Where a copy of that is at hand, in
 * ../shared/vectors beside the tree, each record is compared too, which tells what differs.
 */
#include <stdio.h>

#include "common/buf.h"
#include "crypto/dilithium_r2/dilithium_r2.h"
#include "tests/unit/dilithium/drbg.h"

#include "tests/unit/check_main.h"

#define RECORDS 100u
#define MESSAGE_STEP 33u

static const char published_sha256[] =
	"4c2e6d7c8675e9345e3ab7036a4e9fb786549d242462ba9b68f58db94e84147a";

struct record {
	unsigned count;
	uint8_t seed[DRBG_SEED];
	uint8_t message[RECORDS * MESSAGE_STEP];
	size_t message_len;
	uint8_t public_key[DILITHIUM_PUBLIC_KEY];
	struct secret private_key;
	uint8_t signature[DILITHIUM_SIGNATURE];
};

static void
record_fill(struct record *r)
{
	struct dilithium_private *private_key;
	struct dilithium_public *public_key;
	uint8_t seed[DILITHIUM_SEED], again[DILITHIUM_PUBLIC_KEY];
	struct bytes message = BYTES(r->message, r->message_len);
	struct drbg d;

	drbg_new(&d, r->seed);
	drbg_bytes(&d, seed, sizeof seed);
	drbg_free(&d);
	ck_assert_int_eq(dilithium_generate(seed, r->public_key, &r->private_key), 0);
	ck_assert_int_eq(
		dilithium_private_new(secret_bytes(&r->private_key), &private_key), 0);
	ck_assert_int_eq(dilithium_sign(private_key, message, r->signature), 0);
	dilithium_private_free(private_key);

	ck_assert_int_eq(dilithium_public_of(secret_bytes(&r->private_key), again), 0);
	ck_assert_mem_eq(again, r->public_key, sizeof again);
	ck_assert_int_eq(dilithium_public_new(BYTES_OF(r->public_key), &public_key), 0);
	ck_assert_int_eq(
		dilithium_verify(public_key, message, BYTES_OF(r->signature)), 0);
	dilithium_public_free(public_key);
}

static void
put_hex(struct buf *to, const char *name, struct bytes a, struct bytes b)
{
	buf_printf(to, "%s = ", name);
	for (size_t i = 0; i < a.n; i++)
		buf_printf(to, "%02X", a.p[i]);
	for (size_t i = 0; i < b.n; i++)
		buf_printf(to, "%02X", b.p[i]);
	buf_put_str(to, "\n");
}

static void
put_record(struct buf *to, const struct record *r)
{
	struct bytes message = BYTES(r->message, r->message_len);

	buf_printf(to, "count = %u\n", r->count);
	put_hex(to, "seed", BYTES_OF(r->seed), BYTES_NONE);
	buf_printf(to, "mlen = %zu\n", message.n);
	put_hex(to, "msg", message, BYTES_NONE);
	put_hex(to, "pk", BYTES_OF(r->public_key), BYTES_NONE);
	put_hex(to, "sk", secret_bytes(&r->private_key), BYTES_NONE);
	buf_printf(to, "smlen = %zu\n", sizeof r->signature + message.n);
	put_hex(to, "sm", BYTES_OF(r->signature), message);
	buf_put_str(to, "\n");
}

static FILE *
published_open(void)
{
	char path[4096];
	const char *folder = getenv("KEYRING_TOKEN_VECTORS");

	(void)snprintf(path, sizeof path, "%s/dilithium-r2-6x5.rsp",
		folder != NULL ? folder : VECTORS);
	return fopen(path, "r");
}

static void
same_as_published(FILE *published, const struct buf *text, unsigned count)
{
	char *line = NULL, *mine = (char *)text->p;
	size_t cap = 0;

	if (published == NULL)
		return;
	while (mine < (char *)text->p + text->n) {
		ssize_t n = getline(&line, &cap, published);

		ck_assert_msg(n > 0 && strncmp(line, mine, (size_t)n) == 0,
			"record %u: %.12s is not as published", count, mine);
		mine += n;
	}
	free(line);
}

START_TEST (all_hundred_known_answers_are_as_published) {
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	FILE *published = published_open();
	static struct record r;
	uint8_t seed[DRBG_SEED], digest[32];
	char hex[2 * sizeof digest + 1];
	struct buf text = BUF_INIT;
	struct drbg d;

	for (unsigned i = 0; i < sizeof seed; i++)
		seed[i] = (uint8_t)i;
	drbg_new(&d, seed);
	ck_assert_int_eq(EVP_DigestInit_ex2(hash, crypto_md(DIGEST_SHA256), NULL), 1);
	buf_put_str(&text, "# Dilithium4\n\n");
	for (r.count = 0; r.count < RECORDS; r.count++) {
		r.message_len = MESSAGE_STEP * (r.count + 1);
		drbg_bytes(&d, r.seed, sizeof r.seed);
		drbg_bytes(&d, r.message, r.message_len);
		record_fill(&r);
		put_record(&text, &r);
		secret_free(&r.private_key);
		ck_assert(buf_ok(&text));
		same_as_published(published, &text, r.count);
		ck_assert_int_eq(EVP_DigestUpdate(hash, text.p, text.n), 1);
		buf_reset(&text);
	}
	ck_assert_int_eq(EVP_DigestFinal_ex(hash, digest, NULL), 1);
	for (size_t i = 0; i < sizeof digest; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	ck_assert_str_eq(hex, published_sha256);

	if (published != NULL) {
		ck_assert_int_eq(fgetc(published), EOF);
		(void)fclose(published);
	}
	buf_free(&text);
	drbg_free(&d);
	EVP_MD_CTX_free(hash);
	crypto_cleanup();
}
END_TEST

static const struct check_test tests[] = {
	{ &all_hundred_known_answers_are_as_published, 0 },
};

CHECK_MAIN("dilithium: known answers", tests)
