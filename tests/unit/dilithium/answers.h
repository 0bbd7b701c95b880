/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The 100 known answers of the submission, PQCsignKAT_3856.rsp. Their seeds and messages
 * come from a generator with a fixed seed, so the whole file is made again here, with keys
 * and signatures of whoever is tested; it is right when its hash is that of the published
 * one. Where a copy of that is at hand, in ../shared/vectors beside the tree, each record is
 * compared too, which tells what differs.
 */
#pragma once

#include <stdio.h>

#include "common/buf.h"
#include "crypto/dilithium_r2/dilithium_r2.h"
#include "tests/unit/dilithium/drbg.h"

#define ANSWERS 100u
#define ANSWER_STEP 33u /* bytes more of each message */

struct answer {
	unsigned count;
	uint8_t seed[DRBG_SEED];
	uint8_t message[ANSWERS * ANSWER_STEP];
	size_t message_len;
	/* for whoever is tested to fill in */
	uint8_t public_key[DILITHIUM_PUBLIC_KEY];
	uint8_t private_key[DILITHIUM_PRIVATE_KEY];
	uint8_t signature[DILITHIUM_SIGNATURE];
};

/* What keys are made of. */
static inline void
answer_seed(const struct answer *a, uint8_t ret[DILITHIUM_SEED])
{
	struct drbg d;

	drbg_new(&d, a->seed);
	drbg_bytes(&d, ret, DILITHIUM_SEED);
	drbg_free(&d);
}

static inline void
answer_put_hex(struct buf *to, const char *name, struct bytes a, struct bytes b)
{
	buf_printf(to, "%s = ", name);
	for (size_t i = 0; i < a.n; i++)
		buf_printf(to, "%02X", a.p[i]);
	for (size_t i = 0; i < b.n; i++)
		buf_printf(to, "%02X", b.p[i]);
	buf_put_str(to, "\n");
}

static inline void
answer_put(struct buf *to, const struct answer *a)
{
	struct bytes message = BYTES(a->message, a->message_len);

	buf_printf(to, "count = %u\n", a->count);
	answer_put_hex(to, "seed", BYTES_OF(a->seed), BYTES_NONE);
	buf_printf(to, "mlen = %zu\n", message.n);
	answer_put_hex(to, "msg", message, BYTES_NONE);
	answer_put_hex(to, "pk", BYTES_OF(a->public_key), BYTES_NONE);
	answer_put_hex(to, "sk", BYTES_OF(a->private_key), BYTES_NONE);
	buf_printf(to, "smlen = %zu\n", sizeof a->signature + message.n);
	answer_put_hex(to, "sm", BYTES_OF(a->signature), message);
	buf_put_str(to, "\n");
}

static inline FILE *
answers_open(void)
{
	char path[4096];
	const char *folder = getenv("KEYRING_TOKEN_VECTORS");

	(void)snprintf(path, sizeof path, "%s/dilithium-r2-6x5.rsp",
		folder != NULL ? folder : VECTORS);
	return fopen(path, "r");
}

static inline void
answer_is_as_published(FILE *published, const struct buf *text, unsigned count)
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

static inline void
answers_check_hash(EVP_MD_CTX *hash)
{
	static const char published[] =
		"4c2e6d7c8675e9345e3ab7036a4e9fb786549d242462ba9b68f58db94e84147a";
	uint8_t digest[32];
	char hex[2 * sizeof digest + 1];

	ck_assert_int_eq(EVP_DigestFinal_ex(hash, digest, NULL), 1);
	for (size_t i = 0; i < sizeof digest; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	ck_assert_str_eq(hex, published);
}

/* fill: keys of answer_seed(), and the signature. */
static inline void
answers_check(void (*fill)(struct answer *a))
{
	EVP_MD_CTX *hash = EVP_MD_CTX_new();
	FILE *published = answers_open();
	static struct answer a;
	uint8_t seed[DRBG_SEED];
	struct buf text = BUF_INIT;
	struct drbg d;

	for (unsigned i = 0; i < sizeof seed; i++)
		seed[i] = (uint8_t)i;
	drbg_new(&d, seed);
	ck_assert_int_eq(EVP_DigestInit_ex2(hash, crypto_md(DIGEST_SHA256), NULL), 1);
	buf_put_str(&text, "# Dilithium4\n\n");
	for (a.count = 0; a.count < ANSWERS; a.count++) {
		a.message_len = ANSWER_STEP * (a.count + 1);
		drbg_bytes(&d, a.seed, sizeof a.seed);
		drbg_bytes(&d, a.message, a.message_len);
		fill(&a);
		answer_put(&text, &a);
		ck_assert(buf_ok(&text));
		answer_is_as_published(published, &text, a.count);
		ck_assert_int_eq(EVP_DigestUpdate(hash, text.p, text.n), 1);
		buf_reset(&text);
	}
	answers_check_hash(hash);
	if (published != NULL) {
		ck_assert_int_eq(fgetc(published), EOF);
		(void)fclose(published);
	}
	buf_free(&text);
	drbg_free(&d);
	EVP_MD_CTX_free(hash);
	crypto_cleanup();
}
