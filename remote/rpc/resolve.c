/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/rpc/resolve.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Held by the loop and by the thread; a lookup nobody waits for any more
 * still ends on its own. */
struct resolve {
	atomic_uint refs;
	atomic_bool ready; /* orders the thread's results before their use */
	int wake;          /* eventfd: the thread is through */
	struct event event;
	resolve_fn *done;
	void *arg;
	struct resolve_address list[RESOLVE_MAX];
	unsigned n;
	int error;
	char port[8];
	char host[256];
};

static void
resolve_unref(struct resolve *r)
{
	if (atomic_fetch_sub(&r->refs, 1) != 1)
		return;
	(void)close(r->wake);
	free(r);
}

static int
lookup(const char *host, const char *port, int flags, struct resolve_address *list,
	unsigned *ret_n)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = flags | AI_NUMERICSERV,
	};
	struct addrinfo *found, *a;
	unsigned n = 0;
	int rc = getaddrinfo(host, port, &hints, &found);

	if (rc != 0)
		return rc;
	for (a = found; a != NULL && n < RESOLVE_MAX; a = a->ai_next) {
		memcpy(&list[n].sa, a->ai_addr, a->ai_addrlen);
		list[n++].len = a->ai_addrlen;
	}
	freeaddrinfo(found);
	*ret_n = n;
	return 0;
}

unsigned
rpc_resolve_numeric(const char *host, const char *port, struct resolve_address *list)
{
	unsigned n = 0;

	return lookup(host, port, AI_NUMERICHOST, list, &n) == 0 ? n : 0;
}

static void *
resolve_thread(void *arg)
{
	struct resolve *r = arg;
	const uint64_t one = 1;

	r->error = lookup(r->host, r->port, AI_ADDRCONFIG, r->list, &r->n);
	/* Machines with only a loopback have no "configured" address. */
	if (r->error != 0)
		r->error = lookup(r->host, r->port, 0, r->list, &r->n);
	atomic_store(&r->ready, true);
	while (write(r->wake, &one, sizeof one) < 0 && errno == EINTR)
		;
	resolve_unref(r);
	return NULL;
}

static void
on_resolved(evutil_socket_t fd, short what UNUSED, void *arg)
{
	struct resolve *r = arg;
	uint64_t count;

	if (read(fd, &count, sizeof count) != (ssize_t)sizeof count ||
		!atomic_load(&r->ready))
		return;
	(void)event_del(&r->event);
	r->done(r->arg, r->list, r->error == 0 ? r->n : 0,
		r->error != 0 ? gai_strerror(r->error) : "no address");
	resolve_unref(r);
}

static int
thread_start(struct resolve *r)
{
	pthread_attr_t attr;
	sigset_t all, before;
	pthread_t thread;
	int rc = pthread_attr_init(&attr);

	if (rc != 0)
		return -rc;
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	atomic_fetch_add(&r->refs, 1);
	rc = pthread_create(&thread, &attr, resolve_thread, r);
	if (rc != 0)
		atomic_fetch_sub(&r->refs, 1);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attr);
	return -rc;
}

int
rpc_resolve_start(struct event_base *base, const char *host, const char *port,
	resolve_fn *done, void *arg, struct resolve **ret)
{
	struct resolve *r;
	int rc;

	if (strlen(host) >= sizeof r->host || strlen(port) >= sizeof r->port)
		return -EINVAL;
	r = calloc(1, sizeof *r);
	if (r == NULL)
		return -ENOMEM;
	atomic_init(&r->refs, 1);
	r->done = done;
	r->arg = arg;
	memcpy(r->host, host, strlen(host) + 1);
	memcpy(r->port, port, strlen(port) + 1);
	r->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (r->wake < 0) {
		rc = -errno;
		free(r);
		return rc;
	}
	event_assign(&r->event, base, r->wake, EV_READ | EV_PERSIST, on_resolved, r);
	rc = event_add(&r->event, NULL) == 0 ? thread_start(r) : -ENOMEM;
	if (rc != 0) {
		(void)event_del(&r->event);
		resolve_unref(r);
		return rc;
	}
	*ret = r;
	return 0;
}

void
rpc_resolve_cancel(struct resolve *r)
{
	if (r == NULL)
		return;
	(void)event_del(&r->event);
	resolve_unref(r);
}
