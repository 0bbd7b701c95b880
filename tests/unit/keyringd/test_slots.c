/* SPDX-License-Identifier: Apache-2.0 */
/* What a keystore says of its tokens, wrong as it may be. */
#include "crypto/crypto.h"
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

static const struct check_test tests[] = {
	{ &a_blank_slot_becomes_no_token_that_is_there_or_none, ARRAY_LEN(made) },
};

CHECK_MAIN("keyringd: slots", tests)
