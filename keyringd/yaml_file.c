/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/yaml_file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <yaml.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "keyringd/yaml_value.h"

/* The structs of this file's interface and libyaml's share a prefix: ours are
 * struct yaml*, libyaml's end in _t. */

#define FILE_MAX (1u << 20)
#define MERGE_DEPTH 16           /* an anchor may be merged into itself */
#define PAIRS_MAX 4096u          /* of one mapping after merging */
#define COLLECTED_MAX (1u << 18) /* keys of all, as often as they are looked at */

struct yaml {
	char *path;
	struct conf_error *err;
	yaml_document_t doc;
	size_t collected; /* keys */
	bool have_doc;
};

struct pair {
	const char *name;
	int key, value;
};

struct pairs {
	struct pair *p;
	size_t n, cap;
};

static void
pairs_free(struct pairs *pairs)
{
	free(pairs->p);
}

void
yaml_close(struct yaml *y)
{
	if (y == NULL)
		return;
	if (y->have_doc)
		yaml_document_delete(&y->doc);
	free(y->path);
	free(y);
}

static void
close_ref(struct yaml **y)
{
	yaml_close(*y);
}

static void
close_file(FILE **f)
{
	if (*f != NULL)
		(void)fclose(*f);
}

static yaml_node_t *
node_at(struct yaml *y, int id)
{
	return yaml_document_get_node(&y->doc, id);
}

unsigned
yaml_line(struct yaml *y, struct yaml_node_ref node)
{
	const yaml_node_t *n = node_at(y, node.id);

	return n == NULL ? 1 : (unsigned)n->start_mark.line + 1;
}

static const char *
path_tail(const char *path)
{
	return strlen(path) > 90 ? path + strlen(path) - 90 : path;
}

int
yaml_fail(struct yaml *y, struct yaml_node_ref at, const char *fmt, ...)
{
	char what[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	(void)snprintf(y->err->text, sizeof y->err->text, "%s:%u: %s", path_tail(y->path),
		yaml_line(y, at), what);
	return -EINVAL;
}

struct yaml_node_ref
yaml_root(struct yaml *y)
{
	return (struct yaml_node_ref){ yaml_document_get_root_node(&y->doc) != NULL ? 1
										    : 0 };
}

/* ---- reading */

static int
parse_fail(struct yaml *y, const yaml_parser_t *parser)
{
	(void)snprintf(y->err->text, sizeof y->err->text, "%s:%zu: %s%s%s",
		path_tail(y->path), parser->problem_mark.line + 1,
		parser->context != NULL ? parser->context : "",
		parser->context != NULL ? ": " : "",
		parser->problem != NULL ? parser->problem : "not YAML");
	return parser->error == YAML_MEMORY_ERROR ? -ENOMEM : -EINVAL;
}

static int
parse(struct yaml *y, yaml_parser_t *parser)
{
	yaml_document_t more;
	bool another;

	if (!yaml_parser_load(parser, &y->doc))
		return parse_fail(y, parser);
	y->have_doc = true;
	if (yaml_root(y).id == 0)
		return 0;
	if (!yaml_parser_load(parser, &more))
		return parse_fail(y, parser);
	another = yaml_document_get_root_node(&more) != NULL;
	yaml_document_delete(&more);
	if (another)
		return yaml_fail(y, yaml_root(y), "a second document follows; keep one");
	return 0;
}

static int
parse_file(struct yaml *y, FILE *f)
{
	CLEANUP(cleanup_free)
	uint8_t *text = malloc(FILE_MAX);
	yaml_parser_t parser;
	size_t n;
	int r;

	if (text == NULL)
		return -ENOMEM;
	n = fread(text, 1, FILE_MAX, f);
	if (ferror(f) || n == FILE_MAX) {
		(void)snprintf(y->err->text, sizeof y->err->text, "%s:1: %s",
			path_tail(y->path),
			ferror(f) ? "cannot be read" : "is larger than 1 MiB");
		return -EINVAL;
	}
	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&parser, text, n);
	r = parse(y, &parser);
	yaml_parser_delete(&parser);
	wipe(text, n); /* the file may hold API keys */
	return r;
}

