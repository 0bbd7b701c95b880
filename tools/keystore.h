/* SPDX-License-Identifier: Apache-2.0 */
/* One keystore, for commands that call it a few times and end. */
#pragma once

#include "common/request_id.h"
#include "remote/client/client.h"
#include "tools/tokenctl.h"

#define KEYSTORE_PATH 4096

/* Where it is and how to get in. */
struct keystore_where {
	const char *endpoint;
	char ca[KEYSTORE_PATH], cert[KEYSTORE_PATH], key[KEYSTORE_PATH];
	unsigned timeout_ms;
	bool timeout_given; /* else calls that take long have more */
};

struct keystore {
	struct keystore_where where;
	struct event_base *base;
	struct rpc_tls *tls;
	struct rpc_channel *channel;
};

/* From options and environment. Tells about an error itself. TOOL_*. */
int keystore_where(const struct options *o, struct keystore_where *ret) MUST_CHECK;
/* Makes no connection yet; the certificates are read. quiet: what is wrong goes
 * into err instead of to stderr. TOOL_*. */
int keystore_open(const struct keystore_where *where, struct keystore *ret, char *err,
	size_t err_len) MUST_CHECK;
void keystore_close(struct keystore *k); /* harmless on a zeroed one */

/* A call that tells about its failure itself. The response is freed with
 * keystore_free(). TOOL_OK or TOOL_FAILED. */
int keystore_call(struct keystore *k, enum remote_method method,
	const ProtobufCMessage *request, ProtobufCMessage **ret) MUST_CHECK;
/* The same, without a word: why it failed is in err. */
int keystore_try(struct keystore *k, enum remote_method method,
	const ProtobufCMessage *request, ProtobufCMessage **ret, char *err,
	size_t err_len) MUST_CHECK;
/* grpc.health.v1: TOOL_OK when it serves. */
int keystore_health(struct keystore *k, char *err, size_t err_len) MUST_CHECK;
void keystore_free(void *response);
/* A new request id into a request's field; buffer lives as long as it. */
int keystore_request_id(uint8_t buffer[REQUEST_ID], ProtobufCBinaryData *to) MUST_CHECK;

/* A connection of our own, to see what the transport does not show: false when
 * there was none. */
struct tls_facts {
	char group[48], cipher[48];
	char subject[256], end[16];
	int days_left;
};
int tls_probe(const struct keystore_where *where, struct tls_facts *ret, char *err,
	size_t err_len) MUST_CHECK;
