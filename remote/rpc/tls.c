/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/rpc/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/conf.h"

/* Where Debian and most others keep the system's store: our OpenSSL may have
 * been built with another prefix. */
#define SYSTEM_CA_DIR "/etc/ssl/certs"
#define TLS_GROUPS "X25519MLKEM768:X25519:P-256"

struct rpc_tls {
	SSL_CTX *ctx;
	bool server;
};

static const uint8_t alpn_h2[] = { 2, 'h', '2' };

/* Fatal alerts that a peer sends about our certificate; then about our hello. */
struct alert_row {
	int reason;
	const char *text;
};

static const struct alert_row refusal_rows[] = {
	{ SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED,
		"the peer requires a certificate and we sent none" },
	{ SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED,
		"the peer says that our certificate has expired" },
	{ SSL_R_TLSV1_ALERT_UNKNOWN_CA,
		"the peer does not know the CA of our certificate" },
	{ SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED,
		"the peer says that our certificate is revoked" },
	{ SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, "the peer refuses our certificate as bad" },
	{ SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, "the peer refuses our certificate" },
	{ SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE,
		"the peer does not accept certificates of our kind" },
	{ SSL_R_TLSV1_ALERT_ACCESS_DENIED, "the peer denies us access" },
};

static const struct alert_row alert_rows[] = {
	{ SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, "the peer does not accept TLS 1.3" },
	{ SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL, "the peer does not speak HTTP/2" },
	{ SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, "the peer sent no certificate" },
	{ SSL_R_UNSUPPORTED_PROTOCOL, "the peer does not speak TLS 1.3" },
	{ SSL_R_NO_APPLICATION_PROTOCOL, "the peer does not offer HTTP/2" },
	{ SSL_R_HTTP_REQUEST, "the peer does not speak TLS" },
	{ SSL_R_WRONG_VERSION_NUMBER, "the peer does not speak TLS" },
};

/* What OpenSSL's words for it do not say to everybody. */
static const struct alert_row verify_rows[] = {
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
		"issued by a CA that is not trusted" },
	{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE,
		"issued by a CA that is not trusted" },
	{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, "issued by a CA that is not trusted" },
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "self-signed" },
};

#define REFUSED "the peer's certificate is refused: "

static int
alpn_select(SSL *ssl UNUSED, const unsigned char **out, unsigned char *out_len,
	const unsigned char *in, unsigned in_len, void *arg UNUSED)
{
	for (unsigned i = 0; i < in_len; i += 1u + in[i]) {
		if (in[i] != 2 || i + 3 > in_len || memcmp(in + i + 1, "h2", 2) != 0)
			continue;
		*out = in + i + 1;
		*out_len = 2;
		return SSL_TLSEXT_ERR_OK;
	}
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* A daemon must not ask its terminal. */
static int
no_passphrase(char *buf UNUSED, int size UNUSED, int rw UNUSED, void *arg UNUSED)
{
	return 0;
}

static int
policy_apply(SSL_CTX *ctx)
{
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
		SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) != 1 ||
		SSL_CTX_set1_groups_list(ctx, TLS_GROUPS) != 1 ||
		SSL_CTX_set_num_tickets(ctx, 0) != 1)
		return -EINVAL;
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_CLEANSE_PLAINTEXT |
					 SSL_OP_NO_RENEGOTIATION |
					 SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(ctx,
		SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY | SSL_MODE_NO_AUTO_CHAIN);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
	return 0;
}

/* Text of the first error in the queue, which is emptied. */
static void
queue_text(char *out, size_t cap)
{
	unsigned long code = ERR_get_error();
	const char *text = NULL;

	if (ERR_SYSTEM_ERROR(code))
		text = strerror(ERR_GET_REASON(code));
	else if (code != 0)
		text = ERR_reason_error_string(code);
	(void)snprintf(out, cap, "%s", text != NULL ? text : "unknown error");
	ERR_clear_error();
}

static int
file_error(const char *what, const char *path, char *err, size_t err_len)
{
	char text[128];

	queue_text(text, sizeof text);
	(void)snprintf(err, err_len, "%s %s: %s", what, path, text);
	return -EINVAL;
}

