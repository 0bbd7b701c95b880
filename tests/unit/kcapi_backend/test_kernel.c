/* SPDX-License-Identifier: Apache-2.0 */
/* What happens around the answers: what a call costs, descriptors that are taken away, limits. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/unit/kcapi_backend/kernel_ops.h"

/* --- What a call costs ---------------------------------------------------------------- */

static const CK_MECHANISM_TYPE direct[] = { CKM_AES_CBC, CKM_AES_CTR, CKM_AES_ECB,
	CKM_AES_XTS, CKM_AES_GCM, CKM_AES_CCM, CKM_AES_GMAC, CKM_AES_CMAC,
	CKM_SHA256_HMAC, CKM_SHA256 };

/* The traced side: a signal before and after everything that is to be counted. */
static void
traced(struct op *op, bool digest)
{
	uint8_t room[80];
	size_t n;
	CK_RV rv;

	(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	(void)raise(SIGSTOP);
	(void)raise(SIGUSR1);
	(void)raise(SIGUSR1); /* what the signal itself costs */
	rv = digest ? op->vtable->rearm(op, &(struct mech_params){ 0 }) : rearm(op, 0);
	(void)raise(SIGUSR1);
	if (rv == CKR_OK)
		rv = try_once(op, room, &n);
	(void)raise(SIGUSR1);
	_exit(rv == CKR_OK ? 0 : 1);
}

/* The child's system calls between its signals: counts[1] to re-arm, counts[2] for a
 * call. Its exit status. */
static int
count_calls(pid_t child, unsigned counts[4])
{
	int status, mark = -1;

	memset(counts, 0, 4 * sizeof counts[0]);
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(ptrace(PTRACE_SETOPTIONS, child, NULL,
				 (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)),
		0);
	for (;;) {
		ck_assert_int_eq(ptrace(PTRACE_SYSCALL, child, NULL, NULL), 0);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		if (!WIFSTOPPED(status))
			break;
		if (WSTOPSIG(status) == SIGUSR1)
			mark++;
		else if (WSTOPSIG(status) == (SIGTRAP | 0x80) && mark >= 0)
			counts[mark]++;
	}
	ck_assert_int_eq(mark, 3);
	/* two stops for each, one signal for each interval */
	counts[1] = (counts[1] - counts[0]) / 2;
	counts[2] = (counts[2] - counts[0]) / 2;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

START_TEST (a_warm_call_is_two_system_calls_and_rearming_none) {
	const struct mech *m = mech_lookup(direct[_i]);
	const bool digest = m->algorithm == ALG_DIGEST;
	struct fixture f;
	unsigned counts[4];
	uint8_t room[80];
	struct op *op;
	size_t n;
	pid_t child;

	fixture_new(&f, m, KCAPI_BYTES, 0);
	if (digest)
		ck_assert_uint_eq(op_kcapi_digest_new(f.k, m, &op), CKR_OK);
	else
		op = op_of(&f, kind_of(m), m, 0);
	ck_assert_uint_eq(try_once(op, room, &n), CKR_OK);
	child = fork();
	if (child == 0)
		traced(op, digest);
	ck_assert_int_eq(count_calls(child, counts), 0);
	ck_assert_msg(counts[1] == 0 && counts[2] == 2, "%s: %u to re-arm, %u a call",
		m->name, counts[1], counts[2]);
	op_free(&op);
	fixture_free(&f);
}
END_TEST

/* What is asked for room before it is armed, say. */
START_TEST (macs_write_nothing_without_room) {
	static const CK_MECHANISM_TYPE types[] = { CKM_AES_CMAC, CKM_AES_GMAC,
		CKM_SHA256_HMAC };
	const struct mech *m = mech_lookup(types[_i]);
	struct fixture f;
	uint8_t room[80];
	struct op *op;

	fixture_new(&f, m, KCAPI_BYTES, 0);
	op = op_of(&f, OP_SIGN, m, 0);
	memset(room, 0xa7, sizeof room);
	for (size_t cap = 0; cap < op->vtable->once_size(op, 5); cap++) {
		struct outbuf out = { room, cap, 0 };

		ck_assert_uint_eq(rearm(op, 0), CKR_OK);
		ck_assert_uint_eq(
			op->vtable->once(op, BYTES_STR("abcde"), BYTES_NONE, &out),
			CKR_DEVICE_ERROR);
		ck_assert_uint_eq(out.n, 0);
		for (size_t i = cap; i < sizeof room; i++)
			ck_assert_uint_eq(room[i], 0xa7);
	}
	op_free(&op);
	fixture_free(&f);
}
END_TEST

START_TEST (keys_in_the_ring_cost_no_more) {
	const struct mech *m = mech_lookup(CKM_AES_CBC);
	struct fixture f;
	unsigned counts[4];
	uint8_t room[80];
	struct op *op;
	size_t n;
	pid_t child;

	fixture_new(&f, m, KCAPI_SERIAL, 2);
	if (!kcapi_serves(f.k, m, KCAPI_SERIAL)) {
		fixture_free(&f);
		return;
	}
	op = op_of(&f, OP_ENCRYPT, m, 0);
	ck_assert_uint_eq(try_once(op, room, &n), CKR_OK);
	child = fork();
	if (child == 0)
		traced(op, false);
	ck_assert_int_eq(count_calls(child, counts), 0);
	ck_assert_uint_eq(counts[1], 0);
	ck_assert_uint_eq(counts[2], 2);
	op_free(&op);
	fixture_free(&f);
}
END_TEST

/* --- Descriptors taken away ------------------------------------------------------------ */

struct decoys {
	int fd[64];
	unsigned n;
};

/* As an application does that closes everything, and goes on under the same numbers. */
static void
take_over(struct decoys *d)
{
	d->n = 0;
	for (int fd = 3; fd < HIGHEST && d->n + 2 <= ARRAY_LEN(d->fd); fd++) {
		int domain = 0, pair[2];
		socklen_t size = sizeof domain;

		if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0 ||
			domain != AF_ALG)
			continue;
		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
		ck_assert_int_eq(dup2(pair[0], fd), fd);
		(void)close(pair[0]);
		d->fd[d->n++] = fd;
		d->fd[d->n++] = pair[1];
	}
	ck_assert_uint_ne(d->n, 0);
}

/* They are open still, and nothing has arrived. */
static void
expect_untouched(struct decoys *d)
{
	uint8_t byte;

	for (unsigned i = 0; i < d->n; i += 2) {
		ck_assert_int_eq(recv(d->fd[i + 1], &byte, 1, MSG_DONTWAIT), -1);
		ck_assert_int_eq(errno, EAGAIN);
		(void)close(d->fd[i]);
		(void)close(d->fd[i + 1]);
	}
}

START_TEST (operations_go_on_when_the_application_takes_their_descriptors) {
	const struct mech *m = mech_lookup(some[_i]);
	struct fixture f;
	struct decoys d;
	struct op *op;

	fixture_new(&f, m, KCAPI_BYTES, 0);
	op = op_of(&f, kind_of(m), m, 0);
	expect_right(&f, op, 0);
	take_over(&d);
	expect_right(&f, op, 0);
	expect_untouched(&d);
	for (int fd = 3; fd < HIGHEST; fd++)
		(void)close(fd);
	expect_right(&f, op, 0);
	op_free(&op);
	fixture_free(&f);
	ck_assert_uint_eq(sockets_open(), 0);
}
END_TEST

START_TEST (a_passed_transform_that_is_taken_asks_for_another_way) {
	const struct mech *m = mech_lookup(CKM_AES_CBC);
	struct mech_params p = fixture_params(m, 0, 48);
	struct fixture f;
	struct decoys d;
	uint8_t room[80];
	struct op *op, *none = NULL;
	size_t n;

	fixture_new(&f, m, KCAPI_PASSED, 0);
	ck_assert_uint_eq(
		op_kcapi_new(OP_ENCRYPT, m, &p, f.key, &none), CKR_MECHANISM_INVALID);
	fixture_pass(&f, m, &p);
	op = op_of(&f, OP_ENCRYPT, m, 0);
	expect_right(&f, op, 0);
	ck_assert(kcapi_key_still_has(f.key, m));
	take_over(&d);
	ck_assert(kcapi_key_has(f.key, m));
	ck_assert(!kcapi_key_still_has(f.key, m));
	ck_assert_uint_eq(rearm(op, 0), CKR_OK);
	ck_assert_uint_eq(try_once(op, room, &n), CKR_DEVICE_REMOVED);
	expect_untouched(&d);
	ck_assert(!kcapi_key_has(f.key, m));
	f.helds = 0; /* taken as well */
	fixture_pass(&f, m, &p);
	expect_right(&f, op, 0);
	op_free(&op);
	fixture_free(&f);
}
END_TEST

START_TEST (a_hash_that_loses_its_state_says_so) {
	const struct mech *m = mech_lookup(CKM_SHA256_HMAC);
	struct fixture f;
	struct decoys d;
	struct outbuf out = { NULL, 0, 0 };
	uint8_t room[80];
	struct op *op;

	fixture_new(&f, m, KCAPI_BYTES, 1);
	op = op_of(&f, OP_SIGN, m, 0);
	ck_assert_uint_eq(op->vtable->update(op, BYTES_STR("abc"), &out), CKR_OK);
	take_over(&d);
	ck_assert_uint_eq(
		op->vtable->update(op, BYTES_STR("def"), &out), CKR_DEVICE_ERROR);
	expect_untouched(&d);
	expect_right(&f, op, 0);
	/* at the end */
	ck_assert_uint_eq(rearm(op, 0), CKR_OK);
	ck_assert_uint_eq(op->vtable->update(op, BYTES_STR("abc"), &out), CKR_OK);
	take_over(&d);
	out = (struct outbuf){ room, sizeof room, 0 };
	ck_assert_uint_eq(op->vtable->final(op, BYTES_NONE, &out), CKR_DEVICE_ERROR);
	expect_untouched(&d);
	expect_right(&f, op, 0);
	op_free(&op);
	fixture_free(&f);
}
END_TEST

START_TEST (ciphers_in_parts_do_not_mind_losing_sockets) {
	const struct mech *m = mech_lookup(CKM_AES_CBC);
	struct mech_params p = fixture_params(m, 0, 48);
	uint8_t in[96], got[96], want[96];
	struct fixture f;
	struct decoys d;
	struct op *op, *check = NULL;
	struct outbuf out = { want, sizeof want, 0 };

	memset(in, 7, sizeof in);
	fixture_new(&f, m, KCAPI_BYTES, 0);
	op = op_of(&f, OP_ENCRYPT, m, 0);
	ck_assert_uint_eq(op_secret_new(OP_ENCRYPT, m, &p, f.value, &check), CKR_OK);
	ck_assert_uint_eq(
		check->vtable->once(check, BYTES_OF(in), BYTES_NONE, &out), CKR_OK);
	out = (struct outbuf){ got, 48, 0 };
	ck_assert_uint_eq(op->vtable->update(op, BYTES(in, 50), &out), CKR_OK);
	ck_assert_uint_eq(out.n, 48);
	take_over(&d);
	out = (struct outbuf){ got + 48, 48, 0 };
	ck_assert_uint_eq(op->vtable->update(op, BYTES(in + 50, 46), &out), CKR_OK);
	ck_assert_uint_eq(out.n, 48);
	expect_untouched(&d);
	ck_assert_mem_eq(got, want, sizeof want);
	op_free(&op);
	op_free(&check);
	fixture_free(&f);
}
END_TEST

/* --- Limits ------------------------------------------------------------------------------ */

START_TEST (many_keys_share_few_descriptors) {
	enum { KEYS = 60, LIMIT = 10 };
	const struct mech *m = mech_lookup(CKM_AES_CBC);
	struct fixture f[KEYS];
	struct op *op[KEYS];
	struct kcapi *k;

	ck_assert_int_eq(kcapi_new(LIMIT, &k), 0);
	for (int i = 0; i < KEYS; i++) {
		fixture_new(&f[i], m, KCAPI_BYTES, 0);
		kcapi_key_unref(&f[i].key);
		ck_assert_int_eq(kcapi_key_by_bytes(k, f[i].value, &f[i].key), 0);
		op[i] = op_of(&f[i], OP_ENCRYPT, m, 0);
	}
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < KEYS; i++) {
			expect_right(&f[i], op[i], 0);
			ck_assert_uint_le(sockets_open(), LIMIT);
		}
	}
	for (int i = 0; i < KEYS; i++) {
		op_free(&op[i]);
		fixture_free(&f[i]);
	}
	ck_assert_uint_eq(sockets_open(), 0);
	kcapi_free(&k);
}
END_TEST

