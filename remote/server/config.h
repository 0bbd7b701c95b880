/* SPDX-License-Identifier: Apache-2.0 */
/* keystored.ini, read: conf/keystored.ini says what each line means. */
#pragma once

#include "common/conf.h"
#include "cryptoki/mech.h"
#include "remote/rpc/rpc.h"

struct config {
	char **addresses;
	char *certificate, *key, *ca;
	int client_certificate; /* enum rpc_client_cert */
	char *storage_url;
	char *master_file; /* NULL: the service manager's credential */
	bool master_create;
	char **administrators;
	char **create_tokens; /* "*": whoever has a certificate */
	uint64_t pin_min, pin_max, pin_tries, scrypt_log_n;
	bool legacy;              /* mechanisms for old data are served */
	bool deterministic_ecdsa; /* nonces by RFC 6979 */
	uint64_t workers, connections;
	uint64_t ticket_ms, use_ticket_ms, session_key_ms, retention_ms;
	int log_level; /* enum log_level */
	char *log_path;
};

/* Sets defaults and reads. 0 or -errno with a message in err. config_free() is
 * right in either case. */
int config_read(const char *path, struct config *c, struct conf_error *err) MUST_CHECK;
void config_free(struct config *c);
/* The row of a mechanism as this keystored serves it, or NULL. */
const struct mech *config_mech(const struct config *c, CK_MECHANISM_TYPE type) MUST_CHECK;
/* Is name among the words of a list? NULL is in none. */
bool config_lists(char *const *list, const char *name) MUST_CHECK;
