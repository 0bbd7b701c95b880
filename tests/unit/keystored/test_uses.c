/* SPDX-License-Identifier: Apache-2.0 */
/* CKA_ALWAYS_AUTHENTICATE: what keystored refuses to whoever has a login's ticket only. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/unit/keystored/stack.h"

#include "tests/unit/check_main.h"

#define USER KEYSTORE__V1__ROLE__ROLE_USER
#define SO KEYSTORE__V1__ROLE__ROLE_SO
#define RSA CKM_RSA_PKCS_KEY_PAIR_GEN
#define EC CKM_EC_KEY_PAIR_GEN
#define FAST "[pins]\nscrypt-log-n = 10\ntries = 3\n"

typedef Keystore__V1__GenerateKeyPairResponse pair;

static const uint64_t each_use[] = { CKA_ALWAYS_AUTHENTICATE, CKA_DECRYPT, 0 };

static const uint8_t digest[32] = { 1, 2, 3 };

static struct stack s;
static struct host h;

static void
start(const char *ini)
{
	stack_start(&s, ini);
	host_open(&h, &s, "host-1");
	token_make(&h);
}

static void
stop(void)
{
	host_close(&h);
	stack_stop(&s);
}

static pair *
make(uint64_t mechanism, bool token)
{
	CK_RV rv;
	pair *p = generate_pair_that(&h, mechanism, token, each_use, &rv);

	ck_assert_msg(rv == CKR_OK, "%s", h.status.message);
	return p;
}

static Keystore__V1__KeyRef
ref_of(const pair *p)
{
	Keystore__V1__KeyRef ref = KEYSTORE__V1__KEY_REF__INIT;

	if (p->blob.len != 0) {
		ref.key_case = KEYSTORE__V1__KEY_REF__KEY_BLOB;
		ref.blob = p->blob;
	} else {
		ref.key_case = KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID;
		ref.object_id = p->private_key->id;
	}
	return ref;
}

/* A use of a key, as it may be asked for again. */
struct use {
	struct ticket_bytes ticket;
	uint8_t request[16];
};

static CK_RV
pin_again(struct host *by, const pair *p, const char *pin, const uint8_t request[16],
	struct use *ret)
{
	Keystore__V1__LoginForUseRequest rq = KEYSTORE__V1__LOGIN_FOR_USE_REQUEST__INIT;
	Keystore__V1__LoginForUseResponse *rs = NULL;
	Keystore__V1__KeyRef ref = ref_of(p);
	CK_RV rv;

	rq.request_id = bin(request, 16);
	rq.token_id = bin(by->token.b, 16);
	rq.ticket = bin(by->ticket.b, 32);
	rq.key = &ref;
	rq.pin = bin_str(pin);
	rv = host_call(by, REMOTE_LOGIN_FOR_USE, &rq, &rs);
	if (rv == CKR_OK) {
		ck_assert_uint_eq(rs->use_ticket.len, 32);
		memcpy(ret->ticket.b, rs->use_ticket.data, 32);
		(void)fresh_id(ret->request);
	}
	response_free(rs);
	return rv;
}

static CK_RV
pin(const pair *p, const char *text, struct use *ret)
{
	uint8_t request[16];

	(void)fresh_id(request);
	return pin_again(&h, p, text, request, ret);
}

static struct use
use_of(const pair *p)
{
	struct use u;

	ck_assert_int_eq(pin(p, USER_PIN, &u), CKR_OK);
	return u;
}

static CK_RV
sign_with(struct host *by, const pair *p, const struct use *u, uint8_t first)
{
	Keystore__V1__SignRequest rq = KEYSTORE__V1__SIGN_REQUEST__INIT;
	Keystore__V1__Mechanism m = KEYSTORE__V1__MECHANISM__INIT;
	Keystore__V1__KeyRef ref = ref_of(p);
	uint8_t data[sizeof digest];

	memcpy(data, digest, sizeof data);
	data[0] = first;
	m.type = CKM_ECDSA;
	rq.token_id = bin(by->token.b, 16);
	rq.ticket = bin(by->ticket.b, 32);
	rq.key = &ref;
	rq.mechanism = &m;
	rq.data = bin(data, sizeof data);
	if (u != NULL) {
		rq.use_ticket = bin(u->ticket.b, 32);
		rq.request_id = bin(u->request, 16);
	}
	return host_call(by, REMOTE_SIGN, &rq, NULL);
}

