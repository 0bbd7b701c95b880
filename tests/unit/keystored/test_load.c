/* SPDX-License-Identifier: Apache-2.0 */
/* Many calls at once on one connection. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/unit/keystored/stack.h"

#include "tests/unit/check_main.h"

#define CREATES 200u
#define SIGNS 200u
#define LOGINS 12u
#define FLOOD 400u /* more than are looked at */
#define PAIRS 4u
#define PATIENT_MS slower(100000)
#define AFTER_BOOT 100u /* logins at once; a host's allowance is more */

struct tally {
	unsigned done;
	unsigned wrong;
	struct rpc_status status; /* of the latest wrong one */
};

static void
on_done(void *arg, const struct rpc_status *status, const ProtobufCMessage *response)
{
	struct tally *t = arg;

	(void)response;
	t->done++;
	if (status->code != RPC_OK) {
		t->wrong++;
		t->status = *status;
	}
}

static void
start(struct host *h, enum remote_method m, const void *request, unsigned deadline_ms,
	struct tally *t)
{
	ck_assert_int_eq(
		remote_call(h->channel, m, request, deadline_ms, on_done, t, NULL), 0);
}

static void
start_creates(struct host *h, struct tally *t)
{
	Keystore__V1__CreateObjectRequest rq = KEYSTORE__V1__CREATE_OBJECT_REQUEST__INIT;
	struct template a = { .n = 0 };
	uint8_t id[16];

	add_number(&a, CKA_CLASS, CKO_DATA);
	add_flag(&a, CKA_TOKEN, true);
	add_flag(&a, CKA_PRIVATE, true);
	rq.token_id = bin(h->token.b, 16);
	rq.ticket = bin(h->ticket.b, 32);
	rq.n_attributes = a.n;
	rq.attributes = a.pointers;
	for (unsigned i = 0; i < CREATES; i++) {
		rq.request_id = fresh_id(id);
		start(h, REMOTE_CREATE_OBJECT, &rq, PATIENT_MS, t);
	}
}

static void
start_signs(struct host *h, const Keystore__V1__Object *key, struct tally *t)
{
	Keystore__V1__SignRequest rq = KEYSTORE__V1__SIGN_REQUEST__INIT;
	Keystore__V1__Mechanism m = KEYSTORE__V1__MECHANISM__INIT;
	Keystore__V1__KeyRef ref = KEYSTORE__V1__KEY_REF__INIT;
	uint8_t digest[32] = { 1 };

	m.type = CKM_ECDSA;
	ref.key_case = KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID;
	ref.object_id = key->id;
	rq.token_id = bin(h->token.b, 16);
	rq.ticket = bin(h->ticket.b, 32);
	rq.key = &ref;
	rq.mechanism = &m;
	rq.data = bin(digest, sizeof digest);
	for (unsigned i = 0; i < SIGNS; i++)
		start(h, REMOTE_SIGN, &rq, PATIENT_MS, t);
}

static void
start_logins(struct host *h, struct tally *t, unsigned n, unsigned deadline_ms)
{
	Keystore__V1__LoginRequest rq = KEYSTORE__V1__LOGIN_REQUEST__INIT;
	uint8_t id[16];

	rq.token_id = bin(h->token.b, 16);
	rq.role = KEYSTORE__V1__ROLE__ROLE_USER;
	rq.pin = bin_str(USER_PIN);
	for (unsigned i = 0; i < n; i++) {
		rq.request_id = fresh_id(id);
		start(h, REMOTE_LOGIN, &rq, deadline_ms, t);
	}
}

static unsigned
wait_for(struct host *h, struct tally *t, unsigned n)
{
	for (unsigned i = 0; i < slower(4000) && t->done < n; i++)
		run_ms(h, 25);
	ck_assert_uint_eq(t->done, n);
	ck_assert_msg(t->wrong == 0, "%u wrong: %s", t->wrong, t->status.message);
	return n;
}

