/* SPDX-License-Identifier: Apache-2.0 */
/* The slots' own: slots.c answers from them, slots_news.c changes them. */
#pragma once

#include "keyringd/slots.h"

struct numbers;

#define PIN_MIN 4u
#define PIN_MAX 255u
#define SERIAL_FIRST 1u /* of the list, before any change */

TAILQ_HEAD(token_list, token);

struct slots {
	struct daemon *d;
	struct numbers *numbers;
	TAILQ_HEAD(, upstream) upstreams;
	struct token_list tokens;
	unsigned n_tokens;
	uint64_t serial;            /* of the last change of any token */
	struct request_queue lists; /* held until the keystores have answered */
	struct request_queue waits;
	struct event *poll, *settle;
	bool settled; /* the first answers came, or did not come in time */
};

void token_free(struct token *t);
/* A slot whose token went stays for those who may have seen it. */
bool token_visible(const struct token *t, const struct client *cl) MUST_CHECK;
/* The serial of the client's list: of the last change of a slot that it sees. */
uint64_t slots_seen(const struct slots *s, const struct client *cl) MUST_CHECK;
/* Those that wait for a slot list are answered. */
void lists_answer(struct slots *s);
