/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the programs here share. They know the module as any application does, by dlopen()
 * of $PKCS11_MODULE, and need what tests/stack exports. What goes wrong where it must
 * not ends the program: it says so on stderr, with status 2.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cryptoki/mech.h"
#include "cryptoki/names.h"
#include "cryptoki/pkcs11.h"
#include "cryptoki/vendor.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ATTR(type, object)                                             \
	{                                                              \
		(type), (void *)(uintptr_t) & (object), sizeof(object) \
	}

extern CK_FUNCTION_LIST *F;
extern CK_SLOT_ID client_slot;

_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Ends the program unless rv is CKR_OK. */
void must(CK_RV rv, const char *what);

/* Loaded and initialised; the stack's token is found; a read-write session, logged in. */
CK_SESSION_HANDLE client_start(void);
CK_SESSION_HANDLE client_session(void);

/* The ways in which an operation with a secret key can be done. */
enum way {
	WAY_KERNEL, /* a sensitive session key: policy decides, kernel where it can be */
	WAY_PASSED, /* a token key that permits all that its sockets can do */
	WAY_EXECUTED, /* a token key that does not (CKA_DERIVE): keyringd executes */
	WAY_PROCESS,  /* a session key that may be read */
	WAYS
};
extern const char *const way_names[WAYS];
/* WAYS: no such way. */
enum way way_named(const char *name);

/* A key of these bytes for all that its type can do. */
CK_OBJECT_HANDLE key_import(CK_SESSION_HANDLE s, enum way way, CK_KEY_TYPE type,
	const void *value, CK_ULONG n);
/* The same, for this mechanism alone (CKA_ALLOWED_MECHANISMS): a key is the kernel's only where
 * the kernel can do all that the key may be used for, and it has no HMAC-SHA-512/256. */
CK_OBJECT_HANDLE key_import_for(CK_SESSION_HANDLE s, enum way way, CK_KEY_TYPE type,
	const void *value, CK_ULONG n, CK_MECHANISM_TYPE mechanism);
/* CK_KT_CUSTODY_*; ask keyringd's store no more than this. */
CK_ULONG key_custody(CK_SESSION_HANDLE s, CK_OBJECT_HANDLE key);
const char *custody_name(CK_ULONG custody);

/* A parameter with room for what it points to. */
struct param {
	CK_MECHANISM mechanism;
	union {
		CK_GCM_PARAMS gcm;
		CK_CCM_PARAMS ccm;
		CK_AES_CTR_PARAMS ctr;
		CK_CHACHA20_PARAMS chacha20;
		CK_SALSA20_CHACHA20_POLY1305_PARAMS poly1305;
		CK_MAC_GENERAL_PARAMS length;
		CK_BYTE iv[256];
	} u;
	CK_BYTE nonce[256];
	CK_BYTE aad[256];
};

/* One that every use of m accepts, the same each time; n: bytes of plaintext. */
void param_plain(struct param *p, const struct mech *m, CK_ULONG n);
/* Of mechanisms with a secret key or none, the ones that these programs can use: they
 * encrypt, sign or digest, and the module has them. */
bool mech_is_ours(const struct mech *m);
/* A mode that wraps keys: its operations cost calls for each eight bytes. */
bool mech_wraps(const struct mech *m);
/* Bytes of key that m takes, at most 32 (64 for XTS); MACs with a hash: 32. */
CK_ULONG mech_key_bytes(const struct mech *m);

/* AF_ALG sockets that this process has open. */
unsigned af_alg_sockets(void);
/* Seconds of CLOCK_MONOTONIC. */
double now(void);
/* The integer in the environment, or what is meant where it is not there. */
unsigned long env_number(const char *name, unsigned long otherwise);
