/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of tokenctl share: options, the table of commands, exit
 * codes. */
#pragma once

#include "common/bytes.h"

enum tool_exit { TOOL_OK = 0, TOOL_FAILED = 1, TOOL_USAGE = 2 };

/* As given; NULL or false where not. Strings are those of argv or of the
 * environment. */
struct options {
	const char *keystore;
	const char *pki;
	const char *ca, *cert, *key;
	const char *socket;
	const char *timeout;
	const char *dir;
	const char *server;
	const char *days;
	const char *hosts;
	const char *so_pin_file, *user_pin_file;
	bool json, verbose, force, yes, help, version;
};

/* A set of options, by their rows in the table of tools/options.c. */
enum option_set {
	OPTION_ANYWHERE = 1u << 0,
	OPTION_KEYSTORE = 1u << 1,
	OPTION_JSON = 1u << 2,
	OPTION_DIR = 1u << 3,
	OPTION_DAYS = 1u << 4,
	OPTION_SERVER = 1u << 5,
	OPTION_CREATE = 1u << 6,
	OPTION_DELETE = 1u << 7,
	OPTION_VERBOSE = 1u << 8,
	OPTION_SOCKET = 1u << 9,
};

/* args: the words after the command's own. */
typedef int command_fn(const struct options *o, char *const *args);

struct command {
	const char *words; /* "token create" */
	const char *args;  /* "LABEL" */
	const char *about;
	unsigned n_args;
	unsigned options; /* enum option_set */
	command_fn *run;
};

/* What a command line says. */
struct invocation {
	struct options options;
	const struct command *command; /* NULL: no command was given */
	char *const *args;
};

/* --- options.c --------------------------------------------------------------- */

/* Parses argv, in place; commands ends with a row whose words are NULL. Tells
 * about an error itself. TOOL_OK or TOOL_USAGE. */
int options_parse(int argc, char **argv, const struct command *commands,
	struct invocation *ret) MUST_CHECK;
/* The options of a set, one a line. */
void options_print(unsigned set);
/* A number within min..max. TOOL_OK or TOOL_USAGE, told. */
int option_number(const char *name, const char *text, unsigned min, unsigned max,
	unsigned *ret) MUST_CHECK;

/* "tokenctl: TEXT" on stderr: what happened, where, what to do. */
void tool_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void tool_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* --- Commands ------------------------------------------------------------------ */

command_fn pki_init, pki_host;
command_fn masterkey_create;
command_fn token_create_command, token_list_command, token_delete_command;
command_fn status_command, check_command, mechanism_list_command;
