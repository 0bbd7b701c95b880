/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Session private keys are kept by nobody here: the host keeps them, sealed under
 * the master key and bound to its certificate, the token and its epoch.
 * Inside: u8 version (1), u64 expiry in ms since 1970, blob public part, blob
 * secret part.
 */
#include "remote/server/objects.h"

#include <errno.h>

#include "common/cleanup.h"
#include "cryptoki/schema.h"
#include "remote/proto/proto_convert.h"

#define PURPOSE "session-key"
#define VERSION 1u

struct binding {
	uint8_t b[32 + ID_BYTES + 8];
};

static struct binding
binding_of(const struct call *c, const struct auth *a)
{
	struct binding x;

	memcpy(x.b, c->rpc->peer_fingerprint, 32);
	memcpy(x.b + 32, a->token.b, ID_BYTES);
	store_le64(x.b + 32 + ID_BYTES, a->epoch);
	return x;
}

int
blob_make(struct call *c, const struct auth *a, const struct object *o,
	ProtobufCBinaryData *ret)
{
	CLEANUP(buf_free)
	struct buf plain = BUF_SECRET;
	CLEANUP(buf_free)
	struct buf sealed = BUF_INIT;
	struct binding bound = binding_of(c, a);
	int r = object_check_size(c, o);

	if (r != 0)
		return r;
	buf_put_u8(&plain, VERSION);
	buf_put_u64(&plain, clock_now_ms() + c->ks->config.session_key_ms);
	buf_put_blob(&plain, attrs_bytes(&o->pub));
	buf_put_blob(&plain, attrs_bytes(&o->sec));
	if (!buf_ok(&plain))
		return -ENOMEM;
	r = master_seal(
		&c->ks->master, PURPOSE, BYTES_OF(bound.b), buf_bytes(&plain), &sealed);
	return r == 0 ? proto_put_bytes(ret, buf_bytes(&sealed)) : r;
}

int
blob_refuse(struct call *c)
{
	return call_refuse(c, CKR_KEY_HANDLE_INVALID,
		"the sealed session key is of another host or token, or is over");
}

static int
parse(struct call *c, struct bytes plain, struct object *o, uint64_t *ret_expires_ms)
{
	struct cursor cur = cursor_over(plain);
	uint8_t version = cursor_u8(&cur);
	uint64_t expires = cursor_u64(&cur);
	struct bytes pub = cursor_blob(&cur), sec = cursor_blob(&cur);

	if (!cursor_done(&cur) || version != VERSION || !attrs_valid(pub) ||
		!attrs_valid(sec) || expires <= clock_now_ms())
		return blob_refuse(c);
	buf_put_bytes(&o->pub.b, pub);
	buf_put_bytes(&o->sec.b, sec);
	if (!attrs_ok(&o->pub) || !attrs_ok(&o->sec))
		return -ENOMEM;
	*ret_expires_ms = expires;
	return 0;
}

int
blob_open(struct call *c, const struct auth *a, ProtobufCBinaryData blob,
	struct object *ret, uint64_t *ret_expires_ms)
{
	CLEANUP(secret_free)
	struct secret plain = SECRET_NONE;
	struct binding bound = binding_of(c, a);
	struct object o = OBJECT_NONE;
	int r;

	r = master_unseal(
		&c->ks->master, PURPOSE, BYTES_OF(bound.b), proto_bytes(blob), &plain);
	if (r == -EBADMSG || r == -EINVAL)
		return blob_refuse(c);
	if (r == 0)
		r = parse(c, secret_bytes(&plain), &o, ret_expires_ms);
	if (r == 0 && !object_is_visible(attrs_bytes(&o.pub), a->role))
		r = auth_refuse_ticket(c);
	if (r != 0) {
		object_free(&o);
		return r;
	}
	object_free(ret);
	*ret = o;
	return 0;
}

int
object_by_ref(struct call *c, const struct auth *a, const Keystore__V1__KeyRef *ref,
	bool with_secret, struct object *ret, bool *ret_blob)
{
	uint64_t expires;

	*ret_blob = ref != NULL && ref->key_case == KEYSTORE__V1__KEY_REF__KEY_BLOB;
	if (*ret_blob)
		return blob_open(c, a, ref->blob, ret, &expires);
	if (ref == NULL || ref->key_case != KEYSTORE__V1__KEY_REF__KEY_OBJECT_ID)
		return object_refuse_absent(c);
	return object_read(c, a, ref->object_id, with_secret, ret);
}
