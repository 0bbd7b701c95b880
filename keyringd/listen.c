/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/listen.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "keyringd/conn.h"

#define SOCKETS_MAX 8
#define ACCEPTS 64 /* in one round of the loop */
#define BACKLOG 1024
#define PAUSE_MS 100 /* without a descriptor left */

struct listener {
	struct daemon *d;
	struct event *events[SOCKETS_MAX];
	unsigned n;
	struct event *resume;
	char *own; /* path to remove at the end */
};

/* ---- accepting */

static void
listener_pause(struct listener *l)
{
	static const struct timeval pause = { 0, PAUSE_MS * 1000 };

	for (unsigned i = 0; i < l->n; i++)
		(void)event_del(l->events[i]);
	(void)event_add(l->resume, &pause);
}

static void
on_resume(evutil_socket_t fd, short what, void *arg)
{
	struct listener *l = arg;

	for (unsigned i = 0; i < l->n; i++)
		(void)event_add(l->events[i], NULL);
}

static void
on_connect(evutil_socket_t listening, short what, void *arg)
{
	struct listener *l = arg;

	for (unsigned i = 0; i < ACCEPTS; i++) {
		int fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			conn_accept(l->d, fd);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
			errno == ENOMEM) {
			if (log_limit_pass(&l->d->refused))
				log_error("no connection can be accepted: %s",
					strerror(errno));
			listener_pause(l);
		}
		if (errno != ECONNABORTED && errno != EINTR)
			return;
	}
}

/* ---- making */

/* Takes fd. */
static int
listener_add(struct listener *l, int fd)
{
	struct event *e;

	if (l->n == SOCKETS_MAX || fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
		(void)close(fd);
		return -EINVAL;
	}
	e = event_new(l->d->base, fd, EV_READ | EV_PERSIST, on_connect, l);
	if (e == NULL || event_add(e, NULL) != 0) {
		if (e != NULL)
			event_free(e);
		(void)close(fd);
		return -ENOMEM;
	}
	l->events[l->n++] = e;
	return 0;
}

/* The folder of the socket; others have to get through it when they may use the
 * socket. */
static int
folder_make(const char *path, bool others)
{
	CLEANUP(cleanup_free)
	char *copy = strdup(path);
	char *slash;

	if (copy == NULL)
		return -ENOMEM;
	slash = strrchr(copy, '/');
	if (slash == NULL || slash == copy)
		return 0;
	*slash = '\0';
	if (mkdir(copy, 0700) != 0)
		return errno == EEXIST ? 0 : -errno;
	return others && chmod(copy, 0755) != 0 ? -errno : 0;
}

/* Does somebody answer there? */
static bool
is_answered(const struct sockaddr_un *at)
{
	CLEANUP(cleanup_close)
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	/* a full backlog is somebody too */
	return fd >= 0 && (connect(fd, (const void *)at, sizeof *at) == 0 ||
				  (errno != ECONNREFUSED && errno != ENOENT));
}

static int
socket_bind(const struct sockaddr_un *at, unsigned mode, int *ret)
{
	CLEANUP(cleanup_close)
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (lstat(at->sun_path, &st) == 0) {
		if (!S_ISSOCK(st.st_mode) || is_answered(at))
			return -EADDRINUSE;
		if (unlink(at->sun_path) != 0)
			return -errno;
	}
	/* nobody can connect before the mode is right: it does not listen yet */
	if (bind(fd, (const void *)at, sizeof *at) != 0 ||
		chmod(at->sun_path, mode) != 0 || listen(fd, BACKLOG) != 0)
		return -errno;
	*ret = TAKE_FD(fd);
	return 0;
}

static int
own_socket(struct listener *l, struct conf_error *err)
{
	const struct config *c = &l->d->config;
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = -1, r;

	if (strlen(c->socket_path) >= sizeof at.sun_path) {
		(void)snprintf(err->text, sizeof err->text,
			"socket %.300s: the path is longer than %zu bytes",
			c->socket_path, sizeof at.sun_path - 1);
		return -ENAMETOOLONG;
	}
	memcpy(at.sun_path, c->socket_path, strlen(c->socket_path));
	r = folder_make(c->socket_path, (c->mode & 0077) != 0);
	if (r == 0)
		r = socket_bind(&at, (unsigned)c->mode, &fd);
	if (r != 0) {
		(void)snprintf(err->text, sizeof err->text, "socket %s: %s",
			c->socket_path,
			r == -EADDRINUSE ? "another keyringd answers there, or it is no "
					   "socket"
					 : strerror(-r));
		return r;
	}
	l->own = strdup(c->socket_path);
	log_info("listening on %s", c->socket_path);
	return listener_add(l, fd);
}

static int
passed_sockets(struct listener *l, int n, struct conf_error *err)
{
	for (int i = 0; i < n; i++) {
		int fd = SD_LISTEN_FDS_START + i;

		if (sd_is_socket_unix(fd, SOCK_STREAM, 1, NULL, 0) <= 0) {
			(void)snprintf(err->text, sizeof err->text,
				"the socket that systemd passed is not a listening unix "
				"stream socket");
			return -EINVAL;
		}
		if (listener_add(l, fd) != 0) {
			(void)snprintf(err->text, sizeof err->text,
				"the socket that systemd passed cannot be used");
			return -EINVAL;
		}
	}
	log_info("listening on what systemd passed");
	return 0;
}

static void
listener_free_ref(struct listener **l)
{
	listener_free(*l);
}

int
listener_new(struct daemon *d, struct listener **ret, struct conf_error *err)
{
	CLEANUP(listener_free_ref)
	struct listener *l = calloc(1, sizeof *l);
	int n = sd_listen_fds(1), r;

	(void)snprintf(err->text, sizeof err->text, "out of memory");
	if (l == NULL)
		return -ENOMEM;
	l->d = d;
	l->resume = event_new(d->base, -1, 0, on_resume, l);
	if (l->resume == NULL)
		return -ENOMEM;
	r = n > 0 ? passed_sockets(l, n, err) : own_socket(l, err);
	if (r == 0)
		*ret = TAKE_PTR(l);
	return r;
}

void
listener_free(struct listener *l)
{
	if (l == NULL)
		return;
	if (l->own != NULL)
		(void)unlink(l->own);
	for (unsigned i = 0; i < l->n; i++) {
		(void)close(event_get_fd(l->events[i]));
		event_free(l->events[i]);
	}
	if (l->resume != NULL)
		event_free(l->resume);
	free(l->own);
	free(l);
}
