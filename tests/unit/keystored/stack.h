/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A real keystored on loopback with its database in a temporary folder, and
 * hosts that call it over mutual TLS.
 */
#pragma once

#include <sys/types.h>

#include "cryptoki/pkcs11.h"
#include "cryptoki/vendor.h"
#include "remote/client/client.h"
#include "remote/rpc/rpc.h"

#include <check.h> /* behind pkcs11.h: it has a macro of the same name */

#define SO_PIN "so-pin-1"
#define USER_PIN "user-pin"

struct stack {
	char dir[64];
	pid_t pid; /* 0: not running */
	unsigned port;
	const char *extra; /* more lines of configuration */
};

/* A host: a certificate with its name, a loop and a channel. */
struct host {
	struct stack *stack;
	struct event_base *base;
	struct rpc_tls *tls;
	struct rpc_channel *channel;
	struct rpc_status status; /* of the latest call */
	struct id_bytes {
		uint8_t b[16];
	} token;
	struct ticket_bytes {
		uint8_t b[32];
	} ticket;
};

/* extra NULL: none. Certificates: host-1, host-2, admin. */
void stack_start(struct stack *s, const char *extra);
void stack_run(struct stack *s); /* again, on the same port */
void stack_kill(struct stack *s, int signal);
/* Ends it well and removes everything. */
void stack_stop(struct stack *s);

/* name NULL: no certificate. */
void host_open(struct host *h, struct stack *s, const char *name);
/* Asks as often as keyringd does if nobody says otherwise; the other one is patient. */
void host_open_usual(struct host *h, struct stack *s, const char *name);
void host_close(struct host *h);
/* A call, so that there is a connection: streams are not tried again. */
void host_greet(struct host *h);

/* The call's CK_RV; h->status has the rest. ret NULL: not wanted. */
CK_RV host_call(
	struct host *h, enum remote_method method, const void *request, void *ret);
void response_free(void *response);

/* A token of this host with both PINs set; the user is logged in. */
void token_make(struct host *h);
/* The host uses another's token. */
void token_share(struct host *h, const struct host *of);
CK_RV login(struct host *h, Keystore__V1__Role role, const char *pin);

ProtobufCBinaryData fresh_id(uint8_t id[16]);
static inline ProtobufCBinaryData
bin(const void *p, size_t n)
{
	return (ProtobufCBinaryData){ n, (uint8_t *)(uintptr_t)p };
}

static inline ProtobufCBinaryData
bin_str(const char *s)
{
	return bin(s, strlen(s));
}

/* Templates as they go over the wire: flag(), number(), octets() in an array. */
struct template
{
	Keystore__V1__Attribute list[24];
	Keystore__V1__Attribute *pointers[24];
	size_t n;
};

void add_flag(struct template *t, uint64_t type, bool value);
void add_number(struct template *t, uint64_t type, uint64_t value);
void add_octets(struct template *t, uint64_t type, const void *p, size_t n);
const Keystore__V1__Attribute *find(const Keystore__V1__Object *o, uint64_t type);

/* A data object on the token; NULL (and *ret_ckr) where it was refused. */
Keystore__V1__CreateObjectResponse *create_data(
	struct host *h, const char *label, bool private, CK_RV *ret_ckr);
CK_RV destroy(struct host *h, ProtobufCBinaryData id);

/* Of 2048 bits, on P-256 or Ed25519, of the slowest SLH-DSA, by the mechanism. */
Keystore__V1__GenerateKeyPairResponse *generate_pair(struct host *h, uint64_t mechanism,
	bool pub_token, bool priv_token, CK_RV *ret_ckr);
/* The same with more attributes of the private half that are true; 0 ends them. */
Keystore__V1__GenerateKeyPairResponse *generate_pair_that(struct host *h,
	uint64_t mechanism, bool token, const uint64_t *more, CK_RV *ret_ckr);
CK_RV sign(struct host *h, const Keystore__V1__KeyRef *key, uint64_t mechanism,
	ProtobufCBinaryData data, Keystore__V1__SignResponse **ret);

/* What a Watch has said so far. */
struct follower {
	struct host *host;
	struct rpc_call *call;
	uint64_t epoch, revision;
	unsigned messages, changed, deleted, tokens;
	bool current, gone, restart, over;
	uint8_t last_id[16];
	struct rpc_status status;
};

void follow(struct follower *f, struct host *h, bool with_ticket, uint64_t epoch,
	uint64_t revision);
/* Runs the loop until *what, at most 30 s. */
void follow_until(struct follower *f, const bool *what);
void follow_count(struct follower *f, const unsigned *what, unsigned n);
/* Fails the test where the server has ended it. */
void follow_end(struct follower *f);
void run_ms(struct host *h, unsigned ms);
