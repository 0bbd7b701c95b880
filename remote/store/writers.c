/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Group commit. The first writer to come leads: it runs its own function and
 * those of all who arrived meanwhile, each within a mark of its own, commits
 * once, and tells everybody the result. Who arrives during the commit waits;
 * the first of them leads next. So the disk is never waited for twice at a
 * time, and the more writers there are the more share each wait.
 */
#include "remote/store/backend.h"

/* Functions in one transaction at the most: bounds how long the first waits. */
#define BATCH 256u

struct writer {
	int (*fn)(struct storage_tx *tx, void *arg);
	void *arg;
	int result;
	bool done, lead;
	pthread_cond_t wake;
	struct writer *next;
};

struct batch {
	struct writer *first;
	struct writer **last;
	unsigned n;
	bool changed;
};

static void
writers_put(struct writers *q, struct writer *w)
{
	w->next = NULL;
	*q->last = w;
	q->last = &w->next;
}

/* Moves the next waiting writer into the batch; NULL when nobody waits. */
static struct writer *
batch_take(struct batch *b, struct writers *q)
{
	struct writer *w;

	(void)pthread_mutex_lock(&q->lock);
	w = q->first;
	if (w != NULL) {
		q->first = w->next;
		if (q->first == NULL)
			q->last = &q->first;
		w->next = NULL;
		*b->last = w;
		b->last = &w->next;
		b->n++;
	}
	(void)pthread_mutex_unlock(&q->lock);
	return w;
}

/* Runs one writer's function. Not 0: the whole transaction is lost. */
static int
writer_run(struct writer *w, struct storage_tx *tx, bool *changed)
{
	int r = tx->ops->mark(tx);

	if (r != 0)
		return r;
	tx->changed = false;
	w->result = w->fn(tx, w->arg);
	if (tx->broken != 0)
		return tx->broken;
	if (w->result != 0)
		return tx->ops->undo(tx);
	*changed = *changed || tx->changed;
	return tx->ops->keep(tx);
}

static int
batch_run(struct storage *st, struct batch *b)
{
	struct storage_tx *tx = NULL;
	struct writer *w;
	int r = st->ops->write_begin(st, &tx);

	if (r != 0) {
		/* The leader at least learns why; the others try themselves. */
		(void)batch_take(b, &st->writers);
		return r;
	}
	while (r == 0 && b->n < BATCH && (w = batch_take(b, &st->writers)) != NULL)
		r = writer_run(w, tx, &b->changed);
	if (r != 0) {
		st->ops->abandon(st, tx);
		return r;
	}
	r = st->ops->commit(st, tx);
	if (r == 0) {
		(void)atomic_fetch_add(&st->commits, 1);
		if (b->changed)
			(void)atomic_fetch_add(&st->changes, 1);
	}
	return r;
}

/* Called and left with the queue locked, by the first in it. */
static void
writers_lead(struct storage *st)
{
	struct writers *q = &st->writers;
	struct batch b = { .last = &b.first };
	struct writer *w, *next;
	int r;

	(void)pthread_mutex_unlock(&q->lock);
	r = batch_run(st, &b);
	(void)pthread_mutex_lock(&q->lock);
	for (w = b.first; w != NULL; w = next) {
		next = w->next;
		/* What a function saw may never have been: a lost transaction is
		 * the answer for those too that had failed by themselves. */
		if (r != 0)
			w->result = r;
		w->done = true;
		(void)pthread_cond_signal(&w->wake);
	}
	q->leading = q->first != NULL;
	if (q->leading) {
		q->first->lead = true;
		(void)pthread_cond_signal(&q->first->wake);
	}
}

int
storage_write(struct storage *st, int (*fn)(struct storage_tx *tx, void *arg), void *arg)
{
	struct writers *q = &st->writers;
	struct writer w = { .fn = fn, .arg = arg, .wake = PTHREAD_COND_INITIALIZER };

	(void)pthread_mutex_lock(&q->lock);
	writers_put(q, &w);
	if (!q->leading)
		q->leading = w.lead = true;
	while (!w.done && !w.lead)
		(void)pthread_cond_wait(&w.wake, &q->lock);
	if (!w.done)
		writers_lead(st);
	(void)pthread_mutex_unlock(&q->lock);
	(void)pthread_cond_destroy(&w.wake);
	return w.result;
}
