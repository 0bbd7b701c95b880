/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys wrapped and unwrapped: for whom, with what, once for a request; and that nothing a
 * host says makes more of a key than it is. */
#include "crypto/crypto.h"
#include "tests/unit/keystored/stack.h"

static const uint8_t p256[] = { 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01,
	0x07 };
static const uint8_t kek[16] = "sixteen letters!";

/* --- Keys ------------------------------------------------------------------------------ */

/* A private half on P-256, or of RSA that unwraps; extra: one more attribute that is true. */
static Keystore__V1__GenerateKeyPairResponse *
pair_make(
	struct host *h, uint64_t mechanism, bool token, bool extractable, uint64_t extra)
{
	Keystore__V1__GenerateKeyPairRequest rq =
		KEYSTORE__V1__GENERATE_KEY_PAIR_REQUEST__INIT;
	Keystore__V1__GenerateKeyPairResponse *rs = NULL;
	Keystore__V1__Mechanism m = KEYSTORE__V1__MECHANISM__INIT;
	struct template pub = { .n = 0 }, priv = { .n = 0 };
	uint8_t id[16];
	CK_RV rv;

	m.type = mechanism;
	if (mechanism == CKM_RSA_PKCS_KEY_PAIR_GEN)
		add_number(&pub, CKA_MODULUS_BITS, 2048);
	else
		add_octets(&pub, CKA_EC_PARAMS, p256, sizeof p256);
	add_flag(&pub, CKA_TOKEN, token);
	add_flag(&pub, CKA_WRAP, true);
	add_flag(&priv, CKA_TOKEN, token);
	add_flag(&priv, CKA_PRIVATE, true);
	add_flag(&priv, CKA_EXTRACTABLE, extractable);
	add_flag(&priv, CKA_UNWRAP, true);
	if (extra != 0)
		add_flag(&priv, extra, true);
	rq.request_id = fresh_id(id);
	rq.token_id = bin(h->token.b, 16);
	rq.ticket = bin(h->ticket.b, 32);
	rq.mechanism = &m;
	rq.n_public_attributes = pub.n;
	rq.public_attributes = pub.pointers;
	rq.n_private_attributes = priv.n;
	rq.private_attributes = priv.pointers;
	rv = host_call(h, REMOTE_GENERATE_KEY_PAIR, &rq, &rs);
	ck_assert_msg(rv == CKR_OK, "%s", h->status.message);
	return rs;
}

static Keystore__V1__GenerateKeyPairResponse *
ec_make(struct host *h, bool token, bool extractable, uint64_t extra)
{
	return pair_make(h, CKM_EC_KEY_PAIR_GEN, token, extractable, extra);
}

static Keystore__V1__KeyRef
ref_of(const Keystore__V1__GenerateKeyPairResponse *pair)
{
	Keystore__V1__KeyRef ref = KEYSTORE__V1__KEY_REF__INIT;

	if (pair->blob.len != 0) {
		ref.key_case = KEYSTORE__V1__KEY_REF__KEY_BLOB;
		ref.blob = pair->blob;
	} else {
		ref.key_case = KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID;
		ref.object_id = pair->private_key->id;
	}
	return ref;
}

/* An AES key that wraps and unwraps. */
static void
aes_template(struct template *t)
{
	t->n = 0;
	add_number(t, CKA_CLASS, CKO_SECRET_KEY);
	add_number(t, CKA_KEY_TYPE, CKK_AES);
	add_flag(t, CKA_WRAP, true);
	add_flag(t, CKA_UNWRAP, true);
}

static Keystore__V1__CreateObjectResponse *
aes_make(struct host *h)
{
	Keystore__V1__CreateObjectRequest rq = KEYSTORE__V1__CREATE_OBJECT_REQUEST__INIT;
	Keystore__V1__CreateObjectResponse *rs = NULL;
	struct template t;
	uint8_t id[16];

	aes_template(&t);
	add_flag(&t, CKA_TOKEN, true);
	add_octets(&t, CKA_VALUE, kek, sizeof kek);
	rq.request_id = fresh_id(id);
	rq.token_id = bin(h->token.b, 16);
	rq.ticket = bin(h->ticket.b, 32);
	rq.n_attributes = t.n;
	rq.attributes = t.pointers;
	ck_assert_msg(host_call(h, REMOTE_CREATE_OBJECT, &rq, &rs) == CKR_OK, "%s",
		h->status.message);
	return rs;
}

