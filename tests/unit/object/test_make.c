/* SPDX-License-Identifier: Apache-2.0 */
/* What keyringd has made and this process cannot take is not left behind. */
#include "libtoken/object/manage.h"
#include "libtoken/object/wrap.h"
#include "tests/unit/store/helper.h"

struct fixture {
	struct server server;
	struct region_table regions;
	struct object_owner owner;
	struct object_view view;
	atomic_uint era, gone;
	CK_OBJECT_HANDLE first; /* handles given from here on are the test's */
	struct buf encoded[2];
};

static void
begin(struct fixture *f)
{
	memset(f, 0, sizeof *f);
	f->view.store = store_make();
	server_start(&f->server);
	f->server.passed = -1;
	region_table_init(&f->regions);
	LIST_INIT(&f->owner.objects);
	ck_assert_uint_eq(object_table_new(&f->gone, &f->view.table), CKR_OK);
	f->view.regions = &f->regions;
	f->view.owner = &f->owner;
	f->view.slot = 1;
	f->view.role = ROLE_USER;
	f->view.era = &f->era;
	f->view.writable = true;
	f->first = object_table_handle() + 1;
}

static void
end(struct fixture *f)
{
	object_table_drop_owner(f->view.table, &f->owner, NULL);
	object_table_free(&f->view.table);
	region_table_reset(&f->regions);
	store_free(&f->view.store);
	server_stop(&f->server);
	buf_free(&f->encoded[0]);
	buf_free(&f->encoded[1]);
}

/* The answer's object of an index; id 0: the module is to keep it. */
static void
will_make(struct fixture *f, size_t i, uint8_t id, bool token, bool good)
{
	struct attrs a = ATTRS_INIT;
	struct wire_object w = { .cell = WIRE_NO_CELL };

	w.id.b[0] = id;
	attrs_set_ulong(&a, CKA_CLASS, i == 0 ? CKO_PUBLIC_KEY : CKO_PRIVATE_KEY);
	attrs_set_bool(&a, CKA_TOKEN, token);
	w.attributes = attrs_bytes(&a);
	if (!good)
		w.attributes.n--;
	wire_encode(wire_object_fields, &w, &f->encoded[i]);
	f->server.objects[i] = buf_bytes(&f->encoded[i]);
	attrs_free(&a);
}

static CK_ULONG
known_here(struct fixture *f)
{
	const CK_OBJECT_HANDLE last = object_table_handle();
	CK_ULONG n = 0;

	for (CK_OBJECT_HANDLE h = f->first; h < last; h++) {
		CLEANUP(object_unref)
		struct object *o = object_table_get(f->view.table, h);

		n += o != NULL;
	}
	return n;
}

static const struct pair_case {
	const char *what;
	uint8_t id[2];
	bool token[2], good[2];
	uint8_t destroyed[2]; /* the last two ids; 0: none */
} pairs[] = {
	{ "both", { 1, 2 }, { true, true }, { true, true }, { 0, 0 } },
	{ "no second half", { 1, 2 }, { true, true }, { true, false }, { 1, 2 } },
	{ "no first half", { 1, 2 }, { true, true }, { false, true }, { 1, 2 } },
	{ "a public half of the session's", { 0, 2 }, { false, true }, { true, false },
		{ 0, 2 } },
	{ "a private half of the session's", { 1, 2 }, { true, false }, { true, false },
		{ 1, 2 } },
};

START_TEST (a_pair_is_there_whole_or_not_at_all) {
	const struct pair_case *c = &pairs[_i];
	const bool good = c->good[0] && c->good[1];
	CK_MECHANISM mechanism = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 };
	CK_OBJECT_HANDLE public = 4711, private = 4712;
	const struct template none = { NULL, 0 };
	struct fixture f;

	begin(&f);
	will_make(&f, 0, c->id[0], c->token[0], c->good[0]);
	will_make(&f, 1, c->id[1], c->token[1], c->good[1]);
	ck_assert_uint_eq(
		object_generate_pair(&f.view, &mechanism, none, none, &public, &private),
		good ? CKR_OK : CKR_DEVICE_ERROR);
	ck_assert_msg(known_here(&f) == (good ? 2 : 0), "%s", c->what);
	ck_assert_uint_eq(f.server.destroyed[0].b[0], c->destroyed[0]);
	ck_assert_uint_eq(f.server.destroyed[1].b[0], c->destroyed[1]);
	if (!good)
		ck_assert(public == 4711 && private == 4712);
	end(&f);
}
END_TEST

