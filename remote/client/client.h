/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keystore.v1 client, thin over remote/rpc: methods by number, request
 * ids, and what a failed call means in PKCS#11's words. Used by keyringd and
 * tokenctl. Loop thread only, like the channel underneath.
 */
#pragma once

#include "cryptoki/pkcs11.h"
#include "remote/proto/proto_convert.h"
#include "remote/rpc/rpc.h"

struct event_base;

enum remote_method {
	REMOTE_HELLO,
	REMOTE_LIST_TOKENS,
	REMOTE_INIT_TOKEN,
	REMOTE_DELETE_TOKEN,
	REMOTE_LOGIN,
	REMOTE_LOGIN_FOR_USE,
	REMOTE_LOGOUT,
	REMOTE_INIT_PIN,
	REMOTE_SET_PIN,
	REMOTE_CREATE_OBJECT,
	REMOTE_COPY_OBJECT,
	REMOTE_SET_ATTRIBUTES,
	REMOTE_DESTROY_OBJECT,
	REMOTE_GENERATE_KEY,
	REMOTE_GENERATE_KEY_PAIR,
	REMOTE_GET_SECRET,
	REMOTE_SIGN,
	REMOTE_DECRYPT,
	REMOTE_UNWRAP_SECRET,
	REMOTE_DERIVE_SECRET,
	REMOTE_WRAP_PRIVATE,
	REMOTE_UNWRAP_PRIVATE,
	REMOTE_DECAPSULATE_SECRET,
	REMOTE_WATCH,
	REMOTE_METHODS,
};

struct remote_method_info {
	const char *path; /* "/keystore.v1.Keystore/Sign" */
	const ProtobufCMessageDescriptor *request;
	const ProtobufCMessageDescriptor *response;
	unsigned deadline_ms; /* to use where the caller has no other; 0: a stream */
};

extern const struct remote_method_info remote_methods[REMOTE_METHODS];

#define REMOTE_VERSION PROTO_VERSION
#define REMOTE_TICKET 32u

/* rpc_unary() by method, deadline_ms 0: the method's own. */
int remote_call(struct rpc_channel *channel, enum remote_method method,
	const ProtobufCMessage *request, unsigned deadline_ms, rpc_done_fn *done,
	void *arg, struct rpc_call **ret) MUST_CHECK;

/* How a call ended as a CK_RV: the trailer where there is one; else
 * CKR_USER_NOT_LOGGED_IN for UNAUTHENTICATED, CKR_HOST_MEMORY for
 * RESOURCE_EXHAUSTED, CKR_DEVICE_ERROR for all other failures. */
CK_RV remote_ckr(const struct rpc_status *status) MUST_CHECK;

/* For command-line tools: a call that runs the loop until its end. ret is the
 * caller's, freed with protobuf_c_message_free_unpacked(ret, &rpc_allocator);
 * untouched unless the status is RPC_OK. 0 when there is a status to look at,
 * whatever it says; -errno when the call could not be made. */
int remote_call_sync(struct event_base *base, struct rpc_channel *channel,
	enum remote_method method, const ProtobufCMessage *request, unsigned deadline_ms,
	struct rpc_status *ret_status, ProtobufCMessage **ret) MUST_CHECK;
