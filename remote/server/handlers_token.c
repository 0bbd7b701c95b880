/* SPDX-License-Identifier: Apache-2.0 */
/* Hello, and tokens coming and going. */
#include "remote/server/handlers.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "remote/proto/proto_convert.h"
#include "remote/server/keys.h"
#include "remote/server/pins.h"
#include "remote/server/watch.h"

#define MAX_LABEL 32u /* bytes: CK_TOKEN_INFO.label */
#define MAX_HOSTS 256u
#define MAX_HOST_NAME 255u

/* --- Hello ----------------------------------------------------------------- */

/* What a host cannot do by itself: make keys, and use private ones. */
static bool
is_offered(const struct mech *m)
{
	if ((m->flags & (CKF_GENERATE | CKF_GENERATE_KEY_PAIR)) != 0)
		return m->algorithm != ALG_PBKDF2; /* nothing of it is random */
	return m->algorithm >= ALG_RSA_KEY_PAIR_GEN &&
	       (m->flags & (CKF_SIGN | CKF_DECRYPT)) != 0;
}

static int
put_mechanisms(Keystore__V1__HelloResponse *rs)
{
	rs->mechanisms = proto_alloc(mechs_count * sizeof *rs->mechanisms);
	if (rs->mechanisms == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < mechs_count; i++)
		if (is_offered(&mechs[i]))
			rs->mechanisms[rs->n_mechanisms++] = mechs[i].type;
	return 0;
}

int
handle_hello(struct call *c, const Keystore__V1__HelloRequest *rq,
	Keystore__V1__HelloResponse *rs)
{
	int r;

	if (rq->min_version > PROTO_VERSION || rq->max_version < PROTO_VERSION) {
		rpc_status_set(c->status, RPC_FAILED_PRECONDITION, 0,
			"this keystore speaks version %u, the caller %u to %u",
			PROTO_VERSION, rq->min_version, rq->max_version);
		return CALL_REFUSED;
	}
	rs->version = PROTO_VERSION;
	rs->may_create_tokens = call_may_create_tokens(c);
	rs->administrator = call_is_administrator(c);
	rs->request_retention_s = c->ks->config.retention_ms / 1000;
	rs->now_ms = clock_now_ms();
	r = proto_put_string(
		&rs->software, BYTES_STR("keyring-token keystored " PROJECT_VERSION));
	if (r == 0 && call_has_certificate(c))
		r = proto_put_string(&rs->host, BYTES_STR(c->rpc->peer_name));
	return r == 0 ? put_mechanisms(rs) : r;
}

/* --- ListTokens ------------------------------------------------------------ */

struct listing {
	struct call *call;
	struct token *tokens;
	uint64_t *objects;
	size_t n, cap;
};

static int
listing_grow(struct listing *l)
{
	size_t cap = l->cap != 0 ? 2 * l->cap : 16;
	struct token *tokens = reallocarray(l->tokens, cap, sizeof *tokens);
	uint64_t *objects;

	if (tokens == NULL)
		return -ENOMEM;
	l->tokens = tokens;
	objects = reallocarray(l->objects, cap, sizeof *objects);
	if (objects == NULL)
		return -ENOMEM;
	l->objects = objects;
	l->cap = cap;
	return 0;
}

static int
list_one(void *arg, const struct token_row *row)
{
	struct listing *l = arg;
	int r = 0;

	if (!token_allows(l->call, row->hosts))
		return 0;
	if (l->n == l->cap)
		r = listing_grow(l);
	if (r == 0) {
		l->tokens[l->n] = TOKEN_NONE;
		l->objects[l->n] = 0;
		r = token_copy(row, &l->tokens[l->n]);
	}
	if (r == 0)
		l->n++;
	return r;
}

static int
list_tx(struct storage_tx *tx, void *arg)
{
	struct listing *l = arg;
	int r;

	while (l->n > 0)
		token_free(&l->tokens[--l->n]);
	r = token_each(tx, list_one, l);
	if (r == 0 && call_is_administrator(l->call))
		for (size_t i = 0; i < l->n; i++)
			l->objects[i] = object_count(tx, &l->tokens[i].row.id);
	return r;
}

