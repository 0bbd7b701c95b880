/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/derive.h"

CK_RV
key_from_password(const struct mech *m, struct bytes params, size_t n, struct secret *ret)
{
	return CKR_MECHANISM_INVALID;
}
