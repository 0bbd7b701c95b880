/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of the fields of grep11client.yaml:
 *
 *   field                                    is
 *   tokens.N.grep11connection.address, port  honoured
 *   .tls.enabled                             honoured; false is refused: there is no
 *                                            connection without TLS
 *   .tls.mutual                              honoured; left out: true where certfile is
 *                                            given. A certfile with mutual false is ignored
 *   .tls.cacert, certfile, keyfile           honoured; no cacert: the system's store
 *   .storage.remotestore.enabled             honoured; false refuses CKA_TOKEN true. Left
 *                                            out: true
 *   .users.N.name                            honoured by nobody: ignored without a word,
 *                                            it names the user for people
 *   .users.0.tokenspaceID                    ignored: the SO has no keystore
 *   .users.1, 2.tokenspaceID                 honoured: the token with these keystores
 *   .users.N.iamauth                         ignored: what is given to C_Login goes to the
 *                                            keystore as it is
 *   .users.N.sessionauth                     refused when enabled: keys would be kept
 *                                            without the protection that was asked for
 *   logging.loglevel, logpath                honoured where keyringd.ini says nothing
 *   iamcredentialtemplate,
 *   sessionauthtemplate, x-ANYTHING          hold anchors
 *
 * Ours: `endpoints`, a list of HOST:PORT, in grep11connection or beside it; they follow
 * address and port.
 */
#include "keyringd/tokens.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "keyringd/config.h"

#define ENTRIES_MAX 256u

/* One entry as the file has it. */
struct raw_entry {
	char *address;
	uint16_t port;
	char **endpoints, **more_endpoints;
	enum yaml_tristate tls, mutual, remote_store, iamauth, sessionauth;
	char *cacert, *certfile, *keyfile;
	char *name, *endpoint, *apikey, *password;
	struct yaml_uuid so_space, private_space, public_space;
};

struct raw_file {
	char *log_level, *log_path;
};

#define AT(field) offsetof(struct raw_entry, field)
#define END                                                   \
	{                                                     \
		NULL, YAML_SKIP, 0, NULL, YAML_HONOURED, NULL \
	}
#define FIELD(key, kind, field)                                 \
	{                                                       \
		key, kind, AT(field), NULL, YAML_HONOURED, NULL \
	}
#define POLICY(key, kind, field, policy, why)           \
	{                                               \
		key, kind, AT(field), NULL, policy, why \
	}
#define MAP(key, fields)                                      \
	{                                                     \
		key, YAML_MAP, 0, fields, YAML_HONOURED, NULL \
	}

#define WHY_IAM "what is given to C_Login goes to the keystore as it is"
#define WHY_AUTH "keystores with a password of their own cannot be used yet"

static const struct yaml_field tls_fields[] = {
	FIELD("enabled", YAML_BOOL, tls),
	FIELD("mutual", YAML_BOOL, mutual),
	FIELD("cacert", YAML_STRING, cacert),
	FIELD("certfile", YAML_STRING, certfile),
	FIELD("keyfile", YAML_STRING, keyfile),
	END,
};
static const struct yaml_field connection_fields[] = {
	FIELD("address", YAML_STRING, address),
	FIELD("port", YAML_PORT, port),
	FIELD("endpoints", YAML_STRINGS, endpoints),
	MAP("tls", tls_fields),
	END,
};
static const struct yaml_field remotestore_fields[] = {
	FIELD("enabled", YAML_BOOL, remote_store),
	END,
};
static const struct yaml_field storage_fields[] = {
	MAP("remotestore", remotestore_fields),
	END,
};
static const struct yaml_field iamauth_fields[] = {
	POLICY("enabled", YAML_BOOL, iamauth, YAML_IGNORED, WHY_IAM),
	FIELD("endpoint", YAML_STRING, endpoint),
	POLICY("apikey", YAML_STRING, apikey, YAML_IGNORED,
		"what is public needs no login"),
	END,
};
static const struct yaml_field sessionauth_fields[] = {
	POLICY("enabled", YAML_BOOL, sessionauth, YAML_REFUSED, WHY_AUTH),
	POLICY("tokenspaceIDPassword", YAML_STRING, password, YAML_REFUSED, WHY_AUTH),
	END,
};
static const struct yaml_field so_fields[] = {
	FIELD("name", YAML_STRING, name),
	POLICY("tokenspaceID", YAML_UUID, so_space, YAML_IGNORED,
		"the security officer has no keystore"),
	MAP("iamauth", iamauth_fields),
	MAP("sessionauth", sessionauth_fields),
	END,
};
static const struct yaml_field user_fields[] = {
	FIELD("name", YAML_STRING, name),
	FIELD("tokenspaceID", YAML_UUID, private_space),
	MAP("iamauth", iamauth_fields),
	MAP("sessionauth", sessionauth_fields),
	END,
};
static const struct yaml_field anonymous_fields[] = {
	FIELD("name", YAML_STRING, name),
	FIELD("tokenspaceID", YAML_UUID, public_space),
	MAP("iamauth", iamauth_fields),
	MAP("sessionauth", sessionauth_fields),
	END,
};
static const struct yaml_field users_fields[] = {
	MAP("0", so_fields),
	MAP("1", user_fields),
	MAP("2", anonymous_fields),
	END,
};
static const struct yaml_field entry_fields[] = {
	MAP("grep11connection", connection_fields),
	FIELD("endpoints", YAML_STRINGS, more_endpoints),
	MAP("storage", storage_fields),
	MAP("users", users_fields),
	END,
};

