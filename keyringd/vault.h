/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Broker custody: the bytes of secret keys. They are sealed (AES-256-GCM) in
 * memory under one key that is a kernel key in this process's keyring, so
 * that they cost a few tens of bytes each, are not bound by the keyring's
 * quota, and are nothing in a core dump. A few that are used again become
 * kernel keys of their own; making one of each key that comes and goes would
 * cost more than all else about it.
 */
#pragma once

#include "common/secret.h"

struct vault;
struct vault_item; /* NULL: none */

/* hot: at most so many kernel keys. Call it before any thread is made. 0 or
 * -errno. */
int vault_new(unsigned hot, struct vault **ret) MUST_CHECK;
void vault_free(struct vault *v);
/* Is the sealing key a kernel key? Where the kernel has no keyrings it is in
 * locked memory. */
bool vault_has_keyring(const struct vault *v) MUST_CHECK;
/* At most 64 KiB. 0, -EMSGSIZE, -ENOMEM, -EIO. */
int vault_put(struct vault *v, struct bytes secret, struct vault_item **ret) MUST_CHECK;
/* 0, -ENOMEM; -ENOKEY when the kernel lost it. */
int vault_get(struct vault *v, struct vault_item *item, struct secret *ret) MUST_CHECK;
/* Sets *item to NULL. */
void vault_delete(struct vault *v, struct vault_item **item);
size_t vault_count(const struct vault *v) MUST_CHECK;
