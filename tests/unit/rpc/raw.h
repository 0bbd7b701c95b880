/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A blocking HTTP/2 client that sends what it is told, however wrong. Runs in
 * a thread of its own, next to the loop of the server it talks to.
 */
#pragma once

#include <nghttp2/nghttp2.h>
#include <openssl/ssl.h>

#include "common/bytes.h"
#include "tests/unit/rpc/harness.h"

struct raw {
	SSL_CTX *ctx;
	SSL *ssl;
	int fd;
	nghttp2_hd_inflater *inflater;
};

/* What came back for a stream; -1 where nothing did. */
struct raw_answer {
	int http_status;
	int grpc_status;
	int reset;    /* RST_STREAM's code */
	int goaway;   /* GOAWAY's code */
	bool ended;   /* END_STREAM */
	bool closed;  /* the connection */
	size_t bytes; /* of DATA */
};

int raw_connect(unsigned port);
/* TLS, preface and SETTINGS. */
void raw_open(struct raw *r, const struct pki *pki, unsigned port);
void raw_close(struct raw *r);
bool raw_bytes(struct raw *r, const void *p, size_t n);
bool raw_frame(struct raw *r, uint8_t type, uint8_t flags, int32_t stream, const void *p,
	size_t n);
/* pairs: name, value, ..., NULL. */
bool raw_headers(struct raw *r, int32_t stream, uint8_t flags, const char *const *pairs);
/* The headers of a correct call of path. */
bool raw_call(struct raw *r, int32_t stream, uint8_t flags, const char *path);
/* Reads frames until this stream is over, or the connection. */
void raw_wait(struct raw *r, int32_t stream, struct raw_answer *ret);

/* Runs fn(r, arg) in a thread, and the loop until it has returned. */
void raw_run(struct harness *h, void (*fn)(void *arg), void *arg);