/* More right PINs at once than there are tries: none of them may lock. */
START_TEST (many_calls_at_once_all_succeed) {
	Keystore__V1__GenerateKeyPairResponse *pair[PAIRS];
	struct tally t = { 0 };
	struct stack s;
	struct host h;
	struct follower f;
	CK_RV rv;

	stack_start(&s, "[pins]\nscrypt-log-n = 10\ntries = 3\n");
	host_open(&h, &s, "host-1");
	token_make(&h);
	for (unsigned i = 0; i < PAIRS; i++) {
		pair[i] = generate_pair(&h, CKM_EC_KEY_PAIR_GEN, true, true, &rv);
		ck_assert_int_eq(rv, CKR_OK);
	}
	follow(&f, &h, true, 0, 0);
	follow_until(&f, &f.current);
	start_creates(&h, &t);
	start_logins(&h, &t, LOGINS, PATIENT_MS);
	for (unsigned i = 0; i < PAIRS; i++)
		start_signs(&h, pair[i]->private_key, &t);
	(void)wait_for(&h, &t, CREATES + LOGINS + PAIRS * SIGNS);
	follow_count(&f, &f.changed, 2 * PAIRS + CREATES);
	follow_end(&f);
	for (unsigned i = 0; i < PAIRS; i++)
		response_free(pair[i]);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

/* The same request many times at the same time makes one object. */
START_TEST (one_request_sent_many_times_at_once_is_served_once) {
	Keystore__V1__CreateObjectRequest rq = KEYSTORE__V1__CREATE_OBJECT_REQUEST__INIT;
	struct template a = { .n = 0 };
	struct tally t = { 0 };
	struct stack s;
	struct host h;
	struct follower f;
	uint8_t id[16];

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	add_number(&a, CKA_CLASS, CKO_DATA);
	add_flag(&a, CKA_TOKEN, true);
	rq.token_id = bin(h.token.b, 16);
	rq.request_id = fresh_id(id);
	rq.n_attributes = a.n;
	rq.attributes = a.pointers;
	for (unsigned i = 0; i < 50; i++)
		start(&h, REMOTE_CREATE_OBJECT, &rq, PATIENT_MS, &t);
	(void)wait_for(&h, &t, 50);
	follow(&f, &h, false, 0, 0);
	follow_until(&f, &f.current);
	ck_assert_uint_eq(f.changed, 1);
	follow_end(&f);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

static unsigned
lines_with(const struct stack *s, const char *text)
{
	char path[128], line[1024];
	unsigned n = 0;
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/log", s->dir);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof line, f) != NULL)
		n += strstr(line, text) != NULL;
	(void)fclose(f);
	return n;
}

/* Those that nobody looks at cost a host nothing, and here not a line each. */
START_TEST (a_flood_of_pins_fills_no_log) {
	struct tally t = { 0 };
	struct stack s;
	struct host h;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	/* time for some of them, whatever the machine: not for all */
	start_logins(&h, &t, FLOOD, 1500);
	for (unsigned i = 0; i < slower(4000) && t.done < FLOOD; i++)
		run_ms(&h, 25);
	ck_assert_uint_eq(t.done, FLOOD);
	ck_assert_uint_gt(t.wrong, 0);
	ck_assert_int_eq(t.status.code, RPC_DEADLINE_EXCEEDED);
	ck_assert_uint_eq(lines_with(&s, "try again"), 0);
	ck_assert_uint_le(lines_with(&s, "is told to wait"), 3);
	ck_assert_uint_gt(lines_with(&s, "login as user"), 0);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

/* All services of a host at once, and each hash takes its time. Who is told to come back does
 * so, and does not use up what the host may have hashed. */
START_TEST (a_busy_keystore_hashes_all_pins_in_time) {
	struct tally t = { 0 };
	struct stack s;
	struct host h;

	stack_start(&s, "[pins]\nscrypt-log-n = 14\n");
	host_open_usual(&h, &s, "host-1");
	token_make(&h);
	start_logins(&h, &t, AFTER_BOOT, PATIENT_MS);
	(void)wait_for(&h, &t, AFTER_BOOT);
	ck_assert_uint_eq(lines_with(&s, "is told to wait"), 0);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

static const struct check_test tests[] = {
	{ &many_calls_at_once_all_succeed, 0 },
	{ &one_request_sent_many_times_at_once_is_served_once, 0 },
	{ &a_flood_of_pins_fills_no_log, 0 },
	{ &a_busy_keystore_hashes_all_pins_in_time, 0 },
};

CHECK_MAIN("keystored: load", tests)
