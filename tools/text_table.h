/* SPDX-License-Identifier: Apache-2.0 */
/* A table for people, aligned, or the same as JSON. */
#pragma once

#include "common/bytes.h"

#define TABLE_COLUMNS 8

enum column_kind { COLUMN_TEXT, COLUMN_NUMBER, COLUMN_BOOL };

struct column {
	const char *title; /* NULL: in JSON only */
	const char *key;   /* JSON's */
	enum column_kind kind;
};

struct table {
	const struct column *columns;
	unsigned n_columns; /* at most TABLE_COLUMNS */
	char **cells;       /* row after row; NULL where out of memory */
	size_t n_cells;
	bool failed; /* sticky, like a struct buf */
	int width;   /* for people, the last column is broken into lines that fit into so
			many columns; 0: never */
};

void table_init(struct table *t, const struct column *columns, unsigned n);
void table_free(struct table *t);
/* The next cell. COLUMN_BOOL: "yes" or "no"; COLUMN_NUMBER: digits, or "-" for
 * none. Control characters are shown as '?': the text may be a stranger's. */
void table_cell(struct table *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* To stdout; nothing for people when there are no rows. TOOL_OK or
 * TOOL_FAILED. */
int table_print(const struct table *t, bool json) MUST_CHECK;
/* A JSON string; control characters as table_cell() shows them. */
void table_json_string(const char *text);
/* Text to stdout, broken at blanks into lines of at most width columns, of which all but
 * the first begin with indent blanks: the caller has put as many columns there. A word
 * that is longer than a line is not broken. Ends with a newline. */
void text_wrap(const char *text, int indent, int width);
