/* SPDX-License-Identifier: Apache-2.0 */
/* A handshake to look at: who answers, until when its certificate is valid, and
 * what was agreed. An expired certificate is reported, not refused: nothing is
 * sent over this connection. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

#include "tools/cert.h"
#include "tools/keystore.h"

struct probe {
	SSL_CTX *ctx;
	SSL *ssl;
	int fd;
	int64_t deadline_ms;
};

static void
probe_free(struct probe *p)
{
	SSL_free(p->ssl);
	SSL_CTX_free(p->ctx);
	if (p->fd >= 0)
		(void)close(p->fd);
}

static int64_t
now_ms(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* 0 or -errno. */
static int
wait_fd(const struct probe *p, short events)
{
	struct pollfd pfd = { .fd = p->fd, .events = events };
	int64_t left = p->deadline_ms - now_ms();
	int n = left > 0 ? poll(&pfd, 1, (int)left) : 0;

	return n > 0 ? 0 : n == 0 ? -ETIMEDOUT : -errno;
}

static int
connect_one(struct probe *p, const struct addrinfo *a)
{
	socklen_t n = sizeof(int);
	int e = 0, r;

	p->fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p->fd < 0)
		return -errno;
	if (connect(p->fd, a->ai_addr, a->ai_addrlen) == 0)
		return 0;
	r = errno == EINPROGRESS ? wait_fd(p, POLLOUT) : -errno;
	if (r == 0 && getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &e, &n) == 0 && e != 0)
		r = -e;
	if (r < 0) {
		(void)close(p->fd);
		p->fd = -1;
	}
	return r;
}

/* "host:port" and "[v6]:port" into its parts. */
static bool
endpoint_split(const char *endpoint, char *host, size_t cap, const char **ret_port)
{
	const char *colon = strrchr(endpoint, ':'), *from = endpoint;
	size_t n;

	if (colon == NULL)
		return false;
	n = (size_t)(colon - endpoint);
	if (n >= 2 && endpoint[0] == '[' && endpoint[n - 1] == ']') {
		from++;
		n -= 2;
	}
	if (n == 0 || n >= cap)
		return false;
	memcpy(host, from, n);
	host[n] = '\0';
	*ret_port = colon + 1;
	return true;
}

static int
connect_any(
	struct probe *p, const char *host, const char *port, char *err, size_t err_len)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list = NULL;
	int r = getaddrinfo(host, port, &hints, &list);

	if (r != 0) {
		(void)snprintf(err, err_len, "%s: %s", host, gai_strerror(r));
		return -EINVAL;
	}
	r = -ENOENT;
	for (struct addrinfo *a = list; a != NULL && r != 0; a = a->ai_next)
		r = connect_one(p, a);
	freeaddrinfo(list);
	if (r < 0)
		(void)snprintf(err, err_len, "%s:%s: %s", host, port, strerror(-r));
	return r;
}

static int
allow_expired(int ok, X509_STORE_CTX *store)
{
	return ok == 1 || X509_STORE_CTX_get_error(store) == X509_V_ERR_CERT_HAS_EXPIRED;
}

static int
tls_prepare(struct probe *p, const struct keystore_where *w, const char *host)
{
	static const uint8_t h2[] = { 2, 'h', '2' };
	uint8_t raw[16];
	bool ok;

	p->ctx = SSL_CTX_new(TLS_client_method());
	ok = p->ctx != NULL &&
	     SSL_CTX_set_min_proto_version(p->ctx, TLS1_3_VERSION) == 1 &&
	     SSL_CTX_set1_groups_list(p->ctx, "X25519MLKEM768:X25519:P-256") == 1 &&
	     (w->ca[0] != '\0' ? SSL_CTX_load_verify_file(p->ctx, w->ca)
			       : SSL_CTX_set_default_verify_paths(p->ctx)) == 1;
	if (ok && w->cert[0] != '\0')
		ok = SSL_CTX_use_certificate_chain_file(p->ctx, w->cert) == 1 &&
		     SSL_CTX_use_PrivateKey_file(p->ctx, w->key, SSL_FILETYPE_PEM) == 1;
	if (!ok)
		return -EIO;
	SSL_CTX_set_verify(p->ctx, SSL_VERIFY_PEER, allow_expired);
	p->ssl = SSL_new(p->ctx);
	if (p->ssl == NULL || SSL_set_alpn_protos(p->ssl, h2, sizeof h2) != 0 ||
		SSL_set_fd(p->ssl, p->fd) != 1)
		return -EIO;
	if (inet_pton(AF_INET, host, raw) == 1 || inet_pton(AF_INET6, host, raw) == 1)
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(p->ssl), host) == 1
			       ? 0
			       : -EIO;
	return SSL_set_tlsext_host_name(p->ssl, host) == 1 &&
			       SSL_set1_host(p->ssl, host) == 1
		       ? 0
		       : -EIO;
}

static int
handshake(struct probe *p, char *err, size_t err_len)
{
	int r = 0, e;

	ERR_clear_error();
	while ((e = SSL_get_error(p->ssl, SSL_connect(p->ssl))) != SSL_ERROR_NONE) {
		if (e == SSL_ERROR_WANT_READ)
			r = wait_fd(p, POLLIN);
		else if (e == SSL_ERROR_WANT_WRITE)
			r = wait_fd(p, POLLOUT);
		else
			r = -EPROTO;
		if (r < 0)
			break;
	}
	if (r == -EPROTO && SSL_get_verify_result(p->ssl) != X509_V_OK)
		(void)snprintf(err, err_len, "the server's certificate: %s",
			X509_verify_cert_error_string(SSL_get_verify_result(p->ssl)));
	else if (r == -EPROTO)
		(void)snprintf(err, err_len, "no TLS: %s", cert_error());
	else if (r < 0)
		(void)snprintf(err, err_len, "no TLS: %s", strerror(-r));
	return r;
}

static void
facts_read(const struct probe *p, struct tls_facts *ret)
{
	const X509 *x509 = SSL_get0_peer_certificate(p->ssl);
	const char *group = SSL_get0_group_name(p->ssl);

	*ret = (struct tls_facts){ 0 };
	(void)snprintf(ret->group, sizeof ret->group, "%s", group != NULL ? group : "?");
	(void)snprintf(
		ret->cipher, sizeof ret->cipher, "%s", SSL_get_cipher_name(p->ssl));
	if (x509 == NULL)
		return;
	cert_subject_text(x509, ret->subject, sizeof ret->subject);
	cert_end_text(x509, ret->end, sizeof ret->end);
	ret->days_left = cert_days_left(x509);
}

int
tls_probe(const struct keystore_where *where, struct tls_facts *ret, char *err,
	size_t err_len)
{
	CLEANUP(probe_free)
	struct probe p = { .fd = -1 };
	char host[256];
	const char *port;

	p.deadline_ms = now_ms() + where->timeout_ms;
	if (!endpoint_split(where->endpoint, host, sizeof host, &port)) {
		(void)snprintf(err, err_len, "'%s' is no HOST:PORT", where->endpoint);
		return TOOL_FAILED;
	}
	if (connect_any(&p, host, port, err, err_len) < 0)
		return TOOL_FAILED;
	if (tls_prepare(&p, where, host) < 0) {
		(void)snprintf(err, err_len, "certificates: %s", cert_error());
		return TOOL_FAILED;
	}
	if (handshake(&p, err, err_len) < 0)
		return TOOL_FAILED;
	facts_read(&p, ret);
	(void)SSL_shutdown(p.ssl);
	return TOOL_OK;
}
