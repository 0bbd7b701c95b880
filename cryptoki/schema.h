/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an object of each class and key type may hold, as data: PKCS#11 3.2
 * base specification, section 4, with its footnotes as flags. Policy questions
 * are asked here once, by module, keyringd and keystored alike.
 */
#pragma once

#include "cryptoki/attrs.h"

enum attr_kind {
	ATTR_BYTES,
	ATTR_BOOL,
	ATTR_ULONG,
	ATTR_DATE,
	ATTR_STRING, /* RFC 2279, not checked: tokens of others hold Latin-1 */
	ATTR_BIGNUM, /* unsigned, big-endian */
	ATTR_MECHS,  /* array of CK_MECHANISM_TYPE, or of other CK_ULONGs */
	ATTR_TEMPLATE,
};

/* Flags are the standard's footnotes (table "Common footnotes", 4.1.1). */
enum attr_flags {
	ATTR_REQ_CREATE = 1 << 0,     /* 1: must be given to C_CreateObject */
	ATTR_NO_CREATE = 1 << 1,      /* 2: must not */
	ATTR_REQ_GENERATE = 1 << 2,   /* 3: must be given to generate */
	ATTR_NO_GENERATE = 1 << 3,    /* 4: must not */
	ATTR_REQ_UNWRAP = 1 << 4,     /* 5 */
	ATTR_NO_UNWRAP = 1 << 5,      /* 6: must not, for unwrap and derive */
	ATTR_SENSITIVE = 1 << 6,      /* 7: not revealed if SENSITIVE or not EXTRACTABLE;
				       kept in the secret part of the object */
	ATTR_MODIFIABLE = 1 << 7,     /* 8: by C_SetAttributeValue and C_CopyObject */
	ATTR_TOKEN_SETS = 1 << 8,     /* 9: default from the token */
	ATTR_SO_ONLY = 1 << 9,        /* 10: only the SO sets it to true */
	ATTR_ONLY_TO_FALSE = 1 << 10, /* 12: cannot become true again */
	ATTR_ONLY_TO_TRUE = 1 << 11,  /* 11: cannot become false again */
	ATTR_READ_ONLY = 1 << 12,     /* computed: never in a template */
	ATTR_COPY_ONLY =
		1 << 13, /* may change in C_CopyObject (TOKEN, PRIVATE, ...) only */
	ATTR_PAIR_HALF = 1 << 14, /* generated value: of the public half (e.g. MODULUS) */
	ATTR_HAS_DEFAULT = 1 << 15,
	ATTR_DERIVED = 1 << 16, /* follows from the rest of the object: may be set to
				   what is right, or to nothing */
};

struct attr_def {
	uint32_t type;
	uint8_t kind; /* enum attr_kind */
	uint32_t flags;
	uint64_t fallback; /* BOOL and ULONG with ATTR_HAS_DEFAULT; others: empty */
	bool (*takes)(struct bytes value); /* of those of its kind; NULL: all */
	const char *name;                  /* "CKA_LABEL" */
};

/* NULL: neither the standard nor we have the type. */
const struct attr_def *attr_lookup(uint32_t type);
/* Is a packed value of the right size and content for its kind, and one that def takes (those
 * of attr_lookup() take all: what is searched for need not be there)? Templates are looked
 * into, one level deep. */
bool attr_value_valid(const struct attr_def *def, struct bytes value) MUST_CHECK;
/* NULL if objects of this class and key type do not have it. sub_type: the
 * CKK_* of keys, CKC_* of certificates, else 0. */
const struct attr_def *schema_lookup(
	CK_OBJECT_CLASS class, CK_ULONG sub_type, uint32_t type);
/* Does the table know the class (and key type)? */
bool schema_exists(CK_OBJECT_CLASS class, CK_ULONG sub_type);

/* How an object comes to be. */
enum object_origin {
	ORIGIN_CREATE,   /* C_CreateObject */
	ORIGIN_GENERATE, /* C_GenerateKey, C_GenerateKeyPair */
	ORIGIN_UNWRAP,
	ORIGIN_DERIVE,
};

enum object_role { ROLE_NONE, ROLE_USER, ROLE_SO }; /* who is logged in */