int
yaml_open(const char *path, struct yaml **ret, struct conf_error *err)
{
	CLEANUP(close_ref)
	struct yaml *y = calloc(1, sizeof *y);
	CLEANUP(close_file)
	FILE *f = NULL;
	int r;

	(void)snprintf(err->text, sizeof err->text, "%s:1: out of memory", path);
	if (y == NULL || (y->path = strdup(path)) == NULL)
		return -ENOMEM;
	y->err = err;
	f = fopen(path, "re");
	if (f == NULL) {
		r = -errno;
		(void)snprintf(err->text, sizeof err->text, "%s:1: cannot be read: %s",
			path_tail(path), strerror(-r));
		return r;
	}
	r = parse_file(y, f);
	if (r != 0)
		return r;
	err->text[0] = '\0';
	*ret = TAKE_PTR(y);
	return 0;
}

/* ---- mappings */

static int
pairs_add(struct yaml *y, struct pairs *to, struct pair pair)
{
	if (to->n == to->cap) {
		size_t cap = to->cap != 0 ? to->cap * 2 : 16;
		struct pair *p = realloc(to->p, cap * sizeof *p);

		if (p == NULL)
			return yaml_fail(
				y, (struct yaml_node_ref){ pair.key }, "out of memory");
		to->p = p;
		to->cap = cap;
	}
	if (to->n == PAIRS_MAX)
		return yaml_fail(y, (struct yaml_node_ref){ pair.key }, "too many keys");
	to->p[to->n++] = pair;
	return 0;
}

static bool
pairs_have(const struct pairs *pairs, size_t from, const char *name)
{
	for (size_t i = from; i < pairs->n; i++) {
		if (strcmp(pairs->p[i].name, name) == 0)
			return true;
	}
	return false;
}

static int collect(struct yaml *y, int map, unsigned depth, struct pairs *to);

static int
collect_merge(struct yaml *y, int key, int value, unsigned depth, struct pairs *to)
{
	yaml_node_t *n = node_at(y, value);
	int r = 0;

	if (depth >= MERGE_DEPTH)
		return yaml_fail(
			y, (struct yaml_node_ref){ key }, "merges nest too deeply");
	if (n->type == YAML_MAPPING_NODE)
		return collect(y, value, depth + 1, to);
	if (n->type != YAML_SEQUENCE_NODE)
		return yaml_fail(y, (struct yaml_node_ref){ key },
			"'<<' wants an alias of a mapping, or a list of them");
	for (yaml_node_item_t *i = n->data.sequence.items.start;
		r == 0 && i < n->data.sequence.items.top; i++) {
		if (node_at(y, *i)->type != YAML_MAPPING_NODE)
			return yaml_fail(y, (struct yaml_node_ref){ *i },
				"'<<' merges mappings only");
		r = collect(y, *i, depth + 1, to);
	}
	return r;
}

/* A mapping's own keys; depth 0 only: what is merged cannot repeat them. */
static int
collect_own(struct yaml *y, const yaml_node_t *map, struct pairs *own)
{
	int r = 0;

	for (yaml_node_pair_t *p = map->data.mapping.pairs.start;
		r == 0 && p < map->data.mapping.pairs.top; p++) {
		yaml_node_t *key = node_at(y, p->key);
		const char *name = (const char *)key->data.scalar.value;

		if (key->type != YAML_SCALAR_NODE)
			return yaml_fail(
				y, (struct yaml_node_ref){ p->key }, "a key is no word");
		if (pairs_have(own, 0, name))
			return yaml_fail(y, (struct yaml_node_ref){ p->key },
				"'%.60s' is there twice; remove one", name);
		r = pairs_add(y, own, (struct pair){ name, p->key, p->value });
	}
	return r;
}

/* Own keys first, then what is merged; the first of a name wins. */
static int
collect(struct yaml *y, int map, unsigned depth, struct pairs *to)
{
	CLEANUP(pairs_free)
	struct pairs own = { 0 };
	int r = collect_own(y, node_at(y, map), &own);

	/* a few mappings, each merging another many times, are a lot */
	y->collected += own.n + 1;
	if (r == 0 && y->collected > COLLECTED_MAX)
		r = yaml_fail(y, (struct yaml_node_ref){ map }, "too much is merged");
	for (size_t i = 0; r == 0 && i < own.n; i++) {
		if (strcmp(own.p[i].name, "<<") != 0 && !pairs_have(to, 0, own.p[i].name))
			r = pairs_add(y, to, own.p[i]);
	}
	for (size_t i = 0; r == 0 && i < own.n; i++) {
		if (strcmp(own.p[i].name, "<<") == 0)
			r = collect_merge(y, own.p[i].key, own.p[i].value, depth, to);
	}
	return r;
}

