/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/server/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"

#define SECOND 1000u
#define MINUTE (60u * SECOND)
#define HOUR (60u * MINUTE)
#define WIRE_MAX_PIN_BYTES 255u
/* A PIN, a key pair and a slow signature may take one each: one is for the rest. */
#define WORKERS_MIN 4u

static const char *const client_certificates[] = { "required", "optional", NULL };
static const char *const log_levels[] = { "panic", "fatal", "error", "warning", "info",
	"debug", "trace", NULL };

#define FIELD(name) offsetof(struct config, name)

static const struct conf_key keys[] = {
	{ "listen", "address", CONF_LIST, FIELD(addresses), 0, 0, NULL },
	{ "tls", "certificate", CONF_STRING, FIELD(certificate), 0, 0, NULL },
	{ "tls", "key", CONF_STRING, FIELD(key), 0, 0, NULL },
	{ "tls", "ca", CONF_STRING, FIELD(ca), 0, 0, NULL },
	{ "tls", "client-certificate", CONF_CHOICE, FIELD(client_certificate), 0, 0,
		client_certificates },
	{ "storage", "url", CONF_STRING, FIELD(storage_url), 0, 0, NULL },
	{ "masterkey", "file", CONF_STRING, FIELD(master_file), 0, 0, NULL },
	{ "masterkey", "create", CONF_BOOL, FIELD(master_create), 0, 0, NULL },
	{ "access", "administrators", CONF_LIST, FIELD(administrators), 0, 0, NULL },
	{ "access", "create-tokens", CONF_LIST, FIELD(create_tokens), 0, 0, NULL },
	{ "pins", "min", CONF_NUMBER, FIELD(pin_min), 1, WIRE_MAX_PIN_BYTES, NULL },
	{ "pins", "max", CONF_NUMBER, FIELD(pin_max), 4, WIRE_MAX_PIN_BYTES, NULL },
	{ "pins", "tries", CONF_NUMBER, FIELD(pin_tries), 1, 1000, NULL },
	{ "pins", "scrypt-log-n", CONF_NUMBER, FIELD(scrypt_log_n), 10, 20, NULL },
	{ "crypto", "legacy", CONF_BOOL, FIELD(legacy), 0, 0, NULL },
	{ "crypto", "deterministic-ecdsa", CONF_BOOL, FIELD(deterministic_ecdsa), 0, 0,
		NULL },
	{ "limits", "workers", CONF_NUMBER, FIELD(workers), WORKERS_MIN, 1024, NULL },
	{ "limits", "connections", CONF_NUMBER, FIELD(connections), 1, 1000000, NULL },
	{ "limits", "ticket-lifetime", CONF_DURATION, FIELD(ticket_ms), SECOND,
		720ull * HOUR, NULL },
	{ "limits", "use-ticket-lifetime", CONF_DURATION, FIELD(use_ticket_ms), SECOND,
		10 * MINUTE, NULL },
	{ "limits", "session-key-lifetime", CONF_DURATION, FIELD(session_key_ms), SECOND,
		720ull * HOUR, NULL },
	{ "limits", "request-retention", CONF_DURATION, FIELD(retention_ms), 10 * SECOND,
		24ull * HOUR, NULL },
	{ "log", "level", CONF_CHOICE, FIELD(log_level), 0, 0, log_levels },
	{ "log", "path", CONF_STRING, FIELD(log_path), 0, 0, NULL },
	{ 0 },
};

struct required {
	const char *section, *name;
	size_t offset;
};

static const struct required required[] = {
	{ "tls", "certificate", FIELD(certificate) },
	{ "tls", "key", FIELD(key) },
	{ "tls", "ca", FIELD(ca) },
	{ "storage", "url", FIELD(storage_url) },
};

static int
check_required(const char *path, const struct config *c, struct conf_error *err)
{
	for (size_t i = 0; i < ARRAY_LEN(required); i++) {
		const char *value;

		memcpy(&value, (const char *)c + required[i].offset, sizeof value);
		if (value != NULL && value[0] != '\0')
			continue;
		(void)snprintf(err->text, sizeof err->text,
			"%s: [%s] %s is missing; see the sample file", path,
			required[i].section, required[i].name);
		return -EINVAL;
	}
	if (c->pin_min > c->pin_max) {
		(void)snprintf(err->text, sizeof err->text,
			"%s: [pins] min is above max; no PIN could be set", path);
		return -EINVAL;
	}
	return 0;
}

int
config_read(const char *path, struct config *c, struct conf_error *err)
{
	int r;

	*c = (struct config){
		.client_certificate = RPC_CERT_REQUIRED,
		.pin_min = 4,
		.pin_max = WIRE_MAX_PIN_BYTES,
		.pin_tries = 10,
		.scrypt_log_n = 15,
		.workers = 32,
		.connections = 10000,
		.ticket_ms = 8ull * HOUR,
		.use_ticket_ms = MINUTE,
		.session_key_ms = 24ull * HOUR,
		.retention_ms = 10ull * MINUTE,
		.log_level = LOG_INFO,
	};
	r = conf_read(path, keys, c, err);
	return r < 0 ? r : check_required(path, c, err);
}

void
config_free(struct config *c)
{
	conf_free(keys, c);
}

const struct mech *
config_mech(const struct config *c, CK_MECHANISM_TYPE type)
{
	return c->legacy ? mech_lookup_legacy(type) : mech_lookup(type);
}

bool
config_lists(char *const *list, const char *name)
{
	if (list == NULL || name == NULL)
		return false;
	for (; *list != NULL; list++)
		if (strcmp(*list, name) == 0)
			return true;
	return false;
}
