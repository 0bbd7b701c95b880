/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/numbers.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"

#define HEADING "keyringd slots 1"
#define ROWS_MAX 1000000u

struct row {
	uint64_t number;
	struct wire_id token;
};

struct numbers {
	char *directory;
	struct row *rows;
	size_t n;
	uint64_t next;
	bool changed;
};

static const struct wire_id blank;

void
numbers_free(struct numbers *n)
{
	if (n == NULL)
		return;
	free(n->directory);
	free(n->rows);
	free(n);
}

static void
numbers_free_ref(struct numbers **n)
{
	numbers_free(*n);
}

static int
row_add(struct numbers *n, uint64_t number, const struct wire_id *token)
{
	struct row *rows = realloc(n->rows, (n->n + 1) * sizeof *rows);

	if (rows == NULL)
		return -ENOMEM;
	n->rows = rows;
	rows[n->n++] = (struct row){ number, *token };
	if (number >= n->next)
		n->next = number + 1;
	return 0;
}

static struct row *
row_of(struct numbers *n, const struct wire_id *token)
{
	for (size_t i = 0; i < n->n; i++) {
		if (memcmp(&n->rows[i].token, token, sizeof *token) == 0)
			return &n->rows[i];
	}
	return NULL;
}

/* "NUMBER 32-HEX-DIGITS" */
static bool
row_parse(const char *line, struct row *ret)
{
	unsigned byte;
	int at;

	if (sscanf(line, "%" SCNu64 " %n", &ret->number, &at) != 1 ||
		ret->number > INT64_MAX || strlen(line + at) < 32)
		return false;
	for (size_t i = 0; i < 16; i++) {
		if (sscanf(line + at + 2 * i, "%2x", &byte) != 1)
			return false;
		ret->token.b[i] = (uint8_t)byte;
	}
	return line[at + 32] == '\n' || line[at + 32] == '\0';
}

static bool
number_taken(const struct numbers *n, uint64_t number)
{
	for (size_t i = 0; i < n->n; i++) {
		if (n->rows[i].number == number)
			return true;
	}
	return false;
}

static int
rows_read(struct numbers *n, FILE *f, const char *path, struct conf_error *err)
{
	char line[128];
	unsigned at = 0;
	struct row row;

	while (fgets(line, sizeof line, f) != NULL) {
		bool good = ++at == 1 ? strcmp(line, HEADING "\n") == 0
				      : row_parse(line, &row) &&
						!number_taken(n, row.number) &&
						row_of(n, &row.token) == NULL &&
						n->n < ROWS_MAX;

		if (!good) {
			(void)snprintf(err->text, sizeof err->text,
				"%s:%u: not a line of a slots file; remove the file to "
				"have slots numbered afresh",
				path, at);
			return -EINVAL;
		}
		if (at > 1 && row_add(n, row.number, &row.token) != 0)
			return -ENOMEM;
	}
	return 0;
}

static int
directory_make(const char *path)
{
	CLEANUP(cleanup_free)
	char *copy = strdup(path);

	if (copy == NULL)
		return -ENOMEM;
	for (char *slash = strchr(copy + 1, '/');; slash = strchr(slash + 1, '/')) {
		if (slash != NULL)
			*slash = '\0';
		if (mkdir(copy, 0700) != 0 && errno != EEXIST)
			return -errno;
		if (slash == NULL)
			return 0;
		*slash = '/';
	}
}

int
numbers_open(const char *directory, struct numbers **ret, struct conf_error *err)
{
	CLEANUP(numbers_free_ref)
	struct numbers *n = calloc(1, sizeof *n);
	CLEANUP(cleanup_free)
	char *path = NULL;
	FILE *f;
	int r;

	if (n == NULL || (n->directory = strdup(directory)) == NULL ||
		asprintf(&path, "%s/slots", directory) < 0) {
		(void)snprintf(err->text, sizeof err->text, "out of memory");
		return -ENOMEM;
	}
	r = directory_make(directory);
	if (r == 0 && access(directory, W_OK | X_OK) != 0)
		r = -errno;
	f = r == 0 ? fopen(path, "re") : NULL;
	if (r == 0 && f == NULL && errno != ENOENT)
		r = -errno;
	if (r != 0) {
		(void)snprintf(err->text, sizeof err->text,
			"%s: cannot keep slot numbers there: %s; see [state] directory",
			directory, strerror(-r));
		return r;
	}
	if (f != NULL) {
		r = rows_read(n, f, path, err);
		(void)fclose(f);
	}
	if (r == 0)
		*ret = TAKE_PTR(n);
	return r;
}

uint64_t
numbers_get(struct numbers *n, const struct wire_id *token)
{
	const struct row *row = row_of(n, token);
	uint64_t number = n->next;

	if (row != NULL)
		return row->number;
	if (row_add(n, number, token) != 0)
		n->next++; /* not remembered, but not given twice either */
	n->changed = true;
	return number;
}

bool
numbers_settle(struct numbers *n, const struct wire_id *token)
{
	struct row *row = row_of(n, &blank);

	if (row == NULL || row_of(n, token) != NULL)
		return false;
	row->token = *token;
	n->changed = true;
	return true;
}

/* ---- writing */

static int
rows_write(const struct numbers *n, int fd)
{
	struct buf text = BUF_INIT;
	size_t done = 0;
	int r = 0;

	buf_put_str(&text, HEADING "\n");
	for (size_t i = 0; i < n->n; i++) {
		buf_printf(&text, "%" PRIu64 " ", n->rows[i].number);
		for (size_t j = 0; j < 16; j++)
			buf_printf(&text, "%02x", n->rows[i].token.b[j]);
		buf_put_str(&text, "\n");
	}
	if (!buf_ok(&text))
		r = -ENOMEM;
	while (r == 0 && done < text.n) {
		ssize_t put = write(fd, text.p + done, text.n - done);

		if (put < 0 && errno != EINTR)
			r = -errno;
		if (put > 0)
			done += (size_t)put;
	}
	buf_free(&text);
	return r;
}

static int
file_replace(const struct numbers *n)
{
	CLEANUP(cleanup_close)
	int dir = -1;
	CLEANUP(cleanup_close)
	int fd = -1;
	int r;

	dir = open(n->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	fd = openat(dir, "slots.new",
		O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	r = rows_write(n, fd);
	if (r == 0 && (fsync(fd) != 0 || renameat(dir, "slots.new", dir, "slots") != 0 ||
			      fsync(dir) != 0))
		r = -errno;
	if (r != 0)
		(void)unlinkat(dir, "slots.new", 0);
	return r;
}

void
numbers_save(struct numbers *n)
{
	int r;

	if (!n->changed)
		return;
	r = file_replace(n);
	n->changed = r != 0;
	if (r != 0)
		log_error("slot numbers cannot be kept in %s: %s", n->directory,
			strerror(-r));
}
