/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The module's objects with a keyringd that says anything (keyringd_says.h): a session makes, finds,
 * reads, changes, derives, wraps, uses and destroys what it is told of.
 */
#include <fcntl.h>

#include "common/cleanup.h"
#include "crypto/crypto.h"
#include "libtoken/object/kem.h"
#include "libtoken/object/wrap.h"
#include "libtoken/mech/mech.h"
#include "libtoken/store/conn.h"
#include "tests/fuzz/keyringd_says.h"

#define STEPS 24u /* of one input */
#define HANDLES 8u
#define NO_HANDLE CK_UNAVAILABLE_INFORMATION
#define MOST_ATTRIBUTES 10u
#define DESCRIPTORS 64 /* that are looked at */
#define LIMIT_MS 1000u /* of what is never waited for */

struct host {
	struct object_view view;
	struct region_table regions;
	struct object_owner owner;
	atomic_uint era, gone;
	CK_OBJECT_HANDLE handles[HANDLES];
	unsigned n;
	CK_ATTRIBUTE list[MOST_ATTRIBUTES];
};

/* --- What an application says ------------------------------------------------------------ */

static CK_OBJECT_CLASS secret_key = CKO_SECRET_KEY, data_object = CKO_DATA;
static CK_KEY_TYPE key_types[] = { CKK_GENERIC_SECRET, CKK_AES };
static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
static CK_ULONG length = 32;
static uint8_t value[32] = { 1 };
static char label[] = "label";

/* Of a key, or data, with more or less in it; for the token or not. */
static struct template template_make(struct cursor *c, struct host *h)
{
	const unsigned how = fuzz_u16(c);
	const CK_ATTRIBUTE rows[] = {
		{ CKA_TOKEN, how & 1 ? &yes : &no, sizeof yes },
		{ CKA_PRIVATE, how & 2 ? &yes : &no, sizeof yes },
		{ CKA_CLASS, how & 4 ? &data_object : &secret_key, sizeof secret_key },
		{ CKA_KEY_TYPE, &key_types[how >> 3 & 1], sizeof key_types[0] },
		{ CKA_SENSITIVE, how & 16 ? &yes : &no, sizeof yes },
		{ CKA_EXTRACTABLE, &yes, sizeof yes },
		{ CKA_VALUE, value, how & 32 ? 16 : 32 },
		{ CKA_VALUE_LEN, &length, sizeof length },
		{ CKA_DERIVE, &yes, sizeof yes },
		{ CKA_LABEL, label, sizeof label - 1 },
	};
	CK_ULONG n = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if ((how >> 6 & 1u << i) == 0)
			h->list[n++] = rows[i];
	return (struct template){ h->list, n };
}

static CK_OBJECT_HANDLE
pick(struct cursor *c, const struct host *h)
{
	return h->handles[fuzz_u8(c) % HANDLES];
}

/* What a call has given: it is there, and there is nothing where it failed. */
static void
take(struct host *h, CK_RV rv, CK_OBJECT_HANDLE handle)
{
	struct object *o;

	FUZZ_CHECK((rv == CKR_OK) == (handle != NO_HANDLE));
	if (rv != CKR_OK)
		return;
	o = object_table_get(h->view.table, handle);
	FUZZ_CHECK(o != NULL && o->handle == handle && attrs_valid(o->attributes));
	object_unref(&o);
	h->handles[h->n++ % HANDLES] = handle;
}

/* --- Steps ------------------------------------------------------------------------------- */

static void
create(struct cursor *c, struct host *h)
{
	const struct template t = template_make(c, h);
	CK_OBJECT_HANDLE handle = NO_HANDLE;
	CK_RV rv = object_create(&h->view, t.p, t.n, &handle);

	take(h, rv, handle);
}