static CK_RV
use(const pair *p, const struct use *u)
{
	return sign_with(&h, p, u, 1);
}

static unsigned
tries_left(void)
{
	Keystore__V1__ListTokensRequest rq = KEYSTORE__V1__LIST_TOKENS_REQUEST__INIT;
	Keystore__V1__ListTokensResponse *rs = NULL;
	unsigned n;

	ck_assert_int_eq(host_call(&h, REMOTE_LIST_TOKENS, &rq, &rs), CKR_OK);
	n = rs->tokens[0]->user_tries_left;
	response_free(rs);
	return n;
}

#define REFUSED CKR_USER_NOT_LOGGED_IN

START_TEST (a_pin_is_good_for_one_use) {
	static const bool token[] = { true, false };
	struct use u, again;

	start(FAST);
	for (size_t i = 0; i < ARRAY_LEN(token); i++) {
		pair *p = make(EC, token[i]);

		ck_assert_int_eq(use(p, NULL), REFUSED);
		ck_assert_int_eq(h.status.code, RPC_UNAUTHENTICATED);
		u = use_of(p);
		ck_assert_int_eq(use(p, &u), CKR_OK);
		again = u;
		(void)fresh_id(again.request);
		ck_assert_int_eq(use(p, &again), REFUSED);
		ck_assert_int_eq(use(p, NULL), REFUSED);
		response_free(p);
	}
	stop();
}
END_TEST

START_TEST (a_use_may_be_asked_for_again_but_not_be_another) {
	pair *p;
	struct use u;

	start(FAST);
	p = make(EC, true);
	u = use_of(p);
	ck_assert_int_eq(use(p, &u), CKR_OK);
	ck_assert_int_eq(use(p, &u), CKR_OK);
	ck_assert_int_eq(sign_with(&h, p, &u, 99), CKR_ARGUMENTS_BAD);
	stack_kill(&s, SIGKILL);
	stack_run(&s);
	ck_assert_int_eq(use(p, &u), CKR_OK);
	(void)fresh_id(u.request);
	ck_assert_int_eq(use(p, &u), REFUSED);
	response_free(p);
	stop();
}
END_TEST

START_TEST (a_pin_given_before_a_restart_counts) {
	pair *p;
	struct use u;

	start(FAST);
	p = make(EC, true);
	u = use_of(p);
	stack_kill(&s, SIGKILL);
	stack_run(&s);
	ck_assert_int_eq(use(p, &u), CKR_OK);
	response_free(p);
	stop();
}
END_TEST

START_TEST (a_use_is_of_its_key) {
	pair *keys[4];
	struct use u;

	start(FAST);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		keys[i] = make(EC, i % 2 == 0);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		u = use_of(keys[i]);
		for (size_t j = 0; j < ARRAY_LEN(keys); j++) {
			if (j != i)
				ck_assert_int_eq(use(keys[j], &u), REFUSED);
		}
		ck_assert_int_eq(use(keys[i], &u), CKR_OK);
	}
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		response_free(keys[i]);
	stop();
}
END_TEST

START_TEST (a_use_is_of_its_login) {
	struct ticket_bytes first;
	struct host other;
	pair *p;
	struct use u;

	start(FAST);
	p = make(EC, true);
	u = use_of(p);
	first = h.ticket;
	ck_assert_int_eq(login(&h, USER, USER_PIN), CKR_OK);
	ck_assert_int_eq(use(p, &u), REFUSED);
	host_open(&other, &s, "host-2");
	token_share(&other, &h);
	other.ticket = first;
	ck_assert_int_ne(sign_with(&other, p, &u, 1), CKR_OK);
	/* neither ticket is the other */
	h.ticket = u.ticket;
	ck_assert_int_eq(use(p, &u), REFUSED);
	h.ticket = first;
	memcpy(u.ticket.b, first.b, 32);
	ck_assert_int_eq(use(p, &u), REFUSED);
	response_free(p);
	host_close(&other);
	stop();
}
END_TEST

