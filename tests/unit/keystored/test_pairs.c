/* SPDX-License-Identifier: Apache-2.0 */
/* Key pairs and signatures that take long: nobody else waits for them, and nobody's are not
 * made. */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/keystored/stack.h"

#include "tests/unit/check_main.h"

/* Two pairs at once, at most, and of each host one: "workers" has it. */
#define CONFIG                        \
	"[pins]\nscrypt-log-n = 10\n" \
	"[limits]\nworkers = 8\n"
#define PAIRS 2u
#define WORKERS 8u
#define PATIENT_MS 100000u

/* The latter is the fewest workers there may be. */
static const struct {
	const char *config;
	unsigned pairs; /* at once */
} sizes[] = {
	{ CONFIG, PAIRS },
	{ "[pins]\nscrypt-log-n = 10\n[limits]\nworkers = 4\n", 1 },
};

struct making {
	struct rpc_call *call;
	bool done;
	enum rpc_code code;
};

static void
on_made(void *arg, const struct rpc_status *status, const ProtobufCMessage *response)
{
	struct making *m = arg;

	(void)response;
	m->code = status->code;
	m->done = true;
}

static void
make_pair(struct host *h, struct making *m, unsigned bits)
{
	Keystore__V1__GenerateKeyPairRequest rq =
		KEYSTORE__V1__GENERATE_KEY_PAIR_REQUEST__INIT;
	Keystore__V1__Mechanism mechanism = KEYSTORE__V1__MECHANISM__INIT;
	struct template pub = { .n = 0 }, priv = { .n = 0 };
	uint8_t id[16];

	mechanism.type = CKM_RSA_PKCS_KEY_PAIR_GEN;
	add_number(&pub, CKA_MODULUS_BITS, bits);
	add_flag(&pub, CKA_TOKEN, false);
	add_flag(&priv, CKA_TOKEN, false);
	rq.request_id = fresh_id(id);
	rq.token_id = bin(h->token.b, 16);
	rq.ticket = bin(h->ticket.b, 32);
	rq.mechanism = &mechanism;
	rq.n_public_attributes = pub.n;
	rq.public_attributes = pub.pointers;
	rq.n_private_attributes = priv.n;
	rq.private_attributes = priv.pointers;
	*m = (struct making){ NULL, false, RPC_OK };
	ck_assert_int_eq(remote_call(h->channel, REMOTE_GENERATE_KEY_PAIR, &rq.base,
				 slower(PATIENT_MS), on_made, m, &m->call),
		0);
}

/* Seconds of work. */
static void
make_large(struct host *h, struct making *m)
{
	make_pair(h, m, 8192);
}

static void
start_large(struct host *h, struct making *m, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		make_large(h, &m[i]);
	/* what the server answers after them has it taken up after them */
	ck_assert_int_eq(login(h, KEYSTORE__V1__ROLE__ROLE_USER, USER_PIN), CKR_OK);
	run_ms(h, 200);
}

START_TEST (others_do_not_wait_for_large_pairs) {
	static const char *const names[PAIRS] = { "host-1", "host-2" };
	const unsigned n = sizes[_i].pairs;
	struct making m[PAIRS];
	struct stack s;
	struct host h[PAIRS];

	stack_start(&s, sizes[_i].config);
	for (unsigned i = 0; i < n; i++) {
		host_open(&h[i], &s, names[i]);
		token_make(&h[i]);
	}
	for (unsigned i = 0; i < n; i++)
		start_large(&h[i], &m[i], 1);
	ck_assert_int_eq(login(&h[0], KEYSTORE__V1__ROLE__ROLE_USER, USER_PIN), CKR_OK);
	for (unsigned i = 0; i < n; i++) {
		run_ms(&h[i], 1);
		ck_assert(!m[i].done);
		rpc_cancel(m[i].call);
		host_close(&h[i]);
	}
	stack_stop(&s);
}
END_TEST

#define SIGNATURES 20

static uint64_t
now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static uint64_t
sign_some(struct host *h, const Keystore__V1__KeyRef *key)
{
	static const uint8_t digest[32] = { 1 };
	const uint64_t begun = now_ms();

	for (int i = 0; i < SIGNATURES; i++)
		ck_assert_int_eq(
			sign(h, key, CKM_ECDSA, bin(digest, sizeof digest), NULL),
			CKR_OK);
	return now_ms() - begun;
}

