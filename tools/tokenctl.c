/* SPDX-License-Identifier: Apache-2.0 */
/* tokenctl: certificates, tokens and checks, for people. */
#include <locale.h>
#include <stdio.h>

#include "common/process.h"
#include "crypto/crypto.h"
#include "tools/tokenctl.h"

static command_fn help_command, version_command;

static const struct command commands[] = {
	{ "pki init", "", "make a CA, a server and an administrator certificate", 0,
		OPTION_DIR | OPTION_SERVER | OPTION_DAYS, pki_init },
	{ "pki host", "NAME", "make a certificate for a host", 1,
		OPTION_DIR | OPTION_DAYS, pki_host },
	{ "masterkey create", "FILE", "make a keystore's master key", 1, 0,
		masterkey_create },
	{ "token create", "LABEL", "make a token and set its PINs", 1,
		OPTION_KEYSTORE | OPTION_CREATE, token_create_command },
	{ "token list", "", "list the tokens of a keystore", 0,
		OPTION_KEYSTORE | OPTION_JSON | OPTION_VERBOSE, token_list_command },
	{ "token delete", "LABEL|ID", "delete a token", 1,
		OPTION_KEYSTORE | OPTION_DELETE, token_delete_command },
	{ "status", "", "say whether keyringd and the keystore are well", 0,
		OPTION_KEYSTORE | OPTION_SOCKET | OPTION_JSON, status_command },
	{ "check", "", "say what this host gives for the protection of keys", 0,
		OPTION_SOCKET | OPTION_JSON, check_command },
	{ "mechanism list", "", "say what this version can do", 0, OPTION_JSON,
		mechanism_list_command },
	{ "version", "", "print the version", 0, 0, version_command },
	{ "help", "", "print this", 0, 0, help_command },
	{ 0 },
};

static int
version_command(const struct options *o, char *const *args)
{
	(void)printf(
		"tokenctl %s, %s\n", PROJECT_VERSION, OpenSSL_version(OPENSSL_VERSION));
	return TOOL_OK;
}

static int
help_command(const struct options *o, char *const *args)
{
	(void)printf("usage: tokenctl [OPTION...] COMMAND [ARGUMENT...]\n\ncommands:\n");
	for (const struct command *c = commands; c->words != NULL; c++) {
		int n = printf("  %s%s%s", c->words, c->n_args != 0 ? " " : "", c->args);

		(void)printf("%*s%s\n", n < 26 ? 26 - n : 1, "", c->about);
	}
	(void)printf("\noptions:\n");
	options_print(~0u);
	(void)printf(
		"\nexit status: 0 done, 1 failed, 2 wrong usage. More: man tokenctl\n");
	return TOOL_OK;
}

static int
help_for(const struct command *c)
{
	(void)printf("usage: tokenctl %s%s%s [OPTION...]\n%s\n\noptions:\n", c->words,
		c->n_args != 0 ? " " : "", c->args, c->about);
	options_print(c->options | OPTION_ANYWHERE);
	return TOOL_OK;
}

static int
invoke(const struct invocation *in)
{
	if (in->options.help)
		return in->command != NULL ? help_for(in->command)
					   : help_command(NULL, NULL);
	if (in->options.version)
		return version_command(NULL, NULL);
	if (in->command == NULL) {
		tool_error("no command; see tokenctl help");
		return TOOL_USAGE;
	}
	return in->command->run(&in->options, in->args);
}

int
main(int argc, char **argv)
{
	struct invocation in;
	int r;

	(void)setlocale(LC_CTYPE, "");
	if (process_harden() < 0 || !crypto_use_wiping_memory()) {
		tool_error("cannot protect this process's memory");
		return TOOL_FAILED;
	}
	r = options_parse(argc, argv, commands, &in);
	if (r == TOOL_OK)
		r = invoke(&in);
	if ((fflush(stdout) != 0 || ferror(stdout)) && r == TOOL_OK) {
		tool_error("cannot write to standard output");
		r = TOOL_FAILED;
	}
	return r;
}
