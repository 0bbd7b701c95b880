/* SPDX-License-Identifier: Apache-2.0 */
/* tokenctl token create: a new token, its security officer, its user. */
#include <stdio.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "tools/pin.h"
#include "tools/token.h"

#define LABEL_MAX 32u
#define HOSTS_MAX 256u

static void
cleanup_message(void *message)
{
	keystore_free(*(void **)message);
}

struct pins {
	struct secret so, user;
};

static void
pins_free(struct pins *p)
{
	secret_free(&p->so);
	secret_free(&p->user);
}

static int
pins_get(const struct options *o, struct pins *ret)
{
	bool ask = pin_can_ask();
	int r;

	if (o->so_pin_file == NULL && !ask) {
		tool_error(
			"no security officer's PIN: give --so-pin-file FILE (- reads it "
			"from stdin), or run this on a terminal");
		return TOOL_USAGE;
	}
	r = o->so_pin_file != NULL
		    ? pin_read(o->so_pin_file, "security officer's", &ret->so)
		    : pin_ask("security officer's", false, &ret->so);
	if (r != TOOL_OK)
		return r;
	if (o->user_pin_file != NULL)
		return pin_read(o->user_pin_file, "user's", &ret->user);
	if (!ask || o->so_pin_file != NULL)
		return TOOL_OK;
	return pin_ask("user's", true, &ret->user);
}

/* --- Hosts ----------------------------------------------------------------------- */

struct hosts {
	char *text;
	char *names[HOSTS_MAX];
	size_t n;
};

static void
hosts_free(struct hosts *h)
{
	free(h->text);
}

static int
hosts_parse(const char *given, struct hosts *ret)
{
	char *save = NULL;

	if (given == NULL)
		return TOOL_OK;
	ret->text = strdup(given);
	if (ret->text == NULL) {
		tool_error("out of memory");
		return TOOL_FAILED;
	}
	for (char *p = strtok_r(ret->text, ", ", &save); p != NULL;
		p = strtok_r(NULL, ", ", &save)) {
		if (ret->n == HOSTS_MAX) {
			tool_error("--hosts: more than %u", HOSTS_MAX);
			return TOOL_USAGE;
		}
		ret->names[ret->n++] = p;
	}
	if (ret->n == 0) {
		tool_error("--hosts wants names of hosts with commas between them, or *");
		return TOOL_USAGE;
	}
	return TOOL_OK;
}

/* --- The calls --------------------------------------------------------------------- */

static int
init_token(struct keystore *k, char *label, struct hosts *hosts,
	const struct secret *so_pin, Keystore__V1__InitTokenResponse **ret)
{
	Keystore__V1__InitTokenRequest request = KEYSTORE__V1__INIT_TOKEN_REQUEST__INIT;
	uint8_t request_id[REQUEST_ID];
	ProtobufCMessage *response = NULL;
	int r = keystore_request_id(request_id, &request.request_id);

	request.label = label;
	request.so_pin = proto_borrow(secret_bytes(so_pin));
	request.hosts = hosts->names;
	request.n_hosts = hosts->n;
	if (r == TOOL_OK)
		r = keystore_call(k, REMOTE_INIT_TOKEN, &request.base, &response);
	if (r != TOOL_OK)
		return r;
	*ret = (Keystore__V1__InitTokenResponse *)(void *)response;
	if ((*ret)->token != NULL && (*ret)->token->id.len == TOKEN_ID)
		return TOOL_OK;
	tool_error("keystore %s: an answer without a token", k->where.endpoint);
	return TOOL_FAILED;
}

static int
login_so(struct keystore *k, ProtobufCBinaryData token, const struct secret *so_pin,
	Keystore__V1__LoginResponse **ret)
{
	Keystore__V1__LoginRequest request = KEYSTORE__V1__LOGIN_REQUEST__INIT;
	uint8_t request_id[REQUEST_ID];
	ProtobufCMessage *response = NULL;
	char client[64];
	int r = keystore_request_id(request_id, &request.request_id);

	(void)snprintf(client, sizeof client, "tokenctl, uid %u, pid %u",
		(unsigned)getuid(), (unsigned)getpid());
	request.token_id = token;
	request.role = KEYSTORE__V1__ROLE__ROLE_SO;
	request.pin = proto_borrow(secret_bytes(so_pin));
	request.client = client;
	if (r == TOOL_OK)
		r = keystore_call(k, REMOTE_LOGIN, &request.base, &response);
	if (r == TOOL_OK)
		*ret = (Keystore__V1__LoginResponse *)(void *)response;
	return r;
}

