/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/server/watch_read.h"

#include <errno.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "crypto/crypto.h"
#include "remote/proto/proto_convert.h"
#include "remote/server/objects.h"

/* One message: enough to be efficient, little enough to be fair. */
#define MAX_OBJECTS 256u
#define MAX_BYTES (512u << 10)

#define FULL 1    /* of gather(): go on in the next message */
#define DAMAGED 2 /* of to_proto(): the row is not as it was stored */

struct reading {
	struct watcher *w;
	struct call *call;
	struct token token;
	struct secret key; /* the token's, once it was needed */
	Keystore__V1__WatchResponse *response;
	uint64_t from, snapshot; /* the watcher's, once it is all well */
	uint64_t last;
	size_t bytes;
	unsigned rows;
	bool more;
	bool restart;
};

static void
response_free(Keystore__V1__WatchResponse *response)
{
	if (response != NULL)
		keystore__v1__watch_response__free_unpacked(response, &rpc_allocator);
}

static int
put_deleted(struct reading *x, const struct object_row *row)
{
	Keystore__V1__WatchResponse *rs = x->response;

	if (row->revision <= x->snapshot)
		return 0;
	if (rs->deleted == NULL)
		rs->deleted = proto_alloc(MAX_OBJECTS * sizeof *rs->deleted);
	if (rs->deleted == NULL)
		return -ENOMEM;
	rs->deleted[rs->n_deleted] = (ProtobufCBinaryData){ 0 };
	return proto_put_bytes(&rs->deleted[rs->n_deleted++], BYTES_OF(row->id.b));
}

static int
to_proto(struct reading *x, const struct object_row *row, Keystore__V1__Object **ret)
{
	CLEANUP(object_free)
	struct object o = OBJECT_NONE;
	int r = 0;

	if (!attrs_valid(row->attributes))
		return DAMAGED;
	if (!object_hides_value(row->attributes))
		return object_to_proto(&row->id, row->revision, row->attributes, ret);
	if (x->key.n == 0)
		r = token_key(x->call->ks, &x->token.row, &x->key);
	if (r < 0)
		return r;
	r = object_unseal(secret_bytes(&x->key), &x->token.row.id, row, &o);
	if (r == -EBADMSG)
		return DAMAGED;
	return r == 0 ? object_to_proto(&o.id, o.revision, attrs_bytes(&o.pub), ret) : r;
}

/* One that is damaged is no reason to keep all others from those who follow the token: it is
 * as good as deleted. */
static int
put_damaged(struct reading *x, const struct object_row *row)
{
	char uuid[UUID_TEXT];

	id_text(&row->id, uuid);
	log_error("object %s: what the database has of it is not what was stored; "
		  "nobody is told of it",
		uuid);
	return put_deleted(x, row);
}

static int
put_changed(struct reading *x, const struct object_row *row)
{
	Keystore__V1__WatchResponse *rs = x->response;
	int r;

	if (rs->changed == NULL)
		rs->changed = proto_alloc(MAX_OBJECTS * sizeof(Keystore__V1__Object *));
	if (rs->changed == NULL)
		return -ENOMEM;
	r = to_proto(x, row, &rs->changed[rs->n_changed]);
	if (r == DAMAGED)
		return put_damaged(x, row);
	if (r == 0)
		rs->n_changed++;
	return r;
}

static int
gather(void *arg, const struct object_row *row, bool deleted)
{
	struct reading *x = arg;
	const size_t bytes = row->attributes.n +
			     (object_hides_value(row->attributes) ? row->sealed.n : 0);
	int r;

	/* the row that does not fit is read again */
	if (x->rows != 0 && x->bytes + bytes > MAX_BYTES)
		return FULL;
	r = deleted ? put_deleted(x, row) : put_changed(x, row);
	if (r < 0)
		return r;
	x->last = row->revision;
	x->bytes += bytes + 2 * ID_BYTES;
	x->rows++;
	return 0;
}

static int
read_objects(struct storage_tx *tx, struct reading *x)
{
	const struct watcher *w = x->w;
	int r = object_each_since(tx, &w->auth.token, x->from, w->auth.role == ROLE_USER,
		MAX_OBJECTS, gather, x);

	x->more = r == FULL || x->rows == MAX_OBJECTS;
	return r == FULL ? 0 : r;
}

/* Can the caller go on from what it has? Not after an initialisation, nor when
 * deletions it has not seen are forgotten, nor when the database is an older one
 * than it knew. */