START_TEST (an_object_that_cannot_be_taken_is_destroyed) {
	const CK_OBJECT_CLASS class = CKO_DATA;
	const CK_BBOOL yes = CK_TRUE;
	const CK_ATTRIBUTE template[] = {
		{ CKA_CLASS, (void *)(uintptr_t) & class, sizeof class },
		{ CKA_TOKEN, (void *)(uintptr_t)&yes, sizeof yes },
	};
	CK_OBJECT_HANDLE handle = 4711;
	struct fixture f;

	begin(&f);
	will_make(&f, 0, 9, true, false);
	ck_assert_uint_eq(object_create(&f.view, template, 2, &handle), CKR_DEVICE_ERROR);
	ck_assert_uint_eq(handle, 4711);
	ck_assert_uint_eq(known_here(&f), 0);
	ck_assert_uint_eq(f.server.destroyed[1].b[0], 9);
	end(&f);
}
END_TEST

static CK_OBJECT_CLASS secret_key = CKO_SECRET_KEY, data = CKO_DATA;
static CK_KEY_TYPE aes = CKK_AES, generic = CKK_GENERIC_SECRET;
static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
static CK_ULONG n32 = 32;
static uint8_t value[32] = { 1 };

#define HAS(type, variable)                         \
	{                                           \
		type, &(variable), sizeof(variable) \
	}

/* The last attribute of each is CKA_PRIVATE, which may be left out. */
static void
create_with(const struct object_view *v, CK_OBJECT_CLASS *class, bool says)
{
	const CK_ATTRIBUTE t[] = { HAS(CKA_CLASS, *class), HAS(CKA_TOKEN, yes),
		HAS(CKA_VALUE, value), HAS(CKA_KEY_TYPE, aes), HAS(CKA_PRIVATE, no) };
	CK_OBJECT_HANDLE key;

	(void)!object_create(v, t, 4 + (CK_ULONG)says, &key);
}

static void
create_key(const struct object_view *v, bool says)
{
	create_with(v, &secret_key, says);
}

static void
create_data(const struct object_view *v, bool says)
{
	create_with(v, &data, says);
}

static void
generate(const struct object_view *v, bool says)
{
	const CK_MECHANISM m = { CKM_AES_KEY_GEN, NULL, 0 };
	const CK_ATTRIBUTE t[] = { HAS(CKA_TOKEN, yes), HAS(CKA_VALUE_LEN, n32),
		HAS(CKA_PRIVATE, no) };
	CK_OBJECT_HANDLE key;

	(void)!object_generate(v, &m, t, 2 + (CK_ULONG)says, &key);
}

static void
generate_pair(const struct object_view *v, bool says)
{
	const CK_MECHANISM m = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 };
	const CK_ATTRIBUTE t[] = { HAS(CKA_TOKEN, yes), HAS(CKA_PRIVATE, no) };
	const struct template none = { NULL, 0 }, half = { t, 1 + (CK_ULONG)says };
	CK_OBJECT_HANDLE one, other;

	(void)!object_generate_pair(v, &m, none, half, &one, &other);
}

