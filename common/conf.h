/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reader of the daemons' flat configuration files (inih underneath), driven
 * by a table. An unknown section or key, a repeated key, a wrong type or an
 * out-of-range number is an error that names file and line.
 */
#pragma once

#include "common/bytes.h"

struct stat;

enum conf_kind {
	/* char *, owned by the struct, freed by conf_free; one of choices if given */
	CONF_STRING,
	CONF_BOOL,     /* bool: yes/no, true/false, on/off, 1/0 */
	CONF_NUMBER,   /* uint64_t, within min..max; suffixes K, M, G (1024) */
	CONF_DURATION, /* uint64_t milliseconds, within min..max; ms, s (default), min, h */
	/* char **, NULL-terminated, comma- or blank-separated; may go on in
	 * indented lines */
	CONF_LIST,
	CONF_CHOICE, /* int: index of the word in choices */
	CONF_OCTAL,  /* uint64_t, within min..max: a file's mode */
};

struct conf_key {
	const char *section;
	const char *name;
	enum conf_kind kind;
	size_t offset;              /* in the caller's struct */
	uint64_t min, max;          /* max 0: no upper limit */
	const char *const *choices; /* NULL-terminated */
};

/* Message for people, "FILE:LINE: what; what to do", at most 511 characters. */
struct conf_error {
	char text[512];
};

/* Fills into, which already holds the defaults (strings in it must be
 * allocated or NULL). keys ends with a row whose name is NULL.
 * After an error into may be filled in part; conf_free() is right then too.
 * 0, -EINVAL for a bad file, -ENOENT when there is none, or -errno. */
int conf_read(const char *path, const struct conf_key *keys, void *into,
	struct conf_error *err) MUST_CHECK;
void conf_free(const struct conf_key *keys, void *into);

/* Refuses a key or credential file that others may read or write: anything
 * but owner root or ourselves, and mode without group-write and any
 * other-access (group-read only if allow_group_read, or for root's file in
 * $CREDENTIALS_DIRECTORY). 0, -EPERM or -errno. */
int conf_check_secret_file(
	const char *path, bool allow_group_read, struct conf_error *err) MUST_CHECK;
/* The same of a file that is open and was examined with fstat(). 0 or -EPERM. */
int conf_check_secret(const char *path, const struct stat *st, bool allow_group_read,
	struct conf_error *err) MUST_CHECK;
