/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of a session with keys that give bytes. */
#pragma once

#include "libtoken/core/session.h"

/* C_WrapKey; aad not NULL: C_WrapKeyAuthenticated. A length query and
 * CKR_BUFFER_TOO_SMALL cost no wrapping, but of a private key: that is wrapped to learn how long
 * it is, and thrown away. */
CK_RV session_wrap(struct session *s, const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE by,
	CK_OBJECT_HANDLE key, const struct bytes *aad, struct app_out out) MUST_CHECK;
/* C_EncapsulateKey. The same; nor do they make a key, or need ret. */
CK_RV session_encapsulate(struct session *s, const CK_MECHANISM *mechanism,
	CK_OBJECT_HANDLE by, struct template template, struct app_out out,
	CK_OBJECT_HANDLE *ret) MUST_CHECK;
