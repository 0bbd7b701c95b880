/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets that clients connect to. */
#pragma once

#include "keyringd/daemon.h"

struct listener;

/* Those systemd passed, else our own at the configured path. A socket that
 * somebody still answers at is left alone: -EADDRINUSE. 0, or -errno with err
 * filled. */
int listener_new(
	struct daemon *d, struct listener **ret, struct conf_error *err) MUST_CHECK;
/* Removes our own socket. */
void listener_free(struct listener *l);
