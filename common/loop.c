/* SPDX-License-Identifier: Apache-2.0 */
#include "common/loop.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>

static void
on_stop(evutil_socket_t signal, short what, void *base)
{
	(void)event_base_loopexit(base, NULL);
}

void
loop_signals_remove(struct loop_signals *s)
{
	if (s->term != NULL)
		event_free(s->term);
	if (s->intr != NULL)
		event_free(s->intr);
	*s = (struct loop_signals){ 0 };
}

int
loop_signals_add(struct event_base *base, struct loop_signals *ret)
{
	struct loop_signals s = {
		.term = evsignal_new(base, SIGTERM, on_stop, base),
		.intr = evsignal_new(base, SIGINT, on_stop, base),
	};

	if (s.term == NULL || s.intr == NULL || event_add(s.term, NULL) != 0 ||
		event_add(s.intr, NULL) != 0) {
		loop_signals_remove(&s);
		return -ENOMEM;
	}
	*ret = s;
	return 0;
}
