/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/conn.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "keyringd/account.h"
#include "keyringd/client.h"

static const struct timeval hello_limit = { CONN_HELLO_S, 0 };

/* ---- turns */

void
conn_turns_later(struct daemon *d)
{
	static const struct timeval next_round = { 0, 0 };

	if (!event_pending(d->turns, EV_TIMEOUT, NULL))
		(void)event_add(d->turns, &next_round);
}

static void
queue_leave(struct conn *c)
{
	if (c->queue != NULL)
		TAILQ_REMOVE(c->queue, c, turn);
	c->queue = NULL;
}

static void
queue_enter(struct conn *c, struct conn_queue *queue)
{
	if (c->queue == queue)
		return;
	queue_leave(c);
	TAILQ_INSERT_TAIL(queue, c, turn);
	c->queue = queue;
}

static void
turn_await(struct conn *c)
{
	queue_enter(c, &c->account->waiting);
	conn_turns_later(c->d);
}

/* After each request: is its user's turn over? */
static bool
turn_is_over(struct daemon *d, struct account *a)
{
	uint64_t now = now_us();

	a->spent_us += now - d->turn_us;
	d->turn_us = now;
	return a->spent_us >= CONN_TURN_US;
}

/* ---- life */

void
conn_unref(struct conn *c)
{
	if (--c->refs != 0)
		return;
	if (c->client != NULL)
		client_unref(c->client);
	peer_free(&c->peer);
	account_unref(c->account);
	buf_free(&c->in);
	buf_free(&c->out);
	free(c);
}

void
conn_close(struct conn *c, const char *why)
{
	struct client *cl = c->client;

	if (c->fd < 0)
		return;
	if (why != NULL && log_limit_pass(&c->d->refused))
		log_warning("connection of pid %ld, uid %u ended: %s",
			(long)(cl != NULL ? cl->peer.pid : c->peer.pid),
			(unsigned)(cl != NULL ? cl->peer.uid : c->peer.uid), why);
	if (c->readable != NULL)
		event_free(c->readable);
	if (c->writable != NULL)
		event_free(c->writable);
	c->readable = c->writable = NULL;
	(void)close(c->fd);
	c->fd = -1;
	LIST_REMOVE(c, link);
	queue_leave(c);
	c->d->n_conns--;
	c->account->conns--;
	c->account->bytes -= c->out.n;
	buf_free(&c->in);
	buf_free(&c->out);
	if (cl != NULL)
		client_lose(cl, c);
	conn_unref(c);
}

static void on_readable(evutil_socket_t fd, short what, void *arg);

static int
account_open(struct conn *c)
{
	c->account = account_get(c->d, c->peer.uid);
	if (c->account == NULL)
		return -ENOMEM;
	return account_may_connect(c->account, &c->d->config) ? 0 : -EUSERS;
}

static int
conn_new(struct daemon *d, int fd)
{
	struct conn *c = calloc(1, sizeof *c);
	int r;

	if (c == NULL)
		return -ENOMEM;
	c->peer = PEER_NONE;
	c->d = d;
	c->refs = 1;
	c->came_ms = now_ms();
	c->in = BUF_SECRET;
	c->out = BUF_SECRET;
	r = peer_of(fd, &c->peer);
	if (r == 0)
		r = account_open(c);
	if (r == 0) {
		c->readable =
			event_new(d->base, fd, EV_READ | EV_PERSIST, on_readable, c);
		c->writable = event_new(d->base, fd, EV_WRITE, conn_on_writable, c);
		if (c->readable == NULL || c->writable == NULL ||
			event_add(c->readable, &hello_limit) != 0)
			r = -ENOMEM;
	}
	if (r != 0) {
		if (c->readable != NULL)
			event_free(c->readable);
		if (c->writable != NULL)
			event_free(c->writable);
		conn_unref(c);
		return r;
	}
	c->fd = fd;
	LIST_INSERT_HEAD(&d->conns, c, link);
	d->n_conns++;
	c->account->conns++;
	return 0;
}

void
conn_accept(struct daemon *d, int fd)
{
	int r = d->n_conns >= d->config.total_connections ? -EUSERS : conn_new(d, fd);

	if (r == 0)
		return;
	(void)close(fd);
	if (r != -ESRCH && log_limit_pass(&d->refused))
		log_warning("connection refused: %s",
			r == -EUSERS ? "too many connections ([limits] connections-total)"
				     : strerror(-r));
}