START_TEST (a_use_is_over_after_a_while) {
	pair *p;
	struct use u;
	char ini[128];

	(void)snprintf(
		ini, sizeof ini, FAST "[limits]\nuse-ticket-lifetime = %us\n", slower(1));
	start(ini);
	p = make(EC, true);
	u = use_of(p);
	ck_assert_int_eq(use(p, &u), CKR_OK);
	u = use_of(p);
	(void)usleep(slower(1100) * 1000);
	ck_assert_int_eq(use(p, &u), REFUSED);
	response_free(p);
	stop();
}
END_TEST

START_TEST (a_use_ends_with_the_login_and_with_the_pin) {
	Keystore__V1__LogoutRequest logout = KEYSTORE__V1__LOGOUT_REQUEST__INIT;
	Keystore__V1__InitPinRequest rq = KEYSTORE__V1__INIT_PIN_REQUEST__INIT;
	struct ticket_bytes user;
	struct use u;
	uint8_t id[16];
	pair *p;

	start(FAST);
	p = make(EC, true);
	u = use_of(p);
	logout.ticket = bin(h.ticket.b, 32);
	ck_assert_int_eq(host_call(&h, REMOTE_LOGOUT, &logout, NULL), CKR_OK);
	ck_assert_int_eq(use(p, &u), REFUSED);
	ck_assert_int_eq(login(&h, USER, USER_PIN), CKR_OK);
	u = use_of(p);
	user = h.ticket;
	ck_assert_int_eq(login(&h, SO, SO_PIN), CKR_OK);
	rq.request_id = fresh_id(id);
	rq.ticket = bin(h.ticket.b, 32);
	rq.pin = bin_str("another");
	ck_assert_int_eq(host_call(&h, REMOTE_INIT_PIN, &rq, NULL), CKR_OK);
	h.ticket = user;
	ck_assert_int_eq(use(p, &u), REFUSED);
	ck_assert_int_eq(login(&h, USER, "another"), CKR_OK);
	ck_assert_int_eq(use(p, &u), REFUSED);
	response_free(p);
	stop();
}
END_TEST

/* The same count of tries as a login's. */
START_TEST (wrong_pins_lock) {
	uint8_t request[16];
	struct use u;
	pair *p;

	start(FAST);
	p = make(EC, true);
	ck_assert_int_eq(pin(p, "wrong", &u), CKR_PIN_INCORRECT);
	ck_assert_uint_eq(tries_left(), 2);
	(void)fresh_id(request);
	ck_assert_int_eq(pin_again(&h, p, "wrong", request, &u), CKR_PIN_INCORRECT);
	ck_assert_int_eq(pin_again(&h, p, "wrong", request, &u), CKR_PIN_INCORRECT);
	ck_assert_uint_eq(tries_left(), 1);
	u = use_of(p);
	ck_assert_uint_eq(tries_left(), 3);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(pin(p, "wrong", &u), CKR_PIN_INCORRECT);
	ck_assert_int_eq(pin(p, USER_PIN, &u), CKR_PIN_LOCKED);
	ck_assert_int_eq(login(&h, USER, USER_PIN), CKR_PIN_LOCKED);
	response_free(p);
	stop();
}
END_TEST