/* Each passed anew, as what it had may have been closed. */
static void
use_passed(struct fixture *f, const struct mech *m, int keys)
{
	struct mech_params p = fixture_params(m, 0, 48);

	for (int i = 0; i < keys; i++) {
		struct op *op;

		fixture_pass(&f[i], m, &p);
		op = op_of(&f[i], OP_ENCRYPT, m, 0);
		expect_right(&f[i], op, 0);
		op_free(&op);
	}
}

START_TEST (operations_in_parts_keep_what_was_passed) {
	enum { KEYS = 20, LIMIT = 6 };
	const struct mech *m = mech_lookup(CKM_AES_CBC);
	struct mech_params p = fixture_params(m, 0, 48);
	uint8_t in[96], got[96], want[96];
	struct outbuf out = { want, sizeof want, 0 };
	struct fixture f[KEYS];
	struct op *op, *check = NULL;
	struct kcapi *k;

	memset(in, 7, sizeof in);
	ck_assert_int_eq(kcapi_new(LIMIT, &k), 0);
	for (int i = 0; i < KEYS; i++) {
		fixture_new(&f[i], m, KCAPI_PASSED, 0);
		kcapi_key_unref(&f[i].key);
		ck_assert_int_eq(kcapi_key_passed(k, &f[i].key), 0);
	}
	ck_assert_uint_eq(op_secret_new(OP_ENCRYPT, m, &p, f[0].value, &check), CKR_OK);
	ck_assert_uint_eq(
		check->vtable->once(check, BYTES_OF(in), BYTES_NONE, &out), CKR_OK);
	fixture_pass(&f[0], m, &p);
	op = op_of(&f[0], OP_ENCRYPT, m, 0);
	kcapi_key_hold(f[0].key, true);
	for (size_t done = 0; done < sizeof in; done += 24) {
		out = (struct outbuf){ got + done / 16 * 16, 32, 0 };
		ck_assert_uint_eq(
			op->vtable->update(op, BYTES(in + done, 24), &out), CKR_OK);
		use_passed(f + 1, m, KEYS - 1);
		ck_assert(!kcapi_key_has(f[1].key, m));
		ck_assert(kcapi_key_has(f[0].key, m));
		for (int i = 0; i < KEYS; i++) {
			while (f[i].helds != 0)
				(void)close(f[i].held[--f[i].helds]);
		}
	}
	ck_assert_mem_eq(got, want, sizeof want);
	/* and no longer than that */
	kcapi_key_hold(f[0].key, false);
	use_passed(f + 1, m, KEYS - 1);
	ck_assert(!kcapi_key_has(f[0].key, m));
	op_free(&op);
	op_free(&check);
	for (int i = 0; i < KEYS; i++)
		fixture_free(&f[i]);
	kcapi_free(&k);
}
END_TEST

