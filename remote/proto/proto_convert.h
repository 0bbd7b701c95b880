/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between keystore.v1 messages and the forms used inside: packed attributes
 * (cryptoki/attrs.h), mechanism parameters (cryptoki/mech.h), byte ranges.
 * Both ends use it, and both treat what comes from the other as hostile.
 *
 * What is put into a message comes from rpc_allocator, so that
 * protobuf_c_message_free_unpacked(message, &rpc_allocator) wipes and frees it.
 */
#pragma once

#include "cryptoki/mech.h"
#include "remote/proto/keystore.pb-c.h"

#define PROTO_VERSION 1u /* of keystore.v1: the only one there is */

/* --- Byte ranges ----------------------------------------------------------- */

static inline struct bytes
proto_bytes(ProtobufCBinaryData data)
{
	return BYTES(data.data, data.len);
}

/* For requests whose bytes live elsewhere: never free such a message's fields. */
static inline ProtobufCBinaryData
proto_borrow(struct bytes b)
{
	return (ProtobufCBinaryData){ .len = b.n, .data = (uint8_t *)(uintptr_t)b.p };
}

/* Copies into a message. 0 or -ENOMEM. */
int proto_put_bytes(ProtobufCBinaryData *to, struct bytes from) MUST_CHECK;
int proto_put_string(char **to, struct bytes from) MUST_CHECK;
/* n bytes from rpc_allocator; NULL when there are none left. */
void *proto_alloc(size_t n);

/* --- Attributes ------------------------------------------------------------ */

/* A packed list (attrs_valid) as repeated Attribute. 0 or -ENOMEM. */
int proto_from_attrs(
	struct bytes packed, size_t *ret_n, Keystore__V1__Attribute ***ret) MUST_CHECK;
/* For requests: what proto_from_attrs made. */
void proto_attrs_free(size_t n, Keystore__V1__Attribute **list);

enum proto_unknown {
	PROTO_REFUSE_UNKNOWN, /* a server, of a template */
	PROTO_SKIP_UNKNOWN,   /* a client, of what a newer server sent */
};

/* The other way, with every limit checked; ret wipes whatever the content.
 * CKR_ATTRIBUTE_TYPE_INVALID   a type no schema knows
 * CKR_ATTRIBUTE_VALUE_INVALID  a value of another kind than the type's
 * CKR_TEMPLATE_INCONSISTENT    one type twice with different values
 * CKR_HOST_MEMORY              over ATTRS_MAX_*, or no memory */
CK_RV proto_to_attrs(size_t n, Keystore__V1__Attribute *const *list,
	enum proto_unknown unknown, struct attrs *ret) MUST_CHECK;

/* --- Mechanisms ------------------------------------------------------------ */

/* p's byte ranges are borrowed: for a request on the stack. p NULL: no parameter. */
void proto_from_mech(
	const struct mech *m, const struct mech_params *p, Keystore__V1__Mechanism *ret);
/* With every check of mech_params_decode. ret->extra points into the message.
 * CKR_MECHANISM_INVALID for an unknown one or none (from NULL),
 * CKR_MECHANISM_PARAM_INVALID. */
CK_RV proto_to_mech(const Keystore__V1__Mechanism *from, const struct mech **ret_mech,
	struct mech_params *ret) MUST_CHECK;
