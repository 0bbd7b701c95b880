/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdlib.h>

#include "tests/unit/keystored/stack.h"

#define USER KEYSTORE__V1__ROLE__ROLE_USER
#define SO KEYSTORE__V1__ROLE__ROLE_SO
#define FEW_TRIES "[pins]\nscrypt-log-n = 10\ntries = 3\n"

static CK_RV
set_pin(struct host *h, Keystore__V1__Role role, const char *old, const char *new)
{
	Keystore__V1__SetPinRequest rq = KEYSTORE__V1__SET_PIN_REQUEST__INIT;
	uint8_t id[16];

	rq.request_id = fresh_id(id);
	rq.token_id = bin(h->token.b, 16);
	rq.role = role;
	rq.old_pin = bin_str(old);
	rq.new_pin = bin_str(new);
	return host_call(h, REMOTE_SET_PIN, &rq, NULL);
}

static CK_RV
init_again(struct host *h, const char *so_pin)
{
	Keystore__V1__InitTokenRequest rq = KEYSTORE__V1__INIT_TOKEN_REQUEST__INIT;
	uint8_t id[16];

	rq.request_id = fresh_id(id);
	rq.token_id = bin(h->token.b, 16);
	rq.label = (char *)(uintptr_t) "new name";
	rq.so_pin = bin_str(so_pin);
	return host_call(h, REMOTE_INIT_TOKEN, &rq, NULL);
}

static unsigned
tries_left(struct host *h)
{
	Keystore__V1__ListTokensRequest rq = KEYSTORE__V1__LIST_TOKENS_REQUEST__INIT;
	Keystore__V1__ListTokensResponse *rs = NULL;
	unsigned n;

	ck_assert_int_eq(host_call(h, REMOTE_LIST_TOKENS, &rq, &rs), CKR_OK);
	ck_assert_uint_eq(rs->n_tokens, 1);
	n = rs->tokens[0]->user_tries_left;
	response_free(rs);
	return n;
}

static bool
ticket_works(struct host *h)
{
	CK_RV rv;

	response_free(create_data(h, "probe", true, &rv));
	ck_assert(rv == CKR_OK || rv == CKR_USER_NOT_LOGGED_IN);
	return rv == CKR_OK;
}

