/* SPDX-License-Identifier: Apache-2.0 */
/* Calls to keyringd: time limits, and what is tried once more. */
#include "libtoken/store/store.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "libtoken/store/pool.h"

#define LIMIT_MS 30000u
#define LIMIT_LONG_MS 60000u
#define LIMIT_SHORT_MS 10000u /* no keystore is asked, and it goes without too */
#define WAIT_STEADY_MS 1000u
#define KEEP_MS 1000u
#define HURRY_MS 1000u

enum retry {
	RETRY_NEVER,    /* once sent */
	RETRY_ONE_SHOT, /* a WIRE_OP that is a whole operation computes, changes nothing */
	RETRY_ALWAYS, /* only reads, or keyringd knows a repeated one by its request id */
};

struct rule {
	enum retry retry;
	unsigned limit_ms;
};

static const struct rule rules[WIRE_TYPES] = {
	[WIRE_HELLO] = { RETRY_NEVER, LIMIT_MS },
	[WIRE_SLOTS] = { RETRY_ALWAYS, LIMIT_MS },
	[WIRE_WAIT_SLOTS] = { RETRY_ALWAYS, LIMIT_MS },
	[WIRE_LOGIN] = { RETRY_ALWAYS, LIMIT_LONG_MS },
	[WIRE_LOGOUT] = { RETRY_NEVER, LIMIT_MS },
	[WIRE_INIT_TOKEN] = { RETRY_ALWAYS, LIMIT_LONG_MS },
	[WIRE_INIT_PIN] = { RETRY_ALWAYS, LIMIT_LONG_MS },
	[WIRE_SET_PIN] = { RETRY_ALWAYS, LIMIT_LONG_MS },
	[WIRE_FIND] = { RETRY_ALWAYS, LIMIT_MS },
	[WIRE_GET] = { RETRY_ALWAYS, LIMIT_MS },
	[WIRE_GET_SECRET] = { RETRY_ALWAYS, LIMIT_MS },
	[WIRE_CREATE] = { RETRY_ALWAYS, LIMIT_MS },
	[WIRE_COPY] = { RETRY_ALWAYS, LIMIT_MS },
	[WIRE_SET] = { RETRY_ALWAYS, LIMIT_MS },
	[WIRE_DESTROY] = { RETRY_ALWAYS, LIMIT_MS },
	[WIRE_GENERATE] = { RETRY_ALWAYS, LIMIT_MS },
	[WIRE_GENERATE_PAIR] = { RETRY_ALWAYS, LIMIT_LONG_MS },
	[WIRE_OP] = { RETRY_ONE_SHOT, LIMIT_MS },
	[WIRE_OP_CANCEL] = { RETRY_NEVER, LIMIT_MS },
	[WIRE_REGION] = { RETRY_ALWAYS, LIMIT_SHORT_MS },
	[WIRE_KEY_SOCKET] = { RETRY_ALWAYS, LIMIT_MS },
	[WIRE_WRAP] = { RETRY_ALWAYS, LIMIT_MS },
	[WIRE_UNWRAP] = { RETRY_ALWAYS, LIMIT_MS },
	[WIRE_DERIVE] = { RETRY_ALWAYS, LIMIT_MS },
	[WIRE_KEEP] = { RETRY_ALWAYS, LIMIT_MS },
	[WIRE_LOGIN_USE] = { RETRY_ALWAYS, LIMIT_LONG_MS },
	[WIRE_DECAPSULATE] = { RETRY_ALWAYS, LIMIT_MS },
};

static const CK_RV results[] = {
	[CONN_DONE] = CKR_OK,
	[CONN_UNSENT] = CKR_DEVICE_ERROR,
	[CONN_BROKEN] = CKR_DEVICE_ERROR,
	[CONN_TIMEOUT] = CKR_DEVICE_ERROR,
	[CONN_NONSENSE] = CKR_DEVICE_ERROR,
	[CONN_MEMORY] = CKR_HOST_MEMORY,
};

CK_RV
result_rv(enum conn_result result)
{
	return results[result];
}

void
store_lock(struct store *s)
{
	(void)pthread_mutex_lock(&s->lock);
}

void
store_unlock(struct store *s)
{
	(void)pthread_mutex_unlock(&s->lock);
}

unsigned
store_limit(const struct store *s, enum wire_type type)
{
	unsigned limit = atomic_load_explicit(&s->limit_ms, memory_order_relaxed);

	return limit != 0 ? limit : rules[type].limit_ms;
}

