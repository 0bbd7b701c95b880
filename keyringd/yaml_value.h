/* SPDX-License-Identifier: Apache-2.0 */
/* Parsers of single YAML values; yaml.c's own. */
#pragma once

#include "keyringd/yaml_file.h"

bool yaml_bool_parse(const char *text, bool *ret);
/* Parses text into the field at `to`; what was there is freed. false: why is
 * filled ("wants yes or no"). */
bool yaml_value_set(const struct yaml_field *f, const char *text, void *to, char *why,
	size_t why_len) MUST_CHECK;