static void
duplicate(struct cursor *c, struct host *h)
{
	const CK_OBJECT_HANDLE from = pick(c, h);
	const struct template t = template_make(c, h);
	CK_OBJECT_HANDLE handle = NO_HANDLE;
	CK_RV rv = object_duplicate(&h->view, from, t.p, t.n, &handle);

	take(h, rv, handle);
}

/* Any attribute, in room of some length. */
static void
read_one(struct cursor *c, struct host *h)
{
	const CK_OBJECT_HANDLE handle = pick(c, h);
	const size_t n = fuzz_u8(c);
	CK_ATTRIBUTE a = { fuzz_attr_type(c), NULL, 0 };
	const struct attr_def *def = attr_lookup((uint32_t)a.type);

	if (object_read(&h->view, handle, &a, 1) != CKR_OK)
		return;
	/* of an array's elements there would be more to say: template.c */
	if (def != NULL && def->kind == ATTR_TEMPLATE)
		return;
	a.pValue = malloc(n != 0 ? n : 1);
	FUZZ_CHECK(a.pValue != NULL);
	a.ulValueLen = n;
	if (object_read(&h->view, handle, &a, 1) == CKR_OK)
		FUZZ_CHECK(a.ulValueLen <= n);
	free(a.pValue);
}

static void
read_value(struct cursor *c, struct host *h)
{
	uint8_t room[64];
	CK_ATTRIBUTE a = { CKA_VALUE, room, sizeof room };

	if (object_read(&h->view, pick(c, h), &a, 1) == CKR_OK)
		FUZZ_CHECK(a.ulValueLen <= sizeof room);
}

static void
change(struct cursor *c, struct host *h)
{
	const CK_ATTRIBUTE a = { CKA_LABEL, label, fuzz_u8(c) % sizeof label };

	(void)!object_change(&h->view, pick(c, h), &a, 1);
}

static void
destroy(struct cursor *c, struct host *h)
{
	const CK_OBJECT_HANDLE handle = pick(c, h);
	struct object *o;

	if (object_destroy(&h->view, handle) != CKR_OK)
		return;
	o = object_table_get(h->view.table, handle);
	FUZZ_CHECK(o == NULL);
}

static void
look(struct cursor *c, struct host *h)
{
	const CK_OBJECT_HANDLE handle = pick(c, h);
	CLEANUP(object_unref)
	struct object *now = NULL;
	CK_ULONG size;

	if (object_size(&h->view, handle, &size) == CKR_OK &&
		object_get_now(&h->view, handle, &now) == CKR_OK)
		FUZZ_CHECK(size != 0 && attrs_valid(now->attributes));
}

static CK_FLAGS
served(const struct mech *m)
{
	return m->flags;
}

/* By class first, which leaves out what every token has. */
static void
find(struct cursor *c, struct host *h)
{
	const unsigned how = fuzz_u8(c);
	const CK_ATTRIBUTE list[] = { { CKA_CLASS, &secret_key, sizeof secret_key },
		{ CKA_TOKEN, how % 2 != 0 ? &no : &yes, sizeof yes } };
	CLEANUP(search_free)
	struct search *s = NULL;
	CK_ULONG n = how < 128 ? 2 : how < 192;

	if (search_new(&h->view, list, n, served, &s) != CKR_OK)
		return;
	n = 1;
	for (unsigned i = 0; n != 0 && i < HANDLES; i++) {
		CK_OBJECT_HANDLE found[3];

		n = 0;
		if (search_next(s, &h->view, found, 1 + fuzz_u8(c) % 3, &n) != CKR_OK)
			break;
		for (CK_ULONG k = 0; k < n; k++)
			take(h, CKR_OK, found[k]);
	}
}

static void
generate(struct cursor *c, struct host *h)
{
	const CK_MECHANISM m = { CKM_AES_KEY_GEN, NULL, 0 };
	const struct template t = template_make(c, h);
	CK_OBJECT_HANDLE handle = NO_HANDLE;
	CK_RV rv = object_generate(&h->view, &m, t.p, t.n, &handle);

	take(h, rv, handle);
}

