/* SPDX-License-Identifier: Apache-2.0 */
/* One key by serial, by bytes and passed; and what OpenSSL makes of the same. */
#pragma once

#include <stdio.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "cryptoki/names.h"
#include "kcapi_backend/glue.h"
#include "kcapi_backend/kcapi.h"
#include "kcapi_backend/keyring.h"
#include "tests/unit/check_main.h"

#define SKIPPED 77

struct fixture {
	struct kcapi *k;
	uint8_t bytes[64];
	struct bytes value;
	struct keyring_key ring;
	struct kcapi_key *key;
	int held[4];
	unsigned helds;
};

/* Is AF_ALG there at all? Where a mechanism must be served, the tests do not ask. */
static inline bool
have_af_alg(void)
{
	int fd = socket(AF_ALG, SOCK_SEQPACKET, 0);

	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

/* Does it compute everything itself that it could? */
static inline bool
have_all_algorithms(void)
{
	struct kcapi_report rows[64];
	struct kcapi *k;
	bool all = kcapi_new(16, &k) == 0;
	size_t n = all ? kcapi_report(k, rows, ARRAY_LEN(rows)) : 0;

	for (size_t i = 0; i < n && i < ARRAY_LEN(rows); i++)
		all &= rows[i].known_answer;
	kcapi_free(&k);
	return all;
}

/* The full lane serves everything; kernels before 6.2 key by no serial, and what a restricted
 * one refuses is for its own lane to say (tests/vm/run). */
static inline bool
everything_is_served(void)
{
	const char *lane = getenv("VM_LANE");

	return lane != NULL && strcmp(lane, "debian13") == 0;
}

static inline const char *
keying_name(enum kcapi_keying how)
{
	static const char *const names[] = { "serial", "bytes", "passed" };

	return names[how];
}

/* The transforms that m needs with p, as keyringd passes them. */
static inline void
fixture_pass(struct fixture *f, const struct mech *m, const struct mech_params *p)
{
	const struct mech *needs[2];
	unsigned n = kcapi_needs(f->k, m, p, needs);

	ck_assert_msg(n != 0, "%s", m->name);
	for (unsigned i = 0; i < n; i++) {
		struct kcapi_pass pass;

		if (kcapi_key_has(f->key, needs[i]))
			continue;
		ck_assert_int_eq(kcapi_pass_new(f->k, needs[i], f->value, &pass), 0);
		ck_assert_int_eq(kcapi_key_adopt(f->key, needs[i], pass.tfm), 0);
		ck_assert_uint_lt(f->helds, 4);
		f->held[f->helds++] = pass.held;
	}
}

static inline size_t
fixture_key_bytes(const struct mech *m, unsigned size)
{
	static const size_t aes[] = { 16, 24, 32 }, xts[] = { 32, 64, 32 };
	static const size_t hmac[] = { 1, 20, 64 };

	if (m->cipher == CIPHER_DES3)
		return 24;
	if (m->algorithm == ALG_XTS)
		return xts[size];
	return m->algorithm == ALG_HMAC ? hmac[size] : aes[size];
}

/* size: 0 to 2, small to large. */
static inline void
fixture_new(struct fixture *f, const struct mech *m, enum kcapi_keying how, unsigned size)
{
	*f = (struct fixture){ .helds = 0 };
	ck_assert_int_eq(kcapi_new(16, &f->k), 0);
	f->value = BYTES(f->bytes, fixture_key_bytes(m, size));
	ck_assert_int_eq(getrandom(f->bytes, sizeof f->bytes, 0), sizeof f->bytes);
	if (how == KCAPI_SERIAL) {
		ck_assert_int_eq(
			keyring_key_new(KEYRING_LOGON, f->value, 1000, &f->ring), 0);
		ck_assert_int_eq(kcapi_key_by_serial(f->k, f->ring.serial, &f->key), 0);
	} else if (how == KCAPI_BYTES) {
		ck_assert_int_eq(kcapi_key_by_bytes(f->k, f->value, &f->key), 0);
	} else {
		ck_assert_int_eq(kcapi_key_passed(f->k, &f->key), 0);
	}
}

static inline void
fixture_free(struct fixture *f)
{
	for (unsigned i = 0; i < f->helds; i++)
		(void)close(f->held[i]);
	kcapi_key_unref(&f->key);
	kcapi_free(&f->k);
	keyring_key_free(&f->ring);
}

/* Parameters that suit m; i varies what can vary. */
static inline struct mech_params
fixture_params(const struct mech *m, unsigned i, uint64_t n)
{
	static const uint16_t gcm_ivs[] = { 12, 12, 12, 1, 16, 60 };
	static const uint16_t gcm_tags[] = { 128, 96, 32, 128, 104, 64 };
	static const uint16_t ccm_ivs[] = { 12, 7, 13, 11, 12, 12 };
	static const uint16_t ccm_tags[] = { 128, 32, 64, 96, 128, 48 };
	static const uint8_t aad[70] = "what is not secret, but must not be changed";
	struct mech_params p = { .counter_bits = 128, .data_len = n };

	for (size_t j = 0; j < 64; j++)
		p.iv[j] = (uint8_t)(i * 31 + j * 7);
	p.iv_len = m->iv_bytes != 0 ? m->iv_bytes : 16;
	if (m->algorithm == ALG_GCM || m->algorithm == ALG_GMAC) {
		p.iv_len = gcm_ivs[i % 6];
		p.tag_bits = gcm_tags[i % 6];
	}
	if (m->algorithm == ALG_CCM) {
		p.iv_len = ccm_ivs[i % 6];
		p.tag_bits = ccm_tags[i % 6];
	}
	if (m->algorithm == ALG_GCM || m->algorithm == ALG_CCM)
		p.extra = BYTES(aad, i * 13 % sizeof aad);
	if (m->param == PARAM_LENGTH)
		p.mac_len = (uint16_t)(1 + i * 5 % 8);
	return p;
}
