/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keystored's handlers with whatever a host may send: messages of every method from raw bytes,
 * or with known token, ticket, objects and request id put where such fields are. A real
 * database in memory's file system; what an input has made is gone before the next.
 */
#include <event2/event.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "crypto/crypto.h"
#include "crypto/wrap.h"
#include "remote/proto/proto_convert.h"
#include "remote/rpc/frame.h"
#include "remote/server/handlers.h"
#include "remote/store/storage.h"
#include "tests/fuzz/message.h"
#include "tests/unit/rpc/pki.h"

#define CALLS 6u /* of one input */

static struct keystored ks;
static struct rpc_context context = { .peer_name = "host-1", .user = &ks };
static uint8_t token_id[16], ticket[64], object_id[16], blob[4096];
static size_t ticket_n, blob_n;
static const uint8_t wrapping_key[16] = "wraps and is not";
static struct buf wrapped_private; /* under it */
static bool made;                  /* objects, by this input */
static char user_pin[] = "123456", so_pin[] = "654321", label[] = "fuzz";

/* --- Calls --------------------------------------------------------------------------- */

static const struct rpc_method *
method_find(const char *name)
{
	const struct rpc_method *m = keystored_methods;

	for (; m->path != NULL; m++)
		if (strcmp(m->path + strlen("/keystore.v1.Keystore/"), name) == 0)
			return m;
	abort();
}

static ProtobufCMessage *
call(const struct rpc_method *m, const ProtobufCMessage *request,
	struct rpc_status *status)
{
	ProtobufCMessage *response = rpc_message_new(m->response);

	FUZZ_CHECK(response != NULL);
	*status = (struct rpc_status){ .code = RPC_OK };
	m->unary(&context, request, response, status);
	if (getenv("FUZZ_VERBOSE") != NULL)
		(void)fprintf(
			stderr, "%s: %d %s\n", m->path, status->code, status->message);
	return response;
}

static void
request_id(uint8_t to[16], uint8_t last)
{
	struct timespec now;
	uint64_t ms;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	for (int i = 0; i < 8; i++)
		to[i] = (uint8_t)(ms >> (56 - 8 * i));
	memset(to + 8, last, 8);
}

/* --- Once ---------------------------------------------------------------------------- */

static char dir[] = "/dev/shm/fuzz-keystored.XXXXXX";
static struct pki pki;

