/* SPDX-License-Identifier: Apache-2.0 */
/* tokenctl token list, token delete. */
#include "tools/token.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/control.h"
#include "tools/pin.h"
#include "tools/text_table.h"

#define HOSTS_TEXT 512

void
token_uuid(ProtobufCBinaryData id, char ret[UUID_TEXT])
{
	if (id.len == TOKEN_ID)
		uuid_text(id.data, ret);
	else
		(void)strcpy(ret, "?");
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

const char *
token_label(const Keystore__V1__Token *token, char ret[LABEL_TEXT])
{
	(void)snprintf(ret, LABEL_TEXT, "%s", token->label);
	return control_clean(ret);
}

bool
token_uuid_parse(const char *text, uint8_t ret[TOKEN_ID])
{
	uint8_t id[TOKEN_ID];

	for (unsigned i = 0; i < TOKEN_ID; i++) {
		int high, low;

		if ((i == 4 || i == 6 || i == 8 || i == 10) && *text == '-')
			text++;
		high = hex_value(text[0]);
		low = high < 0 ? -1 : hex_value(text[1]);
		if (low < 0)
			return false;
		id[i] = (uint8_t)(high << 4 | low);
		text += 2;
	}
	if (*text != '\0')
		return false;
	memcpy(ret, id, sizeof id);
	return true;
}

int
token_keystore(const struct options *o, struct keystore *ret)
{
	struct keystore_where where;
	char err[512];
	int r = keystore_where(o, &where);

	if (r != TOOL_OK)
		return r;
	r = keystore_open(&where, ret, err, sizeof err);
	if (r != TOOL_OK)
		tool_error("%s", err);
	return r;
}

int
token_list(struct keystore *k, Keystore__V1__ListTokensResponse **ret)
{
	Keystore__V1__ListTokensRequest request = KEYSTORE__V1__LIST_TOKENS_REQUEST__INIT;
	ProtobufCMessage *response = NULL;
	int r = keystore_call(k, REMOTE_LIST_TOKENS, &request.base, &response);

	if (r == TOOL_OK)
		*ret = (Keystore__V1__ListTokensResponse *)(void *)response;
	return r;
}

static void
cleanup_message(void *message)
{
	keystore_free(*(void **)message);
}

/* --- token list ---------------------------------------------------------------- */

static const struct column list_columns[] = {
	{ "LABEL", "label", COLUMN_TEXT },
	{ "ID", "id", COLUMN_TEXT },
	{ "INITIALISED", "initialised", COLUMN_BOOL },
	{ "USER PIN", "user_pin", COLUMN_TEXT },
	{ "SO PIN", "so_pin", COLUMN_TEXT },
	{ "OBJECTS", "objects", COLUMN_NUMBER },
	{ "HOSTS", "hosts", COLUMN_TEXT },
};

static void
pin_cell(struct table *t, bool set, uint32_t left, uint32_t max)
{
	if (!set)
		table_cell(t, "not set");
	else if (left == 0)
		table_cell(t, "locked");
	else if (left < max)
		table_cell(t, "%u of %u tries left", left, max);
	else
		table_cell(t, "set");
}

static void
hosts_cell(struct table *t, const Keystore__V1__Token *token)
{
	char text[HOSTS_TEXT] = "-";
	size_t n = 0;

	for (size_t i = 0; i < token->n_hosts; i++) {
		int wrote = snprintf(text + n, sizeof text - n, "%s%s", i != 0 ? "," : "",
			token->hosts[i]);

		if (wrote < 0 || (size_t)wrote >= sizeof text - n)
			break;
		n += (size_t)wrote;
	}
	table_cell(t, "%s", text);
}

static void
list_row(struct table *t, const Keystore__V1__Token *token, bool administrator)
{
	char id[UUID_TEXT];

	token_uuid(token->id, id);
	table_cell(t, "%s", token->label);
	table_cell(t, "%s", id);
	table_cell(t, "%s", token->initialized ? "yes" : "no");
	pin_cell(t, token->user_pin_set, token->user_tries_left, token->max_tries);
	pin_cell(t, token->initialized, token->so_tries_left, token->max_tries);
	if (administrator)
		table_cell(t, "%llu", (unsigned long long)token->objects);
	else
		table_cell(t, "-");
	hosts_cell(t, token);
}

static int
hello(struct keystore *k, Keystore__V1__HelloResponse **ret)
{
	Keystore__V1__HelloRequest request = KEYSTORE__V1__HELLO_REQUEST__INIT;
	char software[] = "tokenctl " PROJECT_VERSION;
	ProtobufCMessage *response = NULL;
	int r;

	request.min_version = request.max_version = REMOTE_VERSION;
	request.software = software;
	r = keystore_call(k, REMOTE_HELLO, &request.base, &response);
	if (r == TOOL_OK)
		*ret = (Keystore__V1__HelloResponse *)(void *)response;
	return r;
}

/* On stderr, so that stdout is the list and nothing else. */
static void
say_who(const struct keystore *k, const Keystore__V1__HelloResponse *who)
{
	struct tls_facts tls;
	char err[512];

	tool_note("%s answered: %s, protocol %u; it knows this client as %s%s",
		k->where.endpoint, who->software, who->version,
		who->host[0] != '\0' ? who->host : "nobody",
		who->administrator ? ", an administrator" : "");
	if (tls_probe(&k->where, &tls, err, sizeof err) != TOOL_OK) {
		tool_note("TLS: %s", err);
		return;
	}
	tool_note("TLS 1.3 with %s, %s; certificate %s, valid until %s", tls.group,
		tls.cipher, tls.subject, tls.end);
}

int
token_list_command(const struct options *o, char *const *args)
{
	CLEANUP(keystore_close)
	struct keystore k = { 0 };
	CLEANUP(cleanup_message)
	Keystore__V1__HelloResponse *who = NULL;
	CLEANUP(cleanup_message)
	Keystore__V1__ListTokensResponse *list = NULL;
	CLEANUP(table_free)
	struct table t;
	int r;

	table_init(&t, list_columns, ARRAY_LEN(list_columns));
	r = token_keystore(o, &k);
	if (r == TOOL_OK)
		r = hello(&k, &who);
	if (r == TOOL_OK)
		r = token_list(&k, &list);
	if (r != TOOL_OK)
		return r;
	for (size_t i = 0; i < list->n_tokens; i++)
		list_row(&t, list->tokens[i], who->administrator);
	if (o->verbose)
		say_who(&k, who);
	if (list->n_tokens == 0 && !o->json)
		tool_note("no tokens that %s may use", who->host);
	return table_print(&t, o->json);
}

/* --- token delete ---------------------------------------------------------------- */

static bool
token_is(const Keystore__V1__Token *token, const char *name, const uint8_t *id)
{
	if (id != NULL && token->id.len == TOKEN_ID &&
		memcmp(token->id.data, id, TOKEN_ID) == 0)
		return true;
	return strcmp(token->label, name) == 0;
}

static int
refuse_ambiguous(const Keystore__V1__ListTokensResponse *list, const char *name)
{
	char id[UUID_TEXT];

	tool_error("several tokens are called '%s'; name one by its id:", name);
	for (size_t i = 0; i < list->n_tokens; i++) {
		if (!token_is(list->tokens[i], name, NULL))
			continue;
		token_uuid(list->tokens[i]->id, id);
		tool_note("  %s  objects: %llu", id,
			(unsigned long long)list->tokens[i]->objects);
	}
	return TOOL_FAILED;
}

static int
token_find(const Keystore__V1__ListTokensResponse *list, const char *name,
	const Keystore__V1__Token **ret)
{
	uint8_t raw[TOKEN_ID];
	const uint8_t *id = token_uuid_parse(name, raw) ? raw : NULL;
	const Keystore__V1__Token *found = NULL;
	unsigned n = 0;

	for (size_t i = 0; i < list->n_tokens; i++)
		if (token_is(list->tokens[i], name, id)) {
			found = list->tokens[i];
			n++;
		}
	if (n == 0) {
		tool_error("no token has the label or id '%s'; tokenctl token list shows "
			   "those there are",
			name);
		return TOOL_FAILED;
	}
	if (n > 1)
		return refuse_ambiguous(list, name);
	*ret = found;
	return TOOL_OK;
}

static int
delete_check(const struct options *o, const Keystore__V1__Token *token)
{
	char id[UUID_TEXT], label[LABEL_TEXT], question[256];

	token_uuid(token->id, id);
	(void)token_label(token, label);
	if (token->objects != 0 && !o->force) {
		tool_error(
			"token '%s' (%s) has %llu objects in it; --force deletes it with "
			"them",
			label, id, (unsigned long long)token->objects);
		return TOOL_FAILED;
	}
	if (o->yes || !pin_can_ask())
		return TOOL_OK;
	(void)snprintf(question, sizeof question,
		"Delete token '%s' (%s) with %llu objects? They cannot be brought "
		"back.",
		label, id, (unsigned long long)token->objects);
	if (pin_confirm(question))
		return TOOL_OK;
	tool_error("not deleted");
	return TOOL_FAILED;
}

static int
delete_call(const struct options *o, struct keystore *k, const Keystore__V1__Token *token)
{
	Keystore__V1__DeleteTokenRequest request =
		KEYSTORE__V1__DELETE_TOKEN_REQUEST__INIT;
	CLEANUP(cleanup_message)
	ProtobufCMessage *response = NULL;
	uint8_t request_id[REQUEST_ID];
	int r = keystore_request_id(request_id, &request.request_id);

	request.token_id = token->id;
	request.force = o->force;
	if (r == TOOL_OK)
		r = keystore_call(k, REMOTE_DELETE_TOKEN, &request.base, &response);
	return r;
}

int
token_delete_command(const struct options *o, char *const *args)
{
	CLEANUP(keystore_close)
	struct keystore k = { 0 };
	CLEANUP(cleanup_message)
	Keystore__V1__ListTokensResponse *list = NULL;
	const Keystore__V1__Token *token;
	char id[UUID_TEXT], label[LABEL_TEXT];
	int r = token_keystore(o, &k);

	if (r == TOOL_OK)
		r = token_list(&k, &list);
	if (r == TOOL_OK)
		r = token_find(list, args[0], &token);
	if (r == TOOL_OK)
		r = delete_check(o, token);
	if (r == TOOL_OK)
		r = delete_call(o, &k, token);
	if (r != TOOL_OK)
		return r;
	token_uuid(token->id, id);
	(void)printf("deleted: %s, %s\n", token_label(token, label), id);
	return TOOL_OK;
}
