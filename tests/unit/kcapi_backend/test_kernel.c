/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens around the answers: descriptors that are taken away, keys that go, limits,
 * threads, forks, and what a call costs.
 */
#include <errno.h>
#include <fcntl.h>
#include <keyutils.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "tests/unit/kcapi_backend/fixture.h"

#define HIGHEST 4096 /* no descriptor of a test is beyond it */

static struct op *
op_of(struct fixture *f, enum op_kind kind, const struct mech *m, unsigned i)
{
	struct mech_params p = fixture_params(m, i, 48);
	struct op *op = NULL;
	CK_RV rv = op_kcapi_new(kind, m, &p, f->key, &op);

	ck_assert_msg(rv == CKR_OK, "%s: %s", m->name, ckr_name(rv));
	return op;
}

static CK_RV
rearm(struct op *op, unsigned i)
{
	struct mech_params p = fixture_params(op->mech, i, 48);

	return op->vtable->rearm(op, &p);
}

/* 48 bytes, by ours and by OpenSSL. */
static CK_RV
try_once(struct op *op, uint8_t *ret, size_t *ret_n)
{
	static const uint8_t in[48] = "forty-eight bytes, which are three blocks of 16";
	struct outbuf out = { ret, 80, 0 };
	CK_RV rv = op->vtable->once(op, BYTES_OF(in), BYTES_NONE, &out);

	*ret_n = out.n;
	return rv;
}

static void
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

static unsigned
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

static enum op_kind
kind_of(const struct mech *m)
{
	return (m->flags & CKF_SIGN) != 0 ? OP_SIGN : OP_ENCRYPT;
}

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
	take_over(&d);
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

/* --- Keys that go, and keys that do not fit ---------------------------------------------- */

START_TEST (a_revoked_key_stops_at_once_and_leaves_nothing_open) {
	const struct mech *m = mech_lookup(some[_i]);
	struct outbuf out = { NULL, 0, 0 };
	struct fixture f;
	uint8_t room[80];
	struct op *op, *begun;
	size_t n;

	fixture_new(&f, m, KCAPI_BYTES, 0);
	op = op_of(&f, kind_of(m), m, 0);
	begun = op_of(&f, kind_of(m), m, 0);
	expect_right(&f, op, 0);
	out = (struct outbuf){ room, sizeof room, 0 };
	ck_assert_uint_eq(
		begun->vtable->update(begun, BYTES_STR("sixteen bytes, sixteen"), &out),
		CKR_OK);
	ck_assert_uint_ne(sockets_open(), 0);
	kcapi_key_revoke(f.key);
	ck_assert_uint_eq(sockets_open(), 0);
	ck_assert_uint_eq(rearm(op, 0), CKR_OK);
	ck_assert_uint_eq(try_once(op, room, &n), CKR_KEY_HANDLE_INVALID);
	ck_assert_uint_eq(sockets_open(), 0);
	op_free(&op);
	op_free(&begun);
	fixture_free(&f);
}
END_TEST

START_TEST (a_key_gone_from_the_ring_is_an_invalid_handle) {
	const struct mech *m = mech_lookup(CKM_AES_CBC);
	struct mech_params p = fixture_params(m, 0, 48);
	struct fixture f;
	struct op *op = NULL;
	CK_RV rv;

	fixture_new(&f, m, KCAPI_SERIAL, 0);
	if (kcapi_serves(f.k, m, KCAPI_SERIAL)) {
		ck_assert_int_eq(keyctl_revoke(f.ring.serial), 0);
		rv = op_kcapi_new(OP_ENCRYPT, m, &p, f.key, &op);
		ck_assert_msg(rv == CKR_KEY_HANDLE_INVALID, "%s", ckr_name(rv));
	}
	fixture_free(&f);
}
END_TEST

