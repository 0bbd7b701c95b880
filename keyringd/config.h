/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyringd.ini. conf/keyringd.ini in the source tree says what each key means
 * and what it is when it is not given.
 */
#pragma once

#include "common/conf.h"
#include "cryptoki/mech.h"
#include "wire/wire.h"

struct config {
	char *socket_path;
	uint64_t mode; /* of the socket */
	char *tokens_file;
	char *state_dir;
	int sensitive_session; /* index into kernel, broker, process */
	uint64_t hot_keys;     /* kept in the kernel's keyring one by one */
	uint64_t client_connections, total_connections;
	uint64_t client_keys;
	uint64_t client_bytes;   /* in flight */
	uint64_t client_ops;     /* begun in several parts */
	uint64_t client_sockets; /* passed to it and held here */
	int revocation;          /* enum config_revocation */
	uint64_t lease_ms;       /* of a token's region */
	int digest;              /* index into kernel, openssl */
	bool legacy;             /* mechanisms for old data are offered */
	uint64_t retry_rounds;
	uint64_t retry_delay_ms;
	uint64_t deadline_ms;
	bool blank_slot;
	char *access_file;
	char *log_level; /* NULL: what tokens.yaml says, else warning */
	char *log_path;
};

enum config_revocation { CONFIG_COOPERATIVE, CONFIG_STRICT };

/* A system service (root, or the package's own user), or one user's own? */
bool config_is_system(void);
/* The defaults, then the file. path NULL: the usual places, and none of them
 * has to be there. 0, or -errno with err filled. config_free() either way. */
int config_read(const char *path, struct config *ret, struct conf_error *err) MUST_CHECK;
void config_free(struct config *c);
/* What new clients are told about sensitive session keys. */
enum wire_custody config_custody(const struct config *c) MUST_CHECK;
/* What new clients are told: enum wire_policy. */
uint8_t config_policy(const struct config *c) MUST_CHECK;
/* NULL: there is none, or it is for old data and not offered. */
const struct mech *config_mech(const struct config *c, CK_MECHANISM_TYPE type) MUST_CHECK;
/* Joins with '/', NULL without memory. */
char *config_path(const char *folder, const char *name) MUST_CHECK;