void
store_limit_set(struct store *s, unsigned ms)
{
	atomic_store(&s->limit_ms, ms);
}

void
store_hurry(struct store *s)
{
	store_limit_set(s, HURRY_MS);
}

CK_RV
store_new(struct store **ret)
{
	struct store *s = calloc(1, sizeof *s);
	pthread_condattr_t attr;

	if (s == NULL)
		return CKR_HOST_MEMORY;
	if (pthread_condattr_init(&attr) != 0) {
		free(s);
		return CKR_HOST_MEMORY;
	}
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->freed, &attr);
	(void)pthread_condattr_destroy(&attr);
	pool_init(s);
	for (unsigned i = 0; i < WAITS; i++)
		conn_init(&s->waits[i]);
	*ret = s;
	return CKR_OK;
}

void
store_stop(struct store *s)
{
	store_lock(s);
	s->stopped = true;
	for (unsigned i = 0; i < WAITS; i++) {
		struct conn *c = &s->waits[i];

		if (s->wait_used[i] && atomic_load(&c->fd) >= 0 && conn_is_ours(c))
			(void)shutdown(atomic_load(&c->fd), SHUT_RDWR);
	}
	(void)pthread_cond_broadcast(&s->freed);
	store_unlock(s);
}

void
store_free(struct store **store)
{
	struct store *s = *store;

	if (s == NULL)
		return;
	for (unsigned i = 0; i < CONNS; i++)
		conn_close(&s->conns[i]);
	for (unsigned i = 0; i < WAITS; i++)
		conn_close(&s->waits[i]);
	secret_free(&s->secret);
	(void)pthread_cond_destroy(&s->freed);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
	*store = NULL;
}

/* close() only takes the descriptor away, the parent's connection stays. The
 * memory is left alone: a thread of the parent may have been changing it, and
 * after a bare clone() even free() could wait for a lock that nobody holds. */
static void
conn_forget(struct conn *c)
{
	int fd = atomic_load(&c->fd);

	if (fd >= 0 && (c->ino == 0 || conn_is_ours(c)))
		(void)close(fd);
}

void
store_forget(struct store **store)
{
	struct store *s = *store;

	if (s == NULL)
		return;
	for (unsigned i = 0; i < CONNS; i++)
		conn_forget(&s->conns[i]);
	for (unsigned i = 0; i < WAITS; i++)
		conn_forget(&s->waits[i]);
	*store = NULL;
}

/* --- Calls ------------------------------------------------------------------- */

static bool
may_retry(enum conn_result result, enum wire_type type, const void *request)
{
	const uint8_t whole = WIRE_OP_FIRST | WIRE_OP_LAST;
	const struct wire_op *op = request;

	if (result == CONN_UNSENT)
		return true;
	if (result != CONN_BROKEN)
		return false;
	if (rules[type].retry == RETRY_ONE_SHOT)
		return (op->flags & whole) == whole;
	return rules[type].retry == RETRY_ALWAYS;
}

/* keyringd ends a client, logins and objects, when its last connection closes.
 * So before one that went wrong at this end only is closed, there must be
 * another; a keyringd that does not even answer a hello is not waited for. */
static void
client_keep(struct store *s, enum conn_result result, enum wire_type type)
{
	unsigned patience = store_limit(s, type);
	struct conn *c;
	bool only;

	if (result == CONN_UNSENT || result == CONN_BROKEN)
		return;
	store_lock(s);
	only = s->free_n == CONNS - 1;
	store_unlock(s);
	if (patience > KEEP_MS)
		patience = KEEP_MS;
	if (only && pool_take_another(s, time_ms() + patience, &c) == CKR_OK)
		pool_give(s, c);
}

static CK_RV
exchange_run(struct store *s, const struct exchange *x)
{
	enum conn_result result;
	struct conn *c;
	CK_RV rv;

	for (int tries = 0;; tries++) {
		rv = pool_take(s, tries != 0, x->deadline, &c);
		if (rv != CKR_OK)
			return rv;
		if (x->client != NULL && c->generation != *x->client) {
			pool_give(s, c);
			return CKR_USER_NOT_LOGGED_IN;
		}
		result = conn_call(c, x, &rv);
		if (result == CONN_DONE) {
			pool_give(s, c);
			return rv;
		}
		client_keep(s, result, x->type);
		pool_drop(s, c);
		if (tries != 0 || !may_retry(result, x->type, x->request))
			return result_rv(result);
	}
}

