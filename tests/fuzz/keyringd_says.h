/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A keyringd that answers the module with what the input says: messages whose fields are filled by
 * their tables, objects and lists of them among them, raw ones, refusals, connections that break.
 * What a frame may be is reply.c's: this begins at the message within. The target that has it is
 * linked with --wrap=conn_open, --wrap=conn_is_ours, --wrap=conn_call, --wrap=kcapi_serves and
 * --wrap=kcapi_needs: key sockets are asked for where there is no AF_ALG, too, and what comes is
 * none.
 */
#pragma once

#include "tests/fuzz/fuzz.h"

/* Answers come from here from now on, between what the target reads itself. */
void keyringd_begin(struct cursor *c);
/* The region that was given away last changes, as keyringd's does. */
void keyringd_region(struct cursor *c);
void keyringd_end(void);