static void
generate_pair(struct cursor *c, struct host *h)
{
	const CK_MECHANISM m = { CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0 };
	const CK_ATTRIBUTE a = { CKA_TOKEN, fuzz_u8(c) % 2 != 0 ? &no : &yes,
		sizeof yes };
	const struct template t = { &a, 1 };
	CK_OBJECT_HANDLE one = NO_HANDLE, other = NO_HANDLE;
	CK_RV rv = object_generate_pair(&h->view, &m, t, t, &one, &other);

	take(h, rv, one);
	take(h, rv, other);
}

/* Made here, and kept by keyringd where it is for the token. */
static void
generate_from_password(struct cursor *c, struct host *h)
{
	CK_PKCS5_PBKD2_PARAMS2 p = { CKZ_SALT_SPECIFIED, value, 8, 1,
		CKP_PKCS5_PBKD2_HMAC_SHA256, NULL, 0, value, 8 };
	const CK_MECHANISM m = { CKM_PKCS5_PBKD2, &p, sizeof p };
	const struct template t = template_make(c, h);
	CK_OBJECT_HANDLE handle = NO_HANDLE;
	CK_RV rv = object_generate(&h->view, &m, t.p, t.n, &handle);

	take(h, rv, handle);
}

/* --- Derivation -------------------------------------------------------------------------- */

static void
derive_by(struct cursor *c, struct host *h, CK_MECHANISM_TYPE type, void *p, CK_ULONG n)
{
	const CK_MECHANISM m = { type, p, n };
	const CK_OBJECT_HANDLE base = pick(c, h);
	const struct template t = template_make(c, h);
	CK_OBJECT_HANDLE handle = NO_HANDLE;
	CK_RV rv = object_derive(&h->view, &m, base, t.p, t.n, &handle);

	/* what gives its keys by the parameter alone */
	if (rv == CKR_OK && type == CKM_TLS12_KEY_AND_MAC_DERIVE)
		return;
	take(h, rv, handle);
}

static void
derive_hkdf(struct cursor *c, struct host *h)
{
	CK_HKDF_PARAMS p = { CK_TRUE, CK_TRUE, CKM_SHA256, CKF_HKDF_SALT_NULL, NULL, 0, 0,
		NULL, 0 };

	derive_by(c, h, fuzz_u8(c) % 2 != 0 ? CKM_HKDF_DATA : CKM_HKDF_DERIVE, &p,
		sizeof p);
}

static void
derive_two(struct cursor *c, struct host *h)
{
	CK_OBJECT_HANDLE other = pick(c, h);

	derive_by(c, h, CKM_CONCATENATE_BASE_AND_KEY, &other, sizeof other);
}

/* Keys and IVs go where the parameter says, which has room for no more than it names. */
static void
derive_tls(struct cursor *c, struct host *h)
{
	uint8_t *iv[] = { malloc(16), malloc(16) };
	CK_SSL3_KEY_MAT_OUT out = { NO_HANDLE, NO_HANDLE, NO_HANDLE, NO_HANDLE, iv[0],
		iv[1] };
	CK_TLS12_KEY_MAT_PARAMS p = { 256, 128, 128, CK_FALSE, { value, 32, value, 32 },
		&out, CKM_SHA256 };

	FUZZ_CHECK(iv[0] != NULL && iv[1] != NULL);
	derive_by(c, h, CKM_TLS12_KEY_AND_MAC_DERIVE, &p, sizeof p);
	free(iv[0]);
	free(iv[1]);
}