CK_RV
store_call(struct store *s, enum wire_type type, const void *request, void *reply,
	struct buf *payload)
{
	const struct exchange x = { .type = type,
		.request = request,
		.reply = reply,
		.payload = payload,
		.deadline = time_ms() + store_limit(s, type) };

	return exchange_run(s, &x);
}

CK_RV
store_call_as(struct store *s, uint64_t generation, enum wire_type type,
	const void *request, void *reply, struct buf *payload)
{
	const struct exchange x = { .type = type,
		.request = request,
		.reply = reply,
		.payload = payload,
		.deadline = time_ms() + store_limit(s, type),
		.client = &generation };

	return exchange_run(s, &x);
}

CK_RV
store_call_fd(struct store *s, enum wire_type type, const void *request, void *reply,
	struct buf *payload, int *ret_fd)
{
	const struct exchange x = { .type = type,
		.request = request,
		.reply = reply,
		.payload = payload,
		.deadline = time_ms() + store_limit(s, type),
		.fd = ret_fd };

	*ret_fd = -1;
	return exchange_run(s, &x);
}

CK_RV
store_policy(struct store *s, struct store_policy *ret)
{
	struct store_policy policy;
	struct conn *c;
	bool known;
	CK_RV rv;

	store_lock(s);
	known = s->secret.n != 0;
	policy = s->policy;
	store_unlock(s);
	if (!known) {
		rv = pool_take(s, false, time_ms() + store_limit(s, WIRE_HELLO), &c);
		if (rv != CKR_OK)
			return rv;
		pool_give(s, c);
		store_lock(s);
		policy = s->policy;
		store_unlock(s);
	}
	*ret = policy;
	return CKR_OK;
}

uint64_t
store_generation(const struct store *s)
{
	return atomic_load(&s->generation);
}

/* --- Waiting for slots ------------------------------------------------------- */

static CK_RV
wait_begin(struct store *s, struct conn **ret)
{
	CK_RV rv = CKR_HOST_MEMORY;

	store_lock(s);
	if (s->stopped)
		rv = CKR_CRYPTOKI_NOT_INITIALIZED;
	for (unsigned i = 0; i < WAITS && rv == CKR_HOST_MEMORY; i++) {
		if (s->wait_used[i])
			continue;
		s->wait_used[i] = true;
		*ret = &s->waits[i];
		rv = CKR_OK;
	}
	store_unlock(s);
	return rv;
}

static bool
wait_stopped(struct store *s)
{
	bool stopped;

	store_lock(s);
	stopped = s->stopped;
	store_unlock(s);
	return stopped;
}

static void
wait_end(struct store *s, struct conn *c)
{
	store_lock(s);
	conn_close(c);
	s->wait_used[c - s->waits] = false;
	store_unlock(s);
}

/* One connection's worth of waiting. */
static CK_RV
wait_once(
	struct store *s, struct conn *c, const struct exchange *x, enum conn_result *ret)
{
	CK_RV rv;

	*ret = CONN_DONE;
	rv = client_join(s, c, false, time_ms() + store_limit(s, WIRE_HELLO));
	if (rv == CKR_OK && !wait_stopped(s)) {
		*ret = conn_call(c, x, &rv);
		if (*ret != CONN_DONE)
			rv = result_rv(*ret);
	}
	if (wait_stopped(s))
		rv = CKR_CRYPTOKI_NOT_INITIALIZED;
	return rv;
}

CK_RV
store_wait(struct store *s, const struct wire_wait_slots *request,
	struct wire_wait_slots_reply *reply)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_SECRET;
	const struct exchange x = { .type = WIRE_WAIT_SLOTS,
		.request = request,
		.reply = reply,
		.payload = &payload,
		.deadline = DEADLINE_NONE };
	struct store_policy policy;
	enum conn_result result;
	struct conn *c = NULL;
	uint64_t started;
	CK_RV rv;

	if (wait_stopped(s))
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	rv = store_policy(s, &policy); /* the pool makes the client */
	if (rv == CKR_OK)
		rv = wait_begin(s, &c);
	if (rv != CKR_OK)
		return rv;
	for (int tries = 0;; tries++) {
		started = time_ms();
		rv = wait_once(s, c, &x, &result);
		if (rv == CKR_CRYPTOKI_NOT_INITIALIZED ||
			(result != CONN_BROKEN && result != CONN_UNSENT))
			break;
		/* keyringd may be restarted any number of times, but not be
		 * asked again and again when it hangs up at once */
		if (tries != 0 && time_ms() - started < WAIT_STEADY_MS)
			break;
		conn_close(c);
	}
	wait_end(s, c);
	return rv;
}
