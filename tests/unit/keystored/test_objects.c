/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "remote/proto/proto_convert.h"
#include "tests/unit/keystored/stack.h"

static const uint8_t aes_value[16] = "0123456789abcde";

static Keystore__V1__CreateObjectResponse *
create_aes(struct host *h, bool sensitive, bool extractable)
{
	Keystore__V1__CreateObjectRequest rq = KEYSTORE__V1__CREATE_OBJECT_REQUEST__INIT;
	Keystore__V1__CreateObjectResponse *rs = NULL;
	struct template t = { .n = 0 };
	uint8_t id[16];

	add_number(&t, CKA_CLASS, CKO_SECRET_KEY);
	add_number(&t, CKA_KEY_TYPE, CKK_AES);
	add_flag(&t, CKA_TOKEN, true);
	add_flag(&t, CKA_PRIVATE, true);
	add_flag(&t, CKA_SENSITIVE, sensitive);
	add_flag(&t, CKA_EXTRACTABLE, extractable);
	add_octets(&t, CKA_VALUE, aes_value, sizeof aes_value);
	rq.request_id = fresh_id(id);
	rq.token_id = bin(h->token.b, 16);
	rq.ticket = bin(h->ticket.b, 32);
	rq.n_attributes = t.n;
	rq.attributes = t.pointers;
	ck_assert_msg(host_call(h, REMOTE_CREATE_OBJECT, &rq, &rs) == CKR_OK, "%s",
		h->status.message);
	return rs;
}

static CK_RV
get_secret(struct host *h, ProtobufCBinaryData object, bool for_use,
	Keystore__V1__GetSecretResponse **ret)
{
	Keystore__V1__GetSecretRequest rq = KEYSTORE__V1__GET_SECRET_REQUEST__INIT;
	Keystore__V1__KeyRef ref = KEYSTORE__V1__KEY_REF__INIT;

	ref.key_case = KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID;
	ref.object_id = object;
	rq.token_id = bin(h->token.b, 16);
	rq.ticket = bin(h->ticket.b, 32);
	rq.object = &ref;
	rq.for_use = for_use;
	return host_call(h, REMOTE_GET_SECRET, &rq, ret);
}

