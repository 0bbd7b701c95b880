/* SPDX-License-Identifier: Apache-2.0 */
#include "libtoken/object/object.h"

#include <errno.h>

#include "common/cleanup.h"
#include "cryptoki/vendor.h"

CK_RV
material_new(struct bytes value, struct material **ret)
{
	struct material *m = calloc(1, sizeof *m);

	if (m == NULL)
		return CKR_HOST_MEMORY;
	atomic_init(&m->refs, 1);
	m->n = (uint32_t)value.n;
	/* Any failure means the same: quota, sandbox, no keyrings. Waiting for
	 * the kernel to collect freed keys would cost more than it gives. */
	if (value.n == 0 || keyring_key_new(KEYRING_USER, value, 0, &m->key) != 0) {
		m->key = (struct keyring_key){ 0 };
		if (secret_copy(value, &m->value) != 0) {
			free(m);
			return CKR_HOST_MEMORY;
		}
	}
	*ret = m;
	return CKR_OK;
}

/* The kernel frees keys late, so a quota may seem used up that is not, and waiting helps.
 * But a process that keeps its quota full and goes on making keys would wait for each of
 * them: no more than a tenth of its time is given to that. */
#define WAIT_MS 100u
#define WAITED_MS 8u /* by the coarse clock; less may be none */
#define WAIT_SHARE 10u

static atomic_uint_fast64_t wait_again;

static int
kernel_key_new(struct bytes value, struct keyring_key *ret)
{
	const uint64_t begun = coarse_ms();
	const unsigned wait = begun >= atomic_load(&wait_again) ? WAIT_MS : 0;
	const int r = keyring_key_new(KEYRING_LOGON, value, wait, ret);
	const uint64_t spent = coarse_ms() - begun;

	if (spent >= WAITED_MS)
		atomic_store(&wait_again, begun + spent * WAIT_SHARE);
	return r;
}

CK_RV
material_new_kernel(struct kcapi *k, struct bytes value, struct material **ret)
{
	struct material *m = calloc(1, sizeof *m);

	if (m == NULL)
		return CKR_HOST_MEMORY;
	atomic_init(&m->refs, 1);
	m->n = (uint32_t)value.n;
	if (value.n == 0 || kernel_key_new(value, &m->key) != 0) {
		free(m);
		return CKR_DEVICE_MEMORY;
	}
	if (kcapi_key_by_serial(k, m->key.serial, &m->kernel) != 0) {
		keyring_key_free(&m->key);
		free(m);
		return CKR_HOST_MEMORY;
	}
	*ret = m;
	return CKR_OK;
}

struct material *
material_ref(struct material *m)
{
	if (m != NULL)
		atomic_fetch_add_explicit(&m->refs, 1, memory_order_relaxed);
	return m;
}

void
material_unref(struct material **mp)
{
	struct material *m = TAKE_PTR(*mp);

	if (m == NULL || atomic_fetch_sub(&m->refs, 1) != 1)
		return;
	if (m->kernel != NULL) {
		kcapi_key_revoke(m->kernel);
		kcapi_key_unref(&m->kernel);
	}
	if (m->key.serial != 0)
		keyring_key_free(&m->key);
	secret_free(&m->value);
	generator_unref(&m->generator);
	free(m);
}

CK_RV
material_read(const struct material *m, struct secret *ret)
{
	int r;

	if (m->key.serial != 0)
		r = keyring_key_read(&m->key, ret);
	else
		r = secret_copy(secret_bytes(&m->value), ret);
	if (r == 0)
		return CKR_OK;
	return r == -ENOMEM ? CKR_HOST_MEMORY : CKR_KEY_HANDLE_INVALID;
}

struct object *
object_room(size_t n)
{
	struct object *o = calloc(1, sizeof *o + n);

	if (o == NULL)
		return NULL;
	atomic_init(&o->refs, 1);
	o->lease = REGION_LEASE_NONE;
	o->attributes = BYTES(o->data, n);
	return o;
}

static void
object_fill(struct object *o, enum object_place place, CK_SLOT_ID slot,
	struct bytes attributes)
{
	o->place = (uint8_t)place;
	o->slot = slot;
	o->attributes.n = attributes.n;
	if (attributes.n != 0)
		memcpy(o->data, attributes.p, attributes.n);
	o->private = attrs_bool(o->attributes, CKA_PRIVATE, false);
}

