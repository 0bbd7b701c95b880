/* SPDX-License-Identifier: Apache-2.0 */
/* A call that fails has changed nothing: not here, and not for another process; wherever the
 * keys are. */
#include "tests/api/kernel.h"
#include "tests/api/listing.h"
#include "tests/api/wrap.h"

/* --- Another process ------------------------------------------------------------------------ */

static CK_ATTRIBUTE on_token[] = { ATTR(CKA_TOKEN, YES) };
static struct listing expected_elsewhere;

static int
list_elsewhere(void)
{
	CK_SESSION_HANDLE s = api_start();
	struct listing seen;

	list(s, on_token, 1, &seen);
	ck_assert_mem_eq(&seen, &expected_elsewhere, sizeof seen);
	api_stop();
	return 0;
}

/* --- What can fail, by one attribute more ----------------------------------------------- */

static const unsigned char three[3];
static const CK_ULONG sixteen = 16, bits = 2048;
static const CK_OBJECT_CLASS private_class = CKO_PRIVATE_KEY,
			     certificate_class = CKO_CERTIFICATE;
static const CK_KEY_TYPE ec_type = CKK_EC;
static const CK_CERTIFICATE_TYPE x509 = CKC_X_509;
static const unsigned char p256[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };

static const struct {
	const char *what;
	CK_ATTRIBUTE a;
} bads[] = {
	{ "nobody's attribute", { 0x7fff0001, (void *)(uintptr_t)three, 1 } },
	{ "an attribute that is computed", ATTR(CKA_UNIQUE_ID, three) },
	{ "a boolean of three bytes", ATTR(CKA_COPYABLE, three) },
	{ "a modulus", ATTR(CKA_PRIME_1, three) },
	{ "another start than the good one",
		{ CKA_START_DATE, (void *)(uintptr_t) "20200101", 8 } },
	{ "a memory that is not there", { CKA_LABEL, NULL, 3 } },
};

/* The bad one at a place among the good ones. */
static struct list
spoil(const struct list *good, const CK_ATTRIBUTE *bad, CK_ULONG place)
{
	struct list l = *good;

	ck_assert_uint_lt(l.n, MOST_ATTRIBUTES);
	memmove(&l.a[place + 1], &l.a[place], (l.n - place) * sizeof l.a[0]);
	l.a[place] = *bad;
	l.n++;
	return l;
}

#define START(date)                                          \
	{                                                    \
		CKA_START_DATE, (void *)(uintptr_t)(date), 8 \
	}

/* What is copied and changed. */
enum target { T_KEY, T_PRIVATE, T_CERTIFICATE, T_DATA, TARGETS };

struct scene {
	CK_SESSION_HANDLE s;
	enum where where;
	CK_OBJECT_HANDLE targets[TARGETS];
	enum target target;  /* of the call */
	CK_OBJECT_HANDLE by; /* unwraps and derives */
	unsigned char wrapped[24], wrapped_private[256];
	CK_ULONG wrapped_private_n;
};

static CK_RV
create(const struct scene *c, const struct list *l, CK_OBJECT_HANDLE *ret)
{
	return F->C_CreateObject(c->s, (CK_ATTRIBUTE *)(uintptr_t)l->a, l->n, &ret[0]);
}

static CK_RV
copy(const struct scene *c, const struct list *l, CK_OBJECT_HANDLE *ret)
{
	return F->C_CopyObject(c->s, c->targets[c->target],
		(CK_ATTRIBUTE *)(uintptr_t)l->a, l->n, &ret[0]);
}

static CK_RV
change(const struct scene *c, const struct list *l, CK_OBJECT_HANDLE *ret)
{
	return F->C_SetAttributeValue(
		c->s, c->targets[c->target], (CK_ATTRIBUTE *)(uintptr_t)l->a, l->n);
}

static CK_RV
generate(const struct scene *c, const struct list *l, CK_OBJECT_HANDLE *ret)
{
	CK_MECHANISM m = { CKM_AES_KEY_GEN, NULL, 0 };

	return F->C_GenerateKey(c->s, &m, (CK_ATTRIBUTE *)(uintptr_t)l->a, l->n, &ret[0]);
}