START_TEST (sockets_are_given_back_when_descriptors_run_out) {
	const struct mech *m = mech_lookup(CKM_AES_CBC);
	struct rlimit few = { 40, 40 };
	struct kcapi_key *key[30];
	struct fixture f;
	struct op *op[30];

	fixture_new(&f, m, KCAPI_BYTES, 0);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	kcapi_key_unref(&f.key);
	kcapi_free(&f.k);
	ck_assert_int_eq(kcapi_new(1000, &f.k), 0);
	ck_assert_int_eq(kcapi_key_by_bytes(f.k, f.value, &f.key), 0);
	for (size_t i = 0; i < ARRAY_LEN(op); i++) {
		ck_assert_int_eq(kcapi_key_by_bytes(f.k, f.value, &key[i]), 0);
		op[i] = op_of(
			&(struct fixture){ .k = f.k, .key = key[i] }, OP_ENCRYPT, m, 0);
		expect_right(&f, op[i], 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(op); i++) {
		expect_right(&f, op[i], 0);
		op_free(&op[i]);
		kcapi_key_unref(&key[i]);
	}
	fixture_free(&f);
}
END_TEST

START_TEST (descriptors_are_high_and_closed_by_exec) {
	const struct mech *m = mech_lookup(CKM_AES_CBC);
	struct fixture f;
	struct op *op;
	unsigned seen = 0;

	fixture_new(&f, m, KCAPI_BYTES, 0);
	op = op_of(&f, OP_ENCRYPT, m, 0);
	for (int fd = 0; fd < HIGHEST; fd++) {
		int domain = 0;
		socklen_t size = sizeof domain;

		if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0 ||
			domain != AF_ALG)
			continue;
		ck_assert_int_ge(fd, 256);
		ck_assert_int_ne(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
		seen++;
	}
	ck_assert_uint_eq(seen, 2);
	op_free(&op);
	fixture_free(&f);
}
END_TEST

/* --- What is said of it ---------------------------------------------------------------- */

START_TEST (the_report_agrees_with_what_is_served) {
	struct kcapi_report rows[64];
	struct kcapi *k;
	size_t n;

	ck_assert_int_eq(kcapi_new(16, &k), 0);
	n = kcapi_report(k, rows, ARRAY_LEN(rows));
	ck_assert_uint_gt(n, 10);
	ck_assert_uint_le(n, ARRAY_LEN(rows));
	for (size_t i = 0; i < n; i++) {
		printf("%-16s %-8s %s%s%s %s %d\n", rows[i].algorithm, rows[i].kind,
			rows[i].available ? "there" : "not there",
			rows[i].known_answer ? ", right" : "",
			rows[i].by_serial ? ", by serial" : "", rows[i].step,
			rows[i].error);
		ck_assert(!rows[i].known_answer || rows[i].available);
		if (strcmp(rows[i].algorithm, "cbc(aes)") == 0)
			ck_assert(rows[i].known_answer ==
				  kcapi_serves(k, mech_lookup(CKM_AES_CBC), KCAPI_BYTES));
	}
	ck_assert_uint_eq(sockets_open(), 0);
	kcapi_free(&k);
}
END_TEST

static const struct check_test tests[] = {
	{ &a_warm_call_is_two_system_calls_and_rearming_none, ARRAY_LEN(direct) },
	{ &macs_write_nothing_without_room, 3 },
	{ &keys_in_the_ring_cost_no_more, 0 },
	{ &operations_go_on_when_the_application_takes_their_descriptors,
		ARRAY_LEN(some) },
	{ &a_passed_transform_that_is_taken_asks_for_another_way, 0 },
	{ &a_hash_that_loses_its_state_says_so, 0 },
	{ &ciphers_in_parts_do_not_mind_losing_sockets, 0 },
	{ &many_keys_share_few_descriptors, 0 },
	{ &operations_in_parts_keep_what_was_passed, 0 },
	{ &sockets_are_given_back_when_descriptors_run_out, 0 },
	{ &descriptors_are_high_and_closed_by_exec, 0 },
	{ &the_report_agrees_with_what_is_served, 0 },
};

KERNEL_MAIN("kcapi_kernel", tests)
