/* SPDX-License-Identifier: Apache-2.0 */
#include "common/conf_value.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "common/cleanup.h"

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit sizes[] = {
	{ "", 1 },
	{ "K", (uint64_t)1 << 10 },
	{ "M", (uint64_t)1 << 20 },
	{ "G", (uint64_t)1 << 30 },
	{ NULL, 0 },
};

static const struct unit durations[] = {
	{ "", 1000 },
	{ "ms", 1 },
	{ "s", 1000 },
	{ "min", 60000 },
	{ "h", 3600000 },
	{ NULL, 0 },
};

static const struct {
	const char *word;
	bool value;
} bools[] = {
	{ "yes", true },
	{ "true", true },
	{ "on", true },
	{ "1", true },
	{ "no", false },
	{ "false", false },
	{ "off", false },
	{ "0", false },
};

static void *
field_of(const struct conf_key *key, void *into)
{
	return (uint8_t *)into + key->offset;
}

/* Not strtoull(): it takes a sign. False on overflow or without a digit. */
static bool
parse_digits(const char **text, uint64_t *ret)
{
	const char *s = *text;
	uint64_t v = 0;

	for (; *s >= '0' && *s <= '9'; s++)
		if (__builtin_mul_overflow(v, (uint64_t)10, &v) ||
			__builtin_add_overflow(v, (uint64_t)(*s - '0'), &v))
			return false;
	if (s == *text)
		return false;
	*text = s;
	*ret = v;
	return true;
}

static bool
parse_with_unit(const char *text, const struct unit *units, uint64_t *ret)
{
	uint64_t v;

	if (!parse_digits(&text, &v))
		return false;
	while (*text == ' ' || *text == '\t')
		text++;
	for (; units->name != NULL; units++)
		if (strcmp(text, units->name) == 0)
			return !__builtin_mul_overflow(v, units->factor, ret);
	return false;
}

static int
set_ranged(const struct conf_key *key, void *field, const char *text,
	const struct unit *units, const char *unit, struct conf_why *why)
{
	uint64_t max = key->max != 0 ? key->max : UINT64_MAX, v;

	if (!parse_with_unit(text, units, &v)) {
		(void)snprintf(why->text, sizeof why->text, "\"%.60s\" is not a %s", text,
			units == sizes ? "number; write digits, with K, M or G after them"
				       : "duration; write digits and ms, s, min or h");
		return -EINVAL;
	}
	if (v < key->min || v > max) {
		(void)snprintf(why->text, sizeof why->text,
			"\"%.60s\" is out of range; use %" PRIu64 "%s to %" PRIu64 "%s",
			text, key->min, unit, max, unit);
		return -EINVAL;
	}
	memcpy(field, &v, sizeof v);
	return 0;
}

static int
set_number(
	const struct conf_key *key, void *field, const char *text, struct conf_why *why)
{
	return set_ranged(key, field, text, sizes, "", why);
}

static int
set_duration(
	const struct conf_key *key, void *field, const char *text, struct conf_why *why)
{
	return set_ranged(key, field, text, durations, " ms", why);
}

/* Eight digits are more than any mode has, and fewer than overflow. */
static int
set_octal(const struct conf_key *key, void *field, const char *text, struct conf_why *why)
{
	size_t digits = strspn(text, "01234567");
	uint64_t v = strtoul(text, NULL, 8);

	if (digits == 0 || digits > 8 || text[digits] != '\0' || v < key->min ||
		v > key->max) {
		(void)snprintf(why->text, sizeof why->text,
			"\"%.60s\" is not a mode; write octal digits, %04" PRIo64
			" to %04" PRIo64,
			text, key->min, key->max);
		return -EINVAL;
	}
	*(uint64_t *)field = v;
	return 0;
}

/* -1: it is none of them. */
static int
choice_find(const struct conf_key *key, const char *text, struct conf_why *why)
{
	size_t at;

	for (int i = 0; key->choices[i] != NULL; i++)
		if (strcmp(text, key->choices[i]) == 0)
			return i;
	at = (size_t)snprintf(why->text, sizeof why->text,
		"\"%.60s\" is not one of its words; use", text);
	for (int i = 0; key->choices[i] != NULL && at < sizeof why->text; i++)
		at += (size_t)snprintf(why->text + at, sizeof why->text - at, "%s %s",
			i == 0 ? "" : ",", key->choices[i]);
	return -1;
}

