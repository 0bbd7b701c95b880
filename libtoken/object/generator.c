/* SPDX-License-Identifier: Apache-2.0 */
#include "libtoken/object/generator.h"

#include <limits.h>
#include <pthread.h>

#include "common/cleanup.h"
#include "common/hash.h"
#include "libtoken/object/object.h"

#define RANDOM_MOST_LOG 32u /* of messages with random IVs */
#define CHANCE_LOG 32u      /* that two of them are the same, below 2^- */

/* Of one key, with its copies. */
struct generator {
	atomic_uint users;
	CK_GENERATOR_FUNCTION function; /* CKG_NO_GENERATE: nothing generated yet */
	unsigned least_bits;            /* that were not fixed, ever */
	uint64_t count;                 /* of IVs given out */
	/* Of the longest IV; shorter ones are its end. */
	uint8_t base[sizeof((struct mech_params *)0)->iv];
};

static unsigned
free_bits(const struct message_param *p)
{
	return 8u * p->params.iv_len - (unsigned)p->fixed_bits;
}

/* Of the byte at i, the bits that are not fixed. */
static uint8_t
free_mask(const struct message_param *p, size_t i)
{
	if (8 * (i + 1) <= p->fixed_bits)
		return 0;
	return 8 * i >= p->fixed_bits ? 0xff : (uint8_t)(0xff >> p->fixed_bits % 8);
}

/* --- The ways -------------------------------------------------------------------- */

static uint8_t *
base_of(struct generator *g, const struct message_param *p)
{
	return g->base + sizeof g->base - p->params.iv_len;
}

static CK_RV
base_random(struct generator *g, const struct message_param *p)
{
	return crypto_random(g->base, sizeof g->base);
}

static CK_RV
base_zero(struct generator *g, const struct message_param *p)
{
	memset(g->base, 0, sizeof g->base);
	return CKR_OK;
}

static CK_RV
base_given(struct generator *g, const struct message_param *p)
{
	memset(g->base, 0, sizeof g->base);
	memcpy(base_of(g, p), p->params.iv, p->params.iv_len);
	return CKR_OK;
}

static bool
is_base(struct generator *g, const struct message_param *p)
{
	const uint8_t *base = base_of(g, p);
	uint8_t differ = 0;

	for (size_t i = 0; i < p->params.iv_len; i++)
		differ |= (p->params.iv[i] ^ base[i]) & free_mask(p, i);
	return differ == 0;
}

static void
put_free(struct message_param *p, size_t i, uint64_t v)
{
	const uint8_t mask = free_mask(p, i);

	p->params.iv[i] = (uint8_t)((p->params.iv[i] & ~mask) | (v & mask));
}

static void
put_counter(struct generator *g, struct message_param *p)
{
	const uint8_t *base = base_of(g, p);
	uint64_t left = g->count;

	for (size_t i = p->params.iv_len; i-- > 0; left >>= 8)
		put_free(p, i, base[i] ^ left);
}

CK_RV
generator_random(struct message_param *p)
{
	uint8_t fresh[sizeof p->params.iv];
	CK_RV rv = crypto_random(fresh, p->params.iv_len);

	for (size_t i = 0; rv == CKR_OK && i < p->params.iv_len; i++)
		put_free(p, i, fresh[i]);
	return rv;
}

static unsigned
most_counted(unsigned bits)
{
	return bits;
}

/* q of them out of 2^bits: two are the same with a chance below q^2 / 2^(bits + 1) */
static unsigned
most_random(unsigned bits)
{
	const unsigned log = (bits - CHANCE_LOG) / 2;

	return log < RANDOM_MOST_LOG ? log : RANDOM_MOST_LOG;
}

