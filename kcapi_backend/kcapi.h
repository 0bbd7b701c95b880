/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AF_ALG: the kernel's cryptography behind the operation interface, with keys that stay
 * in the kernel.
 *
 * A transform ("tfm") is a bound, keyed socket; accept() on it gives operation
 * sockets, each for one operation at a time. Both are cached: transforms per key
 * and algorithm, operation sockets on their transform's free list. A warm one-shot
 * operation is sendmsg and recvmsg. Nothing is opened or probed before it is asked for.
 *
 * Every descriptor is close-on-exec and out of the way of low numbers. Every sendmsg
 * carries control messages that AF_ALG skips and every other socket refuses, so that an
 * application that closed our descriptors and opened its own under the same numbers
 * cannot be sent what was meant for the kernel; nothing is closed that is not known
 * by device and inode to be ours.
 *
 * Thread-safe, but for ops: one user at a time each (cryptoki/op.h). No lock is held in a
 * system call that works on data.
 */
#pragma once

#include "common/secret.h"
#include "cryptoki/op.h"

struct kcapi;     /* what one module or daemon has open, and what it has probed */
struct kcapi_key; /* a secret key and its transforms; counted */

enum kcapi_keying {
	KCAPI_SERIAL, /* ALG_SET_KEY_BY_KEY_SERIAL, Linux 6.2 */
	KCAPI_BYTES,  /* ALG_SET_KEY */
	KCAPI_PASSED, /* the transform comes from somebody else */
};

/* sockets: descriptors kept open at most, oldest closed first; more only while
 * operations are under way or keys are held. No system call. 0 or -ENOMEM. */
int kcapi_new(unsigned sockets, struct kcapi **ret) MUST_CHECK;
/* Keys and ops are freed before. */
void kcapi_free(struct kcapi **k);
/* In a forked child, instead: closes what was inherited, without touching a lock of the
 * parent's. Keys and ops of the parent are left where they are. */
void kcapi_forget(struct kcapi **k);

/* Does this kernel serve the mechanism, by itself or built from what it has, for keys
 * that come to it in this way? The algorithms it takes are probed by bind, key and known
 * answer at the first question.
 * KCAPI_SERIAL, KCAPI_BYTES: with every parameter and length, but for XTS: a data unit is
 * one message, bounded by the socket's buffers (some 400 KiB for an unprivileged process).
 * KCAPI_PASSED: whether it is worth asking for; false only where there is no AF_ALG, because
 * what this process may not bind itself can be passed to it. */
bool kcapi_serves(
	struct kcapi *k, const struct mech *m, enum kcapi_keying how) MUST_CHECK;
/* The plain mechanisms (CKM_AES_CBC is cbc(aes)) whose transforms an operation with this
 * parameter takes: one, or two where it is built. 0: not served. */
unsigned kcapi_needs(struct kcapi *k, const struct mech *m, const struct mech_params *p,
	const struct mech *ret[2]) MUST_CHECK;

/* --- Keys ------------------------------------------------------------------ */

/* A key of the kernel's keyring. The serial is not taken over. -ENOMEM. */
int kcapi_key_by_serial(
	struct kcapi *k, int32_t serial, struct kcapi_key **ret) MUST_CHECK;
/* For daemons: a copy of the bytes stays in locked memory. -ENOMEM. */
int kcapi_key_by_bytes(
	struct kcapi *k, struct bytes value, struct kcapi_key **ret) MUST_CHECK;
/* A key whose transforms are passed to this process: none yet. */
int kcapi_key_passed(struct kcapi *k, struct kcapi_key **ret) MUST_CHECK;
/* Takes tfm, in any case. -EBADF: no AF_ALG socket; -ENOMEM. One that is there
 * already for plain stays, and the new one is closed. */
int kcapi_key_adopt(struct kcapi_key *key, const struct mech *plain, int tfm) MUST_CHECK;
bool kcapi_key_has(struct kcapi_key *key, const struct mech *plain) MUST_CHECK;
/* The same at a system call: the application has not closed it either. */
bool kcapi_key_still_has(struct kcapi_key *key, const struct mech *plain) MUST_CHECK;
/* Closes its sockets, those of operations under way as soon as their call
 * returns. From now on its operations answer CKR_KEY_HANDLE_INVALID; of a passed key, those
 * of which nothing was computed, CKR_DEVICE_REMOVED. */
void kcapi_key_revoke(struct kcapi_key *key);
/* An operation of several exchanges begins, or is over: its transforms are not closed to make
 * room, for the one who was passed them cannot open them again. Sockets of operations may still
 * be closed between two of them, and revoking closes everything. */
void kcapi_key_hold(struct kcapi_key *key, bool on);
struct kcapi_key *kcapi_key_ref(struct kcapi_key *key);
void kcapi_key_unref(struct kcapi_key **key);

/* --- Operations -------------------------------------------------------------- */

/* CKR_MECHANISM_INVALID: the kernel does not serve this (any more), or a passed key lacks
 * the transform: another way has to be found. The op holds a reference to the key.
 * Calls of it give CKR_KEY_HANDLE_INVALID when the key is gone or revoked, and
 * CKR_DEVICE_REMOVED before anything was computed (in place, the input is as it was), when
 * the operation can be done in another way: a passed transform was lost (an application
 * closed it), was revoked (its owner may still have the key), or does not suffice
 * (gcm(aes) alone takes up to 512 KiB at once, and no encryption in parts).
 * The transform and a socket are opened here, so that keys that do not fit are told:
 * CKR_KEY_SIZE_RANGE, CKR_KEY_HANDLE_INVALID, CKR_KEY_FUNCTION_NOT_PERMITTED. rearm()
 * makes no system call. */
CK_RV op_kcapi_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct kcapi_key *key, struct op **ret) MUST_CHECK;
/* Its calls give CKR_DEVICE_REMOVED, too, where the kernel is not to be had any more. */
CK_RV op_kcapi_digest_new(
	struct kcapi *k, const struct mech *m, struct op **ret) MUST_CHECK;

/* --- Passing ------------------------------------------------------------------ */

/* A fresh transform to be passed, and one operation socket of it to be held by the
 * sender: as long as it is open, nobody can set another key. */
struct kcapi_pass {
	int tfm, held;
};

/* -ENOENT: the kernel does not serve plain; -EINVAL: a key of that size; -EMFILE ... */
int kcapi_pass_new(struct kcapi *k, const struct mech *plain, struct bytes value,
	struct kcapi_pass *ret) MUST_CHECK;

/* --- For people ------------------------------------------------------------------ */

struct kcapi_report {
	const char *algorithm; /* the kernel's: "gcm(aes)" */
	const char *kind;      /* "skcipher", "aead", "hash" */
	bool available, by_serial;
	bool known_answer; /* false, though available: computes something else */
	int error;         /* errno of the first step that failed, 0 */
	const char *step;  /* "socket", "bind", "key", "answer": that step */
};

/* Probes everything. How many rows there are; at most max are written. */
size_t kcapi_report(struct kcapi *k, struct kcapi_report *ret, size_t max);
