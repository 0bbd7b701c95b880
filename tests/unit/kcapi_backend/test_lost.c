/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sockets that are lost or revoked before anything was computed: the input stays, so that the
 * operation can be done elsewhere; and none goes on without its state.
 */
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "tests/unit/kcapi_backend/fixture.h"

#define HIGHEST 4096 /* no descriptor of a test is beyond it */
#define TEXT 48u     /* bytes */

static void
close_all_sockets(void)
{
	for (int fd = 0; fd < HIGHEST; fd++) {
		int domain = 0;
		socklen_t n = sizeof domain;

		if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &n) == 0 &&
			domain == AF_ALG)
			(void)close(fd);
	}
}

/* --- In place ------------------------------------------------------------------------ */

/* The kernel's own modes, and what is built of them. */
static const struct {
	CK_MECHANISM_TYPE type;
	enum op_kind kind;
	uint16_t iv_len, tag_bits;
} cases[] = {
	{ CKM_AES_GCM, OP_DECRYPT, 12, 128 },
	{ CKM_AES_GCM, OP_DECRYPT, 12, 96 },
	{ CKM_AES_GCM, OP_DECRYPT, 16, 128 },
	{ CKM_AES_GCM, OP_ENCRYPT, 12, 128 },
	{ CKM_AES_GCM, OP_ENCRYPT, 16, 128 },
	{ CKM_AES_CCM, OP_DECRYPT, 12, 128 },
	{ CKM_AES_CCM, OP_DECRYPT, 12, 64 },
	{ CKM_AES_CCM, OP_ENCRYPT, 12, 64 },
	{ CKM_AES_CBC, OP_DECRYPT, 16, 0 },
	{ CKM_AES_CBC_PAD, OP_DECRYPT, 16, 0 },
	{ CKM_AES_CBC_PAD, OP_ENCRYPT, 16, 0 },
	{ CKM_AES_CTS, OP_ENCRYPT, 16, 0 },
	{ CKM_AES_CTR, OP_ENCRYPT, 16, 0 },
};

static struct mech_params
case_params(unsigned i)
{
	struct mech_params p = { .iv_len = cases[i].iv_len,
		.tag_bits = cases[i].tag_bits,
		.counter_bits = 128,
		.data_len = TEXT };

	memset(p.iv, 7, p.iv_len);
	return p;
}

/* Loop index: the case, and whether it is revoked rather than closed. */
START_TEST (what_was_lost_before_it_began_leaves_the_input_in_place) {
	const unsigned i = (unsigned)_i / 2;
	const bool revoked = _i % 2 != 0;
	const struct mech *m = mech_lookup(cases[i].type);
	struct mech_params p = case_params(i);
	const size_t n = TEXT + (cases[i].kind == OP_DECRYPT ? p.tag_bits / 8 : 0);
	uint8_t room[TEXT + 32], before[TEXT + 32];
	struct op *op = NULL;
	struct outbuf out;
	struct fixture f;
	CK_RV rv;

	fixture_new(&f, m, KCAPI_PASSED, 0);
	fixture_pass(&f, m, &p);
	ck_assert_uint_eq(op_kcapi_new(cases[i].kind, m, &p, f.key, &op), CKR_OK);
	memset(room, 0x5a, sizeof room);
	memcpy(before, room, sizeof room);
	if (revoked)
		kcapi_key_revoke(f.key);
	else
		close_all_sockets();
	ck_assert_uint_eq(op->vtable->rearm(op, &p), CKR_OK);
	out = (struct outbuf){ room, op->vtable->once_size(op, n), 0 };
	rv = op->vtable->once(op, BYTES(room, n), BYTES_NONE, &out);
	ck_assert_msg(rv == CKR_DEVICE_REMOVED, "%s: %s", m->name, ckr_name(rv));
	ck_assert_uint_eq(out.n, 0);
	ck_assert_mem_eq(room, before, n);
	op_free(&op);
	if (!revoked)
		f.helds = 0;
	fixture_free(&f);
}
END_TEST

/* --- State that is gone --------------------------------------------------------------- */

static struct op *
digest_new(struct kcapi *k)
{
	struct op *op = NULL;

	ck_assert_uint_eq(op_kcapi_digest_new(k, mech_lookup(CKM_SHA256), &op), CKR_OK);
	return op;
}

