/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that go, and keys and messages that are not right. */
#include <errno.h>
#include <fcntl.h>
#include <keyutils.h>

#include "tests/unit/kcapi_backend/kernel_ops.h"

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

static const struct check_test tests[] = {
	{ &a_revoked_key_stops_at_once_and_leaves_nothing_open, ARRAY_LEN(some) },
	{ &a_key_gone_from_the_ring_is_an_invalid_handle, 0 },
	{ &a_key_that_may_not_be_searched_is_not_permitted, 0 },
	{ &keys_of_wrong_sizes_are_refused, 0 },
	{ &nobody_can_set_another_key_on_what_was_passed, 0 },
	{ &only_af_alg_is_adopted_and_everything_is_taken, 0 },
	{ &a_forged_message_yields_nothing, 0 },
	{ &a_forged_tag_of_nothing_is_noticed, 0 },
};

KERNEL_MAIN("kcapi_kernel_keys", tests)
