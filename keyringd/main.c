/* SPDX-License-Identifier: Apache-2.0 */
/* keyringd: the host's end of every token. */
#include <errno.h>
#include <event2/event.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/process.h"
#include "crypto/crypto.h"
#include "keyringd/listen.h"
#include "keyringd/slots.h"
#include "remote/rpc/rpc.h"

#define DESCRIPTORS_OWN 512u /* logs, keystores, regions */

struct options {
	const char *config, *tokens, *socket, *state;
	bool check;
};

static const char usage[] =
	"keyringd [--config FILE] [--tokens FILE] [--socket PATH] [--state DIRECTORY]\n"
	"         [--check] [--foreground] [--version] [--help]\n"
	"Serves this host's tokens to libtoken.so.\n"
	"  --config FILE      keyringd.ini; else the usual places\n"
	"  --tokens FILE      tokens.yaml; else the usual places\n"
	"  --socket PATH      where to listen, instead of [socket] path\n"
	"  --state DIRECTORY  where slot numbers are kept, instead of [state] directory\n"
	"  --check            read all configuration and certificates, say what is "
	"wrong\n"
	"  --foreground       what it does anyway\n";

/* ---- options */

/* -1: go on; else the exit status. */
static int
options_read(int argc, char **argv, struct options *o)
{
	static const struct option known[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "tokens", required_argument, NULL, 't' },
		{ "socket", required_argument, NULL, 's' },
		{ "state", required_argument, NULL, 'd' },
		{ "check", no_argument, NULL, 'k' },
		{ "foreground", no_argument, NULL, 'f' },
		{ "version", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char **texts[] = { ['c'] = &o->config,
		['t'] = &o->tokens,
		['s'] = &o->socket,
		['d'] = &o->state };
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == 'h' || c == 'v') {
			(void)fputs(c == 'h' ? usage : "keyringd " PROJECT_VERSION "\n",
				stdout);
			return 0;
		}
		if (c == '?')
			return 2;
		if (c == 'k')
			o->check = true;
		else if (c != 'f')
			*texts[c] = optarg;
	}
	if (optind == argc)
		return -1;
	(void)fprintf(
		stderr, "keyringd: unexpected '%s'; see keyringd --help\n", argv[optind]);
	return 2;
}

/* ---- configuration */

static int
replace(char **to, const char *by)
{
	char *copy;

	if (by == NULL)
		return 0;
	copy = strdup(by);
	if (copy == NULL)
		return -ENOMEM;
	free(*to);
	*to = copy;
	return 0;
}

static int
log_set_up(const char *level, const char *path, struct conf_error *err)
{
	int r;

	if (level != NULL && !log_level_parse(level, &log_max_level))
		return -EINVAL; /* checked when it was read */
	r = log_open("keyringd", path);
	if (r != 0)
		(void)snprintf(
			err->text, sizeof err->text, "log %s: %s", path, strerror(-r));
	return r;
}

static int
configure(struct daemon *d, const struct options *o, struct conf_error *err)
{
	struct config *c = &d->config;
	int r = config_read(o->config, c, err);

	if (r != 0)
		return r;
	if (replace(&c->tokens_file, o->tokens) != 0 ||
		replace(&c->socket_path, o->socket) != 0 ||
		replace(&c->state_dir, o->state) != 0) {
		(void)snprintf(err->text, sizeof err->text, "out of memory");
		return -ENOMEM;
	}
	r = log_set_up(c->log_level, c->log_path, err);
	if (r == 0)
		r = tokens_read(c->tokens_file, &d->tokens, err);
	if (r == 0)
		r = log_set_up(c->log_level != NULL ? c->log_level : d->tokens.log_level,
			c->log_path != NULL ? c->log_path : d->tokens.log_path, err);
	if (r == 0)
		r = access_read(c->access_file, config_is_system(), &d->access, err);
	return r;
}

