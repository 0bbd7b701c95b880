/* SPDX-License-Identifier: Apache-2.0 */
/* What a keystore says of its tokens, wrong as it may be. */
#include <sys/socket.h>

#include "crypto/crypto.h"
#include "keyringd/account.h"
#include "keyringd/upstream.h"
#include "tests/unit/check_main.h"
#include "tests/unit/keyringd/one_keystore.h"

static Keystore__V1__Token
news_of(uint8_t *id, size_t n)
{
	Keystore__V1__Token t = KEYSTORE__V1__TOKEN__INIT;

	t.id = (ProtobufCBinaryData){ n, id };
	t.label = (char *)(uintptr_t) "label";
	t.initialized = true;
	t.epoch = 1;
	return t;
}

static struct token *
blank_slot(void)
{
	struct token *t;

	TAILQ_FOREACH (t, &d.slots->tokens, link)
		if (t->blank)
			break;
	ck_assert_ptr_nonnull(t);
	return t;
}

static const struct {
	uint8_t id[17];
	size_t n;
	bool good;
} made[] = {
	{ { 2 }, 16, true },
	{ { 1 }, 16, false }, /* another slot's */
	{ { 0 }, 16, false }, /* a blank one's */
	{ { 3 }, 15, false },
	{ { 3 }, 17, false },
	{ { 0 }, 0, false },
};

/* Two slots of one token would have one number. */
START_TEST (a_blank_slot_becomes_no_token_that_is_there_or_none) {
	uint8_t known[16] = { 1 }, id[17];
	Keystore__V1__Token first = news_of(known, sizeof known), news;
	struct token *t;

	daemon_make();
	TAILQ_FIRST(&d.slots->upstreams)->may_create = true;
	keystore_lists(&first);
	t = blank_slot();
	memcpy(id, made[_i].id, sizeof id);
	news = news_of(id, made[_i].n);
	ck_assert_int_eq(token_settle(t, &news), made[_i].good);
	ck_assert_int_eq(t->blank, !made[_i].good);
	TAILQ_FOREACH (t, &d.slots->tokens, link)
		for (struct token *u = TAILQ_NEXT(t, link); u != NULL;
			u = TAILQ_NEXT(u, link)) {
			ck_assert_uint_ne(t->number, u->number);
			ck_assert_mem_ne(&t->id, &u->id, sizeof t->id);
		}
	daemon_remove();
}
END_TEST

/* ---- who waits for changes */

struct waiter {
	struct client client;
	struct conn conn;
	int fd; /* where its replies come */
	uint64_t serial;
};

static void
waiter_open(struct waiter *w, uid_t uid)
{
	int fds[2];

	*w = (struct waiter){ .client = { .d = &d, .refs = 1 } };
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	w->client.peer = (struct peer){ .uid = uid, .pidfd = -1 };
	w->client.account = account_get(&d, uid);
	ck_assert_ptr_nonnull(w->client.account);
	w->client.list_serial = slots_serial(d.slots);
	w->conn = (struct conn){
		.d = &d, .refs = 1, .fd = fds[0], .account = w->client.account
	};
	w->fd = fds[1];
}

static void
waiter_close(struct waiter *w)
{
	slots_forget_client(&w->client);
	ck_assert_uint_eq(w->conn.refs, 1);
	ck_assert_uint_eq(w->client.refs, 1);
	account_unref(w->client.account);
	(void)close(w->conn.fd);
	(void)close(w->fd);
}

static void
waiter_waits(struct waiter *w)
{
	struct request r = { .conn = &w->conn,
		.client = &w->client,
		.type = WIRE_WAIT_SLOTS,
		.m = { .wait_slots = { w->serial } } };

	handle_wait_slots(&r);
}

/* false: no reply has come. */
static bool
waiter_reply(struct waiter *w, uint16_t type, void *ret)
{
	static uint8_t frame[1024];
	struct wire_header h;
	ssize_t n = recv(w->fd, frame, sizeof frame, MSG_DONTWAIT);

	if (n < 0)
		return false;
	ck_assert_int_ge(n, WIRE_HEADER);
	ck_assert(wire_header_decode(frame, sizeof frame, &h));
	ck_assert_uint_eq(h.type, type);
	ck_assert_uint_eq(h.rv, CKR_OK);
	ck_assert_int_eq(n, (ssize_t)(WIRE_HEADER + h.length));
	return wire_decode(
		wire_messages[type].reply, BYTES(frame + WIRE_HEADER, h.length), ret);
}

/* The slot that it hears of; 0: none. */
static uint64_t
waiter_heard(struct waiter *w)
{
	struct wire_wait_slots_reply reply;

	if (!waiter_reply(w, WIRE_WAIT_SLOTS, &reply))
		return 0;
	w->serial = reply.serial;
	return reply.slot;
}

