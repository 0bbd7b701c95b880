/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/server/requests.h"

#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>

#include "common/cleanup.h"
#include "crypto/crypto.h"

#define AHEAD_MS (5u * 60u * 1000u) /* clocks differ; fixed in docs/PROTOCOL.md */
#define PURPOSE "keystored: hashes of requests"

static int
hmac(struct bytes key, struct bytes data, uint8_t ret[32])
{
	size_t n = 0;

	if (EVP_Q_mac(crypto_libctx(), "HMAC", NULL, "SHA256", NULL, key.p, key.n, data.p,
		    data.n, ret, 32, &n) == NULL ||
		n != 32)
		return -ENOMEM;
	return 0;
}

int
request_key_make(const struct master_key *mk, struct secret *ret)
{
	struct secret key;
	int r = secret_new(32, &key);

	if (r < 0)
		return r;
	r = hmac(secret_bytes(&mk->key), BYTES_STR(PURPOSE), key.p);
	if (r < 0) {
		secret_free(&key);
		return r;
	}
	*ret = key;
	return 0;
}

static int
check_age(struct call *c, uint64_t ms)
{
	uint64_t now = clock_now_ms(), kept = c->ks->config.retention_ms;

	if (ms > now && ms - now > AHEAD_MS)
		return call_refuse(c, CKR_ARGUMENTS_BAD,
			"the request's id is %" PRIu64
			" s ahead of the keystore's clock: set the clocks right",
			(ms - now) / 1000);
	if (ms < now && now - ms > kept)
		return call_refuse(c, CKR_ARGUMENTS_BAD,
			"the request's id is %" PRIu64
			" s old by the keystore's clock, more than the %" PRIu64
			" s it remembers: set the clocks right",
			(now - ms) / 1000, kept / 1000);
	return 0;
}

static int
digest_of(struct call *c, const ProtobufCMessage *message, uint8_t ret[32])
{
	CLEANUP(buf_free)
	struct buf all = BUF_SECRET;
	size_t n = protobuf_c_message_get_packed_size(message);
	uint8_t *p;

	buf_put(&all, c->rpc->peer_fingerprint, sizeof c->rpc->peer_fingerprint);
	buf_put(&all, c->method, strlen(c->method) + 1);
	p = buf_reserve(&all, n);
	if (p == NULL)
		return -ENOMEM;
	all.n += protobuf_c_message_pack(message, p);
	return hmac(secret_bytes(&c->ks->request_key), buf_bytes(&all), ret);
}

int
request_begin(struct call *c, ProtobufCBinaryData id, const ProtobufCMessage *message,
	struct request *ret)
{
	struct request rq = { 0 };
	uint64_t ms;
	int r = call_id(c, id, "request_id", &rq.row.id);

	if (r != 0)
		return r;
	memcpy(&ms, rq.row.id.b, sizeof ms);
	rq.row.time_ms = be64toh(ms);
	r = check_age(c, rq.row.time_ms);
	if (r == 0)
		r = digest_of(c, message, rq.row.digest);
	if (r == 0)
		*ret = rq;
	return r;
}

int
request_wanted(struct call *c)
{
	return rpc_is_over(c->rpc) ? call_busy(c, "the caller has gone") : 0;
}

int
request_seen(struct call *c, struct storage_tx *tx, struct request *rq, bool *ret_seen)
{
	struct request_row row;
	int r = request_get(tx, &rq->row.id, &row);

	if (r == -ENOENT) {
		*ret_seen = false;
		return 0;
	}
	if (r < 0)
		return r;
	if (memcmp(row.digest, rq->row.digest, sizeof row.digest) != 0)
		return call_refuse(c, CKR_ARGUMENTS_BAD,
			"another request was made under this request id");
	rq->row = row;
	*ret_seen = true;
	return 0;
}

int
request_keep(struct storage_tx *tx, const struct id *token, const struct request *rq)
{
	return request_put(tx, token, &rq->row);
}
