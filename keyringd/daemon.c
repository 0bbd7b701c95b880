/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/daemon.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <time.h>

#include "common/log.h"
#include "crypto/crypto.h"
#include "kcapi_backend/kcapi.h"
#include "keyringd/client.h"
#include "keyringd/op_cache.h"
#include "keyringd/region.h"
#include "keyringd/shapes.h"
#include "keyringd/slots.h"
#include "keyringd/vault.h"

#define LINES_MAX 10u /* of a kind, in LINES_MS */
#define LINES_MS 1000u
#define COMINGS_MAX 200u  /* clients that come, and that go */
#define KERNEL_SOCKETS 8u /* none are used here, only made for others */
#define LOGOUT_MS 1000u   /* for tickets to end at the keystore when we end */

uint64_t
now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t
now_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

bool
log_limit_pass(struct log_limit *l)
{
	uint64_t now = now_ms();

	if (now - l->since_ms >= LINES_MS) {
		if (l->left_out != 0)
			log_warning(
				"%u lines like the last ones were left out", l->left_out);
		*l = (struct log_limit){ .since_ms = now, .most = l->most };
	}
	if (l->lines < (l->most != 0 ? l->most : LINES_MAX)) {
		l->lines++;
		return true;
	}
	l->left_out++;
	return false;
}

int
daemon_init(struct daemon *d)
{
	int r;

	LIST_INIT(&d->clients);
	LIST_INIT(&d->conns);
	LIST_INIT(&d->accounts);
	d->output = BUF_SECRET;
	d->comings.most = COMINGS_MAX;
	/* before any thread there may be: a process keyring is its maker's */
	r = vault_new((unsigned)d->config.hot_keys, &d->vault);
	if (r != 0)
		return r;
	if (!vault_has_keyring(d->vault))
		log_warning(
			"this kernel gives no keyring: the key that seals broker keys "
			"is in locked memory");
	d->base = event_base_new();
	d->input = malloc(CONN_INPUT);
	if (d->base == NULL || d->input == NULL)
		return -ENOMEM;
	d->turns = event_new(d->base, -1, 0, conn_on_turns, d);
	if (d->turns == NULL)
		return -ENOMEM;
	r = hash_init(&d->clients_by_secret);
	if (r == 0)
		r = hash_init(&d->passes);
	if (r == 0)
		r = regions_new(d->base, d->config.lease_ms, &d->regions);
	if (r == 0)
		r = kcapi_new(KERNEL_SOCKETS, &d->kcapi);
	if (r == 0)
		r = shapes_new(&d->shapes);
	if (r == 0)
		r = op_cache_new(d->base, &d->op_cache);
	return r;
}

static void
on_logout_limit(evutil_socket_t fd, short what, void *base)
{
	(void)event_base_loopbreak(base);
}

/* Tickets end at the keystore where it can be told quickly. */
static void
logouts_wait(struct daemon *d)
{
	const struct timeval limit = { LOGOUT_MS / 1000, 0 };
	struct event *stop = event_new(d->base, -1, 0, on_logout_limit, d->base);

	if (stop == NULL || event_add(stop, &limit) != 0)
		d->logouts = 0;
	while (d->logouts != 0 && event_pending(stop, EV_TIMEOUT, NULL) &&
		event_base_loop(d->base, EVLOOP_ONCE) == 0)
		continue;
	if (stop != NULL)
		event_free(stop);
}

void
daemon_free(struct daemon *d)
{
	struct client *cl;
	struct conn *c;

	regions_end(d->regions);
	while ((cl = LIST_FIRST(&d->clients)) != NULL)
		client_end(cl, "keyringd ends");
	while ((c = LIST_FIRST(&d->conns)) != NULL)
		conn_close(c, NULL);
	if (d->base != NULL && d->logouts != 0)
		logouts_wait(d);
	d->stopping = true;
	slots_free(d->slots);
	op_cache_free(d->op_cache);
	shapes_free(d->shapes);
	regions_free(d->regions);
	if (d->kcapi != NULL)
		kcapi_free(&d->kcapi);
	hash_free(&d->passes);
	hash_free(&d->clients_by_secret);
	vault_free(d->vault);
	buf_free(&d->output);
	free(d->input);
	if (d->turns != NULL)
		event_free(d->turns);
	if (d->base != NULL)
		event_base_free(d->base);
	access_free(d->access);
	tokens_free(&d->tokens);
	config_free(&d->config);
	crypto_cleanup();
}