static CK_RV
pair(const struct scene *c, const struct list *public, const struct list *private,
	CK_OBJECT_HANDLE *ret)
{
	CK_MECHANISM m = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 };

	return F->C_GenerateKeyPair(c->s, &m, (CK_ATTRIBUTE *)(uintptr_t) public->a,
		public->n, (CK_ATTRIBUTE *)(uintptr_t) private->a, private->n, &ret[0],
		&ret[1]);
}

static CK_RV
unwrap(const struct scene *c, const struct list *l, CK_OBJECT_HANDLE *ret)
{
	CK_MECHANISM m = { CKM_AES_KEY_WRAP, NULL, 0 };

	return F->C_UnwrapKey(c->s, &m, c->by, (CK_BYTE *)(uintptr_t)c->wrapped,
		sizeof c->wrapped, (CK_ATTRIBUTE *)(uintptr_t)l->a, l->n, &ret[0]);
}

static CK_RV
unwrap_private(const struct scene *c, const struct list *l, CK_OBJECT_HANDLE *ret)
{
	CK_MECHANISM m = { CKM_AES_KEY_WRAP_KWP, NULL, 0 };

	return F->C_UnwrapKey(c->s, &m, c->by, (CK_BYTE *)(uintptr_t)c->wrapped_private,
		c->wrapped_private_n, (CK_ATTRIBUTE *)(uintptr_t)l->a, l->n, &ret[0]);
}

static CK_RV
derive(const struct scene *c, const struct list *l, CK_OBJECT_HANDLE *ret)
{
	CK_KEY_DERIVATION_STRING_DATA data = { value32, 16 };
	CK_MECHANISM m = { CKM_CONCATENATE_BASE_AND_DATA, &data, sizeof data };

	return F->C_DeriveKey(
		c->s, &m, c->by, (CK_ATTRIBUTE *)(uintptr_t)l->a, l->n, &ret[0]);
}

/* With what makes it be there. */
static struct list
placed(const struct scene *c, struct list l)
{
	list_place(&l, c->where, 0);
	return l;
}

static struct list
good_key(const struct scene *c)
{
	return placed(
		c, (struct list){ { ATTR(CKA_CLASS, SECRET), ATTR(CKA_KEY_TYPE, AES),
					  ATTR(CKA_VALUE, value32), LABEL("new"),
					  START("20250101") },
			   5 });
}

static struct list
good_length(const struct scene *c)
{
	return placed(c, (struct list){ { ATTR(CKA_VALUE_LEN, sixteen), LABEL("new"),
						START("20250101") },
				 3 });
}

static struct list
good_unwrap(const struct scene *c)
{
	return placed(
		c, (struct list){ { ATTR(CKA_CLASS, SECRET), ATTR(CKA_KEY_TYPE, AES),
					  LABEL("new"), START("20250101") },
			   4 });
}

static struct list
good_change(const struct scene *c)
{
	return (struct list){ { LABEL("changed"), { CKA_ID, (void *)(uintptr_t) "id", 2 },
				      START("20250202") },
		3 };
}

static struct list
good_certificate_change(const struct scene *c)
{
	return (struct list){ { LABEL("changed"), { CKA_ID, (void *)(uintptr_t) "id", 2 },
				      { CKA_ISSUER, (void *)(uintptr_t) "issuer", 6 } },
		3 };
}

static struct list
good_data_change(const struct scene *c)
{
	return (struct list){ { LABEL("changed"),
				      { CKA_APPLICATION, (void *)(uintptr_t) "app", 3 },
				      { CKA_VALUE, (void *)(uintptr_t) "value", 5 } },
		3 };
}

static struct list
good_unwrap_private(const struct scene *c)
{
	return placed(c, (struct list){ { ATTR(CKA_CLASS, private_class),
						ATTR(CKA_KEY_TYPE, ec_type), LABEL("new"),
						START("20250101") },
				 4 });
}

static struct list
good_derive(const struct scene *c)
{
	return placed(
		c, (struct list){ { ATTR(CKA_KEY_TYPE, AES), ATTR(CKA_VALUE_LEN, sixteen),
					  LABEL("new"), START("20250101") },
			   4 });
}

static struct list
public_half(const struct scene *c)
{
	return (struct list){ { ATTR(CKA_TOKEN, *(c->where == ON_TOKEN ? &YES : &NO)),
				      ATTR(CKA_MODULUS_BITS, bits), LABEL("pair"),
				      START("20250101") },
		4 };
}

