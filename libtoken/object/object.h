/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One object as this process knows it. A published object never changes and is
 * counted: C_SetAttributeValue and news from keyringd publish another one
 * under the same handle and mark the old one, so whoever caches an object (a
 * session its last key) asks object_is_current(), not a table.
 */
#pragma once

#include <stdatomic.h>

#include "crypto/crypto.h"
#include "cryptoki/schema.h"
#include "kcapi_backend/kcapi.h"
#include "kcapi_backend/keyring.h"
#include "libtoken/object/generator.h"
#include "libtoken/object/passed.h"
#include "libtoken/object/region.h"

enum object_place {
	PLACE_HERE,     /* session object of this process, key material included */
	PLACE_KEYRINGD, /* session object; its secret is with keyringd or keystored */
	PLACE_TOKEN,
};

enum object_fate {
	OBJECT_CURRENT,
	OBJECT_REPLACED,  /* another version is published under its handle */
	OBJECT_DESTROYED, /* nothing is; or it may not be seen any more */
};

/* The bytes of a secret key in process or kernel custody; shared by the versions and the
 * copies of an object. Process: a key of the kernel's keyring that can be read, or locked
 * memory beyond the quota. Kernel: one that nobody can read. */
struct material {
	atomic_uint refs;
	uint32_t n;
	struct keyring_key key; /* serial 0: in value */
	struct secret value;
	struct kcapi_key *kernel;    /* NULL: process custody */
	struct generator *generator; /* generator.h's, under the lock of them all */
};

/* CKR_HOST_MEMORY */
CK_RV material_new(struct bytes value, struct material **ret) MUST_CHECK;
/* Kernel custody. CKR_DEVICE_MEMORY: the kernel does not take it (now): another custody
 * has to do. */
CK_RV material_new_kernel(
	struct kcapi *k, struct bytes value, struct material **ret) MUST_CHECK;
struct material *material_ref(struct material *m);
void material_unref(struct material **m);
/* The bytes, for as long as an operation needs to be set up; not of kernel custody.
 * CKR_KEY_HANDLE_INVALID when the kernel has lost the key. */
CK_RV material_read(const struct material *m, struct secret *ret) MUST_CHECK;

struct object {
	atomic_uint refs;
	atomic_uchar fate; /* enum object_fate */
	uint8_t place;     /* enum object_place */
	uint8_t custody;   /* enum wire_custody; 0 for what is no secret key */
	bool private;      /* CKA_PRIVATE */
	bool older_in_use; /* an earlier version was, when this one replaced it */
	CK_OBJECT_HANDLE handle;
	CK_SLOT_ID slot;
	struct wire_id id; /* zeroes with PLACE_HERE */
	uint64_t revision;
	uint64_t generation; /* store_generation() when it was heard of */
	struct region_lease
		lease; /* of what keyringd keeps: as long as it may be used unasked */
	struct material *material;
	_Atomic(EVP_PKEY *) pkey;        /* of a public key, made at its first use */
	_Atomic(struct passed *) passed; /* of a broker key, made at its first use */
	struct bytes attributes;         /* packed, in data[] */
	uint8_t data[];
};

/* With one reference, not yet published. NULL: no memory. */
struct object *object_new(
	enum object_place place, CK_SLOT_ID slot, struct bytes attributes) MUST_CHECK;
/* For what is still to be heard of, with attributes of up to n bytes. NULL: no memory. */
struct object *object_room(size_t n) MUST_CHECK;
/* From a message of keyringd, into *room where it is not NULL and large enough, else into a
 * new one that replaces it. CKR_DEVICE_ERROR if the message is malformed. */
CK_RV object_from_wire(enum object_place place, CK_SLOT_ID slot,
	const struct wire_object *w, struct object **room) MUST_CHECK;
struct object *object_ref(struct object *o);
void object_unref(struct object **o); /* harmless on NULL */

static inline bool
object_is_current(struct object *o)
{
	return atomic_load_explicit(&o->fate, memory_order_acquire) == OBJECT_CURRENT;
}

static inline bool
object_is_destroyed(struct object *o)
{
	return atomic_load_explicit(&o->fate, memory_order_acquire) == OBJECT_DESTROYED;
}

/* Is it still as it is known here, without asking? */
static inline bool
object_is_fresh(const struct object *o)
{
	return o->place == PLACE_HERE || region_lease_holds(&o->lease);
}

static inline enum wire_custody
object_custody(const struct object *o)
{
	if (o->material == NULL)
		return WIRE_CUSTODY_BROKER;
	return o->material->kernel != NULL ? WIRE_CUSTODY_KERNEL : WIRE_CUSTODY_PROCESS;
}

static inline CK_OBJECT_CLASS
object_class(const struct object *o)
{
	return attrs_ulong(o->attributes, CKA_CLASS, CK_UNAVAILABLE_INFORMATION);
}

/* Is it what C_FindObjects looks for? CKA_VALUE of a key is compared where its bytes are here
 * and may be revealed; no other key has that value. rv: CKR_HOST_MEMORY where there is none to
 * compare it, else untouched. */
bool object_matches(const struct object *o, struct bytes template, CK_RV *rv) MUST_CHECK;
/* Does keyringd have to be asked before this process uses the key by itself? Where there
 * is no region, it has to be before each use of a public key; whoever keeps the other
 * keys of the token is asked by the operation itself. */
bool object_must_ask(const struct object *o) MUST_CHECK;

/* What was passed to this process for a broker key; belongs to the object. NULL: no
 * memory. */
struct passed *object_passed(struct object *o, struct kcapi *k);
/* The object is gone: sockets keyed with it are closed. */
void object_revoke(struct object *o);
/* The public key for OpenSSL; belongs to the object. */
CK_RV object_pkey(struct object *o, EVP_PKEY **ret) MUST_CHECK;