void
conn_join(struct conn *c, struct client *cl)
{
	client_ref(cl);
	c->client = cl;
	LIST_INSERT_HEAD(&cl->conns, c, mates);
	cl->n_conns++;
	(void)event_remove_timer(c->readable);
}

/* ---- input */

void
conn_pause(struct conn *c, enum conn_pause why)
{
	/* what has failed is closed from its event, which has to come */
	if (c->pauses == 0 && c->readable != NULL && c->failed == NULL)
		(void)event_del(c->readable);
	c->pauses |= why;
	if (why == CONN_PAUSE_CALLS)
		queue_enter(c, &c->account->stopped);
}

void
conn_resume(struct conn *c, enum conn_pause why)
{
	if ((c->pauses & why) == 0)
		return;
	c->pauses &= ~(unsigned)why;
	if (why == CONN_PAUSE_CALLS)
		queue_leave(c);
	if (c->pauses != 0 || c->readable == NULL)
		return;
	(void)event_add(c->readable, NULL);
	/* frames that came before the pause may be here already */
	if (c->in.n != 0)
		turn_await(c);
}

static uint32_t
frame_max(const struct conn *c)
{
	return c->client != NULL ? WIRE_MAX_PAYLOAD : WIRE_MAX_HELLO;
}

/* Reserves room for a large frame once; false: not now. */
static bool
frame_admit(struct conn *c, const struct wire_header *h)
{
	if (h->length <= CONN_SMALL || c->charged != 0)
		return true;
	if (!account_has_room(c->account, &c->d->config, h->length)) {
		conn_close(c, "its user has too much in flight");
		return false;
	}
	if (!client_has_room(c->client, h->length)) {
		conn_pause(c, CONN_PAUSE_BUDGET);
		return false;
	}
	c->charged = h->length;
	client_charge(c->client, c->charged);
	return true;
}

static void
frame_release(struct conn *c)
{
	size_t charged = c->charged;

	c->charged = 0;
	if (charged != 0 && c->client != NULL)
		client_uncharge(c->client, charged);
}

/* A header of a request: replies come from us only. */
static bool
header_read(struct conn *c, const uint8_t *p, struct wire_header *ret)
{
	return wire_header_decode(p, frame_max(c), ret) && ret->flags == 0 &&
	       ret->rv == 0 && (ret->type == WIRE_HELLO) == (c->client == NULL);
}

/* Handles whole frames at the start of b; how many bytes they had. Closes the
 * connection on nonsense. */
static size_t
frames_handle(struct conn *c, struct bytes b)
{
	struct wire_header h;
	size_t used = 0;

	while (c->fd >= 0 && c->pauses == 0 && c->failed == NULL &&
		b.n - used >= WIRE_HEADER) {
		if (c->client != NULL && !account_may_call(c->account)) {
			conn_pause(c, CONN_PAUSE_CALLS);
			break;
		}
		if (!header_read(c, b.p + used, &h)) {
			conn_close(c, "it sent a malformed frame");
			break;
		}
		if (!frame_admit(c, &h) || b.n - used - WIRE_HEADER < h.length)
			break;
		if (!request_handle(c, &h, BYTES(b.p + used + WIRE_HEADER, h.length))) {
			conn_close(c, "it sent a malformed message");
			break;
		}
		used += WIRE_HEADER + h.length;
		frame_release(c);
		if (turn_is_over(c->d, c->account)) {
			if (c->pauses == 0 && c->readable != NULL && used < b.n)
				turn_await(c);
			break;
		}
	}
	return used;
}

/* How much more to read of the frame that c->in holds in part: never more than
 * four times what has come, so that an announced length costs a peer bytes. */
static size_t
frame_wanted(const struct conn *c)
{
	size_t whole, bound = 4 * c->in.n;

	if (c->client == NULL)
		return WIRE_HEADER + WIRE_MAX_HELLO;
	if (c->in.n < WIRE_HEADER)
		return CONN_SMALL;
	whole = WIRE_HEADER + load_le32(c->in.p);
	if (whole <= c->in.n)
		return CONN_SMALL;
	if (bound < CONN_INPUT)
		bound = CONN_INPUT;
	return whole - c->in.n < bound ? whole - c->in.n : bound;
}

