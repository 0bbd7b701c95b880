/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: how derive_params.c knows each kind of parameter. */
#pragma once

#include "cryptoki/derive.h"

struct derive_shape {
	/* The application's structure of in.n bytes; only what it points to is as the
	 * application says. */
	CK_RV (*pack)(const struct mech *m, struct bytes in, struct derive_params *to);
	/* What pack() made, or a peer sent as such; NULL: any bytes will do. */
	bool (*check)(const struct mech *m, struct bytes packed);
	/* NULL: nothing is given back. in: of the size that pack() saw. */
	void (*give)(struct bytes in, struct bytes out, const CK_OBJECT_HANDLE *keys,
		size_t n);
};

/* The application's structure, copied once. CKR_MECHANISM_PARAM_INVALID: another size. */
CK_RV derive_struct(struct bytes in, void *to, size_t n) MUST_CHECK;
/* Bytes that the structure points to; _blob: with their length. The same, also for more than
 * DERIVE_MAX_DATA. */
CK_RV derive_put(struct buf *to, const void *p, CK_ULONG n) MUST_CHECK;
CK_RV derive_put_blob(struct buf *to, const void *p, CK_ULONG n) MUST_CHECK;
