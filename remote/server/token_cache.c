/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Epoch and hosts of tokens in use. An entry is right as long as nothing was
 * committed since it was read: this process is the only writer.
 */
#include "remote/server/tokens.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "common/cleanup.h"

#define PLACES 256u /* one token each: a collision costs one read */

struct place {
	struct token token;
	uint64_t changes;
};

struct token_cache {
	pthread_mutex_t lock;
	struct place places[PLACES];
};

struct token_cache *
token_cache_new(void)
{
	struct token_cache *cache = calloc(1, sizeof *cache);

	if (cache != NULL)
		(void)pthread_mutex_init(&cache->lock, NULL);
	return cache;
}

void
token_cache_free(struct token_cache *cache)
{
	if (cache == NULL)
		return;
	for (unsigned i = 0; i < PLACES; i++)
		token_free(&cache->places[i].token);
	(void)pthread_mutex_destroy(&cache->lock);
	free(cache);
}

/* Ids are random, of our own making: any byte will do. */
static struct place *
place_for(struct token_cache *cache, const struct id *id)
{
	return &cache->places[id->b[0] % PLACES];
}

static void
facts_of(const struct call *c, const struct token_row *row, struct token_facts *ret)
{
	*ret = (struct token_facts){ row->epoch, token_allows(c, row->hosts) };
}

struct load {
	const struct id *id;
	struct token token;
};

static int
load_tx(struct storage_tx *tx, void *arg)
{
	struct load *l = arg;

	return token_load(tx, l->id, &l->token);
}

int
token_facts(struct call *c, const struct id *id, struct token_facts *ret)
{
	struct token_cache *cache = c->ks->tokens;
	struct place *p = place_for(cache, id);
	/* asked before the row is read, so that the entry is never newer than said */
	uint64_t changes = storage_changes(c->ks->storage);
	struct load l = { .id = id, .token = TOKEN_NONE };
	bool found;
	int r;

	(void)pthread_mutex_lock(&cache->lock);
	found = p->changes == changes && p->token.row.number != 0 &&
		id_equal(&p->token.row.id, id);
	if (found)
		facts_of(c, &p->token.row, ret);
	(void)pthread_mutex_unlock(&cache->lock);
	if (found)
		return 0;

	r = storage_read(c->ks->storage, load_tx, &l);
	if (r != 0)
		return r;
	facts_of(c, &l.token.row, ret);
	(void)pthread_mutex_lock(&cache->lock);
	token_free(&p->token);
	p->token = l.token;
	p->changes = changes;
	(void)pthread_mutex_unlock(&cache->lock);
	return 0;
}
