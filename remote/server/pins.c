/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/server/pins.h"

#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "crypto/crypto.h"
#include "remote/proto/proto_convert.h"
#include "remote/server/pin_rate.h"

#define SCRYPT_R 8u
#define SCRYPT_P 1u

/* --- Hashing --------------------------------------------------------------- */

static void
cleanup_kdf(EVP_KDF **kdf)
{
	EVP_KDF_free(*kdf);
}

static void
cleanup_kdf_ctx(EVP_KDF_CTX **ctx)
{
	EVP_KDF_CTX_free(*ctx);
}

static int
scrypt(struct bytes pin, const struct pin_row *row, struct secret *ret)
{
	CLEANUP(cleanup_kdf)
	EVP_KDF *kdf = EVP_KDF_fetch(crypto_libctx(), "SCRYPT", NULL);
	CLEANUP(cleanup_kdf_ctx)
	EVP_KDF_CTX *ctx = NULL;
	uint64_t n = row->log_n < 32 ? 1ull << row->log_n : 0;
	uint32_t r = row->r, p = row->p;
	uint64_t memory = 128ull * r * (n + p + 2) + (1u << 20);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(
			OSSL_KDF_PARAM_PASSWORD, (void *)(uintptr_t)pin.p, pin.n),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT,
			(void *)(uintptr_t)row->salt, sizeof row->salt),
		OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
		OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
		OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
		OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
		OSSL_PARAM_construct_end(),
	};
	struct secret out;
	int rc;

	ctx = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;
	if (ctx == NULL)
		return -ENOMEM;
	rc = secret_new(PIN_VERIFIER, &out);
	if (rc < 0)
		return rc;
	if (EVP_KDF_derive(ctx, out.p, out.n, params) != 1) {
		secret_free(&out);
		return -ENOMEM;
	}
	*ret = out;
	return 0;
}

/* What a sealed verifier is bound to: another row's, or other costs, do not
 * unseal. */
struct binding {
	uint8_t b[4 + ID_BYTES + 1 + 16 + 12];
};

static struct binding
binding_of(const struct id *token, enum object_role role, const struct pin_row *row)
{
	struct binding x;
	uint8_t *p = x.b;

	memcpy(p, "pin:", 4);
	memcpy(p + 4, token->b, ID_BYTES);
	p[20] = role == ROLE_SO ? 'S' : 'U';
	memcpy(p + 21, row->salt, sizeof row->salt);
	store_le32(p + 37, row->log_n);
	store_le32(p + 41, row->r);
	store_le32(p + 45, row->p);
	return x;
}

static int
wrap(struct bytes key, const struct id *token, enum object_role role,
	const struct pin_row *row, struct bytes hash, struct pin *ret)
{
	CLEANUP(buf_free)
	struct buf sealed = BUF_INIT;
	struct binding bound = binding_of(token, role, row);
	int r = seal(key, BYTES_OF(bound.b), hash, &sealed);

	if (r < 0)
		return r;
	if (sealed.n != sizeof ret->verifier)
		return -EINVAL;
	memcpy(ret->verifier, sealed.p, sealed.n);
	ret->row = *row;
	ret->row.verifier = BYTES_OF(ret->verifier);
	return 0;
}

static int
make(struct keystored *ks, struct bytes key, const struct id *token,
	enum object_role role, struct bytes text, struct pin *ret)
{
	CLEANUP(secret_free)
	struct secret hash = SECRET_NONE;
	struct pin_row row = {
		.set = true,
		.log_n = (uint32_t)ks->config.scrypt_log_n,
		.r = SCRYPT_R,
		.p = SCRYPT_P,
	};
	int r;

	if (crypto_random(row.salt, sizeof row.salt) != CKR_OK)
		return -EIO;
	r = scrypt(text, &row, &hash);
	return r == 0 ? wrap(key, token, role, &row, secret_bytes(&hash), ret) : r;
}

int
pin_rewrap(const struct pin_row *row, struct bytes old_key, struct bytes new_key,
	const struct id *token, enum object_role role, struct pin *ret)
{
	CLEANUP(secret_free)
	struct secret hash = SECRET_NONE;
	struct binding bound = binding_of(token, role, row);
	int r = unseal(old_key, BYTES_OF(bound.b), row->verifier, &hash);

	return r == 0 ? wrap(new_key, token, role, row, secret_bytes(&hash), ret) : r;
}

