/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/server/auth.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "common/log.h"
#include "crypto/crypto.h"
#include "remote/proto/proto_convert.h"

#define PLACES 4096u          /* one ticket each: a collision costs one read */
#define TRUST_MS 1000u        /* how long a row is believed without looking */
#define RENEW_EVERY_MS 60000u /* a write per use would be too many */

struct place {
	struct ticket_row row;
	uint64_t read_ms; /* 0: empty */
};

struct ticket_cache {
	pthread_mutex_t lock;
	uint64_t drops; /* a row read before a drop must not be kept after it */
	struct place places[PLACES];
};

struct ticket_cache *
ticket_cache_new(void)
{
	struct ticket_cache *cache = calloc(1, sizeof *cache);

	if (cache != NULL)
		(void)pthread_mutex_init(&cache->lock, NULL);
	return cache;
}

void
ticket_cache_free(struct ticket_cache *cache)
{
	if (cache == NULL)
		return;
	(void)pthread_mutex_destroy(&cache->lock);
	free(cache);
}

static struct place *
place_for(struct ticket_cache *cache, const uint8_t hash[TICKET_HASH])
{
	return &cache->places[load_le32(hash) % PLACES];
}

void
ticket_cache_drop(struct ticket_cache *cache, const struct id *token, const uint8_t *hash)
{
	(void)pthread_mutex_lock(&cache->lock);
	cache->drops++;
	if (hash != NULL)
		place_for(cache, hash)->read_ms = 0;
	else
		for (unsigned i = 0; i < PLACES; i++)
			if (id_equal(&cache->places[i].row.token, token))
				cache->places[i].read_ms = 0;
	(void)pthread_mutex_unlock(&cache->lock);
}

static bool
cache_get(struct ticket_cache *cache, const uint8_t hash[TICKET_HASH],
	struct ticket_row *ret, uint64_t *ret_drops)
{
	struct place *p = place_for(cache, hash);
	uint64_t now = clock_steady_ms();
	bool found;

	(void)pthread_mutex_lock(&cache->lock);
	found = p->read_ms != 0 && now - p->read_ms < TRUST_MS &&
		memcmp(p->row.hash, hash, TICKET_HASH) == 0;
	if (found)
		*ret = p->row;
	*ret_drops = cache->drops;
	(void)pthread_mutex_unlock(&cache->lock);
	return found;
}

static void
cache_put(struct ticket_cache *cache, const struct ticket_row *row, uint64_t drops)
{
	struct place *p = place_for(cache, row->hash);

	(void)pthread_mutex_lock(&cache->lock);
	if (cache->drops == drops)
		*p = (struct place){ *row, clock_steady_ms() };
	(void)pthread_mutex_unlock(&cache->lock);
}

struct ticket_read {
	const uint8_t *hash;
	struct ticket_row row;
};

static int
read_tx(struct storage_tx *tx, void *arg)
{
	struct ticket_read *t = arg;

	return ticket_get(tx, t->hash, &t->row);
}

static int
ticket_read(struct keystored *ks, const uint8_t hash[TICKET_HASH], struct ticket_row *ret)
{
	struct ticket_read t = { .hash = hash };
	uint64_t drops;
	int r;

	if (cache_get(ks->tickets, hash, ret, &drops))
		return 0;
	r = storage_read(ks->storage, read_tx, &t);
	if (r != 0)
		return r;
	cache_put(ks->tickets, &t.row, drops);
	*ret = t.row;
	return 0;
}

/* Only a ticket that is still there: a logout may have come between. */
static int
renew_tx(struct storage_tx *tx, void *arg)
{
	const struct ticket_row *row = arg;
	struct ticket_row there;
	int r = ticket_get(tx, row->hash, &there);

	return r < 0 ? r : ticket_put(tx, row);
}

/* A ticket that cannot be renewed (a full disk) is still good for what is
 * left of its life. */
static void
ticket_renew(struct keystored *ks, struct ticket_row *row, uint64_t now)
{
	uint64_t full = now + ks->config.ticket_ms, drops;
	uint64_t slack = ks->config.ticket_ms / 10;
	struct ticket_row old;
	int r;

	if (slack > RENEW_EVERY_MS)
		slack = RENEW_EVERY_MS;
	if (row->expires_ms + slack > full)
		return;
	row->expires_ms = full;
	(void)cache_get(ks->tickets, row->hash, &old, &drops);
	r = storage_write(ks->storage, renew_tx, row);
	if (r == 0)
		cache_put(ks->tickets, row, drops);
	else
		log_warning("a ticket could not be renewed: %s", strerror(-r));
}