static void
by_password(const struct object_view *v, bool says)
{
	uint8_t salt[8] = { 1 }, password[] = "password";
	CK_PKCS5_PBKD2_PARAMS2 p = { CKZ_SALT_SPECIFIED, salt, sizeof salt, 1000,
		CKP_PKCS5_PBKD2_HMAC_SHA256, NULL, 0, password, sizeof password - 1 };
	const CK_MECHANISM m = { CKM_PKCS5_PBKD2, &p, sizeof p };
	const CK_ATTRIBUTE t[] = { HAS(CKA_TOKEN, yes), HAS(CKA_KEY_TYPE, aes),
		HAS(CKA_VALUE_LEN, n32), HAS(CKA_PRIVATE, no) };
	CK_OBJECT_HANDLE key;

	(void)!object_generate(v, &m, t, 3 + (CK_ULONG)says, &key);
}

/* By a key of the process; nested, where its own template says what the other leaves out. */
static void
unwrap_by(const struct object_view *v, bool says, bool nested)
{
	CK_ATTRIBUTE rest[] = { HAS(CKA_PRIVATE, no) };
	const CK_ATTRIBUTE by[] = { HAS(CKA_CLASS, secret_key), HAS(CKA_KEY_TYPE, aes),
		HAS(CKA_PRIVATE, no), HAS(CKA_UNWRAP, yes), HAS(CKA_SENSITIVE, no),
		HAS(CKA_EXTRACTABLE, yes), HAS(CKA_VALUE, value),
		{ CKA_UNWRAP_TEMPLATE, rest, sizeof rest } };
	const CK_ATTRIBUTE t[] = { HAS(CKA_CLASS, secret_key), HAS(CKA_KEY_TYPE, aes),
		HAS(CKA_TOKEN, yes), HAS(CKA_PRIVATE, no) };
	const struct template template = { t, 3 + (CK_ULONG)says };
	const CK_MECHANISM m = { CKM_AES_KEY_WRAP, NULL, 0 };
	CK_OBJECT_HANDLE key = 0, other;

	ck_assert_uint_eq(object_create(v, by, 7 + (CK_ULONG)nested, &key), CKR_OK);
	(void)!object_unwrap(v, &m, key, BYTES(value, 24), NULL, template, &other);
}

static void
unwrap(const struct object_view *v, bool says)
{
	unwrap_by(v, says, false);
}

static void
unwrap_nested(const struct object_view *v, bool says)
{
	unwrap_by(v, says, true);
}

static void
derive_by(const struct object_view *v, bool says, CK_MECHANISM_TYPE type, bool nested)
{
	CK_ATTRIBUTE rest[] = { HAS(CKA_PRIVATE, no) };
	const CK_ATTRIBUTE by[] = { HAS(CKA_CLASS, secret_key),
		HAS(CKA_KEY_TYPE, generic), HAS(CKA_PRIVATE, no), HAS(CKA_DERIVE, yes),
		HAS(CKA_SENSITIVE, no), HAS(CKA_EXTRACTABLE, yes), HAS(CKA_VALUE, value),
		{ CKA_DERIVE_TEMPLATE, rest, sizeof rest } };
	const CK_ATTRIBUTE t[] = { HAS(CKA_TOKEN, yes), HAS(CKA_VALUE_LEN, n32),
		HAS(CKA_PRIVATE, no) };
	CK_HKDF_PARAMS p = { CK_TRUE, CK_TRUE, CKM_SHA256, CKF_HKDF_SALT_NULL, NULL, 0, 0,
		NULL, 0 };
	const CK_MECHANISM m = { type, &p, sizeof p };
	CK_OBJECT_HANDLE key = 0, other;

	ck_assert_uint_eq(object_create(v, by, 7 + (CK_ULONG)nested, &key), CKR_OK);
	(void)!object_derive(v, &m, key, t, 2 + (CK_ULONG)says, &other);
}

static void
derive(const struct object_view *v, bool says)
{
	derive_by(v, says, CKM_HKDF_DERIVE, false);
}

static void
derive_nested(const struct object_view *v, bool says)
{
	derive_by(v, says, CKM_HKDF_DERIVE, true);
}

static void
derive_data(const struct object_view *v, bool says)
{
	derive_by(v, says, CKM_HKDF_DATA, false);
}

