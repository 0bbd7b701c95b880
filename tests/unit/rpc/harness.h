/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A loop, a pool, an echo server and a channel in one process, for tests.
 */
#pragma once

#include <check.h>
#include <event2/event.h>
#include <stdatomic.h>

#include "common/pool.h"
#include "remote/rpc/rpc.h"
#include "tests/unit/rpc/echo.pb-c.h"
#include "tests/unit/rpc/pki.h"

#define SAY "/test.v1.Echo/Say"
#define COUNT "/test.v1.Echo/Count"

struct echo_server {
	struct rpc_server *rpc;
	struct rpc_tls *tls;
	unsigned port;
	atomic_uint said;        /* calls that were begun */
	atomic_uint returned;    /* ... and have come to their end */
	atomic_bool gate_open;   /* calls with "hold" wait for it */
	atomic_uint unavailable; /* so many are answered with RPC_UNAVAILABLE */
	unsigned refused_sends;  /* Count: -EAGAIN seen */
	atomic_uint sent;        /* Count: messages */
	unsigned streams_open;
	unsigned most_queued; /* messages sent before the first -EAGAIN */
};

struct harness {
	struct pki pki;
	struct event_base *base;
	struct pool *pool;
};

/* The outcome of a call. */
struct outcome {
	struct harness *h;
	unsigned done;
	unsigned messages;
	struct rpc_status status;
	size_t payload_n;
	uint8_t first;
	char peer[64];
	char trace[64];
};

void harness_start(struct harness *h);
void harness_stop(struct harness *h);
/* Run the loop until *value is at least want; they fail the test after 30 s. */
void harness_until(struct harness *h, const unsigned *value, unsigned want);
void harness_until_atomic(struct harness *h, atomic_uint *value, unsigned want);
void harness_run_ms(struct harness *h, unsigned ms);

/* cert NULL: the usual one. port 0: any free one. */
void echo_server_start(struct harness *h, struct echo_server *s,
	enum rpc_client_cert mode, unsigned port);
void echo_server_start_as(
	struct harness *h, struct echo_server *s, const char *cert, const char *key);
void echo_server_stop(struct echo_server *s);
/* A port on which nobody listens. */
unsigned free_port(void);

struct rpc_tls *client_tls(const char *ca, const char *cert, const char *key);
struct rpc_tls *usual_tls(struct harness *h);
/* Where the deadline of a call is not what is tested: never reached. */
#define DEADLINE_MS 60000

/* To 127.0.0.1 on these ports, ending with 0. */
struct rpc_channel *channel_to(
	struct harness *h, struct rpc_tls *tls, const unsigned *ports);
struct rpc_channel *channel_with_keepalive(struct harness *h, struct rpc_tls *tls,
	const unsigned *ports, unsigned keepalive_ms);

void say(struct rpc_channel *ch, struct outcome *o, const Test__V1__Ping *ping,
	unsigned deadline_ms);
/* ... and waits. */
void say_wait(struct rpc_channel *ch, struct outcome *o, const Test__V1__Ping *ping,
	unsigned deadline_ms);
/* An outcome's callbacks. */
void outcome_done(
	void *arg, const struct rpc_status *status, const ProtobufCMessage *msg);
void outcome_message(void *arg, const ProtobufCMessage *msg);

void ping_payload(Test__V1__Ping *ping, uint8_t *data, size_t n, uint8_t fill);
