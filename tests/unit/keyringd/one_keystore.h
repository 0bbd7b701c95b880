/* SPDX-License-Identifier: Apache-2.0 */
/* keyringd's parts, without its loop, with one keystore that nobody serves. */
#pragma once

#include "keyringd/slots_internal.h"
#include "tests/unit/keyringd/folder.h"

static struct daemon d;

static inline void
daemon_make(void)
{
	static char *endpoints[] = { (char *)(uintptr_t) "127.0.0.1:1", NULL };
	static struct token_entry entry = { .endpoints = endpoints };
	struct conf_error err = { "" };

	folder_make();
	d = (struct daemon){ .tokens = { .entries = &entry, .n = 1 } };
	ck_assert_int_eq(config_read(folder_file("ini", "", 0600), &d.config, &err), 0);
	free(d.config.state_dir);
	d.config.state_dir = strdup(folder_path("state"));
	ck_assert_int_eq(
		access_read(folder_file("access", "", 0600), true, &d.access, &err), 0);
	ck_assert_int_eq(daemon_init(&d), 0);
	ck_assert_msg(slots_new(&d, &d.slots, &err) == 0, "%s", err.text);
}

static inline void
daemon_remove(void)
{
	d.tokens = (struct tokens){ 0 };
	daemon_free(&d);
	folder_remove();
}

/* The keystore lists these tokens. */
static inline void
keystore_lists_all(Keystore__V1__Token **tokens, size_t n)
{
	Keystore__V1__ListTokensResponse reply = KEYSTORE__V1__LIST_TOKENS_RESPONSE__INIT;

	reply.n_tokens = n;
	reply.tokens = tokens;
	slots_update(d.slots, TAILQ_FIRST(&d.slots->upstreams), &reply);
}

static inline void
keystore_lists(Keystore__V1__Token *t)
{
	keystore_lists_all(&t, 1);
}
