/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of a keystore that cannot be called. */
#include <arpa/inet.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/pool.h"
#include "remote/rpc/status.h"
#include "tests/unit/rpc/pki.h"
#include "tools/keystore.h"
#include "tests/unit/check_main.h"

static struct pki pki;

/* ---- one that has too much to do */

static struct event_base *base;
static atomic_bool over;

static void
busy(const struct rpc_context *ctx UNUSED, const ProtobufCMessage *request UNUSED,
	ProtobufCMessage *response UNUSED, struct rpc_status *status)
{
	rpc_status_set(status, RPC_UNAVAILABLE, 0, "too much at once");
}

static void *
serve(void *arg UNUSED)
{
	const struct timeval step = { 0, 20000 };

	while (!atomic_load(&over)) {
		(void)event_base_loopexit(base, &step);
		(void)event_base_dispatch(base);
	}
	return NULL;
}

/* Bound to a free port. */
static int
socket_bound(unsigned *ret_port)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof in;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&in, sizeof in), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&in, &n), 0);
	*ret_port = ntohs(in.sin_port);
	return fd;
}

/* ---- who calls */

static void
hello_fails(unsigned port, char *err, size_t err_len)
{
	Keystore__V1__HelloRequest rq = KEYSTORE__V1__HELLO_REQUEST__INIT;
	ProtobufCMessage *response = NULL;
	struct keystore_where where = { .timeout_ms = slower(1500) };
	struct keystore k = { 0 };
	char endpoint[32];

	(void)snprintf(endpoint, sizeof endpoint, "127.0.0.1:%u", port);
	where.endpoint = endpoint;
	(void)snprintf(where.ca, sizeof where.ca, "%s", pki.ca);
	(void)snprintf(where.cert, sizeof where.cert, "%s", pki.client);
	(void)snprintf(where.key, sizeof where.key, "%s", pki.client_key);
	ck_assert_int_eq(keystore_open(&where, &k, err, err_len), TOOL_OK);
	ck_assert_int_eq(
		keystore_try(&k, REMOTE_HELLO, &rq.base, &response, err, err_len),
		TOOL_FAILED);
	keystore_close(&k);
}

START_TEST (one_that_is_busy_is_there) {
	const struct remote_method_info *hello = &remote_methods[REMOTE_HELLO];
	const struct rpc_method methods[] = {
		{ hello->path, hello->request, hello->response, busy, NULL },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct rpc_server *server;
	struct rpc_tls *tls;
	struct pool *pool;
	pthread_t thread;
	unsigned port;
	char err[512] = "";

	pki_make(&pki);
	base = event_base_new();
	ck_assert_ptr_nonnull(base);
	ck_assert_int_eq(pool_new(base, 1, 16, &pool), 0);
	ck_assert_int_eq(rpc_tls_server(pki.ca, pki.server, pki.server_key,
				 RPC_CERT_REQUIRED, &tls, err, sizeof err),
		0);
	ck_assert_int_eq(rpc_server_new(base, pool, tls, methods, NULL, &server), 0);
	ck_assert_int_eq(rpc_server_listen(server, socket_bound(&port)), 0);
	atomic_store(&over, false);
	ck_assert_int_eq(pthread_create(&thread, NULL, serve, NULL), 0);
	hello_fails(port, err, sizeof err);
	ck_assert_msg(strstr(err, "it is there") != NULL, "%s", err);
	ck_assert_msg(strstr(err, "running") == NULL, "%s", err);
	atomic_store(&over, true);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	rpc_server_free(server);
	rpc_tls_free(tls);
	pool_free(pool);
	event_base_free(base);
	pki_remove(&pki);
}
END_TEST

START_TEST (one_that_cannot_be_reached_may_not_run) {
	char err[512] = "";
	unsigned port;
	int fd;

	pki_make(&pki);
	fd = socket_bound(&port); /* and nobody listens */
	hello_fails(port, err, sizeof err);
	ck_assert_msg(strstr(err, "is keystored running there") != NULL, "%s", err);
	(void)close(fd);
	pki_remove(&pki);
}
END_TEST

static const struct check_test tests[] = {
	{ &one_that_is_busy_is_there, 0 },
	{ &one_that_cannot_be_reached_may_not_run, 0 },
};

CHECK_MAIN("tokenctl_keystore", tests)
