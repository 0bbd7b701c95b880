/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole keyringd in this process, with one token of a keystore that nobody serves, and one
 * client that sends what the input says: mostly frames whose fields are filled by the
 * messages' tables, with slots, ids and numbers that exist, some of them raw bytes. Some
 * inputs say what the keystore answers and tells of itself, too (keystore_says.h).
 */
#include <event2/event.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "crypto/crypto.h"
#include "keyringd/index.h"
#include "keyringd/login.h"
#include "keyringd/slots_internal.h"
#include "keyringd/upstream.h"
#include "keyringd/watch.h"
#include "tests/fuzz/file.h"
#include "tests/fuzz/keystore_says.h"
#include "tests/unit/rpc/pki.h"

#define FRAMES 16u /* of one input */
#define IDS 8u
#define OBJECTS 3u /* of the token */
#define TURNS 64u  /* of the loop, at most, until a client is gone */

static struct daemon d;
static struct token *token;

/* What the daemon has told, for later frames to use. */
struct known {
	struct wire_id ids[IDS];
	unsigned n_ids;
	uint64_t op;
};

/* --- Once ------------------------------------------------------------------------- */

static char state_dir[] = "/tmp/fuzz-keyringd.XXXXXX";
static struct pki pki;

static void
remove_files(void)
{
	char path[64];

	(void)snprintf(path, sizeof path, "%s/slots", state_dir);
	(void)unlink(path);
	(void)rmdir(state_dir);
	pki_remove(&pki);
}

static struct token_entry *
entry_make(void)
{
	static char endpoint[] = "127.0.0.1:1";
	static char *endpoints[] = { endpoint, NULL };
	static struct token_entry entry;
	static char name[] = "0";

	entry = (struct token_entry){ .name = name,
		.endpoints = endpoints,
		.ca_file = pki.ca,
		.cert_file = pki.client,
		.key_file = pki.client_key,
		.remote_store = true };
	return &entry;
}

/* A token object as the keystore's watch would bring it. */
static void
object_put(unsigned number, const struct attrs *template)
{
	struct attrs public = ATTRS_INIT, secret = ATTRS_SECRET;
	const struct object_request request = { .role = ROLE_USER,
		.mechanism = CK_UNAVAILABLE_INFORMATION,
		.class = CK_UNAVAILABLE_INFORMATION,
		.key_type = CK_UNAVAILABLE_INFORMATION };
	const struct wire_id id = { { (uint8_t)number } };

	FUZZ_CHECK(object_build(&request, attrs_bytes(template), &public, &secret) ==
		   CKR_OK);
	FUZZ_CHECK(index_put(token->index, &id, number, attrs_bytes(&public)) == 0);
	attrs_free(&public);
	attrs_free(&secret);
}

static void
objects_make(void)
{
	static const uint8_t value[16],
		one[32] = { [31] = 1 },
		p256[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };
	struct attrs data = ATTRS_INIT, key = ATTRS_INIT, private = ATTRS_INIT;

	/* private ones would go with the last login */
	attrs_set_bool(&data, CKA_PRIVATE, false);
	attrs_set_bool(&key, CKA_PRIVATE, false);
	attrs_set_ulong(&data, CKA_CLASS, CKO_DATA);
	attrs_set_bool(&data, CKA_TOKEN, true);
	object_put(1, &data);
	attrs_set_ulong(&key, CKA_CLASS, CKO_SECRET_KEY);
	attrs_set_ulong(&key, CKA_KEY_TYPE, CKK_AES);
	attrs_set_bool(&key, CKA_TOKEN, true);
	attrs_set_bool(&key, CKA_ENCRYPT, true);
	attrs_set(&key, CKA_VALUE, BYTES_OF(value));
	object_put(2, &key);
	attrs_set_bool(&private, CKA_PRIVATE, false);
	attrs_set_ulong(&private, CKA_CLASS, CKO_PRIVATE_KEY);
	attrs_set_ulong(&private, CKA_KEY_TYPE, CKK_EC);
	attrs_set_bool(&private, CKA_TOKEN, true);
	attrs_set_bool(&private, CKA_SIGN, true);
	attrs_set_bool(&private, CKA_DERIVE, true);
	attrs_set_bool(&private, CKA_EXTRACTABLE, true);
	attrs_set(&private, CKA_EC_PARAMS, BYTES_OF(p256));
	attrs_set(&private, CKA_VALUE, BYTES_OF(one));
	object_put(OBJECTS, &private);
	attrs_free(&data);
	attrs_free(&key);
	attrs_free(&private);
}

