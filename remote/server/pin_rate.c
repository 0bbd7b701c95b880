/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/server/pin_rate.h"

#include <pthread.h>
#include <stdlib.h>

#include "remote/server/pins.h"

/* Above what a busy host needs when all its services start at once, and
 * below what would keep every core hashing. */
#define BURST 128u
#define PER_SECOND 32u
#define ONE 1000u
#define PLACES 256u /* hosts that collide share */

struct allowance {
	uint64_t at_ms;
	uint64_t used; /* thousandths */
	bool refused;  /* and has not stopped since */
};

struct pin_rate {
	pthread_mutex_t lock;
	struct allowance hosts[PLACES];
};

struct pin_rate *
pin_rate_new(void)
{
	struct pin_rate *rate = calloc(1, sizeof *rate);

	if (rate != NULL)
		(void)pthread_mutex_init(&rate->lock, NULL);
	return rate;
}

void
pin_rate_free(struct pin_rate *rate)
{
	if (rate == NULL)
		return;
	(void)pthread_mutex_destroy(&rate->lock);
	free(rate);
}

static struct allowance *
allowance_of(struct pin_rate *rate, const uint8_t fingerprint[32])
{
	return &rate->hosts[fingerprint[0] % PLACES];
}

bool
pin_rate_take(struct pin_rate *rate, const uint8_t fingerprint[32], bool *ret_news)
{
	struct allowance *a = allowance_of(rate, fingerprint);
	uint64_t now = clock_steady_ms(), back;
	bool ok;

	(void)pthread_mutex_lock(&rate->lock);
	back = (now - a->at_ms) * PER_SECOND;
	a->used = back < a->used ? a->used - back : 0;
	a->at_ms = now;
	ok = a->used + ONE <= BURST * ONE;
	if (ok)
		a->used += ONE;
	*ret_news = !ok && !a->refused;
	/* one that is let in now and then has not stopped */
	a->refused = !ok || (a->refused && a->used > BURST / 2 * ONE);
	(void)pthread_mutex_unlock(&rate->lock);
	return ok;
}

void
pin_rate_give_back(struct pin_rate *rate, const uint8_t fingerprint[32])
{
	struct allowance *a = allowance_of(rate, fingerprint);

	(void)pthread_mutex_lock(&rate->lock);
	a->used = a->used > ONE ? a->used - ONE : 0;
	(void)pthread_mutex_unlock(&rate->lock);
}
