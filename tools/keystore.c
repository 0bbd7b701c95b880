/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/keystore.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>

#include "cryptoki/names.h"
#include "remote/proto/health.pb-c.h"

#define HEALTH_CHECK "/grpc.health.v1.Health/Check"

/* A file given by itself, else that of the folder. */
static int
path_choose(const char *given, const char *dir, const char *name, char ret[KEYSTORE_PATH])
{
	int n = 0;

	if (given != NULL)
		n = snprintf(ret, KEYSTORE_PATH, "%s", given);
	else if (dir != NULL)
		n = snprintf(ret, KEYSTORE_PATH, "%s/%s", dir, name);
	else
		ret[0] = '\0';
	if (n < 0 || n >= KEYSTORE_PATH) {
		tool_error("the path of %s is too long", name);
		return TOOL_USAGE;
	}
	return TOOL_OK;
}

int
keystore_where(const struct options *o, struct keystore_where *ret)
{
	unsigned seconds = 10;
	int r = TOOL_OK;

	*ret = (struct keystore_where){ .endpoint = o->keystore };
	if (o->keystore == NULL) {
		tool_error("no keystore: give --keystore HOST:PORT or set "
			   "KEYRING_TOKEN_KEYSTORE");
		return TOOL_USAGE;
	}
	if (strchr(o->keystore, ':') == NULL) {
		tool_error("--keystore wants HOST:PORT, not '%s'", o->keystore);
		return TOOL_USAGE;
	}
	if (o->timeout != NULL)
		r = option_number("timeout", o->timeout, 1, 3600, &seconds);
	if (r == TOOL_OK)
		r = path_choose(o->ca, o->pki, "ca.crt", ret->ca);
	if (r == TOOL_OK)
		r = path_choose(o->cert, o->pki, "admin.crt", ret->cert);
	if (r == TOOL_OK)
		r = path_choose(o->key, o->pki, "admin.key", ret->key);
	if (r == TOOL_OK && (ret->cert[0] == '\0') != (ret->key[0] == '\0')) {
		tool_error("--cert and --key belong together");
		return TOOL_USAGE;
	}
	ret->timeout_ms = seconds * 1000;
	ret->timeout_given = o->timeout != NULL;
	return r;
}

static const char *
or_null(const char *path)
{
	return path[0] != '\0' ? path : NULL;
}

int
keystore_open(const struct keystore_where *where, struct keystore *ret, char *err,
	size_t err_len)
{
	const char *endpoints[] = { where->endpoint, NULL };
	struct keystore k = { .where = *where };
	struct rpc_channel_options options = {
		.endpoints = endpoints,
		.max_rounds = 1,
		.connect_timeout_ms = where->timeout_ms < 3000 ? where->timeout_ms : 3000,
	};
	int r;

	err[0] = '\0';
	r = rpc_tls_client(or_null(where->ca), or_null(where->cert), or_null(where->key),
		&k.tls, err, err_len);
	if (r < 0) {
		if (err[0] == '\0')
			(void)snprintf(err, err_len, "certificates: %s", strerror(-r));
		return TOOL_FAILED;
	}
	options.tls = k.tls;
	k.base = event_base_new();
	r = k.base != NULL ? rpc_channel_new(k.base, &options, &k.channel) : -ENOMEM;
	if (r < 0) {
		(void)snprintf(err, err_len, "keystore %s: %s", where->endpoint,
			r == -EINVAL ? "is no HOST:PORT" : strerror(-r));
		keystore_close(&k);
		return TOOL_FAILED;
	}
	*ret = k;
	return TOOL_OK;
}

void
keystore_close(struct keystore *k)
{
	if (k->channel != NULL)
		rpc_channel_free(k->channel);
	if (k->base != NULL)
		event_base_free(k->base);
	if (k->tls != NULL)
		rpc_tls_free(k->tls);
	*k = (struct keystore){ 0 };
}

/* What to do about it, where that can be said. */
static const char *
advice(const struct keystore *k, const struct rpc_status *status)
{
	switch (status->code) {
	case RPC_UNAVAILABLE:
	case RPC_DEADLINE_EXCEEDED:
		return rpc_channel_is_up(k->channel)
			       ? "; it is there: try again, or with a longer --timeout"
			       : "; is keystored running there, and are the "
				 "certificates right?";
	case RPC_UNIMPLEMENTED:
		return "; is that a keystored of this version?";
	default:
		return "";
	}
}