static int
ca_load(SSL_CTX *ctx, const char *ca_file, bool server, char *err, size_t err_len)
{
	STACK_OF(X509_NAME) * names;

	if (ca_file == NULL) {
		(void)SSL_CTX_set_default_verify_paths(ctx);
		(void)SSL_CTX_load_verify_dir(ctx, SYSTEM_CA_DIR);
		ERR_clear_error();
		return 0;
	}
	if (SSL_CTX_load_verify_file(ctx, ca_file) != 1)
		return file_error("CA file", ca_file, err, err_len);
	if (!server)
		return 0;
	names = SSL_load_client_CA_file(ca_file);
	if (names == NULL)
		return file_error("CA file", ca_file, err, err_len);
	SSL_CTX_set_client_CA_list(ctx, names);
	return 0;
}

static int
identity_load(SSL_CTX *ctx, const char *cert_file, const char *key_file, char *err,
	size_t err_len)
{
	struct conf_error why;
	int rc;

	if (SSL_CTX_use_certificate_chain_file(ctx, cert_file) != 1)
		return file_error("certificate", cert_file, err, err_len);
	rc = conf_check_secret_file(key_file, true, &why);
	if (rc != 0) {
		(void)snprintf(err, err_len, "%s", why.text);
		return rc;
	}
	if (SSL_CTX_use_PrivateKey_file(ctx, key_file, SSL_FILETYPE_PEM) != 1)
		return file_error("private key", key_file, err, err_len);
	if (SSL_CTX_check_private_key(ctx) != 1) {
		(void)snprintf(err, err_len,
			"private key %s does not belong to certificate %s", key_file,
			cert_file);
		ERR_clear_error();
		return -EINVAL;
	}
	return 0;
}

static int
tls_new(bool server, const char *ca_file, const char *cert_file, const char *key_file,
	struct rpc_tls **ret, char *err, size_t err_len)
{
	struct rpc_tls *tls = calloc(1, sizeof *tls);
	int rc;

	ERR_clear_error();
	if (tls != NULL)
		tls->ctx =
			SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
	if (tls == NULL || tls->ctx == NULL) {
		(void)snprintf(err, err_len, "TLS: out of memory");
		rpc_tls_free(tls);
		return -ENOMEM;
	}
	tls->server = server;
	rc = policy_apply(tls->ctx);
	if (rc != 0)
		(void)file_error("TLS", "policy", err, err_len);
	if (rc == 0)
		rc = ca_load(tls->ctx, ca_file, server, err, err_len);
	if (rc == 0 && cert_file != NULL && key_file != NULL)
		rc = identity_load(tls->ctx, cert_file, key_file, err, err_len);
	if (rc != 0) {
		rpc_tls_free(tls);
		return rc;
	}
	*ret = tls;
	return 0;
}

int
rpc_tls_server(const char *ca_file, const char *cert_file, const char *key_file,
	enum rpc_client_cert mode, struct rpc_tls **ret, char *err, size_t err_len)
{
	static const unsigned char context[] = "keystore";
	struct rpc_tls *tls;
	int verify = SSL_VERIFY_PEER;
	int rc;

	if (ca_file == NULL || cert_file == NULL || key_file == NULL) {
		(void)snprintf(err, err_len,
			"TLS: a server needs a CA file, a certificate and a private key");
		return -EINVAL;
	}
	rc = tls_new(true, ca_file, cert_file, key_file, &tls, err, err_len);
	if (rc != 0)
		return rc;
	if (mode == RPC_CERT_REQUIRED)
		verify |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	SSL_CTX_set_verify(tls->ctx, verify, NULL);
	SSL_CTX_set_alpn_select_cb(tls->ctx, alpn_select, NULL);
	(void)SSL_CTX_set_session_id_context(tls->ctx, context, sizeof context - 1);
	*ret = tls;
	return 0;
}

int
rpc_tls_client(const char *ca_file, const char *cert_file, const char *key_file,
	struct rpc_tls **ret, char *err, size_t err_len)
{
	struct rpc_tls *tls;
	int rc;

	if ((cert_file == NULL) != (key_file == NULL)) {
		(void)snprintf(err, err_len,
			"TLS: a certificate and its private key go together");
		return -EINVAL;
	}
	rc = tls_new(false, ca_file, cert_file, key_file, &tls, err, err_len);
	if (rc != 0)
		return rc;
	SSL_CTX_set_verify(tls->ctx, SSL_VERIFY_PEER, NULL);
	(void)SSL_CTX_set_alpn_protos(tls->ctx, alpn_h2, sizeof alpn_h2);
	*ret = tls;
	return 0;
}

void
rpc_tls_free(struct rpc_tls *tls)
{
	if (tls == NULL)
		return;
	SSL_CTX_free(tls->ctx);
	free(tls);
}

