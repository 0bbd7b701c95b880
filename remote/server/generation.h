/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key pairs made. Primes are searched for, which takes seconds: so many at a time
 * (server.c's gate), each in a thread of low priority, so that the rest have workers and CPUs. Other
 * kinds take no longer than a signature and are made at once.
 */
#pragma once

#include "cryptoki/mech.h"
#include "remote/server/objects.h"

/* Of pub, the templates' attributes are completed; priv gets the secret ones. Given up when the
 * caller has gone. UNAVAILABLE where too many are being made. */
int pair_generate(struct call *c, const struct mech *m, struct object *pub,
	struct object *priv) MUST_CHECK;