static struct wire_slots_reply
waiter_list(struct waiter *w)
{
	struct request r = { .conn = &w->conn, .client = &w->client, .type = WIRE_SLOTS };
	struct wire_slots_reply reply;

	handle_slots(&r);
	ck_assert(waiter_reply(w, WIRE_SLOTS, &reply));
	return reply;
}

/* Of the list that it sees: who does not want to wait compares. */
static uint64_t
waiter_list_serial(struct waiter *w)
{
	return waiter_list(w).serial;
}

static uint32_t
waiter_first_flags(struct waiter *w)
{
	struct cursor c = cursor_over(waiter_list(w).list);
	struct wire_slot slot;

	ck_assert(wire_list_next(wire_slot_fields, &c, &slot));
	return slot.flags;
}

static uint64_t
slot_of(uint8_t first)
{
	struct token *t;

	TAILQ_FOREACH (t, &d.slots->tokens, link)
		if (t->id.b[0] == first)
			break;
	ck_assert_ptr_nonnull(t);
	return t->number;
}

/* Tokens 1, 2, 3; who is not root may use the first one alone. */
static uint8_t ids[3][16] = { { 1 }, { 2 }, { 3 } };
static Keystore__V1__Token three[3];
static Keystore__V1__Token *all_three[] = { &three[0], &three[1], &three[2] };

static void
access_make(const char *rules)
{
	struct conf_error err = { "" };

	access_free(d.access);
	ck_assert_int_eq(
		access_read(folder_file("ours", rules, 0600), true, &d.access, &err), 0);
}

static void
three_make(void)
{
	daemon_make();
	TAILQ_FIRST(&d.slots->upstreams)->failing = true; /* not asked again */
	access_make("[token 01000000000000000000000000000000]\nusers = *\n");
	for (size_t i = 0; i < ARRAY_LEN(three); i++)
		three[i] = news_of(ids[i], sizeof ids[i]);
	keystore_lists_all(all_three, ARRAY_LEN(three));
}

/* In this order, since a keystore lists them so. */
static void
expect_all_three(struct waiter *w, bool waits)
{
	for (size_t i = 0; i < ARRAY_LEN(three); i++) {
		if (!waits || i != 0)
			waiter_waits(w);
		ck_assert_uint_eq(waiter_heard(w), slot_of(ids[i][0]));
	}
	ck_assert_uint_eq(waiter_list_serial(w), w->serial);
	waiter_waits(w);
	ck_assert_uint_eq(waiter_heard(w), 0);
}

START_TEST (each_slot_that_changes_is_an_event) {
	struct waiter w, later;

	three_make();
	waiter_open(&w, 0);
	waiter_open(&later, 0);
	w.serial = later.serial = slots_serial(d.slots);
	waiter_waits(&w);
	ck_assert_uint_eq(waiter_heard(&w), 0);
	for (size_t i = 0; i < ARRAY_LEN(three); i++)
		three[i].epoch = 2;
	keystore_lists_all(all_three, ARRAY_LEN(three));
	expect_all_three(&w, true);
	expect_all_three(&later, false);
	/* those that go too, but for who never saw them */
	keystore_lists_all(NULL, 0);
	expect_all_three(&w, true);
	waiter_close(&later);
	waiter_open(&later, 0);
	later.serial = 1;
	waiter_waits(&later);
	ck_assert_uint_eq(waiter_heard(&later), 0);
	waiter_close(&later);
	waiter_close(&w);
	daemon_remove();
}
END_TEST

/* Of everybody: their flags are told to who asks. */
START_TEST (pins_and_their_tries_are_no_events) {
	static const struct {
		bool set;
		uint32_t user, so, flags;
	} pins[] = {
		{ true, 3, 3, WIRE_SLOT_USER_PIN },
		{ true, 2, 3, WIRE_SLOT_USER_PIN | WIRE_SLOT_USER_LOW },
		{ true, 0, 1,
			WIRE_SLOT_USER_PIN | WIRE_SLOT_USER_LOW | WIRE_SLOT_USER_LOCKED |
				WIRE_SLOT_SO_LOW | WIRE_SLOT_SO_FINAL },
		{ false, 3, 3, 0 },
	};
	struct waiter w;
	uint64_t serial;

	three_make();
	waiter_open(&w, 0);
	w.serial = serial = slots_serial(d.slots);
	waiter_waits(&w);
	for (size_t i = 0; i < ARRAY_LEN(pins); i++) {
		three[0].user_pin_set = pins[i].set;
		three[0].max_tries = 3;
		three[0].user_tries_left = pins[i].user;
		three[0].so_tries_left = pins[i].so;
		keystore_lists_all(all_three, ARRAY_LEN(three));
		ck_assert_uint_eq(waiter_heard(&w), 0);
		ck_assert_uint_eq(waiter_list_serial(&w), serial);
		ck_assert_uint_eq(
			waiter_first_flags(&w), WIRE_SLOT_INITIALIZED | pins[i].flags);
	}
	waiter_close(&w);
	daemon_remove();
}
END_TEST