static struct list
private_half(const struct scene *c)
{
	return placed(c,
		(struct list){
			{ LABEL("pair"), ATTR(CKA_SIGN, YES), START("20250101") }, 3 });
}

static CK_RV
first_half(const struct scene *c, const struct list *l, CK_OBJECT_HANDLE *ret)
{
	const struct list other = private_half(c);

	return pair(c, l, &other, ret);
}

static CK_RV
second_half(const struct scene *c, const struct list *l, CK_OBJECT_HANDLE *ret)
{
	const struct list other = public_half(c);

	return pair(c, &other, l, ret);
}

/* A public half on the token and a private one that is the session's, and is wrong. */
static CK_RV
mixed_halves(const struct scene *c, const struct list *l, CK_OBJECT_HANDLE *ret)
{
	const struct scene there = { .s = c->s, .where = ON_TOKEN };
	const struct list other = public_half(&there);

	return pair(c, &other, l, ret);
}

static const struct {
	const char *name;
	struct list (*good)(const struct scene *c);
	CK_RV (*call)(const struct scene *c, const struct list *l, CK_OBJECT_HANDLE *ret);
	enum target target;
} calls[] = {
	{ "C_CreateObject", good_key, create, 0 },
	{ "C_CopyObject, secret key", good_change, copy, T_KEY },
	{ "C_CopyObject, private key", good_change, copy, T_PRIVATE },
	{ "C_CopyObject, certificate", good_certificate_change, copy, T_CERTIFICATE },
	{ "C_CopyObject, data", good_data_change, copy, T_DATA },
	{ "C_SetAttributeValue, secret key", good_change, change, T_KEY },
	{ "C_SetAttributeValue, private key", good_change, change, T_PRIVATE },
	{ "C_SetAttributeValue, certificate", good_certificate_change, change,
		T_CERTIFICATE },
	{ "C_SetAttributeValue, data", good_data_change, change, T_DATA },
	{ "C_GenerateKey", good_length, generate, 0 },
	{ "C_GenerateKeyPair, first half", public_half, first_half, 0 },
	{ "C_GenerateKeyPair, second half", private_half, second_half, 0 },
	{ "C_GenerateKeyPair, halves apart", private_half, mixed_halves, 0 },
	{ "C_UnwrapKey, secret key", good_unwrap, unwrap, 0 },
	{ "C_UnwrapKey, private key", good_unwrap_private, unwrap_private, 0 },
	{ "C_DeriveKey", good_derive, derive, 0 },
};

static CK_OBJECT_HANDLE
make(const struct scene *c, const struct list *l)
{
	CK_OBJECT_HANDLE o = 0;

	OK(create(c, l, &o));
	return o;
}

static CK_OBJECT_HANDLE
make_private(const struct scene *c)
{
	struct list l = { { ATTR(CKA_CLASS, private_class), ATTR(CKA_KEY_TYPE, ec_type),
				  ATTR(CKA_EC_PARAMS, p256),
				  ATTR(CKA_VALUE, wrapping_value), LABEL("private") },
		5 };

	list_place(&l, c->where, 1);
	return make(c, &l);
}

/* By its address, so that there is none to be made. */
static CK_OBJECT_HANDLE
make_certificate(const struct scene *c)
{
	const struct list l = {
		{ ATTR(CKA_CLASS, certificate_class),
			ATTR(CKA_TOKEN, *(c->where == ON_TOKEN ? &YES : &NO)),
			ATTR(CKA_CERTIFICATE_TYPE, x509), LABEL("certificate"),
			{ CKA_SUBJECT, (void *)(uintptr_t) "subject", 7 },
			{ CKA_VALUE, NULL, 0 },
			{ CKA_URL, (void *)(uintptr_t) "http://x", 8 },
			{ CKA_HASH_OF_SUBJECT_PUBLIC_KEY, value32, 20 },
			{ CKA_HASH_OF_ISSUER_PUBLIC_KEY, value32, 20 } },
		9
	};

	return make(c, &l);
}

