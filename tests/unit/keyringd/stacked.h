/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raw clients of the keyringd of tests/stack, with a keystore behind it: what the module
 * would say, one message at a time.
 */
#pragma once

#include "cryptoki/attrs.h"
#include "tests/unit/keyringd/process.h"
#include "wire/region.h"

struct raw {
	int fd;
	uint64_t slot;
	struct buf payload; /* of the last reply */
};

/* The stack's own, or another one of the same host and keystore. */
struct keyringd stacked_keyringd(void);
/* ini: lines that are added to the stack's. keyringd_stop() and _remove() end it. */
void stacked_another(struct keyringd *k, const char *ini);
/* A token beside the stack's: made by an administrator, with the stack's PINs. */
void stacked_token(const char *label);
void stacked_token_delete(const char *label);
/* The keystore stands still until the other one, or the end of this test, whatever that is. */
void stacked_keystored_stop(void);
void stacked_keystored_go_on(void);
/* An environment variable of the stack. */
const char *stacked_env(const char *name);

/* Connects, greets, and waits until the slot of this token is there. ret_policy: of the
 * hello, or NULL. */
void raw_open(
	struct raw *c, const struct keyringd *k, const char *label, uint8_t *ret_policy);
void raw_close(struct raw *c);
#define NEEDS_ROOT "only root can be somebody else"
/* The same as somebody who is neither root nor the user that keyringd runs as. Only root
 * can. */
void raw_open_somebody(struct raw *c, const struct keyringd *k, const char *label);
/* One request and its reply, which has to have this CK_RV. */
void raw_ask(struct raw *c, uint16_t type, const void *message, uint64_t rv, void *ret);
/* The same where a descriptor may come; -1: none. */
uint64_t raw_ask_fd(struct raw *c, uint16_t type, const void *message, int *ret_fd);
/* One reply with what comes along. flags: of recvmsg(2). */
uint64_t raw_receive_fd(struct raw *c, int *ret_fd, int *ret_flags);
void raw_login(struct raw *c, uint8_t role);
void raw_logout(struct raw *c);
/* The region, mapped for ever. */
const struct region *raw_region(struct raw *c);

struct raw_object {
	struct wire_id id;
	uint64_t revision;
	uint32_t cell, count;
};

struct wire_id raw_request(void);
struct raw_object raw_create(struct raw *c, const struct attrs *template);
struct raw_object raw_generate(struct raw *c, const struct attrs *template);
/* Of one object. CK_RV has to be this. */
struct raw_object raw_get(struct raw *c, const struct wire_id *id, uint64_t rv);
void raw_set_label(struct raw *c, const struct wire_id *id, const char *label);
void raw_destroy(struct raw *c, const struct wire_id *id);

/* A public data object of the token. */
struct raw_object raw_data(struct raw *c, const char *label);
uint64_t clock_us(void);