START_TEST (the_pin_is_not_looked_at_for_other_keys_or_people) {
	Keystore__V1__Object no_object = KEYSTORE__V1__OBJECT__INIT;
	pair none = KEYSTORE__V1__GENERATE_KEY_PAIR_RESPONSE__INIT;
	const struct ticket_bytes nobody = { { 1 } };
	struct ticket_bytes user;
	struct use u;
	pair *p, *plain;
	CK_RV rv;

	start(FAST);
	none.private_key = &no_object;
	p = make(EC, true);
	plain = generate_pair(&h, EC, true, true, &rv);
	user = h.ticket;
	ck_assert_int_eq(pin(plain, "wrong", &u), CKR_OPERATION_NOT_INITIALIZED);
	ck_assert_int_eq(use(plain, NULL), CKR_OK);
	ck_assert_int_eq(login(&h, SO, SO_PIN), CKR_OK);
	ck_assert_int_eq(pin(p, "wrong", &u), REFUSED);
	h.ticket = nobody;
	ck_assert_int_eq(pin(p, "wrong", &u), REFUSED);
	h.ticket = user;
	ck_assert_int_eq(destroy(&h, p->private_key->id), CKR_OK);
	ck_assert_int_eq(pin(p, "wrong", &u), CKR_KEY_HANDLE_INVALID);
	ck_assert_int_eq(pin(&none, "wrong", &u), CKR_KEY_HANDLE_INVALID);
	ck_assert_uint_eq(tries_left(), 3);
	response_free(p);
	response_free(plain);
	stop();
}
END_TEST

START_TEST (what_is_no_ticket_is_refused) {
	Keystore__V1__SignRequest rq = KEYSTORE__V1__SIGN_REQUEST__INIT;
	Keystore__V1__Mechanism m = KEYSTORE__V1__MECHANISM__INIT;
	Keystore__V1__KeyRef ref;
	struct use u;
	uint8_t longer[33];
	pair *p;

	start(FAST);
	p = make(EC, true);
	u = use_of(p);
	memcpy(longer, u.ticket.b, 32);
	longer[32] = 0;
	ref = ref_of(p);
	m.type = CKM_ECDSA;
	rq.token_id = bin(h.token.b, 16);
	rq.ticket = bin(h.ticket.b, 32);
	rq.key = &ref;
	rq.mechanism = &m;
	rq.data = bin(digest, sizeof digest);
	rq.request_id = bin(u.request, 16);
	rq.use_ticket = bin(longer, 33);
	ck_assert_int_eq(host_call(&h, REMOTE_SIGN, &rq, NULL), REFUSED);
	rq.use_ticket = bin(longer, 31);
	ck_assert_int_eq(host_call(&h, REMOTE_SIGN, &rq, NULL), REFUSED);
	rq.use_ticket = bin(longer, 32);
	rq.request_id = bin(NULL, 0);
	ck_assert_int_eq(host_call(&h, REMOTE_SIGN, &rq, NULL), CKR_ARGUMENTS_BAD);
	/* none of that was its use */
	ck_assert_int_eq(use(p, &u), CKR_OK);
	response_free(p);
	stop();
}
END_TEST

START_TEST (decryption_is_a_use) {
	Keystore__V1__DecryptRequest rq = KEYSTORE__V1__DECRYPT_REQUEST__INIT;
	Keystore__V1__Mechanism m = KEYSTORE__V1__MECHANISM__INIT;
	Keystore__V1__KeyRef ref;
	uint8_t block[256] = { 0, 1 };
	struct use u;
	pair *p;

	start(FAST);
	p = make(RSA, true);
	ref = ref_of(p);
	m.type = CKM_RSA_X_509;
	rq.token_id = bin(h.token.b, 16);
	rq.ticket = bin(h.ticket.b, 32);
	rq.key = &ref;
	rq.mechanism = &m;
	rq.data = bin(block, sizeof block);
	ck_assert_int_eq(host_call(&h, REMOTE_DECRYPT, &rq, NULL), REFUSED);
	u = use_of(p);
	rq.use_ticket = bin(u.ticket.b, 32);
	rq.request_id = bin(u.request, 16);
	ck_assert_int_eq(host_call(&h, REMOTE_DECRYPT, &rq, NULL), CKR_OK);
	(void)fresh_id(u.request);
	ck_assert_int_eq(host_call(&h, REMOTE_DECRYPT, &rq, NULL), REFUSED);
	response_free(p);
	stop();
}
END_TEST

