/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The backend interface: one cryptographic operation with its key, wherever it
 * runs (OpenSSL in this process, the kernel, keyringd, keystored). Whoever
 * holds an op decides when it starts and ends; an op knows nothing of
 * sessions. Not thread-safe: one op, one user at a time; no lock is held
 * while it works.
 */
#pragma once

#include "cryptoki/mech.h"

/* The numbers are those of PROTOCOL.md's op. The order counts: ciphers first, then what else
 * there is for messages (MESSAGE_KINDS), up to OP_DIGEST what C_GetOperationState saves. */
enum op_kind {
	OP_ENCRYPT,
	OP_DECRYPT,
	OP_SIGN,
	OP_VERIFY,
	OP_DIGEST,
	OP_SIGN_RECOVER,   /* sign, once, such that verification gives the data back */
	OP_VERIFY_RECOVER, /* in: the signature; out: the data */
	OP_KINDS,
};

/* Room for output. The op writes at p[0..cap) and sets n. p may overlap the
 * input only when it is the input's own start (in place). */
struct outbuf {
	uint8_t *p;
	size_t cap;
	size_t n;
};

/* v behind what is there. CKR_DEVICE_ERROR: there is less room than the op has asked for. */
static inline CK_RV MUST_CHECK
outbuf_put(struct outbuf *out, struct bytes v)
{
	if (v.n > out->cap - out->n)
		return CKR_DEVICE_ERROR;
	if (v.n != 0)
		memcpy(out->p + out->n, v.p, v.n);
	out->n += v.n;
	return CKR_OK;
}

struct op;

struct op_vtable {
	/* Most bytes that the call could produce: for once (the whole message in
	 * one call), update, and final (in_len 0). Exact for everything but
	 * the removal of padding. Verify and digest-update produce none. */
	size_t (*once_size)(const struct op *op, size_t in_len);
	size_t (*update_size)(const struct op *op, size_t in_len);
	size_t (*final_size)(const struct op *op);
	/* sig, signature: for OP_VERIFY the one to check, else empty. out has room for
	 * what *_size() said, always. A failed op can only be re-armed or freed.
	 * A decryption that authenticates yields no byte before its tag is right. */
	/* clang-format off */
	CK_RV (*once)(struct op *op, struct bytes in, struct bytes sig, struct outbuf *out);
	/* clang-format on */
	/* NULL: single-part only, the caller answers CKR_FUNCTION_NOT_SUPPORTED */
	CK_RV (*update)(struct op *op, struct bytes in, struct outbuf *out);
	CK_RV (*final)(struct op *op, struct bytes signature, struct outbuf *out);
	/* Start afresh with the same key and mechanism, other parameters: the warm
	 * path of every Init. NULL: make a new op instead. */
	CK_RV (*rearm)(struct op *op, const struct mech_params *params);
	/* The PIN, for the one use that follows; CKR_PIN_INCORRECT and its like leave the
	 * op as it is. NULL: its key takes none. */
	CK_RV (*login)(struct op *op, struct bytes pin);
	/* Copy of the state, for C_GetOperationState; NULL, CKR_STATE_UNSAVEABLE: not
	 * possible. */
	CK_RV (*clone)(const struct op *op, struct op **ret);
	/* Wipes what is secret. */
	void (*free)(struct op *op);
	/* 1 << kind for those whose input may make OpenSSL fail (crypto/errors.h) */
	uint8_t raises;
};

/* Embedded as the first member by implementations. */
struct op {
	const struct op_vtable *vtable;
	const struct mech *mech;
	enum op_kind kind;
};

static inline bool
op_raises(const struct op *op)
{
	return (op->vtable->raises >> op->kind & 1) != 0;
}

static inline void
op_free(struct op **op)
{
	if (*op != NULL)
		(*op)->vtable->free(*op);
	*op = NULL;
}
