/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/tokenctl.h"

struct option {
	const char *name;  /* without the dashes */
	const char *value; /* what the help calls it; NULL: a flag */
	const char *about;
	const char *variable; /* of the environment, used where it is not given */
	unsigned set;
	size_t offset;
};

#define VALUE(name, value, about, variable, set, field)                            \
	{                                                                          \
		name, value, about, variable, set, offsetof(struct options, field) \
	}
#define FLAG(name, about, set, field)                                         \
	{                                                                     \
		name, NULL, about, NULL, set, offsetof(struct options, field) \
	}

static const struct option table[] = {
	VALUE("keystore", "HOST:PORT",
		"the keystore (environment: KEYRING_TOKEN_KEYSTORE)",
		"KEYRING_TOKEN_KEYSTORE", OPTION_KEYSTORE, keystore),
	VALUE("pki", "DIR",
		"folder with ca.crt, admin.crt, admin.key (KEYRING_TOKEN_PKI)",
		"KEYRING_TOKEN_PKI", OPTION_KEYSTORE, pki),
	VALUE("ca", "FILE", "the CA's certificate; comes before --pki", NULL,
		OPTION_KEYSTORE, ca),
	VALUE("cert", "FILE", "this client's certificate; comes before --pki", NULL,
		OPTION_KEYSTORE, cert),
	VALUE("key", "FILE", "this client's key; comes before --pki", NULL,
		OPTION_KEYSTORE, key),
	VALUE("timeout", "SECONDS", "to wait for the keystore; 10 if left out", NULL,
		OPTION_KEYSTORE, timeout),
	VALUE("socket", "PATH", "keyringd's socket (KEYRING_TOKEN_SOCKET)",
		"KEYRING_TOKEN_SOCKET", OPTION_SOCKET, socket),
	VALUE("dir", "DIR", "folder for certificates and keys", NULL, OPTION_DIR, dir),
	VALUE("server", "NAME,...", "names and addresses of the server", NULL,
		OPTION_SERVER, server),
	VALUE("days", "N", "days that certificates are valid; 730 if left out", NULL,
		OPTION_DAYS, days),
	VALUE("hosts", "NAME,...|*",
		"hosts that may use the token; the caller if left out", NULL,
		OPTION_CREATE, hosts),
	VALUE("so-pin-file", "FILE",
		"the security officer's PIN; - reads a line of stdin", NULL,
		OPTION_CREATE, so_pin_file),
	VALUE("user-pin-file", "FILE", "the user's PIN; - reads a line of stdin", NULL,
		OPTION_CREATE, user_pin_file),
	FLAG("force", "delete a token with the objects in it", OPTION_DELETE, force),
	FLAG("yes", "do not ask", OPTION_DELETE, yes),
	FLAG("json", "print JSON", OPTION_JSON, json),
	FLAG("verbose", "say who answered, and over which TLS", OPTION_VERBOSE, verbose),
	FLAG("help", "help, for one command if one is given", OPTION_ANYWHERE, help),
	FLAG("version", "the version", OPTION_ANYWHERE, version),
};

void
tool_error(const char *fmt, ...)
{
	va_list ap;

	(void)fflush(stdout);
	(void)fputs("tokenctl: ", stderr);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
}

void
tool_note(const char *fmt, ...)
{
	va_list ap;

	(void)fflush(stdout);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
}

static void
set_value(struct options *o, const struct option *row, const char *value)
{
	memcpy((char *)o + row->offset, &value, sizeof value);
}

static void
set_flag(struct options *o, const struct option *row)
{
	const bool yes = true;

	memcpy((char *)o + row->offset, &yes, sizeof yes);
}

/* text is "name" or "name=value". */
static const struct option *
option_find(const char *text)
{
	size_t n = strcspn(text, "=");

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (strlen(table[i].name) == n && strncmp(text, table[i].name, n) == 0)
			return &table[i];
	return NULL;
}

struct parser {
	struct options *o;
	unsigned used;        /* sets of the options that were given */
	const char *last[32]; /* an example of each */
};

