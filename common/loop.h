/* SPDX-License-Identifier: Apache-2.0 */
/* What every daemon's main loop needs beside libevent itself. */
#pragma once

#include "common/bytes.h"

struct event;
struct event_base;

struct loop_signals {
	struct event *term;
	struct event *intr;
	struct event *hangup;
};

/* SIGTERM and SIGINT end the loop after its current round; SIGHUP has the log file opened
 * again. 0 or -errno. */
int loop_signals_add(struct event_base *base, struct loop_signals *ret) MUST_CHECK;
/* Harmless on a zeroed one. */
void loop_signals_remove(struct loop_signals *s);
