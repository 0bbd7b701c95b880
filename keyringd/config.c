/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/config.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>

#include "common/cleanup.h"

#define SERVICE_USER "keyring-token"
#define SYSTEM_FOLDER "/etc/keyring-token"

static const char *const custody_words[] = { "kernel", "broker", "process", NULL };
static const char *const revocation_words[] = { "cooperative", "strict", NULL };
static const char *const digest_words[] = { "kernel", "openssl", NULL };
static const char *const log_levels[] = { "panic", "fatal", "error", "warning", "info",
	"debug", "trace", NULL };

#define AT(field) offsetof(struct config, field)

static const struct conf_key config_keys[] = {
	{ "socket", "path", CONF_STRING, AT(socket_path), 0, 0, NULL },
	{ "socket", "mode", CONF_OCTAL, AT(mode), 0600, 0777, NULL },
	{ "tokens", "file", CONF_STRING, AT(tokens_file), 0, 0, NULL },
	{ "state", "directory", CONF_STRING, AT(state_dir), 0, 0, NULL },
	{ "keys", "sensitive-session", CONF_CHOICE, AT(sensitive_session), 0, 0,
		custody_words },
	{ "keys", "hot", CONF_NUMBER, AT(hot_keys), 0, 100000, NULL },
	{ "limits", "connections", CONF_NUMBER, AT(client_connections), 1, 4096, NULL },
	{ "limits", "connections-total", CONF_NUMBER, AT(total_connections), 1, 1 << 20,
		NULL },
	{ "limits", "keys", CONF_NUMBER, AT(client_keys), 0, 1u << 30, NULL },
	{ "limits", "bytes-in-flight", CONF_NUMBER, AT(client_bytes), 4u << 20, 1u << 30,
		NULL },
	{ "limits", "operations", CONF_NUMBER, AT(client_ops), 1, 1 << 20, NULL },
	{ "limits", "sockets", CONF_NUMBER, AT(client_sockets), 1, 4096, NULL },
	{ "custody", "revocation", CONF_CHOICE, AT(revocation), 0, 0, revocation_words },
	{ "custody", "lease", CONF_DURATION, AT(lease_ms), 1000, 600000, NULL },
	{ "crypto", "digest", CONF_CHOICE, AT(digest), 0, 0, digest_words },
	{ "crypto", "legacy", CONF_BOOL, AT(legacy), 0, 0, NULL },
	{ "retry", "rounds", CONF_NUMBER, AT(retry_rounds), 0, 256, NULL },
	{ "retry", "delay", CONF_DURATION, AT(retry_delay_ms), 1, 3600000, NULL },
	{ "retry", "deadline", CONF_DURATION, AT(deadline_ms), 100, 600000, NULL },
	{ "slots", "blank", CONF_BOOL, AT(blank_slot), 0, 0, NULL },
	{ "access", "file", CONF_STRING, AT(access_file), 0, 0, NULL },
	{ "log", "level", CONF_STRING, AT(log_level), 0, 0, log_levels },
	{ "log", "path", CONF_STRING, AT(log_path), 0, 0, NULL },
	{ 0 },
};

bool
config_is_system(void)
{
	struct passwd entry, *found = NULL;
	char text[1024];

	if (geteuid() == 0)
		return true;
	if (getpwuid_r(geteuid(), &entry, text, sizeof text, &found) != 0 ||
		found == NULL)
		return false;
	return strcmp(found->pw_name, SERVICE_USER) == 0;
}

char *
config_path(const char *folder, const char *name)
{
	char *path = NULL;

	return asprintf(&path, "%s/%s", folder, name) < 0 ? NULL : path;
}

/* $variable/keyring-token/name, or $HOME/home_folder/keyring-token/name. */
static char *
user_path(const char *variable, const char *home_folder, const char *name)
{
	const char *base = secure_getenv(variable), *home = secure_getenv("HOME");
	char *path = NULL;
	int n;

	if (base != NULL && base[0] == '/')
		n = asprintf(&path, "%s/keyring-token/%s", base, name);
	else if (home_folder != NULL && home != NULL && home[0] == '/')
		n = asprintf(&path, "%s/%s/keyring-token/%s", home, home_folder, name);
	else
		n = asprintf(&path, "/run/user/%u/keyring-token/%s", (unsigned)geteuid(),
			name);
	return n < 0 ? NULL : path;
}

static char *
state_default(void)
{
	const char *given = secure_getenv("STATE_DIRECTORY"); /* systemd's */
	char *path;

	if (given != NULL && given[0] == '/' && strchr(given, ':') == NULL)
		return strdup(given);
	if (config_is_system())
		return strdup("/var/lib/keyring-token");
	path = user_path("XDG_STATE_HOME", ".local/state", "");
	if (path != NULL && path[0] != '\0')
		path[strlen(path) - 1] = '\0';
	return path;
}

static int
config_defaults(struct config *c)
{
	*c = (struct config){
		.sensitive_session = 0,
		.hot_keys = 64,
		.client_connections =
			80, /* the module's 64 and 16 that wait for events */
		.total_connections = 4096,
		.client_keys = 1100000,
		.client_bytes = 64u << 20,
		.client_ops = 4096,
		.client_sockets = 64,
		.revocation = CONFIG_COOPERATIVE,
		.lease_ms = 10000,
		.digest = 0,
		.retry_rounds = 5,
		.retry_delay_ms = 200,
		.deadline_ms = 10000,
		.blank_slot = true,
	};
	c->socket_path = config_is_system()
				 ? strdup("/run/keyring-token/keyringd.sock")
				 : user_path("XDG_RUNTIME_DIR", NULL, "keyringd.sock");
	c->mode = config_is_system() ? 0666 : 0600;
	c->state_dir = state_default();
	if (c->socket_path == NULL || c->state_dir == NULL)
		return -ENOMEM;
	return 0;
}

static int
config_find(char **ret)
{
	char *path = config_is_system()
			     ? strdup(SYSTEM_FOLDER "/keyringd.ini")
			     : user_path("XDG_CONFIG_HOME", ".config", "keyringd.ini");

	if (path == NULL)
		return -ENOMEM;
	*ret = path;
	return 0;
}

int
config_read(const char *path, struct config *ret, struct conf_error *err)
{
	CLEANUP(cleanup_free)
	char *found = NULL;
	bool must = path != NULL;
	int r;

	r = config_defaults(ret);
	if (r == 0 && !must) {
		r = config_find(&found);
		path = found;
	}
	if (r != 0) {
		(void)snprintf(err->text, sizeof err->text, "out of memory");
		return r;
	}
	r = conf_read(path, config_keys, ret, err);
	return r == -ENOENT && !must ? 0 : r;
}

void
config_free(struct config *c)
{
	conf_free(config_keys, c);
}

enum wire_custody
config_custody(const struct config *c)
{
	static const enum wire_custody words[] = { WIRE_CUSTODY_KERNEL,
		WIRE_CUSTODY_BROKER, WIRE_CUSTODY_PROCESS };

	return words[c->sensitive_session];
}

uint8_t
config_policy(const struct config *c)
{
	return (uint8_t)((c->revocation == CONFIG_STRICT ? WIRE_POLICY_STRICT : 0) |
			 (c->digest == 1 ? WIRE_POLICY_OPENSSL_DIGEST : 0) |
			 (c->legacy ? WIRE_POLICY_LEGACY : 0));
}

const struct mech *
config_mech(const struct config *c, CK_MECHANISM_TYPE type)
{
	return c->legacy ? mech_lookup_legacy(type) : mech_lookup(type);
}
