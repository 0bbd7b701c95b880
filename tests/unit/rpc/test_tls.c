/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "tests/unit/rpc/harness.h"
#include "tests/unit/check_main.h"

static struct harness h;
static struct echo_server server;
static char log_path[128];

static void
up(enum rpc_client_cert mode)
{
	harness_start(&h);
	(void)snprintf(log_path, sizeof log_path, "%s/log", h.pki.dir);
	ck_assert_int_eq(log_open("test", log_path), 0);
	log_max_level = LOG_INFO;
	echo_server_start(&h, &server, mode, 0);
}

static void
down(void)
{
	echo_server_stop(&server);
	ck_assert_int_eq(log_open("test", NULL), 0);
	(void)unlink(log_path);
	harness_stop(&h);
}

static bool
log_has(const char *text)
{
	static char all[65536];
	int fd = open(log_path, O_RDONLY);
	ssize_t n = read(fd, all, sizeof all - 1);

	(void)close(fd);
	all[n > 0 ? n : 0] = '\0';
	return strstr(all, text) != NULL;
}

/* Now, or soon: the server is in our loop, and learns of a refusal in its time. */
static bool
logged(const char *text)
{
	for (unsigned i = 0; i < 1500 && !log_has(text); i++)
		harness_run_ms(&h, 20);
	return log_has(text);
}

/* One call with these credentials. */
static struct rpc_status
attempt(const char *ca, const char *cert, const char *key, unsigned port)
{
	struct rpc_tls *tls = client_tls(ca, cert, key);
	struct rpc_channel *ch = channel_to(&h, tls, (unsigned[]){ port, 0 });
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };

	say_wait(ch, &o, &ping, DEADLINE_MS);
	rpc_channel_free(ch);
	rpc_tls_free(tls);
	harness_run_ms(&h, 50);
	return o.status;
}

START_TEST (a_missing_certificate_is_named_on_both_sides) {
	struct rpc_status st;

	up(RPC_CERT_REQUIRED);
	st = attempt(h.pki.ca, NULL, NULL, server.port);
	ck_assert_int_eq(st.code, RPC_UNAVAILABLE);
	ck_assert_msg(
		strstr(st.message, "requires a certificate") != NULL, "%s", st.message);
	ck_assert(logged("sent no certificate"));
	down();
}
END_TEST

START_TEST (an_expired_certificate_is_named_on_both_sides) {
	struct rpc_status st;

	up(RPC_CERT_REQUIRED);
	st = attempt(h.pki.ca, h.pki.expired, h.pki.expired_key, server.port);
	ck_assert_int_eq(st.code, RPC_UNAVAILABLE);
	ck_assert_msg(strstr(st.message, "our certificate has expired") != NULL, "%s",
		st.message);
	ck_assert(logged("certificate has expired"));
	down();
}
END_TEST

START_TEST (a_foreign_certificate_is_named_on_both_sides) {
	struct rpc_status st;

	up(RPC_CERT_REQUIRED);
	st = attempt(h.pki.ca, h.pki.foreign, h.pki.foreign_key, server.port);
	ck_assert_int_eq(st.code, RPC_UNAVAILABLE);
	ck_assert_msg(
		strstr(st.message, "does not know the CA") != NULL, "%s", st.message);
	ck_assert(logged("issued by a CA that is not trusted"));
	down();
}
END_TEST

START_TEST (a_foreign_certificate_is_refused_where_none_is_required) {
	struct rpc_status st;

	up(RPC_CERT_OPTIONAL);
	st = attempt(h.pki.ca, h.pki.foreign, h.pki.foreign_key, server.port);
	ck_assert_int_eq(st.code, RPC_UNAVAILABLE);
	st = attempt(h.pki.ca, NULL, NULL, server.port);
	ck_assert_int_eq(st.code, RPC_OK);
	down();
}
END_TEST

START_TEST (a_server_of_another_ca_is_refused) {
	struct rpc_status st;

	up(RPC_CERT_REQUIRED);
	st = attempt(h.pki.foreign_ca, h.pki.client, h.pki.client_key, server.port);
	ck_assert_int_eq(st.code, RPC_UNAVAILABLE);
	ck_assert_msg(strstr(st.message, "issued by a CA that is not trusted") != NULL,
		"%s", st.message);
	ck_assert(logged("does not know the CA"));
	down();
}
END_TEST

