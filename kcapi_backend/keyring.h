/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secret keys in the kernel keyring of this process.
 *
 * A process keyring hangs on a thread's credentials: threads started earlier
 * do not possess it, and it goes when the last thread (or open file) with
 * those credentials goes. So every key grants VIEW, SEARCH, READ and WRITE (a logon
 * key VIEW and SEARCH) to its user, and the first key made under a thread's keyring maps one shared
 * anonymous page: the file that the kernel puts behind such a mapping pins
 * those credentials until the last key under that keyring is freed and the
 * thread has ended. A mapping needs no descriptor (an application may
 * closefrom()), and MADV_DONTFORK keeps a forked child from holding the keys
 * of its parent alive. Other processes of the same user can use, read or
 * destroy such a key by its serial; a KEYRING_LOGON key they can use only.
 */
#pragma once

#include <stdint.h>

#include "common/secret.h"

struct keyring_pin; /* one per process keyring, counted */

enum keyring_kind {
	KEYRING_USER,  /* can be read back by this user's processes */
	KEYRING_LOGON, /* can only be used by the kernel: nobody reads it, or changes it */
};

struct keyring_key {
	int32_t serial;
	struct keyring_pin *pin;
};

/* The key's bytes as a key in the process keyring of the calling thread.
 * 0; -EDQUOT when the quota is used up (the kernel collects freed keys late: if this
 * process has freed one just now, up to wait_ms are spent retrying; 0: do not wait);
 * -ENOSYS, -EPERM where the kernel or a sandbox has no keyrings; -EINVAL for no
 * bytes or more than the kernel takes (32,767); -ENOMEM. Thread-safe. */
int keyring_key_new(enum keyring_kind kind, struct bytes value, unsigned wait_ms,
	struct keyring_key *ret) MUST_CHECK;
/* Copies the bytes out. 0; -ENOKEY, -EKEYREVOKED, -EKEYEXPIRED, -EACCES; -EOPNOTSUPP of
 * a KEYRING_LOGON key. */
int keyring_key_read(const struct keyring_key *key, struct secret *ret) MUST_CHECK;
/* Replaces the bytes, from any thread, without the churn of a new key. As
 * keyring_key_read(), or -EDQUOT when they are more than before. */
int keyring_key_update(const struct keyring_key *key, struct bytes value) MUST_CHECK;
/* Destroys it, from any thread; zeroes *key. Harmless on a zeroed one, and on
 * one inherited from before keyring_forget(). */
void keyring_key_free(struct keyring_key *key);
/* In a forked child, with one thread: the pins are gone already (MADV_DONTFORK);
 * forgets them and the keys. Touches no lock of the parent's. */
void keyring_forget(void);
/* Keys alive in this process through this interface: for tests and limits. */
unsigned keyring_keys_alive(void);