static const struct yaml_field logging_fields[] = {
	{ "loglevel", YAML_STRING, offsetof(struct raw_file, log_level), NULL,
		YAML_HONOURED, NULL },
	{ "logpath", YAML_STRING, offsetof(struct raw_file, log_path), NULL,
		YAML_HONOURED, NULL },
	END,
};

struct reader {
	struct yaml *y;
	struct tokens *to;
	struct raw_file file;
	bool tokens_seen;
};

/* ---- one entry */

static int
endpoints_check(struct yaml *y, struct yaml_node_ref at, char **list)
{
	for (; list != NULL && *list != NULL; list++) {
		const char *colon = strrchr(*list, ':');
		char *end;
		unsigned long port;

		if (colon == NULL || colon == *list || colon[1] < '0' || colon[1] > '9')
			return yaml_fail(
				y, at, "endpoint '%.100s' is not HOST:PORT", *list);
		port = strtoul(colon + 1, &end, 10);
		if (*end != '\0' || port == 0 || port > 65535)
			return yaml_fail(
				y, at, "endpoint '%.100s' has a bad port", *list);
	}
	return 0;
}

static size_t
strings_count(char **list)
{
	size_t n = 0;

	while (list != NULL && list[n] != NULL)
		n++;
	return n;
}

/* Moves the strings of both lists behind address:port. */
static int
endpoints_join(struct raw_entry *raw, struct token_entry *e)
{
	char **lists[] = { raw->endpoints, raw->more_endpoints };
	size_t room = strings_count(lists[0]) + strings_count(lists[1]) + 2, n = 0;
	const char *fmt;

	e->endpoints = calloc(room, sizeof *e->endpoints);
	if (e->endpoints == NULL)
		return -ENOMEM;
	if (raw->address != NULL) {
		fmt = strchr(raw->address, ':') != NULL && raw->address[0] != '['
			      ? "[%s]:%u"
			      : "%s:%u";
		if (asprintf(&e->endpoints[n++], fmt, raw->address, raw->port) < 0) {
			e->endpoints[0] = NULL;
			return -ENOMEM;
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		for (char **s = lists[i]; s != NULL && *s != NULL; s++)
			e->endpoints[n++] = TAKE_PTR(*s);
	}
	return 0;
}

static int
connection_check(struct yaml *y, struct yaml_node_ref at, const struct raw_entry *raw)
{
	if (raw->address == NULL && raw->endpoints == NULL && raw->more_endpoints == NULL)
		return yaml_fail(y, at,
			"no keystore: give grep11connection an address and a port");
	if ((raw->address == NULL) != (raw->port == 0))
		return yaml_fail(y, at, "address and port belong together; %s is missing",
			raw->address == NULL ? "address" : "port");
	if (raw->address != NULL && (raw->address[0] == '<' || raw->address[0] == '\0'))
		return yaml_fail(y, at,
			"address is still the template's placeholder '%.60s'",
			raw->address);
	if (raw->tls == YAML_NO)
		return yaml_fail(y, at, "tls cannot be off: keystores speak TLS only");
	if ((raw->certfile == NULL) != (raw->keyfile == NULL))
		return yaml_fail(y, at,
			"certfile and keyfile belong together; %s is missing",
			raw->certfile == NULL ? "certfile" : "keyfile");
	if (raw->mutual == YAML_YES && raw->certfile == NULL)
		return yaml_fail(
			y, at, "mutual is true, but certfile and keyfile are missing");
	if (raw->private_space.set != raw->public_space.set)
		return yaml_fail(
			y, at, "users 1 and 2 need a tokenspaceID both, or neither");
	if (raw->private_space.set &&
		memcmp(raw->private_space.b, raw->public_space.b, 16) == 0)
		return yaml_fail(y, at, "users 1 and 2 have the same tokenspaceID");
	if (endpoints_check(y, at, raw->endpoints) != 0)
		return -EINVAL;
	return endpoints_check(y, at, raw->more_endpoints);
}

static int
key_file_check(struct reader *r, struct yaml_node_ref at, const char *path)
{
	struct conf_error why;
	int e;

	if (path == NULL)
		return 0;
	e = conf_check_secret_file(path, true, &why);
	return e == 0 ? 0 : yaml_fail(r->y, at, "keyfile: %.300s", why.text);
}

static int
entry_fill(struct reader *r, const char *name, struct yaml_node_ref at,
	struct raw_entry *raw, struct token_entry *e)
{
	bool mutual = raw->mutual == YAML_YES ||
		      (raw->mutual == YAML_UNSET && raw->certfile != NULL);

	if (connection_check(r->y, at, raw) != 0)
		return -EINVAL;
	e->line = yaml_line(r->y, at);
	e->name = strdup(name);
	if (e->name == NULL || endpoints_join(raw, e) != 0)
		return yaml_fail(r->y, at, "out of memory");
	e->ca_file = TAKE_PTR(raw->cacert);
	e->remote_store = raw->remote_store != YAML_NO;
	e->private_space = raw->private_space;
	e->public_space = raw->public_space;
	if (!mutual && raw->certfile != NULL)
		log_warning("%s:%u: certfile and keyfile are ignored: mutual is false",
			r->to->path, e->line);
	if (!mutual)
		return 0;
	e->cert_file = TAKE_PTR(raw->certfile);
	e->key_file = TAKE_PTR(raw->keyfile);
	return key_file_check(r, at, e->key_file);
}

static int
on_entry(
	void *arg, const char *name, struct yaml_node_ref key, struct yaml_node_ref value)
{
	struct reader *r = arg;
	struct raw_entry raw = { 0 };
	struct token_entry *grown;
	int e;

	if (r->to->n == ENTRIES_MAX)
		return yaml_fail(r->y, key, "more than %u tokens", ENTRIES_MAX);
	grown = realloc(r->to->entries, (r->to->n + 1) * sizeof *grown);
	if (grown == NULL)
		return yaml_fail(r->y, key, "out of memory");
	r->to->entries = grown;
	grown[r->to->n] = (struct token_entry){ 0 };
	e = yaml_read(r->y, value, entry_fields, &raw);
	if (e == 0)
		e = entry_fill(r, name, key, &raw, &grown[r->to->n++]);
	yaml_free_fields(entry_fields, &raw);
	return e;
}

/* ---- the file */

static int
level_check(struct reader *r, struct yaml_node_ref at)
{
	enum log_level level;

	if (r->file.log_level == NULL || log_level_parse(r->file.log_level, &level))
		return 0;
	return yaml_fail(r->y, at,
		"loglevel '%.40s' is not known; write panic, fatal, error, warning, "
		"info, "
		"debug or trace",
		r->file.log_level);
}

static int
on_top(void *arg, const char *name, struct yaml_node_ref key, struct yaml_node_ref value)
{
	static const char *const anchors[] = { "iamcredentialtemplate",
		"sessionauthtemplate" };
	struct reader *r = arg;
	int e;

	if (strcmp(name, "tokens") == 0) {
		r->tokens_seen = true;
		return yaml_each(r->y, value, on_entry, r);
	}
	if (strcmp(name, "logging") == 0) {
		e = yaml_read(r->y, value, logging_fields, &r->file);
		return e != 0 ? e : level_check(r, value);
	}
	for (size_t i = 0; i < ARRAY_LEN(anchors); i++) {
		if (strcmp(name, anchors[i]) == 0)
			return 0;
	}
	if (strncmp(name, "x-", 2) == 0)
		return 0;
	return yaml_fail(
		r->y, key, "unknown key '%.60s'; known are tokens, logging", name);
}

static int
file_read(struct tokens *t, struct conf_error *err)
{
	struct reader r = { .to = t };
	int e = yaml_open(t->path, &r.y, err);

	if (e != 0)
		return e;
	e = yaml_each(r.y, yaml_root(r.y), on_top, &r);
	if (e == 0 && !r.tokens_seen)
		e = yaml_fail(r.y, yaml_root(r.y), "there is no 'tokens'");
	t->log_level = r.file.log_level;
	t->log_path = r.file.log_path;
	yaml_close(r.y);
	return e;
}

/* Takes path. -ENOENT when there is no such file. */
static int
file_try(char *path, struct tokens *t, struct conf_error *err)
{
	int e;

	if (path == NULL)
		return -ENOMEM;
	free(t->path);
	t->path = path;
	if (access(path, F_OK) != 0 && errno == ENOENT) {
		(void)snprintf(err->text, sizeof err->text,
			"%s:1: cannot be read: %s; write one as conf/tokens.yaml shows",
			path, strerror(ENOENT));
		return -ENOENT;
	}
	e = file_read(t, err);
	return e == -ENOENT ? -EINVAL : e; /* it is there, what it names is not */
}

static char *
user_file(void)
{
	const char *base = secure_getenv("XDG_CONFIG_HOME"),
		   *home = secure_getenv("HOME");
	char *path = NULL;

	if (base != NULL && base[0] == '/')
		return config_path(base, "keyring-token/tokens.yaml");
	if (home == NULL || home[0] != '/')
		return strdup("/nonexistent");
	return asprintf(&path, "%s/.config/keyring-token/tokens.yaml", home) < 0 ? NULL
										 : path;
}

int
tokens_read(const char *path, struct tokens *ret, struct conf_error *err)
{
	static const char *const places[] = { "/etc/keyring-token/tokens.yaml",
		"/etc/keyring-token/grep11client.yaml",
		"/etc/ep11client/grep11client.yaml" };
	int e = -ENOENT;

	*ret = (struct tokens){ 0 };
	if (path != NULL)
		return file_try(strdup(path), ret, err);
	if (!config_is_system())
		e = file_try(user_file(), ret, err);
	for (size_t i = 0; e == -ENOENT && i < ARRAY_LEN(places); i++)
		e = file_try(strdup(places[i]), ret, err);
	if (e == -ENOENT)
		(void)snprintf(err->text, sizeof err->text,
			"there is no tokens.yaml in the usual places; write "
			"/etc/keyring-token/tokens.yaml as conf/tokens.yaml shows, or "
			"name one with --tokens");
	return e;
}

static void
strings_free(char **list)
{
	for (char **s = list; s != NULL && *s != NULL; s++)
		free(*s);
	free(list);
}

void
tokens_free(struct tokens *t)
{
	for (size_t i = 0; i < t->n; i++) {
		struct token_entry *e = &t->entries[i];

		free(e->name);
		strings_free(e->endpoints);
		free(e->ca_file);
		free(e->cert_file);
		free(e->key_file);
	}
	free(t->entries);
	free(t->path);
	free(t->log_level);
	free(t->log_path);
	*t = (struct tokens){ 0 };
}

static bool
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool
token_entry_same_keystore(const struct token_entry *a, const struct token_entry *b)
{
	size_t n = strings_count(a->endpoints);

	if (n != strings_count(b->endpoints) || !same(a->ca_file, b->ca_file) ||
		!same(a->cert_file, b->cert_file) || !same(a->key_file, b->key_file))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(a->endpoints[i], b->endpoints[i]) != 0)
			return false;
	}
	return true;
}
