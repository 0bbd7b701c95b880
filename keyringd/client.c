/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/client.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/random.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "keyringd/account.h"
#include "keyringd/custody.h"
#include "keyringd/login.h"
#include "keyringd/ops.h"
#include "keyringd/passes.h"
#include "keyringd/slots.h"
#include "keyringd/upcall.h"

/* ---- life */

void
client_ref(struct client *cl)
{
	cl->refs++;
}

void
client_unref(struct client *cl)
{
	if (--cl->refs != 0)
		return;
	peer_free(&cl->peer);
	secret_free(&cl->secret);
	logins_free(cl);
	account_unref(cl->account);
	free(cl);
}

void
client_end(struct client *cl, const char *why)
{
	struct conn *c;

	if (cl->dead)
		return;
	cl->dead = true;
	if (log_max_level >= LOG_INFO && log_limit_pass(&cl->d->comings))
		log_info("client %llu ended: %s", (unsigned long long)cl->name, why);
	LIST_REMOVE(cl, link);
	hash_remove(&cl->d->clients_by_secret, &cl->by_secret);
	cl->d->n_clients--;
	if (cl->gone != NULL)
		event_free(cl->gone);
	cl->gone = NULL;
	while ((c = LIST_FIRST(&cl->conns)) != NULL)
		conn_close(c, NULL);
	upcalls_end_client(cl);
	ops_end_client(cl);
	passes_end_client(cl);
	custody_end_client(cl);
	logins_end(cl);
	slots_forget_client(cl);
	request_queue_forget(&cl->account->ready, cl);
	client_unref(cl);
}

void
client_lose(struct client *cl, struct conn *c)
{
	size_t charged = c->charged;

	LIST_REMOVE(c, mates);
	cl->n_conns--;
	c->charged = 0;
	client_uncharge(cl, charged);
	if (cl->n_conns == 0)
		client_end(cl, "its last connection closed");
}

static void
on_gone(evutil_socket_t fd, short what, void *arg)
{
	client_end(arg, "its process ended");
}

/* ---- hello */

static bool
secret_matches(const struct hash_node *node, struct bytes key)
{
	const struct client *cl = HASH_OBJECT(node, struct client, by_secret);

	return bytes_equal_secret(secret_bytes(&cl->secret), key);
}

static struct client *
client_find(struct daemon *d, struct bytes secret)
{
	struct hash_node *node;

	if (secret.n != WIRE_SECRET)
		return NULL;
	node = hash_find(&d->clients_by_secret, secret, secret_matches);
	return node != NULL ? HASH_OBJECT(node, struct client, by_secret) : NULL;
}

/* Control characters are the log's business; NULs are not. */
static void
program_name(struct bytes from, char to[65])
{
	size_t n = from.n < 64 ? from.n : 64;

	for (size_t i = 0; i < n; i++)
		to[i] = from.p[i] != 0 ? (char)from.p[i] : '?';
	to[n] = '\0';
}

static int
client_watch(struct client *cl, int pidfd)
{
	if (pidfd < 0)
		return 0;
	cl->gone = event_new(cl->d->base, pidfd, EV_READ, on_gone, cl);
	return cl->gone != NULL && event_add(cl->gone, NULL) == 0 ? 0 : -ENOMEM;
}

static struct client *
client_new(struct conn *c, struct bytes program)
{
	struct daemon *d = c->d;
	struct client *cl = calloc(1, sizeof *cl);

	if (cl == NULL)
		return NULL;
	cl->d = d;
	cl->refs = 1;
	cl->peer = PEER_NONE;
	LIST_INIT(&cl->conns);
	LIST_INIT(&cl->logins);
	LIST_INIT(&cl->long_calls);
	TAILQ_INIT(&cl->changes);
	TAILQ_INIT(&cl->ops);
	TAILQ_INIT(&cl->passes);
	program_name(program, cl->program);
	if (secret_new(WIRE_SECRET, &cl->secret) != 0 ||
		getrandom(cl->secret.p, WIRE_SECRET, 0) != WIRE_SECRET ||
		client_watch(cl, c->peer.pidfd) != 0) {
		if (cl->gone != NULL)
			event_free(cl->gone);
		client_unref(cl);
		return NULL;
	}
	/* only now: without it the connection would be nobody's, which is root's */
	cl->peer = c->peer;
	c->peer = PEER_NONE;
	cl->account = c->account;
	cl->account->refs++;
	cl->name = ++d->client_names;
	cl->list_serial = slots_serial(d->slots);
	LIST_INSERT_HEAD(&d->clients, cl, link);
	hash_insert(&d->clients_by_secret, secret_bytes(&cl->secret), &cl->by_secret);
	d->n_clients++;
	if (log_max_level >= LOG_INFO && log_limit_pass(&d->comings))
		log_info("client %llu connected: pid %ld, uid %u, '%s'",
			(unsigned long long)cl->name, (long)cl->peer.pid,
			(unsigned)cl->peer.uid, cl->program);
	slots_wake(d->slots);
	return cl;
}

void
handle_hello(struct request *r)
{
	const struct wire_hello *m = &r->m.hello;
	struct conn *c = r->conn;
	struct client *cl = client_find(c->d, m->secret);
	struct wire_hello_reply reply = { .version = WIRE_VERSION };

	if (m->min_version > WIRE_VERSION || m->max_version < WIRE_VERSION) {
		request_done(r, CKR_DEVICE_ERROR, NULL);
		return;
	}
	if (cl != NULL && !peer_same(&cl->peer, &c->peer))
		cl = NULL;
	if (cl != NULL && cl->n_conns >= c->d->config.client_connections) {
		request_done(r, CKR_DEVICE_MEMORY, NULL);
		return;
	}
	reply.known = cl != NULL;
	if (cl == NULL)
		cl = client_new(c, m->program);
	if (cl == NULL) {
		request_done(r, CKR_HOST_MEMORY, NULL);
		return;
	}
	peer_free(&c->peer);
	conn_join(c, cl);
	r->client = cl;
	reply.secret = secret_bytes(&cl->secret);
	reply.sensitive_session = (uint8_t)config_custody(&c->d->config);
	reply.policy = config_policy(&c->d->config);
	request_done(r, CKR_OK, &reply);
}

/* ---- budget */

bool
client_has_room(const struct client *cl, size_t n)
{
	return cl->bytes == 0 || cl->bytes + n <= cl->d->config.client_bytes;
}

bool
client_may_hold(const struct client *cl, size_t n)
{
	return cl->bytes + n <= 2 * cl->d->config.client_bytes &&
	       account_has_room(cl->account, &cl->d->config, n);
}

void
client_charge(struct client *cl, size_t n)
{
	cl->bytes += n;
	cl->account->bytes += n;
}

void
client_uncharge(struct client *cl, size_t n)
{
	struct conn *c;

	cl->bytes -= n;
	cl->account->bytes -= n;
	if (n == 0)
		return;
	LIST_FOREACH (c, &cl->conns, mates)
		conn_resume(c, CONN_PAUSE_BUDGET);
}

/* ---- repeated requests */

const struct wire_id *
client_repeated(const struct client *cl, const struct wire_id *request)
{
	for (size_t i = 0; i < CLIENT_RECENT; i++) {
		if (memcmp(&cl->recent[i].request, request, sizeof *request) == 0)
			return &cl->recent[i].object;
	}
	return NULL;
}

void
client_remember(
	struct client *cl, const struct wire_id *request, const struct wire_id *object)
{
	cl->recent[cl->recent_at++ % CLIENT_RECENT] =
		(struct client_recent){ *request, *object };
}
