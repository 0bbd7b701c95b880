/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The protocol between libtoken.so and keyringd, as data: one row a message,
 * one struct each for request and reply, one codec for all of them.
 * docs/PROTOCOL.md is the specification; this file follows it.
 *
 * A frame is a 24-byte header and a payload:
 *   u32 payload length   u16 type   u16 flags (0)   u64 request id   u64 rv
 * little-endian. A reply repeats type and request id, with WIRE_REPLY set in
 * flags, and WIRE_FD when a descriptor comes along (SCM_RIGHTS, with the frame's first
 * byte; the message's row says which may); rv is its CK_RV, and unless that is CKR_OK
 * its payload is empty. The payload
 * is the row's fields in order: integers little-endian, blobs as u32 length
 * and bytes. Requests on one connection may be answered in any order.
 */
#pragma once

#include "common/buf.h"

#define WIRE_VERSION 1u
#define WIRE_HEADER 24u
#define WIRE_MAX_PAYLOAD (2u << 20) /* bytes; the first frame: WIRE_MAX_HELLO */
#define WIRE_MAX_HELLO 512u
#define WIRE_MAX_CHUNK (1u << 20) /* data of one WIRE_OP */
#define WIRE_SECRET 32u           /* bytes of the resume secret */
#define WIRE_MAX_PIN 256u

#define WIRE_REPLY 1u /* flags */
#define WIRE_FD 2u    /* in a reply: one descriptor comes with its first byte */

enum wire_type {
	WIRE_HELLO = 1,
	WIRE_SLOTS,
	WIRE_WAIT_SLOTS,
	WIRE_LOGIN,
	WIRE_LOGOUT,
	WIRE_INIT_TOKEN,
	WIRE_INIT_PIN,
	WIRE_SET_PIN,
	WIRE_FIND,
	WIRE_GET,
	WIRE_GET_SECRET,
	WIRE_CREATE,
	WIRE_COPY,
	WIRE_SET,
	WIRE_DESTROY,
	WIRE_GENERATE,
	WIRE_GENERATE_PAIR,
	WIRE_OP,
	WIRE_OP_CANCEL,
	WIRE_REGION,
	WIRE_KEY_SOCKET,
	WIRE_WRAP,
	WIRE_UNWRAP,
	WIRE_DERIVE,
	WIRE_KEEP,
	WIRE_LOGIN_USE,
	WIRE_DECAPSULATE,
	WIRE_TYPES, /* one more than the last */
};

struct wire_header {
	uint32_t length;
	uint16_t type;
	uint16_t flags;
	uint64_t id;
	uint64_t rv;
};

struct wire_id {
	uint8_t b[16];
};

struct wire_empty {
	uint8_t unused; /* not on the wire */
};

/* First frame of every connection. secret empty: a new client. Else that of an
 * earlier reply: the connection joins (or, after keyringd restarted, resumes)
 * that client, if uid, process and host are the same. */
struct wire_hello {
	uint32_t min_version, max_version;
	struct bytes secret;
	struct bytes program; /* for logs, at most 64 bytes */
};

enum wire_custody { WIRE_CUSTODY_KERNEL = 1, WIRE_CUSTODY_BROKER, WIRE_CUSTODY_PROCESS };

enum wire_policy {
	WIRE_POLICY_STRICT = 1, /* keyed sockets are never passed: do not ask */
	WIRE_POLICY_OPENSSL_DIGEST =
		2,              /* digests in OpenSSL although the kernel has them */
	WIRE_POLICY_LEGACY = 4, /* mechanisms for old data are offered */
};

struct wire_hello_reply {
	uint32_t version;
	struct bytes secret;
	uint8_t known;             /* the secret was accepted */
	uint8_t sensitive_session; /* enum wire_custody: of sensitive session keys */
	uint8_t policy;            /* enum wire_policy */
};

/* Slots in list order. list: struct wire_slot, repeated. serial changes with
 * what is an event: which tokens there are, and their initialisation. */
struct wire_slots_reply {
	uint64_t serial;
	struct bytes list;
};

enum wire_slot_flags {
	WIRE_SLOT_INITIALIZED = 1,
	WIRE_SLOT_USER_PIN = 2,   /* the user's PIN is set */
	WIRE_SLOT_USER_LOW = 4,   /* one wrong try at least */
	WIRE_SLOT_USER_FINAL = 8, /* one try left */
	WIRE_SLOT_USER_LOCKED = 16,
	WIRE_SLOT_SO_LOW = 32,
	WIRE_SLOT_SO_FINAL = 64,
	WIRE_SLOT_SO_LOCKED = 128,
	WIRE_SLOT_GONE = 256, /* its token was deleted or taken from this host */
};

struct wire_slot {
	uint64_t slot;
	uint32_t flags;
	struct wire_id token; /* zeroes: blank */
	struct bytes label;   /* UTF-8, at most 32 bytes, no padding */
	uint32_t min_pin, max_pin;
	uint64_t epoch;
};

/* Answered with the change that comes next after this serial of the list. */
struct wire_wait_slots {
	uint64_t serial;
};

struct wire_wait_slots_reply {
	uint64_t serial;
	uint64_t slot; /* that changed */
};

struct wire_login {
	uint64_t slot;
	uint8_t role; /* CKU_SO 0, CKU_USER 1 */
	struct wire_id request;
	struct bytes pin;
};

struct wire_slot_request {
	uint64_t slot;
};

struct wire_slot_reply {
	struct bytes slot; /* one struct wire_slot */
};

struct wire_init_token {
	uint64_t slot;
	struct wire_id request;
	struct bytes pin;
	struct bytes label;
};

struct wire_init_pin {
	uint64_t slot;
	struct wire_id request;
	struct bytes pin;
};

struct wire_set_pin {
	uint64_t slot;
	uint8_t role; /* CKU_SO or CKU_USER */
	struct wire_id request;
	struct bytes old_pin, new_pin;
};

/* Token objects this client may see now that match. cursor 0 at first, then
 * that of the reply, until it is 0. One reply holds as many as fit. */
struct wire_find {
	uint64_t slot;
	uint64_t cursor;
	uint32_t max;
	struct bytes template; /* packed attributes, may be empty */
};

/* flags of a token in the reply */
#define WIRE_FIND_PUBLIC_CERTIFICATES 1u /* it has that profile now */

struct wire_objects_reply {
	uint64_t cursor;
	uint32_t flags;    /* WIRE_FIND_* */
	struct bytes list; /* struct wire_object, repeated */
};

struct wire_object {
	struct wire_id id; /* zeroes: a public session object, kept by the module */
	uint64_t revision;
	uint8_t custody; /* enum wire_custody, 0 for what has no secret key */
	/* Of a token's object: its cell in the token's region (region.h), and what that
	 * counted when the object was as it is told here. WIRE_NO_CELL: none. */
	uint32_t cell, count;
	struct bytes attributes; /* packed, never secret ones */
};

#define WIRE_NO_CELL UINT32_MAX

struct wire_object_request {
	uint64_t slot;
	struct wire_id id;
};

struct wire_object_reply {
	struct bytes object; /* one struct wire_object */
};

struct wire_secret_reply {
	struct bytes attributes; /* packed: the readable object's secret part */
};

/* A token object of any class, or a session object whose secret stays here or
 * at the keystore (secret keys in broker custody, private keys). template: the
 * application's, packed, with CKA_TOKEN. */
struct wire_create {
	uint64_t slot;
	struct wire_id request;
	struct bytes template;
};

/* Of C_CopyObject and C_SetAttributeValue. */
struct wire_change {
	uint64_t slot;
	struct wire_id request;
	struct wire_id id;
	struct bytes template;
};

struct wire_destroy {
	uint64_t slot;
	struct wire_id request;
	struct bytes ids; /* 16 bytes each; several only for session objects */
	/* The request that made it on the token, and failed here: taken back, also where
	 * CKA_DESTROYABLE is false. Zeroes: none. */
	struct wire_id made_by;
};

struct wire_generate {
	uint64_t slot;
	struct wire_id request;
	uint64_t mechanism;
	struct bytes params; /* mech_params_encode() */
	struct bytes template;
};

struct wire_generate_pair {
	uint64_t slot;
	struct wire_id request;
	uint64_t mechanism;
	struct bytes params;
	struct bytes public_template, private_template;
};

struct wire_pair_reply {
	struct bytes public_key, private_key; /* one struct wire_object each */
};

enum wire_op_flags {
	WIRE_OP_FIRST = 1, /* starts an operation: key, mechanism, params are read */
	WIRE_OP_LAST = 2,  /* ends it: with FIRST, one call does all */
};

/* Secret keys: any kind, whole or in chunks. Private keys: OP_SIGN, OP_SIGN_RECOVER
 * and OP_DECRYPT with FIRST and LAST, data being the digest for mechanisms that
 * hash. A failed operation is gone. */
struct wire_op {
	uint64_t slot;
	uint64_t op; /* from the reply to FIRST; 0 with FIRST, but for a private key with
		      * CKA_ALWAYS_AUTHENTICATE: from the reply to login-use */
	uint8_t flags;
	uint8_t kind; /* enum op_kind */
	struct wire_id key;
	uint64_t mechanism;
	struct bytes params;
	struct bytes data;
	struct bytes signature; /* OP_VERIFY with LAST */
};

struct wire_op_reply {
	uint64_t op; /* 0 after LAST; else there is more: LAST again, without data */
	struct bytes data;
};

struct wire_op_cancel {
	uint64_t op;
};

/* The region of a slot's token; a descriptor comes with the reply. */
struct wire_region_reply {
	uint32_t cells;
};

/* A keyed AF_ALG socket: a fresh one, for this client alone; a descriptor comes with the
 * reply. CKR_FUNCTION_NOT_SUPPORTED: this key's sockets are not passed (its attributes,
 * strict revocation, or a kernel without the algorithm): keyringd executes. */
struct wire_key_socket {
	uint64_t slot;
	struct wire_id key;
	uint64_t mechanism; /* a plain one: CKM_AES_CBC is cbc(aes) */
};

/* A key that takes part in one of the messages below: one that keyringd knows, by its id;
 * else zeroes, and a session key of the application's process, whole. */
struct wire_key {
	struct wire_id id;
	struct bytes attributes; /* packed, public ones */
	struct bytes value;
};

struct wire_wrap {
	uint64_t slot;
	uint64_t mechanism;
	struct bytes params; /* mech_params_encode() */
	struct bytes by,
		key; /* one struct wire_key each: the one that wraps, the other */
};

struct wire_wrap_reply {
	struct bytes data;
};

/* Of a decapsulation too: by is its private key, wrapped the ciphertext. */
struct wire_unwrap {
	uint64_t slot;
	struct wire_id request;
	uint64_t mechanism;
	struct bytes params; /* mech_params_encode() */
	struct bytes by;     /* one struct wire_key */
	struct bytes wrapped;
	struct bytes template;
};

struct wire_derive {
	uint64_t slot;
	struct wire_id request;
	uint8_t read_only; /* the session is: no key may become the token's, whichever of
			    * the templates wants it */
	uint64_t mechanism;
	struct bytes params; /* derive_params_pack() */
	struct bytes base;   /* one struct wire_key */
	struct bytes other;  /* the same, or nothing */
	struct bytes template;
};

/* A key that was generated from a password, in the process (it takes seconds), or encapsulated
 * there, which needs a public key only. */
struct wire_keep {
	uint64_t slot;
	struct wire_id request;
	uint64_t mechanism;
	struct bytes template;
	struct bytes value;
};

/* The PIN again, for one use of a private key with CKA_ALWAYS_AUTHENTICATE. */
struct wire_login_use {
	uint64_t slot;
	struct wire_id request;
	struct wire_id key;
	struct bytes pin;
};

/* op: of the one wire_op that may follow; not for ever. */
struct wire_login_use_reply {
	uint64_t op;
};

/* All keys or none. list: struct wire_made, repeated. out: of derivations. */
struct wire_made_reply {
	struct bytes list;
	struct bytes out;
};

/* value: of a session key that may be read; empty of a data object. Its object has an id of zeroes and process
 * custody: the module keeps both. */
struct wire_made {
	struct bytes object; /* one struct wire_object */
	struct bytes value;
};

/* --- Codec ------------------------------------------------------------------- */

enum wire_kind { WIRE_U8 = 1, WIRE_U32, WIRE_U64, WIRE_ID, WIRE_BLOB };

struct wire_field {
	uint8_t kind; /* 0 ends the list */
	uint16_t offset;
	uint32_t max; /* WIRE_BLOB: bytes */
};

struct wire_message {
	const char *name; /* "login"; NULL: no such type */
	const struct wire_field *request, *reply;
	bool changes; /* the request changes something and has a request id */
	bool fd;      /* a descriptor comes with a reply of CKR_OK, and must */
};

extern const struct wire_message wire_messages[WIRE_TYPES];
extern const struct wire_field wire_slot_fields[], wire_object_fields[];
extern const struct wire_field wire_key_fields[], wire_made_fields[];

void wire_header_encode(const struct wire_header *h, uint8_t out[WIRE_HEADER]);
/* false: impossible length (over max), unknown type. */
bool wire_header_decode(
	const uint8_t in[WIRE_HEADER], uint32_t max, struct wire_header *ret) MUST_CHECK;
/* Bytes that wire_encode() will append; SIZE_MAX when a blob is longer than its
 * field allows, which the other side would end the connection for. */
size_t wire_size(const struct wire_field *fields, const void *message) MUST_CHECK;
/* Appends. message is the struct that belongs to the fields. A blob over its
 * limit fails the buffer. */
void wire_encode(const struct wire_field *fields, const void *message, struct buf *to);
/* Blobs borrow from the payload. false if malformed or something is left. */
bool wire_decode(
	const struct wire_field *fields, struct bytes payload, void *ret) MUST_CHECK;
/* One element of a list; false at its end, and then c->bad tells a bad list. */
bool wire_list_next(const struct wire_field *fields, struct cursor *c, void *ret);
/* A whole frame: header and payload. */
void wire_frame(struct buf *to, uint16_t type, uint16_t flags, uint64_t id, uint64_t rv,
	const struct wire_field *fields, const void *message);
