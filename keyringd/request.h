/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request of a client, from its frame to its reply. Most live on the
 * stack while their handler runs and answers; what has to wait is held: copied
 * with references to its connection and client, and answered later by its id.
 */
#pragma once

#include "cryptoki/pkcs11.h"
#include "keyringd/conn.h"

union wire_any {
	struct wire_empty empty;
	struct wire_hello hello;
	struct wire_wait_slots wait_slots;
	struct wire_login login;
	struct wire_slot_request slot_request;
	struct wire_init_token init_token;
	struct wire_init_pin init_pin;
	struct wire_set_pin set_pin;
	struct wire_find find;
	struct wire_object_request object_request;
	struct wire_create create;
	struct wire_change change;
	struct wire_destroy destroy;
	struct wire_generate generate;
	struct wire_generate_pair generate_pair;
	struct wire_op op;
	struct wire_op_cancel op_cancel;
	struct wire_key_socket key_socket;
	struct wire_wrap wrap;
	struct wire_unwrap unwrap;
	struct wire_derive derive;
	struct wire_keep keep;
	struct wire_login_use login_use;
};

#define REQUEST_KEYS 2u /* that take part in one request, at most */

struct request {
	struct conn *conn;
	struct client *client;
	uint64_t id;
	uint16_t type;
	bool held;
	bool waited;     /* held, and waits for no index any more */
	uint8_t fetched; /* likewise; the values of so many of its keys have come */
	size_t weight;   /* held: in the client's budget */
	TAILQ_ENTRY(request) waiting; /* for news, or for its user's turn after that */
	struct buf payload;           /* held: what m borrows from */
	union wire_any m;
};

/* Handles a frame; false when it breaks the protocol. */
bool request_handle(
	struct conn *c, const struct wire_header *h, struct bytes payload) MUST_CHECK;
/* For a handler that cannot answer yet (itself, where it is held already). keep: the payload will be read again.
 * NULL: no room, and the request has been answered so. */
struct request *request_hold(struct request *r, bool keep) MUST_CHECK;
/* Held, and what it waited for is here: its handler runs again when its user has a turn. */
void request_go_on(struct request *r);
/* That turn. */
void request_again(struct request *r);
/* Those of a client that ends are answered. */
void request_queue_forget(struct request_queue *queue, const struct client *cl);
/* Answers; a held request is gone afterwards. reply may be NULL unless rv is
 * CKR_OK. Nothing is sent to a connection that has closed. */
void request_done(struct request *r, CK_RV rv, const void *reply);
/* Answers CKR_OK with a descriptor, which stays the caller's; where it cannot be sent
 * CKR_DEVICE_MEMORY without one, and false. */
bool request_done_fd(struct request *r, const void *reply, int fd);
/* Has its client ended meanwhile? */
bool request_is_dead(const struct request *r) MUST_CHECK;
/* A reply made by hand: everything after the header goes into the returned
 * buffer; request_send() then answers as request_done() does. */
struct buf *request_reply(struct request *r);
void request_send(struct request *r);

typedef void request_handler(struct request *r);
extern request_handler *const request_handlers[WIRE_TYPES];
