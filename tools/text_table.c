/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/text_table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/control.h"
#include "tools/tokenctl.h"

#define LEAST_TEXT 20 /* columns: text in less is worse than lines that are too long */

void
table_init(struct table *t, const struct column *columns, unsigned n)
{
	*t = (struct table){ .columns = columns, .n_columns = n };
}

void
table_free(struct table *t)
{
	for (size_t i = 0; i < t->n_cells; i++)
		free(t->cells[i]);
	free(t->cells);
	*t = (struct table){ 0 };
}

void
table_cell(struct table *t, const char *fmt, ...)
{
	char *text = NULL, **grown;
	va_list ap;
	int n;

	if (t->failed)
		return;
	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	grown = realloc(t->cells, (t->n_cells + 1) * sizeof *grown);
	if (grown != NULL)
		t->cells = grown;
	if (n < 0 || grown == NULL) {
		if (n >= 0)
			free(text);
		t->failed = true;
		return;
	}
	(void)control_clean(text);
	t->cells[t->n_cells++] = text;
}

/* Characters, near enough: bytes that begin one in UTF-8. */
static int
width_of(const char *text, size_t bytes)
{
	int n = 0;

	for (size_t i = 0; i < bytes; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

static int
width(const char *text)
{
	return width_of(text, strlen(text));
}

void
text_wrap(const char *text, int indent, int max)
{
	int at = indent;

	while (*text != '\0') {
		size_t n = strcspn(text, " ");
		int wide = width_of(text, n);

		if (at != indent && at + 1 + wide > max) {
			(void)printf("\n%*s", indent, "");
			at = indent;
		} else if (at != indent) {
			(void)putchar(' ');
			at++;
		}
		(void)printf("%.*s", (int)n, text);
		at += wide;
		text += n;
		text += strspn(text, " ");
	}
	(void)putchar('\n');
}

static const char *
cell(const struct table *t, size_t row, unsigned column)
{
	return t->cells[row * t->n_columns + column];
}

static void
line_print(const struct table *t, const int *widths, size_t row, bool titles)
{
	int owed = 0, at = 0;

	for (unsigned c = 0; c < t->n_columns; c++) {
		const char *text = titles ? t->columns[c].title : cell(t, row, c);
		int fill;

		if (t->columns[c].title == NULL)
			continue;
		fill = widths[c] - width(text);
		if (t->columns[c].kind == COLUMN_NUMBER) { /* to the right */
			(void)printf("%*s%s", owed + fill, "", text);
			owed = 2;
		} else if (!titles && t->width >= at + LEAST_TEXT &&
			   c + 1 == t->n_columns) {
			(void)printf("%*s", owed, "");
			text_wrap(text, at, t->width);
			return;
		} else {
			(void)printf("%*s%s", owed, "", text);
			owed = fill + 2;
		}
		at += widths[c] + 2;
	}
	(void)putchar('\n');
}

static void
text_print(const struct table *t)
{
	size_t rows = t->n_cells / t->n_columns;
	int widths[TABLE_COLUMNS] = { 0 };

	for (unsigned c = 0; c < t->n_columns; c++) {
		if (t->columns[c].title == NULL)
			continue;
		widths[c] = width(t->columns[c].title);
		for (size_t row = 0; row < rows; row++)
			if (width(cell(t, row, c)) > widths[c])
				widths[c] = width(cell(t, row, c));
	}
	line_print(t, widths, 0, true);
	for (size_t row = 0; row < rows; row++)
		line_print(t, widths, row, false);
}

void
table_json_string(const char *text)
{
	(void)putchar('"');
	while (*text != '\0') {
		size_t n = control_at(text);

		if (*text == '"' || *text == '\\')
			(void)putchar('\\');
		if (n == 0)
			(void)putchar(*text++);
		for (; n != 0; n--, text++)
			(void)putchar('?');
	}
	(void)putchar('"');
}

static void
json_value(enum column_kind kind, const char *text)
{
	if (kind == COLUMN_TEXT)
		table_json_string(text);
	else if (kind == COLUMN_BOOL)
		(void)fputs(strcmp(text, "yes") == 0 ? "true" : "false", stdout);
	else
		(void)fputs(strcmp(text, "-") == 0 ? "null" : text, stdout);
}

static void
json_print(const struct table *t)
{
	size_t rows = t->n_cells / t->n_columns;

	(void)puts("[");
	for (size_t row = 0; row < rows; row++) {
		(void)fputs("  {", stdout);
		for (unsigned c = 0; c < t->n_columns; c++) {
			(void)fputs(c != 0 ? ", " : "", stdout);
			table_json_string(t->columns[c].key);
			(void)fputs(": ", stdout);
			json_value(t->columns[c].kind, cell(t, row, c));
		}
		(void)printf("}%s\n", row + 1 < rows ? "," : "");
	}
	(void)puts("]");
}

int
table_print(const struct table *t, bool json)
{
	if (t->failed) {
		tool_error("out of memory");
		return TOOL_FAILED;
	}
	if (json)
		json_print(t);
	else if (t->n_cells != 0)
		text_print(t);
	return TOOL_OK;
}
