/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the host's keyringd how it is, as a module would. */
#pragma once

#include <sys/types.h>

#include "common/bytes.h"

struct local_facts {
	pid_t pid;
	uid_t uid;
	uint32_t version;
	uint8_t custody; /* enum wire_custody, of sensitive session keys */
	uint8_t policy;  /* enum wire_policy */
	unsigned tokens, blank;
	double ms; /* of one round trip */
};

/* A path of the socket that is used when path is NULL: the system's, or the
 * user's own where that is not there. Returns the one that was tried last. */
const char *local_path(const char *path, char *buffer, size_t cap);
/* TOOL_OK, or why not in err. */
int local_ask(
	const char *path, struct local_facts *ret, char *err, size_t err_len) MUST_CHECK;
