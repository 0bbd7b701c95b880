/* SPDX-License-Identifier: Apache-2.0 */
/* What every daemon sets on itself before it touches a secret. */
#pragma once

#include "common/bytes.h"

/*
 * No new privileges, umask 077, SIGPIPE ignored, no core dumps (neither by
 * RLIMIT_CORE nor for who may ptrace). KEYRING_TOKEN_ALLOW_CORE=1 in the
 * environment leaves core dumps as they are: secrets are kept out of them
 * anyway, and tests look. 0 or -errno.
 */
int process_harden(void) MUST_CHECK;