/* Takes one or two words of argv. */
static int
option_take(struct parser *p, char **argv, int argc, int *at)
{
	const char *text = argv[*at] + 2, *value = strchr(text, '=');
	const struct option *row = option_find(text);

	if (row == NULL) {
		tool_error("unknown option %s; see tokenctl help", argv[*at]);
		return TOOL_USAGE;
	}
	if (row->value == NULL && value != NULL) {
		tool_error("--%s takes no value", row->name);
		return TOOL_USAGE;
	}
	if (row->value != NULL && value == NULL && *at + 1 == argc) {
		tool_error("--%s wants %s behind it", row->name, row->value);
		return TOOL_USAGE;
	}
	if (row->value == NULL)
		set_flag(p->o, row);
	else
		set_value(p->o, row, value != NULL ? value + 1 : argv[++*at]);
	p->used |= row->set;
	p->last[__builtin_ctz(row->set)] = row->name;
	return TOOL_OK;
}

/* How many of the words name this command; 0 where they do not. */
static int
command_match(const struct command *c, char *const *words, int n)
{
	const char *p = c->words;
	int i = 0;

	for (;;) {
		size_t len = strcspn(p, " ");

		if (i == n || strlen(words[i]) != len || strncmp(words[i], p, len) != 0)
			return 0;
		i++;
		if (p[len] == '\0')
			return i;
		p += len + 1;
	}
}

static int
check_used(const struct parser *p, const struct command *c)
{
	/* where the keystore is may be said to every command, as in an alias */
	unsigned wrong = p->used & ~(c->options | OPTION_ANYWHERE | OPTION_KEYSTORE);

	if (wrong == 0)
		return TOOL_OK;
	tool_error("%s does not take --%s; see tokenctl %s --help", c->words,
		p->last[__builtin_ctz(wrong)], c->words);
	return TOOL_USAGE;
}

static int
command_take(struct parser *p, char **words, int n, const struct command *commands,
	struct invocation *ret)
{
	for (const struct command *c = commands; c->words != NULL; c++) {
		int own = command_match(c, words, n);

		if (own == 0)
			continue;
		ret->command = c;
		ret->args = words + own;
		if (p->o->help)
			return TOOL_OK;
		if ((unsigned)(n - own) != c->n_args) {
			tool_error("usage: tokenctl %s%s%s; see tokenctl %s --help",
				c->words, c->n_args != 0 ? " " : "", c->args, c->words);
			return TOOL_USAGE;
		}
		return check_used(p, c);
	}
	tool_error("unknown command %s%s%s; see tokenctl help", words[0],
		n > 1 ? " " : "", n > 1 ? words[1] : "");
	return TOOL_USAGE;
}

static void
environment_take(struct options *o)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		const char *value;

		if (table[i].variable == NULL)
			continue;
		value = secure_getenv(table[i].variable);
		if (value != NULL && value[0] != '\0')
			set_value(o, &table[i], value);
	}
}

int
options_parse(
	int argc, char **argv, const struct command *commands, struct invocation *ret)
{
	struct parser p = { .o = &ret->options };
	bool only_words = false;
	int n = 0;

	*ret = (struct invocation){ 0 };
	environment_take(&ret->options);
	for (int i = 1; i < argc; i++) {
		if (!only_words && strcmp(argv[i], "--") == 0) {
			only_words = true;
		} else if (!only_words && strncmp(argv[i], "--", 2) == 0) {
			int r = option_take(&p, argv, argc, &i);

			if (r != TOOL_OK)
				return r;
		} else if (!only_words && strcmp(argv[i], "-h") == 0) {
			ret->options.help = true;
		} else if (!only_words && argv[i][0] == '-' && argv[i][1] != '\0') {
			tool_error("unknown option %s; see tokenctl help", argv[i]);
			return TOOL_USAGE;
		} else {
			argv[n++] = argv[i];
		}
	}
	return n == 0 ? TOOL_OK : command_take(&p, argv, n, commands, ret);
}

void
options_print(unsigned set)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		const struct option *row = &table[i];
		int n;

		if ((row->set & set) == 0)
			continue;
		n = printf("  --%s%s%s", row->name, row->value != NULL ? " " : "",
			row->value != NULL ? row->value : "");
		(void)printf("%*s%s\n", n < 26 ? 26 - n : 1, "", row->about);
	}
}

int
option_number(
	const char *name, const char *text, unsigned min, unsigned max, unsigned *ret)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || v < min ||
		v > max) {
		tool_error("--%s wants a number from %u to %u, not '%s'", name, min, max,
			text);
		return TOOL_USAGE;
	}
	*ret = (unsigned)v;
	return TOOL_OK;
}
