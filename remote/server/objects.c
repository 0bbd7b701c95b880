/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/server/objects.h"

#include <errno.h>

#include "common/cleanup.h"
#include "crypto/crypto.h"
#include "remote/proto/proto_convert.h"

void
object_free(struct object *o)
{
	attrs_free(&o->pub);
	attrs_free(&o->sec);
}

bool
object_is_private(const struct object *o)
{
	return attrs_bool(attrs_bytes(&o->pub), CKA_PRIVATE, true);
}

CK_OBJECT_CLASS
object_class(const struct object *o)
{
	return (CK_OBJECT_CLASS)attrs_ulong(
		attrs_bytes(&o->pub), CKA_CLASS, CK_UNAVAILABLE_INFORMATION);
}

int
object_check_size(struct call *c, const struct object *o)
{
	return attrs_valid(attrs_bytes(&o->pub)) && attrs_valid(attrs_bytes(&o->sec))
		       ? 0
		       : call_refuse(c, CKR_HOST_MEMORY, "the object is too large");
}

int
object_to_proto(const struct id *id, uint64_t revision, struct bytes pub,
	Keystore__V1__Object **ret)
{
	Keystore__V1__Object *o = proto_alloc(sizeof *o);
	int r = 0;

	if (o == NULL)
		return -ENOMEM;
	keystore__v1__object__init(o);
	o->revision = revision;
	if (id != NULL)
		r = proto_put_bytes(&o->id, BYTES_OF(id->b));
	if (r == 0)
		r = proto_from_attrs(pub, &o->n_attributes, &o->attributes);
	if (r < 0) {
		keystore__v1__object__free_unpacked(o, &rpc_allocator);
		return r;
	}
	*ret = o;
	return 0;
}

/* --- Sealing --------------------------------------------------------------- */

struct binding {
	uint8_t b[7 + 2 * ID_BYTES + 32];
};

static int
binding_of(const struct id *token, const struct id *object, struct bytes pub,
	struct binding *ret)
{
	memcpy(ret->b, "object:", 7);
	memcpy(ret->b + 7, token->b, ID_BYTES);
	memcpy(ret->b + 7 + ID_BYTES, object->b, ID_BYTES);
	return crypto_hash(DIGEST_SHA256, pub, ret->b + 7 + 2 * ID_BYTES) == CKR_OK
		       ? 0
		       : -ENOMEM;
}

bool
object_hides_value(struct bytes attributes)
{
	return attrs_ulong(attributes, CKA_CLASS, CK_UNAVAILABLE_INFORMATION) ==
		       CKO_DATA &&
	       attrs_bool(attributes, CKA_PRIVATE, true);
}

/* What the database may tell of an object, and what it may not. */
static int
hide_value(const struct object *o, struct attrs *ret_pub, struct attrs *ret_sec)
{
	struct bytes value;

	if (!attrs_find(attrs_bytes(&o->pub), CKA_VALUE, &value))
		return -EINVAL;
	attrs_set(ret_sec, CKA_VALUE, value);
	buf_put_bytes(&ret_pub->b, attrs_bytes(&o->pub));
	attrs_unset(ret_pub, CKA_VALUE);
	return attrs_ok(ret_pub) && attrs_ok(ret_sec) ? 0 : -ENOMEM;
}

static int
reveal_value(struct object *o)
{
	struct bytes value;

	if (!attrs_find(attrs_bytes(&o->sec), CKA_VALUE, &value))
		return -EBADMSG;
	attrs_set(&o->pub, CKA_VALUE, value);
	attrs_unset(&o->sec, CKA_VALUE);
	return attrs_ok(&o->pub) ? 0 : -ENOMEM;
}

static int
seal_parts(struct bytes key, const struct id *token, const struct id *object,
	struct bytes pub, struct bytes sec, struct buf *to)
{
	struct binding bound;
	int r;

	if (sec.n == 0)
		return 0;
	r = binding_of(token, object, pub, &bound);
	return r == 0 ? seal(key, BYTES_OF(bound.b), sec, to) : r;
}

/* Where the row's public part is not the object's, it is in room behind what is sealed. */
/* Where it is to be found, and what belongs to it there (enum pair_part). */
static void
row_place(const struct object *o, struct object_row *row)
{
	static const enum pair_part parts[] = {
		[CKO_CERTIFICATE] = PART_CERTIFICATE,
		[CKO_PUBLIC_KEY] = PART_PUBLIC_KEY,
		[CKO_PRIVATE_KEY] = PART_PRIVATE_KEY,
	};
	const CK_OBJECT_CLASS class = object_class(o);

	row->part = class < ARRAY_LEN(parts) ? parts[class] : PART_NONE;
	if (row->part == PART_NONE)
		return;
	(void)!attrs_find(attrs_bytes(&o->pub), CKA_ID, &row->name);
	if (pair_name(attrs_bytes(&o->pub), row->pair))
		return;
	/* it is its own */
	memset(row->pair, 0, sizeof row->pair);
	memcpy(row->pair, o->id.b, sizeof o->id.b);
	if (row->part == PART_PRIVATE_KEY)
		row->part = PART_UNKNOWN;
}