static const struct way {
	CK_RV (*start)(struct generator *g, const struct message_param *p);
	void (*put)(struct generator *g, struct message_param *p); /* NULL: random bits */
	unsigned (*most)(unsigned bits); /* the logarithm of how many there can be */
	unsigned least_bits;
} ways[] = {
	[CKG_GENERATE] = { base_random, put_counter, most_counted, 0 },
	[CKG_GENERATE_COUNTER] = { base_zero, put_counter, most_counted, 0 },
	[CKG_GENERATE_RANDOM] = { base_zero, NULL, most_random, CHANCE_LOG },
	[CKG_GENERATE_COUNTER_XOR] = { base_given, put_counter, most_counted, 0 },
};

/* --- One key ------------------------------------------------------------------------ */

/* As the IVs before. */
static bool
goes_on(struct generator *g, const struct message_param *p)
{
	if (p->generator == CKG_GENERATE)
		return true;
	return p->generator == g->function &&
	       (p->generator != CKG_GENERATE_COUNTER_XOR || is_base(g, p));
}

static bool
is_exhausted(const struct way *w, unsigned bits, uint64_t count)
{
	const unsigned most = w->most(bits);

	return count == UINT64_MAX || (most < 64 && count >> most != 0);
}

/* *ret_random: the bits that are not fixed are still to be put, at random. */
static CK_RV
generator_next(struct generator *g, struct message_param *p, bool *ret_random)
{
	const bool first = g->function == CKG_NO_GENERATE;
	const struct way *w = &ways[first ? p->generator : g->function];
	const unsigned bits = free_bits(p) < g->least_bits ? free_bits(p) : g->least_bits;
	CK_RV rv = CKR_OK;

	if (bits < w->least_bits || (!first && !goes_on(g, p)))
		return CKR_MECHANISM_PARAM_INVALID;
	if (is_exhausted(w, bits, g->count))
		return CKR_TOKEN_RESOURCE_EXCEEDED;
	if (first)
		rv = w->start(g, p);
	if (rv != CKR_OK)
		return rv;
	*ret_random = w->put == NULL;
	if (w->put != NULL)
		w->put(g, p);
	if (first)
		g->function = p->generator;
	g->least_bits = bits;
	g->count++;
	return CKR_OK;
}

static struct generator *
generator_new(void)
{
	struct generator *g = calloc(1, sizeof *g);

	if (g != NULL) {
		atomic_init(&g->users, 1);
		g->least_bits = UINT_MAX;
	}
	return g;
}

void
generator_unref(struct generator **gp)
{
	struct generator *g = TAKE_PTR(*gp);

	if (g != NULL && atomic_fetch_sub(&g->users, 1) == 1)
		free(g);
}

/* --- All keys ------------------------------------------------------------------------- */

/* Of what has no material here. A token's object goes out of sight and comes back under another handle,
 * and is the same key. */
struct generator_entry {
	struct hash_node by_id;
	struct wire_id id;
	struct generator *generator;
};

struct generators {
	pthread_mutex_t lock;
	struct hash by_id;
};

static bool
match_id(const struct hash_node *node, struct bytes key)
{
	return bytes_equal(
		BYTES_OF(HASH_OBJECT(node, struct generator_entry, by_id)->id.b), key);
}

CK_RV
generators_new(struct generators **ret)
{
	struct generators *set = calloc(1, sizeof *set);

	if (set == NULL || hash_init(&set->by_id) != 0) {
		free(set);
		return CKR_HOST_MEMORY;
	}
	pthread_mutex_init(&set->lock, NULL);
	*ret = set;
	return CKR_OK;
}

void
generator_entry_free(struct generator_entry **ep)
{
	struct generator_entry *e = TAKE_PTR(*ep);

	if (e == NULL)
		return;
	generator_unref(&e->generator);
	free(e);
}

static void
entry_remove(struct generators *set, struct generator_entry *e)
{
	hash_remove(&set->by_id, &e->by_id);
	generator_entry_free(&e);
}

static bool
free_one(struct hash_node *node, void *arg)
{
	entry_remove(arg, HASH_OBJECT(node, struct generator_entry, by_id));
	return true;
}

