/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects of every class, as the keystore takes, keeps and hides them: a host asks
 * without any module or keyringd between.
 */
#include "tests/unit/keystored/stack.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "cryptoki/names.h"
#include "cryptoki/schema.h"

static CK_RV
create(struct host *h, const struct template *t, Keystore__V1__CreateObjectResponse **ret)
{
	Keystore__V1__CreateObjectRequest rq = KEYSTORE__V1__CREATE_OBJECT_REQUEST__INIT;
	struct template copy = *t;
	uint8_t id[16];

	for (size_t i = 0; i < copy.n; i++)
		copy.pointers[i] = &copy.list[i];
	rq.request_id = fresh_id(id);
	rq.token_id = bin(h->token.b, 16);
	rq.ticket = bin(h->ticket.b, 32);
	rq.n_attributes = copy.n;
	rq.attributes = copy.pointers;
	return host_call(h, REMOTE_CREATE_OBJECT, &rq, ret);
}

/* One attribute of a case: octets where text is set, else a flag or number. */
struct given {
	CK_ATTRIBUTE_TYPE type;
	uint64_t number;
	const char *text;
};

static void
add(struct template *t, const struct given *g)
{
	const struct attr_def *def = attr_lookup((uint32_t)g->type);

	if (g->text != NULL)
		add_octets(t, g->type, g->text, strlen(g->text));
	else if (def != NULL && def->kind == ATTR_BOOL)
		add_flag(t, g->type, g->number != 0);
	else
		add_number(t, g->type, g->number);
}

/* 519 bits, odd; it need not be prime (crypto/complete.c) */
#define ODD "zabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk!"

#define AS_USER KEYSTORE__V1__ROLE__ROLE_USER
#define AS_SO KEYSTORE__V1__ROLE__ROLE_SO

static const struct class_case {
	const char *what;
	Keystore__V1__Role role;
	struct given given[8];
	CK_RV rv;
} cases[] = {
	{ "mechanism", AS_USER, { { CKA_CLASS, CKO_MECHANISM, NULL } },
		CKR_ATTRIBUTE_VALUE_INVALID },
	{ "profile", AS_SO,
		{ { CKA_CLASS, CKO_PROFILE, NULL },
			{ CKA_PROFILE_ID, CKP_COMPLETE_PROVIDER, NULL } },
		CKR_ATTRIBUTE_VALUE_INVALID },
	{ "validation", AS_SO, { { CKA_CLASS, CKO_VALIDATION, NULL } },
		CKR_ATTRIBUTE_VALUE_INVALID },
	{ "hardware feature", AS_SO, { { CKA_CLASS, CKO_HW_FEATURE, NULL } },
		CKR_ATTRIBUTE_VALUE_INVALID },
	{ "attribute certificate", AS_USER,
		{ { CKA_CLASS, CKO_CERTIFICATE, NULL },
			{ CKA_CERTIFICATE_TYPE, CKC_X_509_ATTR_CERT, NULL } },
		CKR_ATTRIBUTE_VALUE_INVALID },
	{ "WTLS certificate", AS_USER,
		{ { CKA_CLASS, CKO_CERTIFICATE, NULL },
			{ CKA_CERTIFICATE_TYPE, CKC_WTLS, NULL } },
		CKR_ATTRIBUTE_VALUE_INVALID },
	{ "DH parameters", AS_USER,
		{ { CKA_CLASS, CKO_DOMAIN_PARAMETERS, NULL },
			{ CKA_KEY_TYPE, CKK_DH, NULL }, { CKA_PRIME, 0, ODD },
			{ CKA_BASE, 0, "\2" } },
		CKR_OK },
	{ "DH parameters with a generator of one element", AS_USER,
		{ { CKA_CLASS, CKO_DOMAIN_PARAMETERS, NULL },
			{ CKA_KEY_TYPE, CKK_DH, NULL }, { CKA_PRIME, 0, ODD },
			{ CKA_BASE, 0, "\1" } },
		CKR_DOMAIN_PARAMS_INVALID },
	{ "DSA parameters whose subgroup is none", AS_USER,
		{ { CKA_CLASS, CKO_DOMAIN_PARAMETERS, NULL },
			{ CKA_KEY_TYPE, CKK_DSA, NULL }, { CKA_PRIME, 0, ODD },
			{ CKA_BASE, 0, "\2" },
			{ CKA_SUBPRIME, 0, "abcdefghijklmnopqrs!!" } },
		CKR_DOMAIN_PARAMS_INVALID },
	{ "parameters that say their length", AS_USER,
		{ { CKA_CLASS, CKO_DOMAIN_PARAMETERS, NULL },
			{ CKA_KEY_TYPE, CKK_DH, NULL }, { CKA_PRIME, 0, ODD },
			{ CKA_BASE, 0, "\2" }, { CKA_PRIME_BITS, 511, NULL } },
		CKR_ATTRIBUTE_READ_ONLY },
	{ "distrust", AS_USER,
		{ { CKA_CLASS, CKO_TRUST, NULL }, { CKA_ISSUER, 0, "i" },
			{ CKA_SERIAL_NUMBER, 0, "1" },
			{ CKA_TRUST_EMAIL_PROTECTION, CKT_NOT_TRUSTED, NULL } },
		CKR_OK },
	{ "trust without a hash", AS_USER,
		{ { CKA_CLASS, CKO_TRUST, NULL }, { CKA_ISSUER, 0, "i" },
			{ CKA_SERIAL_NUMBER, 0, "1" },
			{ CKA_TRUST_EMAIL_PROTECTION, CKT_TRUSTED, NULL } },
		CKR_TEMPLATE_INCOMPLETE },
	{ "a key that says it was validated", AS_USER,
		{ { CKA_CLASS, CKO_SECRET_KEY, NULL }, { CKA_KEY_TYPE, CKK_AES, NULL },
			{ CKA_VALUE, 0, "0123456789abcdef" },
			{ CKA_OBJECT_VALIDATION_FLAGS, 1, NULL } },
		CKR_ATTRIBUTE_READ_ONLY },
	{ "a key with another's check value", AS_USER,
		{ { CKA_CLASS, CKO_SECRET_KEY, NULL }, { CKA_KEY_TYPE, CKK_AES, NULL },
			{ CKA_VALUE, 0, "0123456789abcdef" },
			{ CKA_CHECK_VALUE, 0, "abc" } },
		CKR_ATTRIBUTE_VALUE_INVALID },
	{ "a trusted key of the user's", AS_USER,
		{ { CKA_CLASS, CKO_SECRET_KEY, NULL }, { CKA_KEY_TYPE, CKK_AES, NULL },
			{ CKA_VALUE, 0, "0123456789abcdef" }, { CKA_TRUSTED, 1, NULL } },
		CKR_ATTRIBUTE_READ_ONLY },
	{ "a trusted key of the SO's", AS_SO,
		{ { CKA_CLASS, CKO_SECRET_KEY, NULL }, { CKA_KEY_TYPE, CKK_AES, NULL },
			{ CKA_VALUE, 0, "0123456789abcdef" }, { CKA_TRUSTED, 1, NULL } },
		CKR_OK },
	{ "a private key of the SO's", AS_SO,
		{ { CKA_CLASS, CKO_SECRET_KEY, NULL }, { CKA_KEY_TYPE, CKK_AES, NULL },
			{ CKA_VALUE, 0, "0123456789abcdef" }, { CKA_PRIVATE, 1, NULL } },
		CKR_USER_NOT_LOGGED_IN },
};

