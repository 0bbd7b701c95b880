/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/server/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include "common/cleanup.h"

#define BACKLOG 512

void
listen_close(struct listen_set *set)
{
	while (set->n > 0)
		(void)close(set->fds[--set->n]);
}

static int
passed_sockets(struct listen_set *set, char *err, size_t err_len)
{
	int n = sd_listen_fds(1);

	if (n <= 0)
		return n;
	for (int i = 0; i < n; i++) {
		int fd = SD_LISTEN_FDS_START + i;

		if (set->n == LISTEN_MAX || sd_is_socket(fd, 0, SOCK_STREAM, 1) <= 0) {
			(void)snprintf(err, err_len,
				"socket %d of the service manager is not a listening "
				"stream socket",
				i);
			return -EINVAL;
		}
		(void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
		set->fds[set->n++] = fd;
	}
	return 0;
}

/* Splits at the last colon; brackets around an IPv6 address go. */
static bool
split(char *text, char **ret_host, char **ret_port)
{
	char *colon = strrchr(text, ':');
	size_t n;

	if (colon == NULL || colon[1] == '\0')
		return false;
	*colon = '\0';
	*ret_port = colon + 1;
	n = strlen(text);
	if (n >= 2 && text[0] == '[' && text[n - 1] == ']') {
		text[n - 1] = '\0';
		text++;
	} else if (strchr(text, ':') != NULL) {
		return false;
	}
	*ret_host = text;
	return true;
}

static int
bind_one(const struct addrinfo *ai, struct listen_set *set)
{
	CLEANUP(cleanup_close)
	int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK,
		ai->ai_protocol);
	const int one = 1;

	if (fd < 0)
		return -errno;
	if (set->n == LISTEN_MAX)
		return -E2BIG;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
		(ai->ai_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY,
						      &one, sizeof one) != 0) ||
		bind(fd, ai->ai_addr, ai->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0)
		return -errno;
	set->fds[set->n++] = TAKE_FD(fd);
	return 0;
}

static int
bind_address(const char *address, struct listen_set *set, char *err, size_t err_len)
{
	const struct addrinfo hints = { .ai_flags = AI_PASSIVE | AI_NUMERICSERV,
		.ai_socktype = SOCK_STREAM };
	CLEANUP(cleanup_free)
	char *copy = strdup(address);
	struct addrinfo *found = NULL;
	unsigned before = set->n;
	char *host, *port;
	int r, first = 0;

	if (copy == NULL)
		return -ENOMEM;
	if (!split(copy, &host, &port)) {
		(void)snprintf(err, err_len,
			"[listen] address \"%s\" is not HOST:PORT or [IPV6]:PORT",
			address);
		return -EINVAL;
	}
	r = getaddrinfo(strcmp(host, "*") == 0 ? NULL : host, port, &hints, &found);
	if (r != 0) {
		(void)snprintf(err, err_len, "[listen] address \"%s\": %s", address,
			gai_strerror(r));
		return -EINVAL;
	}
	/* a name may stand for addresses of a family this machine does not have */
	for (const struct addrinfo *ai = found; ai != NULL; ai = ai->ai_next) {
		r = bind_one(ai, set);
		if (r < 0 && first == 0)
			first = r;
	}
	freeaddrinfo(found);
	if (set->n != before)
		return 0;
	(void)snprintf(
		err, err_len, "cannot listen on \"%s\": %s", address, strerror(-first));
	return first;
}

int
listen_open(char *const *addresses, struct listen_set *ret, char *err, size_t err_len)
{
	struct listen_set set = { .n = 0 };
	int r = passed_sockets(&set, err, err_len);

	if (r == 0 && set.n == 0 && addresses == NULL) {
		(void)snprintf(err, err_len,
			"no [listen] address, and no socket from the service manager");
		r = -EINVAL;
	}
	if (r == 0 && set.n == 0)
		for (; r == 0 && *addresses != NULL; addresses++)
			r = bind_address(*addresses, &set, err, err_len);
	if (r < 0) {
		listen_close(&set);
		return r;
	}
	*ret = set;
	return 0;
}

struct listen_name
listen_name(int fd)
{
	struct listen_name name = { "(unknown)", 0 };
	struct sockaddr_storage addr;
	socklen_t len = sizeof addr;
	char host[64], port[8];

	if (getsockname(fd, (struct sockaddr *)&addr, &len) != 0 ||
		getnameinfo((struct sockaddr *)&addr, len, host, sizeof host, port,
			sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return name;
	(void)snprintf(name.text, sizeof name.text,
		addr.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
	name.port = (unsigned)strtoul(port, NULL, 10);
	return name;
}