/* --- What is asked ------------------------------------------------------------------------ */

/* The key that does the work: the token's by id, or the session's. */
struct worker {
	Keystore__V1__WrappingKey message;
	Keystore__V1__KeyRef ref;
	struct template t;
};

static void
by_id(struct worker *w, ProtobufCBinaryData id)
{
	keystore__v1__wrapping_key__init(&w->message);
	keystore__v1__key_ref__init(&w->ref);
	w->ref.key_case = KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID;
	w->ref.object_id = id;
	w->message.key = &w->ref;
}

static void
by_value(struct worker *w)
{
	keystore__v1__wrapping_key__init(&w->message);
	aes_template(&w->t);
	w->message.n_attributes = w->t.n;
	w->message.attributes = w->t.pointers;
	w->message.value = bin(kek, sizeof kek);
}

static CK_RV
wrap(struct host *h, const Keystore__V1__KeyRef *key, uint64_t mechanism,
	struct worker *by, Keystore__V1__WrapPrivateResponse **ret)
{
	Keystore__V1__WrapPrivateRequest rq = KEYSTORE__V1__WRAP_PRIVATE_REQUEST__INIT;
	Keystore__V1__Mechanism m = KEYSTORE__V1__MECHANISM__INIT;

	m.type = mechanism;
	m.iv = bin("0123456789abcdef", mechanism == CKM_DES3_CBC_PAD ? 8 : 0);
	rq.token_id = bin(h->token.b, 16);
	rq.ticket = bin(h->ticket.b, 32);
	rq.key = (Keystore__V1__KeyRef *)(uintptr_t)key;
	rq.mechanism = &m;
	rq.by = by != NULL ? &by->message : NULL;
	return host_call(h, REMOTE_WRAP_PRIVATE, &rq, ret);
}

struct unwrapping {
	uint64_t mechanism;
	struct worker *by;
	ProtobufCBinaryData wrapped;
	struct template t;
	uint8_t id[16];
};

static void
unwrapping_of(
	struct unwrapping *u, struct worker *by, ProtobufCBinaryData wrapped, bool token)
{
	*u = (struct unwrapping){ CKM_AES_KEY_WRAP_KWP, by, wrapped, { .n = 0 }, { 0 } };
	(void)fresh_id(u->id);
	add_number(&u->t, CKA_CLASS, CKO_PRIVATE_KEY);
	add_number(&u->t, CKA_KEY_TYPE, CKK_EC);
	add_flag(&u->t, CKA_TOKEN, token);
}

static CK_RV
unwrap(struct host *h, struct unwrapping *u, Keystore__V1__UnwrapPrivateResponse **ret)
{
	Keystore__V1__UnwrapPrivateRequest rq =
		KEYSTORE__V1__UNWRAP_PRIVATE_REQUEST__INIT;
	Keystore__V1__Mechanism m = KEYSTORE__V1__MECHANISM__INIT;

	for (size_t i = 0; i < u->t.n; i++) /* templates are copied about */
		u->t.pointers[i] = &u->t.list[i];
	m.type = u->mechanism;
	rq.request_id = bin(u->id, sizeof u->id);
	rq.token_id = bin(h->token.b, 16);
	rq.ticket = bin(h->ticket.b, 32);
	rq.mechanism = &m;
	rq.by = u->by != NULL ? &u->by->message : NULL;
	rq.wrapped = u->wrapped;
	rq.n_attributes = u->t.n;
	rq.attributes = u->t.pointers;
	return host_call(h, REMOTE_UNWRAP_PRIVATE, &rq, ret);
}

