/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Message-based operations (PKCS#11 3.2, 5.9, 5.11, 5.14 and 5.16): one key and mechanism for
 * many messages, each with a parameter of its own.
 *
 *   idle --Init--> ready --Begin--> parts --the last Next--> ready --Final--> idle
 *                  ready -- a message in one call --> ready
 *
 * An error ends the message it is about, never the process: that is for Final, an Init
 * without a mechanism, and C_SessionCancel. There is one process of a kind in a session,
 * beside the operation of that kind. The op below is the one that C_EncryptInit would
 * make, armed anew for each message, so a message costs what a warm operation does,
 * wherever the key is.
 *
 * Tags are apart from the ciphertext here and behind it in an op; `room` is where they meet.
 * A decryption gives all of its plaintext with the last part, when the tag has been found
 * right: the parts before give 0 bytes. A buffer of NULL asks for a length, also where that is 0.
 */
#pragma once

#include "libtoken/object/generator.h"
#include "libtoken/core/operation.h"

struct message {
	struct operation o;        /* READY: between messages, PARTS: within one */
	struct mech_params params; /* of signatures: what all messages have */
	struct buf extra;          /* what they point to */
	struct generators *generators;
	uint64_t waiting; /* bytes that are in and not out yet */
	size_t tag_n;     /* of the message under way */
	struct buf room;
};

enum message_call { MESSAGE_ONE, MESSAGE_BEGIN, MESSAGE_NEXT, MESSAGE_CALLS };

struct message_args {
	struct bytes param;
	struct bytes aad;
	struct bytes in;
	struct bytes signature; /* to be verified */
	struct app_out out;
	CK_FLAGS flags; /* of Next: CKF_END_OF_MESSAGE */
};

#define MESSAGE_KINDS (OP_VERIFY + 1)

/* C_Message*Init; mechanism NULL ends a process. */
CK_RV message_init(struct session *s, enum op_kind kind, const CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE key) MUST_CHECK;
CK_RV message_run(struct session *s, enum op_kind kind, enum message_call call,
	struct message_args args) MUST_CHECK;
/* C_Message*Final: CKR_OPERATION_ACTIVE within a message. */
CK_RV message_final(struct session *s, enum op_kind kind) MUST_CHECK;

/* NULL: the session has had no process of any kind. */
struct operation *message_operation(struct session *s, enum op_kind kind) MUST_CHECK;
void message_cancel(struct session *s, enum op_kind kind);
/* The session ends. */
void message_free_all(struct session *s);

/* --- Among the files of messages -------------------------------------------------- */

/* A call on a process whose state allows it. *ret_query: a length was asked for. */
typedef CK_RV message_function(
	struct message *m, const struct message_args *a, bool *ret_query);

message_function message_encrypt, message_decrypt, message_begin_cipher,
	message_encrypt_next, message_decrypt_next, message_sign, message_begin_signature,
	message_sign_next, message_verify, message_verify_next;

/* Room kept for n bytes; NULL: no memory. */
uint8_t *message_room(struct message *m, size_t n) MUST_CHECK;
