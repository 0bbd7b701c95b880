/* SPDX-License-Identifier: Apache-2.0 */
#include "libtoken/object/remote.h"

#include "common/cleanup.h"

/* The mechanism's row, when it does this, with its parameter for the socket. */
static CK_RV
generator(const struct object_view *v, const CK_MECHANISM *mechanism, CK_FLAGS flag,
	const struct mech **ret, struct buf *ret_params)
{
	struct mech_params params;
	const struct mech *m;
	CK_RV rv;

	if (mechanism == NULL)
		return CKR_ARGUMENTS_BAD;
	m = mech_offered(v->store, mechanism->mechanism);
	if (m == NULL || (m->flags & flag) == 0)
		return CKR_MECHANISM_INVALID;
	rv = mech_params_parse(m, mechanism, &params);
	if (rv != CKR_OK)
		return rv;
	mech_params_encode(m, &params, ret_params);
	*ret = m;
	return buf_ok(ret_params) ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV
generate_remote(const struct object_view *v, const struct mech *m, struct bytes params,
	struct bytes template, CK_OBJECT_HANDLE *ret)
{
	struct wire_generate request = { .slot = v->slot,
		.mechanism = m->type,
		.params = params,
		.template = template };
	CK_RV rv = remote_request(&request.request);

	return rv == CKR_OK ? remote_make(v, WIRE_GENERATE, &request, 0, ret) : rv;
}

CK_RV
object_generate(const struct object_view *v, const CK_MECHANISM *mechanism,
	const CK_ATTRIBUTE *template, CK_ULONG n, CK_OBJECT_HANDLE *ret)
{
	CLEANUP(attrs_free)
	struct attrs packed = ATTRS_SECRET;
	CLEANUP(attrs_free)
	struct attrs public = ATTRS_INIT;
	CLEANUP(attrs_free)
	struct attrs secret = ATTRS_SECRET;
	CLEANUP(buf_free)
	struct buf params = BUF_INIT;
	struct object_request request = {
		.origin = ORIGIN_GENERATE, .role = v->role, .class = CKO_SECRET_KEY
	};
	const struct mech *m =
		mechanism != NULL ? mech_offered(v->store, mechanism->mechanism) : NULL;
	enum wire_custody custody = WIRE_CUSTODY_BROKER;
	CK_RV rv;

	if (m != NULL && mech_generates_from_password(m))
		return object_from_password(v, m, mechanism, template, n, ret);
	rv = generator(v, mechanism, CKF_GENERATE, &m, &params);
	if (rv == CKR_OK)
		rv = attrs_from_template(template, n, &packed);
	if (rv == CKR_OK)
		rv = remote_private(v, CKO_SECRET_KEY, attrs_bytes(&packed), &packed);
	if (rv != CKR_OK)
		return rv;
	if (attrs_bool(attrs_bytes(&packed), CKA_TOKEN, false)) {
		if (!v->writable)
			return CKR_SESSION_READ_ONLY;
	} else {
		request.mechanism = m->type;
		request.key_type = m->key_type;
		rv = object_build(&request, attrs_bytes(&packed), &public, &secret);
		if (rv == CKR_OK)
			rv = custody_choose(v, attrs_bytes(&public), &custody);
		if (rv != CKR_OK)
			return rv;
	}
	if (custody != WIRE_CUSTODY_BROKER) {
		rv = custody_generate(v, custody, &public, ret);
		if (rv != CKR_DEVICE_MEMORY)
			return rv;
	}
	return generate_remote(v, m, buf_bytes(&params), attrs_bytes(&packed), ret);
}

static CK_RV
pair_remote(const struct object_view *v, const struct wire_generate_pair *request,
	CK_OBJECT_HANDLE *ret_public, CK_OBJECT_HANDLE *ret_private)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_INIT;
	CLEANUP(region_lease_end)
	struct region_lease begun = REGION_LEASE_NONE;
	CK_OBJECT_HANDLE handles[2];
	struct wire_pair_reply reply;
	CK_RV rv;

	region_begin(v->regions, v->store, v->slot, &begun);
	rv = remote_call(v, WIRE_GENERATE_PAIR, request, &reply, &payload);
	if (rv == CKR_OK)
		rv = remote_publish(v, &begun, &request->request,
			(const struct bytes[]){ reply.public_key, reply.private_key }, 2,
			handles);
	if (rv != CKR_OK)
		return rv;
	*ret_public = handles[0];
	*ret_private = handles[1];
	return CKR_OK;
}

CK_RV
object_generate_pair(const struct object_view *v, const CK_MECHANISM *mechanism,
	struct template public_half, struct template private_half,
	CK_OBJECT_HANDLE *ret_public, CK_OBJECT_HANDLE *ret_private)
{
	CLEANUP(attrs_free)
	struct attrs public = ATTRS_SECRET;
	CLEANUP(attrs_free)
	struct attrs private = ATTRS_SECRET;
	CLEANUP(buf_free)
	struct buf params = BUF_INIT;
	struct wire_generate_pair request = { .slot = v->slot };
	const struct mech *m;
	CK_RV rv;

	rv = generator(v, mechanism, CKF_GENERATE_KEY_PAIR, &m, &params);
	if (rv == CKR_OK)
		rv = attrs_from_template(public_half.p, public_half.n, &public);
	if (rv == CKR_OK)
		rv = attrs_from_template(private_half.p, private_half.n, &private);
	if (rv == CKR_OK)
		rv = remote_private(v, CKO_PRIVATE_KEY, attrs_bytes(&private), &private);
	if (rv == CKR_OK)
		rv = remote_request(&request.request);
	if (rv != CKR_OK)
		return rv;
	if (!v->writable && (attrs_bool(attrs_bytes(&public), CKA_TOKEN, false) ||
				    attrs_bool(attrs_bytes(&private), CKA_TOKEN, false)))
		return CKR_SESSION_READ_ONLY;
	request.mechanism = m->type;
	request.params = buf_bytes(&params);
	request.public_template = attrs_bytes(&public);
	request.private_template = attrs_bytes(&private);
	return pair_remote(v, &request, ret_public, ret_private);
}