static void
scene_start(struct scene *c, enum where where)
{
	CK_MECHANISM m = { CKM_AES_KEY_WRAP, NULL, 0 },
		     kwp = { CKM_AES_KEY_WRAP_KWP, NULL, 0 };
	CK_ULONG n = sizeof c->wrapped;
	CK_OBJECT_HANDLE key;
	CK_ULONG custody;
	struct list l;

	*c = (struct scene){ .s = api_start(), .where = where };
	l = good_key(c);
	c->targets[T_KEY] = make(c, &l);
	c->targets[T_PRIVATE] = make_private(c);
	c->targets[T_CERTIFICATE] = make_certificate(c);
	c->targets[T_DATA] = data_object(c->s, "data", where == ON_TOKEN, CK_TRUE);
	custody = api_custody(c->s, c->targets[T_KEY]);
	if (where == WITH_BROKER)
		ck_assert_uint_eq(custody, kernel_custody(kernel_takes_aes()));
	else
		ck_assert((custody == CK_KT_CUSTODY_PROCESS) == (where == IN_PROCESS));
	c->by = wrapping_key(c->s, where);
	key = wrapped_key(c->s, IN_PROCESS);
	OK(F->C_WrapKey(c->s, &m, c->by, key, c->wrapped, &n));
	ck_assert_uint_eq(n, sizeof c->wrapped);
	OK(F->C_DestroyObject(c->s, key));
	c->wrapped_private_n = sizeof c->wrapped_private;
	OK(F->C_WrapKey(c->s, &kwp, c->by, c->targets[T_PRIVATE], c->wrapped_private,
		&c->wrapped_private_n));
	listing_types(c->s);
}

static void
scene_end(const struct scene *c)
{
	for (size_t i = 0; i < TARGETS; i++)
		OK(F->C_DestroyObject(c->s, c->targets[i]));
	OK(F->C_DestroyObject(c->s, c->by));
	api_stop();
}

START_TEST (a_bad_attribute_anywhere_leaves_everything_as_it_was) {
	const size_t k = (size_t)_i % COUNT(calls);
	struct listing before, after;
	struct list good, l;
	struct scene c;

	scene_start(&c, (enum where)((size_t)_i / COUNT(calls)));
	list(c.s, NULL, 0, &before);
	list(c.s, on_token, 1, &expected_elsewhere);
	c.target = calls[k].target;
	good = calls[k].good(&c);
	for (size_t b = 0; b < COUNT(bads); b++)
		for (CK_ULONG place = 0; place <= good.n; place++) {
			CK_OBJECT_HANDLE made[2] = { 4711, 4712 };
			CK_RV rv;

			l = spoil(&good, &bads[b].a, place);
			rv = calls[k].call(&c, &l, made);
			ck_assert_msg(rv != CKR_OK, "%s with %s at %lu", calls[k].name,
				bads[b].what, place);
			list(c.s, NULL, 0, &after);
			ck_assert_msg(memcmp(&before, &after, sizeof before) == 0,
				"%s with %s at %lu", calls[k].name, bads[b].what, place);
			ck_assert(made[0] == 4711 && made[1] == 4712);
		}
	api_child_end(api_child_start(list_elsewhere));
	scene_end(&c);
}
END_TEST

/* The good ones are good: what fails above fails for the bad one. And what they do is seen. */
START_TEST (without_it_all_of_them_work) {
	const size_t k = (size_t)_i % COUNT(calls);
	CK_OBJECT_HANDLE made[2] = { 0 };
	struct listing before, after;
	struct list good;
	struct scene c;

	scene_start(&c, (enum where)((size_t)_i / COUNT(calls)));
	list(c.s, NULL, 0, &before);
	c.target = calls[k].target;
	good = calls[k].good(&c);
	OK(calls[k].call(&c, &good, made));
	list(c.s, NULL, 0, &after);
	ck_assert(memcmp(&before, &after, sizeof before) != 0);
	for (size_t i = 0; i < 2; i++)
		if (made[i] != 0)
			OK(F->C_DestroyObject(c.s, made[i]));
	scene_end(&c);
}
END_TEST

static const struct check_test tests[] = {
	{ &a_bad_attribute_anywhere_leaves_everything_as_it_was, PLACES *COUNT(calls) },
	{ &without_it_all_of_them_work, PLACES *COUNT(calls) },
};

CHECK_MAIN("api_atomic", tests)