START_TEST (a_key_that_may_not_be_searched_is_not_permitted) {
	const struct mech *m = mech_lookup(CKM_AES_CBC);
	struct mech_params p = fixture_params(m, 0, 48);
	struct fixture f;
	struct op *op = NULL;

	fixture_new(&f, m, KCAPI_SERIAL, 0);
	if (kcapi_serves(f.k, m, KCAPI_SERIAL)) {
		ck_assert_int_eq(
			keyctl_setperm(f.ring.serial, KEY_POS_SETATTR | KEY_POS_VIEW), 0);
		ck_assert_uint_eq(op_kcapi_new(OP_ENCRYPT, m, &p, f.key, &op),
			CKR_KEY_FUNCTION_NOT_PERMITTED);
	}
	fixture_free(&f);
}
END_TEST

START_TEST (keys_of_wrong_sizes_are_refused) {
	const struct mech *m = mech_lookup(CKM_AES_CBC);
	struct mech_params p = fixture_params(m, 0, 48);
	struct kcapi *k;
	uint8_t bytes[33] = { 1 };

	ck_assert_int_eq(kcapi_new(16, &k), 0);
	for (size_t n = 1; n <= sizeof bytes; n++) {
		const bool fits = n == 16 || n == 24 || n == 32;
		struct kcapi_key *key;
		struct kcapi_pass pass;
		struct op *op = NULL;

		ck_assert_int_eq(kcapi_key_by_bytes(k, BYTES(bytes, n), &key), 0);
		ck_assert_uint_eq(op_kcapi_new(OP_ENCRYPT, m, &p, key, &op),
			fits ? CKR_OK : CKR_KEY_SIZE_RANGE);
		op_free(&op);
		kcapi_key_unref(&key);
		if (!fits)
			ck_assert_int_eq(
				kcapi_pass_new(k, m, BYTES(bytes, n), &pass), -EINVAL);
	}
	kcapi_free(&k);
	ck_assert_uint_eq(sockets_open(), 0);
}
END_TEST

START_TEST (nobody_can_set_another_key_on_what_was_passed) {
	const struct mech *m = mech_lookup(CKM_AES_CBC);
	struct kcapi_pass pass;
	uint8_t bytes[16] = { 1 };
	struct kcapi *k;

	ck_assert_int_eq(kcapi_new(16, &k), 0);
	ck_assert_int_eq(kcapi_pass_new(k, m, BYTES_OF(bytes), &pass), 0);
	ck_assert_int_eq(setsockopt(pass.tfm, 279, 1, bytes, sizeof bytes), -1);
	ck_assert_int_eq(errno, EBUSY);
	(void)close(pass.tfm);
	(void)close(pass.held);
	kcapi_free(&k);
}
END_TEST

