/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client that all connections belong to, as keyringd sees it: known by the
 * resume secret, which the first hello brings.
 */
#include "libtoken/store/pool.h"

#include <errno.h>

#include "common/cleanup.h"

#define JOIN_TRIES 3 /* another thread may change the client meanwhile */
#define NAME_MAX_SENT 64

/* Is the connection one of the store's client now? Not when another thread
 * made a new client since `sent` was read. */
static CK_RV
client_adopt(struct store *s, struct conn *c, const struct secret *sent,
	const struct wire_hello_reply *reply, bool *ret)
{
	struct secret fresh = SECRET_NONE;

	if (!reply->known && secret_copy(reply->secret, &fresh) != 0)
		return CKR_HOST_MEMORY;
	store_lock(s);
	if (!bytes_equal_secret(secret_bytes(sent), secret_bytes(&s->secret))) {
		*ret = false;
	} else {
		if (!reply->known) {
			struct secret old = s->secret;

			s->secret = fresh;
			fresh = old;
			if (sent->n != 0) {
				(void)atomic_fetch_add(&s->generation, 1);
				pool_drop_idle(s);
			}
		}
		s->policy = (struct store_policy){
			.sensitive_session = reply->sensitive_session,
			.strict = (reply->policy & WIRE_POLICY_STRICT) != 0,
			.openssl_digest =
				(reply->policy & WIRE_POLICY_OPENSSL_DIGEST) != 0,
			.legacy = (reply->policy & WIRE_POLICY_LEGACY) != 0,
		};
		c->generation = atomic_load(&s->generation);
		*ret = true;
	}
	store_unlock(s);
	secret_free(&fresh);
	return CKR_OK;
}

static bool
hello_makes_sense(const struct wire_hello_reply *reply, const struct secret *sent)
{
	if (reply->version != WIRE_VERSION)
		return false;
	if (reply->sensitive_session < WIRE_CUSTODY_KERNEL ||
		reply->sensitive_session > WIRE_CUSTODY_PROCESS)
		return false;
	if ((reply->policy & ~(WIRE_POLICY_STRICT | WIRE_POLICY_OPENSSL_DIGEST |
				     WIRE_POLICY_LEGACY)) != 0)
		return false;
	if (!reply->known)
		return reply->secret.n == WIRE_SECRET;
	return sent->n != 0 && (reply->secret.n == 0 || bytes_equal_secret(reply->secret,
								secret_bytes(sent)));
}

/* keyringd learns its list of slots when the first client asks for it, and a
 * program that has known its slots for long does not ask again: after a restart
 * of keyringd that is done for it. */
static CK_RV
client_ask_slots(struct conn *c, struct buf *payload, uint64_t deadline)
{
	const struct wire_empty request = { 0 };
	struct wire_slots_reply reply;
	const struct exchange x = { .type = WIRE_SLOTS,
		.request = &request,
		.reply = &reply,
		.payload = payload,
		.deadline = deadline };
	CK_RV rv = CKR_OK;
	enum conn_result result = conn_call(c, &x, &rv);

	return result == CONN_DONE ? rv : result_rv(result);
}

/* One connection and its hello. *ret_again: worth another try. */
static CK_RV
client_hello(struct store *s, struct conn *c, const struct secret *sent,
	uint64_t deadline, bool *ret_again)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_SECRET;
	const char *name = program_invocation_short_name;
	struct wire_hello hello = { WIRE_VERSION, WIRE_VERSION, secret_bytes(sent),
		BYTES(name, strnlen(name, NAME_MAX_SENT)) };
	struct wire_hello_reply reply;
	const struct exchange x = { .type = WIRE_HELLO,
		.request = &hello,
		.reply = &reply,
		.payload = &payload,
		.deadline = deadline };
	enum conn_result result;
	bool ours = false;
	CK_RV rv = CKR_OK;

	result = conn_call(c, &x, &rv);
	*ret_again = result == CONN_UNSENT || result == CONN_BROKEN;
	if (result != CONN_DONE)
		return result_rv(result);
	if (rv != CKR_OK)
		return rv;
	if (!hello_makes_sense(&reply, sent))
		return CKR_DEVICE_ERROR;
	rv = client_adopt(s, c, sent, &reply, &ours);
	if (rv == CKR_OK && !ours) {
		*ret_again = true;
		rv = CKR_DEVICE_ERROR;
	}
	if (rv == CKR_OK && !reply.known && sent->n != 0)
		rv = client_ask_slots(c, &payload, deadline);
	return rv;
}

static CK_RV
open_rv(int err)
{
	if (err == -ETIMEDOUT)
		return CKR_DEVICE_ERROR;
	return err == -ENOMEM ? CKR_HOST_MEMORY : CKR_DEVICE_REMOVED;
}

CK_RV
client_join(struct store *s, struct conn *c, bool receive_limit, uint64_t deadline)
{
	CK_RV rv = CKR_DEVICE_ERROR;
	bool again = true;

	for (int i = 0; i < JOIN_TRIES && again; i++) {
		CLEANUP(secret_free)
		struct secret sent = SECRET_NONE;
		int err;

		again = false;
		store_lock(s);
		err = secret_copy(secret_bytes(&s->secret), &sent);
		store_unlock(s);
		if (err != 0)
			return CKR_HOST_MEMORY;
		err = conn_open(c, store_limit(s, WIRE_HELLO), receive_limit);
		if (err != 0)
			return open_rv(err);
		rv = client_hello(s, c, &sent, deadline, &again);
		if (rv == CKR_OK)
			return CKR_OK;
		conn_close(c);
	}
	return rv;
}
