/* SPDX-License-Identifier: Apache-2.0 */
/* The table of mechanisms against the kernel's algorithms, without a kernel. */
#include "kcapi_backend/algs.h"
#include "kcapi_backend/glue.h"
#include "tests/unit/check_main.h"

/* With every parameter and any length: what an AEAD of the kernel's is not. */
static bool
kernel_does(const struct mech *m)
{
	const struct alg *a = alg_by_mech(m);

	return a != NULL && a->type != ALG_TYPE_AEAD;
}

static bool
is_built(const struct mech *m)
{
	const struct mech_params p = { .tag_bits = 128 };
	const struct mech *needs[2];
	unsigned n = glue_needs(m, &p, needs);

	for (unsigned i = 0; i < n; i++) {
		if (!kernel_does(needs[i]))
			return false;
	}
	return n != 0;
}

/* A key is the kernel's only where the kernel serves all that it may do: one mechanism that
 * is neither an algorithm of the kernel's nor built of them keeps every key of its type that
 * has no CKA_ALLOWED_MECHANISMS out of the kernel. */
START_TEST (every_use_of_an_aes_key_can_be_the_kernels) {
	const CK_FLAGS uses = CKF_ENCRYPT | CKF_DECRYPT | CKF_SIGN | CKF_VERIFY;
	size_t n = 0;

	for (size_t i = 0; i < mechs_count; i++) {
		const struct mech *m = &mechs[i];

		if ((m->key_type != CKK_AES && m->key_type != CKK_AES_XTS) ||
			(m->flags & uses) == 0)
			continue;
		ck_assert_msg(kernel_does(m) || is_built(m), "%s", m->name);
		n++;
	}
	ck_assert_uint_ge(n, 15);
}
END_TEST

/* What the kernel has is there because something runs on it. */
START_TEST (every_algorithm_has_a_mechanism_or_is_for_one_that_may_come) {
	for (size_t i = 0; i < algs_count; i++) {
		const struct mech *m = alg_plain(&algs[i]);

		if (m == NULL)
			ck_assert_str_eq(algs[i].name, "cmac(des3_ede)");
		else
			ck_assert_ptr_eq(alg_by_mech(m), &algs[i]);
	}
}
END_TEST

static const struct check_test tests[] = {
	{ &every_use_of_an_aes_key_can_be_the_kernels, 0 },
	{ &every_algorithm_has_a_mechanism_or_is_for_one_that_may_come, 0 },
};
CHECK_MAIN("kcapi_table", tests)
