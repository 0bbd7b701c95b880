/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/server/gate.h"

#include <errno.h>

/* A free place is marked by this role, which no subject has. */
#define FREE 0xff

void
gate_init(struct gate *g, unsigned slots, unsigned total)
{
	*g = (struct gate){ .slots = slots < GATE_MAX ? slots : GATE_MAX,
		.total = total };
	LIST_INIT(&g->waiting);
	for (unsigned i = 0; i < GATE_MAX; i++)
		g->at_work[i].role = FREE;
	(void)pthread_mutex_init(&g->lock, NULL);
	(void)pthread_cond_init(&g->moved, NULL);
}

void
gate_destroy(struct gate *g)
{
	(void)pthread_cond_destroy(&g->moved);
	(void)pthread_mutex_destroy(&g->lock);
}

static bool
same_subject(const struct gate_subject *a, const struct gate_subject *b)
{
	static const struct id none;

	return memcmp(&a->token, &none, sizeof none) != 0 && a->role == b->role &&
	       memcmp(&a->token, &b->token, sizeof a->token) == 0;
}

static bool
same_host(const struct gate_subject *a, const struct gate_subject *b)
{
	static const uint8_t none[sizeof a->host];

	return memcmp(a->host, none, sizeof none) != 0 &&
	       memcmp(a->host, b->host, sizeof none) == 0;
}

/* GATE_MAX where the subject is not at work. Lock held. */
static unsigned
place_of(const struct gate *g, const struct gate_subject *s)
{
	unsigned i = 0;

	while (i < GATE_MAX && !same_subject(s, &g->at_work[i]))
		i++;
	return i;
}

static unsigned
free_place(const struct gate *g)
{
	unsigned i = 0;

	while (i + 1 < GATE_MAX && g->at_work[i].role != FREE)
		i++;
	return i;
}

/* Lock held. */
static bool
has_its_share(const struct gate *g, const struct gate_subject *s)
{
	unsigned subject = 0, host = 0;
	const struct gate_waiter *w;

	for (unsigned i = 0; i < GATE_MAX; i++) {
		subject += same_subject(s, &g->at_work[i]);
		host += same_host(s, &g->at_work[i]);
	}
	LIST_FOREACH (w, &g->waiting, link) {
		subject += same_subject(s, w->subject);
		host += same_host(s, w->subject);
	}
	return (subject > host ? subject : host) >= (g->total + 1) / 2;
}

int
gate_enter(struct gate *g, const struct gate_subject *s, unsigned *ret)
{
	struct gate_waiter me = { .subject = s };
	int r = 0;

	(void)pthread_mutex_lock(&g->lock);
	if (g->present >= g->total || has_its_share(g, s)) {
		r = -EBUSY;
	} else {
		g->present++;
		LIST_INSERT_HEAD(&g->waiting, &me, link);
		while (g->active >= g->slots || place_of(g, s) < GATE_MAX)
			(void)pthread_cond_wait(&g->moved, &g->lock);
		LIST_REMOVE(&me, link);
		g->active++;
		*ret = free_place(g);
		g->at_work[*ret] = *s;
		g->noted[*ret] = false;
	}
	(void)pthread_mutex_unlock(&g->lock);
	return r;
}

void
gate_leave(struct gate *g, unsigned place)
{
	(void)pthread_mutex_lock(&g->lock);
	g->at_work[place] = (struct gate_subject){ .role = FREE };
	g->active--;
	g->present--;
	(void)pthread_cond_broadcast(&g->moved);
	(void)pthread_mutex_unlock(&g->lock);
}

void
gate_note(struct gate *g, unsigned place, bool noted)
{
	(void)pthread_mutex_lock(&g->lock);
	g->noted[place] = noted;
	(void)pthread_mutex_unlock(&g->lock);
}

bool
gate_is_noted(struct gate *g, const struct gate_subject *s)
{
	unsigned place;
	bool noted;

	(void)pthread_mutex_lock(&g->lock);
	place = place_of(g, s);
	noted = place < GATE_MAX && g->noted[place];
	(void)pthread_mutex_unlock(&g->lock);
	return noted;
}