static void
token_make(void)
{
	static uint8_t id[16] = { 7 };
	Keystore__V1__Token t = KEYSTORE__V1__TOKEN__INIT;
	Keystore__V1__Token *list[] = { &t };
	Keystore__V1__ListTokensResponse reply = KEYSTORE__V1__LIST_TOKENS_RESPONSE__INIT;
	static char label[] = "fuzz";

	t.id = (ProtobufCBinaryData){ sizeof id, id };
	t.label = label;
	t.initialized = t.user_pin_set = true;
	t.epoch = 1;
	reply.n_tokens = 1;
	reply.tokens = list;
	slots_update(d.slots, TAILQ_FIRST(&d.slots->upstreams), &reply);
	TAILQ_FOREACH (token, &d.slots->tokens, link)
		if (memcmp(token->id.b, id, sizeof id) == 0)
			break;
	FUZZ_CHECK(token != NULL);
}

static void
start(void)
{
	struct conf_error err = { "" };
	struct fuzz_file empty;

	log_max_level = LOG_PANIC;
	FUZZ_CHECK(crypto_use_wiping_memory());
	FUZZ_CHECK(mkdtemp(state_dir) != NULL);
	pki_make(&pki);
	(void)atexit(remove_files);
	fuzz_file_open(&empty, BYTES_NONE);
	FUZZ_CHECK(config_read(empty.path, &d.config, &err) == 0);
	free(d.config.state_dir);
	d.config.state_dir = strdup(state_dir);
	d.config.retry_rounds = 0;
	d.tokens = (struct tokens){ .entries = entry_make(), .n = 1 };
	FUZZ_CHECK(access_read(empty.path, true, &d.access, &err) == 0);
	FUZZ_CHECK(daemon_init(&d) == 0 && slots_new(&d, &d.slots, &err) == 0);
	fuzz_file_close(&empty);
	token_make();
	objects_make();
}

/* --- Frames ------------------------------------------------------------------------ */

static uint64_t
number_pick(struct cursor *c, const struct known *k)
{
	unsigned how = fuzz_u8(c);

	if (how < 128)
		return how % 2 != 0 ? k->op : token->number;
	if (how < 192)
		return fuzz_mech(c)->type;
	return how < 224 ? fuzz_u8(c) : fuzz_u64(c);
}

static void
id_pick(struct cursor *c, const struct known *k, struct wire_id *ret)
{
	unsigned how = fuzz_u8(c);

	memset(ret, 0, sizeof *ret);
	if (how < 128)
		*ret = k->ids[how % IDS];
	else if (how < 160)
		ret->b[0] = (uint8_t)(1 + how % OBJECTS); /* those of the token */
	else
		ret->b[15] = (uint8_t)how;
}

/* The bytes live in `room`, which grows by no more than was reserved. */
static struct bytes
blob_pick(struct cursor *c, const struct known *k, struct attrs *list, struct buf *params)
{
	unsigned how = fuzz_u8(c);

	if (how < 128) {
		attrs_free(list);
		if (how < 96) { /* a key of the session, for a start */
			static const uint8_t value[32] = { 1 };

			attrs_set_ulong(list, CKA_CLASS, CKO_SECRET_KEY);
			attrs_set_ulong(list, CKA_KEY_TYPE,
				how % 2 != 0 ? CKK_AES : CKK_GENERIC_SECRET);
			attrs_set(list, CKA_VALUE, BYTES(value, how % 4 < 2 ? 16 : 32));
			attrs_set_bool(list, how % 8 < 4 ? CKA_ENCRYPT : CKA_SIGN, true);
			attrs_set_bool(
				list, how % 8 < 4 ? CKA_DECRYPT : CKA_VERIFY, true);
		}
		fuzz_attrs(c, 4, list);
		return attrs_bytes(list);
	}
	if (how < 160) {
		buf_free(params);
		for (unsigned i = 0; i < how % 4; i++)
			buf_put(params, k->ids[i].b, sizeof k->ids[i].b);
		return buf_bytes(params);
	}
	return fuzz_bytes(c, 1024);
}

#define MOST_BLOBS 4u

static void
frame_fill(struct cursor *c, const struct known *k, uint16_t type, uint64_t id,
	struct buf *to)
{
	const struct wire_field *f = wire_messages[type].request;
	union wire_any m;
	struct attrs lists[MOST_BLOBS] = { ATTRS_INIT };
	struct buf others[MOST_BLOBS] = { BUF_INIT };
	unsigned blobs = 0;