int
object_seal(struct bytes key, const struct id *token, const struct object *o,
	struct buf *room, struct object_row *ret)
{
	struct attrs pub = ATTRS_SECRET, sec = ATTRS_SECRET;
	struct bytes attributes = attrs_bytes(&o->pub);
	const bool hides = object_hides_value(attributes);
	size_t n = 0;
	int r;

	buf_reset(room);
	if (hides) {
		r = hide_value(o, &pub, &sec);
		if (r == 0)
			r = seal_parts(key, token, &o->id, attrs_bytes(&pub),
				attrs_bytes(&sec), room);
		n = room->n;
		buf_put_bytes(room, attrs_bytes(&pub));
		if (r == 0 && !buf_ok(room))
			r = -ENOMEM;
		attributes = BYTES(room->p + n, room->n - n);
	} else {
		r = seal_parts(
			key, token, &o->id, attributes, attrs_bytes(&o->sec), room);
		n = room->n;
	}
	attrs_free(&pub);
	attrs_free(&sec);
	if (r != 0)
		return r;
	*ret = (struct object_row){
		.id = o->id,
		.revision = o->revision,
		.private = object_is_private(o),
		.attributes = attributes,
		.sealed = BYTES(room->p, n),
	};
	row_place(o, ret);
	return 0;
}

/* The public part of a row. What was stored was valid: else the database is not
 * as we left it. */
static int
object_of_row(const struct object_row *row, struct object *ret)
{
	struct object o = OBJECT_NONE;

	if (!attrs_valid(row->attributes))
		return -EBADMSG;
	if (attrs_copy(&o.pub, row->attributes) < 0)
		return -ENOMEM;
	o.id = row->id;
	o.revision = row->revision;
	object_free(ret);
	*ret = o;
	return 0;
}

static int
unseal_part(struct bytes key, const struct id *token, const struct object_row *row,
	struct attrs *ret)
{
	CLEANUP(secret_free)
	struct secret plain = SECRET_NONE;
	struct binding bound;
	int r = binding_of(token, &row->id, row->attributes, &bound);

	if (r == 0)
		r = unseal(key, BYTES_OF(bound.b), row->sealed, &plain);
	if (r < 0)
		return r;
	if (!attrs_valid(secret_bytes(&plain)))
		return -EBADMSG;
	buf_put_bytes(&ret->b, secret_bytes(&plain));
	return attrs_ok(ret) ? 0 : -ENOMEM;
}

int
object_unseal(struct bytes key, const struct id *token, const struct object_row *row,
	struct object *ret)
{
	struct object o = OBJECT_NONE;
	int r = object_of_row(row, &o);

	if (r == 0 && row->sealed.n != 0)
		r = unseal_part(key, token, row, &o.sec);
	if (r == 0 && object_hides_value(row->attributes))
		r = reveal_value(&o);
	if (r < 0) {
		object_free(&o);
		return r;
	}
	object_free(ret);
	*ret = o;
	return 0;
}

/* --- Reading --------------------------------------------------------------- */

int
object_refuse_absent(struct call *c)
{
	return call_refuse(c, CKR_OBJECT_HANDLE_INVALID, "no such object");
}

struct reading {
	struct call *call;
	const struct auth *auth;
	struct id id;
	bool with_secret;
	struct object *ret;
};

static int
key_in(struct storage_tx *tx, struct call *c, const struct auth *a, struct secret *ret)
{
	struct token_row row;
	int r = token_get(tx, &a->token, &row);

	if (r == -ENOENT)
		return token_refuse_absent(c);
	if (r == 0 && row.epoch != a->epoch)
		return auth_refuse_ticket(c);
	return r == 0 ? token_key(c->ks, &row, ret) : r;
}

/* The row of an object that the caller may see, as the object; with what is sealed of it
 * where that is wanted, or belongs to what is listed. */
static int
load(struct storage_tx *tx, struct call *c, const struct auth *a, const struct id *id,
	bool with_secret, struct object *ret)
{
	CLEANUP(secret_free)
	struct secret key = SECRET_NONE;
	struct object_row row;
	int r = object_get(tx, &a->token, id, &row);

	if (r == 0 && !attrs_valid(row.attributes))
		return -EBADMSG;
	if (r == -ENOENT || (r == 0 && !object_is_visible(row.attributes, a->role)))
		return object_refuse_absent(c);
	if (r != 0)
		return r;
	if (!with_secret && !object_hides_value(row.attributes))
		return object_of_row(&row, ret);
	/* it borrows from the transaction's last call */
	r = key_in(tx, c, a, &key);
	if (r == 0)
		r = object_get(tx, &a->token, id, &row);
	return r == 0 ? object_unseal(secret_bytes(&key), &a->token, &row, ret) : r;
}

static int
read_tx(struct storage_tx *tx, void *arg)
{
	struct reading *x = arg;

	return load(tx, x->call, x->auth, &x->id, x->with_secret, x->ret);
}

