/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which users and groups of this host may use which token (conf/access.ini).
 * For who may not use a token its slot does not exist.
 */
#pragma once

#include "common/conf.h"
#include "keyringd/peer.h"

struct access;

/* path NULL: the usual place, and without a file there the rule of the config:
 * everybody (system), or only our own uid (one user's keyringd). Root may use
 * every token. 0, or -errno with err filled. */
int access_read(const char *path, bool system, struct access **ret,
	struct conf_error *err) MUST_CHECK;
void access_free(struct access *a);
/* id: 16 bytes, or none for the blank slot. */
bool access_allows(const struct access *a, const struct peer *who, struct bytes id,
	struct bytes label) MUST_CHECK;
