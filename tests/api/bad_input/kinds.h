/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables of the bad-input test are made of. */
#pragma once

#include <stdint.h>

#include "tests/api/api.h"

enum kind {
	K_NOTHING, /* NULL, and has to be */
	K_SESSION,
	K_SLOT,
	K_NUMBER,
	K_MECHANISM,
	K_PARAMETER, /* of one message */
	K_PARAMETER_LEN,
	K_KEY,
	K_WRAPPING_KEY,
	K_UNWRAPPING_KEY,
	K_OBJECT,
	K_IN,
	K_IN_LEN,
	K_SIGNATURE,
	K_SIGNATURE_LEN,
	K_WRAPPED,
	K_WRAPPED_LEN,
	K_OUT,
	K_OUT_LEN,
	K_TEMPLATE,
	K_COUNT,
	K_MOST,  /* handles that there is room for */
	K_FLAGS, /* of a part of a message */
	K_PIN,
	K_PIN_LEN,
	K_RET, /* where an answer goes; also a text that must be there */
	K_NEW, /* where the handle of a new object goes */
	K_RESERVED,
	KINDS,
};

/* Which session, slot or object; what it is is known only at run time. */
enum session_name { S_USED, S_ZERO, S_ODD, S_HUGE, S_CLOSED, SESSIONS };
enum slot_name { SLOT_USED, SLOT_UNKNOWN, SLOT_HUGE, SLOT_OTHER, SLOT_BLANK, SLOTS };
enum object_name {
	H_ZERO,
	H_ODD,
	H_HUGE,
	H_DESTROYED,
	H_AES,      /* does all that the test's custody lets it */
	H_READABLE, /* AES, in process custody */
	H_HMAC,
	/* without any usage flag */
	H_IDLE, /* AES */
	H_IDLE_MAC,
	H_IDLE_TOKEN, /* AES, of the token */
	H_IDLE_MAC_TOKEN,
	/* CKA_ALLOWED_MECHANISMS without those of correct calls */
	H_LIMITED, /* AES */
	H_LIMITED_MAC,
	H_LIMITED_RSA,
	H_LIMITED_RSA_PUBLIC,
	H_LIMITED_KEM,
	H_LIMITED_KEM_PUBLIC,
	H_WRAP,
	H_WRAP_GENERIC, /* may wrap, and is of no cipher */
	H_DERIVE,
	H_SEALED, /* AES, CKA_EXTRACTABLE false */
	H_PUBLIC, /* an EC public key */
	H_RSA,    /* a private key, for C_SignRecover alone */
	H_RSA_PUBLIC,
	H_RSA_IDLE, /* the same without any usage flag */
	H_RSA_PUBLIC_IDLE,
	H_LEAVES, /* an EC private key, CKA_EXTRACTABLE true */
	H_KEM,    /* ML-KEM-512, private */
	H_KEM_PUBLIC,
	H_KEM_IDLE,
	H_KEM_PUBLIC_IDLE,
	H_DATA,
	H_CONSTANT, /* data, CKA_MODIFIABLE, CKA_COPYABLE and CKA_DESTROYABLE false */
	H_TOKEN,    /* data, of the token */
	H_PRIVATE,  /* data, CKA_PRIVATE */
	H_VICTIM,   /* data, to be destroyed */
	OBJECTS,
};

/* The same object on another slot, where a correct call needs one. */
#define ELSEWHERE(h) (OBJECTS + (h))

struct param {
	enum kind kind;
	CK_ULONG n;
	const void *p;
};

#define MOST_PARAMS 12

/* clang-format off */
#define NOTHING { K_NOTHING, 0, NULL }
#define SESSION { K_SESSION, S_USED, NULL }
#define SLOT { K_SLOT, SLOT_USED, NULL }
#define NUMBER(number) { K_NUMBER, (number), NULL }
#define MECHANISM(m) { K_MECHANISM, 0, &(m) }
#define KEY(h) { K_KEY, (h), NULL }
#define WRAPPING_KEY(h) { K_WRAPPING_KEY, (h), NULL }
#define UNWRAPPING_KEY(h) { K_UNWRAPPING_KEY, (h), NULL }
#define OBJECT(h) { K_OBJECT, (h), NULL }
#define IN(b, n) { K_IN, 0, (b) }, { K_IN_LEN, (n), NULL }
#define IN_VAR(b, n) { K_IN, 0, (b) }, { K_IN_LEN, 0, &(n) }
#define SIGNATURE(b, n) { K_SIGNATURE, 0, (b) }, { K_SIGNATURE_LEN, (n), NULL }
#define WRAPPED(b, n) { K_WRAPPED, 0, (b) }, { K_WRAPPED_LEN, (n), NULL }
#define PARAMETER(x) { K_PARAMETER, 0, &(x) }, { K_PARAMETER_LEN, sizeof(x), NULL }
#define FLAGS(number) { K_FLAGS, (number), NULL }
#define MOST(n) { K_MOST, (n), NULL }
#define OUT(b) { K_OUT, 0, (b) }, { K_OUT_LEN, sizeof(b), (b) }
#define LIST(b, n) { K_OUT, 0, (b) }, { K_OUT_LEN, (n), (b) }
#define TEMPLATE(t) { K_TEMPLATE, 0, (t) }, { K_COUNT, COUNT(t), NULL }
#define PIN(b, n) { K_PIN, 0, (b) }, { K_PIN_LEN, (n), NULL }
#define USER_PIN { K_PIN, 0, user_pin }, { K_PIN_LEN, 0, &user_pin_len }
#define RET(x) { K_RET, 0, &(x) }
#define NEW(x) { K_NEW, 0, &(x) }
#define RESERVED { K_RESERVED, 0, NULL }
/* clang-format on */

/* How a call that failed leaves what was active. */
enum manner {
	PLAIN,
	INIT,     /* begins an operation; failing, it begins none */
	RUN,      /* a success and most errors end the operation that goes before */
	UPDATE,   /* only errors do */
	SAVES,    /* nothing does */
	BEGINS,   /* begins a message of a process */
	FINISHES, /* only a success ends the process that goes before */
	ENDS_ALL, /* a success ends more than an operation */
	LEGACY,   /* the same answer to everybody */
};

struct entry {
	const char *name;
	const char *section;
	CK_RV (*call)(const struct param *a);
	void (*before)(void);
	enum manner manner;
	CK_RV good;
	struct param params[MOST_PARAMS];
};
