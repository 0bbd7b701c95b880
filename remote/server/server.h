/* SPDX-License-Identifier: Apache-2.0 */
/* One keystored: what its parts share. */
#pragma once

#include "common/secret.h"
#include "remote/crypto/seal.h"
#include "remote/rpc/rpc.h"
#include "remote/server/config.h"
#include "remote/server/gate.h"
#include "remote/store/storage.h"

struct event_base;
struct key_cache;
struct pool;
struct pin_rate;
struct ticket_cache;
struct token_cache;
struct watch_hub;
struct health;

struct keystored {
	struct config config;
	struct event_base *base;
	struct pool *pool;
	struct storage *storage;
	struct master_key master;
	struct secret request_key; /* hashes of requests are keyed: they contain PINs */
	struct rpc_tls *tls;
	struct rpc_server *rpc;
	struct gate pins;  /* PINs being hashed */
	struct gate makes; /* key pairs being made */
	struct gate slow;  /* signatures that take as long as those */
	struct pin_rate *pin_rate;
	struct ticket_cache *tickets;
	struct token_cache *tokens;
	struct key_cache *keys;
	struct watch_hub *watch;
	struct health *health;
};

/* keystore.v1 and grpc.health.v1, for rpc_server_new. */
extern const struct rpc_method keystored_methods[];

/* Everything between the configuration and the first listening socket. ks has
 * config and base. 0 or -errno with a sentence in err. keystored_close() is right in
 * either case. */
int keystored_open(struct keystored *ks, char *err, size_t err_len) MUST_CHECK;
/* Would it open? Makes and changes nothing, and may run beside one that serves. */
int keystored_check(struct keystored *ks, char *err, size_t err_len) MUST_CHECK;
void keystored_close(struct keystored *ks);

uint64_t clock_now_ms(void);    /* since 1970 */
uint64_t clock_steady_ms(void); /* for ages */