struct object *
object_new(enum object_place place, CK_SLOT_ID slot, struct bytes attributes)
{
	struct object *o = object_room(attributes.n);

	if (o != NULL)
		object_fill(o, place, slot, attributes);
	return o;
}

CK_RV
object_from_wire(enum object_place place, CK_SLOT_ID slot, const struct wire_object *w,
	struct object **room)
{
	struct object *o = *room;

	if (!attrs_valid(w->attributes))
		return CKR_DEVICE_ERROR;
	if (o == NULL || o->attributes.n < w->attributes.n)
		o = object_room(w->attributes.n);
	if (o == NULL)
		return CKR_HOST_MEMORY;
	object_fill(o, place, slot, w->attributes);
	o->id = w->id;
	o->revision = w->revision;
	o->custody = w->custody;
	if (o != *room)
		object_unref(room);
	*room = o;
	return CKR_OK;
}

struct object *
object_ref(struct object *o)
{
	if (o != NULL)
		atomic_fetch_add_explicit(&o->refs, 1, memory_order_relaxed);
	return o;
}

void
object_unref(struct object **op)
{
	struct object *o = TAKE_PTR(*op);

	if (o == NULL || atomic_fetch_sub(&o->refs, 1) != 1)
		return;
	material_unref(&o->material);
	region_lease_end(&o->lease);
	passed_free(atomic_load(&o->passed));
	EVP_PKEY_free(atomic_load(&o->pkey));
	/* private data objects have their value among the attributes */
	if (o->private)
		wipe(o->data, o->attributes.n);
	free(o);
}

struct passed *
object_passed(struct object *o, struct kcapi *k)
{
	struct passed *mine = atomic_load(&o->passed), *first = NULL;

	if (mine != NULL)
		return mine;
	mine = passed_new(k);
	if (mine != NULL && !atomic_compare_exchange_strong(&o->passed, &first, mine)) {
		passed_free(mine);
		mine = first;
	}
	return mine;
}

void
object_revoke(struct object *o)
{
	struct passed *p = atomic_load(&o->passed);

	if (p != NULL)
		passed_revoke(p);
}

struct matched {
	const struct object *o;
	CK_RV *rv;
};

static bool
has_value(const struct matched *m, struct bytes value)
{
	CLEANUP(secret_free)
	struct secret mine = SECRET_NONE;
	const struct material *material = m->o->material;
	CK_RV rv;

	if (material == NULL || material->kernel != NULL || material->n != value.n ||
		!object_may_reveal(m->o->attributes, CKA_VALUE))
		return false;
	rv = material_read(material, &mine);
	if (rv == CKR_HOST_MEMORY)
		*m->rv = rv;
	return rv == CKR_OK && bytes_equal_secret(secret_bytes(&mine), value);
}

/* What is not among the attributes of a secret key: where it is, and what it is. */
static bool
has_elsewhere(const void *arg, const struct attr *wanted)
{
	const struct matched *m = arg;

	if (wanted->type == CKA_KT_CUSTODY)
		return m->o->custody != 0 && load_le64(wanted->value.p) == m->o->custody;
	return wanted->type == CKA_VALUE && has_value(m, wanted->value);
}

bool
object_matches(const struct object *o, struct bytes template, CK_RV *rv)
{
	const struct matched m = { o, rv };

	return attrs_match_with(o->attributes, template, has_elsewhere, &m);
}

bool
object_must_ask(const struct object *o)
{
	if (object_is_fresh(o))
		return false;
	return o->lease.map != NULL ||
	       (o->place == PLACE_TOKEN && object_class(o) == CKO_PUBLIC_KEY);
}

CK_RV
object_pkey(struct object *o, EVP_PKEY **ret)
{
	EVP_PKEY *mine = atomic_load(&o->pkey), *first = NULL;
	CK_RV rv;

	if (mine == NULL) {
		rv = pkey_from_public(o->attributes, &mine);
		if (rv != CKR_OK)
			return rv;
		/* another thread may have been quicker */
		if (!atomic_compare_exchange_strong(&o->pkey, &first, mine)) {
			EVP_PKEY_free(mine);
			mine = first;
		}
	}
	*ret = mine;
	return CKR_OK;
}
