/* SPDX-License-Identifier: Apache-2.0 */
/* Operations of the kernel's, and sockets that are open, for test_kernel*.c. */
#pragma once

#include <sys/socket.h>

#include "tests/unit/kcapi_backend/fixture.h"

#define HIGHEST 4096 /* no descriptor of a test is beyond it */

static inline struct op *
op_of(struct fixture *f, enum op_kind kind, const struct mech *m, unsigned i)
{
	struct mech_params p = fixture_params(m, i, 48);
	struct op *op = NULL;
	CK_RV rv = op_kcapi_new(kind, m, &p, f->key, &op);

	ck_assert_msg(rv == CKR_OK, "%s: %s", m->name, ckr_name(rv));
	return op;
}

static inline CK_RV
rearm(struct op *op, unsigned i)
{
	struct mech_params p = fixture_params(op->mech, i, 48);

	return op->vtable->rearm(op, &p);
}

/* 48 bytes, by ours and by OpenSSL. */
static inline CK_RV
try_once(struct op *op, uint8_t *ret, size_t *ret_n)
{
	static const uint8_t in[48] = "forty-eight bytes, which are three blocks of 16";
	struct outbuf out = { ret, 80, 0 };
	CK_RV rv = op->vtable->once(op, BYTES_OF(in), BYTES_NONE, &out);

	*ret_n = out.n;
	return rv;
}

static inline void
expect_right(struct fixture *f, struct op *op, unsigned i)
{
	struct mech_params p = fixture_params(op->mech, i, 48);
	uint8_t got[80], want[80];
	size_t got_n, want_n;
	struct op *check = NULL;
	CK_RV rv;

	ck_assert_uint_eq(
		op_secret_new(op->kind, op->mech, &p, f->value, &check), CKR_OK);
	ck_assert_uint_eq(try_once(check, want, &want_n), CKR_OK);
	ck_assert_uint_eq(rearm(op, i), CKR_OK);
	rv = try_once(op, got, &got_n);
	ck_assert_msg(rv == CKR_OK, "%s: %s", op->mech->name, ckr_name(rv));
	ck_assert(bytes_equal(BYTES(got, got_n), BYTES(want, want_n)));
	op_free(&check);
}

static inline unsigned
sockets_open(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < HIGHEST; fd++) {
		int domain = 0;
		socklen_t size = sizeof domain;

		n += getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
		     domain == AF_ALG;
	}
	return n;
}

static const CK_MECHANISM_TYPE some[] = { CKM_AES_CBC, CKM_AES_CTR, CKM_AES_ECB,
	CKM_AES_GCM, CKM_AES_CCM, CKM_AES_CMAC, CKM_AES_GMAC, CKM_SHA256_HMAC,
	CKM_AES_CBC_PAD };

static inline enum op_kind
kind_of(const struct mech *m)
{
	return (m->flags & CKF_SIGN) != 0 ? OP_SIGN : OP_ENCRYPT;
}

/* A machine without AF_ALG, or with too little of it, is told. */
static inline int
kernel_run(const char *name, const struct check_test *tests, size_t n)
{
	if (!have_af_alg()) {
		printf("SKIP: this kernel has no AF_ALG\n");
		return SKIPPED;
	}
	if (!have_all_algorithms() && !everything_is_served()) {
		printf("SKIP: this kernel refuses some algorithms\n");
		return SKIPPED;
	}
	return check_run(name, tests, n);
}

#define KERNEL_MAIN(name, tests)                                      \
	int main(void)                                                \
	{                                                             \
		return kernel_run((name), (tests), ARRAY_LEN(tests)); \
	}
