/* SPDX-License-Identifier: Apache-2.0 */
/* Threads and forks that share keys and sockets. */
#include <fcntl.h>
#include <pthread.h>
#include <sys/wait.h>

#include "tests/unit/kcapi_backend/kernel_ops.h"

/* --- Threads, forks ----------------------------------------------------------------------- */

struct worker {
	pthread_t thread;
	struct fixture *f;
	unsigned i, wrong, invalid, rounds;
	bool may_end; /* the key is revoked meanwhile */
};

static void *
work(void *arg)
{
	struct worker *w = arg;
	const struct mech *m = mech_lookup(some[w->i % ARRAY_LEN(some)]);
	struct mech_params p = fixture_params(m, 0, 48);
	struct op *op = NULL, *check = NULL;
	uint8_t got[80], want[80];
	size_t got_n, want_n = 0;

	if (op_secret_new(kind_of(m), m, &p, w->f->value, &check) != CKR_OK ||
		try_once(check, want, &want_n) != CKR_OK)
		w->wrong++;
	op_free(&check);
	for (unsigned i = 0; i < w->rounds; i++) {
		CK_RV rv = CKR_OK;

		if (i % 16 == 0)
			op_free(&op);
		if (op == NULL)
			rv = op_kcapi_new(kind_of(m), m, &p, w->f->key, &op);
		if (rv == CKR_OK)
			rv = op->vtable->rearm(op, &p);
		if (rv == CKR_OK)
			rv = try_once(op, got, &got_n);
		if (rv == CKR_KEY_HANDLE_INVALID)
			w->invalid++;
		else if (rv != CKR_OK ||
			 !bytes_equal(BYTES(got, got_n), BYTES(want, want_n)))
			w->wrong++;
	}
	op_free(&op);
	return NULL;
}

static void
work_together(struct fixture *f, bool revoke)
{
	struct worker w[8] = { 0 };

	for (unsigned i = 0; i < ARRAY_LEN(w); i++) {
		w[i] = (struct worker){ .f = f, .i = i, .rounds = 300 };
		ck_assert_int_eq(pthread_create(&w[i].thread, NULL, work, &w[i]), 0);
	}
	if (revoke) {
		(void)usleep(50000);
		kcapi_key_revoke(f->key);
	}
	for (unsigned i = 0; i < ARRAY_LEN(w); i++) {
		pthread_join(w[i].thread, NULL);
		ck_assert_msg(w[i].wrong == 0, "thread %u: %u wrong", i, w[i].wrong);
		ck_assert(revoke || w[i].invalid == 0);
	}
}

START_TEST (threads_get_their_own_answers) {
	struct fixture f;

	fixture_new(&f, mech_lookup(CKM_AES_CBC), KCAPI_BYTES, 0);
	work_together(&f, false);
	fixture_free(&f);
	ck_assert_uint_eq(sockets_open(), 0);
}
END_TEST

START_TEST (threads_that_fight_for_sockets_get_right_answers) {
	struct fixture f;

	fixture_new(&f, mech_lookup(CKM_AES_CBC), KCAPI_BYTES, 0);
	kcapi_key_unref(&f.key);
	kcapi_free(&f.k);
	ck_assert_int_eq(kcapi_new(3, &f.k), 0);
	ck_assert_int_eq(kcapi_key_by_bytes(f.k, f.value, &f.key), 0);
	work_together(&f, false);
	ck_assert_uint_le(sockets_open(), 3);
	fixture_free(&f);
}
END_TEST

START_TEST (a_key_revoked_under_threads_leaves_nothing_open) {
	struct fixture f;

	fixture_new(&f, mech_lookup(CKM_AES_CBC), KCAPI_BYTES, 0);
	work_together(&f, true);
	ck_assert_uint_eq(sockets_open(), 0);
	fixture_free(&f);
}
END_TEST

START_TEST (a_child_closes_what_it_inherited_and_the_parent_goes_on) {
	const struct mech *m = mech_lookup(CKM_AES_CBC);
	struct fixture f;
	struct op *op;
	int status;
	pid_t child;

	fixture_new(&f, m, KCAPI_BYTES, 0);
	op = op_of(&f, OP_ENCRYPT, m, 0);
	expect_right(&f, op, 0);
	child = fork();
	if (child == 0) {
		int decoy = open("/dev/null", O_RDONLY), own;

		/* one of the numbers is something else by now */
		for (own = 256; own < HIGHEST && fcntl(own, F_GETFD) < 0;)
			own++;
		(void)dup2(decoy, own);
		kcapi_forget(&f.k);
		_exit(f.k == NULL && sockets_open() == 0 && fcntl(own, F_GETFD) >= 0 ? 0
										     : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	expect_right(&f, op, 0);
	op_free(&op);
	fixture_free(&f);
}
END_TEST

static const struct check_test tests[] = {
	{ &threads_get_their_own_answers, 0 },
	{ &threads_that_fight_for_sockets_get_right_answers, 0 },
	{ &a_key_revoked_under_threads_leaves_nothing_open, 0 },
	{ &a_child_closes_what_it_inherited_and_the_parent_goes_on, 0 },
};

KERNEL_MAIN("kcapi_kernel_threads", tests)
