/* SPDX-License-Identifier: Apache-2.0 */
/* The messages about objects, and what they share. */
#pragma once

#include "keyringd/op_key.h"
#include "keyringd/upcall.h"

/* What a keystore answered with. */
struct fresh {
	struct wire_id id; /* zeroes: none was given */
	uint64_t revision;
	struct attrs attributes;
};

/* A template for a message: proto_from_attrs() fills it. */
struct proto_list {
	size_t n;
	Keystore__V1__Attribute **p;
};

static inline void
proto_list_free(struct proto_list *list)
{
	proto_attrs_free(list->n, list->p);
}

#define FRESH_NONE ((struct fresh){ .attributes = ATTRS_INIT })

/* CKR_OK or CKR_DEVICE_ERROR. */
CK_RV fresh_read(const Keystore__V1__Object *from, struct fresh *ret) MUST_CHECK;
void fresh_free(struct fresh *f);
/* A token object goes into the index; a session private key with this blob into
 * custody, and gets its id there. */
CK_RV fresh_keep(struct upcall *u, const struct wire_id *request, struct bytes blob,
	struct fresh *f) MUST_CHECK;
/* Keeps what the keystore made for u->id, and answers with it. */
void fresh_answer(struct upcall *u, const Keystore__V1__Object *from, struct bytes blob);

/* Broker for secret keys, else 0. */
uint8_t object_custody(struct bytes attributes) MUST_CHECK;
/* t: its token, whose region it has a cell of if this is what the index has of it; NULL
 * for objects of a session. */
void object_encode(const struct token *t, const struct wire_id *id, uint64_t revision,
	struct bytes attributes, struct buf *to);
/* Answers with one struct wire_object; in a list of struct wire_made, without a value, where
 * the message's reply is one. */
void object_reply(struct request *r, const struct token *t, const struct wire_id *id,
	uint64_t revision, struct bytes attributes);
/* Answers with a session object that is kept here. */
void session_reply(struct request *r, const struct session_object *o);
/* The session object that this request made before, or NULL. */
const struct session_object *session_made(
	struct login *l, const struct wire_id *request) MUST_CHECK;
/* Is there one? Then answers with it. */
bool session_repeated(struct request *r, struct login *l, const struct wire_id *request);
/* A session secret key: object_complete() has been done. Answers. */
void session_keep(struct request *r, struct login *l, const struct wire_id *request,
	struct bytes attributes, struct bytes value);
/* Wants the template an object on the token? *ret holds what it wants if it says
 * nothing. CKR_ARGUMENTS_BAD for a malformed one, CKR_TOKEN_WRITE_PROTECTED where
 * token objects are refused. */
CK_RV template_check(const struct login *l, struct bytes template, bool *ret) MUST_CHECK;
/* The object for a request. false: it waits for the index, or has been answered. */
bool object_find(struct request *r, struct login *l, const struct wire_id *id,
	struct op_key *ret) MUST_CHECK;
/* Has the keystore destroy u->id, by a request of this id; as upcall_start(). made_by: the
 * request that made it, which is taken back; NULL: none is. */
bool destroy_start(struct request *r, const struct wire_id *request,
	const struct wire_id *made_by, const struct upcall *u);
/* Fills a KeyRef that borrows from k. */
void op_key_ref(const struct op_key *k, Keystore__V1__KeyRef *to);

void handle_find(struct request *r);
void handle_get(struct request *r);
void handle_get_secret(struct request *r);
void handle_create(struct request *r);
void handle_copy(struct request *r);
void handle_set(struct request *r);
void handle_destroy(struct request *r);
void handle_generate(struct request *r);
void handle_generate_pair(struct request *r);
void handle_wrap(struct request *r);
void handle_unwrap(struct request *r);
void handle_derive(struct request *r);
void handle_keep(struct request *r);
void handle_decapsulate(struct request *r);
