/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/server/server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/pool.h"
#include "crypto/crypto.h"
#include "remote/server/health.h"
#include "remote/server/keys.h"
#include "remote/server/pins.h"
#include "remote/server/watch.h"

#define CHECK_NAME "master-check"
#define CHECK_TEXT "keyring-token"
#define MAX_WAITING 65536u /* jobs in the pool; the transport bounds their bytes */

static int
say(char *err, size_t err_len, int r, const char *what)
{
	(void)snprintf(err, err_len, "%s: %s", what, strerror(-r));
	return r;
}

/* --- The master key -------------------------------------------------------- */

struct master_facts {
	struct keystored *ks;
	bool found, right;
	bool tokens;
};

static int
any_token(void *arg, const struct token_row *row)
{
	struct master_facts *m = arg;

	(void)row;
	m->tokens = true;
	return 1;
}

static int
look_tx(struct storage_tx *tx, void *arg)
{
	CLEANUP(secret_free)
	struct secret plain = SECRET_NONE;
	struct master_facts *m = arg;
	struct bytes stored;
	int r = meta_get(tx, CHECK_NAME, &stored);

	m->found = r == 0;
	if (r < 0 && r != -ENOENT)
		return r;
	if (m->found && m->ks->master.key.n != 0)
		m->right = master_unseal(&m->ks->master, CHECK_NAME, BYTES_NONE, stored,
				   &plain) == 0;
	r = token_each(tx, any_token, m);
	return r < 0 ? r : 0;
}

static int
mark_tx(struct storage_tx *tx, void *arg)
{
	CLEANUP(buf_free)
	struct buf sealed = BUF_INIT;
	struct master_facts *m = arg;
	int r = master_seal(
		&m->ks->master, CHECK_NAME, BYTES_NONE, BYTES_STR(CHECK_TEXT), &sealed);

	return r == 0 ? meta_put(tx, CHECK_NAME, buf_bytes(&sealed)) : r;
}

static int
master_path(const struct keystored *ks, char *ret, size_t n, char *err, size_t err_len)
{
	const char *folder = secure_getenv("CREDENTIALS_DIRECTORY");
	int len;

	if (ks->config.master_file != NULL)
		len = snprintf(ret, n, "%s", ks->config.master_file);
	else if (folder != NULL)
		len = snprintf(ret, n, "%s/masterkey", folder);
	else
		len = -1;
	if (len > 0 && (size_t)len < n)
		return 0;
	(void)snprintf(err, err_len,
		"no [masterkey] file, and no credential \"masterkey\" from the service "
		"manager");
	return -ENOENT;
}

/* A database that is in use has its key somewhere: a new one would be of no use. */
static int
master_missing(struct keystored *ks, const char *path, char *err, size_t err_len)
{
	struct master_facts m = { .ks = ks };
	int r = storage_read(ks->storage, look_tx, &m);

	if (r < 0)
		return say(err, err_len, r, "the database");
	if (!m.found && !m.tokens)
		return 0;
	(void)snprintf(err, err_len,
		"the master key %s is missing, and the database is not new: put the key "
		"back",
		path);
	return -ENOENT;
}

static int
master_make(struct keystored *ks, const char *path, char *err, size_t err_len)
{
	int r = master_missing(ks, path, err, err_len);

	if (r == 0)
		r = master_key_create(path, err, err_len);
	if (r == 0)
		log_info("master key made in %s: keep a copy in a safe place", path);
	return r;
}

/* Is it to be made, as there is none? */
static bool
master_is_new(const struct keystored *ks, const char *path)
{
	return ks->config.master_create && access(path, F_OK) != 0 && errno == ENOENT;
}

/* Is it the one of this database, which may be new? */
static int
master_check(
	struct keystored *ks, const char *path, bool *ret_new, char *err, size_t err_len)
{
	struct master_facts m = { .ks = ks };
	int r = master_key_read(path, &ks->master, err, err_len);

	if (r < 0)
		return r;
	r = ks->storage != NULL ? storage_read(ks->storage, look_tx, &m) : 0;
	if (r < 0)
		return say(err, err_len, r, "the database");
	*ret_new = !m.found && !m.tokens;
	if (*ret_new || m.right)
		return 0;
	(void)snprintf(err, err_len,
		"the master key %s is not the one this database was made with", path);
	return -EKEYREJECTED;
}

