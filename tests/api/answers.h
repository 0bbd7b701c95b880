/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/api/answers.txt: lines of a word and fields, NAME=VALUE, between spaces.
 *   key      name type, and what makes a key of that type: kinds[] of answers_keys.h; without its private
 *            field a public key alone
 *   sign     mech key in out, and what the parameter holds: out is the only signature there is
 *   verify   the same: one of many signatures; with nonce=rfc6979 the only one, where keystored
 *            is told to sign so (STACK_DETERMINISTIC_ECDSA)
 *   reject   the same: no signature
 *   recover  like sign: and the signature gives in back
 *   decrypt  mech key in out; and what wraps unwraps it
 *   derive   mech key peer out: the bytes that two keys agree on
 * Where out is long: its SHA-256, or begin and end instead of it.
 */
#pragma once

#include "tests/api/api.h"

#define FIELDS 12u
#define MOST_LINES 512u
#define MOST_BYTES 16384u

struct line {
	unsigned number;
	const char *word;
	struct {
		const char *name, *value;
	} fields[FIELDS];
	size_t n;
};

struct data {
	CK_BYTE p[MOST_BYTES];
	CK_ULONG n;
};

static struct line lines[MOST_LINES];
static size_t n_lines;

/* NULL: the line has no such field. */
static inline const char *
field_find(const struct line *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->fields[i].name, name) == 0)
			return l->fields[i].value;
	return NULL;
}

static inline const char *
field(const struct line *l, const char *name)
{
	const char *value = field_find(l, name);

	ck_assert_msg(value != NULL, "line %u: no %s", l->number, name);
	return value;
}

/* Of no bytes where the line has no such field. */
static inline void
field_bytes(const struct line *l, const char *name, struct data *to)
{
	const char *hex = field_find(l, name);

	ck_assert(hex == NULL || strlen(hex) / 2 <= sizeof to->p);
	to->n = hex != NULL ? api_unhex(hex, to->p) : 0;
}

static inline void
line_parse(char *text, unsigned number)
{
	struct line *l = &lines[n_lines++];
	char *save = NULL, *value;

	ck_assert_uint_lt(n_lines, MOST_LINES);
	l->number = number;
	l->word = strtok_r(text, " \n", &save);
	for (char *f; (f = strtok_r(NULL, " \n", &save)) != NULL;) {
		value = strchr(f, '=');
		ck_assert_msg(value != NULL && l->n < FIELDS, "line %u: %s", number, f);
		*value = '\0';
		l->fields[l->n].name = f;
		l->fields[l->n++].value = value + 1;
	}
}

static inline void
lines_read(const char *path)
{
	FILE *f = fopen(path, "re");
	unsigned number = 0;
	char *text = NULL;
	size_t size = 0;

	ck_assert_msg(f != NULL, "%s cannot be read", path);
	while (getline(&text, &size, f) > 0) {
		number++;
		if (text[0] == '#' || text[0] == '\n')
			continue;
		line_parse(text, number);
		text = NULL; /* the line's now, until the process ends */
		size = 0;
	}
	free(text);
	(void)fclose(f);
}

static inline const struct line *
key_line(const char *name)
{
	for (size_t i = 0; i < n_lines; i++)
		if (strcmp(lines[i].word, "key") == 0 &&
			strcmp(field(&lines[i], "name"), name) == 0)
			return &lines[i];
	ck_abort_msg("no key %s", name);
}