	memset(&m, 0, sizeof m);
	for (; f->kind != 0; f++) {
		uint8_t *at = (uint8_t *)&m + f->offset;
		struct bytes b;
		uint64_t number;

		if (f->kind == WIRE_U8) {
			*at = (uint8_t)(fuzz_u8(c) % 8);
		} else if (f->kind == WIRE_U32) {
			number = fuzz_u8(c);
			memcpy(at, &number, sizeof(uint32_t));
		} else if (f->kind == WIRE_U64) {
			number = number_pick(c, k);
			memcpy(at, &number, sizeof number);
		} else if (f->kind == WIRE_ID) {
			id_pick(c, k, (struct wire_id *)(void *)at);
		} else {
			b = blob_pick(c, k, &lists[blobs % MOST_BLOBS],
				&others[blobs % MOST_BLOBS]);
			blobs++;
			b.n = b.n < f->max ? b.n : f->max;
			memcpy(at, &b, sizeof b);
		}
	}
	wire_frame(to, type, 0, id, 0, wire_messages[type].request, &m);
	for (unsigned i = 0; i < MOST_BLOBS; i++) {
		attrs_free(&lists[i]);
		buf_free(&others[i]);
	}
}

/* What fits together: a mechanism, what is done with it, and its parameter. */
static void
op_fill(struct cursor *c, const struct known *k, uint64_t id, struct buf *to)
{
	static const struct {
		CK_MECHANISM_TYPE mechanism;
		enum op_kind kind;
	} uses[] = { { CKM_AES_ECB, OP_ENCRYPT }, { CKM_AES_CBC, OP_DECRYPT },
		{ CKM_AES_CBC_PAD, OP_DECRYPT }, { CKM_AES_CTR, OP_ENCRYPT },
		{ CKM_AES_GCM, OP_ENCRYPT }, { CKM_AES_GCM, OP_DECRYPT },
		{ CKM_AES_CMAC, OP_SIGN }, { CKM_SHA256_HMAC, OP_SIGN },
		{ CKM_SHA256_HMAC, OP_VERIFY }, { CKM_ECDSA, OP_SIGN },
		{ CKM_RSA_PKCS, OP_DECRYPT }, { CKM_ML_DSA, OP_SIGN } };
	const unsigned how = fuzz_u8(c), which = fuzz_u8(c) % ARRAY_LEN(uses);
	const struct mech *mech = mech_lookup(uses[which].mechanism);
	const struct mech_params p = {
		.iv_len = mech->param == PARAM_GCM ? 12 : mech->iv_bytes,
		.tag_bits = 128,
		.counter_bits = 64
	};
	struct buf params = BUF_INIT;
	struct wire_op m = { .slot = token->number,
		.op = (how & WIRE_OP_FIRST) != 0 ? 0 : k->op,
		.flags = (uint8_t)(how % 4),
		.kind = (uint8_t)uses[which].kind,
		.mechanism = uses[which].mechanism };

	mech_params_encode(mech, &p, &params);
	m.params = buf_bytes(&params);
	id_pick(c, k, &m.key);
	m.data = fuzz_bytes(c, 512);
	if (uses[which].kind == OP_VERIFY)
		m.signature = fuzz_bytes(c, 64);
	wire_frame(to, WIRE_OP, 0, id, 0, wire_messages[WIRE_OP].request, &m);
	buf_free(&params);
}

/* --- Replies ------------------------------------------------------------------------- */

static void
learn_object(struct known *k, struct bytes object)
{
	if (object.n >= sizeof k->ids[0])
		memcpy(&k->ids[k->n_ids++ % IDS], object.p, sizeof k->ids[0]);
}

static void
learn(struct known *k, const struct wire_header *h, struct bytes payload)
{
	const struct wire_field *fields = wire_messages[h->type].reply;
	union {
		struct wire_object_reply object;
		struct wire_op_reply op;
		uint8_t room[256];
	} reply;

	if (h->rv != CKR_OK)
		return;
	FUZZ_CHECK(wire_decode(fields, payload, &reply));
	if (h->type == WIRE_CREATE || h->type == WIRE_COPY || h->type == WIRE_GENERATE)
		learn_object(k, reply.object.object);
	if (h->type == WIRE_OP && reply.op.op != 0)
		k->op = reply.op.op;
}