START_TEST (a_server_of_another_name_is_refused) {
	struct echo_server other;
	struct rpc_status st;

	up(RPC_CERT_REQUIRED);
	echo_server_start_as(&h, &other, h.pki.elsewhere, h.pki.elsewhere_key);
	st = attempt(h.pki.ca, h.pki.client, h.pki.client_key, other.port);
	ck_assert_int_eq(st.code, RPC_UNAVAILABLE);
	ck_assert_msg(
		strstr(st.message, "IP address mismatch") != NULL, "%s", st.message);
	echo_server_stop(&other);
	down();
}
END_TEST

START_TEST (an_expired_server_is_refused) {
	struct echo_server other;
	struct rpc_status st;

	up(RPC_CERT_REQUIRED);
	echo_server_start_as(&h, &other, h.pki.expired, h.pki.expired_key);
	st = attempt(h.pki.ca, h.pki.client, h.pki.client_key, other.port);
	ck_assert_msg(
		strstr(st.message, "certificate has expired") != NULL, "%s", st.message);
	echo_server_stop(&other);
	down();
}
END_TEST

START_TEST (a_name_is_resolved_and_checked) {
	struct rpc_channel_options options = { 0 };
	Test__V1__Ping ping = TEST__V1__PING__INIT;
	struct outcome o = { .h = &h };
	const char *endpoints[2] = { NULL };
	struct rpc_channel *ch;
	char text[32];

	up(RPC_CERT_REQUIRED);
	(void)snprintf(text, sizeof text, "localhost:%u", server.port);
	endpoints[0] = text;
	options.endpoints = endpoints;
	options.tls = usual_tls(&h);
	ck_assert_int_eq(rpc_channel_new(h.base, &options, &ch), 0);
	say_wait(ch, &o, &ping, DEADLINE_MS);
	ck_assert_msg(o.status.code == RPC_OK, "%s", o.status.message);
	rpc_channel_free(ch);
	rpc_tls_free(options.tls);
	down();
}
END_TEST

START_TEST (bad_files_are_named) {
	struct rpc_tls *tls;
	char err[512];

	up(RPC_CERT_REQUIRED);
	ck_assert_int_lt(
		rpc_tls_client("/nonexistent/ca.pem", NULL, NULL, &tls, err, sizeof err),
		0);
	ck_assert_msg(strstr(err, "/nonexistent/ca.pem") != NULL, "%s", err);
	ck_assert_int_lt(rpc_tls_client(h.pki.ca, h.pki.client, h.pki.server_key, &tls,
				 err, sizeof err),
		0);
	ck_assert_msg(strstr(err, h.pki.server_key) != NULL, "%s", err);
	ck_assert_int_eq(chmod(h.pki.client_key, 0644), 0);
	ck_assert_int_lt(rpc_tls_client(h.pki.ca, h.pki.client, h.pki.client_key, &tls,
				 err, sizeof err),
		0);
	ck_assert_msg(strstr(err, h.pki.client_key) != NULL, "%s", err);
	ck_assert_int_lt(rpc_tls_server(NULL, h.pki.server, h.pki.server_key,
				 RPC_CERT_REQUIRED, &tls, err, sizeof err),
		0);
	down();
}
END_TEST

static const struct check_test tests[] = {
	{ &a_missing_certificate_is_named_on_both_sides, 0 },
	{ &an_expired_certificate_is_named_on_both_sides, 0 },
	{ &a_foreign_certificate_is_named_on_both_sides, 0 },
	{ &a_foreign_certificate_is_refused_where_none_is_required, 0 },
	{ &a_server_of_another_ca_is_refused, 0 },
	{ &a_server_of_another_name_is_refused, 0 },
	{ &an_expired_server_is_refused, 0 },
	{ &a_name_is_resolved_and_checked, 0 },
	{ &bad_files_are_named, 0 },
};

CHECK_MAIN("rpc_tls", tests)