static int
where_to_begin(struct storage_tx *tx, struct reading *x)
{
	const struct watcher *w = x->w;
	uint64_t horizon;
	int r = object_horizon(tx, &w->auth.token, &horizon);

	if (r < 0)
		return r;
	x->from = w->revision;
	x->snapshot = w->snapshot;
	/* only who resumes may have missed any: this stream has not */
	x->restart = x->token.row.epoch == w->epoch &&
		     (x->from > x->token.row.revision || (!w->told && x->from < horizon));
	if (x->token.row.epoch != w->epoch || x->from == 0 || x->restart) {
		x->from = 0;
		x->snapshot = x->token.row.revision;
	}
	x->last = x->from;
	return 0;
}

static int
read_tx(struct storage_tx *tx, void *arg)
{
	struct reading *x = arg;
	int r = token_load(tx, &x->w->auth.token, &x->token);

	if (r == -ENOENT)
		return token_refuse_absent(x->call);
	if (r != 0)
		return r;
	r = where_to_begin(tx, x);
	return r == 0 ? read_objects(tx, x) : r;
}

/* The token itself, when it is not what was sent last. Its revision rises with every
 * object and does not count. */
static int
put_token(struct reading *x)
{
	CLEANUP(buf_free)
	struct buf packed = BUF_INIT;
	Keystore__V1__WatchResponse *rs = x->response;
	Keystore__V1__Token *t;
	uint8_t hash[32], *p;
	size_t n;
	int r = token_to_proto(x->call, &x->token.row, 0, &rs->token);

	if (r < 0)
		return r;
	t = rs->token;
	t->revision = 0;
	n = keystore__v1__token__get_packed_size(t);
	p = buf_reserve(&packed, n);
	if (p == NULL)
		return -ENOMEM;
	(void)keystore__v1__token__pack(t, p);
	t->revision = x->token.row.revision;
	if (crypto_hash(DIGEST_SHA256, BYTES(p, n), hash) != CKR_OK)
		return -ENOMEM;
	if (memcmp(hash, x->w->token_seen, sizeof hash) == 0) {
		keystore__v1__token__free_unpacked(t, &rpc_allocator);
		rs->token = NULL;
	} else {
		memcpy(x->w->token_seen, hash, sizeof hash);
	}
	return 0;
}

static int
finish(struct reading *x)
{
	Keystore__V1__WatchResponse *rs = x->response;
	struct watcher *w = x->w;
	int r = put_token(x);

	if (r < 0)
		return r;
	rs->epoch = x->token.row.epoch;
	rs->revision = x->more ? x->last : x->token.row.revision;
	rs->current = !x->more;
	rs->restart = x->restart && w->revision != 0;
	w->more = x->more;
	/* a change that this caller may not see is no news */
	if (w->told && w->current && w->epoch == rs->epoch && !x->more &&
		rs->n_changed == 0 && rs->n_deleted == 0 && rs->token == NULL &&
		!rs->restart) {
		w->revision = rs->revision;
		return 0;
	}
	w->epoch = rs->epoch;
	w->revision = rs->revision;
	w->snapshot = x->snapshot;
	w->current = rs->current;
	w->told = true;
	w->response = rs;
	x->response = NULL;
	return 0;
}

static int
read_all(struct call *c, struct watcher *w)
{
	struct reading x = { .w = w, .call = c, .token = TOKEN_NONE, .key = SECRET_NONE };
	int r;

	x.response = proto_alloc(sizeof *x.response);
	if (x.response == NULL)
		return -ENOMEM;
	keystore__v1__watch_response__init(x.response);
	r = auth_again(c, &w->auth);
	if (r == 0)
		r = storage_read(c->ks->storage, read_tx, &x);
	if (r == 0)
		r = finish(&x);
	token_free(&x.token);
	secret_free(&x.key);
	response_free(x.response);
	return r;
}

/* A token that was there and is no more ends the stream well. */
static bool
say_gone(struct watcher *w)
{
	Keystore__V1__WatchResponse *rs = proto_alloc(sizeof *rs);

	if (rs == NULL)
		return false;
	keystore__v1__watch_response__init(rs);
	rs->epoch = w->epoch;
	rs->revision = w->revision;
	rs->gone = true;
	w->response = rs;
	return true;
}

void
watch_read(struct watcher *w)
{
	struct call c = { w->ks, &w->ctx, &w->status, "/keystore.v1.Keystore/Watch" };
	int r;

	w->response = NULL;
	w->more = false;
	r = read_all(&c, w);
	call_end(&c, r);
	w->over = r != 0;
	if (w->over && w->told && w->status.ckr == CKR_TOKEN_NOT_PRESENT && say_gone(w))
		w->status = (struct rpc_status){ .code = RPC_OK };
}
