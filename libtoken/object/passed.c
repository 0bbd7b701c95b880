/* SPDX-License-Identifier: Apache-2.0 */
#include "libtoken/object/passed.h"

#include <pthread.h>
#include <stdatomic.h>

#include "common/cleanup.h"

#define WORDS 4u /* of bits, one for each row of the table of mechanisms */
#define WORD_BITS 64u

struct passed {
	pthread_mutex_t lock; /* not held across a round trip */
	struct kcapi *kernel;
	struct kcapi_key *key; /* made at first need */
	bool revoked;
	atomic_bool used;
	uint64_t refused[WORDS];
	uint64_t asking[WORDS]; /* a thread is at it: others let keyringd execute */
};

struct passed *
passed_new(struct kcapi *k)
{
	struct passed *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	pthread_mutex_init(&p->lock, NULL);
	p->kernel = k;
	return p;
}

void
passed_free(struct passed *p)
{
	if (p == NULL)
		return;
	kcapi_key_unref(&p->key);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

void
passed_note_use(struct passed *p)
{
	if (!atomic_load_explicit(&p->used, memory_order_relaxed))
		atomic_store_explicit(&p->used, true, memory_order_relaxed);
}

void
passed_revoke(struct passed *p)
{
	struct kcapi_key *key;

	pthread_mutex_lock(&p->lock);
	p->revoked = true;
	key = p->key != NULL ? kcapi_key_ref(p->key) : NULL;
	pthread_mutex_unlock(&p->lock);
	if (key == NULL)
		return;
	kcapi_key_revoke(key);
	kcapi_key_unref(&key);
}

/* --- Asking -------------------------------------------------------------------- */

struct bit {
	size_t word;
	uint64_t mask;
};

static bool
bit_of(const struct mech *m, struct bit *ret)
{
	const size_t row = (size_t)(m - mechs);

	*ret = (struct bit){ row / WORD_BITS, (uint64_t)1 << row % WORD_BITS };
	return row < (size_t)WORDS * WORD_BITS;
}

/* true: this thread is to ask, and to say passed_end() after that. */
static bool
passed_begin(struct passed *p, struct bit b)
{
	bool mine = false;

	pthread_mutex_lock(&p->lock);
	if (p->key == NULL && kcapi_key_passed(p->kernel, &p->key) != 0)
		p->key = NULL;
	if (p->key != NULL && !p->revoked &&
		((p->refused[b.word] | p->asking[b.word]) & b.mask) == 0) {
		p->asking[b.word] |= b.mask;
		mine = true;
	}
	pthread_mutex_unlock(&p->lock);
	return mine;
}

static void
passed_end(struct passed *p, struct bit b, bool refused)
{
	pthread_mutex_lock(&p->lock);
	p->asking[b.word] &= ~b.mask;
	if (refused)
		p->refused[b.word] |= b.mask;
	pthread_mutex_unlock(&p->lock);
}

static bool
ask_one(struct passed *p, const struct passed_request *r, const struct mech *plain)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_INIT;
	const struct wire_key_socket request = {
		.slot = r->slot, .key = r->key, .mechanism = plain->type
	};
	struct wire_empty reply;
	int fd = -1;

	if (store_call_fd(r->store, WIRE_KEY_SOCKET, &request, &reply, &payload, &fd) !=
		CKR_OK)
		return false;
	return kcapi_key_adopt(p->key, plain, fd) == 0;
}

static bool
passed_ask(struct passed *p, const struct passed_request *r, const struct mech *needs[2],
	unsigned n)
{
	bool ok = true;
	struct bit b;

	if (!bit_of(r->mech, &b) || !passed_begin(p, b))
		return false;
	for (unsigned i = 0; i < n && ok; i++)
		ok = kcapi_key_has(p->key, needs[i]) || ask_one(p, r, needs[i]);
	passed_end(p, b, !ok);
	return ok;
}

/* p->key is set once and stays, so it may be read without the lock by who has seen that
 * it has something. */
static bool
has_all(struct passed *p, const struct mech *needs[2], unsigned n)
{
	struct kcapi_key *key;
	bool all = true;

	pthread_mutex_lock(&p->lock);
	key = p->revoked ? NULL : p->key;
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < n && all; i++)
		all = key != NULL && kcapi_key_has(key, needs[i]);
	return all;
}

struct kcapi_key *
passed_key(
	struct passed *p, const struct passed_request *r, const struct mech *ret_needs[2])
{
	const struct mech *needs[2] = { NULL, NULL };
	struct store_policy policy;
	unsigned n;

	if (!atomic_load_explicit(&p->used, memory_order_relaxed) ||
		!kcapi_serves(p->kernel, r->mech, KCAPI_PASSED))
		return NULL;
	n = kcapi_needs(p->kernel, r->mech, r->params, needs);
	if (n == 0)
		return NULL;
	if (!has_all(p, needs, n) &&
		(store_policy(r->store, &policy) != CKR_OK || policy.strict ||
			!passed_ask(p, r, needs, n)))
		return NULL;
	memcpy(ret_needs, needs, sizeof needs);
	return p->key;
}