static void
status_text(const struct keystore *k, const struct rpc_status *status, char *err,
	size_t err_len)
{
	const char *code = status->ckr != CKR_OK ? ckr_name((CK_RV)status->ckr) : "";
	const char *text =
		status->message[0] != '\0' ? status->message : "the call failed";
	size_t n = strlen(k->where.endpoint);

	/* the transport's own messages begin with it already */
	if (strncmp(text, k->where.endpoint, n) == 0 && strncmp(text + n, ": ", 2) == 0)
		text += n + 2;
	(void)snprintf(err, err_len, "keystore %s: %s%s%s%s%s", k->where.endpoint, text,
		code[0] != '\0' ? " (" : "", code, code[0] != '\0' ? ")" : "",
		advice(k, status));
}

int
keystore_try(struct keystore *k, enum remote_method method,
	const ProtobufCMessage *request, ProtobufCMessage **ret, char *err,
	size_t err_len)
{
	struct rpc_status status = { 0 };
	ProtobufCMessage *response = NULL;
	unsigned deadline = remote_methods[method].deadline_ms;
	int r;

	if (k->where.timeout_given || deadline < k->where.timeout_ms ||
		method == REMOTE_HELLO)
		deadline = k->where.timeout_ms;
	r = remote_call_sync(
		k->base, k->channel, method, request, deadline, &status, &response);
	if (r < 0) {
		(void)snprintf(
			err, err_len, "keystore %s: %s", k->where.endpoint, strerror(-r));
		return TOOL_FAILED;
	}
	if (status.code != RPC_OK) {
		status_text(k, &status, err, err_len);
		return TOOL_FAILED;
	}
	if (response == NULL) {
		(void)snprintf(err, err_len, "keystore %s: an answer without a message",
			k->where.endpoint);
		return TOOL_FAILED;
	}
	*ret = response;
	return TOOL_OK;
}

int
keystore_call(struct keystore *k, enum remote_method method,
	const ProtobufCMessage *request, ProtobufCMessage **ret)
{
	char err[512];
	int r = keystore_try(k, method, request, ret, err, sizeof err);

	if (r != TOOL_OK)
		tool_error("%s", err);
	return r;
}

/* --- Health -------------------------------------------------------------------- */

struct health {
	struct event_base *base;
	struct rpc_status status;
	int serving; /* Grpc__Health__V1__HealthCheckResponse__ServingStatus */
	bool done;
};

static void
health_done(void *arg, const struct rpc_status *status, const ProtobufCMessage *response)
{
	struct health *h = arg;

	h->status = *status;
	if (response != NULL)
		h->serving = (int)((const Grpc__Health__V1__HealthCheckResponse
						   *)(const void *)response)
				     ->status;
	h->done = true;
	(void)event_base_loopbreak(h->base);
}

int
keystore_health(struct keystore *k, char *err, size_t err_len)
{
	Grpc__Health__V1__HealthCheckRequest request =
		GRPC__HEALTH__V1__HEALTH_CHECK_REQUEST__INIT;
	struct health h = { .base = k->base };
	int r;

	r = rpc_unary(k->channel, HEALTH_CHECK, &request.base,
		&grpc__health__v1__health_check_response__descriptor, k->where.timeout_ms,
		health_done, &h, NULL);
	while (r == 0 && !h.done)
		if (event_base_loop(k->base, EVLOOP_ONCE) != 0 && !h.done)
			r = -EINTR;
	if (r < 0) {
		(void)snprintf(
			err, err_len, "keystore %s: %s", k->where.endpoint, strerror(-r));
		return TOOL_FAILED;
	}
	if (h.status.code != RPC_OK) {
		status_text(k, &h.status, err, err_len);
		return TOOL_FAILED;
	}
	if (h.serving !=
		GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING) {
		(void)snprintf(err, err_len, "keystore %s: says that it is not serving",
			k->where.endpoint);
		return TOOL_FAILED;
	}
	return TOOL_OK;
}

void
keystore_free(void *response)
{
	if (response != NULL)
		protobuf_c_message_free_unpacked(response, &rpc_allocator);
}

int
keystore_request_id(uint8_t buffer[REQUEST_ID], ProtobufCBinaryData *to)
{
	int r = request_id_new(buffer);

	if (r < 0) {
		tool_error("no random numbers: %s", strerror(-r));
		return TOOL_FAILED;
	}
	*to = proto_borrow(BYTES(buffer, REQUEST_ID));
	return TOOL_OK;
}
