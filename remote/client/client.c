/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/client/client.h"

#include <errno.h>
#include <event2/event.h>

#define SECONDS 1000u
#define PATH(name) "/keystore.v1.Keystore/" name

/* clang-format off */
#define ROW(name, type, deadline) \
	{ PATH(name), &keystore__v1__##type##_request__descriptor, \
		&keystore__v1__##type##_response__descriptor, (deadline) }
/* clang-format on */

/* Making an RSA pair of 4096 bits takes seconds on a busy machine; a PIN may
 * have to wait for others to be hashed. */
const struct remote_method_info remote_methods[REMOTE_METHODS] = {
	[REMOTE_HELLO] = ROW("Hello", hello, 10 * SECONDS),
	[REMOTE_LIST_TOKENS] = ROW("ListTokens", list_tokens, 10 * SECONDS),
	[REMOTE_INIT_TOKEN] = ROW("InitToken", init_token, 20 * SECONDS),
	[REMOTE_DELETE_TOKEN] = ROW("DeleteToken", delete_token, 20 * SECONDS),
	[REMOTE_LOGIN] = ROW("Login", login, 20 * SECONDS),
	[REMOTE_LOGIN_FOR_USE] = ROW("LoginForUse", login_for_use, 20 * SECONDS),
	[REMOTE_LOGOUT] = ROW("Logout", logout, 10 * SECONDS),
	[REMOTE_INIT_PIN] = ROW("InitPin", init_pin, 20 * SECONDS),
	[REMOTE_SET_PIN] = ROW("SetPin", set_pin, 20 * SECONDS),
	[REMOTE_CREATE_OBJECT] = ROW("CreateObject", create_object, 10 * SECONDS),
	[REMOTE_COPY_OBJECT] = ROW("CopyObject", copy_object, 10 * SECONDS),
	[REMOTE_SET_ATTRIBUTES] = ROW("SetAttributes", set_attributes, 10 * SECONDS),
	[REMOTE_DESTROY_OBJECT] = ROW("DestroyObject", destroy_object, 10 * SECONDS),
	[REMOTE_GENERATE_KEY] = ROW("GenerateKey", generate_key, 10 * SECONDS),
	[REMOTE_GENERATE_KEY_PAIR] =
		ROW("GenerateKeyPair", generate_key_pair, 60 * SECONDS),
	[REMOTE_GET_SECRET] = ROW("GetSecret", get_secret, 10 * SECONDS),
	[REMOTE_SIGN] = ROW("Sign", sign, 10 * SECONDS),
	[REMOTE_DECRYPT] = ROW("Decrypt", decrypt, 10 * SECONDS),
	[REMOTE_UNWRAP_SECRET] = ROW("UnwrapSecret", unwrap_secret, 10 * SECONDS),
	[REMOTE_DERIVE_SECRET] = ROW("DeriveSecret", derive_secret, 10 * SECONDS),
	[REMOTE_WRAP_PRIVATE] = ROW("WrapPrivate", wrap_private, 10 * SECONDS),
	[REMOTE_UNWRAP_PRIVATE] = ROW("UnwrapPrivate", unwrap_private, 20 * SECONDS),
	[REMOTE_DECAPSULATE_SECRET] =
		ROW("DecapsulateSecret", decapsulate_secret, 10 * SECONDS),
	[REMOTE_WATCH] = ROW("Watch", watch, 0),
};

int
remote_call(struct rpc_channel *channel, enum remote_method method,
	const ProtobufCMessage *request, unsigned deadline_ms, rpc_done_fn *done,
	void *arg, struct rpc_call **ret)
{
	const struct remote_method_info *info = &remote_methods[method];

	if (info->deadline_ms == 0)
		return -EINVAL;
	if (deadline_ms == 0)
		deadline_ms = info->deadline_ms;
	return rpc_unary(channel, info->path, request, info->response, deadline_ms, done,
		arg, ret);
}

CK_RV
remote_ckr(const struct rpc_status *status)
{
	if (status->code == RPC_OK)
		return CKR_OK;
	if (status->ckr != CKR_OK)
		return (CK_RV)status->ckr;
	if (status->code == RPC_UNAUTHENTICATED)
		return CKR_USER_NOT_LOGGED_IN;
	if (status->code == RPC_RESOURCE_EXHAUSTED)
		return CKR_HOST_MEMORY;
	return CKR_DEVICE_ERROR;
}

struct sync {
	struct event_base *base;
	struct rpc_status status;
	ProtobufCMessage *response;
	bool done;
	int error;
};

/* The response is the channel's: a copy goes through its own encoding. */
static int
message_copy(const ProtobufCMessage *from, ProtobufCMessage **ret)
{
	size_t n = protobuf_c_message_get_packed_size(from);
	ProtobufCMessage *copy;
	uint8_t *packed;

	packed = proto_alloc(n != 0 ? n : 1);
	if (packed == NULL)
		return -ENOMEM;
	(void)protobuf_c_message_pack(from, packed);
	copy = protobuf_c_message_unpack(from->descriptor, &rpc_allocator, n, packed);
	rpc_allocator.free(rpc_allocator.allocator_data, packed);
	if (copy == NULL)
		return -ENOMEM;
	*ret = copy;
	return 0;
}

static void
sync_done(void *arg, const struct rpc_status *status, const ProtobufCMessage *response)
{
	struct sync *s = arg;

	s->status = *status;
	if (status->code == RPC_OK && response != NULL)
		s->error = message_copy(response, &s->response);
	s->done = true;
	(void)event_base_loopbreak(s->base);
}

int
remote_call_sync(struct event_base *base, struct rpc_channel *channel,
	enum remote_method method, const ProtobufCMessage *request, unsigned deadline_ms,
	struct rpc_status *ret_status, ProtobufCMessage **ret)
{
	struct sync s = { .base = base };
	struct rpc_call *call = NULL;
	int r;

	r = remote_call(channel, method, request, deadline_ms, sync_done, &s, &call);
	if (r < 0)
		return r;
	while (!s.done)
		if (event_base_loop(base, EVLOOP_ONCE) != 0 && !s.done) {
			rpc_cancel(call);
			return -EINTR;
		}
	if (s.error < 0)
		return s.error;
	*ret_status = s.status;
	if (s.response != NULL)
		*ret = s.response;
	return 0;
}
