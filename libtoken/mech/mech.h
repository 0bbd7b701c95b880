/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a mechanism's row and a key to an operation that runs where the key is:
 * OpenSSL here, the kernel, keyringd (secret keys), keystored through keyringd (private
 * keys). A new backend is a new constructor in bind.c's table.
 */
#pragma once

#include "libtoken/object/manage.h"
#include "libtoken/object/message_param.h"

/* May the key be used for this, and by this mechanism? CKR_KEY_TYPE_INCONSISTENT,
 * CKR_KEY_FUNCTION_NOT_PERMITTED. */
CK_RV mech_check_key(
	enum op_kind kind, const struct mech *m, const struct object *key) MUST_CHECK;
/* An op for a checked key. The caller keeps key referenced while the op lives. */
CK_RV mech_bind(const struct object_view *v, enum op_kind kind, const struct mech *m,
	const struct mech_params *p, struct object *key, struct op **ret) MUST_CHECK;

/* CKF_ENCRYPT ...: what C_GetMechanismInfo must say for this kind to be allowed. */
CK_FLAGS mech_flag(enum op_kind kind) MUST_CHECK;
/* The flags of a row that this module serves. */
CK_FLAGS mech_flags_served(const struct mech *m) MUST_CHECK;
/* Bytes the cipher works on at once, which may be held back between parts; 1 for
 * streams. Not mech.block: padding takes input of any length. */
size_t mech_block(const struct mech *m) MUST_CHECK;
/* Can an output be shorter than once_size() and final_size() tell? */
bool mech_removes_padding(const struct mech *m) MUST_CHECK;

/* C_DigestInit: the kernel where it has the digest and keyringd's configuration does not
 * say otherwise, else OpenSSL. */
CK_RV mech_digest(const struct object_view *v, const struct mech *m,
	const struct mech_params *p, struct op **ret) MUST_CHECK;

CK_RV broker_op_new(const struct object_view *v, enum op_kind kind, const struct mech *m,
	const struct mech_params *p, struct object *key, struct op **ret) MUST_CHECK;
CK_RV private_op_new(const struct object_view *v, enum op_kind kind, const struct mech *m,
	const struct mech_params *p, struct object *key, struct op **ret) MUST_CHECK;
