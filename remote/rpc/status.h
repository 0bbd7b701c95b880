/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a call ends, and the texts in which gRPC says so: percent-encoded
 * messages, grpc-timeout, decimal numbers, W3C trace parents.
 */
#pragma once

#include <stdarg.h>

#include "remote/rpc/rpc.h"

/* Each byte of a message may take three on the wire. */
#define STATUS_ENCODED_MAX (3 * sizeof(((struct rpc_status *)0)->message))
#define TRACEPARENT_LEN 55

/* Percent-encodes text into out (cap bytes, NUL included); the length. */
size_t rpc_status_message_encode(const char *text, char *out, size_t cap);
/* The inverse, lenient with broken escapes; control characters become '?'. */
void rpc_status_message_decode(struct bytes wire, char *out, size_t cap);

/* Decimal digits only, no sign, no overflow. */
bool rpc_number_parse(struct bytes text, uint64_t max, uint64_t *ret);

/* "1500m" into milliseconds, rounded up. False when malformed. */
bool rpc_timeout_parse(struct bytes text, int64_t *ret_ms);
/* ms above 0; out has room for 16 bytes. The length. */
size_t rpc_timeout_format(int64_t ms, char out[16]);

/* Version 00: lower-case hex, neither id all zeroes. */
bool rpc_traceparent_valid(struct bytes text);

/* The gRPC code for a response that is no gRPC response. */
enum rpc_code rpc_status_from_http(unsigned http_status);
/* ... and for a stream that was reset with this HTTP/2 error code. */
enum rpc_code rpc_status_from_h2(uint32_t error_code);

/* CLOCK_MONOTONIC in milliseconds. */
int64_t rpc_clock_ms(void);