static int
init_pin(struct keystore *k, ProtobufCBinaryData ticket, const struct secret *pin)
{
	Keystore__V1__InitPinRequest request = KEYSTORE__V1__INIT_PIN_REQUEST__INIT;
	CLEANUP(cleanup_message)
	ProtobufCMessage *response = NULL;
	uint8_t request_id[REQUEST_ID];
	int r = keystore_request_id(request_id, &request.request_id);

	request.ticket = ticket;
	request.pin = proto_borrow(secret_bytes(pin));
	if (r == TOOL_OK)
		r = keystore_call(k, REMOTE_INIT_PIN, &request.base, &response);
	return r;
}

static void
logout(struct keystore *k, ProtobufCBinaryData ticket)
{
	Keystore__V1__LogoutRequest request = KEYSTORE__V1__LOGOUT_REQUEST__INIT;
	CLEANUP(cleanup_message)
	ProtobufCMessage *response = NULL;
	char err[512];

	request.ticket = ticket;
	/* a ticket that stays ends by itself */
	(void)!keystore_try(k, REMOTE_LOGOUT, &request.base, &response, err, sizeof err);
}

static int
set_user_pin(struct keystore *k, ProtobufCBinaryData token, const struct pins *pins)
{
	CLEANUP(cleanup_message)
	Keystore__V1__LoginResponse *login = NULL;
	int r = login_so(k, token, &pins->so, &login);

	if (r != TOOL_OK)
		return r;
	r = init_pin(k, login->ticket, &pins->user);
	logout(k, login->ticket);
	return r;
}

/* Half a token would be in the way of the next try. */
static void
undo(struct keystore *k, ProtobufCBinaryData token)
{
	Keystore__V1__DeleteTokenRequest request =
		KEYSTORE__V1__DELETE_TOKEN_REQUEST__INIT;
	CLEANUP(cleanup_message)
	ProtobufCMessage *response = NULL;
	uint8_t request_id[REQUEST_ID];
	char err[512], id[UUID_TEXT];
	int r = keystore_request_id(request_id, &request.request_id);

	request.token_id = token;
	if (r == TOOL_OK)
		r = keystore_try(k, REMOTE_DELETE_TOKEN, &request.base, &response, err,
			sizeof err);
	token_uuid(token, id);
	if (r == TOOL_OK)
		tool_error("the user's PIN was not set; the new token was deleted again");
	else
		tool_error(
			"the user's PIN was not set; token %s is there without one", id);
}

static int
label_check(const char *label)
{
	size_t n = strlen(label);

	if (n >= 1 && n <= LABEL_MAX)
		return TOOL_OK;
	tool_error("a label has 1 to %u bytes", LABEL_MAX);
	return TOOL_USAGE;
}

static void
created_print(const Keystore__V1__Token *token, bool user_pin)
{
	char id[UUID_TEXT], label[LABEL_TEXT];

	token_uuid(token->id, id);
	(void)printf("created: %s, %s, for ", token_label(token, label), id);
	if (token->n_hosts == 0)
		(void)printf("this host");
	for (size_t i = 0; i < token->n_hosts; i++)
		(void)printf("%s%s", i != 0 ? "," : "",
			strcmp(token->hosts[i], "*") == 0 ? "every host"
							  : token->hosts[i]);
	(void)printf("%s\n", user_pin ? "" : "; the user's PIN is not set yet");
}

int
token_create_command(const struct options *o, char *const *args)
{
	CLEANUP(keystore_close)
	struct keystore k = { 0 };
	CLEANUP(pins_free)
	struct pins pins = { SECRET_NONE, SECRET_NONE };
	CLEANUP(hosts_free)
	struct hosts hosts = { 0 };
	CLEANUP(cleanup_message)
	Keystore__V1__InitTokenResponse *made = NULL;
	int r = label_check(args[0]);

	if (r == TOOL_OK)
		r = hosts_parse(o->hosts, &hosts);
	if (r == TOOL_OK)
		r = token_keystore(o, &k);
	if (r == TOOL_OK)
		r = pins_get(o, &pins);
	if (r == TOOL_OK)
		r = init_token(&k, args[0], &hosts, &pins.so, &made);
	if (r != TOOL_OK)
		return r;
	if (pins.user.n != 0) {
		r = set_user_pin(&k, made->token->id, &pins);
		if (r != TOOL_OK) {
			undo(&k, made->token->id);
			return r;
		}
	}
	created_print(made->token, pins.user.n != 0);
	return TOOL_OK;
}
