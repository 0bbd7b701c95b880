/* SPDX-License-Identifier: Apache-2.0 */
/* The services as rows. */
#include "common/log.h"
#include "remote/server/handlers.h"
#include "remote/server/health.h"
#include "remote/server/watch.h"

#define KEYSTORE "/keystore.v1.Keystore/"
#define HEALTH "/grpc.health.v1.Health/"

static struct call
call_of(const struct rpc_context *ctx, struct rpc_status *status, const char *method)
{
	return (struct call){ ctx->user, ctx, status, method };
}

/* Before the answer goes: whoever has it finds the line. */
static void
call_trace(const struct call *c, const ProtobufCMessage *request)
{
	log_at(LOG_TRACE, "call of %s, %zu bytes: status %d", c->method,
		protobuf_c_message_get_packed_size(request), c->status->code);
}

/* What stands between the transport, which knows no types, and a handler. */
#define METHOD(name, path, request_type, response_type)                             \
	static void name(const struct rpc_context *ctx, const ProtobufCMessage *rq, \
		ProtobufCMessage *rs, struct rpc_status *status)                    \
	{                                                                           \
		struct call c = call_of(ctx, status, path);                         \
                                                                                    \
		call_end(&c, handle_##name(&c, (const request_type *)rq,            \
				     (response_type *)rs));                         \
		call_trace(&c, rq);                                                 \
	}

#define KEYSTORE_METHOD(name, path, type)                          \
	METHOD(name, KEYSTORE path, Keystore__V1__##type##Request, \
		Keystore__V1__##type##Response)

KEYSTORE_METHOD(hello, "Hello", Hello)
KEYSTORE_METHOD(list_tokens, "ListTokens", ListTokens)
KEYSTORE_METHOD(init_token, "InitToken", InitToken)
KEYSTORE_METHOD(delete_token, "DeleteToken", DeleteToken)
KEYSTORE_METHOD(login, "Login", Login)
KEYSTORE_METHOD(login_for_use, "LoginForUse", LoginForUse)
KEYSTORE_METHOD(logout, "Logout", Logout)
KEYSTORE_METHOD(init_pin, "InitPin", InitPin)
KEYSTORE_METHOD(set_pin, "SetPin", SetPin)
KEYSTORE_METHOD(create_object, "CreateObject", CreateObject)
KEYSTORE_METHOD(copy_object, "CopyObject", CopyObject)
KEYSTORE_METHOD(set_attributes, "SetAttributes", SetAttributes)
KEYSTORE_METHOD(destroy_object, "DestroyObject", DestroyObject)
KEYSTORE_METHOD(generate_key, "GenerateKey", GenerateKey)
KEYSTORE_METHOD(generate_key_pair, "GenerateKeyPair", GenerateKeyPair)
KEYSTORE_METHOD(get_secret, "GetSecret", GetSecret)
KEYSTORE_METHOD(sign, "Sign", Sign)
KEYSTORE_METHOD(decrypt, "Decrypt", Decrypt)
KEYSTORE_METHOD(unwrap_secret, "UnwrapSecret", UnwrapSecret)
KEYSTORE_METHOD(derive_secret, "DeriveSecret", DeriveSecret)
KEYSTORE_METHOD(wrap_private, "WrapPrivate", WrapPrivate)
KEYSTORE_METHOD(unwrap_private, "UnwrapPrivate", UnwrapPrivate)
KEYSTORE_METHOD(decapsulate_secret, "DecapsulateSecret", DecapsulateSecret)
METHOD(health_check, HEALTH "Check", Grpc__Health__V1__HealthCheckRequest,
	Grpc__Health__V1__HealthCheckResponse)

#define ROW(name, path)                                                          \
	{                                                                        \
		KEYSTORE path, &keystore__v1__##name##_request__descriptor,      \
			&keystore__v1__##name##_response__descriptor, name, NULL \
	}

const struct rpc_method keystored_methods[] = {
	ROW(hello, "Hello"),
	ROW(list_tokens, "ListTokens"),
	ROW(init_token, "InitToken"),
	ROW(delete_token, "DeleteToken"),
	ROW(login, "Login"),
	ROW(login_for_use, "LoginForUse"),
	ROW(logout, "Logout"),
	ROW(init_pin, "InitPin"),
	ROW(set_pin, "SetPin"),
	ROW(create_object, "CreateObject"),
	ROW(copy_object, "CopyObject"),
	ROW(set_attributes, "SetAttributes"),
	ROW(destroy_object, "DestroyObject"),
	ROW(generate_key, "GenerateKey"),
	ROW(generate_key_pair, "GenerateKeyPair"),
	ROW(get_secret, "GetSecret"),
	ROW(sign, "Sign"),
	ROW(decrypt, "Decrypt"),
	ROW(unwrap_secret, "UnwrapSecret"),
	ROW(derive_secret, "DeriveSecret"),
	ROW(wrap_private, "WrapPrivate"),
	ROW(unwrap_private, "UnwrapPrivate"),
	ROW(decapsulate_secret, "DecapsulateSecret"),
	{ KEYSTORE "Watch", &keystore__v1__watch_request__descriptor,
		&keystore__v1__watch_response__descriptor, NULL, watch_open },
	{ HEALTH "Check", &grpc__health__v1__health_check_request__descriptor,
		&grpc__health__v1__health_check_response__descriptor, health_check,
		NULL },
	{ HEALTH "Watch", &grpc__health__v1__health_check_request__descriptor,
		&grpc__health__v1__health_check_response__descriptor, NULL,
		health_watch },
	{ 0 },
};
