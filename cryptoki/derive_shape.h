/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: how derive_params.c knows each kind of parameter. */
#pragma once

#include "cryptoki/derive.h"

/* The application's structure of in.n bytes; only what it points to is as the application
 * says. */
typedef CK_RV derive_pack(
	const struct mech *m, struct bytes in, struct derive_params *to);
/* What was packed, or a peer sent as such. other: with a key beside it. */
typedef bool derive_check(const struct mech *m, struct bytes packed, bool other);
/* in: the structure that was packed, which the application may have changed since. */
typedef void derive_give(const struct mech *m, struct bytes in, struct bytes out,
	const CK_OBJECT_HANDLE *keys, size_t n);

struct derive_shape {
	derive_pack *pack;
	derive_check *check;
	derive_give *give; /* NULL: nothing is given back */
};

derive_pack hkdf_pack, pbkdf2_pack, sp800_pack, tls_master_pack, tls_extended_pack,
	tls_keys_pack, tls_kdf_pack, ecdh_pack, public_value_pack, x9_42_dh1_pack;
derive_check hkdf_check, pbkdf2_check, sp800_check, tls_check, agree_check;
derive_give sp800_give, tls_master_give, tls_extended_give, tls_keys_give;
void sp800_blame(const struct mech *m, struct bytes in, size_t i);

/* The application's structure, copied once. CKR_MECHANISM_PARAM_INVALID: another size. */
CK_RV derive_struct(struct bytes in, void *to, size_t n) MUST_CHECK;
/* Bytes that the structure points to; _blob: with their length. The same, also for more than
 * DERIVE_MAX_DATA. */
CK_RV derive_put(struct buf *to, const void *p, CK_ULONG n) MUST_CHECK;
CK_RV derive_put_blob(struct buf *to, const void *p, CK_ULONG n) MUST_CHECK;
