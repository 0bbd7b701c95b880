/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same calls with the same key in every way, thousands of random cases: the answers,
 * their lengths and their bytes have to be the same, and what OpenSSL computes. In the
 * environment: TEST_SEED repeats a run, TEST_CASE one case of it, TEST_CASES is how many.
 */
#include "tests/vm/programs/differential.h"

#define MAX_DATA (5u << 20)
#define SOME_KEYS 24u

static uint64_t seed, rng;
static struct key keys[SOME_KEYS];
static unsigned keys_n;
static CK_SESSION_HANDLE sessions[WAYS];
static CK_BYTE *data, *input, *expected;
static struct transcript transcripts[WAYS];

/* ---- chance */

/* splitmix64 */
static uint64_t
chance(void)
{
	uint64_t z = rng += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/* 0 to n - 1 */
static CK_ULONG
below(CK_ULONG n)
{
	return chance() % n;
}

static bool
one_in(unsigned n)
{
	return below(n) == 0;
}

static CK_ULONG
one_of(const CK_ULONG *list, size_t n)
{
	return list[below(n)];
}

/* ---- keys */

static void
key_add(CK_KEY_TYPE type, CK_ULONG n)
{
	struct key *k = &keys[keys_n++];

	*k = (struct key){ .type = type, .n = n };
	for (CK_ULONG i = 0; i < n; i++)
		k->value[i] = (CK_BYTE)chance();
	for (enum way w = 0; w < WAYS; w++)
		k->handles[w] = key_import(sessions[0], w, type, k->value, n);
}

static bool
type_is_used(CK_KEY_TYPE type)
{
	bool used = false;

	for (size_t i = 0; i < mechs_count; i++)
		used |= mechs[i].key_type == type && mech_is_ours(&mechs[i]);
	return used;
}

static void
keys_add(void)
{
	static const CK_ULONG aes[] = { 16, 24, 32, 32 }, hmac[] = { 1, 20, 32, 64, 200 };

	for (size_t i = 0; i < COUNT(aes); i++)
		key_add(CKK_AES, aes[i]);
	for (size_t i = 0; i < COUNT(hmac); i++)
		key_add(CKK_GENERIC_SECRET, hmac[i]);
	if (type_is_used(CKK_AES_XTS)) {
		key_add(CKK_AES_XTS, 32);
		key_add(CKK_AES_XTS, 64);
	}
	if (type_is_used(CKK_DES3))
		key_add(CKK_DES3, 24);
	if (type_is_used(CKK_CHACHA20))
		key_add(CKK_CHACHA20, 32);
}

static const struct key *
key_for(const struct mech *m)
{
	unsigned fitting[SOME_KEYS], n = 0;

	for (unsigned i = 0; i < keys_n; i++) {
		if (keys[i].type == m->key_type)
			fitting[n++] = i;
	}
	return n != 0 ? &keys[fitting[below(n)]] : NULL;
}

/* ---- a case */

static void
param_random(struct param *p, const struct mech *m, CK_ULONG n)
{
	static const CK_ULONG gcm_tags[] = { 128, 128, 128, 120, 112, 104, 96, 64, 32 },
			      ccm_tags[] = { 4, 6, 8, 10, 12, 14, 16, 16 },
			      counters[] = { 128, 128, 64, 32, 16, 8 };

	param_plain(p, m, n);
	for (size_t i = 0; i < sizeof p->nonce; i++) {
		p->nonce[i] = (CK_BYTE)chance();
		p->aad[i] = (CK_BYTE)chance();
	}
	switch (m->param) {
	case PARAM_GCM:
		p->u.gcm.ulIvLen = one_in(3) ? 1 + below(64) : 12;
		p->u.gcm.ulIvBits = p->u.gcm.ulIvLen * 8;
		p->u.gcm.ulAADLen = one_in(3) ? 0 : below(sizeof p->aad);
		p->u.gcm.ulTagBits = one_of(gcm_tags, COUNT(gcm_tags));
		break;
	case PARAM_CCM:
		p->u.ccm.ulNonceLen = 7 + below(7);
		p->u.ccm.ulAADLen = one_in(3) ? 0 : below(sizeof p->aad);
		p->u.ccm.ulMACLen = one_of(ccm_tags, COUNT(ccm_tags));
		p->u.ccm.ulDataLen = one_in(20) ? n + 1 : n;
		break;
	case PARAM_CTR:
		p->u.ctr.ulCounterBits = one_of(counters, COUNT(counters));
		memcpy(p->u.ctr.cb, p->nonce, sizeof p->u.ctr.cb);
		if (one_in(4)) /* close to its end */
			memset(p->u.ctr.cb + 8, 0xff, 7);
		break;
	case PARAM_CHACHA20:
		if (one_in(3)) {
			p->u.chacha20.blockCounterBits = 64;
			p->u.chacha20.ulNonceBits = one_in(2) ? 64 : 192;
		}
		if (one_in(4)) /* close to its end */
			memset(p->nonce + 1, 0xff, 7);
		break;
	case PARAM_CHACHA20_POLY1305:
		p->u.poly1305.ulNonceLen = one_in(3) ? 192 : 96;
		p->u.poly1305.ulAADLen = one_in(3) ? 0 : below(sizeof p->aad);
		break;
	case PARAM_IV:
	case PARAM_GMAC:
		memcpy(p->u.iv, p->nonce, m->iv_bytes);
		break;
	case PARAM_LENGTH:
		p->u.length = below(digests[m->digest].size + 3);
		break;
	default:
		break;
	}
}

/* Keys are wrapped, not messages: each eight bytes cost six calls of the cipher. */
static CK_ULONG
random_size(const struct mech *m)
{
	CK_ULONG n = mech_wraps(m) ? below(600)
		     : one_in(150) ? below(one_in(4) ? MAX_DATA : 300000)
		     : one_in(3)   ? below(5001)
				   : below(200);
	CK_ULONG block = m->cipher != CIPHER_NONE ? ciphers[m->cipher].block : 1;

	return one_in(8) ? n : n / block * block;
}

static void
random_parts(struct plan *plan)
{
	CK_ULONG left = plan->n;

	plan->parts_n = one_in(2) ? 0 : 1 + (unsigned)below(MAX_PARTS);
	for (unsigned i = 0; i < plan->parts_n; i++) {
		plan->parts[i] = i + 1 == plan->parts_n ? left : below(left + 1);
		if (one_in(3))
			plan->parts[i] = plan->parts[i] / 16 * 16;
		left -= plan->parts[i];
	}
	if (plan->parts_n != 0)
		plan->parts[plan->parts_n - 1] += left;
}

static enum op_kind
random_kind(const struct mech *m)
{
	if ((m->flags & CKF_DIGEST) != 0)
		return OP_DIGEST;
	if ((m->flags & CKF_ENCRYPT) != 0)
		return one_in(2) ? OP_ENCRYPT : OP_DECRYPT;
	return one_in(2) ? OP_SIGN : OP_VERIFY;
}

/* What decryption and verification begin with: right, or wrong in some way. */
static void
turn_round(struct plan *plan, CK_ULONG plain_n, bool known, CK_ULONG known_n)
{
	if (plan->kind == OP_DECRYPT) {
		if (known) {
			plan->n = known_n;
			memcpy(input, expected, known_n);
		} else {
			memcpy(input, data, plain_n);
		}
		plan->in = input;
		if (plan->n != 0 && one_in(5))
			input[below(plan->n)] ^= (CK_BYTE)(1 + below(255));
		if (plan->n != 0 && one_in(12))
			plan->n -= 1 + below(plan->n < 20 ? plan->n : 20);
	} else {
		plan->signature_n = known ? known_n : below(sizeof plan->signature);
		if (known)
			memcpy(plan->signature, expected, known_n);
		if (plan->signature_n != 0 && one_in(5))
			plan->signature[below(plan->signature_n)] ^= 1;
		if (plan->signature_n != 0 && one_in(12))
			plan->signature_n -= one_in(2) ? 1 : plan->signature_n;
	}
}

/* expected: what has to come out of it, where it is known. */
static void
plan_make(struct plan *plan, const struct mech *m, bool *ret_known, CK_ULONG *ret_n)
{
	CK_ULONG n = random_size(m), at = below(64);

	*plan = (struct plan){ .m = m,
		.kind = random_kind(m),
		.in = data + at,
		.n = n,
		.key = m->algorithm == ALG_DIGEST ? NULL : key_for(m),
		.in_place = one_in(4),
		.asks = one_in(5),
		.too_short = one_in(8) };
	param_random(&plan->p, m, n);
	*ret_known = reference(plan, plan->in, n, expected, ret_n);
	if (plan->kind == OP_DECRYPT || plan->kind == OP_VERIFY)
		turn_round(plan, n, *ret_known, *ret_n);
	plan->room = one_in(2) ? below(plan->n + 20) : below(16);
	random_parts(plan);
}

/* ---- the verdict */

static void
show(const struct plan *plan, enum way way)
{
	const struct transcript *t = &transcripts[way];

	(void)printf("    %s: ", way_names[way]);
	for (unsigned i = 0; i < t->steps_n; i++)
		(void)printf("%s %s %lu; ", t->steps[i].call, ckr_name(t->steps[i].rv),
			t->steps[i].n);
	(void)printf("bytes %lu:", t->out_n);
	for (CK_ULONG i = 0; i < t->out_n && i < 48; i++)
		(void)printf("%s%02x", i % 16 == 0 ? " " : "", t->out[i]);
	(void)printf("\n");
	(void)plan;
}

static void
show_plan(const struct plan *plan, unsigned long number)
{
	static const char *const kinds[] = { "encrypt", "decrypt", "sign", "verify",
		"digest" };

	(void)printf("    TEST_SEED=%llu TEST_CASE=%lu: %s %s, key %lu, data %lu, parts",
		(unsigned long long)seed, number, plan->m->ckm, kinds[plan->kind],
		plan->key != NULL ? plan->key->n : 0, plan->n);
	for (unsigned i = 0; i < plan->parts_n; i++)
		(void)printf(" %lu", plan->parts[i]);
	(void)printf("%s%s%s", plan->in_place ? ", in place" : "",
		plan->asks ? ", asks" : "", plan->too_short ? ", too short" : "");
	if (plan->m->param == PARAM_GCM)
		(void)printf(", iv %lu aad %lu tag %lu", plan->p.u.gcm.ulIvLen,
			plan->p.u.gcm.ulAADLen, plan->p.u.gcm.ulTagBits);
	if (plan->m->param == PARAM_CTR)
		(void)printf(", counter bits %lu", plan->p.u.ctr.ulCounterBits);
	if (plan->m->param == PARAM_CCM)
		(void)printf(", nonce %lu aad %lu mac %lu length %lu",
			plan->p.u.ccm.ulNonceLen, plan->p.u.ccm.ulAADLen,
			plan->p.u.ccm.ulMACLen, plan->p.u.ccm.ulDataLen);
	(void)printf("\n");
}

static bool
same(const struct transcript *a, const struct transcript *b)
{
	if (a->steps_n != b->steps_n || a->out_n != b->out_n)
		return false;
	for (unsigned i = 0; i < a->steps_n; i++) {
		if (a->steps[i].rv != b->steps[i].rv || a->steps[i].n != b->steps[i].n)
			return false;
	}
	return memcmp(a->out, b->out, a->out_n) == 0;
}

static bool
all_went_well(const struct transcript *t)
{
	/* the last step is the call after the end */
	for (unsigned i = 0; i + 1 < t->steps_n; i++) {
		if (t->steps[i].rv != CKR_OK)
			return false;
	}
	return true;
}

struct tally {
	unsigned long cases, checked, failed, well;
};

/* Each way against the last one, and that against OpenSSL. */
static void
judge(const struct plan *plan, unsigned long number, bool known, CK_ULONG known_n,
	struct tally *tally)
{
	const struct transcript *last = &transcripts[WAYS - 1];
	const bool makes = plan->kind != OP_DECRYPT && plan->kind != OP_VERIFY;
	bool good = true;

	tally->cases++;
	for (enum way w = 0; plan->key != NULL && w < WAYS - 1; w++)
		good &= same(&transcripts[w], last);
	if (all_went_well(last)) {
		tally->well++;
		if (known && makes) {
			tally->checked++;
			good &= last->out_n == known_n &&
				memcmp(last->out, expected, known_n) == 0;
		}
	}
	if (good)
		return;
	if (tally->failed++ > 3)
		return;
	show_plan(plan, number);
	for (enum way w = 0; w < WAYS; w++) {
		if (plan->key != NULL || w == WAYS - 1)
			show(plan, w);
	}
	if (known && makes)
		(void)printf("    OpenSSL: %lu bytes, %02x%02x...\n", known_n,
			expected[0], expected[1]);
}

static void
run_case(const struct mech *m, unsigned long number, struct tally *tally)
{
	struct plan plan;
	bool known;
	CK_ULONG n = 0;

	rng = seed + number * 0x632be59bd9b4e019u;
	plan_make(&plan, m, &known, &n);
	if (plan.key == NULL && plan.kind != OP_DIGEST)
		die("no key for %s", m->ckm);
	if (plan.key == NULL)
		plan_run(&plan, sessions[WAYS - 1], WAYS - 1, &transcripts[WAYS - 1]);
	else
		for (enum way w = 0; w < WAYS; w++)
			plan_run(&plan, sessions[w], w, &transcripts[w]);
	judge(&plan, number, known, n, tally);
}

/* ---- */

static CK_BYTE *
room(size_t n)
{
	CK_BYTE *p = malloc(n);

	if (p == NULL)
		die("no memory");
	return p;
}

static void
prepare(void)
{
	const size_t size = MAX_DATA + 4096;

	sessions[0] = client_start();
	for (enum way w = 1; w < WAYS; w++)
		sessions[w] = client_session();
	data = room(size);
	input = room(size);
	expected = room(size);
	for (enum way w = 0; w < WAYS; w++)
		transcripts[w] = (struct transcript){ .out = room(size), .cap = size };
	rng = seed;
	for (size_t i = 0; i + 8 <= size; i += 8) {
		uint64_t some = chance();

		memcpy(data + i, &some, sizeof some);
	}
	keys_add();
}

static size_t
ours(const struct mech **list, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < mechs_count && n < max; i++) {
		if (mech_is_ours(&mechs[i]))
			list[n++] = &mechs[i];
	}
	return n;
}

