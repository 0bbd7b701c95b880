/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One token's two streams and the replies to our own changes, in orders that a network
 * seldom brings about. Linked with --wrap=rpc_server_stream and --wrap=rpc_cancel: the test
 * is the keystore.
 */
#include "keyringd/watch.h"

#include "common/cleanup.h"
#include "crypto/crypto.h"
#include "keyringd/index.h"
#include "remote/proto/proto_convert.h"
#include "tests/unit/check_main.h"
#include "tests/unit/keyringd/one_keystore.h"

#define EPOCH 3

static struct token *t;
static struct login user;

/* ---- the keystore */

static struct stream {
	rpc_message_fn *message;
	void *arg;
	bool open;
	uint64_t from; /* revision asked for */
} public, all;

int __wrap_rpc_server_stream(struct rpc_channel *channel, const char *path,
	const ProtobufCMessage *request, const ProtobufCMessageDescriptor *response,
	rpc_message_fn *message, rpc_done_fn *done, void *arg, struct rpc_call **ret);
void __wrap_rpc_cancel(struct rpc_call *call);

int
__wrap_rpc_server_stream(struct rpc_channel *channel, const char *path,
	const ProtobufCMessage *request, const ProtobufCMessageDescriptor *response,
	rpc_message_fn *message, rpc_done_fn *done, void *arg, struct rpc_call **ret)
{
	const Keystore__V1__WatchRequest *watch = (const void *)request;
	struct stream *s = watch->ticket.len != 0 ? &all : &public;

	ck_assert(!s->open);
	ck_assert_uint_eq(watch->epoch, EPOCH);
	*s = (struct stream){ message, arg, true, watch->revision };
	*ret = (struct rpc_call *)(void *)s;
	return 0;
}

void
__wrap_rpc_cancel(struct rpc_call *call)
{
	struct stream *s = (struct stream *)(void *)call;

	ck_assert(s == &public || s == &all);
	ck_assert(s->open);
	s->open = false;
}

static void
say(struct stream *s, Keystore__V1__WatchResponse *news)
{
	ck_assert(s->open);
	news->epoch = EPOCH;
	s->message(s->arg, &news->base);
}

/* All up to here was said; and with that, everything there is. */
static void
passes(struct stream *s, uint64_t revision, bool current)
{
	Keystore__V1__WatchResponse news = KEYSTORE__V1__WATCH_RESPONSE__INIT;

	news.revision = revision;
	news.current = current;
	say(s, &news);
}

/* A data object as it is at this revision. */
static void
tells(struct stream *s, struct wire_id id, uint64_t revision, struct bytes attributes)
{
	Keystore__V1__WatchResponse news = KEYSTORE__V1__WATCH_RESPONSE__INIT;
	Keystore__V1__Object o = KEYSTORE__V1__OBJECT__INIT, *list = &o;

	o.id = proto_borrow(BYTES_OF(id.b));
	o.revision = revision;
	ck_assert_int_eq(proto_from_attrs(attributes, &o.n_attributes, &o.attributes), 0);
	news.changed = &list;
	news.n_changed = 1;
	say(s, &news);
	proto_attrs_free(o.n_attributes, o.attributes);
}

/* ---- keyringd */

static void
log_in(void)
{
	ck_assert_int_eq(secret_copy(BYTES_STR("ticket"), &user.ticket), 0);
	user.token = t;
	user.role = ROLE_USER;
	LIST_INSERT_HEAD(&t->tickets, &user, ticketed);
	watch_tickets(t->watch);
}

static void
log_out(void)
{
	LIST_REMOVE(&user, ticketed);
	secret_free(&user.ticket);
	watch_tickets(t->watch);
}

/* A token that somebody uses, nobody is logged in to, and of which all that is public is
 * known up to revision 5; then a user logs in, and his stream has begun. */
