/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "kcapi_backend/cache.h"

CK_RV
kcapi_rv(int err, enum op_kind kind, bool started)
{
	static const struct {
		int err;
		CK_RV rv;
	} table[] = {
		{ 0, CKR_OK },
		{ ENOMEM, CKR_HOST_MEMORY },
		{ ENOBUFS, CKR_HOST_MEMORY },
		{ EMFILE, CKR_HOST_MEMORY },
		{ ENFILE, CKR_HOST_MEMORY },
		{ EDQUOT, CKR_DEVICE_MEMORY },
		{ EKEYREVOKED, CKR_KEY_HANDLE_INVALID },
		{ EKEYEXPIRED, CKR_KEY_HANDLE_INVALID },
		{ ENOKEY, CKR_KEY_HANDLE_INVALID },
		{ ESTALE, CKR_KEY_HANDLE_INVALID },
		{ EACCES, CKR_KEY_FUNCTION_NOT_PERMITTED },
		{ ERANGE, CKR_KEY_SIZE_RANGE },
		{ EBADMSG, CKR_ENCRYPTED_DATA_INVALID },
		{ EINVAL, CKR_DATA_LEN_RANGE },
		{ EMSGSIZE, CKR_DATA_LEN_RANGE },
	};
	/* Gone since it was found: done in another way, if nothing of it is done yet. */
	static const int gone[] = { ENODEV, ESTALE, ENOENT, EAFNOSUPPORT, ENOPROTOOPT,
		EPERM, ENOSYS };
	CK_RV rv = CKR_DEVICE_ERROR;

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		if (table[i].err == -err)
			rv = table[i].rv;
	}
	for (size_t i = 0; !started && i < ARRAY_LEN(gone); i++) {
		if (gone[i] == -err)
			rv = CKR_DEVICE_REMOVED;
	}
	if (rv == CKR_DATA_LEN_RANGE && kind == OP_DECRYPT)
		rv = CKR_ENCRYPTED_DATA_LEN_RANGE;
	return rv;
}