/* As many pairs as there are workers, and then some: another client signs, and makes a pair
 * of a quick kind, as if there were none. */
START_TEST (signatures_do_not_wait_for_large_pairs) {
	Keystore__V1__KeyRef key = KEYSTORE__V1__KEY_REF__INIT;
	Keystore__V1__GenerateKeyPairResponse *pair, *other;
	struct making m[WORKERS + 2];
	struct host h, busy;
	uint64_t alone, beside;
	unsigned at_work = 0;
	struct stack s;
	CK_RV rv;

	stack_start(&s, CONFIG);
	host_open(&h, &s, "host-1");
	token_make(&h);
	host_open(&busy, &s, "host-1");
	token_share(&busy, &h);
	ck_assert_int_eq(login(&busy, KEYSTORE__V1__ROLE__ROLE_USER, USER_PIN), CKR_OK);
	pair = generate_pair(&h, CKM_EC_KEY_PAIR_GEN, true, true, &rv);
	ck_assert_int_eq(rv, CKR_OK);
	key.key_case = KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID;
	key.object_id = pair->private_key->id;
	alone = sign_some(&h, &key);
	for (size_t i = 0; i < ARRAY_LEN(m); i++)
		make_large(&busy, &m[i]);
	run_ms(&busy, 300);
	beside = sign_some(&h, &key);
	other = generate_pair(&h, CKM_EC_KEY_PAIR_GEN, false, false, &rv);
	ck_assert_msg(rv == CKR_OK, "%s", h.status.message);
	run_ms(&busy, 1);
	for (size_t i = 0; i < ARRAY_LEN(m); i++)
		at_work += !m[i].done;
	printf("%d signatures: %llu ms, beside %u pairs %llu ms\n", SIGNATURES,
		(unsigned long long)alone, at_work, (unsigned long long)beside);
	/* with a worker for each pair the first signature would wait for some seconds */
	ck_assert_uint_ge(at_work, PAIRS);
	ck_assert_uint_lt(beside, 10 * alone + slower(2000));
	response_free(other);
	response_free(pair);
	host_close(&busy);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

/* Loop index: the calls are cancelled; the connection goes. */
START_TEST (callers_who_go_free_the_work) {
	Keystore__V1__GenerateKeyPairResponse *pair;
	struct making m[PAIRS];
	struct stack s;
	struct host gone, h;
	CK_RV rv;

	stack_start(&s, CONFIG);
	host_open(&h, &s, "host-1");
	token_make(&h);
	host_open(&gone, &s, "host-1");
	token_share(&gone, &h);
	ck_assert_int_eq(login(&gone, KEYSTORE__V1__ROLE__ROLE_USER, USER_PIN), CKR_OK);
	start_large(&gone, m, PAIRS);
	for (unsigned i = 0; i < PAIRS; i++) {
		ck_assert(!m[i].done);
		if (_i == 0)
			rpc_cancel(m[i].call);
	}
	if (_i == 0)
		run_ms(&gone, 100);
	else
		host_close(&gone);
	pair = generate_pair(&h, CKM_RSA_PKCS_KEY_PAIR_GEN, true, true, &rv);
	ck_assert_msg(rv == CKR_OK, "%s", h.status.message);
	response_free(pair);
	if (_i == 0)
		host_close(&gone);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

static void
start_signature(struct host *h, const Keystore__V1__KeyRef *key, struct making *m)
{
	Keystore__V1__SignRequest rq = KEYSTORE__V1__SIGN_REQUEST__INIT;
	Keystore__V1__Mechanism mechanism = KEYSTORE__V1__MECHANISM__INIT;

	mechanism.type = CKM_SLH_DSA;
	rq.token_id = bin(h->token.b, 16);
	rq.ticket = bin(h->ticket.b, 32);
	rq.key = (Keystore__V1__KeyRef *)(uintptr_t)key;
	rq.mechanism = &mechanism;
	rq.data = bin_str("what is signed");
	*m = (struct making){ NULL, false, RPC_OK };
	ck_assert_int_eq(remote_call(h->channel, REMOTE_SIGN, &rq.base,
				 slower(PATIENT_MS), on_made, m, &m->call),
		0);
}

/* Whichever is served first; NULL: none is. */
static const struct making *
first_done(struct host *h, const struct making *m, size_t n)
{
	for (unsigned i = 0; i < slower(2000); i++) {
		for (size_t k = 0; k < n; k++)
			if (m[k].done)
				return &m[k];
		run_ms(h, 25);
	}
	return NULL;
}

/* Of the slowest kind. */
static Keystore__V1__GenerateKeyPairResponse *
slow_pair_make(struct host *h, Keystore__V1__KeyRef *ret)
{
	Keystore__V1__GenerateKeyPairResponse *pair;
	CK_RV rv;

	pair = generate_pair(h, CKM_SLH_DSA_KEY_PAIR_GEN, true, true, &rv);
	ck_assert_int_eq(rv, CKR_OK);
	keystore__v1__key_ref__init(ret);
	ret->key_case = KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID;
	ret->object_id = pair->private_key->id;
	return pair;
}

/* The same beside signatures that take as long as pairs. */
START_TEST (signatures_do_not_wait_for_slow_ones) {
	Keystore__V1__KeyRef key = KEYSTORE__V1__KEY_REF__INIT, slow;
	Keystore__V1__GenerateKeyPairResponse *pair, *slow_pair;
	struct making m[3 * WORKERS];
	const struct making *done;
	struct host h, busy;
	uint64_t alone, beside;
	unsigned at_work = 0;
	struct stack s;
	CK_RV rv;

	stack_start(&s, sizes[_i].config);
	host_open(&h, &s, "host-1");
	token_make(&h);
	host_open(&busy, &s, "host-1");
	token_share(&busy, &h);
	busy.ticket = h.ticket;
	pair = generate_pair(&h, CKM_EC_KEY_PAIR_GEN, true, true, &rv);
	ck_assert_int_eq(rv, CKR_OK);
	slow_pair = slow_pair_make(&h, &slow);
	key.key_case = KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID;
	key.object_id = pair->private_key->id;
	alone = sign_some(&h, &key);
	for (size_t i = 0; i < ARRAY_LEN(m); i++)
		start_signature(&busy, &slow, &m[i]);
	run_ms(&busy, 100);
	beside = sign_some(&h, &key);
	run_ms(&busy, 1);
	for (size_t i = 0; i < ARRAY_LEN(m); i++) {
		at_work += !m[i].done;
		ck_assert_int_eq(m[i].code, RPC_OK);
	}
	printf("%d signatures: %llu ms, beside %u slow ones %llu ms\n", SIGNATURES,
		(unsigned long long)alone, at_work, (unsigned long long)beside);
	ck_assert_uint_ge(at_work, ARRAY_LEN(m) / 2);
	ck_assert_uint_lt(beside, 10 * alone + slower(2000));
	/* and there is an end to waiting */
	done = first_done(&busy, m, ARRAY_LEN(m));
	ck_assert_ptr_nonnull(done);
	ck_assert_int_eq(done->code, RPC_OK);
	response_free(slow_pair);
	response_free(pair);
	host_close(&busy);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

static uint64_t
sign_slowly(struct host *h, const Keystore__V1__KeyRef *key)
{
	const uint64_t begun = now_ms();
	struct making m;

	start_signature(h, key, &m);
	ck_assert_ptr_nonnull(first_done(h, &m, 1));
	ck_assert_int_eq(m.code, RPC_OK);
	return now_ms() - begun;
}

/* Eight times as many as there are cores wait and are at work; only the latter take time, once
 * their callers have gone. */
START_TEST (slow_signatures_are_not_made_for_nobody) {
	const long cores = sysconf(_SC_NPROCESSORS_ONLN);
	const unsigned n = cores < 1 ? 8 : cores < 16 ? 8 * (unsigned)cores : 128;
	Keystore__V1__KeyRef key;
	Keystore__V1__GenerateKeyPairResponse *pair;
	struct making m[128];
	char config[128];
	uint64_t alone, after;
	struct stack s;
	struct host h;

	/* a quarter of the workers wait there, half of them for one host */
	(void)snprintf(config, sizeof config,
		"[pins]\nscrypt-log-n = 10\n[limits]\nworkers = %u\n", 8 * n);
	stack_start(&s, config);
	host_open(&h, &s, "host-1");
	token_make(&h);
	pair = slow_pair_make(&h, &key);
	alone = sign_slowly(&h, &key);
	for (unsigned i = 0; i < n; i++)
		start_signature(&h, &key, &m[i]);
	/* what the server answers after them has it taken up after them */
	ck_assert_int_eq(login(&h, KEYSTORE__V1__ROLE__ROLE_USER, USER_PIN), CKR_OK);
	for (unsigned i = 0; i < n; i++)
		if (!m[i].done)
			rpc_cancel(m[i].call);
	after = sign_slowly(&h, &key);
	printf("a slow signature: %llu ms, after others were given up %llu ms\n",
		(unsigned long long)alone, (unsigned long long)after);
	ck_assert_uint_lt(after, 5 * alone + slower(500));
	response_free(pair);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

/* One asks again and again for what the other one wants twice. */
START_TEST (a_host_leaves_places_to_others) {
	Keystore__V1__KeyRef key, own;
	Keystore__V1__GenerateKeyPairResponse *pair, *own_pair;
	struct making m[3 * WORKERS], mine;
	struct host busy, h;
	unsigned first = 0;
	struct stack s;

	stack_start(&s, CONFIG);
	host_open(&busy, &s, "host-1");
	token_make(&busy);
	pair = slow_pair_make(&busy, &key);
	host_open(&h, &s, "host-2");
	token_make(&h);
	own_pair = slow_pair_make(&h, &own);
	for (size_t i = 0; i < ARRAY_LEN(m); i++)
		start_signature(&busy, &key, &m[i]);
	run_ms(&busy, 100);
	for (unsigned k = 0; k < 2; k++) {
		start_signature(&h, &own, &mine);
		for (unsigned i = 0; i < slower(2000) && !mine.done; i++) {
			run_ms(&busy, 15);
			run_ms(&h, 10);
		}
		ck_assert(mine.done);
		ck_assert_int_eq(mine.code, RPC_OK);
	}
	for (size_t i = 0; i < ARRAY_LEN(m); i++)
		first += m[i].done;
	printf("%u of %zu came first\n", first, ARRAY_LEN(m));
	/* as many as its own, and those that were at work */
	ck_assert_uint_le(first, 6);
	response_free(own_pair);
	response_free(pair);
	host_close(&h);
	host_close(&busy);
	stack_stop(&s);
}
END_TEST

#define MANY 4u

/* There is one place, and it is taken for longer than a server is sought that is not there:
 * who is told to come back does so until his turn. */
START_TEST (pairs_wait_for_each_other) {
	struct making large, m[MANY];
	struct stack s;
	struct host h;

	stack_start(&s, sizes[1].config);
	host_open_usual(&h, &s, "host-1");
	token_make(&h);
	start_large(&h, &large, 1);
	for (unsigned i = 0; i < MANY; i++)
		make_pair(&h, &m[i], 2048);
	run_ms(&h, 3000);
	if (!large.done)
		rpc_cancel(large.call);
	for (unsigned i = 0; i < MANY; i++) {
		for (unsigned k = 0; k < slower(4000) && !m[i].done; k++)
			run_ms(&h, 25);
		ck_assert(m[i].done);
		ck_assert_int_eq(m[i].code, RPC_OK);
	}
	host_close(&h);
	stack_stop(&s);
}
END_TEST

static const struct check_test tests[] = {
	{ &others_do_not_wait_for_large_pairs, ARRAY_LEN(sizes) },
	{ &signatures_do_not_wait_for_large_pairs, 0 },
	{ &signatures_do_not_wait_for_slow_ones, ARRAY_LEN(sizes) },
	{ &slow_signatures_are_not_made_for_nobody, 0 },
	{ &a_host_leaves_places_to_others, 0 },
	{ &callers_who_go_free_the_work, 2 },
	{ &pairs_wait_for_each_other, 0 },
};

CHECK_MAIN("keystored: pairs", tests)
