/* SPDX-License-Identifier: Apache-2.0 */
#include "common/loop.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <string.h>

#include "common/log.h"

static void
on_stop(evutil_socket_t signal, short what, void *base)
{
	(void)event_base_loopexit(base, NULL);
}

/* After a rotation. */
static void
on_hangup(evutil_socket_t signal, short what, void *arg)
{
	int r = log_reopen();

	if (r != 0)
		log_error("the log file cannot be opened again: %s", strerror(-r));
}

void
loop_signals_remove(struct loop_signals *s)
{
	if (s->term != NULL)
		event_free(s->term);
	if (s->intr != NULL)
		event_free(s->intr);
	if (s->hangup != NULL)
		event_free(s->hangup);
	*s = (struct loop_signals){ 0 };
}

int
loop_signals_add(struct event_base *base, struct loop_signals *ret)
{
	struct loop_signals s = {
		.term = evsignal_new(base, SIGTERM, on_stop, base),
		.intr = evsignal_new(base, SIGINT, on_stop, base),
		.hangup = evsignal_new(base, SIGHUP, on_hangup, NULL),
	};

	if (s.term == NULL || s.intr == NULL || s.hangup == NULL ||
		event_add(s.term, NULL) != 0 || event_add(s.intr, NULL) != 0 ||
		event_add(s.hangup, NULL) != 0) {
		loop_signals_remove(&s);
		return -ENOMEM;
	}
	*ret = s;
	return 0;
}