static int
master_open(struct keystored *ks, char *err, size_t err_len)
{
	struct master_facts m = { .ks = ks };
	char path[4096];
	bool new = false;
	int r = master_path(ks, path, sizeof path, err, err_len);

	if (r == 0 && master_is_new(ks, path))
		r = master_make(ks, path, err, err_len);
	if (r == 0)
		r = master_check(ks, path, &new, err, err_len);
	if (r < 0 || !new)
		return r;
	r = storage_write(ks->storage, mark_tx, &m);
	return r < 0 ? say(err, err_len, r, "the database") : 0;
}

static int
master_look(struct keystored *ks, char *err, size_t err_len)
{
	char path[4096];
	bool new;
	int r = master_path(ks, path, sizeof path, err, err_len);

	if (r < 0)
		return r;
	if (!master_is_new(ks, path))
		return master_check(ks, path, &new, err, err_len);
	return ks->storage != NULL ? master_missing(ks, path, err, err_len) : 0;
}

/* --- Parts ----------------------------------------------------------------- */

static unsigned
at_least_one(uint64_t n)
{
	return n > 0 ? (unsigned)n : 1;
}

/* Expensive work leaves workers for the rest: PINs have a third of them, key
 * pairs and slow signatures a quarter each, and no more than there are cores run at once. */
static void
gates_init(struct keystored *ks)
{
	const struct {
		struct gate *gate;
		unsigned part;
	} rows[] = { { &ks->pins, 3 }, { &ks->makes, 4 }, { &ks->slow, 4 } };
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned cpus = at_least_one(cores > 0 ? (uint64_t)cores : 1);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		unsigned total = at_least_one(ks->config.workers / rows[i].part);

		gate_init(rows[i].gate, cpus < total ? cpus : total, total);
	}
}

static int
caches_open(struct keystored *ks)
{
	ks->tickets = ticket_cache_new();
	ks->tokens = token_cache_new();
	ks->keys = key_cache_new();
	ks->pin_rate = pin_rate_new();
	ks->health = health_new();
	if (ks->tickets == NULL || ks->tokens == NULL || ks->keys == NULL ||
		ks->pin_rate == NULL || ks->health == NULL)
		return -ENOMEM;
	return request_key_make(&ks->master, &ks->request_key);
}

static int
rpc_open(struct keystored *ks)
{
	const struct rpc_limits limits = { .max_connections =
						   (unsigned)ks->config.connections };
	int r = pool_new(ks->base, (unsigned)ks->config.workers, MAX_WAITING, &ks->pool);

	if (r == 0)
		r = watch_hub_new(ks, &ks->watch);
	if (r == 0)
		r = rpc_server_new(
			ks->base, ks->pool, ks->tls, keystored_methods, ks, &ks->rpc);
	if (r == 0)
		rpc_server_limits(ks->rpc, &limits);
	return r;
}

static int
tls_open(struct keystored *ks, char *err, size_t err_len)
{
	const struct config *c = &ks->config;

	return rpc_tls_server(c->ca, c->certificate, c->key,
		(enum rpc_client_cert)c->client_certificate, &ks->tls, err, err_len);
}

int
keystored_check(struct keystored *ks, char *err, size_t err_len)
{
	int r;

	gates_init(ks);
	r = tls_open(ks, err, err_len);
	if (r == 0)
		r = storage_look(ks->config.storage_url, &ks->storage, err, err_len);
	return r == 0 ? master_look(ks, err, err_len) : r;
}

int
keystored_open(struct keystored *ks, char *err, size_t err_len)
{
	const struct config *c = &ks->config;
	int r;

	gates_init(ks);
	r = tls_open(ks, err, err_len);
	if (r == 0)
		r = storage_open(c->storage_url, &ks->storage, err, err_len);
	if (r == 0)
		r = master_open(ks, err, err_len);
	if (r < 0)
		return r;
	r = caches_open(ks);
	if (r == 0)
		r = rpc_open(ks);
	return r < 0 ? say(err, err_len, r, "starting") : 0;
}

void
keystored_close(struct keystored *ks)
{
	/* streams end first, then the jobs of calls, then what they use */
	rpc_server_free(ks->rpc);
	pool_free(ks->pool);
	watch_hub_free(ks->watch);
	health_free(ks->health);
	key_cache_free(ks->keys);
	token_cache_free(ks->tokens);
	ticket_cache_free(ks->tickets);
	pin_rate_free(ks->pin_rate);
	secret_free(&ks->request_key);
	master_key_free(&ks->master);
	if (ks->storage != NULL)
		storage_close(&ks->storage);
	rpc_tls_free(ks->tls);
	gate_destroy(&ks->pins);
	gate_destroy(&ks->makes);
	gate_destroy(&ks->slow);
}
