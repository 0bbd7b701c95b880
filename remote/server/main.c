/* SPDX-License-Identifier: Apache-2.0 */
/* keystored: the keystore service. */
#include <errno.h>
#include <event2/event.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-daemon.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/loop.h"
#include "common/pool.h"
#include "common/process.h"
#include "crypto/crypto.h"
#include "remote/server/health.h"
#include "remote/server/listen.h"
#include "remote/server/server.h"

#define DEFAULT_CONFIG "/etc/keyring-token/keystored.ini"
#define GRACE_MS 5000u
#define EXPIRE_EVERY_S 60

static const char usage[] =
	"Usage: keystored [--config FILE] [--check] [--port-file FILE]\n"
	"The keystore service of keyring-token: PKCS#11 tokens for hosts, over gRPC.\n"
	"\n"
	"  -c, --config FILE     configuration (" DEFAULT_CONFIG ")\n"
	"      --check           look whether all is in order, make nothing, and stop\n"
	"      --port-file FILE  write the number of the first listening port into FILE\n"
	"      --version         say the version and stop\n"
	"      --help            say this and stop\n";

struct options {
	const char *config;
	const char *port_file;
	bool check;
};

/* --- Options --------------------------------------------------------------- */

enum { OPT_CHECK = 256, OPT_PORT_FILE, OPT_VERSION, OPT_HELP };

static const struct option long_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "check", no_argument, NULL, OPT_CHECK },
	{ "port-file", required_argument, NULL, OPT_PORT_FILE },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 },
};

/* True to go on; else *ret_status is the exit status. */
static bool
options_read(int argc, char **argv, struct options *o, int *ret_status)
{
	int c;

	*o = (struct options){ .config = DEFAULT_CONFIG };
	*ret_status = EXIT_SUCCESS;
	while ((c = getopt_long(argc, argv, "c:", long_options, NULL)) != -1) {
		if (c == 'c') {
			o->config = optarg;
		} else if (c == OPT_PORT_FILE) {
			o->port_file = optarg;
		} else if (c == OPT_CHECK) {
			o->check = true;
		} else if (c == OPT_VERSION) {
			(void)puts("keystored (keyring-token) " PROJECT_VERSION);
			return false;
		} else if (c == OPT_HELP) {
			(void)fputs(usage, stdout);
			return false;
		} else {
			*ret_status = EXIT_FAILURE;
			return false;
		}
	}
	if (optind < argc) {
		(void)fprintf(
			stderr, "keystored: what is \"%s\"? See --help.\n", argv[optind]);
		*ret_status = EXIT_FAILURE;
		return false;
	}
	return true;
}

/* --- Things that come by the clock ------------------------------------------- */

struct expire {
	struct job job;
	struct keystored *ks;
	bool running;
	bool more; /* than one transaction deletes */
	int result;
};

/* A request whose age was right when it came may wait for its turn: what is known
 * of it must not go meanwhile, or it would be served twice. */
#define WAITING_MS (60u * 1000u)

static int
expire_tx(struct storage_tx *tx, void *arg)
{
	struct expire *x = arg;
	uint64_t now = clock_now_ms();

	return storage_expire(
		tx, now, now - x->ks->config.retention_ms - WAITING_MS, &x->more);
}

static void
expire_run(struct job *job)
{
	struct expire *x = (struct expire *)job; /* its first member */

	x->more = false;
	x->result = storage_write(x->ks->storage, expire_tx, x);
}

static void
expire_start(struct expire *x)
{
	if (!x->running)
		x->running = pool_submit(x->ks->pool, &x->job) == 0;
}

/* Until the clock comes round again more may be over than one transaction deletes. */
static void
expire_done(struct job *job)
{
	struct expire *x = (struct expire *)job; /* its first member */

	x->running = false;
	if (x->result != 0)
		log_warning("old tickets and requests could not be deleted: %s",
			strerror(-x->result));
	else if (x->more)
		expire_start(x);
}

static void
on_expire(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	expire_start(arg);
}

static void
on_watchdog(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	(void)sd_notify(0, "WATCHDOG=1");
}

/* Outlives the pool, which may be at work. */
struct timers {
	struct event *expire, *watchdog;
	struct expire work;
};

static int
timers_start(struct keystored *ks, struct timers *t)
{
	const struct timeval minute = { EXPIRE_EVERY_S, 0 };
	struct timeval half;
	uint64_t us = 0;

	t->work = (struct expire){ .job = { expire_run, expire_done, NULL }, .ks = ks };
	t->expire = event_new(ks->base, -1, EV_PERSIST, on_expire, &t->work);
	if (t->expire == NULL || event_add(t->expire, &minute) != 0)
		return -ENOMEM;
	if (sd_watchdog_enabled(0, &us) <= 0)
		return 0;
	half.tv_sec = (time_t)(us / 2 / 1000000);
	half.tv_usec = (suseconds_t)(us / 2 % 1000000);
	t->watchdog = event_new(ks->base, -1, EV_PERSIST, on_watchdog, NULL);
	return t->watchdog != NULL && event_add(t->watchdog, &half) == 0 ? 0 : -ENOMEM;
}