static int
certificates_check(const struct daemon *d, struct conf_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < d->tokens.n; i++) {
		const struct token_entry *e = &d->tokens.entries[i];
		struct rpc_tls *tls = NULL;
		char why[400] = "";

		r = rpc_tls_client(
			e->ca_file, e->cert_file, e->key_file, &tls, why, sizeof why);
		if (r == 0)
			rpc_tls_free(tls);
		else
			(void)snprintf(err->text, sizeof err->text, "%.90s:%u: %.300s",
				d->tokens.path, e->line, why);
	}
	return r;
}

/* ---- running */

static void
on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	(void)sd_notify(0, "WATCHDOG=1");
}

static struct event *
watchdog_start(struct event_base *base)
{
	struct event *e;
	struct timeval period;
	uint64_t us = 0;

	if (sd_watchdog_enabled(0, &us) <= 0)
		return NULL;
	period.tv_sec = (time_t)(us / 2 / 1000000);
	period.tv_usec = (suseconds_t)(us / 2 % 1000000);
	e = event_new(base, -1, EV_PERSIST, on_watchdog, NULL);
	if (e != NULL)
		(void)event_add(e, &period);
	return e;
}

static int
serve(struct daemon *d, struct conf_error *err)
{
	struct loop_signals signals = { 0 };
	struct listener *listener = NULL;
	struct event *watchdog = watchdog_start(d->base);
	int r = loop_signals_add(d->base, &signals);

	if (r != 0)
		(void)snprintf(err->text, sizeof err->text, "out of memory");
	else
		r = listener_new(d, &listener, err);
	if (r == 0) {
		(void)sd_notify(0, "READY=1");
		(void)event_base_dispatch(d->base);
		(void)sd_notify(0, "STOPPING=1");
		log_info("ending");
	}
	listener_free(listener);
	loop_signals_remove(&signals);
	if (watchdog != NULL)
		event_free(watchdog);
	return r;
}

/* What all connections may need, with their processes' pidfds and the sockets that are
 * held for them; as much of it as the system lets us have. Passed sockets never take
 * the place of connections, but for a quarter of what there is. */
static void
descriptors_raise(struct daemon *d)
{
	const rlim_t total = d->config.total_connections;
	const rlim_t others = DESCRIPTORS_OWN + 2 * total;
	struct rlimit limit, wanted;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	wanted.rlim_cur = others + total * d->config.client_sockets;
	wanted.rlim_max =
		limit.rlim_max > wanted.rlim_cur ? limit.rlim_max : wanted.rlim_cur;
	if (setrlimit(RLIMIT_NOFILE, &wanted) == 0) {
		limit = wanted;
	} else {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
	d->passes_max = limit.rlim_cur / 4;
	if (limit.rlim_cur > others && limit.rlim_cur - others > d->passes_max)
		d->passes_max = limit.rlim_cur - others;
}

static int
run(struct daemon *d, const struct options *o, struct conf_error *err)
{
	int r = configure(d, o, err);

	if (r == 0 && o->check)
		return certificates_check(d, err);
	if (r != 0)
		return r;
	descriptors_raise(d);
	(void)snprintf(
		err->text, sizeof err->text, "cannot start: no memory or no random");
	r = daemon_init(d);
	if (r == 0)
		r = slots_new(d, &d->slots, err);
	return r == 0 ? serve(d, err) : r;
}

int
main(int argc, char **argv)
{
	struct options options = { 0 };
	struct conf_error err = { "" };
	struct daemon d = { 0 };
	int r = options_read(argc, argv, &options);

	if (r >= 0)
		return r;
	(void)log_open("keyringd", NULL);
	if (!crypto_use_wiping_memory() || process_harden() != 0) {
		log_error("cannot protect this process");
		return EXIT_FAILURE;
	}
	r = run(&d, &options, &err);
	if (r != 0)
		log_write(LOG_FATAL, "%s", err.text);
	else if (options.check)
		(void)puts("keyringd: the configuration is good");
	daemon_free(&d);
	return r == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
