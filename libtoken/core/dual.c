/* SPDX-License-Identifier: Apache-2.0 */
#include "common/cleanup.h"
#include "libtoken/core/session.h"

static bool
is_overwritten(struct bytes in, struct app_out out)
{
	const uintptr_t a = (uintptr_t)in.p, b = (uintptr_t)out.p;

	return out.p != NULL && out.n != NULL && b < a + in.n &&
	       (a <= b || a - b < *out.n);
}

/* Of encryption: the plaintext, before its ciphertext may lie over it. */
static CK_RV
keep_plaintext(
	struct bytes in, struct app_out out, struct secret *copy, struct bytes *ret)
{
	*ret = in;
	if (!operation_takes(in) || !is_overwritten(in, out))
		return CKR_OK;
	if (secret_copy(in, copy) != 0)
		return CKR_HOST_MEMORY;
	*ret = secret_bytes(copy);
	return CKR_OK;
}

CK_RV
operation_run_dual(struct session *s, enum op_kind cipher, enum op_kind other,
	struct bytes in, struct app_out out)
{
	CLEANUP(secret_free)
	struct secret copy = SECRET_NONE;
	struct bytes text = BYTES_NONE;
	CK_RV rv;

	if (!operation_is_active(s, cipher) || !operation_is_active(s, other))
		return CKR_OPERATION_NOT_INITIALIZED;
	/* before the cipher has taken anything */
	rv = operation_check_update(s, other);
	if (rv == CKR_OK && cipher == OP_ENCRYPT)
		rv = keep_plaintext(in, out, &copy, &text);
	if (rv != CKR_OK)
		return rv;
	rv = operation_run(s, cipher, STEP_UPDATE, in, BYTES_NONE, out);
	if (rv != CKR_OK || out.p == NULL)
		return rv;
	if (cipher == OP_DECRYPT)
		text = BYTES(out.p, *out.n);
	rv = operation_run(s, other, STEP_UPDATE, text, BYTES_NONE, APP_OUT_NONE);
	/* they were to go on together, and the cipher has moved on */
	if (rv != CKR_OK)
		operation_cancel(&s->ops[cipher]);
	return rv;
}
