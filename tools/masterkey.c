/* SPDX-License-Identifier: Apache-2.0 */
/* tokenctl masterkey: the key that wraps every token's key. */
#include <stdio.h>

#include "remote/crypto/seal.h"
#include "tools/tokenctl.h"

int
masterkey_create(const struct options *o, char *const *args)
{
	char err[512] = "";
	int r = master_key_create(args[0], err, sizeof err);

	if (r < 0) {
		tool_error("%s", err[0] != '\0' ? err : strerror(-r));
		return TOOL_FAILED;
	}
	(void)printf("%s: made. Keep a copy where the database's copies are not: without "
		     "it they cannot be read, with it they can.\n",
		args[0]);
	return TOOL_OK;
}