START_TEST (wrong_pins_lock_and_a_right_one_resets_the_count) {
	struct stack s;
	struct host h;

	stack_start(&s, FEW_TRIES);
	host_open(&h, &s, "host-1");
	token_make(&h);
	ck_assert_int_eq(login(&h, USER, "wrong"), CKR_PIN_INCORRECT);
	ck_assert_int_eq(login(&h, USER, "wrong"), CKR_PIN_INCORRECT);
	ck_assert_uint_eq(tries_left(&h), 1);
	ck_assert_int_eq(login(&h, USER, USER_PIN), CKR_OK);
	ck_assert_uint_eq(tries_left(&h), 3);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(login(&h, USER, "wrong"), CKR_PIN_INCORRECT);
	ck_assert_int_eq(login(&h, USER, USER_PIN), CKR_PIN_LOCKED);
	ck_assert_int_eq(h.status.code, RPC_PERMISSION_DENIED);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (a_lock_holds_over_a_restart_and_the_so_lifts_it) {
	Keystore__V1__InitPinRequest rq = KEYSTORE__V1__INIT_PIN_REQUEST__INIT;
	struct stack s;
	struct host h;
	uint8_t id[16];

	stack_start(&s, FEW_TRIES);
	host_open(&h, &s, "host-1");
	token_make(&h);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(login(&h, USER, "wrong"), CKR_PIN_INCORRECT);
	stack_kill(&s, SIGKILL);
	stack_run(&s);
	ck_assert_int_eq(login(&h, USER, USER_PIN), CKR_PIN_LOCKED);
	ck_assert_int_eq(login(&h, SO, SO_PIN), CKR_OK);
	rq.request_id = fresh_id(id);
	rq.ticket = bin(h.ticket.b, 32);
	rq.pin = bin_str("another");
	ck_assert_int_eq(host_call(&h, REMOTE_INIT_PIN, &rq, NULL), CKR_OK);
	ck_assert_int_eq(login(&h, USER, "another"), CKR_OK);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (a_repeated_login_counts_once_and_says_the_same) {
	Keystore__V1__LoginRequest rq = KEYSTORE__V1__LOGIN_REQUEST__INIT;
	Keystore__V1__LoginResponse *rs = NULL;
	struct stack s;
	struct host h;
	uint8_t id[16];

	stack_start(&s, FEW_TRIES);
	host_open(&h, &s, "host-1");
	token_make(&h);
	rq.request_id = fresh_id(id);
	rq.token_id = bin(h.token.b, 16);
	rq.role = USER;
	rq.pin = bin_str("wrong");
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(
			host_call(&h, REMOTE_LOGIN, &rq, NULL), CKR_PIN_INCORRECT);
	ck_assert_uint_eq(tries_left(&h), 2);
	/* the same id with another PIN is another request */
	rq.pin = bin_str(USER_PIN);
	ck_assert_int_eq(host_call(&h, REMOTE_LOGIN, &rq, NULL), CKR_ARGUMENTS_BAD);
	rq.request_id = fresh_id(id);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(host_call(&h, REMOTE_LOGIN, &rq, &rs), CKR_OK);
		memcpy(h.ticket.b, rs->ticket.data, 32);
		ck_assert(ticket_works(&h));
		response_free(rs);
	}
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (a_repeated_login_is_of_no_use_once_its_pin_is_changed) {
	Keystore__V1__LoginRequest rq = KEYSTORE__V1__LOGIN_REQUEST__INIT;
	struct stack s;
	struct host h;
	uint8_t id[16];

	stack_start(&s, FEW_TRIES);
	host_open(&h, &s, "host-1");
	token_make(&h);
	rq.request_id = fresh_id(id);
	rq.token_id = bin(h.token.b, 16);
	rq.role = USER;
	rq.pin = bin_str(USER_PIN);
	ck_assert_int_eq(host_call(&h, REMOTE_LOGIN, &rq, NULL), CKR_OK);
	ck_assert_int_eq(set_pin(&h, USER, USER_PIN, "another"), CKR_OK);
	ck_assert_int_eq(host_call(&h, REMOTE_LOGIN, &rq, NULL), CKR_PIN_INCORRECT);
	ck_assert_uint_eq(tries_left(&h), 3);
	/* nor is it where there is no PIN any more */
	ck_assert_int_eq(init_again(&h, SO_PIN), CKR_OK);
	ck_assert_int_eq(host_call(&h, REMOTE_LOGIN, &rq, NULL), CKR_PIN_INCORRECT);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (ids_of_requests_must_be_of_now) {
	Keystore__V1__LoginRequest rq = KEYSTORE__V1__LOGIN_REQUEST__INIT;
	struct stack s;
	struct host h;
	uint8_t id[16];

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	rq.token_id = bin(h.token.b, 16);
	rq.role = USER;
	rq.pin = bin_str(USER_PIN);
	rq.request_id = fresh_id(id);
	id[3] ^= 1; /* some months */
	ck_assert_int_eq(host_call(&h, REMOTE_LOGIN, &rq, NULL), CKR_ARGUMENTS_BAD);
	ck_assert_ptr_nonnull(strstr(h.status.message, "clock"));
	rq.request_id.len = 15;
	ck_assert_int_eq(host_call(&h, REMOTE_LOGIN, &rq, NULL), CKR_ARGUMENTS_BAD);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (logout_ends_a_ticket_at_once) {
	Keystore__V1__LogoutRequest rq = KEYSTORE__V1__LOGOUT_REQUEST__INIT;
	struct stack s;
	struct host h;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	ck_assert(ticket_works(&h));
	rq.ticket = bin(h.ticket.b, 32);
	ck_assert_int_eq(host_call(&h, REMOTE_LOGOUT, &rq, NULL), CKR_OK);
	ck_assert(!ticket_works(&h));
	ck_assert_int_eq(h.status.code, RPC_UNAUTHENTICATED);
	ck_assert_int_eq(host_call(&h, REMOTE_LOGOUT, &rq, NULL), CKR_OK);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (tickets_run_out_when_not_used) {
	struct stack s;
	struct host h;

	stack_start(&s, "[pins]\nscrypt-log-n = 10\n[limits]\nticket-lifetime = 5s\n");
	host_open(&h, &s, "host-1");
	token_make(&h);
	for (int i = 0; i < 6; i++) {
		run_ms(&h, 1000);
		ck_assert_msg(ticket_works(&h), "in use, after %d s", i);
	}
	run_ms(&h, 6000);
	ck_assert(!ticket_works(&h));
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (a_ticket_is_of_one_host) {
	struct stack s;
	struct host h, admin;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	host_open(&admin, &s, "admin");
	token_make(&h);
	token_share(&admin, &h);
	admin.ticket = h.ticket;
	ck_assert(!ticket_works(&admin));
	ck_assert(ticket_works(&h));
	host_close(&admin);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (changing_a_pin_ends_the_logins_of_other_hosts) {
	struct stack s;
	struct host h, admin;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	host_open(&admin, &s, "admin");
	token_make(&h);
	token_share(&admin, &h);
	ck_assert_int_eq(login(&admin, USER, USER_PIN), CKR_OK);
	ck_assert(ticket_works(&admin));
	ck_assert_int_eq(set_pin(&h, USER, "wrong", "changed"), CKR_PIN_INCORRECT);
	ck_assert_uint_eq(tries_left(&h), 9);
	ck_assert_int_eq(set_pin(&h, USER, USER_PIN, "abc"), CKR_PIN_LEN_RANGE);
	ck_assert_int_eq(set_pin(&h, USER, USER_PIN, "changed"), CKR_OK);
	ck_assert(ticket_works(&h));
	ck_assert(!ticket_works(&admin));
	ck_assert_int_eq(login(&h, USER, USER_PIN), CKR_PIN_INCORRECT);
	ck_assert_int_eq(login(&h, USER, "changed"), CKR_OK);
	ck_assert_int_eq(set_pin(&h, SO, SO_PIN, "so-changed"), CKR_OK);
	ck_assert_int_eq(login(&h, SO, "so-changed"), CKR_OK);
	host_close(&admin);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (initialising_again_empties_the_token) {
	struct stack s;
	struct host h;
	struct follower f;
	CK_RV rv;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	response_free(create_data(&h, "public", false, &rv));
	ck_assert_int_eq(rv, CKR_OK);
	follow(&f, &h, false, 0, 0);
	follow_count(&f, &f.changed, 1);
	ck_assert_int_eq(init_again(&h, "wrong"), CKR_PIN_INCORRECT);
	ck_assert(ticket_works(&h));
	ck_assert_int_eq(init_again(&h, SO_PIN), CKR_OK);
	ck_assert(!ticket_works(&h));
	for (int i = 0; i < 1200 && f.epoch != 2 && !f.over; i++)
		run_ms(&h, 25);
	ck_assert_uint_eq(f.epoch, 2);
	ck_assert_int_eq(login(&h, USER, USER_PIN), CKR_USER_PIN_NOT_INITIALIZED);
	ck_assert_int_eq(login(&h, SO, SO_PIN), CKR_OK);
	follow_end(&f);
	follow(&f, &h, false, 0, 0);
	follow_until(&f, &f.current);
	ck_assert_uint_eq(f.changed, 0);
	follow_end(&f);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (labels_are_utf8) {
	static const char *const bad[] = { "\xff", "a\xc3", "\xc0\x80", "\xed\xa0\x80",
		"\xf4\x90\x80\x80", "\xe2\x82 " };
	Keystore__V1__InitTokenRequest rq = KEYSTORE__V1__INIT_TOKEN_REQUEST__INIT;
	struct stack s;
	struct host h;
	uint8_t id[16];

	stack_start(&s, FEW_TRIES);
	host_open(&h, &s, "host-1");
	rq.so_pin = bin_str(SO_PIN);
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		rq.request_id = fresh_id(id);
		rq.label = (char *)(uintptr_t)bad[i];
		ck_assert_int_eq(
			host_call(&h, REMOTE_INIT_TOKEN, &rq, NULL), CKR_ARGUMENTS_BAD);
	}
	rq.request_id = fresh_id(id);
	rq.label = (char *)(uintptr_t) "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x94\x91";
	ck_assert_int_eq(host_call(&h, REMOTE_INIT_TOKEN, &rq, NULL), CKR_OK);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (who_may_use_a_token) {
	Keystore__V1__ListTokensRequest list = KEYSTORE__V1__LIST_TOKENS_REQUEST__INIT;
	Keystore__V1__ListTokensResponse *rs = NULL;
	struct stack s;
	struct host h, other, admin;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	host_open(&other, &s, "host-2");
	host_open(&admin, &s, "admin");
	token_make(&h);
	ck_assert_int_eq(host_call(&other, REMOTE_LIST_TOKENS, &list, &rs), CKR_OK);
	ck_assert_uint_eq(rs->n_tokens, 0);
	response_free(rs);
	token_share(&other, &h);
	ck_assert_int_eq(login(&other, USER, USER_PIN), CKR_TOKEN_NOT_PRESENT);
	ck_assert_int_eq(host_call(&admin, REMOTE_LIST_TOKENS, &list, &rs), CKR_OK);
	ck_assert_uint_eq(rs->n_tokens, 1);
	ck_assert_uint_eq(rs->tokens[0]->n_hosts, 1);
	ck_assert_str_eq(rs->tokens[0]->hosts[0], "host-1");
	response_free(rs);
	host_close(&admin);
	host_close(&other);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (only_administrators_delete_tokens) {
	Keystore__V1__DeleteTokenRequest rq = KEYSTORE__V1__DELETE_TOKEN_REQUEST__INIT;
	struct stack s;
	struct host h, admin;
	struct follower f;
	uint8_t id[16];
	CK_RV rv;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	host_open(&admin, &s, "admin");
	token_make(&h);
	response_free(create_data(&h, "x", false, &rv));
	follow(&f, &h, false, 0, 0);
	follow_until(&f, &f.current);
	rq.token_id = bin(h.token.b, 16);
	rq.request_id = fresh_id(id);
	ck_assert_int_eq(
		host_call(&h, REMOTE_DELETE_TOKEN, &rq, NULL), CKR_ACTION_PROHIBITED);
	ck_assert_int_eq(
		host_call(&admin, REMOTE_DELETE_TOKEN, &rq, NULL), CKR_ACTION_PROHIBITED);
	rq.force = true;
	ck_assert_int_eq(host_call(&admin, REMOTE_DELETE_TOKEN, &rq, NULL), CKR_OK);
	/* again, as after a lost answer */
	ck_assert_int_eq(host_call(&admin, REMOTE_DELETE_TOKEN, &rq, NULL), CKR_OK);
	follow_until(&f, &f.over);
	ck_assert(f.gone);
	ck_assert_int_eq(f.status.code, RPC_OK);
	ck_assert_int_eq(login(&h, USER, USER_PIN), CKR_TOKEN_NOT_PRESENT);
	host_close(&admin);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

/* A token for every host. */
static void
token_for_all(struct host *admin)
{
	Keystore__V1__InitTokenRequest rq = KEYSTORE__V1__INIT_TOKEN_REQUEST__INIT;
	Keystore__V1__InitTokenResponse *rs = NULL;
	char *hosts[] = { (char *)(uintptr_t) "*" };
	uint8_t id[16];

	rq.request_id = fresh_id(id);
	rq.label = (char *)(uintptr_t) "for all";
	rq.so_pin = bin_str(SO_PIN);
	rq.n_hosts = 1;
	rq.hosts = hosts;
	ck_assert_int_eq(host_call(admin, REMOTE_INIT_TOKEN, &rq, &rs), CKR_OK);
	memcpy(admin->token.b, rs->token->id.data, 16);
	response_free(rs);
}

/* A private key on the token that may be used without a login: its id. */
static void
public_private_key(struct host *h, uint8_t ret[16])
{
	static const uint8_t p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03,
		0x01, 0x07 };
	Keystore__V1__GenerateKeyPairRequest rq =
		KEYSTORE__V1__GENERATE_KEY_PAIR_REQUEST__INIT;
	Keystore__V1__GenerateKeyPairResponse *rs = NULL;
	Keystore__V1__Mechanism m = KEYSTORE__V1__MECHANISM__INIT;
	struct template pub = { .n = 0 }, priv = { .n = 0 };
	uint8_t id[16];

	m.type = CKM_EC_KEY_PAIR_GEN;
	add_octets(&pub, CKA_EC_PARAMS, p256, sizeof p256);
	add_flag(&pub, CKA_TOKEN, true);
	add_flag(&priv, CKA_TOKEN, true);
	add_flag(&priv, CKA_PRIVATE, false);
	add_flag(&priv, CKA_SIGN, true);
	rq.request_id = fresh_id(id);
	rq.token_id = bin(h->token.b, 16);
	rq.mechanism = &m;
	rq.n_public_attributes = pub.n;
	rq.public_attributes = pub.pointers;
	rq.n_private_attributes = priv.n;
	rq.private_attributes = priv.pointers;
	ck_assert_msg(host_call(h, REMOTE_GENERATE_KEY_PAIR, &rq, &rs) == CKR_OK, "%s",
		h->status.message);
	memcpy(ret, rs->private_key->id.data, 16);
	response_free(rs);
}

static CK_RV
sign_without_login(struct host *h, const uint8_t key[16])
{
	static const uint8_t digest[32] = { 1 };
	Keystore__V1__SignRequest rq = KEYSTORE__V1__SIGN_REQUEST__INIT;
	Keystore__V1__Mechanism m = KEYSTORE__V1__MECHANISM__INIT;
	Keystore__V1__KeyRef ref = KEYSTORE__V1__KEY_REF__INIT;

	m.type = CKM_ECDSA;
	ref.key_case = KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID;
	ref.object_id = bin(key, 16);
	rq.token_id = bin(h->token.b, 16);
	rq.key = &ref;
	rq.mechanism = &m;
	rq.data = bin(digest, sizeof digest);
	return host_call(h, REMOTE_SIGN, &rq, NULL);
}

/* A key that every host sees and whose use needs no login is for hosts with a name. */
START_TEST (without_a_certificate_nobody_uses_a_private_key) {
	struct stack s;
	struct host h, none, admin;
	uint8_t key[16];

	stack_start(
		&s, "[pins]\nscrypt-log-n = 10\n[tls]\nclient-certificate = optional\n");
	host_open(&admin, &s, "admin");
	host_open(&h, &s, "host-1");
	host_open(&none, &s, NULL);
	token_for_all(&admin);
	token_share(&h, &admin);
	token_share(&none, &admin);
	public_private_key(&h, key);
	ck_assert_int_eq(sign_without_login(&h, key), CKR_OK);
	ck_assert_int_eq(sign_without_login(&none, key), CKR_ACTION_PROHIBITED);
	ck_assert_int_eq(destroy(&none, bin(key, 16)), CKR_ACTION_PROHIBITED);
	host_close(&none);
	host_close(&h);
	host_close(&admin);
	stack_stop(&s);
}
END_TEST

START_TEST (without_a_certificate_nobody_logs_in) {
	Keystore__V1__HelloRequest hello = KEYSTORE__V1__HELLO_REQUEST__INIT;
	Keystore__V1__HelloResponse *rs = NULL;
	struct stack s;
	struct host h, none;

	stack_start(
		&s, "[pins]\nscrypt-log-n = 10\n[tls]\nclient-certificate = optional\n");
	host_open(&h, &s, "host-1");
	host_open(&none, &s, NULL);
	token_make(&h);
	token_share(&none, &h);
	hello.min_version = 1;
	hello.max_version = 3;
	ck_assert_int_eq(host_call(&none, REMOTE_HELLO, &hello, &rs), CKR_OK);
	ck_assert_str_eq(rs->host, "");
	ck_assert(!rs->may_create_tokens);
	response_free(rs);
	ck_assert_int_eq(login(&none, USER, USER_PIN), CKR_ACTION_PROHIBITED);
	host_close(&none);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

#include "tests/unit/check_main.h"

static const struct check_test tests[] = {
	{ &wrong_pins_lock_and_a_right_one_resets_the_count, 0 },
	{ &a_lock_holds_over_a_restart_and_the_so_lifts_it, 0 },
	{ &a_repeated_login_counts_once_and_says_the_same, 0 },
	{ &a_repeated_login_is_of_no_use_once_its_pin_is_changed, 0 },
	{ &ids_of_requests_must_be_of_now, 0 },
	{ &logout_ends_a_ticket_at_once, 0 },
	{ &tickets_run_out_when_not_used, 0 },
	{ &a_ticket_is_of_one_host, 0 },
	{ &changing_a_pin_ends_the_logins_of_other_hosts, 0 },
	{ &initialising_again_empties_the_token, 0 },
	{ &labels_are_utf8, 0 },
	{ &who_may_use_a_token, 0 },
	{ &only_administrators_delete_tokens, 0 },
	{ &without_a_certificate_nobody_logs_in, 0 },
	{ &without_a_certificate_nobody_uses_a_private_key, 0 },
};

CHECK_MAIN("keystored: people and tokens", tests)