static int
verify(struct bytes key, const struct id *token, enum object_role role,
	const struct pin_row *row, struct bytes text, bool *ret_right)
{
	CLEANUP(secret_free)
	struct secret hash = SECRET_NONE;
	CLEANUP(secret_free)
	struct secret expected = SECRET_NONE;
	struct binding bound = binding_of(token, role, row);
	int r = unseal(key, BYTES_OF(bound.b), row->verifier, &expected);

	if (r == 0)
		r = scrypt(text, row, &hash);
	if (r == 0)
		*ret_right =
			bytes_equal_secret(secret_bytes(&hash), secret_bytes(&expected));
	return r;
}

/* --- New PINs -------------------------------------------------------------- */

int
pin_check_new(struct call *c, ProtobufCBinaryData pin)
{
	const struct config *conf = &c->ks->config;
	size_t characters = 0;

	/* UTF-8: every byte but the following ones begins a character */
	for (size_t i = 0; i < pin.len; i++)
		characters += (pin.data[i] & 0xc0) != 0x80;
	if (characters < conf->pin_min || pin.len > conf->pin_max)
		return call_refuse(c, CKR_PIN_LEN_RANGE,
			"a PIN has at least %u characters and at most %u bytes here",
			(unsigned)conf->pin_min, (unsigned)conf->pin_max);
	return 0;
}

static int
gate_pass(struct call *c, const struct gate_subject *of, unsigned *ret_place)
{
	const uint8_t *host = c->rpc->peer_fingerprint;
	struct gate_subject s = *of;
	bool news;

	memcpy(s.host, host, sizeof s.host);
	if (!pin_rate_take(c->ks->pin_rate, host, &news)) {
		if (news)
			log_warning("host %s has too many PINs checked and is told to "
				    "wait",
				call_host(c));
		return call_busy(c, "too many PINs to check from this host; try again");
	}
	if (gate_enter(&c->ks->pins, &s, ret_place) == 0)
		return 0;
	pin_rate_give_back(c->ks->pin_rate, host);
	return call_busy(c, "too many PINs to check at once; try again");
}

int
pin_make(struct call *c, struct bytes key, const struct id *token, enum object_role role,
	ProtobufCBinaryData pin, struct pin *ret)
{
	const struct gate_subject nobody = { .role = 0 };
	unsigned place;
	int r = pin_check_new(c, pin);

	if (r == 0)
		r = gate_pass(c, &nobody, &place);
	if (r != 0)
		return r;
	r = make(c->ks, key, token, role, proto_bytes(pin), ret);
	gate_leave(&c->ks->pins, place);
	return r;
}

int
pin_make_here(struct call *c, struct bytes key, const struct id *token,
	enum object_role role, ProtobufCBinaryData pin, struct pin *ret)
{
	return make(c->ks, key, token, role, proto_bytes(pin), ret);
}

/* --- Tries ----------------------------------------------------------------- */

/* A request whose PIN has been counted but not looked at yet. */
#define VERDICT_PENDING UINT64_MAX

struct attempt {
	struct call *call;
	struct pin_try *try;
	unsigned place;
	struct token token; /* as it was when the try was counted */
	bool repeated;      /* and its verdict is known */
	bool right;
	uint64_t failures; /* before */
};

static struct pin_row *
pin_of(struct token_row *row, enum object_role role)
{
	return role == ROLE_SO ? &row->so : &row->user;
}

static int
refuse_unset(struct call *c, enum object_role role)
{
	if (role == ROLE_SO)
		return call_refuse(
			c, CKR_TOKEN_NOT_INITIALIZED, "the token is not initialised");
	return call_refuse(
		c, CKR_USER_PIN_NOT_INITIALIZED, "the SO has not set a user PIN yet");
}

static int
refuse_verdict(struct attempt *a, uint64_t ckr)
{
	struct keystored *ks = a->call->ks;

	if (ckr == CKR_PIN_LOCKED)
		return call_refuse(a->call, CKR_PIN_LOCKED,
			"the PIN is locked after %u wrong tries",
			(unsigned)ks->config.pin_tries);
	return call_refuse(a->call, (CK_RV)ckr, "wrong PIN");
}

/* Counts the try, before anybody looks at the PIN. */
static int
count_tx(struct storage_tx *tx, void *arg)
{
	struct attempt *a = arg;
	struct call *c = a->call;
	struct pin_try *t = a->try;
	uint64_t max = c->ks->config.pin_tries;
	struct pin_row *pin;
	bool seen;
	int r;

	token_free(&a->token);
	r = request_seen(c, tx, t->request, &seen);
	if (r == 0)
		r = token_load(tx, &t->token, &a->token);
	if (r == -ENOENT)
		return token_refuse_absent(c);
	if (r != 0)
		return r;
	a->repeated = seen && t->request->row.ckr != VERDICT_PENDING;
	if (a->repeated)
		return 0;
	pin = pin_of(&a->token.row, t->role);
	if (!pin->set)
		return refuse_unset(c, t->role);
	a->failures = pin->failures - (seen && pin->failures > 0);
	if (a->failures >= max)
		return refuse_verdict(a, CKR_PIN_LOCKED);
	if (seen)
		return 0;
	pin->failures++;
	gate_note(&c->ks->pins, a->place, true);
	t->request->row.ckr = VERDICT_PENDING;
	r = token_update(tx, &a->token.row);
	return r == 0 ? request_keep(tx, &t->token, t->request) : r;
}