static void
timers_stop(struct timers *t)
{
	if (t->expire != NULL)
		event_free(t->expire);
	if (t->watchdog != NULL)
		event_free(t->watchdog);
}

/* --- Serving --------------------------------------------------------------- */

/* Whole or not at all: who waits for the file reads it as soon as it is there. */
static int
port_file_write(const char *path, unsigned port)
{
	CLEANUP(cleanup_free)
	char *temporary = NULL;
	FILE *f;
	int r = 0;

	if (asprintf(&temporary, "%s.new", path) < 0) {
		temporary = NULL;
		return -ENOMEM;
	}
	f = fopen(temporary, "we");
	if (f == NULL)
		return -errno;
	if (fprintf(f, "%u\n", port) < 0)
		r = -EIO;
	if (fclose(f) != 0)
		r = -errno;
	if (r == 0 && rename(temporary, path) != 0)
		r = -errno;
	return r;
}

static int
start_listening(struct keystored *ks, const struct options *o)
{
	struct listen_set set;
	char err[512] = "";
	unsigned port = 0;
	int r = listen_open(ks->config.addresses, &set, err, sizeof err);

	if (r < 0) {
		log_error("%s", err);
		return r;
	}
	for (unsigned i = 0; r == 0 && i < set.n; i++) {
		struct listen_name name = listen_name(set.fds[i]);

		r = rpc_server_listen(ks->rpc, set.fds[i]);
		if (r == 0)
			log_info("listening on %s", name.text);
		if (port == 0)
			port = name.port;
	}
	if (r == 0 && o->port_file != NULL)
		r = port_file_write(o->port_file, port);
	if (r < 0)
		log_error("cannot listen: %s", strerror(-r));
	return r;
}

static void
on_drained(void *base)
{
	(void)event_base_loopbreak(base);
}

static int
serve(struct keystored *ks, const struct options *o, struct timers *timers)
{
	struct loop_signals signals = { 0 };
	int r = loop_signals_add(ks->base, &signals);

	if (r == 0)
		r = timers_start(ks, timers);
	if (r == 0)
		r = start_listening(ks, o);
	if (r == 0) {
		(void)sd_notify(0, "READY=1");
		(void)event_base_dispatch(ks->base);
		log_info("stopping");
		(void)sd_notify(0, "STOPPING=1");
		health_stopping(ks->health);
		rpc_server_drain(ks->rpc, GRACE_MS, on_drained, ks->base);
		(void)event_base_dispatch(ks->base);
	}
	timers_stop(timers);
	loop_signals_remove(&signals);
	return r;
}

static int
run(struct keystored *ks, const struct options *o)
{
	struct timers timers = { 0 };
	char err[512] = "";
	int r;

	log_max_level = (enum log_level)ks->config.log_level;
	r = log_open("keystored", o->check ? NULL : ks->config.log_path);
	if (r < 0) {
		(void)fprintf(
			stderr, "keystored: %s: %s\n", ks->config.log_path, strerror(-r));
		return r;
	}
	ks->base = event_base_new();
	if (ks->base == NULL)
		return -ENOMEM;
	r = o->check ? keystored_check(ks, err, sizeof err)
		     : keystored_open(ks, err, sizeof err);
	if (r < 0)
		log_error("%s", err);
	else if (!o->check)
		r = serve(ks, o, &timers);
	else
		(void)puts("keystored: configuration, keys and database are in order");
	keystored_close(ks);
	event_base_free(ks->base);
	return r;
}

int
main(int argc, char **argv)
{
	struct keystored ks = { 0 };
	struct conf_error err;
	struct options o;
	int status, r;

	/* before anything of OpenSSL allocates */
	if (!crypto_use_wiping_memory())
		return EXIT_FAILURE;
	if (!options_read(argc, argv, &o, &status))
		return status;
	r = process_harden();
	if (r < 0) {
		(void)fprintf(stderr, "keystored: cannot harden the process: %s\n",
			strerror(-r));
		return EXIT_FAILURE;
	}
	r = config_read(o.config, &ks.config, &err);
	if (r < 0)
		(void)fprintf(stderr, "keystored: %s\n", err.text);
	else
		r = run(&ks, &o);
	config_free(&ks.config);
	crypto_cleanup();
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
