/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints in turn: resolve, connect, and when all failed wait a while. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "remote/rpc/channel.h"

static void
timer_add(struct event *event, unsigned ms)
{
	const struct timeval tv = { ms / 1000, (ms % 1000) * 1000 };

	(void)event_add(event, &tv);
}

unsigned
rpc_jitter(unsigned ms)
{
	uint32_t r = 0;
	unsigned n;

	if (getrandom(&r, sizeof r, GRND_NONBLOCK) != (ssize_t)sizeof r)
		r = (uint32_t)rpc_clock_ms() * 2654435761u;
	n = ms / 2 + (unsigned)((uint64_t)r * ms >> 32);
	return n != 0 ? n : 1;
}

static struct endpoint *
endpoint_now(struct rpc_channel *ch)
{
	return &ch->endpoints[ch->at];
}

static void
error_note(struct rpc_channel *ch, const char *why)
{
	struct endpoint *e = endpoint_now(ch);

	(void)snprintf(ch->last_error, sizeof ch->last_error, "%s: %s", e->text, why);
}

/* --- One endpoint --------------------------------------------------------------- */

static int
address_connect(const struct resolve_address *a, int *ret_fd)
{
	int fd = socket(a->sa.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&a->sa, a->len) != 0 &&
		errno != EINPROGRESS && errno != EINTR) {
		int rc = -errno;

		(void)close(fd);
		return rc;
	}
	*ret_fd = fd;
	return 0;
}

static void
address_dial(struct rpc_channel *ch)
{
	char why[128];
	int fd = -1;
	int rc = 0;

	for (; ch->at_address < ch->n_addresses; ch->at_address++) {
		rc = address_connect(&ch->addresses[ch->at_address], &fd);
		if (rc == 0)
			rc = rpc_link_new(ch, fd);
		if (rc == 0) {
			/* An address that does not answer leaves time for others. */
			timer_add(&ch->dial_event,
				ch->connect_timeout_ms / ch->n_addresses);
			return;
		}
		if (fd >= 0)
			(void)close(fd);
		fd = -1;
	}
	(void)snprintf(why, sizeof why, "connect: %s", strerror(-rc));
	rpc_dial_endpoint_failed(ch, why);
}

static void
on_resolved(void *arg, const struct resolve_address *list, unsigned n, const char *why)
{
	struct rpc_channel *ch = arg;
	char text[128];

	ch->resolving = NULL;
	if (n == 0) {
		(void)snprintf(text, sizeof text, "name lookup: %s", why);
		rpc_dial_endpoint_failed(ch, text);
		return;
	}
	memcpy(ch->addresses, list, n * sizeof *list);
	ch->n_addresses = n;
	ch->at_address = 0;
	address_dial(ch);
}

static void
endpoint_dial(struct rpc_channel *ch)
{
	struct endpoint *e = endpoint_now(ch);
	int rc;

	ch->at_address = 0;
	ch->n_addresses = rpc_resolve_numeric(e->host, e->port, ch->addresses);
	if (ch->n_addresses != 0) {
		address_dial(ch);
		return;
	}
	rc = rpc_resolve_start(
		ch->base, e->host, e->port, on_resolved, ch, &ch->resolving);
	if (rc == 0)
		timer_add(&ch->dial_event, ch->connect_timeout_ms);
	else
		rpc_dial_endpoint_failed(ch, strerror(-rc));
}

void
rpc_dial_failed(struct rpc_channel *ch, const char *why)
{
	(void)event_del(&ch->dial_event);
	ch->at_address++;
	if (ch->at_address < ch->n_addresses) {
		error_note(ch, why);
		address_dial(ch);
	} else {
		rpc_dial_endpoint_failed(ch, why);
	}
}

static void
on_dial_timeout(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct rpc_channel *ch = arg;

	if (ch->dialing != NULL) {
		rpc_conn_fail(ch->dialing->c, "no connection within %u ms",
			ch->connect_timeout_ms / ch->n_addresses);
	} else if (ch->resolving != NULL) {
		rpc_resolve_cancel(ch->resolving);
		ch->resolving = NULL;
		rpc_dial_endpoint_failed(ch, "name lookup: timed out");
	}
}

/* --- Rounds --------------------------------------------------------------------- */