/* -1 with errno as recv(2) has it; 0 at the end. */
static ssize_t
read_more(struct conn *c, size_t want)
{
	uint8_t *at = buf_reserve(&c->in, want);
	ssize_t n;

	if (at == NULL) {
		errno = ENOMEM;
		return -1;
	}
	n = recv(c->fd, at, want, MSG_DONTWAIT);
	if (n > 0)
		c->in.n += (size_t)n;
	return n;
}

/* After the frames of c->in: what they needed goes. */
static void
input_consume(struct conn *c, size_t used)
{
	if (c->fd < 0)
		return;
	buf_consume(&c->in, used);
	if (c->in.n == 0)
		buf_free(&c->in);
}

static void
input_continue(struct conn *c)
{
	size_t used = frames_handle(c, buf_bytes(&c->in));
	ssize_t n;

	input_consume(c, used);
	/* in its next turn what is here comes before what can be read */
	if (c->fd < 0 || c->pauses != 0 || c->queue != NULL || c->failed != NULL ||
		c->in.n == 0)
		return;
	n = read_more(c, frame_wanted(c));
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		conn_close(c, n == 0 ? "it broke off inside a frame" : strerror(errno));
		return;
	}
	if (n > 0)
		input_consume(c, frames_handle(c, buf_bytes(&c->in)));
}

static void
input_start(struct conn *c)
{
	uint8_t *input = c->d->input;
	ssize_t n = recv(c->fd, input, CONN_INPUT, MSG_DONTWAIT);
	size_t used;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		conn_close(c, n < 0 && errno != ECONNRESET ? strerror(errno) : NULL);
		return;
	}
	used = frames_handle(c, BYTES(input, (size_t)n));
	if (c->fd >= 0 && used < (size_t)n) {
		buf_put(&c->in, input + used, (size_t)n - used);
		if (!buf_ok(&c->in))
			conn_close(c, "out of memory");
	}
	wipe(input, (size_t)n);
}

static void
turn_take(struct conn *c)
{
	c->refs++;
	c->d->turn_us = now_us();
	if (c->in.n != 0)
		input_continue(c);
	else
		input_start(c);
	conn_unref(c);
}

/* A held request that may go on and a connection, by turns. false: nothing waits. */
static bool
account_step(struct daemon *d, struct account *a)
{
	struct request *r = account_may_call(a) ? TAILQ_FIRST(&a->ready) : NULL;
	struct conn *c = TAILQ_FIRST(&a->waiting);

	if (r == NULL && c == NULL)
		return false;
	a->conns_next = r != NULL && (c == NULL || !a->conns_next);
	if (a->conns_next) {
		TAILQ_REMOVE(&a->ready, r, waiting);
		d->turn_us = now_us();
		request_again(r);
		(void)turn_is_over(d, a);
	} else {
		queue_leave(c);
		if (c->pauses == 0 && c->failed == NULL)
			turn_take(c);
	}
	return true;
}

void
conn_on_turns(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *d = arg;
	struct account *a, *next;

	for (a = LIST_FIRST(&d->accounts); a != NULL; a = next) {
		a->refs++; /* its last connection may end */
		a->spent_us = 0;
		while (a->spent_us < CONN_TURN_US && account_step(d, a))
			continue;
		if (a->spent_us >= CONN_TURN_US)
			conn_turns_later(d);
		next = LIST_NEXT(a, link);
		account_unref(a);
	}
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;

	if (c->failed != NULL) {
		conn_close(c, c->failed[0] != '\0' ? c->failed : NULL);
		return;
	}
	if (c->client == NULL && ((what & EV_TIMEOUT) != 0 ||
					 now_ms() - c->came_ms > CONN_HELLO_S * 1000)) {
		conn_close(c, "it did not say hello in time");
		return;
	}
	if (c->pauses != 0 || c->queue != NULL)
		return;
	if (c->account->spent_us < CONN_TURN_US && TAILQ_EMPTY(&c->account->waiting))
		turn_take(c);
	else
		turn_await(c);
}
