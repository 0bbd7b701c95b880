/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that a host hands over, by how they came to be. */
#pragma once

#include "remote/server/objects.h"

/* What CreateObject asks for: checked, completed, without an id. template: the request's;
 * changed. */
int object_by_origin(struct call *c, const struct auth *auth,
	const Keystore__V1__CreateObjectRequest *rq, struct attrs *template,
	struct object *ret) MUST_CHECK;