int
auth_refuse_ticket(struct call *c)
{
	return call_refuse(
		c, CKR_USER_NOT_LOGGED_IN, "the login has ended: log in again");
}

static int
check_ticket(struct call *c, struct auth *a, bool renew)
{
	struct ticket_row row;
	uint64_t now = clock_now_ms();
	int r = ticket_read(c->ks, a->ticket, &row);

	if (r == -ENOENT)
		return auth_refuse_ticket(c);
	if (r != 0)
		return r;
	if (!id_equal(&row.token, &a->token) || row.epoch != a->epoch ||
		row.expires_ms <= now || !call_has_certificate(c) ||
		memcmp(row.host, c->rpc->peer_fingerprint, sizeof row.host) != 0)
		return auth_refuse_ticket(c);
	a->role = row.role == KEYSTORE__V1__ROLE__ROLE_SO ? ROLE_SO : ROLE_USER;
	if (renew)
		ticket_renew(c->ks, &row, now);
	return 0;
}

static int
check_token(struct call *c, struct auth *a)
{
	struct token_facts facts;
	int r = token_facts(c, &a->token, &facts);

	if (r == -ENOENT || (r == 0 && !facts.allowed))
		return token_refuse_absent(c);
	if (r == 0)
		a->epoch = facts.epoch;
	return r;
}

int
auth_call(struct call *c, ProtobufCBinaryData token, ProtobufCBinaryData ticket,
	struct auth *ret)
{
	struct auth a = { .role = ROLE_NONE, .has_ticket = ticket.len != 0 };
	int r = call_id(c, token, "token_id", &a.token);

	if (r == 0)
		r = check_token(c, &a);
	if (r != 0)
		return r;
	if (a.has_ticket) {
		if (ticket.len != TICKET_BYTES)
			return auth_refuse_ticket(c);
		r = ticket_hash(proto_bytes(ticket), a.ticket);
		if (r == 0)
			r = check_ticket(c, &a, true);
		if (r != 0)
			return r;
	}
	*ret = a;
	return 0;
}

int
auth_ticket(struct call *c, ProtobufCBinaryData ticket, struct auth *ret)
{
	uint8_t hash[TICKET_HASH];
	struct ticket_row row;
	int r;

	if (ticket.len != TICKET_BYTES)
		return auth_refuse_ticket(c);
	r = ticket_hash(proto_bytes(ticket), hash);
	if (r == 0)
		r = ticket_read(c->ks, hash, &row);
	if (r == -ENOENT)
		return auth_refuse_ticket(c);
	return r == 0 ? auth_call(c, proto_borrow(BYTES_OF(row.token.b)), ticket, ret)
		      : r;
}

int
auth_again(struct call *c, struct auth *auth)
{
	int r = check_token(c, auth);

	if (r == 0 && auth->has_ticket)
		r = check_ticket(c, auth, false);
	return r;
}

int
ticket_hash(struct bytes ticket, uint8_t ret[TICKET_HASH])
{
	return crypto_hash(DIGEST_SHA256, ticket, ret) == CKR_OK ? 0 : -ENOMEM;
}

int
ticket_new(struct call *c, const struct id *token, uint64_t epoch, uint8_t role,
	uint8_t ret_ticket[TICKET_BYTES], struct ticket_row *ret)
{
	struct ticket_row row = { .token = *token, .epoch = epoch, .role = role };
	int r;

	if (crypto_random(ret_ticket, TICKET_BYTES) != CKR_OK)
		return -EIO;
	r = ticket_hash(BYTES(ret_ticket, TICKET_BYTES), row.hash);
	if (r < 0)
		return r;
	memcpy(row.host, c->rpc->peer_fingerprint, sizeof row.host);
	row.expires_ms = clock_now_ms() + c->ks->config.ticket_ms;
	*ret = row;
	return 0;
}

int
auth_role(struct call *c, int role, enum object_role *ret)
{
	if (role == KEYSTORE__V1__ROLE__ROLE_USER)
		*ret = ROLE_USER;
	else if (role == KEYSTORE__V1__ROLE__ROLE_SO)
		*ret = ROLE_SO;
	else
		return call_refuse(
			c, CKR_USER_TYPE_INVALID, "the role is neither user nor SO");
	return 0;
}
