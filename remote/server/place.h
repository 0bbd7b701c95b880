/* SPDX-License-Identifier: Apache-2.0 */
/* Where a new object goes: into the token, or sealed back to its host. */
#pragma once

#include "remote/server/objects.h"

/* Stores o, once for a request, or seals it for a session; and answers with it. session: what was
 * asked for, which CKA_TOKEN has to agree with (CKR_TEMPLATE_INCONSISTENT). */
int object_place(struct call *c, struct auth *auth, struct request *request,
	struct object *o, bool session, Keystore__V1__Object **ret,
	ProtobufCBinaryData *ret_blob) MUST_CHECK;
/* Of a request that was served already: what it stored, whatever has become since of what that was
 * made from. Else *ret is NULL. */
int object_placed(struct call *c, struct auth *auth, struct request *request,
	Keystore__V1__Object **ret) MUST_CHECK;
/* "object UUID WHAT by host ..." */
void object_log(struct call *c, const char *what, const struct object *o);
