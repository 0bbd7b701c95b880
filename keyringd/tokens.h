/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tokens.yaml: the keystores of this host and the tokens it wants of them, in the
 * shape of grep11client.yaml.
 */
#pragma once

#include "keyringd/yaml_file.h"

struct token_entry {
	char *name;                           /* its key in the file: "0" */
	char **endpoints;                     /* HOST:PORT, in order of preference */
	char *ca_file, *cert_file, *key_file; /* NULL: none */
	bool remote_store;                    /* CKA_TOKEN true is allowed */
	struct yaml_uuid private_space, public_space;
	unsigned line;
};

struct tokens {
	char *path;
	struct token_entry *entries;
	size_t n;
	char *log_level, *log_path; /* NULL: not given */
};

/* path NULL: the usual places. 0, -EINVAL for a bad file, -ENOENT, or -errno; err is
 * filled. tokens_free() either way. */
int tokens_read(const char *path, struct tokens *ret, struct conf_error *err) MUST_CHECK;
void tokens_free(struct tokens *t);
/* Both name the same keystore with the same certificate. */
bool token_entry_same_keystore(
	const struct token_entry *a, const struct token_entry *b) MUST_CHECK;
