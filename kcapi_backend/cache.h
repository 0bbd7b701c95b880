/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is open: slots. A slot has a descriptor, of a transform or of an operation socket,
 * and one word that says whose it is. An operation takes its socket from one message to
 * the next by a compare-and-swap of that word, so that the warm path has no lock; all else
 * (lists, opening, closing) is done with the lock held, which is never held while data
 * is worked on. Slots are never freed, so that a forked child finds every descriptor
 * whatever its parent's threads were doing, and an operation can ask its
 * last slot whether it is still what it was: the word counts.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <sys/queue.h>

#include "kcapi_backend/kcapi.h"
#include "kcapi_backend/socket.h"

enum slot_state {
	SLOT_FREE,      /* no descriptor */
	SLOT_TRANSFORM, /* of tfm */
	SLOT_IDLE,      /* nothing under way: may be closed */
	SLOT_HELD,      /* a hash under way, between two calls */
	SLOT_BUSY,      /* in a call */
};

#define SLOT_STATES 8u /* the word: turn * SLOT_STATES + state */
#define SLOTS_CHUNK 64u

struct slot {
	_Alignas(64) _Atomic uint64_t word;
	_Atomic int fd; /* -1: none */
	atomic_uint stamp;
	struct sock_identity id;
	struct kcapi *kcapi;
	struct tfm *_Atomic tfm; /* written with the lock held */
	size_t room;             /* bytes, 0: not asked yet */
	bool owned;              /* some op's last one */
	atomic_bool stale;       /* has the rest of a hash in it */
	TAILQ_ENTRY(slot) link;
};

TAILQ_HEAD(slot_list, slot);

struct chunk {
	struct chunk *_Atomic next;
	struct slot slots[SLOTS_CHUNK];
};

/* A transform, open or not: of a key, an algorithm and a size of tags. */
struct tfm {
	LIST_ENTRY(tfm) link;
	struct kcapi_key *key;
	const struct alg *alg;
	unsigned tag;
	unsigned pins;          /* accepts under way */
	atomic_uint stamp;      /* of a passed one: its operations' */
	struct slot *slot;      /* NULL: not open */
	struct slot_list slots; /* of its operations; those of no op first */
};

enum probe_bits {
	PROBE_DONE = 1,
	PROBE_SERIAL_DONE = 2,
	PROBE_WORKS = 4,
	PROBE_SERIAL_WORKS = 8,
	PROBE_NO_SOCKET = 16, /* no AF_ALG */
};

#define ALGS_MAX 40u

struct kcapi {
	pthread_mutex_t lock;
	unsigned limit;          /* descriptors */
	atomic_uint open;        /* written with the lock held */
	atomic_uint clock;       /* counts openings: how old is a slot's last use */
	struct chunk chunks;     /* the first of the chain */
	struct kcapi_key *plain; /* no key, for digests */
	atomic_uint probed[ALGS_MAX];
};

struct kcapi_key {
	struct kcapi *kcapi;
	atomic_uint refs;
	enum kcapi_keying how;
	int32_t serial;
	struct secret value;
	atomic_bool revoked;
	bool unkeyed;  /* for digests */
	unsigned held; /* kcapi_key_hold(); with the lock */
	LIST_HEAD(, tfm) tfms;
};

/* Finds or makes it, unopened. -ENOMEM; -ENODEV: passed, and not there. */
int tfm_get(struct kcapi_key *key, const struct alg *a, unsigned tag,
	struct tfm **ret) MUST_CHECK;

/* Bytes of the tag that a transform has unless it is asked for another: 0 but for AEADs. */
unsigned tfm_whole_tag(const struct alg *a) MUST_CHECK;

/* An op's hold on a slot: the last one it used, which it may have lost since. */
struct lease {
	struct slot *slot;
	uint64_t word; /* as it was left; while in use, as it is */
	int fd;        /* while in use */
};

/* A socket to work on. 0; -EKEYREVOKED; -ESTALE: revoked, and passed; -ENODEV: passed, and
 * lost; -EIO: it was held and is lost; what sock_transform() says. */
int lease_begin(struct lease *l, struct tfm *t) MUST_CHECK;
/* After a call. hold: a hash is under way. */
void lease_end(struct lease *l, bool hold);
/* After an error. True: the socket was ours no more, and the number has been forgotten;
 * false: it was, and has been closed. */
bool lease_fail(struct lease *l);
/* Between calls, without a system call: what was held is of no use any more. */
void lease_abandon(struct lease *l);
/* The op goes. */
void lease_free(struct lease *l);
/* from, held or lost since: its hash state on another socket, in use. 0 or as lease_begin(). */
int lease_clone(struct lease *from, struct lease *ret) MUST_CHECK;
/* Bytes that the socket in use takes at once; up to want, if that can be had. */
size_t lease_room(struct lease *l, size_t want) MUST_CHECK;

/* One message in and its answer out, on a socket that lease_begin() has got already or on
 * one that it gets. Afterwards none is in use. in_n and out_n are the sums.
 * Errors as lease_begin(); -EBADMSG; -EINVAL: lengths that the algorithm does not take; others. An
 * answer of nothing needs one byte of room all the same. */
int exchange(struct lease *l, struct tfm *t, const struct control *c,
	const struct iovec *in, size_t in_count, size_t in_n, const struct iovec *out,
	size_t out_count, size_t out_n) MUST_CHECK;

/* probe.c: what the algorithm does here. */
bool alg_serves(struct kcapi *k, const struct alg *a, enum kcapi_keying how) MUST_CHECK;
/* Negative errno to CKR. started: something of the operation was computed. */
CK_RV kcapi_rv(int err, enum op_kind kind, bool started) MUST_CHECK;

/* --- Inside: cache.c for lease.c and key.c ------------------------------------------- */

static inline enum slot_state
state_of(uint64_t word)
{
	return (enum slot_state)(word % SLOT_STATES);
}

static inline uint64_t
with_state(uint64_t word, enum slot_state state)
{
	return word - word % SLOT_STATES + state;
}

static inline bool
slot_swap(struct slot *s, uint64_t from, uint64_t to)
{
	return atomic_compare_exchange_strong(&s->word, &from, to);
}

void cache_lock(struct kcapi *k);
void cache_unlock(struct kcapi *k);
void chunk_init(struct chunk *c, struct kcapi *k);
/* Another socket of what fd is; sockets that are not in use make room where there is none.
 * Without the lock. */
int cache_accept(struct kcapi *k, int fd, int *ret) MUST_CHECK;
/* An operation socket of the transform, which is opened for that if it is not, as
 * lease_begin(). Without the lock. */
int tfm_accept(struct tfm *t, int *ret) MUST_CHECK;

/* All with the lock held. Takes the slot, if its word is still this one, and closes its
 * descriptor where that is ours. False: it was not. */
bool slot_drop(struct kcapi *k, struct slot *s, uint64_t word);
/* fd becomes a slot's; others that are said to have the number lose it. -ENOMEM, -EBADF. */
int slot_register(struct kcapi *k, int fd, struct tfm *t, enum slot_state state,
	struct slot **ret) MUST_CHECK;
/* Down to the limit, as far as that can be done. */
void cache_trim(struct kcapi *k);
/* Is it, and is it still ours? A system call. */
bool tfm_is_open(struct tfm *t) MUST_CHECK;
/* Closes what no call is using. */
void tfm_close(struct tfm *t);
