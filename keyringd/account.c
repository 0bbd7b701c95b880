/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/account.h"

#include <stdlib.h>
#include <unistd.h>

#define CALLS_RESUME (ACCOUNT_CALLS / 4 * 3)

struct account *
account_get(struct daemon *d, uid_t uid)
{
	struct account *a;

	LIST_FOREACH (a, &d->accounts, link) {
		if (a->uid == uid)
			break;
	}
	if (a == NULL) {
		a = calloc(1, sizeof *a);
		if (a == NULL)
			return NULL;
		a->uid = uid;
		TAILQ_INIT(&a->waiting);
		TAILQ_INIT(&a->ready);
		TAILQ_INIT(&a->stopped);
		a->bounded = uid != 0 && uid != geteuid();
		LIST_INSERT_HEAD(&d->accounts, a, link);
	}
	a->refs++;
	return a;
}

void
account_unref(struct account *a)
{
	if (a == NULL || --a->refs != 0)
		return;
	LIST_REMOVE(a, link);
	free(a);
}

bool
account_may_connect(const struct account *a, const struct config *c)
{
	return !a->bounded || a->conns < c->total_connections - c->total_connections / 4;
}

bool
account_may_keep(const struct account *a, const struct config *c, size_t n)
{
	return !a->bounded || a->keys + n <= ACCOUNT_CLIENTS * c->client_keys;
}

bool
account_may_pass(const struct account *a, const struct config *c)
{
	return !a->bounded || a->passes < ACCOUNT_CLIENTS * c->client_sockets;
}

bool
account_has_room(const struct account *a, const struct config *c, size_t n)
{
	return !a->bounded || a->bytes + n <= ACCOUNT_CLIENTS * c->client_bytes;
}

bool
account_may_begin(const struct account *a, const struct config *c)
{
	return !a->bounded || a->ops < ACCOUNT_CLIENTS * c->client_ops;
}

bool
account_may_hold(const struct account *a, const struct config *c)
{
	return !a->bounded || a->op_bytes <= ACCOUNT_CLIENTS * c->client_bytes;
}

bool
account_may_call(const struct account *a)
{
	return !a->bounded || (a->calls < ACCOUNT_CALLS && TAILQ_EMPTY(&a->stopped));
}

void
account_call_ended(struct account *a, struct daemon *d)
{
	struct conn *c;

	if (--a->calls > CALLS_RESUME)
		return;
	while ((c = TAILQ_FIRST(&a->stopped)) != NULL)
		conn_resume(c, CONN_PAUSE_CALLS);
	if (!TAILQ_EMPTY(&a->ready))
		conn_turns_later(d);
}