START_TEST (an_object_is_created_once_however_often_it_is_asked_for) {
	Keystore__V1__CreateObjectRequest rq = KEYSTORE__V1__CREATE_OBJECT_REQUEST__INIT;
	Keystore__V1__CreateObjectResponse *first = NULL, *again = NULL;
	struct template t = { .n = 0 };
	struct stack s;
	struct host h;
	struct follower f;
	uint8_t id[16];

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	add_number(&t, CKA_CLASS, CKO_DATA);
	add_flag(&t, CKA_TOKEN, true);
	add_octets(&t, CKA_LABEL, "once", 4);
	rq.request_id = fresh_id(id);
	rq.token_id = bin(h.token.b, 16);
	rq.ticket = bin(h.ticket.b, 32);
	rq.n_attributes = t.n;
	rq.attributes = t.pointers;
	ck_assert_int_eq(host_call(&h, REMOTE_CREATE_OBJECT, &rq, &first), CKR_OK);
	stack_kill(&s, SIGKILL);
	stack_run(&s);
	ck_assert_int_eq(host_call(&h, REMOTE_CREATE_OBJECT, &rq, &again), CKR_OK);
	ck_assert_mem_eq(first->object->id.data, again->object->id.data, 16);
	ck_assert_uint_eq(first->object->revision, again->object->revision);
	t.list[2].octets = bin("other", 5);
	ck_assert_int_eq(
		host_call(&h, REMOTE_CREATE_OBJECT, &rq, NULL), CKR_ARGUMENTS_BAD);
	follow(&f, &h, true, 0, 0);
	follow_until(&f, &f.current);
	ck_assert_uint_eq(f.changed, 1);
	response_free(first);
	response_free(again);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (an_object_has_its_unique_id_and_can_be_changed_and_copied) {
	Keystore__V1__SetAttributesRequest set =
		KEYSTORE__V1__SET_ATTRIBUTES_REQUEST__INIT;
	Keystore__V1__SetAttributesResponse *set_rs = NULL;
	Keystore__V1__CopyObjectRequest copy = KEYSTORE__V1__COPY_OBJECT_REQUEST__INIT;
	Keystore__V1__CopyObjectResponse *copy_rs = NULL;
	Keystore__V1__CreateObjectResponse *rs;
	Keystore__V1__GetSecretResponse *secret = NULL;
	Keystore__V1__KeyRef ref = KEYSTORE__V1__KEY_REF__INIT;
	const Keystore__V1__Attribute *a;
	struct template t = { .n = 0 };
	struct stack s;
	struct host h;
	uint8_t id[16];

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	rs = create_aes(&h, false, true);
	a = find(rs->object, CKA_UNIQUE_ID);
	ck_assert_ptr_nonnull(a);
	ck_assert_uint_eq(a->octets.len, 36);
	ck_assert_ptr_null(find(rs->object, CKA_VALUE));

	ref.key_case = KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID;
	ref.object_id = rs->object->id;
	add_octets(&t, CKA_LABEL, "renamed", 7);
	set.request_id = fresh_id(id);
	set.token_id = copy.token_id = bin(h.token.b, 16);
	set.ticket = copy.ticket = bin(h.ticket.b, 32);
	set.object = copy.source = &ref;
	set.n_attributes = copy.n_attributes = t.n;
	set.attributes = copy.attributes = t.pointers;
	ck_assert_int_eq(host_call(&h, REMOTE_SET_ATTRIBUTES, &set, &set_rs), CKR_OK);
	ck_assert_uint_gt(set_rs->object->revision, rs->object->revision);
	ck_assert_uint_eq(find(set_rs->object, CKA_LABEL)->octets.len, 7);
	/* what is sealed is bound to the attributes: it must have moved with them */
	ck_assert_int_eq(get_secret(&h, rs->object->id, false, &secret), CKR_OK);
	ck_assert_uint_eq(secret->n_attributes, 1);
	ck_assert_mem_eq(secret->attributes[0]->octets.data, aes_value, 16);
	response_free(secret);

	copy.request_id = fresh_id(id);
	ck_assert_int_eq(host_call(&h, REMOTE_COPY_OBJECT, &copy, &copy_rs), CKR_OK);
	ck_assert_mem_ne(copy_rs->object->id.data, rs->object->id.data, 16);
	ck_assert_int_eq(get_secret(&h, copy_rs->object->id, false, &secret), CKR_OK);
	ck_assert_mem_eq(secret->attributes[0]->octets.data, aes_value, 16);
	response_free(secret);
	ck_assert_int_eq(destroy(&h, copy_rs->object->id), CKR_OK);
	ck_assert_int_eq(get_secret(&h, copy_rs->object->id, false, NULL),
		CKR_OBJECT_HANDLE_INVALID);
	response_free(copy_rs);
	response_free(set_rs);
	response_free(rs);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (a_copy_is_the_answer_though_its_source_has_gone) {
	Keystore__V1__CopyObjectRequest copy = KEYSTORE__V1__COPY_OBJECT_REQUEST__INIT;
	Keystore__V1__CopyObjectResponse *first = NULL, *again = NULL;
	Keystore__V1__CreateObjectResponse *rs;
	Keystore__V1__KeyRef ref = KEYSTORE__V1__KEY_REF__INIT;
	struct stack s;
	struct host h;
	uint8_t id[16];

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	rs = create_aes(&h, false, true);
	ref.key_case = KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID;
	ref.object_id = rs->object->id;
	copy.request_id = fresh_id(id);
	copy.token_id = bin(h.token.b, 16);
	copy.ticket = bin(h.ticket.b, 32);
	copy.source = &ref;
	ck_assert_int_eq(host_call(&h, REMOTE_COPY_OBJECT, &copy, &first), CKR_OK);
	ck_assert_int_eq(destroy(&h, rs->object->id), CKR_OK);
	ck_assert_int_eq(host_call(&h, REMOTE_COPY_OBJECT, &copy, &again), CKR_OK);
	ck_assert_mem_eq(again->object->id.data, first->object->id.data, 16);
	ck_assert_uint_eq(again->object->revision, first->object->revision);
	/* another request is another matter */
	copy.request_id = fresh_id(id);
	ck_assert_int_eq(host_call(&h, REMOTE_COPY_OBJECT, &copy, NULL),
		CKR_OBJECT_HANDLE_INVALID);
	response_free(again);
	response_free(first);
	response_free(rs);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

/* A call that has ended for its caller while keystored cannot write yet. */
static void
call_too_late(struct host *h, enum remote_method method, const ProtobufCMessage *rq)
{
	ProtobufCMessage *response = NULL;

	ck_assert_int_eq(remote_call_sync(h->base, h->channel, method, rq, 300,
				 &h->status, &response),
		0);
	ck_assert_int_eq(h->status.code, RPC_DEADLINE_EXCEEDED);
	ck_assert_ptr_null(response);
}

static void
database_lock(const struct stack *s, sqlite3 **ret)
{
	char path[128];

	(void)snprintf(path, sizeof path, "%s/keystore.db", s->dir);
	ck_assert_int_eq(sqlite3_open(path, ret), SQLITE_OK);
	ck_assert_int_eq(
		sqlite3_exec(*ret, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
}

START_TEST (what_nobody_waits_for_any_more_is_not_done) {
	Keystore__V1__CreateObjectRequest make =
		KEYSTORE__V1__CREATE_OBJECT_REQUEST__INIT;
	Keystore__V1__SetAttributesRequest set =
		KEYSTORE__V1__SET_ATTRIBUTES_REQUEST__INIT;
	Keystore__V1__DestroyObjectRequest gone =
		KEYSTORE__V1__DESTROY_OBJECT_REQUEST__INIT;
	Keystore__V1__KeyRef ref = KEYSTORE__V1__KEY_REF__INIT;
	Keystore__V1__CreateObjectResponse *before, *after;
	struct template t = { .n = 0 };
	uint8_t id[16];
	struct stack s;
	struct host h;
	sqlite3 *db;
	CK_RV rv;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	before = create_data(&h, "before", false, &rv);
	ck_assert_int_eq(rv, CKR_OK);
	add_octets(&t, CKA_LABEL, "late", 4);
	add_number(&t, CKA_CLASS, CKO_DATA);
	add_flag(&t, CKA_TOKEN, true);
	make.token_id = set.token_id = gone.token_id = bin(h.token.b, 16);
	make.ticket = set.ticket = gone.ticket = bin(h.ticket.b, 32);
	make.attributes = set.attributes = t.pointers;
	make.n_attributes = t.n;
	set.n_attributes = 1;
	ref.key_case = KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID;
	ref.object_id = gone.object_id = before->object->id;
	set.object = &ref;
	database_lock(&s, &db);
	make.request_id = fresh_id(id);
	call_too_late(&h, REMOTE_CREATE_OBJECT, &make.base);
	set.request_id = fresh_id(id);
	call_too_late(&h, REMOTE_SET_ATTRIBUTES, &set.base);
	gone.request_id = fresh_id(id);
	call_too_late(&h, REMOTE_DESTROY_OBJECT, &gone.base);
	ck_assert_int_eq(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_close(db), SQLITE_OK);
	/* written in their order, and each change has a revision */
	after = create_data(&h, "after", false, &rv);
	ck_assert_int_eq(rv, CKR_OK);
	ck_assert_uint_eq(after->object->revision, before->object->revision + 1);
	ck_assert_int_eq(destroy(&h, before->object->id), CKR_OK);
	response_free(before);
	response_free(after);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

/* made_by: 16 bytes. */
static CK_RV
take_back(struct host *h, ProtobufCBinaryData object, const uint8_t *made_by)
{
	Keystore__V1__DestroyObjectRequest rq =
		KEYSTORE__V1__DESTROY_OBJECT_REQUEST__INIT;
	uint8_t id[16];

	rq.request_id = fresh_id(id);
	rq.token_id = bin(h->token.b, 16);
	rq.ticket = bin(h->ticket.b, 32);
	rq.object_id = object;
	rq.made_by = bin(made_by, 16);
	return host_call(h, REMOTE_DESTROY_OBJECT, &rq, NULL);
}

static CK_RV
set_label(struct host *h, ProtobufCBinaryData object, uint8_t id[16])
{
	Keystore__V1__SetAttributesRequest rq =
		KEYSTORE__V1__SET_ATTRIBUTES_REQUEST__INIT;
	Keystore__V1__KeyRef ref = KEYSTORE__V1__KEY_REF__INIT;
	struct template t = { .n = 0 };

	ref.key_case = KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID;
	ref.object_id = object;
	add_octets(&t, CKA_LABEL, "renamed", 7);
	rq.request_id = fresh_id(id);
	rq.token_id = bin(h->token.b, 16);
	rq.ticket = bin(h->ticket.b, 32);
	rq.object = &ref;
	rq.n_attributes = t.n;
	rq.attributes = t.pointers;
	return host_call(h, REMOTE_SET_ATTRIBUTES, &rq, NULL);
}

START_TEST (what_is_not_destroyable_goes_with_the_request_that_made_it_alone) {
	Keystore__V1__CreateObjectRequest rq = KEYSTORE__V1__CREATE_OBJECT_REQUEST__INIT;
	Keystore__V1__CreateObjectResponse *rs = NULL, *other = NULL;
	static const uint8_t zeroes[16];
	struct template t = { .n = 0 };
	uint8_t id[16], other_id[16], set_id[16], unknown[16];
	struct stack s;
	struct host h;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	add_number(&t, CKA_CLASS, CKO_DATA);
	add_flag(&t, CKA_TOKEN, true);
	add_flag(&t, CKA_DESTROYABLE, false);
	rq.token_id = bin(h.token.b, 16);
	rq.ticket = bin(h.ticket.b, 32);
	rq.n_attributes = t.n;
	rq.attributes = t.pointers;
	rq.request_id = fresh_id(id);
	ck_assert_int_eq(host_call(&h, REMOTE_CREATE_OBJECT, &rq, &rs), CKR_OK);
	rq.request_id = fresh_id(other_id);
	ck_assert_int_eq(host_call(&h, REMOTE_CREATE_OBJECT, &rq, &other), CKR_OK);
	ck_assert_int_eq(set_label(&h, rs->object->id, set_id), CKR_OK);
	(void)fresh_id(unknown);
	ck_assert_int_eq(destroy(&h, rs->object->id), CKR_ACTION_PROHIBITED);
	ck_assert_int_eq(take_back(&h, rs->object->id, zeroes), CKR_ACTION_PROHIBITED);
	ck_assert_int_eq(take_back(&h, rs->object->id, unknown), CKR_ACTION_PROHIBITED);
	ck_assert_int_eq(take_back(&h, rs->object->id, other_id), CKR_ACTION_PROHIBITED);
	ck_assert_int_eq(take_back(&h, rs->object->id, set_id), CKR_ACTION_PROHIBITED);
	ck_assert_int_eq(take_back(&h, rs->object->id, id), CKR_OK);
	ck_assert_int_eq(destroy(&h, rs->object->id), CKR_OBJECT_HANDLE_INVALID);
	ck_assert_int_eq(destroy(&h, other->object->id), CKR_ACTION_PROHIBITED);
	response_free(rs);
	response_free(other);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (sensitive_values_are_given_for_use_only) {
	Keystore__V1__CreateObjectResponse *rs;
	Keystore__V1__GetSecretResponse *secret = NULL;
	struct stack s;
	struct host h;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	rs = create_aes(&h, true, false);
	ck_assert_int_eq(
		get_secret(&h, rs->object->id, false, NULL), CKR_ATTRIBUTE_SENSITIVE);
	ck_assert_int_eq(get_secret(&h, rs->object->id, true, &secret), CKR_OK);
	ck_assert_mem_eq(secret->attributes[0]->octets.data, aes_value, 16);
	response_free(secret);
	/* anonymously it is not there at all */
	memset(h.ticket.b, 0, sizeof h.ticket.b);
	ck_assert_int_eq(
		get_secret(&h, rs->object->id, true, NULL), CKR_USER_NOT_LOGGED_IN);
	response_free(rs);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

struct bad_template {
	const char *what;
	uint64_t type;
	int kind; /* 0 flag, 1 number, 2 octets, 3 nothing */
	CK_RV rv;
};

static const struct bad_template bad_templates[] = {
	{ "a boolean as bytes", CKA_PRIVATE, 2, CKR_ATTRIBUTE_VALUE_INVALID },
	{ "a boolean without a value", CKA_PRIVATE, 3, CKR_ATTRIBUTE_VALUE_INVALID },
	{ "a number as a boolean", CKA_CERTIFICATE_TYPE, 0, CKR_ATTRIBUTE_VALUE_INVALID },
	{ "bytes as a number", CKA_APPLICATION, 1, CKR_ATTRIBUTE_VALUE_INVALID },
	{ "a type nobody knows", 0x7654321, 2, CKR_ATTRIBUTE_TYPE_INVALID },
	{ "a type of more than 32 bits", (1ull << 40) | CKA_LABEL, 2,
		CKR_ATTRIBUTE_TYPE_INVALID },
	{ "another class's attribute", CKA_MODULUS, 2, CKR_TEMPLATE_INCONSISTENT },
	{ "a read-only attribute", CKA_UNIQUE_ID, 2, CKR_ATTRIBUTE_READ_ONLY },
	{ "the class twice", CKA_CLASS, 1, CKR_TEMPLATE_INCONSISTENT },
};

START_TEST (a_bad_template_gets_its_code) {
	Keystore__V1__CreateObjectRequest rq = KEYSTORE__V1__CREATE_OBJECT_REQUEST__INIT;
	struct stack s;
	struct host h;
	uint8_t id[16];

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	for (size_t i = 0; i < ARRAY_LEN(bad_templates); i++) {
		const struct bad_template *b = &bad_templates[i];
		struct template t = { .n = 0 };
		CK_RV rv;

		add_number(&t, CKA_CLASS, CKO_DATA);
		add_flag(&t, CKA_TOKEN, true);
		if (b->kind == 0)
			add_flag(&t, b->type, true);
		else if (b->kind == 1)
			add_number(&t, b->type, 7);
		else
			add_octets(&t, b->type, "\1", 1);
		if (b->kind == 3)
			t.list[2].value_case = KEYSTORE__V1__ATTRIBUTE__VALUE__NOT_SET;
		rq.request_id = fresh_id(id);
		rq.token_id = bin(h.token.b, 16);
		rq.ticket = bin(h.ticket.b, 32);
		rq.n_attributes = t.n;
		rq.attributes = t.pointers;
		rv = host_call(&h, REMOTE_CREATE_OBJECT, &rq, NULL);
		ck_assert_msg(rv == b->rv, "%s: %lx %s", b->what, rv, h.status.message);
		ck_assert_int_eq(h.status.code, RPC_INVALID_ARGUMENT);
	}
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (private_objects_need_a_user) {
	Keystore__V1__CreateObjectResponse *rs;
	struct stack s;
	struct host h;
	struct follower f;
	CK_RV rv;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	rs = create_data(&h, "private", true, &rv);
	ck_assert_int_eq(rv, CKR_OK);
	response_free(create_data(&h, "public", false, &rv));
	follow(&f, &h, false, 0, 0);
	follow_until(&f, &f.current);
	ck_assert_uint_eq(f.changed, 1);
	ck_assert_int_eq(login(&h, KEYSTORE__V1__ROLE__ROLE_SO, SO_PIN), CKR_OK);
	ck_assert_int_eq(destroy(&h, rs->object->id), CKR_OBJECT_HANDLE_INVALID);
	response_free(create_data(&h, "private", true, &rv));
	ck_assert_int_eq(rv, CKR_USER_NOT_LOGGED_IN);
	response_free(rs);
	follow_end(&f);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

static size_t
size_of(const Keystore__V1__Object *o)
{
	CLEANUP(attrs_free)
	struct attrs packed = ATTRS_INIT;

	ck_assert_uint_eq(proto_to_attrs(o->n_attributes, o->attributes,
				  PROTO_REFUSE_UNKNOWN, &packed),
		CKR_OK);
	return attrs_bytes(&packed).n;
}

static CK_RV
copy_with_label(struct host *h, ProtobufCBinaryData object, const char *label)
{
	Keystore__V1__CopyObjectRequest rq = KEYSTORE__V1__COPY_OBJECT_REQUEST__INIT;
	Keystore__V1__KeyRef ref = KEYSTORE__V1__KEY_REF__INIT;
	struct template t = { .n = 0 };
	uint8_t id[16];

	ref.key_case = KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID;
	ref.object_id = object;
	add_octets(&t, CKA_LABEL, label, strlen(label));
	rq.request_id = fresh_id(id);
	rq.token_id = bin(h->token.b, 16);
	rq.ticket = bin(h->ticket.b, 32);
	rq.source = &ref;
	rq.n_attributes = t.n;
	rq.attributes = t.pointers;
	return host_call(h, REMOTE_COPY_OBJECT, &rq, NULL);
}

/* With its CKA_UNIQUE_ID: what is too large then is told to no follower, and ends none.
 * Loop index: private? */
START_TEST (an_object_has_its_limit_with_its_name) {
	static const size_t beyond[] = { 1, 44, 45 }; /* that name has 44 bytes */
	static char label[ATTRS_MAX_BYTES];
	Keystore__V1__CreateObjectResponse *rs;
	struct stack s;
	struct host h;
	struct follower f;
	size_t most;
	CK_RV rv;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	rs = create_data(&h, "", _i != 0, &rv);
	ck_assert_int_eq(rv, CKR_OK);
	most = ATTRS_MAX_BYTES - size_of(rs->object);
	response_free(rs);
	for (size_t i = 0; i < ARRAY_LEN(beyond); i++) {
		memset(label, 'x', most + beyond[i]);
		label[most + beyond[i]] = 0;
		(void)create_data(&h, label, _i != 0, &rv);
		ck_assert_msg(rv == CKR_HOST_MEMORY, "%zu more: %lx", beyond[i], rv);
	}
	label[most] = 0;
	rs = create_data(&h, label, _i != 0, &rv);
	ck_assert_int_eq(rv, CKR_OK);
	ck_assert_int_eq(copy_with_label(&h, rs->object->id, label), CKR_OK);
	label[most] = 'x';
	ck_assert_int_eq(copy_with_label(&h, rs->object->id, label), CKR_HOST_MEMORY);
	response_free(rs);
	follow(&f, &h, true, 0, 0);
	follow_until(&f, &f.current);
	ck_assert_uint_eq(f.changed, 3);
	rs = create_data(&h, "after it", _i != 0, &rv);
	follow_count(&f, &f.changed, 4);
	ck_assert_mem_eq(f.last_id, rs->object->id.data, 16);
	response_free(rs);
	follow_end(&f);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

/* Every request, cut or filled with nonsense: an error, never an end. */
START_TEST (nonsense_ends_no_server) {
	static const enum remote_method methods[] = { REMOTE_CREATE_OBJECT,
		REMOTE_COPY_OBJECT, REMOTE_SET_ATTRIBUTES, REMOTE_DESTROY_OBJECT,
		REMOTE_GENERATE_KEY, REMOTE_GENERATE_KEY_PAIR, REMOTE_GET_SECRET,
		REMOTE_SIGN, REMOTE_DECRYPT, REMOTE_UNWRAP_SECRET, REMOTE_DERIVE_SECRET,
		REMOTE_LOGIN, REMOTE_SET_PIN, REMOTE_INIT_PIN, REMOTE_DELETE_TOKEN,
		REMOTE_LOGOUT };
	Keystore__V1__CreateObjectRequest rq = KEYSTORE__V1__CREATE_OBJECT_REQUEST__INIT;
	struct stack s;
	struct host h;
	uint8_t junk[300], id[16];
	CK_RV rv;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	memset(junk, 0xa5, sizeof junk);
	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		const ProtobufCMessageDescriptor *d = remote_methods[methods[i]].request;
		ProtobufCMessage *m = calloc(1, d->sizeof_message);

		ck_assert_ptr_nonnull(m);
		d->message_init(m);
		ck_assert_int_ne(host_call(&h, methods[i], m, NULL), CKR_OK);
		free(m);
	}
	/* lengths of ids and tickets */
	for (size_t n = 0; n < sizeof junk; n += 7) {
		rq.request_id = fresh_id(id);
		rq.token_id = bin(junk, n);
		rq.ticket = bin(junk, n);
		ck_assert_int_ne(host_call(&h, REMOTE_CREATE_OBJECT, &rq, NULL), CKR_OK);
		rq.token_id = bin(h.token.b, 16);
		if (n != 0)
			ck_assert_int_eq(host_call(&h, REMOTE_CREATE_OBJECT, &rq, NULL),
				CKR_USER_NOT_LOGGED_IN);
	}
	response_free(create_data(&h, "still here", true, &rv));
	ck_assert_int_eq(rv, CKR_OK);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (a_foreign_master_key_is_refused_at_start) {
	char path[128], command[512];
	struct stack s;

	stack_start(&s, NULL);
	stack_kill(&s, SIGTERM);
	(void)snprintf(path, sizeof path, "%s/master.key", s.dir);
	ck_assert_int_eq(unlink(path), 0);
	/* missing, and the database is not new: no other one is made */
	(void)snprintf(command, sizeof command,
		"%s --config %s/keystored.ini 2>&1 | grep -q 'master key.*missing' && "
		"! test -e %s",
		getenv("KEYSTORED"), s.dir, path);
	ck_assert_int_eq(system(command), 0);
	(void)snprintf(command, sizeof command,
		"umask 077; head -c 32 /dev/urandom >%s; "
		"%s --config %s/keystored.ini 2>&1 | grep -q 'not the one this database'",
		path, getenv("KEYSTORED"), s.dir);
	ck_assert_int_eq(system(command), 0);
	stack_stop(&s);
}
END_TEST

#include "tests/unit/check_main.h"

static const struct check_test tests[] = {
	{ &an_object_is_created_once_however_often_it_is_asked_for, 0 },
	{ &an_object_has_its_unique_id_and_can_be_changed_and_copied, 0 },
	{ &a_copy_is_the_answer_though_its_source_has_gone, 0 },
	{ &what_is_not_destroyable_goes_with_the_request_that_made_it_alone, 0 },
	{ &what_nobody_waits_for_any_more_is_not_done, 0 },
	{ &sensitive_values_are_given_for_use_only, 0 },
	{ &a_bad_template_gets_its_code, 0 },
	{ &private_objects_need_a_user, 0 },
	{ &an_object_has_its_limit_with_its_name, 2 },
	{ &nonsense_ends_no_server, 0 },
	{ &a_foreign_master_key_is_refused_at_start, 0 },
};

CHECK_MAIN("keystored: objects", tests)