static const struct {
	void (*make)(const struct object_view *v, bool says);
	int user, nobody; /* what the message says of CKA_PRIVATE by default */
} defaults[] = {
	{ create_key, 1, -1 },
	{ create_data, -1, -1 },
	{ generate, 1, -1 },
	{ generate_pair, 1, -1 },
	{ by_password, 1, -1 },
	{ unwrap, 1, -1 },
	{ unwrap_nested, -1, -1 },
	{ derive, 1, -1 },
	{ derive_nested, -1, -1 },
	{ derive_data, -1, -1 },
};

/* By the last message; -1: nothing. */
static int
said_private(struct fixture *f)
{
	const struct bytes template = BYTES(f->server.template, f->server.template_n);
	struct bytes private;

	ck_assert_uint_ne(template.n, 0);
	f->server.template_n = 0;
	return attrs_find(template, CKA_PRIVATE, &private) ? private.p[0] : -1;
}

START_TEST (what_is_private_by_default_is_said_to_be) {
	struct fixture f;

	begin(&f);
	defaults[_i].make(&f.view, false);
	ck_assert_int_eq(said_private(&f), defaults[_i].user);
	defaults[_i].make(&f.view, true);
	ck_assert_int_eq(said_private(&f), 0);
	f.view.role = ROLE_NONE;
	defaults[_i].make(&f.view, false);
	ck_assert_int_eq(said_private(&f), defaults[_i].nobody);
	end(&f);
}
END_TEST

/* keyringd's to keep, with a template of its own. */
static CK_OBJECT_HANDLE
broker_key(struct fixture *f, struct bytes label)
{
	struct attrs a = ATTRS_INIT, rest = ATTRS_INIT;
	CK_OBJECT_HANDLE handle;
	struct object *o;

	attrs_set(&rest, CKA_LABEL, label);
	attrs_set_ulong(&a, CKA_CLASS, CKO_SECRET_KEY);
	attrs_set_ulong(&a, CKA_KEY_TYPE, CKK_GENERIC_SECRET);
	attrs_set_bool(&a, CKA_PRIVATE, false);
	attrs_set_bool(&a, CKA_DERIVE, true);
	attrs_set(&a, CKA_DERIVE_TEMPLATE, attrs_bytes(&rest));
	o = object_new(PLACE_KEYRINGD, f->view.slot, attrs_bytes(&a));
	ck_assert_ptr_nonnull(o);
	o->id.b[0] = 9;
	ck_assert_uint_eq(object_publish(&f->view, o), CKR_OK);
	handle = o->handle;
	object_unref(&o);
	attrs_free(&a);
	attrs_free(&rest);
	return handle;
}

/* keyringd would be asked for a key of nobody's in particular. */
START_TEST (a_template_that_has_no_room_is_not_sent_as_it_is) {
	static uint8_t large[600000];
	CK_HKDF_PARAMS p = { CK_TRUE, CK_TRUE, CKM_SHA256, CKF_HKDF_SALT_NULL, NULL, 0, 0,
		NULL, 0 };
	const CK_MECHANISM m = { CKM_HKDF_DERIVE, &p, sizeof p };
	const CK_ATTRIBUTE t[] = { HAS(CKA_ID, large), HAS(CKA_VALUE_LEN, n32) };
	CK_OBJECT_HANDLE key = 0;
	struct fixture f;

	begin(&f);
	ck_assert_uint_eq(object_derive(&f.view, &m, broker_key(&f, BYTES_OF(large)), t,
				  ARRAY_LEN(t), &key),
		CKR_HOST_MEMORY);
	ck_assert_int_eq(atomic_load(&f.server.requests[WIRE_DERIVE]), 0);
	end(&f);
}
END_TEST

static const struct check_test tests[] = {
	{ &what_is_private_by_default_is_said_to_be, ARRAY_LEN(defaults) },
	{ &a_template_that_has_no_room_is_not_sent_as_it_is, 0 },
	{ &a_pair_is_there_whole_or_not_at_all, ARRAY_LEN(pairs) },
	{ &an_object_that_cannot_be_taken_is_destroyed, 0 },
};
CHECK_MAIN("object_make", tests)