static int
put_listing(const struct listing *l, Keystore__V1__ListTokensResponse *rs)
{
	if (l->n == 0)
		return 0;
	rs->tokens = proto_alloc(l->n * sizeof(Keystore__V1__Token *));
	if (rs->tokens == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < l->n; i++) {
		int r = token_to_proto(
			l->call, &l->tokens[i].row, l->objects[i], &rs->tokens[i]);

		if (r < 0)
			return r;
		rs->n_tokens++;
	}
	return 0;
}

int
handle_list_tokens(struct call *c, const Keystore__V1__ListTokensRequest *rq,
	Keystore__V1__ListTokensResponse *rs)
{
	struct listing l = { .call = c };
	int r = storage_read(c->ks->storage, list_tx, &l);

	(void)rq;
	if (r == 0)
		r = put_listing(&l, rs);
	while (l.n > 0)
		token_free(&l.tokens[--l.n]);
	free(l.tokens);
	free(l.objects);
	return r;
}

/* --- InitToken: what is asked for ------------------------------------------ */

/* Strings of protocol buffers are: readers in other languages refuse a whole
 * message for one that is not, and then nobody there could list any token. */
static bool
is_utf8(struct bytes s)
{
	static const struct {
		uint8_t mask, lead;
		uint32_t least; /* longer forms are for larger characters only */
	} forms[] = { { 0x80, 0, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 } };

	while (s.n != 0) {
		size_t more = 0;
		uint32_t x;

		while (more < ARRAY_LEN(forms) &&
			(s.p[0] & forms[more].mask) != forms[more].lead)
			more++;
		if (more == ARRAY_LEN(forms) || s.n <= more)
			return false;
		x = s.p[0] & (uint8_t)~forms[more].mask;
		for (size_t i = 1; i <= more; i++) {
			if ((s.p[i] & 0xc0) != 0x80)
				return false;
			x = x << 6 | (s.p[i] & 0x3f);
		}
		if (x < forms[more].least || x > 0x10ffff || (x >= 0xd800 && x <= 0xdfff))
			return false;
		s = BYTES(s.p + more + 1, s.n - more - 1);
	}
	return true;
}

static int
label_of(struct call *c, const Keystore__V1__InitTokenRequest *rq, struct bytes *ret)
{
	struct bytes label = BYTES_STR(rq->label);

	while (label.n != 0 && label.p[label.n - 1] == ' ')
		label.n--;
	if (label.n > MAX_LABEL)
		return call_refuse(c, CKR_ARGUMENTS_BAD,
			"the label is longer than %u bytes", MAX_LABEL);
	if (!is_utf8(label))
		return call_refuse(c, CKR_ARGUMENTS_BAD, "the label is not UTF-8");
	*ret = label;
	return 0;
}

/* NUL after each name, as it is stored. */
static int
hosts_of(struct call *c, const Keystore__V1__InitTokenRequest *rq, struct buf *ret)
{
	if (rq->n_hosts == 0) {
		buf_put(ret, c->rpc->peer_name, strlen(c->rpc->peer_name) + 1);
		return buf_ok(ret) ? 0 : -ENOMEM;
	}
	if (!call_is_administrator(c))
		return call_refuse(c, CKR_ACTION_PROHIBITED,
			"only administrators say which hosts may use a token");
	if (rq->n_hosts > MAX_HOSTS)
		return call_refuse(c, CKR_ARGUMENTS_BAD, "more than %u hosts", MAX_HOSTS);
	for (size_t i = 0; i < rq->n_hosts; i++) {
		size_t n = strlen(rq->hosts[i]);

		if (n == 0 || n > MAX_HOST_NAME || !is_utf8(BYTES_STR(rq->hosts[i])))
			return call_refuse(c, CKR_ARGUMENTS_BAD,
				"a host's name has 1 to %u bytes of UTF-8",
				MAX_HOST_NAME);
		buf_put(ret, rq->hosts[i], n + 1);
	}
	return buf_ok(ret) ? 0 : -ENOMEM;
}

