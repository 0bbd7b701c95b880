/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/access.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"

#define USUAL_PLACE "/etc/keyring-token/access.ini"
#define LINE_BYTES 65536

struct id_list {
	bool all;
	uint32_t *ids;
	size_t n;
};

struct rule {
	char *token; /* label or id; NULL: [default] */
	bool seen[2];
	struct id_list lists[2]; /* users, groups */
};

static const char *const list_names[] = { "users", "groups" };

struct access {
	struct rule *rules;
	size_t n;
};

struct reading {
	const char *path;
	unsigned line;
	struct access *to;
	struct conf_error *err;
};

static int fail(struct reading *r, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static int
fail(struct reading *r, const char *fmt, ...)
{
	char what[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	(void)snprintf(r->err->text, sizeof r->err->text, "%s:%u: %s",
		strlen(r->path) > 90 ? r->path + strlen(r->path) - 90 : r->path, r->line,
		what);
	return -EINVAL;
}

void
access_free(struct access *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; i < a->n; i++) {
		free(a->rules[i].token);
		free(a->rules[i].lists[0].ids);
		free(a->rules[i].lists[1].ids);
	}
	free(a->rules);
	free(a);
}

static void
access_free_ref(struct access **a)
{
	access_free(*a);
}

static int
list_add(struct id_list *list, uint32_t id)
{
	uint32_t *ids = realloc(list->ids, (list->n + 1) * sizeof *ids);

	if (ids == NULL)
		return -ENOMEM;
	ids[list->n++] = id;
	list->ids = ids;
	return 0;
}

static bool
name_to_id(bool group, const char *name, uint32_t *ret)
{
	const struct passwd *user;
	const struct group *g;
	char *end;
	unsigned long v;

	if (isdigit((unsigned char)name[0])) {
		v = strtoul(name, &end, 10);
		*ret = (uint32_t)v;
		return *end == '\0' && v < UINT32_MAX;
	}
	if (group) {
		g = getgrnam(name);
		*ret = g != NULL ? g->gr_gid : 0;
		return g != NULL;
	}
	user = getpwnam(name);
	*ret = user != NULL ? user->pw_uid : 0;
	return user != NULL;
}

static int
words_read(struct reading *r, bool group, char *text, struct id_list *list)
{
	char *rest, *word = strtok_r(text, ", \t", &rest);
	uint32_t id;

	for (; word != NULL; word = strtok_r(NULL, ", \t", &rest)) {
		if (strcmp(word, "*") == 0) {
			list->all = true;
			continue;
		}
		if (!name_to_id(group, word, &id))
			return fail(r, "there is no %s '%.60s'", group ? "group" : "user",
				word);
		if (list_add(list, id) != 0)
			return fail(r, "out of memory");
	}
	return 0;
}

static int
section_start(struct reading *r, const char *name)
{
	struct rule *rules;
	const char *token = NULL;

	if (strncmp(name, "token ", 6) == 0 && name[6] != '\0')
		token = name + 6;
	else if (strcmp(name, "default") != 0)
		return fail(r,
			"unknown section '%.60s'; known are default and token LABEL",
			name);
	for (size_t i = 0; i < r->to->n; i++) {
		const char *other = r->to->rules[i].token;

		if ((other == NULL) == (token == NULL) &&
			(token == NULL || strcmp(other, token) == 0))
			return fail(r, "section '%.60s' is there twice", name);
	}
	rules = realloc(r->to->rules, (r->to->n + 1) * sizeof *rules);
	if (rules == NULL)
		return fail(r, "out of memory");
	r->to->rules = rules;
	rules[r->to->n] = (struct rule){ 0 };
	if (token != NULL && (rules[r->to->n].token = strdup(token)) == NULL)
		return fail(r, "out of memory");
	r->to->n++;
	return 0;
}

static char *
trim(char *s)
{
	char *end = s + strlen(s);

	while (end > s && isspace((unsigned char)end[-1]))
		*--end = '\0';
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

static int
key_read(struct reading *r, char *line)
{
	char *equals = strchr(line, '=');
	struct rule *rule;

	if (equals == NULL)
		return fail(r, "'%.60s' is neither [SECTION] nor KEY = VALUE", line);
	if (r->to->n == 0)
		return fail(r, "a key before the first [SECTION]");
	*equals = '\0';
	line = trim(line);
	rule = &r->to->rules[r->to->n - 1];
	for (size_t i = 0; i < ARRAY_LEN(list_names); i++) {
		if (strcmp(line, list_names[i]) != 0)
			continue;
		if (rule->seen[i])
			return fail(r, "'%s' is there twice", line);
		rule->seen[i] = true;
		return words_read(r, i == 1, trim(equals + 1), &rule->lists[i]);
	}
	return fail(r, "unknown key '%.60s'; known are users and groups", line);
}

static int
line_read(struct reading *r, char *line)
{
	char *s = trim(line), *end;

	if (*s == '\0' || *s == ';' || *s == '#')
		return 0;
	if (*s != '[')
		return key_read(r, s);
	end = s + strlen(s) - 1;
	if (*end != ']')
		return fail(r, "']' is missing");
	*end = '\0';
	return section_start(r, trim(s + 1));
}

static int
owner_check(struct reading *r, FILE *f)
{
	struct stat st;

	if (fstat(fileno(f), &st) != 0)
		return fail(r, "cannot be looked at: %s", strerror(errno));
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return fail(
			r, "belongs to uid %u; chown it to root", (unsigned)st.st_uid);
	if ((st.st_mode & 022) != 0)
		return fail(r, "others may write it; chmod go-w it");
	return 0;
}

static int
file_read(struct reading *r, FILE *f)
{
	CLEANUP(cleanup_free)
	char *line = malloc(LINE_BYTES);
	int e = owner_check(r, f);

	if (line == NULL)
		return fail(r, "out of memory");
	while (e == 0 && fgets(line, LINE_BYTES, f) != NULL) {
		r->line++;
		if (strlen(line) == LINE_BYTES - 1)
			return fail(r, "the line is too long");
		e = line_read(r, line);
	}
	if (e == 0 && ferror(f))
		e = fail(r, "cannot be read");
	return e;
}

/* What holds without a file. */
static int
rule_without_file(bool system, struct access *a)
{
	a->rules = calloc(1, sizeof *a->rules);
	if (a->rules == NULL)
		return -ENOMEM;
	a->n = 1;
	a->rules[0].lists[0].all = system;
	return system ? 0 : list_add(&a->rules[0].lists[0], geteuid());
}

int
access_read(const char *path, bool system, struct access **ret, struct conf_error *err)
{
	CLEANUP(access_free_ref)
	struct access *a = calloc(1, sizeof *a);
	struct reading r = {
		.path = path != NULL ? path : USUAL_PLACE, .to = a, .err = err
	};
	FILE *f;
	int e;

	(void)snprintf(err->text, sizeof err->text, "out of memory");
	if (a == NULL)
		return -ENOMEM;
	f = path != NULL || system ? fopen(r.path, "re") : NULL;
	if (f == NULL && (path != NULL || (system && errno != ENOENT))) {
		e = -errno;
		(void)fail(&r, "cannot be read: %s", strerror(-e));
		return e;
	}
	if (f == NULL) {
		e = rule_without_file(system, a);
	} else {
		e = file_read(&r, f);
		(void)fclose(f);
	}
	if (e == 0)
		*ret = TAKE_PTR(a);
	return e;
}

static bool
list_has(const struct id_list *list, uint32_t id)
{
	if (list->all)
		return true;
	for (size_t i = 0; i < list->n; i++) {
		if (list->ids[i] == id)
			return true;
	}
	return false;
}

static bool
rule_allows(const struct rule *rule, const struct peer *who)
{
	if (list_has(&rule->lists[0], who->uid) || list_has(&rule->lists[1], who->gid))
		return true;
	for (size_t i = 0; i < who->n_groups; i++) {
		if (list_has(&rule->lists[1], who->groups[i]))
			return true;
	}
	return false;
}

static const struct rule *
rule_named(const struct access *a, struct bytes name)
{
	for (size_t i = 0; i < a->n; i++) {
		if (a->rules[i].token != NULL &&
			bytes_equal(BYTES_STR(a->rules[i].token), name))
			return &a->rules[i];
	}
	return NULL;
}

bool
access_allows(const struct access *a, const struct peer *who, struct bytes id,
	struct bytes label)
{
	const struct rule *rule = NULL;
	char hex[33] = "";

	if (who->uid == 0)
		return true;
	if (id.n == 16) {
		for (size_t i = 0; i < id.n; i++)
			(void)snprintf(hex + 2 * i, 3, "%02x", id.p[i]);
		rule = rule_named(a, BYTES_STR(hex));
		if (rule == NULL)
			rule = rule_named(a, label);
	}
	for (size_t i = 0; rule == NULL && i < a->n; i++) {
		if (a->rules[i].token == NULL)
			rule = &a->rules[i];
	}
	return rule != NULL && rule_allows(rule, who);
}
