/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: op_secret_new()'s constructors. */
#pragma once

#include "cryptoki/op.h"

CK_RV op_mac_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct bytes key, struct op **ret) MUST_CHECK;
CK_RV op_cipher_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	struct bytes key, struct op **ret) MUST_CHECK;
