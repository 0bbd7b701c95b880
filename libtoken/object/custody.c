/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the secret of an object lives, in one place:
 *   token objects                          keyringd and keystored
 *   session private keys                   keystored's sealed blob, with keyringd
 *   session secret keys, sensitive or      as keyringd's [keys] sensitive-session says;
 *   not extractable                        "kernel" where the kernel can do all that the
 *                                          key may be used for, else keyringd
 *   session secret keys readable anyway    this process: its keyring, and beyond the
 *                                          keyring's quota locked memory
 *   session objects without a secret       this process
 */
#include "libtoken/object/manage.h"

#include "common/cleanup.h"
#include "cryptoki/key_size.h"

static const struct {
	uint32_t usage;
	CK_FLAGS flag;
} usages[] = {
	{ CKA_ENCRYPT, CKF_ENCRYPT },
	{ CKA_DECRYPT, CKF_DECRYPT },
	{ CKA_SIGN, CKF_SIGN },
	{ CKA_VERIFY, CKF_VERIFY },
};

/* What takes a key's bytes to where another key's are, or makes a new key of them: the
 * kernel gives neither away. */
static const uint32_t needs_bytes[] = { CKA_WRAP, CKA_UNWRAP, CKA_DERIVE };

/* May the key be used by this mechanism for anything at all? */
static bool
is_permitted(struct bytes object_public, const struct mech *m)
{
	for (size_t i = 0; i < ARRAY_LEN(usages); i++)
		if ((m->flags & usages[i].flag) != 0 &&
			object_check_usage(object_public, usages[i].usage, m->type) ==
				CKR_OK)
			return true;
	return false;
}

/* A key that the kernel holds can be used in the kernel only, for as long as it lives: so
 * everything that it may be used for has to work there. */
static bool
kernel_serves(struct kcapi *k, struct bytes object_public)
{
	bool any = false;

	if (attrs_bool(object_public, CKA_EXTRACTABLE, true))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(needs_bytes); i++)
		if (attrs_bool(object_public, needs_bytes[i], false))
			return false;
	for (size_t i = 0; i < mechs_count; i++) {
		if (!is_permitted(object_public, &mechs[i]))
			continue;
		if (!kcapi_serves(k, &mechs[i], KCAPI_SERIAL))
			return false;
		any = true;
	}
	return any;
}

const struct mech *
mech_offered(struct store *store, CK_MECHANISM_TYPE type)
{
	const struct mech *m = mech_lookup_legacy(type);
	struct store_policy policy;

	if (m == NULL || !m->legacy)
		return m;
	return store_policy(store, &policy) == CKR_OK && policy.legacy
		       ? m
		       : mech_lookup(type);
}

CK_RV
mech_offered_for(struct store *store, const CK_MECHANISM *mechanism, CK_FLAGS flag,
	const struct mech **ret)
{
	if (mechanism == NULL)
		return CKR_ARGUMENTS_BAD;
	*ret = mech_offered(store, mechanism->mechanism);
	return *ret != NULL && ((*ret)->flags & flag) != 0 ? CKR_OK
							   : CKR_MECHANISM_INVALID;
}

CK_RV
custody_choose(
	const struct object_view *v, struct bytes object_public, enum wire_custody *ret)
{
	CK_OBJECT_CLASS class = attrs_ulong(object_public, CKA_CLASS, CKO_DATA);
	struct store_policy policy;
	CK_RV rv;

	if (class == CKO_PRIVATE_KEY) {
		*ret = WIRE_CUSTODY_BROKER;
		return CKR_OK;
	}
	if (class != CKO_SECRET_KEY || object_is_readable(object_public)) {
		*ret = WIRE_CUSTODY_PROCESS;
		return CKR_OK;
	}
	rv = store_policy(v->store, &policy);
	if (rv != CKR_OK)
		return rv;
	*ret = policy.sensitive_session;
	if (*ret == WIRE_CUSTODY_KERNEL && !kernel_serves(v->kernel, object_public))
		*ret = WIRE_CUSTODY_BROKER;
	return CKR_OK;
}

CK_RV
custody_publish_shared(const struct object_view *v, struct attrs *object_public,
	struct material *material, CK_OBJECT_HANDLE *ret)
{
	CLEANUP(object_unref)
	struct object *o = NULL;
	CK_OBJECT_HANDLE handle = object_table_handle();
	char unique[UUID_TEXT];
	CK_RV rv;

	object_table_unique_id(v->table, handle, unique);
	attrs_set(object_public, CKA_UNIQUE_ID, BYTES_STR(unique));
	if (!attrs_ok(object_public) || !attrs_valid(attrs_bytes(object_public)))
		return CKR_HOST_MEMORY;
	o = object_new(PLACE_HERE, v->slot, attrs_bytes(object_public));
	if (o == NULL)
		return CKR_HOST_MEMORY;
	o->handle = handle;
	o->generation = store_generation(v->store);
	o->material = material_ref(material);
	o->custody = material != NULL ? object_custody(o) : 0;
	rv = object_publish(v, o);
	if (rv == CKR_OK)
		*ret = handle;
	return rv;
}

CK_RV
custody_publish(const struct object_view *v, enum wire_custody custody,
	struct attrs *object_public, struct bytes value, CK_OBJECT_HANDLE *ret)
{
	CLEANUP(material_unref)
	struct material *m = NULL;

	if (attrs_ulong(attrs_bytes(object_public), CKA_CLASS, CKO_DATA) ==
		CKO_SECRET_KEY) {
		CK_RV rv = custody == WIRE_CUSTODY_KERNEL
				   ? material_new_kernel(v->kernel, value, &m)
				   : material_new(value, &m);

		if (rv != CKR_OK)
			return rv;
	}
	return custody_publish_shared(v, object_public, m, ret);
}

CK_RV
custody_generate(const struct object_view *v, enum wire_custody custody,
	struct attrs *object_public, CK_OBJECT_HANDLE *ret)
{
	CLEANUP(secret_free)
	struct secret packed = SECRET_NONE;
	const uint64_t n = key_size_of(attrs_bytes(object_public));
	struct attrs view;
	CK_RV rv;

	if (n == 0 || n > SECRET_KEY_MAX)
		return CKR_KEY_SIZE_RANGE;
	/* A packed list of one attribute in locked memory: the one place the new
	 * key is in before the keyring has it. */
	if (secret_new(8 + n, &packed) != 0)
		return CKR_HOST_MEMORY;
	store_le32(packed.p, CKA_VALUE);
	store_le32(packed.p + 4, (uint32_t)n);
	rv = key_random(attrs_bytes(object_public), packed.p + 8, n);
	if (rv != CKR_OK)
		return rv;
	view = (struct attrs){ { .p = packed.p, .n = packed.n, .cap = packed.n } };
	rv = object_complete(object_public, &view);
	if (rv == CKR_OK)
		rv = custody_publish(
			v, custody, object_public, BYTES(packed.p + 8, n), ret);
	return rv;
}
