/* SPDX-License-Identifier: Apache-2.0 */
#include "libtoken/core/key.h"

#include "common/cleanup.h"
#include "libtoken/object/kem.h"
#include "libtoken/object/wrap.h"

CK_RV
session_wrap(struct session *s, const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE by,
	CK_OBJECT_HANDLE key, const struct bytes *aad, struct app_out out)
{
	const struct object_view v = session_view(s);
	CLEANUP(buf_free)
	struct buf wrapped = BUF_INIT;
	CLEANUP(wrapping_end)
	struct wrapping w = { 0 };
	size_t n;
	bool room = false;
	CK_RV rv = wrapping_begin(&v, mechanism, by, key, aad, &w);

	/* how long a private key is follows from its secret numbers, which its keystore has */
	if (rv == CKR_OK && w.size == 0)
		rv = wrapping_run(&v, &w, &wrapped);
	if (rv != CKR_OK)
		return rv;
	n = w.size - w.params.tag_n;
	rv = outbuf_reserve(out, n, &room);
	if (!room)
		return rv;
	if (wrapped.n == 0)
		rv = wrapping_run(&v, &w, &wrapped);
	if (rv != CKR_OK)
		return rv;
	memcpy(out.p, wrapped.p, n);
	*out.n = n;
	wrap_params_return(&w.params, BYTES(wrapped.p + n, w.params.tag_n));
	return CKR_OK;
}

CK_RV
session_encapsulate(struct session *s, const CK_MECHANISM *mechanism, CK_OBJECT_HANDLE by,
	struct template template, struct app_out out, CK_OBJECT_HANDLE *ret)
{
	const struct object_view v = session_view(s);
	CLEANUP(buf_free)
	struct buf ciphertext = BUF_INIT;
	CLEANUP(encapsulation_end)
	struct encapsulation e = { 0 };
	bool room = false;
	CK_RV rv = encapsulation_begin(&v, mechanism, by, &e);

	if (rv != CKR_OK)
		return rv;
	rv = outbuf_reserve(out, e.size, &room);
	if (!room)
		return rv;
	rv = encapsulation_run(&v, &e, template, &ciphertext, ret);
	if (rv != CKR_OK)
		return rv;
	memcpy(out.p, ciphertext.p, ciphertext.n);
	*out.n = ciphertext.n;
	return CKR_OK;
}