/* Whoever has the login's ticket must not get a key that asks for less. */
START_TEST (the_attribute_stays) {
	Keystore__V1__CopyObjectRequest copy = KEYSTORE__V1__COPY_OBJECT_REQUEST__INIT;
	Keystore__V1__SetAttributesRequest set =
		KEYSTORE__V1__SET_ATTRIBUTES_REQUEST__INIT;
	static const bool token[] = { true, false };
	struct template t = { .n = 0 };
	uint8_t id[16];

	start(FAST);
	add_flag(&t, CKA_ALWAYS_AUTHENTICATE, false);
	for (size_t i = 0; i < ARRAY_LEN(token); i++) {
		pair *p = make(EC, token[i]);
		Keystore__V1__KeyRef ref = ref_of(p);

		copy.request_id = fresh_id(id);
		copy.token_id = set.token_id = bin(h.token.b, 16);
		copy.ticket = set.ticket = bin(h.ticket.b, 32);
		copy.source = set.object = &ref;
		copy.session = !token[i];
		copy.n_attributes = set.n_attributes = t.n;
		copy.attributes = set.attributes = t.pointers;
		ck_assert_int_eq(host_call(&h, REMOTE_COPY_OBJECT, &copy, NULL),
			CKR_ATTRIBUTE_READ_ONLY);
		set.request_id = fresh_id(id);
		ck_assert_int_eq(host_call(&h, REMOTE_SET_ATTRIBUTES, &set, NULL),
			CKR_ATTRIBUTE_READ_ONLY);
		response_free(p);
	}
	stop();
}
END_TEST

#define THREADS 8u

struct racer {
	pthread_t thread;
	struct host host;
	const pair *key;
	struct use use;
	CK_RV rv;
};

static void *
race(void *arg)
{
	struct racer *r = arg;

	r->rv = sign_with(&r->host, r->key, &r->use, 1);
	return NULL;
}

START_TEST (of_many_uses_at_once_one_is_served) {
	struct racer racers[THREADS];
	unsigned served = 0;
	struct use u;
	pair *p;

	start(FAST);
	p = make(EC, true);
	u = use_of(p);
	for (size_t i = 0; i < THREADS; i++) {
		racers[i].key = p;
		racers[i].use = u;
		(void)fresh_id(racers[i].use.request);
		host_open(&racers[i].host, &s, "host-1");
		host_greet(&racers[i].host);
		racers[i].host.token = h.token;
		racers[i].host.ticket = h.ticket;
	}
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(
			pthread_create(&racers[i].thread, NULL, race, &racers[i]), 0);
	for (size_t i = 0; i < THREADS; i++) {
		ck_assert_int_eq(pthread_join(racers[i].thread, NULL), 0);
		ck_assert(racers[i].rv == CKR_OK || racers[i].rv == REFUSED);
		served += racers[i].rv == CKR_OK;
		host_close(&racers[i].host);
	}
	ck_assert_uint_eq(served, 1);
	response_free(p);
	stop();
}
END_TEST

static const struct check_test tests[] = {
	{ &a_pin_is_good_for_one_use, 0 },
	{ &a_use_may_be_asked_for_again_but_not_be_another, 0 },
	{ &a_pin_given_before_a_restart_counts, 0 },
	{ &a_use_is_of_its_key, 0 },
	{ &a_use_is_of_its_login, 0 },
	{ &a_use_is_over_after_a_while, 0 },
	{ &a_use_ends_with_the_login_and_with_the_pin, 0 },
	{ &wrong_pins_lock, 0 },
	{ &the_pin_is_not_looked_at_for_other_keys_or_people, 0 },
	{ &what_is_no_ticket_is_refused, 0 },
	{ &decryption_is_a_use, 0 },
	{ &the_attribute_stays, 0 },
	{ &of_many_uses_at_once_one_is_served, 0 },
};

CHECK_MAIN("keystored: uses", tests)
