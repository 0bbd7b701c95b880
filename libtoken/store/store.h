/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The module's side of keyringd's socket: finding it, checking who owns it,
 * calling it. Any number of threads call at once: each call has a connection
 * to itself while it lasts, taken from a pool and made when none is free; all
 * of them belong to one client (the resume secret). No lock is held across a
 * round trip. Nothing is connected before the first call. At most 64 calls are
 * under way at a time, more wait; four connections are kept when it is quiet,
 * and those a burst left over are closed by later calls.
 */
#pragma once

#include "cryptoki/pkcs11.h"
#include "wire/wire.h"

struct store;

/* No I/O. CKR_HOST_MEMORY. */
CK_RV store_new(struct store **ret) MUST_CHECK;
/* For the last words of C_Finalize: no call that begins now takes longer than a
 * second or two, whatever keyringd does. */
void store_hurry(struct store *store);
/* Wakes those who wait in store_wait (they return CKR_CRYPTOKI_NOT_INITIALIZED). */
void store_stop(struct store *store);
/* Closes every connection; nobody may be inside. */
void store_free(struct store **store);
/* In a forked child: closes the descriptors without a word to keyringd, and
 * frees what it can. No lock of the parent's is touched. */
void store_forget(struct store **store);

/* One request and its reply. request and reply are the structs of the message
 * (wire.h); blobs in *reply borrow from payload, which the caller frees
 * (secret-wiping; reused when it already has memory).
 * *reply counts only after CKR_OK. keyringd's CK_RV, or
 *   CKR_DEVICE_REMOVED   nobody listens (also: refused, not ours to trust)
 *   CKR_DEVICE_ERROR     the connection broke, keyringd answered nonsense, or the time
 *                        limit (30 s; logins and key pairs 60 s, regions 10 s) passed
 *   CKR_DEVICE_MEMORY    the request is longer than the protocol allows
 *   CKR_HOST_MEMORY      also without a descriptor left
 *   CKR_USER_NOT_LOGGED_IN, CKR_OBJECT_HANDLE_INVALID ... from keyringd itself
 * A connection that broke before the request was sent, or whose message only
 * reads or has a request id, is tried once more on a new one that resumes the
 * client. */
CK_RV store_call(struct store *store, enum wire_type type, const void *request,
	void *reply, struct buf *payload) MUST_CHECK;

/* The same for what only that client may be answered whose store_generation() this was: the
 * one that has a login. To a new one, which has none, nothing is sent:
 * CKR_USER_NOT_LOGGED_IN. */
CK_RV store_call_as(struct store *store, uint64_t generation, enum wire_type type,
	const void *request, void *reply, struct buf *payload) MUST_CHECK;

/* store_call() for messages whose reply brings a descriptor: *ret_fd, close-on-exec, is the
 * caller's after CKR_OK, else -1. CKR_HOST_MEMORY also where the process has no room for
 * it. */
CK_RV store_call_fd(struct store *store, enum wire_type type, const void *request,
	void *reply, struct buf *payload, int *ret_fd) MUST_CHECK;

/* Like store_call for WIRE_WAIT_SLOTS, without a time limit, on a connection
 * of its own; store_stop() ends it. At most 16 threads. */
CK_RV store_wait(struct store *store, const struct wire_wait_slots *request,
	struct wire_wait_slots_reply *reply) MUST_CHECK;

struct store_policy {
	enum wire_custody sensitive_session;
	bool strict;         /* keyed sockets are never passed */
	bool openssl_digest; /* digests in OpenSSL although the kernel has them */
	bool legacy;         /* mechanisms for old data are offered */
};

/* What the last hello said; makes the first connection if there is none. */
CK_RV store_policy(struct store *store, struct store_policy *ret) MUST_CHECK;
/* Rises whenever keyringd did not know our secret: every login and every
 * object it kept for us is gone. */
uint64_t store_generation(const struct store *store) MUST_CHECK;