static void
derive_kdf(struct cursor *c, struct host *h)
{
	CK_SP800_108_COUNTER_FORMAT counter = { CK_FALSE, 32 };
	CK_PRF_DATA_PARAM parts[] = { { CK_SP800_108_ITERATION_VARIABLE, &counter,
		sizeof counter } };
	CK_ATTRIBUTE more[] = { { CKA_CLASS, &secret_key, sizeof secret_key },
		{ CKA_KEY_TYPE, &key_types[1], sizeof key_types[1] },
		{ CKA_VALUE_LEN, &length, sizeof length } };
	CK_OBJECT_HANDLE keys[2] = { NO_HANDLE, NO_HANDLE };
	CK_DERIVED_KEY also[] = { { more, 3, &keys[0] }, { more, 3, &keys[1] } };
	CK_SP800_108_KDF_PARAMS p = { CKM_SHA256_HMAC, 1, parts, fuzz_u8(c) % 3, also };

	derive_by(c, h, CKM_SP800_108_COUNTER_KDF, &p, sizeof p);
}

/* --- Wrapping ---------------------------------------------------------------------------- */

static void
wrap(struct cursor *c, struct host *h)
{
	const CK_MECHANISM m = { CKM_AES_KEY_WRAP, NULL, 0 };
	const CK_OBJECT_HANDLE by = pick(c, h), key = pick(c, h);
	CLEANUP(buf_free)
	struct buf out = BUF_INIT;
	struct wrapping w = { 0 };

	if (wrapping_begin(&h->view, &m, by, key, NULL, &w) == CKR_OK &&
		wrapping_run(&h->view, &w, &out) == CKR_OK)
		FUZZ_CHECK(out.n == w.size);
	wrapping_end(&w);
}

static void
unwrap(struct cursor *c, struct host *h)
{
	const CK_MECHANISM m = { CKM_AES_KEY_WRAP, NULL, 0 };
	const CK_OBJECT_HANDLE by = pick(c, h);
	const struct template t = template_make(c, h);
	CK_OBJECT_HANDLE handle = NO_HANDLE;
	CK_RV rv = object_unwrap(&h->view, &m, by, BYTES(value, 24), NULL, t, &handle);

	take(h, rv, handle);
}

static void
decapsulate(struct cursor *c, struct host *h)
{
	static const uint8_t ciphertext[768];
	const CK_MECHANISM m = { CKM_ML_KEM, NULL, 0 };
	const CK_OBJECT_HANDLE by = pick(c, h);
	const struct template t = template_make(c, h);
	CK_OBJECT_HANDLE handle = NO_HANDLE;
	CK_RV rv = object_decapsulate(&h->view, &m, by, t, BYTES_OF(ciphertext), &handle);

	take(h, rv, handle);
}

/* --- Use --------------------------------------------------------------------------------- */

/* Into room for what it was said to be. */
static void
run(struct cursor *c, struct op *op, bool last)
{
	const struct bytes in = fuzz_bytes(c, 300), signature = op->kind == OP_VERIFY
									? BYTES_OF(value)
									: BYTES_NONE;
	const bool parts = op->vtable->update != NULL && (!last || fuzz_u8(c) % 2 != 0);
	struct outbuf out = { 0 };
	CK_RV rv;

	out.cap = !parts ? op->vtable->once_size(op, in.n)
		  : last ? op->vtable->final_size(op)
			 : op->vtable->update_size(op, in.n);
	out.p = malloc(out.cap != 0 ? out.cap : 1);
	FUZZ_CHECK(out.p != NULL);
	rv = !parts ? op->vtable->once(op, in, signature, &out)
	     : last ? op->vtable->final(op, signature, &out)
		    : op->vtable->update(op, in, &out);
	FUZZ_CHECK(rv != CKR_OK || out.n <= out.cap);
	free(out.p);
}