static void
round_failed(struct rpc_channel *ch)
{
	ch->failed = 0;
	ch->rounds++;
	ch->series++;
	rpc_call_round_failed(ch);
	/* Without calls it is tried as often as one call would; then the next
	 * call starts it again. */
	if (!TAILQ_EMPTY(&ch->pending) || ch->series <= ch->max_rounds)
		timer_add(&ch->round_event, rpc_jitter(ch->retry_delay_ms));
}

void
rpc_dial_endpoint_failed(struct rpc_channel *ch, const char *why)
{
	struct endpoint *e = endpoint_now(ch);

	(void)event_del(&ch->dial_event);
	error_note(ch, why);
	ch->at = (ch->at + 1) % ch->n_endpoints;
	if (strncmp(e->told, why, sizeof e->told - 1) != 0) {
		(void)snprintf(e->told, sizeof e->told, "%s", why);
		rpc_channel_tell(ch, false, e->text, why);
	}
	if (ch->dead)
		return;
	if (++ch->failed < ch->n_endpoints)
		rpc_dial_later(ch);
	else
		round_failed(ch);
}

static void
on_round(evutil_socket_t fd UNUSED, short what UNUSED, void *arg)
{
	struct rpc_channel *ch = arg;

	if (ch->dead || ch->current != NULL || ch->dialing != NULL ||
		ch->resolving != NULL)
		return;
	endpoint_dial(ch);
}

void
rpc_dial_later(struct rpc_channel *ch)
{
	if (ch->dead || ch->current != NULL || ch->dialing != NULL ||
		ch->resolving != NULL ||
		event_pending(&ch->round_event, EV_TIMEOUT, NULL))
		return;
	event_active(&ch->round_event, EV_TIMEOUT, 1);
}

void
rpc_dial_done(struct rpc_channel *ch)
{
	(void)event_del(&ch->dial_event);
	for (unsigned i = 0; i < ch->n_endpoints; i++)
		ch->endpoints[i].told[0] = '\0';
}

void
rpc_dial_init(struct rpc_channel *ch)
{
	event_assign(&ch->round_event, ch->base, -1, 0, on_round, ch);
	event_assign(&ch->dial_event, ch->base, -1, 0, on_dial_timeout, ch);
}

void
rpc_dial_stop(struct rpc_channel *ch)
{
	(void)event_del(&ch->round_event);
	(void)event_del(&ch->dial_event);
	rpc_resolve_cancel(ch->resolving);
	ch->resolving = NULL;
}

/* --- The list of endpoints -------------------------------------------------------- */

static int
endpoint_parse(const char *text, struct endpoint *e)
{
	const char *colon = strrchr(text, ':');
	const char *host = text;
	size_t n;
	uint64_t port;

	if (colon == NULL || !rpc_number_parse(BYTES_STR(colon + 1), 65535, &port))
		return -EINVAL;
	n = (size_t)(colon - text);
	if (n >= 2 && text[0] == '[' && text[n - 1] == ']') {
		host = text + 1;
		n -= 2;
	} else if (memchr(text, ':', n) != NULL) {
		return -EINVAL;
	}
	if (n == 0 || n > 255)
		return -EINVAL;
	e->text = strdup(text);
	e->host = strndup(host, n);
	e->port = strdup(colon + 1);
	return e->text != NULL && e->host != NULL && e->port != NULL ? 0 : -ENOMEM;
}

int
rpc_endpoints_copy(struct rpc_channel *ch, const char *const *list)
{
	unsigned n = 0;
	int rc = 0;

	while (list[n] != NULL)
		n++;
	if (n == 0)
		return -EINVAL;
	ch->endpoints = calloc(n, sizeof *ch->endpoints);
	if (ch->endpoints == NULL)
		return -ENOMEM;
	ch->n_endpoints = n;
	for (unsigned i = 0; i < n && rc == 0; i++)
		rc = endpoint_parse(list[i], &ch->endpoints[i]);
	return rc;
}

void
rpc_endpoints_free(struct rpc_channel *ch)
{
	for (unsigned i = 0; i < ch->n_endpoints; i++) {
		free(ch->endpoints[i].text);
		free(ch->endpoints[i].host);
		free(ch->endpoints[i].port);
	}
	free(ch->endpoints);
}
