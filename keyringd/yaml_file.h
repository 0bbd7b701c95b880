/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads YAML by table: every mapping has a list of the keys it may hold. Anchors,
 * aliases and merge keys (`<<`) work. An unknown key, a repeated one or a value of the
 * wrong type is an error that names file and line. An empty value counts as one that
 * was left out.
 */
#pragma once

#include "common/conf.h"

enum yaml_kind {
	YAML_MAP,     /* of `fields`, into the same struct */
	YAML_STRING,  /* char * */
	YAML_BOOL,    /* enum yaml_tristate */
	YAML_PORT,    /* uint16_t */
	YAML_UUID,    /* struct yaml_uuid */
	YAML_STRINGS, /* char **, NULL-terminated; one string is a list of one */
	YAML_SKIP,    /* holds anchors; what uses them is checked where it is used */
};

enum yaml_tristate { YAML_UNSET, YAML_NO, YAML_YES };

struct yaml_uuid {
	bool set;
	uint8_t b[16];
};

/* What is done with a value that says something (not empty, not false). */
enum yaml_policy { YAML_HONOURED, YAML_IGNORED, YAML_REFUSED };

struct yaml_field {
	const char *name; /* NULL ends the list */
	enum yaml_kind kind;
	size_t offset;
	const struct yaml_field *fields;
	enum yaml_policy policy;
	const char *why; /* of IGNORED and REFUSED: what happens instead */
};

struct yaml;
struct yaml_node_ref {
	int id; /* 0: none */
};

/* 0, or -errno with err filled; -ENOENT when there is no such file. */
int yaml_open(const char *path, struct yaml **ret, struct conf_error *err) MUST_CHECK;
void yaml_close(struct yaml *y);
struct yaml_node_ref yaml_root(struct yaml *y);
unsigned yaml_line(struct yaml *y, struct yaml_node_ref node);
/* "FILE:LINE: ..." at a node. Always -EINVAL. */
int yaml_fail(struct yaml *y, struct yaml_node_ref at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Fills into by the table. */
int yaml_read(struct yaml *y, struct yaml_node_ref map, const struct yaml_field *fields,
	void *into) MUST_CHECK;
void yaml_free_fields(const struct yaml_field *fields, void *into);

/* The pairs of a mapping after merging. name borrows from y. Stops at the first
 * fn that does not return 0, and returns that. */
typedef int yaml_pair_fn(void *arg, const char *name, struct yaml_node_ref key,
	struct yaml_node_ref value);
int yaml_each(
	struct yaml *y, struct yaml_node_ref map, yaml_pair_fn *fn, void *arg) MUST_CHECK;
