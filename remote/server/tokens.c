/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/server/tokens.h"

#include <errno.h>
#include <stdio.h>

#include "common/cleanup.h"
#include "crypto/crypto.h"
#include "cryptoki/schema.h"
#include "remote/proto/proto_convert.h"

#define KEY_PURPOSE "token-key"

/* --- Owned rows ------------------------------------------------------------ */

/* The row's borrowed ranges, in the order they are kept in memory. */
static struct bytes *
borrowed(struct token_row *row, unsigned i)
{
	struct bytes *const all[] = { &row->label, &row->hosts, &row->wrapped_key,
		&row->so.verifier, &row->user.verifier };

	return i < ARRAY_LEN(all) ? all[i] : NULL;
}

int
token_copy(const struct token_row *row, struct token *ret)
{
	struct token t = { .row = *row, .memory = BUF_INIT };
	struct bytes *b;
	size_t at = 0;

	for (unsigned i = 0; (b = borrowed(&t.row, i)) != NULL; i++)
		buf_put_bytes(&t.memory, *b);
	if (!buf_ok(&t.memory)) {
		buf_free(&t.memory);
		return -ENOMEM;
	}
	for (unsigned i = 0; (b = borrowed(&t.row, i)) != NULL; i++) {
		b->p = b->n != 0 ? t.memory.p + at : NULL;
		at += b->n;
	}
	*ret = t;
	return 0;
}

int
token_load(struct storage_tx *tx, const struct id *id, struct token *ret)
{
	struct token_row row;
	int r = token_get(tx, id, &row);

	return r < 0 ? r : token_copy(&row, ret);
}

void
token_free(struct token *t)
{
	buf_free(&t->memory);
	*t = TOKEN_NONE;
}

/* --- Keys ------------------------------------------------------------------ */

int
token_key(struct keystored *ks, const struct token_row *row, struct secret *ret)
{
	struct secret key;
	int r;

	r = master_unseal(
		&ks->master, KEY_PURPOSE, BYTES_OF(row->id.b), row->wrapped_key, &key);
	if (r < 0)
		return r;
	if (key.n != SEAL_KEY) {
		secret_free(&key);
		return -EBADMSG;
	}
	*ret = key;
	return 0;
}

int
token_key_new(struct keystored *ks, struct token *t, struct secret *ret)
{
	CLEANUP(secret_free)
	struct secret key = SECRET_NONE;
	CLEANUP(buf_free)
	struct buf wrapped = BUF_INIT;
	struct token_row row = t->row;
	struct token copy = TOKEN_NONE;
	int r;

	r = secret_new(SEAL_KEY, &key);
	if (r < 0)
		return r;
	if (crypto_random(key.p, key.n) != CKR_OK)
		return -EIO;
	r = master_seal(&ks->master, KEY_PURPOSE, BYTES_OF(row.id.b), secret_bytes(&key),
		&wrapped);
	if (r < 0)
		return r;
	row.wrapped_key = buf_bytes(&wrapped);
	row.master_generation = ks->master.generation;
	r = token_copy(&row, &copy);
	if (r < 0)
		return r;
	token_free(t);
	*t = copy;
	*ret = key;
	key = SECRET_NONE;
	return 0;
}

/* --- Who and what ---------------------------------------------------------- */

static bool
hosts_have(struct bytes hosts, struct bytes name)
{
	while (hosts.n != 0) {
		size_t n = strnlen((const char *)hosts.p, hosts.n);

		if (bytes_equal(BYTES(hosts.p, n), name))
			return true;
		n += n < hosts.n; /* the NUL */
		hosts = BYTES(hosts.p + n, hosts.n - n);
	}
	return false;
}

bool
token_allows(const struct call *c, struct bytes hosts)
{
	if (call_is_administrator(c) || hosts_have(hosts, BYTES_STR("*")))
		return true;
	return call_has_certificate(c) && hosts_have(hosts, BYTES_STR(c->rpc->peer_name));
}

int
token_refuse_absent(struct call *c)
{
	return call_refuse(c, CKR_TOKEN_NOT_PRESENT,
		"no such token, or host %s may not use it", call_host(c));
}

