/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A real keyringd with a keystore that nobody serves, and raw connections to it.
 * All state is in one temporary folder.
 */
#pragma once

#include <sys/types.h>

#include "wire/wire.h"

struct keyringd {
	char folder[64];
	char socket[96];
	pid_t pid;
};

/* ini: more lines of keyringd.ini. Waits until it listens. */
void keyringd_start(struct keyringd *k, const char *ini);
/* On what it left: the same folder. */
void keyringd_again(struct keyringd *k);
/* SIGTERM; its exit status has to be 0. */
void keyringd_stop(struct keyringd *k);
void keyringd_remove(struct keyringd *k); /* the folder */
/* Resident memory, KiB. */
long keyringd_memory(const struct keyringd *k);

int keyringd_connect(const struct keyringd *k);
/* All of it, or the test fails. */
void send_all(int fd, const void *p, size_t n);
/* One request. */
void send_request(int fd, uint16_t type, uint64_t id, const void *message);
/* One reply; false when the connection ended. payload is freed by the caller. */
bool receive_reply(int fd, struct wire_header *ret, struct buf *payload);
/* A reply to `type` with this CK_RV, decoded into ret unless that is NULL. */
void expect_reply(int fd, uint16_t type, uint64_t rv, void *ret, struct buf *payload);
/* The first frame; the client's secret, WIRE_SECRET bytes, goes in and out. known: what
 * the reply says. */
bool say_hello(int fd, uint8_t secret[WIRE_SECRET], bool resume);
/* Ends within ms: end of file or reset. */
bool is_closed(int fd, int ms);
