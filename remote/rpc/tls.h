/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS policy, and its errors as sentences. OpenSSL's error queue is read and
 * emptied here only.
 */
#pragma once

#include <openssl/ssl.h>

#include "remote/rpc/rpc.h"

#define TLS_ERROR_MAX 256

/* Who is at the other end; shared by a connection and its calls. Counted in
 * the loop's thread only. */
struct tls_peer {
	unsigned refs;
	bool has_certificate;
	char name[256]; /* CN, "" without a usable one */
	uint8_t fingerprint[32];
};

/* A TLS end over the BIO, which it owns from then on (also on failure).
 * host: the name or address that the server's certificate must have; NULL for
 * a server. 0 or -errno. */
int rpc_tls_session_new(
	struct rpc_tls *tls, BIO *bio, const char *host, SSL **ret) MUST_CHECK;

/* The peer after a handshake, one reference. NULL without memory. */
struct tls_peer *rpc_tls_peer_new(const SSL *ssl) MUST_CHECK;
struct tls_peer *rpc_tls_peer_ref(struct tls_peer *peer);
void rpc_tls_peer_unref(struct tls_peer *peer);

/* After a handshake: the other end speaks HTTP/2. */
bool rpc_tls_is_h2(const SSL *ssl);

/* Why a call on ssl failed with SSL_ERROR_SSL. */
void rpc_tls_error(const SSL *ssl, char *out, size_t cap);