START_TEST (a_slot_is_no_event_for_who_may_not_use_its_token) {
	struct waiter w;

	three_make();
	waiter_open(&w, 1000);
	w.serial = 1;
	waiter_waits(&w);
	ck_assert_uint_eq(waiter_heard(&w), slot_of(1));
	waiter_waits(&w);
	ck_assert_uint_eq(waiter_heard(&w), 0);
	ck_assert_uint_eq(waiter_list_serial(&w), w.serial);
	three[1].epoch = three[2].epoch = 2;
	keystore_lists_all(all_three, ARRAY_LEN(three));
	ck_assert_uint_eq(waiter_heard(&w), 0);
	three[0].epoch = 2;
	keystore_lists_all(all_three, ARRAY_LEN(three));
	ck_assert_uint_eq(waiter_heard(&w), slot_of(1));
	ck_assert_uint_eq(waiter_list_serial(&w), w.serial);
	/* a serial of the keyringd before this one: the last change */
	w.serial += 1000;
	waiter_waits(&w);
	ck_assert_uint_eq(waiter_heard(&w), slot_of(1));
	waiter_waits(&w);
	ck_assert_uint_eq(waiter_heard(&w), 0);
	waiter_close(&w);
	daemon_remove();
}
END_TEST

/* By its label, which may be another one tomorrow. */
START_TEST (a_slot_that_goes_to_others_is_an_event) {
	struct waiter w;

	three_make();
	access_make("[token label]\nusers = *\n");
	waiter_open(&w, 1000);
	w.serial = waiter_list_serial(&w);
	for (size_t i = 0; i < ARRAY_LEN(three); i++) {
		waiter_waits(&w);
		ck_assert_uint_eq(waiter_heard(&w), 0);
		three[i].label = (char *)(uintptr_t) "hers";
		keystore_lists_all(all_three, ARRAY_LEN(three));
		ck_assert_uint_eq(waiter_heard(&w), slot_of(ids[i][0]));
		ck_assert_uint_eq(waiter_list_serial(&w), w.serial);
	}
	/* it has no slot left */
	waiter_waits(&w);
	ck_assert_uint_eq(waiter_heard(&w), 0);
	three[1].label = (char *)(uintptr_t) "label";
	keystore_lists_all(all_three, ARRAY_LEN(three));
	ck_assert_uint_eq(waiter_heard(&w), slot_of(2));
	waiter_close(&w);
	daemon_remove();
}
END_TEST

START_TEST (a_blank_slot_that_becomes_others_token_is_an_event) {
	uint8_t known[16] = { 1 }, id[16] = { 2 };
	Keystore__V1__Token first = news_of(known, sizeof known),
			    news = news_of(id, sizeof id);
	struct waiter w;
	struct token *t;

	daemon_make();
	access_make("[default]\nusers = *\n[token hers]\nusers = 0\n");
	TAILQ_FIRST(&d.slots->upstreams)->may_create = true;
	TAILQ_FIRST(&d.slots->upstreams)->failing = true; /* not asked for lists */
	keystore_lists(&first);
	waiter_open(&w, 1000);
	w.serial = waiter_list_serial(&w);
	waiter_waits(&w);
	t = blank_slot();
	news.label = (char *)(uintptr_t) "hers";
	ck_assert(token_settle(t, &news));
	ck_assert_uint_eq(waiter_heard(&w), t->number);
	ck_assert_uint_eq(waiter_list_serial(&w), w.serial);
	waiter_close(&w);
	daemon_remove();
}
END_TEST

static const struct check_test tests[] = {
	{ &a_blank_slot_becomes_no_token_that_is_there_or_none, ARRAY_LEN(made) },
	{ &each_slot_that_changes_is_an_event, 0 },
	{ &pins_and_their_tries_are_no_events, 0 },
	{ &a_slot_is_no_event_for_who_may_not_use_its_token, 0 },
	{ &a_slot_that_goes_to_others_is_an_event, 0 },
	{ &a_blank_slot_that_becomes_others_token_is_an_event, 0 },
};

CHECK_MAIN("keyringd: slots", tests)