/* A repeated login gets a new ticket, so its PIN must be the one it was: changed
 * since, it opens nothing any more. What was checked is remembered by its salt. */
static bool
pin_remembered(const struct request *rq, const struct pin_row *is)
{
	_Static_assert(sizeof is->salt == ID_BYTES, "a salt is kept as an id");

	return is->set && memcmp(rq->row.objects[0].b, is->salt, sizeof is->salt) == 0;
}

static void
pin_remember(struct request *rq, const struct pin_row *is)
{
	memcpy(rq->row.objects[0].b, is->salt, sizeof is->salt);
}

/* The PIN that was checked must still be the one that is set. */
static bool
same_pin(struct attempt *a, struct token *now)
{
	const struct pin_row *was = pin_of(&a->token.row, a->try->role);
	const struct pin_row *is = pin_of(&now->row, a->try->role);

	return is->set && now->row.epoch == a->token.row.epoch &&
	       memcmp(was->salt, is->salt, sizeof was->salt) == 0;
}

static int
verdict_in(struct storage_tx *tx, struct attempt *a, struct token *now)
{
	struct pin_try *t = a->try;
	struct pin_row *pin = pin_of(&now->row, t->role);
	int r = 0;

	if (!a->repeated && !same_pin(a, now))
		a->right = false;
	if (a->repeated && t->each_time && !pin_remembered(t->request, pin))
		a->right = false;
	if (!a->repeated)
		t->request->row.ckr = a->right ? CKR_OK : CKR_PIN_INCORRECT;
	if (a->right && !a->repeated) {
		pin_remember(t->request, pin);
		pin->failures = 0;
	}
	if (a->right && (!a->repeated || t->each_time))
		r = t->apply(tx, &now->row, t);
	if (r == 0 && a->right && !a->repeated)
		r = token_update(tx, &now->row);
	if (r == 0 && !a->repeated)
		r = request_keep(tx, &t->token, t->request);
	return r;
}

static int
verdict_tx(struct storage_tx *tx, void *arg)
{
	struct attempt *a = arg;
	struct token now = TOKEN_NONE;
	int r = token_load(tx, &a->try->token, &now);

	if (r == -ENOENT)
		return token_refuse_absent(a->call);
	if (r == 0)
		r = verdict_in(tx, a, &now);
	token_free(&now);
	return r;
}

static int
decide(struct attempt *a)
{
	CLEANUP(secret_free)
	struct secret key = SECRET_NONE;
	struct keystored *ks = a->call->ks;
	struct pin_try *t = a->try;
	int r = token_key(ks, &a->token.row, &key);

	t->name = token_name(&a->token.row);
	t->had_failures = a->failures != 0;
	if (r == 0 && a->repeated)
		a->right = t->request->row.ckr == CKR_OK;
	else if (r == 0)
		r = verify(secret_bytes(&key), &t->token, t->role,
			pin_of(&a->token.row, t->role), proto_bytes(t->pin), &a->right);
	t->key = secret_bytes(&key);
	if (r == 0 && a->right && !a->repeated && t->prepare != NULL)
		r = t->prepare(a->call, t);
	if (r != 0)
		return r;
	/* a wrong PIN stays wrong whether its verdict can be stored or not */
	r = storage_write(ks->storage, verdict_tx, a);
	t->key = BYTES_NONE;
	if (r == 0 || (r < 0 && !a->right))
		return a->right ? 0 : refuse_verdict(a, CKR_PIN_INCORRECT);
	return r;
}

int
pin_attempt(struct call *c, struct pin_try *t)
{
	const struct gate_subject subject = { .token = t->token,
		.role = (uint8_t)t->role };
	struct attempt a = { .call = c, .try = t, .token = TOKEN_NONE };
	int r = gate_pass(c, &subject, &a.place);

	if (r != 0)
		return r;
	t->counted = true;
	r = storage_write(c->ks->storage, count_tx, &a);
	if (a.token.row.number != 0)
		t->name = token_name(&a.token.row);
	if (r == 0)
		r = decide(&a);
	gate_leave(&c->ks->pins, a.place);
	token_free(&a.token);
	return r;
}