START_TEST (only_af_alg_is_adopted_and_everything_is_taken) {
	const struct mech *m = mech_lookup(CKM_AES_CBC);
	struct fixture f;
	int fd[2];

	fixture_new(&f, m, KCAPI_PASSED, 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
	ck_assert_int_eq(kcapi_key_adopt(f.key, m, fd[0]), -EBADF);
	ck_assert_int_eq(fcntl(fd[0], F_GETFD), -1);
	ck_assert(!kcapi_key_has(f.key, m));
	(void)close(fd[1]);
	fixture_free(&f);
}
END_TEST

START_TEST (a_forged_message_yields_nothing) {
	static const CK_MECHANISM_TYPE aeads[] = { CKM_AES_GCM, CKM_AES_CCM };
	static const uint8_t zero[80];

	for (size_t a = 0; a < ARRAY_LEN(aeads); a++) {
		for (unsigned how = KCAPI_BYTES; how <= KCAPI_PASSED; how++) {
			const struct mech *m = mech_lookup(aeads[a]);
			struct mech_params p = fixture_params(m, 1, 48);
			struct fixture f;
			struct op *seal, *open;
			uint8_t sealed[80], room[80];
			size_t n;

			fixture_new(&f, m, (enum kcapi_keying)how, 0);
			if (how == KCAPI_PASSED)
				fixture_pass(&f, m, &p);
			seal = op_of(&f, OP_ENCRYPT, m, 1);
			open = op_of(&f, OP_DECRYPT, m, 1);
			ck_assert_uint_eq(try_once(seal, sealed, &n), CKR_OK);
			for (size_t bit = 0; bit < 8 * n; bit += 11) {
				struct outbuf out = { room, sizeof room, 0 };

				sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
				memset(room, 0, sizeof room);
				ck_assert_uint_eq(rearm(open, 1), CKR_OK);
				ck_assert_uint_eq(
					open->vtable->once(
						open, BYTES(sealed, n), BYTES_NONE, &out),
					CKR_ENCRYPTED_DATA_INVALID);
				ck_assert_uint_eq(out.n, 0);
				ck_assert_mem_eq(room, zero, sizeof room);
				sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
			}
			op_free(&seal);
			op_free(&open);
			fixture_free(&f);
		}
	}
}
END_TEST

/* A tag alone, of no text and no header: the kernel looks at it only if it is asked for a
 * byte. */
START_TEST (a_forged_tag_of_nothing_is_noticed) {
	const struct mech *m = mech_lookup(CKM_AES_GCM);
	struct mech_params p = fixture_params(m, 0, 0);
	struct outbuf out = { NULL, 0, 0 };
	uint8_t tag[16], spare[1];
	struct fixture f;
	struct op *seal = NULL, *open = NULL;

	p.extra = BYTES_NONE;
	fixture_new(&f, m, KCAPI_BYTES, 0);
	ck_assert_uint_eq(op_kcapi_new(OP_ENCRYPT, m, &p, f.key, &seal), CKR_OK);
	ck_assert_uint_eq(op_kcapi_new(OP_DECRYPT, m, &p, f.key, &open), CKR_OK);
	out = (struct outbuf){ tag, sizeof tag, 0 };
	ck_assert_uint_eq(seal->vtable->once(seal, BYTES_NONE, BYTES_NONE, &out), CKR_OK);
	ck_assert_uint_eq(out.n, 16);
	out = (struct outbuf){ spare, 0, 0 };
	ck_assert_uint_eq(
		open->vtable->once(open, BYTES_OF(tag), BYTES_NONE, &out), CKR_OK);
	tag[3] ^= 4;
	ck_assert_uint_eq(open->vtable->rearm(open, &p), CKR_OK);
	ck_assert_uint_eq(open->vtable->once(open, BYTES_OF(tag), BYTES_NONE, &out),
		CKR_ENCRYPTED_DATA_INVALID);
	op_free(&seal);
	op_free(&open);
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
	{ &keys_in_the_ring_cost_no_more, 0 },
	{ &operations_go_on_when_the_application_takes_their_descriptors,
		ARRAY_LEN(some) },
	{ &a_passed_transform_that_is_taken_asks_for_another_way, 0 },
	{ &a_hash_that_loses_its_state_says_so, 0 },
	{ &ciphers_in_parts_do_not_mind_losing_sockets, 0 },
	{ &a_revoked_key_stops_at_once_and_leaves_nothing_open, ARRAY_LEN(some) },
	{ &a_key_gone_from_the_ring_is_an_invalid_handle, 0 },
	{ &a_key_that_may_not_be_searched_is_not_permitted, 0 },
	{ &keys_of_wrong_sizes_are_refused, 0 },
	{ &nobody_can_set_another_key_on_what_was_passed, 0 },
	{ &only_af_alg_is_adopted_and_everything_is_taken, 0 },
	{ &a_forged_message_yields_nothing, 0 },
	{ &a_forged_tag_of_nothing_is_noticed, 0 },
	{ &many_keys_share_few_descriptors, 0 },
	{ &sockets_are_given_back_when_descriptors_run_out, 0 },
	{ &descriptors_are_high_and_closed_by_exec, 0 },
	{ &threads_get_their_own_answers, 0 },
	{ &threads_that_fight_for_sockets_get_right_answers, 0 },
	{ &a_key_revoked_under_threads_leaves_nothing_open, 0 },
	{ &a_child_closes_what_it_inherited_and_the_parent_goes_on, 0 },
	{ &the_report_agrees_with_what_is_served, 0 },
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
	return check_run("kcapi_kernel", tests, ARRAY_LEN(tests));
}