/* A try that is being checked right now is counted already: not shown. */
static uint32_t
tries_left(const struct call *c, const struct token_row *row, uint8_t role,
	const struct pin_row *pin)
{
	const struct gate_subject s = { .token = row->id, .role = role };
	uint64_t max = c->ks->config.pin_tries, failures = pin->failures;

	if (failures > 0 && gate_is_noted(&c->ks->pins, &s))
		failures--;
	return (uint32_t)(failures < max ? max - failures : 0);
}

static int
put_hosts(struct bytes hosts, Keystore__V1__Token *t)
{
	size_t n = 0, i = 0;

	for (size_t at = 0; at < hosts.n; at++)
		n += hosts.p[at] == '\0' || at + 1 == hosts.n;
	if (n == 0)
		return 0;
	t->hosts = proto_alloc(n * sizeof *t->hosts);
	if (t->hosts == NULL)
		return -ENOMEM;
	while (hosts.n != 0 && i < n) {
		size_t len = strnlen((const char *)hosts.p, hosts.n);

		if (proto_put_string(&t->hosts[i], BYTES(hosts.p, len)) < 0)
			return -ENOMEM;
		t->n_hosts = ++i;
		len += len < hosts.n;
		hosts = BYTES(hosts.p + len, hosts.n - len);
	}
	return 0;
}

static int
put_strings(const struct call *c, const struct token_row *row, Keystore__V1__Token *t)
{
	int r = proto_put_bytes(&t->id, BYTES_OF(row->id.b));

	if (r == 0)
		r = proto_put_string(&t->label, row->label);
	if (r == 0)
		r = proto_put_bytes(&t->public_space, BYTES_OF(row->public_space.b));
	if (r == 0)
		r = proto_put_bytes(&t->private_space, BYTES_OF(row->private_space.b));
	if (r == 0 && call_is_administrator(c))
		r = put_hosts(row->hosts, t);
	return r;
}

int
token_to_proto(const struct call *c, const struct token_row *row, uint64_t objects,
	Keystore__V1__Token **ret)
{
	Keystore__V1__Token *t = proto_alloc(sizeof *t);
	int r;

	if (t == NULL)
		return -ENOMEM;
	keystore__v1__token__init(t);
	t->initialized = row->initialized;
	t->user_pin_set = row->user.set;
	t->user_tries_left = tries_left(c, row, ROLE_USER, &row->user);
	t->so_tries_left = tries_left(c, row, ROLE_SO, &row->so);
	t->max_tries = (uint32_t)c->ks->config.pin_tries;
	t->epoch = row->epoch;
	t->revision = row->revision;
	t->min_pin = (uint32_t)c->ks->config.pin_min;
	t->max_pin = (uint32_t)c->ks->config.pin_max;
	t->objects = call_is_administrator(c) ? objects : 0;
	t->public_certificates = row->misplaced == 0;
	r = put_strings(c, row, t);
	if (r < 0) {
		keystore__v1__token__free_unpacked(t, &rpc_allocator);
		return r;
	}
	*ret = t;
	return 0;
}

struct describe {
	const struct id *id;
	struct token token;
	uint64_t objects;
};

static int
describe_tx(struct storage_tx *tx, void *arg)
{
	struct describe *d = arg;

	d->objects = object_count(tx, d->id);
	return token_load(tx, d->id, &d->token);
}

int
token_describe(struct call *c, const struct id *id, Keystore__V1__Token **ret)
{
	struct describe d = { .id = id, .token = TOKEN_NONE };
	int r = storage_read(c->ks->storage, describe_tx, &d);

	if (r == -ENOENT)
		return token_refuse_absent(c);
	if (r == 0)
		r = token_to_proto(c, &d.token.row, d.objects, ret);
	token_free(&d.token);
	return r;
}

struct token_name
token_name(const struct token_row *row)
{
	struct token_name name;
	char uuid[UUID_TEXT];

	id_text(&row->id, uuid);
	(void)snprintf(name.text, sizeof name.text, "\"%.*s\" (%s)",
		(int)(row->label.n < 32 ? row->label.n : 32), (const char *)row->label.p,
		uuid);
	return name;
}