static void
replies_read(int fd, struct known *k)
{
	static uint8_t room[4u << 20];
	size_t n = 0, used = 0;
	ssize_t got;

	while (n < sizeof room &&
		(got = recv(fd, room + n, sizeof room - n, MSG_DONTWAIT)) > 0)
		n += (size_t)got;
	while (n - used >= WIRE_HEADER) {
		struct wire_header h;

		FUZZ_CHECK(wire_header_decode(room + used, WIRE_MAX_PAYLOAD, &h));
		FUZZ_CHECK((h.flags & WIRE_REPLY) != 0);
		if (n - used - WIRE_HEADER < h.length)
			break; /* the rest is not asked for */
		learn(k, &h, BYTES(room + used + WIRE_HEADER, h.length));
		used += WIRE_HEADER + h.length;
	}
}

/* --- One client ------------------------------------------------------------------------ */

static void
turn(void)
{
	for (unsigned i = 0; i < TURNS && (d.n_conns != 0 || d.n_clients != 0); i++)
		(void)event_base_loop(d.base, EVLOOP_NONBLOCK);
}

/* The keystore of itself: what was held until its objects came is answered. */
static void
hear_news(struct cursor *c, int fd, struct known *k)
{
	keystore_news(c);
	(void)event_base_loop(d.base, EVLOOP_NONBLOCK);
	replies_read(fd, k);
}

static void
send_frame(struct cursor *c, int fd, const struct buf *frame, struct known *k)
{
	(void)!send(fd, frame->p, frame->n, MSG_NOSIGNAL | MSG_DONTWAIT);
	(void)event_base_loop(d.base, EVLOOP_NONBLOCK);
	keystore_answer(c);
	(void)event_base_loop(d.base, EVLOOP_NONBLOCK);
	replies_read(fd, k);
}

static void
hello(struct cursor *c, int fd, struct known *k)
{
	struct wire_hello m = { .min_version = 1, .max_version = 1 };
	struct buf frame = BUF_INIT;

	wire_frame(&frame, WIRE_HELLO, 0, 1, 0, wire_messages[WIRE_HELLO].request, &m);
	send_frame(c, fd, &frame, k);
	buf_free(&frame);
}

/* As if the keystore had taken the PIN. */
static void
log_in(void)
{
	struct client *cl = LIST_FIRST(&d.clients);
	struct login *l = cl != NULL ? login_get(cl, token->number) : NULL;

	if (l == NULL || l->role != ROLE_NONE)
		return;
	l->role = ROLE_USER;
	LIST_INSERT_HEAD(&token->tickets, l, ticketed);
}

static void
log_out(void)
{
	struct login *l;

	while ((l = LIST_FIRST(&token->tickets)) != NULL) {
		LIST_REMOVE(l, ticketed);
		l->role = ROLE_NONE;
	}
}

/* As it was: a keystore that answers changes what there is. */
static void
token_again(void)
{
	watch_stop(token->watch);
	index_clear(token->index);
	token_make();
	objects_make();
}

static void
talk(struct cursor *c, int fd)
{
	struct known k = { .n_ids = 0 };
	unsigned how = fuzz_u8(c);

	if (how != 255)
		hello(c, fd, &k);
	if (how % 4 != 0)
		log_in();
	if (how >= 240) {
		token_again(); /* the watch begins at the first request */
		keystore_begin();
	}
	for (unsigned i = 0; i < FRAMES && cursor_left(c) != 0; i++) {
		struct buf frame = BUF_INIT;
		unsigned type = fuzz_u8(c);

		if (type == 244 || type == 245) {
			hear_news(c, fd, &k);
			continue;
		}
		if (type >= 250)
			buf_put_bytes(&frame, fuzz_bytes(c, 4096));
		else if (type >= 246)
			op_fill(c, &k, i + 2, &frame);
		else
			frame_fill(c, &k, (uint16_t)(1 + type % (WIRE_TYPES - 1)), i + 2,
				&frame);
		if (buf_ok(&frame))
			send_frame(c, fd, &frame, &k);
		buf_free(&frame);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(BYTES(data, size));
	int fds[2];

	if (d.base == NULL)
		start();
	FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
			   fds) == 0);
	conn_accept(&d, fds[0]);
	talk(&c, fds[1]);
	log_out();
	(void)close(fds[1]);
	turn();
	if (keystore_end()) {
		turn();
		token_again();
	}
	/* nothing of the client is left */
	FUZZ_CHECK(d.n_conns == 0 && d.n_clients == 0);
	FUZZ_CHECK(LIST_EMPTY(&token->tickets) && index_count(token->index) == OBJECTS);
	return 0;
}
