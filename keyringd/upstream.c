/* SPDX-License-Identifier: Apache-2.0 */
#include "keyringd/upstream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/cleanup.h"
#include "common/log.h"

#define PAIR_DEADLINE_MS 60000u
#define CONNECT_MS 3000u
#define KEEPALIVE_MS 5000u
#define CLOCK_MS (5 * 60 * 1000) /* apart: request ids would be refused */

/* ---- life */

static void
on_state(void *arg, bool up, const char *endpoint, const char *why)
{
	struct upstream *u = arg;

	if (up) {
		log_info("keystore %s is up", endpoint);
		u->down_for = (struct reasons){ .n = 0 };
		u->distrusted = false;
	} else {
		log_at(reasons_add(&u->down_for, endpoint, why) ? LOG_WARNING : LOG_DEBUG,
			"keystore %s is down: %s", endpoint, why);
		if (!u->distrusted && rpc_tls_is_refusal(why)) {
			u->distrusted = true;
			slots_distrust(u->d->slots, u);
		}
	}
	u->greeted = false;
	u->failing = !up;
}

static int
channel_open(struct upstream *up, const struct token_entry *entry)
{
	const struct config *c = &up->d->config;
	struct rpc_channel_options options = {
		.endpoints = (const char *const *)entry->endpoints,
		.tls = up->tls,
		.max_rounds =
			c->retry_rounds != 0 ? (unsigned)c->retry_rounds : RPC_NO_ROUNDS,
		.retry_delay_ms = (unsigned)c->retry_delay_ms,
		.connect_timeout_ms = CONNECT_MS,
		.keepalive_ms = KEEPALIVE_MS,
		.state = on_state,
		.arg = up,
	};

	return rpc_channel_new(up->d->base, &options, &up->channel);
}

static void
upstream_free_ref(struct upstream **up)
{
	upstream_free(*up);
}

int
upstream_new(struct daemon *d, const struct token_entry *entry, struct upstream **ret,
	struct conf_error *err)
{
	CLEANUP(upstream_free_ref)
	struct upstream *up = calloc(1, sizeof *up);
	char why[400] = "out of memory";
	int r;

	if (up == NULL)
		return -ENOMEM;
	up->d = d;
	r = rpc_tls_client(entry->ca_file, entry->cert_file, entry->key_file, &up->tls,
		why, sizeof why);
	if (r == 0)
		r = channel_open(up, entry);
	if (r == 0)
		r = upstream_add_entry(up, entry);
	if (r != 0) {
		(void)snprintf(err->text, sizeof err->text, "%.90s:%u: %.300s",
			d->tokens.path, entry->line, why);
		return r;
	}
	*ret = TAKE_PTR(up);
	return 0;
}

void
upstream_free(struct upstream *up)
{
	if (up == NULL)
		return;
	if (up->channel != NULL)
		rpc_channel_free(up->channel);
	rpc_tls_free(up->tls);
	free(up->entries);
	free(up);
}

int
upstream_add_entry(struct upstream *up, const struct token_entry *entry)
{
	const struct token_entry **entries =
		realloc(up->entries, (up->n_entries + 1) * sizeof *entries);

	if (entries == NULL)
		return -ENOMEM;
	entries[up->n_entries++] = entry;
	up->entries = entries;
	return 0;
}

/* ---- calls */

void
upstream_call(struct upstream *up, enum remote_method method,
	const ProtobufCMessage *request, rpc_done_fn *done, void *arg,
	struct rpc_call **ret)
{
	struct rpc_status status = { .code = RPC_UNAVAILABLE };
	unsigned deadline = (unsigned)up->d->config.deadline_ms;
	int r;

	if (method == REMOTE_GENERATE_KEY_PAIR && deadline < PAIR_DEADLINE_MS)
		deadline = PAIR_DEADLINE_MS;
	r = up->d->stopping ? -ECANCELED : 0;
	if (r == 0)
		r = remote_call(up->channel, method, request, deadline, done, arg, ret);
	if (r == 0)
		return;
	(void)snprintf(status.message, sizeof status.message, "%s", strerror(-r));
	done(arg, &status, NULL);
}

/* ---- what tokens there are */

static void
asked(struct upstream *up, const struct rpc_status *status,
	const Keystore__V1__ListTokensResponse *tokens)
{
	up->asking = false;
	up->failing = tokens == NULL;
	if (tokens == NULL)
		log_at(up->answered ? LOG_DEBUG : LOG_WARNING,
			"keystore %s does not list its tokens: %s",
			up->entries[0]->endpoints[0], status->message);
	if (tokens != NULL) {
		up->answered = true;
		up->answered_ms = now_ms();
	}
	slots_update(up->d->slots, up, tokens);
}

static void
on_list(void *arg, const struct rpc_status *status, const ProtobufCMessage *response)
{
	asked(arg, status, (const Keystore__V1__ListTokensResponse *)response);
}

static void
ask_list(struct upstream *up)
{
	Keystore__V1__ListTokensRequest request = KEYSTORE__V1__LIST_TOKENS_REQUEST__INIT;

	upstream_call(up, REMOTE_LIST_TOKENS, &request.base, on_list, up, NULL);
}

static void
clock_check(const struct upstream *up, uint64_t theirs)
{
	struct timespec now;
	int64_t apart;

	if (theirs == 0 || clock_gettime(CLOCK_REALTIME, &now) != 0)
		return;
	apart = (int64_t)theirs -
		((int64_t)now.tv_sec * 1000 + (int64_t)now.tv_nsec / 1000000);
	if (apart > CLOCK_MS || apart < -CLOCK_MS)
		log_warning("keystore %s: its clock is %lld s %s ours, so it may refuse "
			    "changes; set the clocks",
			up->entries[0]->endpoints[0],
			(long long)(apart < 0 ? -apart : apart) / 1000,
			apart < 0 ? "behind" : "ahead of");
}

static void
on_hello(void *arg, const struct rpc_status *status, const ProtobufCMessage *response)
{
	const Keystore__V1__HelloResponse *hello = (const void *)response;
	struct upstream *up = arg;

	if (hello == NULL) {
		asked(up, status, NULL);
		return;
	}
	up->greeted = true;
	up->may_create = hello->may_create_tokens;
	log_debug("keystore %s: %s knows this host as '%s'", up->entries[0]->endpoints[0],
		hello->software, hello->host);
	clock_check(up, hello->now_ms);
	ask_list(up);
}

void
upstream_refresh(struct upstream *up)
{
	Keystore__V1__HelloRequest hello = KEYSTORE__V1__HELLO_REQUEST__INIT;
	char software[] = "keyringd " PROJECT_VERSION;

	/* not from a call that ends because we do */
	if (up->asking || up->d->stopping)
		return;
	up->asking = true;
	if (up->greeted) {
		ask_list(up);
		return;
	}
	hello.min_version = hello.max_version = REMOTE_VERSION;
	hello.software = software;
	upstream_call(up, REMOTE_HELLO, &hello.base, on_hello, up, NULL);
}