START_TEST (each_class_is_made_or_refused) {
	struct stack s;
	struct host h;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct class_case *c = &cases[i];
		struct template t = { .n = 0 };
		CK_RV rv;

		ck_assert_int_eq(
			login(&h, c->role, c->role == AS_SO ? SO_PIN : USER_PIN), CKR_OK);
		add_flag(&t, CKA_TOKEN, true);
		for (size_t k = 0;
			k < ARRAY_LEN(c->given) && (k == 0 || c->given[k].type != 0); k++)
			add(&t, &c->given[k]);
		rv = create(&h, &t, NULL);
		ck_assert_msg(rv == c->rv, "%s: %s", c->what, ckr_name(rv));
	}
	host_close(&h);
	stack_stop(&s);
}
END_TEST

/* --- The value of a private data object -------------------------------------------- */

#define NEEDLE "this is for the user only"

static bool
on_disk(const struct stack *s, const char *text)
{
	char command[256];

	(void)snprintf(command, sizeof command, "grep -rqa -- '%s' '%s'", text, s->dir);
	return system(command) == 0;
}

static void
expect_value(const Keystore__V1__Object *o, const char *text)
{
	const Keystore__V1__Attribute *a = find(o, CKA_VALUE);

	ck_assert_ptr_nonnull(a);
	ck_assert_uint_eq(a->octets.len, strlen(text));
	/* nothing has no address */
	if (text[0] != '\0')
		ck_assert_mem_eq(a->octets.data, text, strlen(text));
}

static void
data_template(struct template *t, const char *label, bool private, const char *value)
{
	t->n = 0;
	add_number(t, CKA_CLASS, CKO_DATA);
	add_flag(t, CKA_TOKEN, true);
	add_flag(t, CKA_PRIVATE, private);
	add_octets(t, CKA_LABEL, label, strlen(label));
	add_octets(t, CKA_VALUE, value, strlen(value));
}

