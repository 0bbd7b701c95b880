/* SPDX-License-Identifier: Apache-2.0 */
/* Parsers of the single values of a configuration file; conf.c's own. */
#pragma once

#include "common/conf.h"

/* A message about a value, without file and line. */
struct conf_why {
	char text[256];
};

/* Parses text into the field of key; what was there is freed. 0, -EINVAL
 * (why is filled) or -ENOMEM, then the field is as it was. */
int conf_value_set(const struct conf_key *key, void *into, const char *text,
	struct conf_why *why) MUST_CHECK;
/* Adds the words of text to a CONF_LIST field. */
int conf_list_append(const struct conf_key *key, void *into, const char *text) MUST_CHECK;
void conf_value_free(const struct conf_key *key, void *into);
