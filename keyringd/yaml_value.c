/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/yaml_value.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/uuid.h"

static const char *const yes_words[] = { "true", "yes", "on" };
static const char *const no_words[] = { "false", "no", "off" };

bool
yaml_bool_parse(const char *text, bool *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(yes_words); i++) {
		if (strcasecmp(text, yes_words[i]) == 0) {
			*ret = true;
			return true;
		}
		if (strcasecmp(text, no_words[i]) == 0) {
			*ret = false;
			return true;
		}
	}
	return false;
}

static bool
port_parse(const char *text, uint16_t *ret)
{
	unsigned long v = 0;
	const char *s = text;

	for (; isdigit((unsigned char)*s) && s - text < 6; s++)
		v = v * 10 + (unsigned long)(*s - '0');
	if (s == text || *s != '\0' || v == 0 || v > 65535)
		return false;
	*ret = (uint16_t)v;
	return true;
}

static bool
yaml_uuid_parse(const char *text, struct yaml_uuid *ret)
{
	ret->set = uuid_parse(BYTES_STR(text), ret->b);
	return ret->set;
}

static bool
say(char *why, size_t why_len, const char *wants, const char *text)
{
	/* the value may be a password by mistake: do not repeat it */
	bool placeholder = text[0] == '<' && text[strlen(text) - 1] == '>';

	(void)snprintf(why, why_len, "%s%s", wants,
		placeholder ? "; it is still the template's placeholder" : "");
	return false;
}

bool
yaml_value_set(
	const struct yaml_field *f, const char *text, void *to, char *why, size_t why_len)
{
	char *copy;
	bool b;

	switch (f->kind) {
	case YAML_BOOL:
		if (!yaml_bool_parse(text, &b))
			return say(why, why_len, "wants true or false", text);
		*(enum yaml_tristate *)to = b ? YAML_YES : YAML_NO;
		return true;
	case YAML_PORT:
		return port_parse(text, to) ||
		       say(why, why_len, "wants a port, 1 to 65535", text);
	case YAML_UUID:
		return yaml_uuid_parse(text, to) ||
		       say(why, why_len,
			       "wants a UUID such as "
			       "f00db2f1-4421-4032-a505-465bedfa845b",
			       text);
	case YAML_STRING:
		copy = strdup(text);
		if (copy == NULL)
			return say(why, why_len, "does not fit into memory", "");
		free(*(char **)to);
		*(char **)to = copy;
		return true;
	case YAML_MAP:
	case YAML_STRINGS:
	case YAML_SKIP:
		break;
	}
	return true;
}

void
yaml_free_fields(const struct yaml_field *fields, void *into)
{
	for (const struct yaml_field *f = fields; f->name != NULL; f++) {
		void *at = (uint8_t *)into + f->offset;

		if (f->kind == YAML_MAP) {
			yaml_free_fields(f->fields, into);
		} else if (f->kind == YAML_STRING && *(char **)at != NULL) {
			wipe(*(char **)at, strlen(*(char **)at));
			free(*(char **)at);
			*(char **)at = NULL;
		} else if (f->kind == YAML_STRINGS && *(char ***)at != NULL) {
			for (char **s = *(char ***)at; *s != NULL; s++)
				free(*s);
			free(*(char ***)at);
			*(char ***)at = NULL;
		}
	}
}
