/* SPDX-License-Identifier: Apache-2.0 */
/* tokenctl status: is everything well, from here? */
#include <pwd.h>
#include <stdio.h>
#include <time.h>

#include "common/cleanup.h"
#include "tools/local.h"
#include "tools/text_table.h"
#include "tools/token.h"
#include "wire/wire.h"

#define SOON_DAYS 30 /* from here on an end is worth a word */

static const struct column columns[] = {
	{ "CHECK", "check", COLUMN_TEXT },
	{ "RESULT", "result", COLUMN_TEXT },
	{ "WHERE", "where", COLUMN_TEXT },
	{ "DETAIL", "detail", COLUMN_TEXT },
};

struct report {
	struct table table;
	bool bad;
};

#define REPORT(r, what, result, where, ...)                 \
	do {                                                \
		report_row((r), (what), (result), (where)); \
		table_cell(&(r)->table, __VA_ARGS__);       \
	} while (0)

enum result { RESULT_OK, RESULT_FAILED, RESULT_SKIPPED };

static void
report_row(struct report *r, const char *what, enum result result, const char *where)
{
	static const char *const words[] = { "ok", "FAILED", "-" };

	r->bad |= result == RESULT_FAILED;
	table_cell(&r->table, "%s", what);
	table_cell(&r->table, "%s", words[result]);
	table_cell(&r->table, "%s", where);
}

static void
cleanup_message(void *message)
{
	keystore_free(*(void **)message);
}

static double
now_ms(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

/* --- keyringd -------------------------------------------------------------------- */

static const char *
user_name(uid_t uid, char *buffer, size_t cap)
{
	const struct passwd *entry = getpwuid(uid);

	if (entry != NULL)
		(void)snprintf(buffer, cap, "%s", entry->pw_name);
	else
		(void)snprintf(buffer, cap, "uid %u", (unsigned)uid);
	return buffer;
}

static void
check_local(struct report *r, const struct options *o)
{
	static const char *const custodies[] = { "?", "kernel", "broker", "process" };
	char buffer[256], user[64], err[512];
	const char *path = local_path(o->socket, buffer, sizeof buffer);
	struct local_facts f;

	if (local_ask(path, &f, err, sizeof err) != TOOL_OK) {
		REPORT(r, "keyringd", RESULT_FAILED, path, "%s", err);
		return;
	}
	REPORT(r, "keyringd", RESULT_OK, path,
		"runs as %s (pid %d), protocol %u, %.2f ms; sensitive session keys: %s",
		user_name(f.uid, user, sizeof user), (int)f.pid, f.version, f.ms,
		custodies[f.custody < ARRAY_LEN(custodies) ? f.custody : 0]);
	REPORT(r, "slots", RESULT_OK, path, "%u with a token, %u blank, for this user",
		f.tokens, f.blank);
}

/* --- The keystore ------------------------------------------------------------------ */

static void
check_certificate(struct report *r, const struct keystore_where *w)
{
	struct tls_facts tls;
	char err[512];

	if (tls_probe(w, &tls, err, sizeof err) != TOOL_OK) {
		REPORT(r, "certificate", RESULT_FAILED, w->endpoint, "%s", err);
		return;
	}
	if (tls.days_left < 0)
		REPORT(r, "certificate", RESULT_FAILED, w->endpoint,
			"%s expired on %s; make a new one with tokenctl pki", tls.subject,
			tls.end);
	else
		REPORT(r, "certificate", RESULT_OK, w->endpoint,
			"%s, valid until %s, %d days%s; TLS 1.3, %s", tls.subject,
			tls.end, tls.days_left,
			tls.days_left < SOON_DAYS ? ": renew it soon" : "", tls.group);
}

static int
check_hello(struct report *r, struct keystore *k, char *host, size_t cap)
{
	Keystore__V1__HelloRequest request = KEYSTORE__V1__HELLO_REQUEST__INIT;
	CLEANUP(cleanup_message)
	ProtobufCMessage *response = NULL;
	const Keystore__V1__HelloResponse *who;
	char software[] = "tokenctl " PROJECT_VERSION, err[512];
	const char *where = k->where.endpoint;
	double start;

	request.min_version = request.max_version = REMOTE_VERSION;
	request.software = software;
	if (keystore_health(k, err, sizeof err) != TOOL_OK ||
		keystore_try(k, REMOTE_HELLO, &request.base, &response, err,
			sizeof err) != TOOL_OK) {
		REPORT(r, "keystore", RESULT_FAILED, where, "%s", err);
		return TOOL_FAILED;
	}
	keystore_free(TAKE_PTR(response)); /* once more, on a warm connection */
	start = now_ms();
	if (keystore_try(k, REMOTE_HELLO, &request.base, &response, err, sizeof err) !=
		TOOL_OK) {
		REPORT(r, "keystore", RESULT_FAILED, where, "%s", err);
		return TOOL_FAILED;
	}
	who = (const Keystore__V1__HelloResponse *)(const void *)response;
	REPORT(r, "keystore", RESULT_OK, where, "%s, protocol %u, serving, %.2f ms",
		who->software, who->version, now_ms() - start);
	(void)snprintf(host, cap, "%s%s", who->host,
		who->administrator ? " (administrator)" : "");
	return TOOL_OK;
}

static void
check_tokens(struct report *r, struct keystore *k, const char *host)
{
	Keystore__V1__ListTokensRequest request = KEYSTORE__V1__LIST_TOKENS_REQUEST__INIT;
	CLEANUP(cleanup_message)
	ProtobufCMessage *response = NULL;
	const Keystore__V1__ListTokensResponse *list;
	char err[512];

	if (keystore_try(k, REMOTE_LIST_TOKENS, &request.base, &response, err,
		    sizeof err) != TOOL_OK) {
		REPORT(r, "tokens", RESULT_FAILED, k->where.endpoint, "%s", err);
		return;
	}
	list = (const Keystore__V1__ListTokensResponse *)(const void *)response;
	REPORT(r, "tokens", RESULT_OK, k->where.endpoint, "%zu visible to %s",
		list->n_tokens, host[0] != '\0' ? host : "a client without certificate");
}

static int
check_keystore(struct report *r, const struct options *o)
{
	CLEANUP(keystore_close)
	struct keystore k = { 0 };
	struct keystore_where where;
	char err[512], host[320] = "";
	int e;

	if (o->keystore == NULL) {
		REPORT(r, "keystore", RESULT_SKIPPED, "-",
			"not asked; give --keystore HOST:PORT or set "
			"KEYRING_TOKEN_KEYSTORE");
		return TOOL_OK;
	}
	e = keystore_where(o, &where);
	if (e != TOOL_OK)
		return e;
	if (keystore_open(&where, &k, err, sizeof err) != TOOL_OK) {
		REPORT(r, "keystore", RESULT_FAILED, where.endpoint, "%s", err);
		return TOOL_OK;
	}
	e = check_hello(r, &k, host, sizeof host);
	check_certificate(r, &where);
	if (e == TOOL_OK)
		check_tokens(r, &k, host);
	return TOOL_OK;
}

static void
cleanup_report(struct report *r)
{
	table_free(&r->table);
}

int
status_command(const struct options *o, char *const *args)
{
	CLEANUP(cleanup_report)
	struct report r = { 0 };
	int e;

	table_init(&r.table, columns, ARRAY_LEN(columns));
	check_local(&r, o);
	e = check_keystore(&r, o);
	if (e != TOOL_OK)
		return e;
	e = table_print(&r.table, o->json);
	return e == TOOL_OK && r.bad ? TOOL_FAILED : e;
}