static bool
expect_host(SSL *ssl, const char *host)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1)
		return true;
	ERR_clear_error();
	return X509_VERIFY_PARAM_set1_host(param, host, 0) == 1 &&
	       SSL_set_tlsext_host_name(ssl, host) == 1;
}

int
rpc_tls_session_new(struct rpc_tls *tls, BIO *bio, const char *host, SSL **ret)
{
	SSL *ssl = SSL_new(tls->ctx);

	if (ssl == NULL) {
		BIO_free(bio);
		return -ENOMEM;
	}
	SSL_set_bio(ssl, bio, bio);
	if (tls->server) {
		SSL_set_accept_state(ssl);
	} else {
		SSL_set_connect_state(ssl);
		if (!expect_host(ssl, host)) {
			ERR_clear_error();
			SSL_free(ssl);
			return -EINVAL;
		}
	}
	*ret = ssl;
	return 0;
}

static void
peer_name(X509 *cert, char *out, size_t cap)
{
	X509_NAME *subject = X509_get_subject_name(cert);
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	unsigned char *text = NULL;
	bool plain = true;
	int n;

	if (at < 0)
		return;
	n = ASN1_STRING_to_UTF8(
		&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
	for (int i = 0; i < n; i++)
		plain = plain && text[i] >= 0x20 && text[i] != 0x7f;
	/* A name cut short could be someone else's: it is none then. */
	if (n > 0 && (size_t)n < cap && plain) {
		memcpy(out, text, (size_t)n);
		out[n] = '\0';
	}
	OPENSSL_free(text);
}

struct tls_peer *
rpc_tls_peer_new(const SSL *ssl)
{
	struct tls_peer *peer = calloc(1, sizeof *peer);
	X509 *cert = SSL_get0_peer_certificate(ssl);
	unsigned n = sizeof peer->fingerprint;

	if (peer == NULL)
		return NULL;
	peer->refs = 1;
	if (cert == NULL)
		return peer;
	if (X509_digest(cert, EVP_sha256(), peer->fingerprint, &n) != 1) {
		free(peer);
		return NULL;
	}
	peer->has_certificate = true;
	peer_name(cert, peer->name, sizeof peer->name);
	ERR_clear_error();
	return peer;
}

struct tls_peer *
rpc_tls_peer_ref(struct tls_peer *peer)
{
	peer->refs++;
	return peer;
}

void
rpc_tls_peer_unref(struct tls_peer *peer)
{
	if (peer != NULL && --peer->refs == 0)
		free(peer);
}

bool
rpc_tls_is_h2(const SSL *ssl)
{
	const unsigned char *name;
	unsigned n;

	SSL_get0_alpn_selected(ssl, &name, &n);
	return n == 2 && memcmp(name, "h2", 2) == 0;
}

static const char *
verify_text(long verify)
{
	for (size_t i = 0; i < ARRAY_LEN(verify_rows); i++)
		if (verify_rows[i].reason == verify)
			return verify_rows[i].text;
	return X509_verify_cert_error_string(verify);
}

static const char *
alert_text(int reason)
{
	for (size_t i = 0; i < ARRAY_LEN(refusal_rows); i++)
		if (refusal_rows[i].reason == reason)
			return refusal_rows[i].text;
	for (size_t i = 0; i < ARRAY_LEN(alert_rows); i++)
		if (alert_rows[i].reason == reason)
			return alert_rows[i].text;
	return NULL;
}

bool
rpc_tls_is_refusal(const char *why)
{
	if (strncmp(why, "TLS: ", 5) == 0) /* as a connection words it */
		why += 5;
	for (size_t i = 0; i < ARRAY_LEN(refusal_rows); i++)
		if (strcmp(refusal_rows[i].text, why) == 0)
			return true;
	return strncmp(why, REFUSED, sizeof REFUSED - 1) == 0;
}

void
rpc_tls_error(const SSL *ssl, char *out, size_t cap)
{
	long verify = SSL_get_verify_result(ssl);
	unsigned long code = ERR_peek_error();
	const char *text;

	if (verify != X509_V_OK &&
		ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
		(void)snprintf(out, cap, REFUSED "%s", verify_text(verify));
		ERR_clear_error();
		return;
	}
	text = ERR_GET_LIB(code) == ERR_LIB_SSL ? alert_text(ERR_GET_REASON(code)) : NULL;
	if (text != NULL) {
		(void)snprintf(out, cap, "%s", text);
		ERR_clear_error();
		return;
	}
	queue_text(out, cap);
}