/* Where keyringd does it, a key of the token's. */
static void
use(struct cursor *c, struct host *h)
{
	static const struct {
		CK_MECHANISM_TYPE mechanism;
		enum op_kind kind;
	} rows[] = { { CKM_AES_CBC, OP_ENCRYPT }, { CKM_AES_CBC_PAD, OP_DECRYPT },
		{ CKM_AES_GCM, OP_ENCRYPT }, { CKM_AES_GCM, OP_DECRYPT },
		{ CKM_AES_KEY_WRAP, OP_ENCRYPT }, { CKM_AES_CMAC, OP_SIGN },
		{ CKM_SHA256_HMAC, OP_SIGN }, { CKM_SHA256_HMAC, OP_VERIFY },
		{ CKM_ECDSA, OP_SIGN }, { CKM_SHA256_RSA_PKCS, OP_SIGN },
		{ CKM_RSA_PKCS, OP_DECRYPT }, { CKM_ML_DSA, OP_SIGN } };
	const unsigned which = fuzz_u8(c) % ARRAY_LEN(rows), how = fuzz_u8(c);
	const struct mech *m = mech_lookup(rows[which].mechanism);
	const struct mech_params p = { .iv_len = m->param == PARAM_GCM ? 12 : m->iv_bytes,
		.tag_bits = 128 };
	CLEANUP(object_unref)
	struct object *key = NULL;
	struct op *op = NULL;

	if (object_get_now(&h->view, pick(c, h), &key) != CKR_OK ||
		mech_check_key(rows[which].kind, m, key) != CKR_OK ||
		mech_bind(&h->view, rows[which].kind, m, &p, key, &op) != CKR_OK)
		return;
	if (how % 2 != 0 && op->vtable->login != NULL)
		(void)!op->vtable->login(op, BYTES_OF(value));
	for (unsigned i = 0; i < how / 2 % 4; i++)
		if (op->vtable->update != NULL)
			run(c, op, false);
	run(c, op, true);
	op_free(&op);
}

static void
time_passes(struct cursor *c, struct host *h)
{
	keyringd_region(c);
}

static void (*const steps[])(struct cursor *c, struct host *h) = {
	find,
	create,
	duplicate,
	read_one,
	read_value,
	change,
	destroy,
	look,
	generate,
	generate_pair,
	derive_hkdf,
	derive_two,
	derive_tls,
	derive_kdf,
	wrap,
	unwrap,
	decapsulate,
	time_passes,
	generate_from_password,
	use,
};

/* --- One session ------------------------------------------------------------------------- */

static bool
all(const struct object *o, const void *arg)
{
	return true;
}

static unsigned
descriptors_open(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < DESCRIPTORS; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(BYTES(data, size));
	struct host h = { .n = 0 };
	struct store_policy policy;
	const unsigned before = descriptors_open();
	unsigned how = fuzz_u8(&c);

	keyringd_begin(&c);
	FUZZ_CHECK(store_new(&h.view.store) == CKR_OK);
	store_limit_set(h.view.store, LIMIT_MS);
	FUZZ_CHECK(object_table_new(&h.gone, &h.view.table) == CKR_OK);
	FUZZ_CHECK(kcapi_new(8, &h.view.kernel) == 0);
	region_table_init(&h.regions);
	LIST_INIT(&h.owner.objects);
	h.view.regions = &h.regions;
	h.view.owner = &h.owner;
	h.view.slot = 1;
	h.view.role = how % 2 != 0 ? ROLE_NONE : ROLE_USER;
	h.view.era = &h.era;
	h.view.writable = how % 4 < 2;
	(void)!store_policy(h.view.store, &policy); /* its greeting */
	for (unsigned i = 0; i < STEPS && cursor_left(&c) != 0; i++)
		steps[fuzz_u8(&c) % ARRAY_LEN(steps)](&c, &h);
	object_table_drop_owner(h.view.table, &h.owner, NULL);
	object_table_drop(h.view.table, all, NULL, NULL);
	FUZZ_CHECK(LIST_EMPTY(&h.owner.objects));
	object_table_free(&h.view.table);
	region_table_reset(&h.regions);
	kcapi_free(&h.view.kernel);
	store_free(&h.view.store);
	keyringd_end();
	/* all that were passed are closed */
	FUZZ_CHECK(descriptors_open() == before);
	return 0;
}