void
generators_free(struct generators **sp)
{
	struct generators *set = TAKE_PTR(*sp);

	if (set == NULL)
		return;
	hash_each(&set->by_id, free_one, set);
	hash_free(&set->by_id);
	pthread_mutex_destroy(&set->lock);
	free(set);
}

static struct generator_entry *
entry_find(struct generators *set, const struct object *key)
{
	struct hash_node *node = hash_find(&set->by_id, BYTES_OF(key->id.b), match_id);

	return node != NULL ? HASH_OBJECT(node, struct generator_entry, by_id) : NULL;
}

static void
entry_put(struct generators *set, struct generator_entry *e, const struct object *key)
{
	e->id = key->id;
	hash_insert(&set->by_id, BYTES_OF(e->id.b), &e->by_id);
}

/* Where a key has its generator. NULL: no memory. */
static struct generator **
place_of(struct generators *set, const struct object *key)
{
	struct generator_entry *e;

	if (key->material != NULL)
		return &key->material->generator;
	e = entry_find(set, key);
	if (e == NULL) {
		e = calloc(1, sizeof *e);
		if (e == NULL)
			return NULL;
		entry_put(set, e, key);
	}
	return &e->generator;
}

/* NULL: no memory. */
static struct generator *
generator_of(struct generators *set, const struct object *key)
{
	struct generator **place = place_of(set, key);

	if (place != NULL && *place == NULL)
		*place = generator_new();
	return place != NULL ? *place : NULL;
}

CK_RV
generators_next(struct generators *set, const struct object *key, struct message_param *p)
{
	struct generator *g;
	bool random = false;
	CK_RV rv;

	if (p->generator == CKG_NO_GENERATE)
		return CKR_OK;
	if (p->generator >= ARRAY_LEN(ways) || p->fixed_bits > 8u * p->params.iv_len)
		return CKR_MECHANISM_PARAM_INVALID;
	pthread_mutex_lock(&set->lock);
	g = generator_of(set, key);
	rv = g != NULL ? generator_next(g, p, &random) : CKR_HOST_MEMORY;
	pthread_mutex_unlock(&set->lock);
	return rv == CKR_OK && random ? generator_random(p) : rv;
}

CK_RV
generators_hold(
	struct generators *set, const struct object *key, struct generator_entry **ret)
{
	CLEANUP(generator_entry_free)
	struct generator_entry *e = calloc(1, sizeof *e);

	if (e == NULL)
		return CKR_HOST_MEMORY;
	pthread_mutex_lock(&set->lock);
	e->generator = generator_of(set, key);
	if (e->generator != NULL)
		atomic_fetch_add(&e->generator->users, 1);
	pthread_mutex_unlock(&set->lock);
	if (e->generator == NULL)
		return CKR_HOST_MEMORY;
	*ret = TAKE_PTR(e);
	return CKR_OK;
}

void
generators_share(
	struct generators *set, struct generator_entry **held, const struct object *copy)
{
	CLEANUP(generator_entry_free)
	struct generator_entry *e = TAKE_PTR(*held);
	struct generator_entry *own;
	struct generator *g;

	pthread_mutex_lock(&set->lock);
	if (copy->material != NULL) {
		g = copy->material->generator;
		copy->material->generator = e->generator;
		e->generator = g;
	} else {
		own = entry_find(set, copy);
		if (own != NULL)
			entry_remove(set, own);
		entry_put(set, TAKE_PTR(e), copy);
	}
	pthread_mutex_unlock(&set->lock);
}

void
generators_forget(struct generators *set, const struct object *key)
{
	struct generator_entry *e;

	if (key->material != NULL)
		return;
	pthread_mutex_lock(&set->lock);
	e = entry_find(set, key);
	if (e != NULL)
		entry_remove(set, e);
	pthread_mutex_unlock(&set->lock);
}