START_TEST (the_value_of_private_data_is_sealed_in_the_database) {
	Keystore__V1__SetAttributesRequest set =
		KEYSTORE__V1__SET_ATTRIBUTES_REQUEST__INIT;
	Keystore__V1__SetAttributesResponse *set_rs = NULL;
	Keystore__V1__CopyObjectRequest copy = KEYSTORE__V1__COPY_OBJECT_REQUEST__INIT;
	Keystore__V1__CopyObjectResponse *copy_rs = NULL;
	Keystore__V1__CreateObjectResponse *rs = NULL, *open = NULL;
	Keystore__V1__KeyRef ref = KEYSTORE__V1__KEY_REF__INIT;
	struct template t;
	struct stack s;
	struct host h;
	uint8_t id[16];

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	data_template(&t, "hidden label", true, NEEDLE);
	ck_assert_int_eq(create(&h, &t, &rs), CKR_OK);
	expect_value(rs->object, NEEDLE);
	data_template(&t, "open label", false, "this is for everybody");
	ck_assert_int_eq(create(&h, &t, &open), CKR_OK);
	ck_assert(on_disk(&s, "this is for everybody") && on_disk(&s, "hidden label"));
	ck_assert(!on_disk(&s, NEEDLE));

	/* changed and copied it is whole, and no more to be seen than before */
	ref.key_case = KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID;
	ref.object_id = rs->object->id;
	t.n = 0;
	add_octets(&t, CKA_LABEL, "renamed", 7);
	set.token_id = copy.token_id = bin(h.token.b, 16);
	set.ticket = copy.ticket = bin(h.ticket.b, 32);
	set.object = copy.source = &ref;
	set.n_attributes = copy.n_attributes = t.n;
	set.attributes = copy.attributes = t.pointers;
	set.request_id = fresh_id(id);
	stack_kill(&s, SIGKILL);
	stack_run(&s);
	ck_assert_int_eq(host_call(&h, REMOTE_SET_ATTRIBUTES, &set, &set_rs), CKR_OK);
	expect_value(set_rs->object, NEEDLE);
	response_free(set_rs);
	/* the same again: as it is now */
	ck_assert_int_eq(host_call(&h, REMOTE_SET_ATTRIBUTES, &set, &set_rs), CKR_OK);
	expect_value(set_rs->object, NEEDLE);
	copy.request_id = fresh_id(id);
	ck_assert_int_eq(host_call(&h, REMOTE_COPY_OBJECT, &copy, &copy_rs), CKR_OK);
	expect_value(copy_rs->object, NEEDLE);
	response_free(copy_rs);
	ck_assert_int_eq(host_call(&h, REMOTE_COPY_OBJECT, &copy, &copy_rs), CKR_OK);
	expect_value(copy_rs->object, NEEDLE);
	ck_assert(!on_disk(&s, NEEDLE));

	/* what becomes private is hidden from then on, what was public before is old news */
	ref.object_id = open->object->id;
	t.n = 0;
	add_flag(&t, CKA_PRIVATE, true);
	copy.request_id = fresh_id(id);
	response_free(copy_rs);
	ck_assert_int_eq(host_call(&h, REMOTE_COPY_OBJECT, &copy, &copy_rs), CKR_OK);
	expect_value(copy_rs->object, "this is for everybody");
	response_free(copy_rs);
	response_free(set_rs);
	response_free(open);
	response_free(rs);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (an_empty_or_large_private_value_comes_back) {
	static char large[300000];
	Keystore__V1__CreateObjectResponse *rs = NULL;
	struct template t;
	struct stack s;
	struct host h;
	struct follower f;

	memset(large, 'x', sizeof large - 1);
	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	data_template(&t, "empty", true, "");
	ck_assert_int_eq(create(&h, &t, &rs), CKR_OK);
	expect_value(rs->object, "");
	response_free(rs);
	for (int i = 0; i < 4; i++) {
		data_template(&t, "large", true, large);
		ck_assert_int_eq(create(&h, &t, &rs), CKR_OK);
		expect_value(rs->object, large);
		response_free(rs);
	}
	/* more than one message of a watch */
	follow(&f, &h, true, 0, 0);
	follow_until(&f, &f.current);
	ck_assert_uint_eq(f.changed, 5);
	ck_assert_uint_gt(f.messages, 1);
	follow_end(&f);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

#include "tests/unit/check_main.h"

static const struct check_test tests[] = {
	{ &each_class_is_made_or_refused, 0 },
	{ &the_value_of_private_data_is_sealed_in_the_database, 0 },
	{ &an_empty_or_large_private_value_comes_back, 0 },
};

CHECK_MAIN("keystored: classes", tests)
