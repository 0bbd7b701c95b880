/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects that every token has and nobody made: what it conforms to and what it can do.
 * They are never written, so they live here whole, and get a handle at first sight.
 *
 * Profiles (PKCS #11 Profiles 3.2, chapter 5), those whose conditions hold: all but Complete
 * Provider. Public Certificates Token is about the token's objects, and comes and goes with them:
 * keystored counts those that are not where it wants them. There is no validation (4.15) to present, nor a hardware feature (4.3).
 */
#include "libtoken/object/builtin.h"

#include "common/cleanup.h"
#include "libtoken/object/table.h"

static const struct {
	CK_PROFILE_ID id;
	const char *name;
	uint32_t flags; /* WIRE_FIND_* that the token has to have; 0: all tokens do */
} profiles[] = {
	{ CKP_BASELINE_PROVIDER, "Baseline Provider", 0 },
	{ CKP_EXTENDED_PROVIDER, "Extended Provider", 0 },
	{ CKP_AUTHENTICATION_TOKEN, "Authentication Token", 0 },
	{ CKP_PUBLIC_CERTIFICATES_TOKEN, "Public Certificates Token",
		WIRE_FIND_PUBLIC_CERTIFICATES },
	{ CKP_HKDF_TLS_TOKEN, "HKDF TLS Token", 0 },
};

struct builtin {
	CK_OBJECT_CLASS class;
	uint32_t type; /* of the attribute that tells one from the other */
	CK_ULONG value;
	const char *label;
};

/* A UUID of version 8, whose layout is ours: no object of a keystore's, nor another
 * slot's, has it. */
static struct wire_id
builtin_id(const struct builtin *b, CK_SLOT_ID slot)
{
	const uint64_t place = htobe64(slot);
	const uint32_t number = htobe32((uint32_t)b->value);
	struct wire_id id = { { 0 } };

	memcpy(id.b, &number, 4);
	id.b[4] = (uint8_t)b->class;
	id.b[6] = 0x80;
	id.b[8] = 0x80;
	memcpy(id.b + 10, (const uint8_t *)&place + 2, 6);
	return id;
}

static void
builtin_attributes(const struct builtin *b, const struct wire_id *id, struct attrs *to)
{
	char unique[UUID_TEXT];

	uuid_text(id->b, unique);
	attrs_set_ulong(to, CKA_CLASS, b->class);
	attrs_set_bool(to, CKA_TOKEN, true);
	attrs_set_bool(to, CKA_PRIVATE, false);
	attrs_set(to, CKA_LABEL, BYTES_STR(b->label));
	attrs_set(to, CKA_UNIQUE_ID, BYTES_STR(unique));
	attrs_set_bool(to, CKA_MODIFIABLE, false);
	attrs_set_bool(to, CKA_COPYABLE, false);
	attrs_set_bool(to, CKA_DESTROYABLE, false);
	attrs_set_ulong(to, b->type, b->value);
}

static CK_RV
consider(const struct object_view *v, const struct builtin *b, struct bytes template,
	struct buf *ret)
{
	CLEANUP(attrs_free)
	struct attrs attributes = ATTRS_INIT;
	CLEANUP(object_unref)
	struct object *o = NULL;
	const struct wire_id id = builtin_id(b, v->slot);
	CK_RV rv;

	builtin_attributes(b, &id, &attributes);
	if (!attrs_ok(&attributes))
		return CKR_HOST_MEMORY;
	if (!attrs_match(attrs_bytes(&attributes), template))
		return CKR_OK;
	o = object_new(PLACE_HERE, v->slot, attrs_bytes(&attributes));
	if (o == NULL)
		return CKR_HOST_MEMORY;
	o->id = id;
	rv = object_table_see(v->table, &o);
	if (rv == CKR_OK)
		buf_put(ret, &o->handle, sizeof o->handle);
	return rv;
}

static CK_RV
consider_profiles(const struct object_view *v, struct bytes template, uint32_t flags,
	struct buf *ret)
{
	CK_RV rv = CKR_OK;

	for (size_t i = 0; rv == CKR_OK && i < ARRAY_LEN(profiles); i++) {
		const struct builtin b = { CKO_PROFILE, CKA_PROFILE_ID, profiles[i].id,
			profiles[i].name };

		if ((profiles[i].flags & ~flags) != 0)
			continue;
		rv = consider(v, &b, template, ret);
	}
	return rv;
}

static CK_RV
consider_mechanisms(const struct object_view *v, struct bytes template,
	mech_served *served, struct buf *ret)
{
	CK_RV rv = CKR_OK;

	for (size_t i = 0; rv == CKR_OK && i < mechs_count; i++) {
		const struct builtin b = { CKO_MECHANISM, CKA_MECHANISM_TYPE,
			mechs[i].type, mechs[i].ckm };

		if (served(&mechs[i]) != 0 &&
			mech_offered(v->store, mechs[i].type) != NULL)
			rv = consider(v, &b, template, ret);
	}
	return rv;
}

CK_RV
builtin_search(const struct object_view *v, struct bytes template, uint32_t flags,
	mech_served *served, struct buf *ret)
{
	CK_OBJECT_CLASS class = attrs_ulong(template, CKA_CLASS, CKO_PROFILE);
	CK_RV rv = CKR_OK;

	/* Who does not ask for mechanisms does not get any: so said the standard up to
	 * 2.40, for programs that would not know what they are. */
	if (class == CKO_PROFILE)
		rv = consider_profiles(v, template, flags, ret);
	else if (class == CKO_MECHANISM)
		rv = consider_mechanisms(v, template, served, ret);
	if (rv == CKR_OK && !buf_ok(ret))
		rv = CKR_HOST_MEMORY;
	return rv;
}