static void
remove_files(void)
{
	static const char *const names[] = { "db", "db-wal", "db-shm", "master.key",
		"ini" };
	char path[128];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		(void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(dir);
	pki_remove(&pki);
}

static void
configure(char path[128])
{
	FILE *f;

	(void)snprintf(path, 128, "%s/ini", dir);
	f = fopen(path, "we");
	FUZZ_CHECK(f != NULL);
	(void)fprintf(f,
		"[listen]\naddress = 127.0.0.1:0\n[tls]\ncertificate = %s\nkey = %s\nca "
		"= %s\n"
		"[storage]\nurl = sqlite:%s/db\n[masterkey]\nfile = "
		"%s/master.key\ncreate = yes\n"
		"[access]\nadministrators = admin\ncreate-tokens = host-1\n"
		"[pins]\nscrypt-log-n = 10\n",
		pki.server, pki.server_key, pki.ca, dir, dir);
	FUZZ_CHECK(fclose(f) == 0);
}

#define FIELD(b, size) ((ProtobufCBinaryData){ (size), (uint8_t *)(b) })

static void
token_make(void)
{
	Keystore__V1__InitTokenRequest rq = KEYSTORE__V1__INIT_TOKEN_REQUEST__INIT;
	Keystore__V1__InitTokenResponse *rs;
	struct rpc_status status;
	uint8_t id[16];

	request_id(id, 1);
	rq.request_id = FIELD(id, sizeof id);
	rq.label = label;
	rq.so_pin = FIELD(so_pin, sizeof so_pin - 1);
	rs = (void *)call(method_find("InitToken"), &rq.base, &status);
	FUZZ_CHECK(status.code == RPC_OK && rs->token->id.len == sizeof token_id);
	memcpy(token_id, rs->token->id.data, sizeof token_id);
	rpc_message_free(&rs->base);
}

static void
log_in(int role, char *pin, size_t pin_n)
{
	Keystore__V1__LoginRequest rq = KEYSTORE__V1__LOGIN_REQUEST__INIT;
	Keystore__V1__LoginResponse *rs;
	struct rpc_status status;
	uint8_t id[16];

	request_id(id, (uint8_t)(10 + role));
	rq.request_id = FIELD(id, sizeof id);
	rq.token_id = FIELD(token_id, sizeof token_id);
	rq.role = (Keystore__V1__Role)role;
	rq.pin = FIELD(pin, pin_n);
	rs = (void *)call(method_find("Login"), &rq.base, &status);
	FUZZ_CHECK(status.code == RPC_OK && rs->ticket.len <= sizeof ticket);
	ticket_n = rs->ticket.len;
	memcpy(ticket, rs->ticket.data, ticket_n);
	rpc_message_free(&rs->base);
}

#include "tests/fuzz/keystored_keys.h"

/* A token with both PINs and a user who is logged in; the one before is deleted. */
static void
token_again(void)
{
	Keystore__V1__DeleteTokenRequest gone = KEYSTORE__V1__DELETE_TOKEN_REQUEST__INIT;
	Keystore__V1__InitPinRequest init = KEYSTORE__V1__INIT_PIN_REQUEST__INIT;
	struct rpc_status status;
	uint8_t id[16];

	request_id(id, 2);
	gone.request_id = FIELD(id, sizeof id);
	gone.token_id = FIELD(token_id, sizeof token_id);
	gone.force = true;
	context.peer_name = "admin";
	rpc_message_free(call(method_find("DeleteToken"), &gone.base, &status));
	context.peer_name = "host-1";
	context.peer_fingerprint[0]++; /* a host may try so many PINs a second */
	token_make();
	log_in(KEYSTORE__V1__ROLE__ROLE_SO, so_pin, sizeof so_pin - 1);
	request_id(id, 3);
	init.request_id = FIELD(id, sizeof id);
	init.ticket = FIELD(ticket, ticket_n);
	init.pin = FIELD(user_pin, sizeof user_pin - 1);
	rpc_message_free(call(method_find("InitPin"), &init.base, &status));
	FUZZ_CHECK(status.code == RPC_OK);
	log_in(KEYSTORE__V1__ROLE__ROLE_USER, user_pin, sizeof user_pin - 1);
	ec_key_make();
	kem_key_make();
	rsa_key_make();
}

static void
wrapping_attributes(struct attrs *to)
{
	attrs_set_ulong(to, CKA_CLASS, CKO_SECRET_KEY);
	attrs_set_ulong(to, CKA_KEY_TYPE, CKK_AES);
	attrs_set_bool(to, CKA_WRAP, true);
	attrs_set_bool(to, CKA_UNWRAP, true);
}

/* RFC 8410, 10.3, by KWP: as a secret key, which this is to whoever wraps it. */
static void
wrap_private(void)
{
	static const uint8_t der[] = "\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70"
				     "\x04\x22\x04\x20\xd4\xee\x72\xdb\xf9\x13\x58\x4a"
				     "\xd5\xb6\xd8\xf1\xf7\x69\xf8\xad\x3a\xfe\x7c\x28"
				     "\xcb\xf1\xd4\xfb\xe0\x97\xa8\x8f\x44\x75\x58\x42";
	static const struct mech_params none;
	struct attrs by = ATTRS_INIT, key = ATTRS_INIT;
	struct key_input worker, in;

	wrapping_attributes(&by);
	attrs_set_ulong(&key, CKA_CLASS, CKO_SECRET_KEY);
	attrs_set_bool(&key, CKA_EXTRACTABLE, true);
	attrs_set_bool(&key, CKA_WRAP_WITH_TRUSTED, false);
	worker = (struct key_input){ attrs_bytes(&by), BYTES_OF(wrapping_key), false };
	in = (struct key_input){ attrs_bytes(&key), BYTES(der, sizeof der - 1), false };
	FUZZ_CHECK(key_wrap(mech_lookup(CKM_AES_KEY_WRAP_KWP), &none, &worker, &in,
			   &wrapped_private) == CKR_OK);
	attrs_free(&by);
	attrs_free(&key);
}

static void
start(void)
{
	char path[128], err[256] = "";
	struct conf_error conf_err = { "" };

	log_max_level = LOG_PANIC;
	FUZZ_CHECK(crypto_use_wiping_memory());
	FUZZ_CHECK(mkdtemp(dir) != NULL);
	pki_make(&pki);
	(void)atexit(remove_files);
	configure(path);
	FUZZ_CHECK(config_read(path, &ks.config, &conf_err) == 0);
	ks.base = event_base_new();
	FUZZ_CHECK(ks.base != NULL && keystored_open(&ks, err, sizeof err) == 0);
	memset(context.peer_fingerprint, 7, sizeof context.peer_fingerprint);
	context.deadline_ms = INT64_MAX;
	wrap_private();
}

/* --- Messages from the input ------------------------------------------------------------ */

static struct bytes
bytes_known(struct cursor *c, const char *name)
{
	static uint8_t id[16];
	const struct {
		const char *name;
		struct bytes value;
	} known[] = {
		{ "token_id", BYTES_OF(token_id) },
		{ "ticket", BYTES(ticket, ticket_n) },
		{ "object_id", BYTES_OF(object_id) },
		{ "blob", BYTES(blob, blob_n) },
		{ "value", BYTES_OF(wrapping_key) },
		{ "request_id", BYTES_OF(id) },
		{ "pin", BYTES(user_pin, sizeof user_pin - 1) },
		{ "old_pin", BYTES(user_pin, sizeof user_pin - 1) },
		{ "new_pin", BYTES(user_pin, sizeof user_pin - 1) },
		{ "so_pin", BYTES(so_pin, sizeof so_pin - 1) },
		{ "public_data", BYTES_OF(point) },
		{ "wrapped", BYTES_OF(wrapped) },
		{ "wrapped", buf_bytes(&wrapped_private) },
		{ "ciphertext", BYTES_OF(ciphertext) },
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		unsigned which;

		if (strcmp(known[i].name, name) != 0 || fuzz_u8(c) >= 240)
			continue;
		which = fuzz_u8(c);
		request_id(id, (uint8_t)(100 + which % 100));
		which = which >= 240 ? KEY_KEM : which % KEY_KEM;
		if (strcmp(name, "blob") == 0 && which != KEY_LEARNED)
			return BYTES(sealed_keys[which].b, sealed_keys[which].n);
		return known[i].value;
	}
	return fuzz_bytes(c, 512);
}

static void
attributes_begin(struct cursor *c, struct attrs *list)
{
	unsigned how = fuzz_u8(c);

	if (how < 192) { /* an object, for a start */
		attrs_set_ulong(list, CKA_CLASS, how % 4);
		attrs_set_bool(list, CKA_TOKEN, true);
	} else if (how < 208) { /* what wraps and unwraps */
		wrapping_attributes(list);
	} else if (how < 224) { /* what is in wrapped_private */
		attrs_set_ulong(list, CKA_CLASS, CKO_PRIVATE_KEY);
		attrs_set_ulong(list, CKA_KEY_TYPE, CKK_EC_EDWARDS);
		attrs_set_bool(list, CKA_EXTRACTABLE, true);
		attrs_set_bool(list, CKA_TOKEN, how % 2 != 0);
	}
}

static uint64_t
number_make(struct cursor *c, const char *name)
{
	if (strcmp(name, "type") == 0)
		return fuzz_mech(c)->type;
	if (strcmp(name, "mechanism") == 0) { /* of DeriveSecret, DecapsulateSecret */
		const unsigned which = fuzz_u8(c);

		return which >= 240 ? CKM_ML_KEM : CKM_ECDH1_DERIVE + which % 4;
	}
	if (strcmp(name, "hash") == 0 || strcmp(name, "mgf") == 0) {
		const struct digest_info *d = &digests[fuzz_u8(c) % DIGEST_COUNT];

		return name[0] == 'h' ? d->mechanism : d->mgf;
	}
	return fuzz_u8(c);
}

static const struct message_values values = { bytes_known, number_make,
	attributes_begin };

static ProtobufCMessage *
request_make(struct cursor *c, const struct rpc_method *m, bool raw)
{
	return raw ? rpc_message_unpack(m->request, fuzz_bytes(c, 4096))
		   : fuzz_message(c, m->request, &values);
}

/* --- What comes back ---------------------------------------------------------------------- */

static const void *
field_find(const ProtobufCMessage *m, const char *name)
{
	const ProtobufCFieldDescriptor *f =
		protobuf_c_message_descriptor_get_field_by_name(m->descriptor, name);

	return f != NULL ? (const uint8_t *)m + f->offset : NULL;
}

static void
learn(const ProtobufCMessage *response)
{
	const Keystore__V1__Object *const *object = field_find(response, "object");
	const ProtobufCBinaryData *sealed = field_find(response, "blob");

	if (object == NULL)
		object = field_find(response, "private_key");
	if (object != NULL && *object != NULL && (*object)->id.len == sizeof object_id) {
		memcpy(object_id, (*object)->id.data, sizeof object_id);
		made = true;
	}
	if (sealed != NULL && sealed->len != 0 && sealed->len <= sizeof blob) {
		memcpy(blob, sealed->data, sealed->len);
		blob_n = sealed->len;
	}
}

static int
empty_tx(struct storage_tx *tx, void *arg)
{
	struct id id;

	memcpy(&id, token_id, sizeof id);
	return object_delete_all(tx, &id);
}

static int
look_tx(struct storage_tx *tx, void *arg)
{
	struct token_row row;
	struct id id;

	memcpy(&id, token_id, sizeof id);
	*(bool *)arg = token_get(tx, &id, &row) == 0 && row.so.failures == 0 &&
		       row.user.failures == 0 && row.user.set;
	return 0;
}

/* Is the token as it was made, and the user still logged in? */
static bool
token_is_well(void)
{
	Keystore__V1__GetSecretRequest rq = KEYSTORE__V1__GET_SECRET_REQUEST__INIT;
	struct rpc_status status;
	bool well = false;

	rq.token_id = FIELD(token_id, sizeof token_id);
	rq.ticket = FIELD(ticket, ticket_n);
	rpc_message_free(call(method_find("GetSecret"), &rq.base, &status));
	return status.ckr != CKR_USER_NOT_LOGGED_IN &&
	       status.ckr != CKR_TOKEN_NOT_PRESENT &&
	       storage_read(ks.storage, look_tx, &well) == 0 && well;
}

static bool
takes_seconds(const struct rpc_method *m, const ProtobufCMessage *request)
{
	const Keystore__V1__Mechanism *const *mechanism =
		field_find(request, "mechanism");

	return m->response == &keystore__v1__generate_key_pair_response__descriptor &&
	       mechanism != NULL && *mechanism != NULL &&
	       (*mechanism)->type == CKM_RSA_PKCS_KEY_PAIR_GEN;
}

/* As inputs number them: what comes later comes last, so that those of before mean the same. */
static const struct rpc_method *methods[64];
static size_t n_methods;

static void
methods_order(void)
{
	static const char *const first[] = { "Hello", "ListTokens", "InitToken",
		"DeleteToken", "Login", "Logout", "InitPin", "SetPin", "CreateObject",
		"CopyObject", "SetAttributes", "DestroyObject", "GenerateKey",
		"GenerateKeyPair", "GetSecret", "Sign", "Decrypt", "UnwrapSecret",
		"DeriveSecret" };
	const struct rpc_method *m;
	bool known;

	for (size_t i = 0; i < ARRAY_LEN(first); i++)
		methods[n_methods++] = method_find(first[i]);
	for (m = keystored_methods; m->path != NULL; m++) {
		known = false;
		for (size_t i = 0; i < ARRAY_LEN(first); i++)
			known = known || methods[i] == m;
		if (known || m->unary == NULL)
			continue;
		FUZZ_CHECK(n_methods < ARRAY_LEN(methods));
		methods[n_methods++] = m;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(BYTES(data, size));

	if (ks.base == NULL) {
		start();
		methods_order();
		token_again();
	}
	for (unsigned i = 0; i < CALLS && cursor_left(&c) != 0; i++) {
		const struct rpc_method *m = methods[fuzz_u8(&c) % n_methods];
		ProtobufCMessage *request;
		struct rpc_status status;

		request = request_make(&c, m, fuzz_u8(&c) >= 224);
		if (request != NULL && !takes_seconds(m, request)) {
			ProtobufCMessage *response = call(m, request, &status);

			if (status.code == RPC_OK)
				learn(response);
			rpc_message_free(response);
		}
		rpc_message_free(request);
	}
	if (!token_is_well())
		token_again();
	if (made)
		FUZZ_CHECK(storage_write(ks.storage, empty_tx, NULL) == 0);
	made = false;
	blob_n = 0;
	return 0;
}