struct object_request {
	enum object_origin origin;
	enum object_role role;
	CK_MECHANISM_TYPE
	mechanism;             /* of the generation; else CK_UNAVAILABLE_INFORMATION */
	CK_OBJECT_CLASS class; /* implied by the call, CK_UNAVAILABLE_INFORMATION: from
					the template */
	CK_ULONG key_type;     /* likewise; implied by the mechanism */
};

/* Template to object: checks every rule of the schema, refuses contradictions
 * and fills defaults (CKA_PRIVATE is true by default exactly when ROLE_USER,
 * for private and secret keys; certificates, public keys and data: false).
 * public: everything readable, complete but for what the key material will
 * add (object_complete). secret: what ATTR_SENSITIVE marks. For GENERATE the
 * secret part stays empty. Sets CKA_LOCAL, CKA_KEY_GEN_MECHANISM,
 * CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE (of a derived key: false; whoever
 * derives knows the base key and may set them). CKA_UNIQUE_ID is for whoever
 * stores the object. The results, initialised by the caller, are replaced.
 * Codes as in 4.1.1: CKR_TEMPLATE_INCOMPLETE; CKR_TEMPLATE_INCONSISTENT, also for an
 * attribute of other objects; CKR_ATTRIBUTE_READ_ONLY; CKR_ATTRIBUTE_TYPE_INVALID: no
 * object has it; CKR_ATTRIBUTE_VALUE_INVALID, also for a class or type that the token
 * does not make; CKR_USER_NOT_LOGGED_IN (CKA_PRIVATE true without
 * ROLE_USER); CKR_HOST_MEMORY.
 * CKA_VALUE_LEN of a secret key whose type has no such attribute is left out where it is that
 * type's length, unless the mechanism tells the type or the key is imported. */
CK_RV object_build(const struct object_request *request, struct bytes template,
	struct attrs *ret_public, struct attrs *ret_secret) MUST_CHECK;

/* C_SetAttributeValue: ret is a changed copy of the public part. old is
 * untouched. CKR_ACTION_PROHIBITED when CKA_MODIFIABLE is false, and of a trusted
 * certificate but for the SO. Whether what is set follows from the key is not looked at:
 * object_claims_derived(). */
CK_RV object_update(struct bytes old_public, struct bytes template, enum object_role role,
	struct attrs *ret_public) MUST_CHECK;

/* C_CopyObject: like object_update with the rules of copying;
 * CKR_ACTION_PROHIBITED when CKA_COPYABLE is false. What is trusted and not for this role
 * to change is copied as it is (CKR_ATTRIBUTE_READ_ONLY), or untrusted. The secret part is
 * the caller's to carry over. CKA_UNIQUE_ID is left out. */
CK_RV object_copy(struct bytes old_public, struct bytes template, enum object_role role,
	struct attrs *ret_public) MUST_CHECK;

/* Has such a change set CKA_CHECK_VALUE or CKA_PUBLIC_KEY_INFO to something new? Then whoever
 * has the key asks object_check_derived() (crypto.h), or the change is refused:
 * CKR_ATTRIBUTE_VALUE_INVALID. */
bool object_claims_derived(struct bytes old_public, struct bytes new_public) MUST_CHECK;

/* May an application be shown it? false for ATTR_SENSITIVE ones of keys that
 * are sensitive or not extractable. */
bool object_may_reveal(struct bytes object_public, uint32_t type) MUST_CHECK;

/* Is the secret part of such an object readable by anyone who may see it
 * (sensitive false and extractable true, or a class without secrets)? */
bool object_is_readable(struct bytes object_public) MUST_CHECK;

/* May it be seen in this state: public objects always, private ones by
 * ROLE_USER only. */
bool object_is_visible(struct bytes object_public, enum object_role role) MUST_CHECK;

/* May the key do this? CKR_OK, CKR_KEY_FUNCTION_NOT_PERMITTED (usage flag, or
 * CKA_ALLOWED_MECHANISMS; an empty list allows none), CKR_KEY_TYPE_INCONSISTENT,
 * CKR_MECHANISM_INVALID. usage: CKA_ENCRYPT ... */
CK_RV object_check_usage(struct bytes object_public, uint32_t usage,
	CK_MECHANISM_TYPE mechanism) MUST_CHECK;
/* The same whatever the key's type: for one that is only data to the mechanism. */
CK_RV object_check_permission(struct bytes object_public, uint32_t usage,
	CK_MECHANISM_TYPE mechanism) MUST_CHECK;
