/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slot numbers, kept in a file so that they stay the same over restarts. A
 * token that goes keeps its number for when it comes back. The blank slot is
 * the id of zeroes.
 */
#pragma once

#include "common/conf.h"
#include "wire/wire.h"

struct numbers;

/* Reads DIRECTORY/slots, making the directory if it is not there. 0, or
 * -errno with err filled. */
int numbers_open(
	const char *directory, struct numbers **ret, struct conf_error *err) MUST_CHECK;
void numbers_free(struct numbers *n);
/* The token's number, a new one if it has none. */
uint64_t numbers_get(struct numbers *n, const struct wire_id *token) MUST_CHECK;
/* The blank slot's number is the token's from now on. false: it has one already. */
bool numbers_settle(struct numbers *n, const struct wire_id *token) MUST_CHECK;
/* What changed goes to the disk. Logs a failure: the numbers then hold until
 * the next start. */
void numbers_save(struct numbers *n);
