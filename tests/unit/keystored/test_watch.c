/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/keystored/stack.h"

#define MANY 700 /* more than two messages */

START_TEST (changes_arrive_as_they_are_made) {
	Keystore__V1__CreateObjectResponse *rs;
	struct stack s;
	struct host h, other;
	struct follower f;
	CK_RV rv;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	host_open(&other, &s, "admin");
	token_make(&h);
	token_share(&other, &h);
	ck_assert_int_eq(login(&other, KEYSTORE__V1__ROLE__ROLE_USER, USER_PIN), CKR_OK);
	follow(&f, &other, true, 0, 0);
	follow_until(&f, &f.current);
	ck_assert_uint_eq(f.tokens, 1);
	rs = create_data(&h, "new", true, &rv);
	follow_count(&f, &f.changed, 1);
	ck_assert_mem_eq(f.last_id, rs->object->id.data, 16);
	ck_assert_uint_eq(f.revision, rs->object->revision);
	ck_assert_int_eq(destroy(&h, rs->object->id), CKR_OK);
	follow_count(&f, &f.deleted, 1);
	/* tries that are left are everybody's business */
	ck_assert_int_eq(
		login(&h, KEYSTORE__V1__ROLE__ROLE_USER, "wrong"), CKR_PIN_INCORRECT);
	follow_count(&f, &f.tokens, 2);
	response_free(rs);
	follow_end(&f);
	host_close(&other);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (many_objects_come_in_parts_and_one_goes_on_from_there) {
	struct stack s;
	struct host h;
	struct follower f;
	uint64_t epoch, revision;
	char label[16];
	CK_RV rv;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(label, sizeof label, "%d", i);
		response_free(create_data(&h, label, i % 2 == 0, &rv));
		ck_assert_int_eq(rv, CKR_OK);
	}
	follow(&f, &h, true, 0, 0);
	follow_until(&f, &f.current);
	ck_assert_uint_eq(f.changed, MANY);
	ck_assert_uint_ge(f.messages, 3);
	epoch = f.epoch;
	revision = f.revision;
	follow_end(&f);
	follow(&f, &h, false, 0, 0);
	follow_until(&f, &f.current);
	ck_assert_uint_eq(f.changed, MANY / 2);
	ck_assert_uint_eq(f.revision, revision);
	follow_end(&f);
	ck_assert_int_eq(destroy(&h, bin(f.last_id, 16)), CKR_OK);
	stack_kill(&s, SIGKILL);
	stack_run(&s);
	host_greet(&h);
	follow(&f, &h, true, epoch, revision);
	follow_until(&f, &f.current);
	ck_assert_uint_eq(f.changed, 0);
	ck_assert_uint_eq(f.deleted, 1);
	ck_assert(!f.restart);
	follow_end(&f);
	/* from a future that this database has not seen */
	follow(&f, &h, true, epoch, revision + 1000);
	follow_until(&f, &f.current);
	ck_assert(f.restart);
	ck_assert_uint_eq(f.changed, MANY - 1);
	follow_end(&f);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

static void
change_database(const struct stack *s, const char *sql)
{
	char path[128];
	sqlite3 *db;

	(void)snprintf(path, sizeof path, "%s/keystore.db", s->dir);
	ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
}

/* A public one that cannot be read, and a private one whose value is not what was sealed:
 * neither is told of, and both are gone for who goes on. */
START_TEST (damaged_objects_keep_no_others_back) {
	struct stack s;
	struct host h;
	struct follower f;
	uint64_t epoch, revision;
	CK_RV rv;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	response_free(create_data(&h, "before", false, &rv));
	follow(&f, &h, true, 0, 0);
	follow_until(&f, &f.current);
	epoch = f.epoch;
	revision = f.revision;
	follow_end(&f);
	for (int i = 0; i < 4; i++) {
		response_free(create_data(&h, "x", i % 2 != 0, &rv));
		ck_assert_int_eq(rv, CKR_OK);
	}
	stack_kill(&s, SIGKILL);
	change_database(&s,
		"UPDATE objects SET attributes = x'0102' WHERE number ="
		" (SELECT min(number) + 1 FROM objects);"
		"UPDATE objects SET sealed = zeroblob(length(sealed)) WHERE number ="
		" (SELECT min(number) + 2 FROM objects);");
	stack_run(&s);
	host_greet(&h);
	follow(&f, &h, true, 0, 0);
	follow_until(&f, &f.current);
	ck_assert_uint_eq(f.changed, 3);
	ck_assert_uint_eq(f.deleted, 0);
	response_free(create_data(&h, "after", true, &rv));
	follow_count(&f, &f.changed, 4);
	follow_end(&f);
	follow(&f, &h, true, epoch, revision);
	follow_until(&f, &f.current);
	ck_assert_uint_eq(f.changed, 3);
	ck_assert_uint_eq(f.deleted, 2);
	follow_end(&f);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (a_stream_ends_with_its_ticket) {
	Keystore__V1__LogoutRequest rq = KEYSTORE__V1__LOGOUT_REQUEST__INIT;
	struct stack s;
	struct host h;
	struct follower f, public;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	follow(&f, &h, true, 0, 0);
	follow_until(&f, &f.current);
	follow(&public, &h, false, 0, 0);
	follow_until(&public, &public.current);
	rq.ticket = bin(h.ticket.b, 32);
	ck_assert_int_eq(host_call(&h, REMOTE_LOGOUT, &rq, NULL), CKR_OK);
	follow_until(&f, &f.over);
	ck_assert_uint_eq(f.status.ckr, CKR_USER_NOT_LOGGED_IN);
	ck_assert(!public.over);
	/* and one that never had one does not begin */
	follow(&f, &h, true, 0, 0);
	follow_until(&f, &f.over);
	ck_assert_uint_eq(f.status.ckr, CKR_USER_NOT_LOGGED_IN);
	h.token.b[0] ^= 1;
	follow(&f, &h, false, 0, 0);
	follow_until(&f, &f.over);
	ck_assert_uint_eq(f.status.ckr, CKR_TOKEN_NOT_PRESENT);
	follow_end(&public);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (a_ticket_that_runs_out_ends_its_stream) {
	struct stack s;
	struct host h;
	struct follower f;

	stack_start(&s, "[pins]\nscrypt-log-n = 10\n[limits]\nticket-lifetime = 4s\n");
	host_open(&h, &s, "host-1");
	token_make(&h);
	follow(&f, &h, true, 0, 0);
	follow_until(&f, &f.over);
	ck_assert_uint_eq(f.status.ckr, CKR_USER_NOT_LOGGED_IN);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (a_server_that_stops_says_so) {
	struct stack s;
	struct host h;
	struct follower f;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	follow(&f, &h, true, 0, 0);
	follow_until(&f, &f.current);
	stack_kill(&s, SIGTERM);
	follow_until(&f, &f.over);
	ck_assert_int_eq(f.status.code, RPC_UNAVAILABLE);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

/* Creations while the server is killed again and again: each one that was
 * acknowledged is there, and none is there twice. */
START_TEST (acknowledged_objects_survive_kills) {
	struct stack s;
	struct host h;
	struct follower f;
	unsigned made = 0;
	CK_RV rv;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	for (int round = 0; round < 8; round++) {
		for (int i = 0; i < 25; i++) {
			response_free(create_data(&h, "x", true, &rv));
			ck_assert_msg(rv == CKR_OK, "%s", h.status.message);
			made++;
		}
		stack_kill(&s, SIGKILL);
		stack_run(&s);
	}
	host_greet(&h);
	follow(&f, &h, true, 0, 0);
	follow_until(&f, &f.current);
	ck_assert_uint_eq(f.changed, made);
	follow_end(&f);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

#include "tests/unit/check_main.h"

static const struct check_test tests[] = {
	{ &changes_arrive_as_they_are_made, 0 },
	{ &many_objects_come_in_parts_and_one_goes_on_from_there, 0 },
	{ &damaged_objects_keep_no_others_back, 0 },
	{ &a_stream_ends_with_its_ticket, 0 },
	{ &a_ticket_that_runs_out_ends_its_stream, 0 },
	{ &a_server_that_stops_says_so, 0 },
	{ &acknowledged_objects_survive_kills, 0 },
};

CHECK_MAIN("keystored: following a token", tests)
