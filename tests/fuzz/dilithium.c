/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Round-2 Dilithium's keys, encodings and signatures: any bytes, and good ones with a few
 * changed. What is read is written as it was; of a message there is one signature.
 */
#include "crypto/dilithium_r2/dilithium_r2.h"
#include "tests/fuzz/fuzz.h"

#define MESSAGE BYTES_STR("message")

static struct good {
	uint8_t public_key[DILITHIUM_PUBLIC_KEY];
	struct secret private_key;
	uint8_t spki[DILITHIUM_SPKI];
	struct secret pkcs8;
	uint8_t signature[DILITHIUM_SIGNATURE];
	struct dilithium_public *verifier;
} good;

static void
good_make(void)
{
	static const uint8_t seed[DILITHIUM_SEED];
	struct dilithium_private *signer;
	struct dilithium_split parts;

	if (good.verifier != NULL)
		return;
	FUZZ_CHECK(dilithium_generate(seed, good.public_key, &good.private_key) == 0);
	FUZZ_CHECK(dilithium_split(BYTES_OF(good.public_key),
			   secret_bytes(&good.private_key), &parts) == 0);
	FUZZ_CHECK(dilithium_write_spki(&parts, good.spki) == 0);
	FUZZ_CHECK(dilithium_write_pkcs8(&parts, &good.pkcs8) == 0);
	FUZZ_CHECK(dilithium_private_new(secret_bytes(&good.private_key), &signer) == 0);
	FUZZ_CHECK(dilithium_sign(signer, MESSAGE, good.signature) == 0);
	dilithium_private_free(signer);
	FUZZ_CHECK(dilithium_public_new(BYTES_OF(good.public_key), &good.verifier) == 0);
}

static struct bytes
good_spki(void)
{
	return BYTES_OF(good.spki);
}

static void
read_spki(struct bytes in)
{
	uint8_t again[DILITHIUM_SPKI], public_key[DILITHIUM_PUBLIC_KEY];
	struct dilithium_split parts;

	if (dilithium_read_spki(in, &parts) != 0)
		return;
	FUZZ_CHECK(dilithium_join_public(&parts, public_key) == 0);
	FUZZ_CHECK(dilithium_write_spki(&parts, again) == 0);
	FUZZ_CHECK(bytes_equal(BYTES_OF(again), in));
}

static struct bytes
good_pkcs8(void)
{
	return secret_bytes(&good.pkcs8);
}

static void
read_pkcs8(struct bytes in)
{
	struct dilithium_split parts;
	struct secret again;

	if (dilithium_read_pkcs8(in, &parts) != 0)
		return;
	FUZZ_CHECK(dilithium_write_pkcs8(&parts, &again) == 0);
	FUZZ_CHECK(bytes_equal(secret_bytes(&again), in));
	secret_free(&again);
	FUZZ_CHECK(dilithium_join_private(&parts, &again) == 0);
	secret_free(&again);
}

static struct bytes
good_signature(void)
{
	return BYTES_OF(good.signature);
}

static void
verify(struct bytes in)
{
	FUZZ_CHECK((dilithium_verify(good.verifier, MESSAGE, in) == 0) ==
		   bytes_equal(in, good_signature()));
}

static struct bytes
good_public(void)
{
	return BYTES_OF(good.public_key);
}

static void
take_public(struct bytes in)
{
	struct dilithium_public *key;
	int r = dilithium_public_new(in, &key);

	FUZZ_CHECK((r == 0) == (in.n == DILITHIUM_PUBLIC_KEY));
	if (r != 0)
		return;
	FUZZ_CHECK((dilithium_verify(key, MESSAGE, good_signature()) == 0) ==
		   bytes_equal(in, good_public()));
	dilithium_public_free(key);
}

static struct bytes
good_private(void)
{
	return secret_bytes(&good.private_key);
}

/* A key whose parts belong together signs what its public key verifies. */
static void
take_private(struct bytes in)
{
	uint8_t public_key[DILITHIUM_PUBLIC_KEY], signature[DILITHIUM_SIGNATURE];
	struct dilithium_private *signer = NULL;
	struct dilithium_public *verifier;
	int r = dilithium_private_new(in, &signer);

	if (dilithium_public_of(in, public_key) == 0) {
		FUZZ_CHECK(r == 0);
		FUZZ_CHECK(dilithium_sign(signer, MESSAGE, signature) == 0);
		FUZZ_CHECK(dilithium_public_new(BYTES_OF(public_key), &verifier) == 0);
		FUZZ_CHECK(dilithium_verify(verifier, MESSAGE, BYTES_OF(signature)) == 0);
		dilithium_public_free(verifier);
	}
	dilithium_private_free(signer);
}

static const struct subject {
	struct bytes (*good)(void);
	void (*take)(struct bytes in);
} subjects[] = {
	{ good_spki, read_spki },
	{ good_pkcs8, read_pkcs8 },
	{ good_signature, verify },
	{ good_public, take_public },
	{ good_private, take_private },
};

/* A good one, some bytes longer or shorter, with changes: place and difference. */
static void
take_changed(const struct subject *s, struct cursor *c)
{
	struct bytes from = s->good();
	size_t n = from.n + fuzz_u8(c) - 128;
	uint8_t *changed = calloc(1, n);

	FUZZ_CHECK(changed != NULL);
	memcpy(changed, from.p, n < from.n ? n : from.n);
	while (cursor_left(c) != 0) {
		unsigned at = fuzz_u16(c);

		changed[at % n] ^= (uint8_t)fuzz_u8(c);
	}
	s->take(BYTES(changed, n));
	free(changed);
}

static void
take_raw(const struct subject *s, struct cursor *c)
{
	size_t n = cursor_left(c);
	uint8_t *exact = fuzz_copy(cursor_bytes(c, n));

	s->take(BYTES(exact, n));
	free(exact);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(BYTES(data, size));
	unsigned how = fuzz_u8(&c);
	const struct subject *s = &subjects[how / 2 % ARRAY_LEN(subjects)];

	good_make();
	if (how % 2 == 0)
		take_changed(s, &c);
	else
		take_raw(s, &c);
	return 0;
}
