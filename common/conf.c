/* SPDX-License-Identifier: Apache-2.0 */
#include "common/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "common/conf_value.h"

#define FILE_MAX ((size_t)1 << 20)

/* One reading of one file. inih asks for a line, then calls the handler for
 * it, so that the reader's count of lines is the handler's line. */
struct reading {
	const char *path;
	const struct conf_key *keys;
	void *into;
	struct conf_error *err;
	bool *seen;     /* by row of keys */
	const char *at; /* the rest of the text, NUL-terminated */
	unsigned line;
	bool indented; /* the present line */
	int error;     /* the first one; nothing is read after it */
};

static void fail(struct reading *r, int error, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void
fail(struct reading *r, int error, const char *fmt, ...)
{
	char what[400];
	va_list ap;

	if (r->error != 0)
		return;
	r->error = error;
	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	/* of a path too long for the message its end tells more */
	(void)snprintf(r->err->text, sizeof r->err->text, "%s:%u: %s",
		strlen(r->path) > 90 ? r->path + strlen(r->path) - 90 : r->path, r->line,
		what);
}

/* ---- lines */

static bool
is_comment_or_empty(const char *s, size_t n)
{
	while (n != 0 && (*s == ' ' || *s == '\t' || *s == '\r')) {
		s++;
		n--;
	}
	return n == 0 || *s == ';' || *s == '#';
}

static bool
section_known(const struct conf_key *keys, const char *name, size_t n)
{
	for (; keys->name != NULL; keys++)
		if (strlen(keys->section) == n && memcmp(keys->section, name, n) == 0)
			return true;
	return false;
}

/* inih takes a section without keys, or text after its bracket, in silence. */
static void
check_section(struct reading *r, const char *line, size_t n)
{
	const char *end;

	while (n != 0 && (*line == ' ' || *line == '\t')) {
		line++;
		n--;
	}
	if (n == 0 || *line != '[')
		return;
	end = memchr(line, ']', n);
	if (end == NULL)
		fail(r, -EINVAL, "the section has no closing bracket; write [name]");
	else if (!section_known(r->keys, line + 1, (size_t)(end - line - 1)))
		fail(r, -EINVAL,
			"unknown section [%.*s]; see the man page for those there are",
			end - line - 1 > 60 ? 60 : (int)(end - line - 1), line + 1);
	else if (!is_comment_or_empty(end + 1, n - (size_t)(end + 1 - line)))
		fail(r, -EINVAL, "text after the section's name; put it on its own line");
}

/* inih's reader: as fgets(). */
static char *
read_line(char *str, int num, void *stream)
{
	struct reading *r = stream;
	size_t n;

	if (r->error != 0 || *r->at == '\0' || num < 1)
		return NULL;
	n = strcspn(r->at, "\n");
	r->line++;
	if (n + 2 > (size_t)num) {
		fail(r, -EINVAL, "the line is longer than %d bytes; shorten it", num - 2);
		return NULL;
	}
	r->indented = *r->at == ' ' || *r->at == '\t';
	check_section(r, r->at, n);
	if (r->error != 0)
		return NULL;
	memcpy(str, r->at, n);
	str[n] = '\n';
	str[n + 1] = '\0';
	r->at += n + (r->at[n] == '\n' ? 1 : 0);
	return str;
}

/* ---- keys */

static const struct conf_key *
key_find(const struct conf_key *keys, const char *section, const char *name)
{
	for (; keys->name != NULL; keys++)
		if (strcmp(keys->section, section) == 0 && strcmp(keys->name, name) == 0)
			return keys;
	return NULL;
}

static int
take_value(struct reading *r, const struct conf_key *key, const char *value)
{
	bool *seen = &r->seen[key - r->keys];
	struct conf_why why = { "" };
	int e = 0;

	if (*seen && r->indented && key->kind == CONF_LIST &&
		strchr(value, '=') == NULL) {
		e = conf_list_append(key, r->into, value);
	} else if (*seen && r->indented) {
		fail(r, -EINVAL,
			"an indented line continues %s \"%s\"; remove the indent",
			key->kind == CONF_LIST ? "a list without = in it, here"
					       : "lists only, not",
			key->name);
	} else if (*seen) {
		fail(r, -EINVAL, "\"%s\" is set a second time; remove one", key->name);
	} else {
		*seen = true;
		e = conf_value_set(key, r->into, value, &why);
	}
	if (e == -EINVAL)
		fail(r, e, "%s: %s", key->name, why.text);
	else if (e < 0)
		fail(r, e, "%s", strerror(-e));
	return r->error == 0;
}

/* inih's handler: non-zero is success. */
static int
on_key(void *user, const char *section, const char *name, const char *value)
{
	struct reading *r = user;
	const struct conf_key *key = key_find(r->keys, section, name);

	if (key != NULL)
		return take_value(r, key, value);
	if (*section == '\0')
		fail(r, -EINVAL, "\"%.60s\" stands before any section; put it under one",
			name);
	else
		fail(r, -EINVAL, "unknown key \"%.60s\" in [%.60s]; correct or remove it",
			name, section);
	return 0;
}

/* ---- files */

static int
file_error(const char *path, const char *what, int error, struct conf_error *err)
{
	(void)snprintf(err->text, sizeof err->text, "%.300s: %s: %s", path, what,
		strerror(-error));
	return error;
}

static int
load(const char *path, struct buf *text, struct conf_error *err)
{
	CLEANUP(cleanup_close)
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	uint8_t *to;
	ssize_t n;

	if (fd < 0)
		return file_error(path, "cannot be opened", -errno, err);
	do {
		to = buf_reserve(text, 4096);
		if (to == NULL)
			return file_error(path, "cannot be read", -ENOMEM, err);
		n = read(fd, to, 4096);
		if (n < 0 && errno != EINTR)
			return file_error(path, "cannot be read", -errno, err);
		if (n > 0)
			text->n += (size_t)n;
		if (text->n > FILE_MAX)
			return file_error(path, "is no configuration file", -EFBIG, err);
	} while (n != 0);
	return 0;
}

static int
parse(struct reading *r, const struct buf *text)
{
	const uint8_t *nul = memchr(text->p, '\0', text->n - 1);
	int e;

	if (nul != NULL) {
		for (const uint8_t *p = text->p; p < nul; p++)
			r->line += *p == '\n';
		r->line++;
		fail(r, -EINVAL, "a NUL byte; this is not a text file");
		return r->error;
	}
	r->at = (const char *)text->p;
	e = ini_parse_stream(read_line, r, on_key, r);
	if (e < 0)
		fail(r, -ENOMEM, "%s", strerror(ENOMEM));
	/* inih's own errors are seen here only, at the end of the file */
	if (e > 0 && (r->error == 0 || (unsigned)e < r->line)) {
		r->line = (unsigned)e;
		r->error = 0;
		fail(r, -EINVAL,
			"neither [section] nor key = value; correct or remove the line");
	}
	return r->error;
}

int
conf_read(
	const char *path, const struct conf_key *keys, void *into, struct conf_error *err)
{
	CLEANUP(buf_free)
	struct buf text = BUF_INIT;
	CLEANUP(cleanup_free)
	bool *seen = NULL;
	struct reading r = { .path = path, .keys = keys, .into = into, .err = err };
	size_t rows = 0;
	int e = load(path, &text, err);

	if (e < 0)
		return e;
	while (keys[rows].name != NULL)
		rows++;
	seen = calloc(rows + 1, sizeof *seen);
	buf_put_u8(&text, '\0');
	if (seen == NULL || !buf_ok(&text))
		return file_error(path, "cannot be read", -ENOMEM, err);
	r.seen = seen;
	return parse(&r, &text);
}

void
conf_free(const struct conf_key *keys, void *into)
{
	for (; keys->name != NULL; keys++)
		conf_value_free(keys, into);
}

/* A file that the service manager left for this service alone belongs to root and
 * is read by way of an ACL, whose mask is what the mode shows for the group. */
static bool
is_credential(const char *path, const struct stat *st)
{
	const char *folder = secure_getenv("CREDENTIALS_DIRECTORY");
	size_t n = folder != NULL ? strlen(folder) : 0;

	return n != 0 && strncmp(path, folder, n) == 0 && path[n] == '/' &&
	       strchr(path + n + 1, '/') == NULL && st->st_uid == 0 && st->st_gid == 0;
}

int
conf_check_secret(const char *path, const struct stat *st, bool allow_group_read,
	struct conf_error *err)
{
	bool group = allow_group_read || is_credential(path, st);
	mode_t bad = S_IWGRP | S_IXGRP | S_IRWXO | (group ? 0 : S_IRGRP);
	const char *what = NULL;

	if (!S_ISREG(st->st_mode))
		what = "is not a regular file; name one";
	else if (st->st_uid != 0 && st->st_uid != geteuid())
		what = "belongs to another user; make it this daemon's or root's (chown)";
	else if ((st->st_mode & bad) != 0)
		what = allow_group_read
			       ? "may be used by others than its owner and group; chmod "
				 "0640"
			       : "may be used by others than its owner; chmod 0600";
	if (what == NULL)
		return 0;
	(void)snprintf(err->text, sizeof err->text, "%.300s: %s", path, what);
	return -EPERM;
}

int
conf_check_secret_file(const char *path, bool allow_group_read, struct conf_error *err)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return file_error(path, "cannot be examined", -errno, err);
	return conf_check_secret(path, &st, allow_group_read, err);
}
