/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/server/uses.h"

#include <errno.h>

#include "common/cleanup.h"
#include "crypto/crypto.h"
#include "cryptoki/schema.h"
#include "remote/proto/proto_convert.h"

static int
refuse(struct call *c)
{
	return call_refuse(c, CKR_USER_NOT_LOGGED_IN,
		"the key wants the PIN for each use, and for this one it was not given, "
		"or "
		"too long ago");
}

/* What a ticket for a use is kept under. Longer than a ticket: none of a login hashes to
 * it. */
struct bound {
	uint8_t ticket[TICKET_BYTES];
	uint8_t login[TICKET_HASH];
	struct key_name key;
};

static void
bound_wipe(struct bound *b)
{
	wipe(b, sizeof *b);
}

static int
bound_hash(struct call *c, const struct use *u, uint8_t ret[TICKET_HASH])
{
	CLEANUP(bound_wipe)
	struct bound b;
	int r = key_name(c, u->auth, u->key, &b.key);

	if (r != 0)
		return r;
	memcpy(b.ticket, u->ticket.data, sizeof b.ticket);
	memcpy(b.login, u->auth->ticket, sizeof b.login);
	return ticket_hash(BYTES((const uint8_t *)&b, sizeof b), ret);
}

int
use_ticket_check(struct call *c, const struct auth *auth, const Keystore__V1__KeyRef *ref)
{
	const struct key *key;
	bool each;
	int r;

	if (auth->role != ROLE_USER)
		return auth_refuse_ticket(c);
	r = key_get(c, auth, ref, &key);
	if (r != 0)
		return r;
	each = attrs_bool(key->pub, CKA_ALWAYS_AUTHENTICATE, false);
	key_put(c, key);
	return each ? 0
		    : call_refuse(c, CKR_OPERATION_NOT_INITIALIZED,
			      "the key wants no PIN for each use");
}

int
use_ticket_new(struct call *c, const struct auth *auth, const Keystore__V1__KeyRef *key,
	uint8_t ret_ticket[TICKET_BYTES], struct ticket_row *ret)
{
	const struct use u = { auth, key, { TICKET_BYTES, ret_ticket } };
	int r = ticket_new(c, &auth->token, auth->epoch, ROLE_USER, ret_ticket, ret);

	if (r == 0)
		r = bound_hash(c, &u, ret->hash);
	ret->expires_ms = clock_now_ms() + c->ks->config.use_ticket_ms;
	return r;
}

struct spend {
	struct call *call;
	const struct auth *auth;
	struct request request;
	uint8_t hash[TICKET_HASH];
};

static int
spend_tx(struct storage_tx *tx, void *arg)
{
	struct spend *s = arg;
	struct ticket_row row;
	bool seen;
	int r = request_seen(s->call, tx, &s->request, &seen);

	if (r != 0 || seen)
		return r;
	r = ticket_get(tx, s->hash, &row);
	if (r == -ENOENT)
		return refuse(s->call);
	if (r == 0 && (row.epoch != s->auth->epoch || row.expires_ms <= clock_now_ms()))
		return refuse(s->call);
	if (r == 0)
		r = ticket_delete(tx, s->hash);
	return r == 0 ? request_keep(tx, &s->auth->token, &s->request) : r;
}

int
use_ticket_spend(struct call *c, const struct use *u, ProtobufCBinaryData request_id,
	const ProtobufCMessage *message)
{
	struct spend s = { .call = c, .auth = u->auth };
	int r;

	if (!u->auth->has_ticket || u->ticket.len != TICKET_BYTES)
		return refuse(c);
	r = request_begin(c, request_id, message, &s.request);
	if (r == 0)
		r = bound_hash(c, u, s.hash);
	return r == 0 ? storage_write(c->ks->storage, spend_tx, &s) : r;
}