static CK_RV
feed(struct op *op, const char *text)
{
	struct outbuf out = { NULL, 0, 0 };

	return op->vtable->update(op, BYTES(text, strlen(text)), &out);
}

static CK_RV
finish(struct op *op, uint8_t ret[32])
{
	struct outbuf out = { ret, 32, 0 };

	return op->vtable->final(op, BYTES_NONE, &out);
}

/* Its socket's number is another socket's of ours, as a copy of it finds out first. */
START_TEST (a_digest_does_not_go_on_without_what_it_has_taken_in) {
	struct kcapi *k;
	struct op *lost, *other, *copy = NULL;
	uint8_t got[32];

	ck_assert_int_eq(kcapi_new(16, &k), 0);
	lost = digest_new(k);
	ck_assert_uint_eq(feed(lost, "abc"), CKR_OK);
	close_all_sockets();
	other = digest_new(k);
	ck_assert_uint_eq(feed(other, "other"), CKR_OK);
	ck_assert_uint_eq(lost->vtable->clone(lost, &copy), CKR_DEVICE_ERROR);
	ck_assert_uint_eq(lost->vtable->clone(lost, &copy), CKR_DEVICE_ERROR);
	ck_assert_uint_eq(feed(lost, "def"), CKR_DEVICE_ERROR);
	ck_assert_uint_eq(finish(lost, got), CKR_DEVICE_ERROR);
	ck_assert_uint_eq(finish(other, got), CKR_OK);
	op_free(&lost);
	op_free(&other);
	kcapi_free(&k);
}
END_TEST

/* --- Descriptors ---------------------------------------------------------------------- */

START_TEST (a_copy_of_a_digest_gets_the_descriptor_of_an_idle_one) {
	struct rlimit few = { 40, 40 };
	struct op *idle, *op, *copy = NULL;
	uint8_t one[32], two[32];
	struct kcapi *k;
	int fd;

	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	ck_assert_int_eq(kcapi_new(30, &k), 0);
	idle = digest_new(k);
	op = digest_new(k);
	ck_assert_uint_eq(feed(op, "abc"), CKR_OK);
	do
		fd = dup(STDERR_FILENO);
	while (fd >= 0);
	ck_assert_uint_eq(op->vtable->clone(op, &copy), CKR_OK);
	ck_assert_uint_eq(finish(op, one), CKR_OK);
	ck_assert_uint_eq(finish(copy, two), CKR_OK);
	ck_assert_mem_eq(one, two, sizeof one);
	op_free(&idle);
	op_free(&op);
	op_free(&copy);
	kcapi_free(&k);
}
END_TEST

/* What a program that has closed everything makes of it. */
static int
low_descriptors(void)
{
	const struct rlimit few = { 5, 5 };
	struct op *op = NULL;
	struct kcapi *k;
	uint8_t got[32];
	int r = 0;

	for (int fd = 0; fd < HIGHEST; fd++)
		(void)close(fd);
	if (setrlimit(RLIMIT_NOFILE, &few) != 0 || kcapi_new(8, &k) != 0)
		return 10;
	if (op_kcapi_digest_new(k, mech_lookup(CKM_SHA256), &op) != CKR_OK ||
		feed(op, "abc") != CKR_OK)
		return 11;
	for (int fd = 0; fd < 3; fd++)
		r |= fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
	if (finish(op, got) != CKR_OK)
		r = 12;
	op_free(&op);
	kcapi_free(&k);
	return r;
}

START_TEST (no_socket_becomes_standard_input_or_output) {
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(low_descriptors());
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

static const struct check_test tests[] = {
	{ &what_was_lost_before_it_began_leaves_the_input_in_place,
		2 * (int)ARRAY_LEN(cases) },
	{ &a_digest_does_not_go_on_without_what_it_has_taken_in, 0 },
	{ &a_copy_of_a_digest_gets_the_descriptor_of_an_idle_one, 0 },
	{ &no_socket_becomes_standard_input_or_output, 0 },
};

int
main(void)
{
	if (!have_af_alg()) {
		printf("SKIP: this kernel has no AF_ALG\n");
		return SKIPPED;
	}
	if (!have_all_algorithms() && !everything_is_served()) {
		printf("SKIP: this kernel refuses some algorithms\n");
		return SKIPPED;
	}
	return check_run("kcapi_lost", tests, ARRAY_LEN(tests));
}