static int
set_string(
	const struct conf_key *key, void *field, const char *text, struct conf_why *why)
{
	char **to = field, *copy;

	if (key->choices != NULL && choice_find(key, text, why) < 0)
		return -EINVAL;
	copy = strdup(text);
	if (copy == NULL)
		return -ENOMEM;
	free(*to);
	*to = copy;
	return 0;
}

static int
set_bool(const struct conf_key *key, void *field, const char *text, struct conf_why *why)
{
	for (size_t i = 0; i < ARRAY_LEN(bools); i++) {
		if (strcasecmp(text, bools[i].word) == 0) {
			*(bool *)field = bools[i].value;
			return 0;
		}
	}
	(void)snprintf(
		why->text, sizeof why->text, "\"%.60s\" is neither yes nor no", text);
	return -EINVAL;
}

static int
set_choice(
	const struct conf_key *key, void *field, const char *text, struct conf_why *why)
{
	int at = choice_find(key, text, why);

	if (at < 0)
		return -EINVAL;
	*(int *)field = at;
	return 0;
}

/* ---- lists */

static void
list_free(char **list)
{
	for (size_t i = 0; list != NULL && list[i] != NULL; i++)
		free(list[i]);
	free((void *)list);
}

static void
cleanup_list(char ***list)
{
	list_free(*list);
}

static bool
is_separator(char c)
{
	return c == ',' || isspace((unsigned char)c);
}

/* The next word at or after *text, empty at the end. A word that begins with
 * ';' starts a comment: inih strips those of a key's own line, and, depending
 * on its version, not those of the lines that continue it. */
static struct bytes
next_word(const char **text)
{
	const char *s = *text, *start;

	while (is_separator(*s))
		s++;
	start = s;
	if (*s != ';')
		while (*s != '\0' && !is_separator(*s))
			s++;
	*text = s;
	return BYTES(start, s - start);
}

/* The old list's words (moved) and text's. */
static int
list_grow(char **old, const char *text, char ***ret)
{
	CLEANUP(cleanup_list)
	char **list = NULL;
	size_t had = 0, words = 0;
	const char *s = text;
	struct bytes w;

	while (old != NULL && old[had] != NULL)
		had++;
	while (next_word(&s).n != 0)
		words++;
	list = (char **)calloc(had + words + 1, sizeof(char *));
	if (list == NULL)
		return -ENOMEM;
	/* the new ones first, so that a failure leaves nothing of the old here */
	s = text;
	for (size_t i = 0; i < words; i++) {
		w = next_word(&s);
		list[i] = strndup((const char *)w.p, w.n);
		if (list[i] == NULL)
			return -ENOMEM;
	}
	memmove((void *)(list + had), (void *)list, words * sizeof(char *));
	if (had != 0)
		memcpy((void *)list, (void *)old, had * sizeof(char *));
	*ret = TAKE_PTR(list);
	return 0;
}

static int
set_list(const struct conf_key *key, void *field, const char *text, struct conf_why *why)
{
	char ***to = field, **made;
	int r = list_grow(NULL, text, &made);

	if (r < 0)
		return r;
	list_free(*to);
	*to = made;
	return 0;
}

int
conf_list_append(const struct conf_key *key, void *into, const char *text)
{
	char ***to = field_of(key, into), **made;
	int r = list_grow(*to, text, &made);

	if (r < 0)
		return r;
	free((void *)*to);
	*to = made;
	return 0;
}

/* ---- by kind */

static int (*const setters[])(const struct conf_key *key, void *field, const char *text,
	struct conf_why *why) = {
	[CONF_STRING] = set_string,
	[CONF_BOOL] = set_bool,
	[CONF_NUMBER] = set_number,
	[CONF_DURATION] = set_duration,
	[CONF_LIST] = set_list,
	[CONF_CHOICE] = set_choice,
	[CONF_OCTAL] = set_octal,
};

int
conf_value_set(
	const struct conf_key *key, void *into, const char *text, struct conf_why *why)
{
	return setters[key->kind](key, field_of(key, into), text, why);
}

void
conf_value_free(const struct conf_key *key, void *into)
{
	if (key->kind == CONF_STRING) {
		char **s = field_of(key, into);

		free(*s);
		*s = NULL;
	} else if (key->kind == CONF_LIST) {
		char ***list = field_of(key, into);

		list_free(*list);
		*list = NULL;
	}
}
