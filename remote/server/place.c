/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/server/place.h"

#include "common/cleanup.h"
#include "common/log.h"
#include "cryptoki/names.h"
#include "remote/proto/proto_convert.h"
#include "remote/server/watch.h"

void
object_log(struct call *c, const char *what, const struct object *o)
{
	struct bytes pub = attrs_bytes(&o->pub), label = BYTES_NONE;
	char uuid[UUID_TEXT];

	if (!attrs_find(pub, CKA_LABEL, &label))
		label = BYTES_NONE;
	id_text(&o->id, uuid);
	log_info("object %s %s by host %s: %s \"%.*s\"", uuid, what, call_host(c),
		cko_name(object_class(o)), (int)(label.n < 64 ? label.n : 64),
		(const char *)label.p);
}

/* A key of a session is sealed and goes back; an object of the token is stored.
 * Which one was asked for must be what the attributes say. */
static int
check_place(struct call *c, const struct object *o, bool session)
{
	bool token = attrs_bool(attrs_bytes(&o->pub), CKA_TOKEN, false);

	if (token == session)
		return call_refuse(c, CKR_TEMPLATE_INCONSISTENT,
			"CKA_TOKEN and the request disagree whether this is a token "
			"object");
	if (session && object_class(o) != CKO_PRIVATE_KEY)
		return call_refuse(c, CKR_TEMPLATE_INCONSISTENT,
			"only private keys are sealed for a session");
	return 0;
}

int
object_place(struct call *c, struct auth *auth, struct request *request, struct object *o,
	bool session, Keystore__V1__Object **ret, ProtobufCBinaryData *ret_blob)
{
	struct making m = { .auth = auth, .request = request, .objects = { o, NULL } };
	int r = check_place(c, o, session);

	if (r != 0)
		return r;
	if (session) {
		r = blob_make(c, auth, o, ret_blob);
		return r == 0 ? object_to_proto(NULL, 0, attrs_bytes(&o->pub), ret) : r;
	}
	r = objects_make(c, &m);
	if (r != 0)
		return r;
	if (!m.repeated) {
		object_log(c, "created", o);
		watch_notify(c->ks->watch, &auth->token);
	}
	return object_to_proto(&o->id, o->revision, attrs_bytes(&o->pub), ret);
}

int
object_placed(struct call *c, struct auth *auth, struct request *request,
	Keystore__V1__Object **ret)
{
	CLEANUP(object_free)
	struct object o = OBJECT_NONE;
	struct making m = { .auth = auth, .request = request, .objects = { &o, NULL } };
	int r = objects_made(c, &m);

	*ret = NULL;
	if (r != 0 || !m.repeated)
		return r;
	return object_to_proto(&o.id, o.revision, attrs_bytes(&o.pub), ret);
}