int
object_read(struct call *c, const struct auth *a, ProtobufCBinaryData id,
	bool with_secret, struct object *ret)
{
	struct reading x = { c, a, { { 0 } }, with_secret, ret };

	if (id.len != ID_BYTES)
		return object_refuse_absent(c);
	memcpy(x.id.b, id.data, ID_BYTES);
	return storage_read(c->ks->storage, read_tx, &x);
}

struct key_reading {
	struct call *call;
	const struct auth *auth;
	struct secret *ret;
};

static int
key_tx(struct storage_tx *tx, void *arg)
{
	struct key_reading *x = arg;

	return key_in(tx, x->call, x->auth, x->ret);
}

int
object_token_key(struct call *c, const struct auth *a, struct secret *ret)
{
	struct key_reading x = { c, a, ret };

	return storage_read(c->ks->storage, key_tx, &x);
}

/* --- Making ---------------------------------------------------------------- */

/* What the first request of this id made: as it is now. */
static int
recall(struct storage_tx *tx, struct making *m)
{
	unsigned at = 0;
	int r = 0;

	for (unsigned i = 0; r == 0 && i < ARRAY_LEN(m->objects); i++)
		if (m->objects[i] != NULL)
			r = load(tx, m->call, m->auth, &m->request->row.objects[at++],
				false, m->objects[i]);
	return r;
}

static int
epoch_check(struct storage_tx *tx, struct making *m)
{
	struct token_row row;
	int r = token_get(tx, &m->auth->token, &row);

	if (r == -ENOENT)
		return token_refuse_absent(m->call);
	if (r == 0 && row.epoch != m->auth->epoch)
		return auth_refuse_ticket(m->call);
	return r;
}

static int
making_begin(struct storage_tx *tx, struct making *m)
{
	int r = request_wanted(m->call);

	return r == 0 ? epoch_check(tx, m) : r;
}

static int
put_all(struct storage_tx *tx, struct making *m)
{
	unsigned at = 0;
	int r = 0;

	for (unsigned i = 0; r == 0 && i < ARRAY_LEN(m->objects); i++) {
		struct object *o = m->objects[i];

		if (o == NULL)
			continue;
		r = token_next_revision(tx, &m->auth->token, &o->revision);
		m->rows[i].revision = o->revision;
		if (r == 0)
			r = object_put(tx, &m->auth->token, &m->rows[i]);
		m->request->row.objects[at++] = o->id;
		m->request->row.revision = o->revision;
	}
	return r == 0 ? request_keep(tx, &m->auth->token, m->request) : r;
}

static int
make_tx(struct storage_tx *tx, void *arg)
{
	struct making *m = arg;
	int r = making_begin(tx, m);

	if (r == 0)
		r = request_seen(m->call, tx, m->request, &m->repeated);
	if (r != 0)
		return r;
	if (m->repeated)
		return recall(tx, m);
	return put_all(tx, m);
}

static int
made_tx(struct storage_tx *tx, void *arg)
{
	struct making *m = arg;
	int r = request_seen(m->call, tx, m->request, &m->repeated);

	return r == 0 && m->repeated && !m->replace ? recall(tx, m) : r;
}

static int
replace_tx(struct storage_tx *tx, void *arg)
{
	struct making *m = arg;
	int r = making_begin(tx, m);

	return r == 0 ? put_all(tx, m) : r;
}

int
objects_made(struct call *c, struct making *m)
{
	m->call = c;
	return storage_read(c->ks->storage, made_tx, m);
}

static int
seal_all(struct call *c, struct making *m, struct bytes key)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < ARRAY_LEN(m->objects); i++)
		if (m->objects[i] != NULL)
			r = object_seal(key, &m->auth->token, m->objects[i],
				&m->sealed[i], &m->rows[i]);
	return r;
}

/* Its id is also its CKA_UNIQUE_ID, for which there may be no room. */
static int
name_set(struct call *c, struct object *o)
{
	char text[UUID_TEXT];

	id_text(&o->id, text);
	attrs_set(&o->pub, CKA_UNIQUE_ID, BYTES_STR(text));
	return attrs_ok(&o->pub) ? object_check_size(c, o) : -ENOMEM;
}

/* Objects of a request to be replaced keep the ids they had. */
static int
name_all(struct making *m)
{
	unsigned at = 0;
	int r = 0;

	for (unsigned i = 0; r == 0 && i < ARRAY_LEN(m->objects); i++) {
		struct object *o = m->objects[i];

		if (o == NULL)
			continue;
		if (m->repeated)
			o->id = m->request->row.objects[at++];
		else
			r = id_new(&o->id);
		if (r == 0)
			r = name_set(m->call, o);
	}
	return r;
}

int
objects_make(struct call *c, struct making *m)
{
	CLEANUP(secret_free)
	struct secret key = SECRET_NONE;
	int r = object_token_key(c, m->auth, &key);

	m->call = c;
	m->sealed[0] = m->sealed[1] = BUF_INIT;
	if (r == 0)
		r = name_all(m);
	if (r == 0)
		r = seal_all(c, m, secret_bytes(&key));
	if (r == 0)
		r = storage_write(c->ks->storage,
			m->repeated && m->replace ? replace_tx : make_tx, m);
	buf_free(&m->sealed[0]);
	buf_free(&m->sealed[1]);
	return r;
}