static void
setup(void)
{
	uint8_t id[16] = { 1 };
	Keystore__V1__Token token = KEYSTORE__V1__TOKEN__INIT;

	public = all = (struct stream){ 0 };
	daemon_make();
	token.id = proto_borrow(BYTES_OF(id));
	token.label = (char *)(uintptr_t) "label";
	token.initialized = true;
	token.epoch = EPOCH;
	keystore_lists(&token);
	t = TAILQ_FIRST(&d.slots->tokens);
	ck_assert(t != NULL && !t->blank);
	watch_want(t->watch);
	passes(&public, 5, true);
	log_in();
	ck_assert(all.open && public.open);
	ck_assert_uint_eq(all.from, 0);
}

static void
teardown(void)
{
	if (user.ticket.p != NULL)
		log_out();
	daemon_remove();
}

static const struct wire_id one = { { 1 } };

static struct attrs
data_object(bool private)
{
	struct attrs a = ATTRS_INIT;

	attrs_set_ulong(&a, CKA_CLASS, CKO_DATA);
	attrs_set_bool(&a, CKA_PRIVATE, private);
	ck_assert(attrs_ok(&a));
	return a;
}

/* The reply to a change of ours. */
static void
made(bool private, uint64_t revision)
{
	CLEANUP(attrs_free)
	struct attrs a = data_object(private);

	watch_apply(t->watch, &one, revision, attrs_bytes(&a));
}

static void
told(struct stream *s, bool private, uint64_t revision)
{
	CLEANUP(attrs_free)
	struct attrs a = data_object(private);

	tells(s, one, revision, attrs_bytes(&a));
}

static bool
is_known(void)
{
	return index_get(t->index, &one) != NULL;
}

/* ---- tests */

/* The public stream passes a private object without a word, and the user's one has read
 * everything before there was such an object. */
START_TEST (what_is_made_while_a_users_stream_begins_stays) {
	setup();
	passes(&public, 7, false);
	made(true, 7);
	ck_assert(is_known());
	passes(&all, 6, true);
	ck_assert(!public.open);
	ck_assert(is_known());
	told(&all, true, 7);
	passes(&all, 7, false);
	ck_assert(is_known());
	teardown();
}
END_TEST

START_TEST (what_was_deleted_since_is_not_made_again) {
	const bool private = _i == 1;

	setup();
	if (private)
		passes(&all, 8, true);
	else
		passes(&public, 8, false);
	made(private, 7);
	ck_assert(!is_known());
	/* but it was not there yet at that time */
	made(private, 9);
	ck_assert(is_known());
	teardown();
}
END_TEST

/* The user's stream may have read it before it went. */
START_TEST (what_is_destroyed_while_a_users_stream_begins_stays_dead) {
	setup();
	made(true, 6);
	passes(&public, 7, false);
	watch_apply_gone(t->watch, &one, 7);
	ck_assert(!is_known());
	told(&all, true, 6);
	passes(&all, 6, true);
	ck_assert(!is_known());
	passes(&all, 7, false);
	ck_assert(!is_known());
	teardown();
}
END_TEST

/* A list of everything that comes to its end without what is known already. */
START_TEST (what_went_while_nobody_told_goes_with_the_list) {
	setup();
	passes(&all, 6, true);
	told(&all, true, 7);
	ck_assert(is_known());
	log_out();
	ck_assert(!all.open && public.open);
	ck_assert(!is_known());
	told(&public, false, 8);
	ck_assert(is_known());
	log_in();
	ck_assert_uint_eq(all.from, 0);
	passes(&all, 9, true);
	ck_assert(!is_known());
	teardown();
}
END_TEST

START_TEST (nothing_private_is_kept_where_nobody_is_logged_in) {
	setup();
	log_out();
	made(true, 7);
	ck_assert(!is_known());
	made(false, 8);
	ck_assert(is_known());
	teardown();
}
END_TEST

static const struct check_test tests[] = {
	{ &what_is_made_while_a_users_stream_begins_stays, 0 },
	{ &what_was_deleted_since_is_not_made_again, 2 },
	{ &what_is_destroyed_while_a_users_stream_begins_stays_dead, 0 },
	{ &what_went_while_nobody_told_goes_with_the_list, 0 },
	{ &nothing_private_is_kept_where_nobody_is_logged_in, 0 },
};

CHECK_MAIN("keyringd: watch", tests)