static int
space_of(struct call *c, ProtobufCBinaryData from, const char *what, struct id *ret)
{
	return from.len == 0 ? id_new(ret) : call_id(c, from, what, ret);
}

/* --- InitToken: a new one -------------------------------------------------- */

struct creating {
	struct call *call;
	struct request *request;
	struct token token;
	bool repeated;
};

static int
seen_tx(struct storage_tx *tx, void *arg)
{
	struct creating *x = arg;

	return request_seen(x->call, tx, x->request, &x->repeated);
}

static int
insert_tx(struct storage_tx *tx, void *arg)
{
	struct creating *x = arg;
	int r = seen_tx(tx, x);

	if (r != 0 || x->repeated)
		return r;
	r = token_insert(tx, &x->token.row);
	x->request->row.objects[0] = x->token.row.id;
	return r == 0 ? request_keep(tx, &x->token.row.id, x->request) : r;
}

static int
row_of(struct call *c, const Keystore__V1__InitTokenRequest *rq, struct bytes label,
	struct bytes hosts, struct token *ret)
{
	struct token_row row = {
		.initialized = true, .epoch = 1, .label = label, .hosts = hosts
	};
	int r = id_new(&row.id);

	if (r == 0)
		r = space_of(c, rq->public_space, "public_space", &row.public_space);
	if (r == 0)
		r = space_of(c, rq->private_space, "private_space", &row.private_space);
	return r == 0 ? token_copy(&row, ret) : r;
}

static int
create(struct call *c, const Keystore__V1__InitTokenRequest *rq, struct creating *x,
	struct bytes label, struct bytes hosts)
{
	CLEANUP(secret_free)
	struct secret key = SECRET_NONE;
	struct pin pin;
	int r = row_of(c, rq, label, hosts, &x->token);

	if (r == 0)
		r = token_key_new(c->ks, &x->token, &key);
	if (r == 0)
		r = pin_make(c, secret_bytes(&key), &x->token.row.id, ROLE_SO, rq->so_pin,
			&pin);
	if (r != 0)
		return r;
	x->token.row.so = pin.row;
	r = storage_write(c->ks->storage, insert_tx, x);
	if (r == 0 && !x->repeated)
		log_info("token %s created by host %s", token_name(&x->token.row).text,
			call_host(c));
	return r;
}

static int
init_new(struct call *c, const Keystore__V1__InitTokenRequest *rq, struct bytes label,
	struct request *request, struct id *ret)
{
	CLEANUP(buf_free)
	struct buf hosts = BUF_INIT;
	struct creating x = { .call = c, .request = request, .token = TOKEN_NONE };
	int r = 0;

	if (!call_may_create_tokens(c))
		return call_refuse(c, CKR_ACTION_PROHIBITED,
			"host %s may not create tokens here", call_host(c));
	r = storage_read(c->ks->storage, seen_tx, &x);
	if (r == 0 && !x.repeated) {
		r = hosts_of(c, rq, &hosts);
		if (r == 0)
			r = create(c, rq, &x, label, buf_bytes(&hosts));
	}
	if (r == 0)
		*ret = request->row.objects[0];
	token_free(&x.token);
	return r;
}

/* --- InitToken: an existing one -------------------------------------------- */

struct renewing {
	struct call *call;
	struct bytes label;
	struct token token; /* holds the new key, wrapped */
	struct pin so;
};

/* A new key, so that what the token held can never be read again. */
static int
renew(struct storage_tx *tx, struct token_row *row, struct pin_try *t)
{
	CLEANUP(secret_free)
	struct secret key = SECRET_NONE;
	struct renewing *x = t->arg;
	int r = token_copy(row, &x->token);

	if (r == 0)
		r = token_key_new(x->call->ks, &x->token, &key);
	if (r == 0)
		r = pin_rewrap(
			&row->so, t->key, secret_bytes(&key), &row->id, ROLE_SO, &x->so);
	if (r == 0)
		r = object_delete_all(tx, &row->id);
	if (r == 0)
		r = ticket_delete_all(tx, &row->id, 0);
	if (r != 0)
		return r;
	*row = x->token.row;
	row->label = x->label;
	row->initialized = true;
	row->epoch++;
	row->so = x->so.row;
	row->user = (struct pin_row){ 0 };
	return 0;
}