static void
check_point(const Keystore__V1__Object *made,
	const Keystore__V1__GenerateKeyPairResponse *pair)
{
	const Keystore__V1__Attribute *a = find(made, CKA_EC_POINT),
				      *b = find(pair->private_key, CKA_EC_POINT);

	ck_assert_ptr_nonnull(a);
	ck_assert_ptr_nonnull(b);
	ck_assert_uint_eq(a->octets.len, b->octets.len);
	ck_assert_mem_eq(a->octets.data, b->octets.data, a->octets.len);
}

/* --- Tests ----------------------------------------------------------------------------------- */

/* Every combination of a wrapped key of token or session with a wrapping one. */
START_TEST (key_leaves_and_comes_back) {
	Keystore__V1__GenerateKeyPairResponse *pair;
	Keystore__V1__CreateObjectResponse *aes;
	Keystore__V1__WrapPrivateResponse *out = NULL;
	Keystore__V1__UnwrapPrivateResponse *made = NULL, *again = NULL;
	Keystore__V1__KeyRef key;
	struct unwrapping u;
	struct worker by;
	struct stack s;
	struct host h;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	pair = ec_make(&h, _i % 2 != 0, true, 0);
	aes = aes_make(&h);
	key = ref_of(pair);
	if (_i / 2 % 2 != 0)
		by_id(&by, aes->object->id);
	else
		by_value(&by);
	ck_assert_uint_eq(wrap(&h, &key, CKM_AES_KEY_WRAP_KWP, &by, &out), CKR_OK);
	ck_assert_uint_eq(out->wrapped.len, 138 + 6 + 8);
	unwrapping_of(&u, &by, out->wrapped, _i / 4 != 0);
	ck_assert_uint_eq(unwrap(&h, &u, &made), CKR_OK);
	check_point(made->object, pair);
	ck_assert(made->object->id.len == (_i / 4 != 0 ? 16 : 0));
	ck_assert((made->blob.len == 0) == (_i / 4 != 0));
	/* nothing of the key is in the answer */
	ck_assert_ptr_null(find(made->object, CKA_VALUE));
	/* a token's is made once for a request, whatever happens to its answer */
	ck_assert_uint_eq(unwrap(&h, &u, &again), CKR_OK);
	if (_i / 4 != 0) {
		ck_assert_mem_eq(again->object->id.data, made->object->id.data, 16);
		ck_assert_uint_eq(again->object->revision, made->object->revision);
		/* another request under this id */
		add_octets(&u.t, CKA_LABEL, "other", 5);
		ck_assert_uint_eq(unwrap(&h, &u, NULL), CKR_ARGUMENTS_BAD);
	}
	response_free(again);
	response_free(made);
	response_free(out);
	response_free(aes);
	response_free(pair);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (what_may_not_leave_stays) {
	Keystore__V1__GenerateKeyPairResponse *pair, *sealed, *trusting, *rsa;
	Keystore__V1__CreateObjectResponse *aes;
	Keystore__V1__KeyRef key, never, trusts, none = KEYSTORE__V1__KEY_REF__INIT;
	struct worker by, session, other;
	struct stack s;
	struct host h;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	pair = ec_make(&h, true, true, 0);
	sealed = ec_make(&h, true, false, 0);
	trusting = ec_make(&h, true, true, CKA_WRAP_WITH_TRUSTED);
	rsa = pair_make(&h, CKM_RSA_PKCS_KEY_PAIR_GEN, true, true, 0);
	aes = aes_make(&h);
	key = ref_of(pair);
	never = ref_of(sealed);
	trusts = ref_of(trusting);
	by_id(&by, aes->object->id);
	by_value(&session);
#define WRAP(key, mechanism, by) wrap(&h, &(key), (mechanism), (by), NULL)
	ck_assert_uint_eq(WRAP(key, CKM_AES_KEY_WRAP_KWP, &session), CKR_OK);
	ck_assert_uint_eq(WRAP(never, CKM_AES_KEY_WRAP_KWP, &by), CKR_KEY_UNEXTRACTABLE);
	ck_assert_uint_eq(WRAP(key, CKM_AES_ECB, &by), CKR_KEY_NOT_WRAPPABLE);
	ck_assert_uint_eq(
		WRAP(key, CKM_DES3_CBC_PAD, &by), CKR_WRAPPING_KEY_TYPE_INCONSISTENT);
	ck_assert_uint_eq(WRAP(key, CKM_ECDSA, &by), CKR_MECHANISM_INVALID);
	ck_assert_uint_eq(WRAP(key, UINT64_MAX, &by), CKR_MECHANISM_INVALID);
	ck_assert_uint_eq(WRAP(key, CKM_AES_CBC_PAD, &by), CKR_MECHANISM_PARAM_INVALID);
	/* a host may say of its key what it likes */
	ck_assert_uint_eq(WRAP(trusts, CKM_AES_KEY_WRAP_KWP, &by), CKR_KEY_NOT_WRAPPABLE);
	add_flag(&session.t, CKA_TRUSTED, true);
	session.message.n_attributes = session.t.n;
	ck_assert_uint_eq(
		WRAP(trusts, CKM_AES_KEY_WRAP_KWP, &session), CKR_KEY_NOT_WRAPPABLE);
	/* no such key, none at all, a half of a pair */
	other = by;
	by_id(&other, bin("0123456789abcdef", 16));
	ck_assert_uint_eq(
		WRAP(key, CKM_AES_KEY_WRAP_KWP, &other), CKR_WRAPPING_KEY_HANDLE_INVALID);
	ck_assert_uint_eq(
		WRAP(key, CKM_AES_KEY_WRAP_KWP, NULL), CKR_WRAPPING_KEY_HANDLE_INVALID);
	ck_assert_uint_eq(WRAP(none, CKM_AES_KEY_WRAP_KWP, &by), CKR_KEY_HANDLE_INVALID);
	none.key_case = KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID;
	none.object_id = aes->object->id;
	ck_assert_uint_eq(
		WRAP(none, CKM_AES_KEY_WRAP_KWP, &by), CKR_KEY_TYPE_INCONSISTENT);
	by_id(&other, rsa->private_key->id);
	ck_assert_uint_eq(WRAP(key, CKM_AES_KEY_WRAP_KWP, &other),
		CKR_WRAPPING_KEY_TYPE_INCONSISTENT);
	response_free(aes);
	response_free(rsa);
	response_free(trusting);
	response_free(sealed);
	response_free(pair);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (what_is_no_key_makes_none) {
	Keystore__V1__GenerateKeyPairResponse *pair;
	Keystore__V1__WrapPrivateResponse *out = NULL;
	Keystore__V1__KeyRef key;
	struct unwrapping good, u;
	struct worker by, other;
	struct follower f;
	struct stack s;
	struct host h;
	unsigned before;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	token_make(&h);
	pair = ec_make(&h, true, true, 0);
	key = ref_of(pair);
	by_value(&by);
	ck_assert_uint_eq(wrap(&h, &key, CKM_AES_KEY_WRAP_KWP, &by, &out), CKR_OK);
	unwrapping_of(&good, &by, out->wrapped, true);
#define REFUSED(rv, change)   \
	u = good;             \
	(void)fresh_id(u.id); \
	change;               \
	ck_assert_uint_eq(unwrap(&h, &u, NULL), rv)
	REFUSED(CKR_WRAPPED_KEY_INVALID, u.t.list[1].number = CKK_RSA);
	REFUSED(CKR_WRAPPED_KEY_INVALID, u.t.list[1].number = CKK_EC_EDWARDS);
	REFUSED(CKR_MECHANISM_INVALID, u.t.list[1].number = CKK_AES);
	REFUSED(CKR_TEMPLATE_INCONSISTENT, u.t.list[0].number = CKO_SECRET_KEY);
	REFUSED(CKR_TEMPLATE_INCONSISTENT, u.t.list[0].number = CKO_PUBLIC_KEY);
	REFUSED(CKR_ATTRIBUTE_READ_ONLY, add_octets(&u.t, CKA_VALUE, kek, 16));
	REFUSED(CKR_ATTRIBUTE_READ_ONLY, add_flag(&u.t, CKA_LOCAL, true));
	REFUSED(CKR_WRAPPED_KEY_LEN_RANGE, u.wrapped.len--);
	REFUSED(CKR_WRAPPED_KEY_LEN_RANGE, u.wrapped.len = 0);
	REFUSED(CKR_WRAPPED_KEY_INVALID, u.wrapped.len -= 8);
	REFUSED(CKR_MECHANISM_INVALID, u.mechanism = CKM_AES_ECB);
	REFUSED(CKR_MECHANISM_INVALID, u.mechanism = CKM_SHA256);
	REFUSED(CKR_MECHANISM_PARAM_INVALID, u.mechanism = CKM_RSA_AES_KEY_WRAP);
	REFUSED(CKR_UNWRAPPING_KEY_HANDLE_INVALID, u.by = NULL);
	by_id(&other, pair->private_key->id);
	REFUSED(CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT, u.by = &other);
	REFUSED(CKR_ARGUMENTS_BAD, memset(u.id, 0, sizeof u.id));
	/* and nothing is there of all that */
	follow(&f, &h, true, 0, 0);
	follow_until(&f, &f.current);
	before = f.changed;
	ck_assert_uint_eq(before, 2);
	follow_end(&f);
	(void)fresh_id(good.id);
	ck_assert_uint_eq(unwrap(&h, &good, NULL), CKR_OK);
	response_free(out);
	response_free(pair);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

START_TEST (only_the_user_on_a_host_with_a_certificate) {
	Keystore__V1__GenerateKeyPairResponse *token, *session;
	Keystore__V1__WrapPrivateResponse *out = NULL;
	Keystore__V1__KeyRef key, sealed;
	struct unwrapping u;
	struct worker by;
	struct stack s;
	struct host h, admin, nobody;

	stack_start(&s, NULL);
	host_open(&h, &s, "host-1");
	host_open(&admin, &s, "admin");
	host_open(&nobody, &s, NULL);
	token_make(&h);
	token = ec_make(&h, true, true, 0);
	session = ec_make(&h, false, true, 0);
	key = ref_of(token);
	sealed = ref_of(session);
	token_share(&admin, &h);
	ck_assert_int_eq(login(&admin, KEYSTORE__V1__ROLE__ROLE_USER, USER_PIN), CKR_OK);
	nobody.token = h.token;
	nobody.ticket = h.ticket;
	by_value(&by);
	ck_assert_uint_eq(wrap(&h, &key, CKM_AES_KEY_WRAP_KWP, &by, &out), CKR_OK);
	ck_assert_uint_eq(wrap(&admin, &key, CKM_AES_KEY_WRAP_KWP, &by, NULL), CKR_OK);
	ck_assert_uint_eq(wrap(&admin, &sealed, CKM_AES_KEY_WRAP_KWP, &by, NULL),
		CKR_KEY_HANDLE_INVALID);
	ck_assert_uint_ne(wrap(&nobody, &key, CKM_AES_KEY_WRAP_KWP, &by, NULL), CKR_OK);
	unwrapping_of(&u, &by, out->wrapped, true);
	ck_assert_uint_ne(unwrap(&nobody, &u, NULL), CKR_OK);
	ck_assert_int_eq(login(&h, KEYSTORE__V1__ROLE__ROLE_SO, SO_PIN), CKR_OK);
	ck_assert_uint_eq(
		wrap(&h, &key, CKM_AES_KEY_WRAP_KWP, &by, NULL), CKR_KEY_HANDLE_INVALID);
	/* a private object without its user */
	add_flag(&u.t, CKA_PRIVATE, true);
	ck_assert_uint_eq(unwrap(&h, &u, NULL), CKR_USER_NOT_LOGGED_IN);
	response_free(out);
	response_free(session);
	response_free(token);
	host_close(&nobody);
	host_close(&admin);
	host_close(&h);
	stack_stop(&s);
}
END_TEST

#include "tests/unit/check_main.h"

static const struct check_test tests[] = {
	{ &key_leaves_and_comes_back, 8 },
	{ &what_may_not_leave_stays, 0 },
	{ &what_is_no_key_makes_none, 0 },
	{ &only_the_user_on_a_host_with_a_certificate, 0 },
};

CHECK_MAIN("keystored: wrapped private keys", tests)
