/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One end of a connection whose bytes within TLS are the input's: HTTP/2 frames with the right
 * lengths, headers of a correct call or answer among them, gRPC messages, or anything.
 */
#pragma once

#include <openssl/ssl.h>

#include "tests/fuzz/fuzz.h"

struct event_base;

/* A header as it is mostly sent; `other`: what half of the inputs say instead, or NULL. */
struct h2_row {
	const char *name, *value, *other;
};

struct h2_headers {
	const struct h2_row *rows;
	unsigned n;
	unsigned always;   /* the first ones: the rest is for half of the inputs */
	unsigned trailers; /* 0: none; else a block may begin there */
};

struct h2_peer {
	struct event_base *base;
	SSL *ssl;
	const struct h2_headers *headers;
	const char *greeting; /* before SETTINGS */
	unsigned frames;      /* at most */
};

/* As the handshake goes on, in this process: false, it did not end well. */
bool h2_handshake(const struct h2_peer *p, int (*step)(SSL *ssl));
/* The loop runs after each frame. What the other end says is taken and not looked at. */
void h2_talk(struct cursor *c, const struct h2_peer *p);