int
main(void)
{
	const unsigned long cases = env_number("TEST_CASES", 2000),
			    only = env_number("TEST_CASE", cases);
	const struct mech *list[256];
	struct tally tallies[256] = { 0 };
	size_t n;
	int status = 0;

	seed = env_number("TEST_SEED", (unsigned long)(now() * 1e9));
	prepare();
	n = ours(list, COUNT(list));
	(void)printf("seed %llu\n", (unsigned long long)seed);
	for (enum way w = 0; w < WAYS; w++)
		(void)printf("%s: custody %s\n", way_names[w],
			custody_name(key_custody(sessions[w], keys[0].handles[w])));
	for (unsigned long i = only < cases ? only : 0; i < cases; i++) {
		run_case(list[i % n], i, &tallies[i % n]);
		if (i == only)
			break;
	}
	for (size_t i = 0; i < n; i++) {
		const struct tally *t = &tallies[i];

		(void)printf("%sok %s: %lu cases, %lu without an error, %lu as OpenSSL",
			t->failed != 0 ? "not " : "", list[i]->name, t->cases, t->well,
			t->checked);
		(void)printf(t->failed != 0 ? ": %lu differ\n" : "\n", t->failed);
		status |= t->failed != 0;
	}
	(void)printf("sockets %u\n", af_alg_sockets());
	must(F->C_Finalize(NULL), "C_Finalize");
	return status;
}