static int
init_again(struct call *c, const Keystore__V1__InitTokenRequest *rq, struct bytes label,
	struct request *request, struct id *ret)
{
	struct renewing x = { .call = c, .label = label, .token = TOKEN_NONE };
	struct pin_try try = { .role = ROLE_SO,
		.pin = rq->so_pin,
		.request = request,
		.apply = renew,
		.arg = &x };
	struct auth auth;
	int r = auth_call(c, rq->token_id, (ProtobufCBinaryData){ 0 }, &auth);

	if (r != 0)
		return r;
	try.token = *ret = auth.token;
	r = pin_attempt(c, &try);
	token_free(&x.token);
	if (!try.counted)
		return r;
	log_info("token %s initialised by host %s: %s", try.name.text, call_host(c),
		r == 0 ? "done" : "refused");
	ticket_cache_drop(c->ks->tickets, &auth.token, NULL);
	if (r == 0)
		key_cache_drop(c->ks->keys, &auth.token, NULL);
	watch_notify(c->ks->watch, &auth.token);
	return r;
}

int
handle_init_token(struct call *c, const Keystore__V1__InitTokenRequest *rq,
	Keystore__V1__InitTokenResponse *rs)
{
	struct request request;
	struct bytes label = BYTES_NONE;
	struct id id;
	int r = call_needs_certificate(c, "initialising a token");

	if (r == 0)
		r = request_begin(c, rq->request_id, &rq->base, &request);
	if (r == 0)
		r = label_of(c, rq, &label);
	if (r == 0)
		r = rq->token_id.len == 0 ? init_new(c, rq, label, &request, &id)
					  : init_again(c, rq, label, &request, &id);
	return r == 0 ? token_describe(c, &id, &rs->token) : r;
}

/* --- DeleteToken ----------------------------------------------------------- */

struct deleting {
	struct call *call;
	struct request *request;
	struct id id;
	bool force, repeated;
	struct token_name name;
};

static int
delete_tx(struct storage_tx *tx, void *arg)
{
	struct deleting *x = arg;
	struct token_row row;
	uint64_t objects;
	int r = request_seen(x->call, tx, x->request, &x->repeated);

	if (r != 0 || x->repeated)
		return r;
	r = token_get(tx, &x->id, &row);
	if (r == -ENOENT)
		return token_refuse_absent(x->call);
	if (r != 0)
		return r;
	x->name = token_name(&row);
	objects = object_count(tx, &x->id);
	if (objects != 0 && !x->force)
		return call_refuse(x->call, CKR_ACTION_PROHIBITED,
			"the token holds %" PRIu64 " objects; ask for force to lose them",
			objects);
	r = token_delete(tx, &x->id);
	return r == 0 ? request_keep(tx, &x->id, x->request) : r;
}

int
handle_delete_token(struct call *c, const Keystore__V1__DeleteTokenRequest *rq,
	Keystore__V1__DeleteTokenResponse *rs)
{
	struct request request;
	struct deleting x = { .call = c, .request = &request, .force = rq->force };
	int r;

	(void)rs;
	if (!call_is_administrator(c))
		return call_refuse(
			c, CKR_ACTION_PROHIBITED, "only administrators delete tokens");
	r = request_begin(c, rq->request_id, &rq->base, &request);
	if (r == 0)
		r = call_id(c, rq->token_id, "token_id", &x.id);
	if (r == 0)
		r = storage_write(c->ks->storage, delete_tx, &x);
	if (r != 0 || x.repeated)
		return r;
	ticket_cache_drop(c->ks->tickets, &x.id, NULL);
	key_cache_drop(c->ks->keys, &x.id, NULL);
	watch_notify(c->ks->watch, &x.id);
	log_info("token %s deleted by administrator %s", x.name.text, call_host(c));
	return 0;
}