/* Plain and empty, or one of the words for nothing. */
static bool
is_empty(const yaml_node_t *n)
{
	const char *s = (const char *)n->data.scalar.value;

	return n->type == YAML_SCALAR_NODE &&
	       (*s == '\0' || (n->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
				      (strcmp(s, "~") == 0 || strcmp(s, "null") == 0)));
}

int
yaml_each(struct yaml *y, struct yaml_node_ref map, yaml_pair_fn *fn, void *arg)
{
	CLEANUP(pairs_free)
	struct pairs pairs = { 0 };
	const yaml_node_t *n = node_at(y, map.id);
	int r;

	if (n == NULL || is_empty(n))
		return 0;
	if (n->type != YAML_MAPPING_NODE)
		return yaml_fail(y, map, "wants a mapping (KEY: VALUE lines) here");
	r = collect(y, map.id, 0, &pairs);
	for (size_t i = 0; r == 0 && i < pairs.n; i++)
		r = fn(arg, pairs.p[i].name, (struct yaml_node_ref){ pairs.p[i].key },
			(struct yaml_node_ref){ pairs.p[i].value });
	return r;
}

/* ---- values by table */

struct reading {
	struct yaml *y;
	const struct yaml_field *fields;
	void *into;
};

static int
strings_read(struct yaml *y, const yaml_node_t *n, struct yaml_node_ref at, char ***to)
{
	size_t count = n->type == YAML_SCALAR_NODE
			       ? 1
			       : (size_t)(n->data.sequence.items.top -
					  n->data.sequence.items.start);
	char **list = calloc(count + 1, sizeof *list);

	if (list == NULL)
		return yaml_fail(y, at, "out of memory");
	*to = list; /* freed with the struct, filled or not */
	for (size_t i = 0; i < count; i++) {
		const yaml_node_t *item =
			n->type == YAML_SCALAR_NODE
				? n
				: node_at(y, n->data.sequence.items.start[i]);

		if (item->type != YAML_SCALAR_NODE || is_empty(item))
			return yaml_fail(y, at, "wants a list of words");
		list[i] = strdup((const char *)item->data.scalar.value);
		if (list[i] == NULL)
			return yaml_fail(y, at, "out of memory");
	}
	return 0;
}

/* Says what is done with a field that is not honoured. */
static int
policy_apply(struct yaml *y, const struct yaml_field *f, struct yaml_node_ref key,
	const char *text)
{
	bool says;

	if (f->policy == YAML_HONOURED)
		return 0;
	if (f->kind == YAML_BOOL && yaml_bool_parse(text, &says) && !says)
		return 0;
	if (f->policy == YAML_REFUSED)
		return yaml_fail(y, key, "'%s' is not supported: %s", f->name, f->why);
	log_warning("%s:%u: '%s' is ignored: %s", y->path, yaml_line(y, key), f->name,
		f->why);
	return 0;
}

static int
field_read(struct reading *r, const struct yaml_field *f, struct yaml_node_ref key,
	struct yaml_node_ref value)
{
	const yaml_node_t *n = node_at(r->y, value.id);
	void *to = (uint8_t *)r->into + f->offset;
	char why[160];

	if (is_empty(n) || f->kind == YAML_SKIP)
		return 0;
	if (f->kind == YAML_MAP)
		return yaml_read(r->y, value, f->fields, r->into);
	if (f->kind == YAML_STRINGS && n->type == YAML_SEQUENCE_NODE)
		return strings_read(r->y, n, value, to);
	if (n->type != YAML_SCALAR_NODE)
		return yaml_fail(r->y, key, "'%s' wants one value", f->name);
	if (!yaml_value_set(f, (const char *)n->data.scalar.value, to, why, sizeof why))
		return yaml_fail(r->y, value, "'%s' %s", f->name, why);
	if (f->kind == YAML_STRINGS)
		return strings_read(r->y, n, value, to);
	return policy_apply(r->y, f, key, (const char *)n->data.scalar.value);
}

static int
on_pair(void *arg, const char *name, struct yaml_node_ref key, struct yaml_node_ref value)
{
	struct reading *r = arg;

	for (const struct yaml_field *f = r->fields; f->name != NULL; f++) {
		if (strcmp(f->name, name) == 0)
			return field_read(r, f, key, value);
	}
	return yaml_fail(r->y, key, "unknown key '%.60s'", name);
}

int
yaml_read(struct yaml *y, struct yaml_node_ref map, const struct yaml_field *fields,
	void *into)
{
	struct reading r = { y, fields, into };

	return yaml_each(y, map, on_pair, &r);
}
