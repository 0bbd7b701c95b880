/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A search in two parts: the handles of this process's session objects, taken
 * at once, then pages of token objects from keyringd, whose cursor never shows
 * one twice. A private one that went with a login and came back with the next has a new
 * handle: it is told again, and the old handle is no more. A keyringd that has begun anew
 * numbers its objects anew: the search has failed.
 */
#include "libtoken/object/builtin.h"
#include "libtoken/object/remote.h"

#include "common/cleanup.h"

#define PAGE 1024u /* objects asked for at once; fewer when they do not fit a frame */

struct search {
	struct attrs template;
	struct buf handles;  /* CK_OBJECT_HANDLE, found and not yet told */
	size_t told;         /* bytes of it */
	uint64_t cursor;     /* of keyringd's next page; 0: of the first one */
	uint64_t generation; /* store_generation() of the page before */
	bool more;           /* there is one */
	uint32_t flags;      /* WIRE_FIND_* */
};

void
search_free(struct search **sp)
{
	struct search *s = TAKE_PTR(*sp);

	if (s == NULL)
		return;
	attrs_free(&s->template);
	buf_free(&s->handles);
	free(s);
}

static CK_RV
take_page(struct search *s, const struct object_view *v, const struct region_lease *begun,
	struct bytes list)
{
	struct cursor c = cursor_over(list);
	struct wire_object w;

	while (wire_list_next(wire_object_fields, &c, &w)) {
		CLEANUP(object_unref)
		struct object *o = NULL;
		CK_RV rv = remote_object(v, begun, PLACE_TOKEN, &w, &o);

		if (rv == CKR_OK && object_is_visible(o->attributes, v->role)) {
			rv = object_table_see(v->table, &o);
			if (rv == CKR_OK)
				buf_put(&s->handles, &o->handle, sizeof o->handle);
		}
		if (rv != CKR_OK)
			return rv;
	}
	if (!cursor_ok(&c))
		return CKR_DEVICE_ERROR;
	return buf_ok(&s->handles) ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV
next_page(struct search *s, const struct object_view *v)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_INIT;
	CLEANUP(region_lease_end)
	struct region_lease begun = REGION_LEASE_NONE;
	struct wire_find request = { .slot = v->slot,
		.cursor = s->cursor,
		.max = PAGE,
		.template = attrs_bytes(&s->template) };
	struct wire_objects_reply reply;
	uint64_t generation;
	CK_RV rv;

	region_begin(v->regions, v->store, v->slot, &begun);
	rv = remote_call(v, WIRE_FIND, &request, &reply, &payload);
	if (rv != CKR_OK)
		return rv;
	generation = store_generation(v->store);
	if (s->cursor != 0 && generation != s->generation)
		return CKR_DEVICE_ERROR;
	s->generation = generation;
	s->cursor = reply.cursor;
	s->flags = reply.flags;
	s->more = reply.cursor != 0;
	return take_page(s, v, &begun, reply.list);
}

CK_RV
search_new(const struct object_view *v, const CK_ATTRIBUTE *template, CK_ULONG n,
	mech_served *served, struct search **ret)
{
	CLEANUP(search_free)
	struct search *s = calloc(1, sizeof *s);
	struct bytes token;
	bool on_token = true, in_session = true;
	CK_RV rv;

	if (s == NULL)
		return CKR_HOST_MEMORY;
	s->template = ATTRS_SECRET;
	rv = attrs_from_template(template, n, &s->template);
	if (rv != CKR_OK)
		return rv;
	if (attrs_find(attrs_bytes(&s->template), CKA_TOKEN, &token)) {
		on_token = attrs_bool(attrs_bytes(&s->template), CKA_TOKEN, false);
		in_session = !on_token;
	}
	if (in_session)
		rv = object_table_search(v->table, v->slot, v->role,
			attrs_bytes(&s->template), &s->handles);
	if (rv == CKR_OK && on_token)
		rv = next_page(s, v);
	/* which of these there are depends on the token */
	if (rv == CKR_OK && on_token)
		rv = builtin_search(
			v, attrs_bytes(&s->template), s->flags, served, &s->handles);
	if (rv == CKR_OK)
		*ret = TAKE_PTR(s);
	return rv;
}

/* Destroyed, or private and the user gone, since it was found? */
static bool
still_there(const struct object_view *v, CK_OBJECT_HANDLE handle)
{
	CLEANUP(object_unref)
	struct object *o = NULL;

	return object_get(v, handle, &o) == CKR_OK;
}

CK_RV
search_next(struct search *s, const struct object_view *v, CK_OBJECT_HANDLE *handles,
	CK_ULONG max, CK_ULONG *ret_n)
{
	CK_ULONG n = 0;

	while (n < max) {
		CK_OBJECT_HANDLE handle;

		if (s->told == s->handles.n) {
			CK_RV rv;

			if (!s->more)
				break;
			buf_reset(&s->handles);
			s->told = 0;
			rv = next_page(s, v);
			if (rv != CKR_OK)
				return rv;
			continue;
		}
		memcpy(&handle, s->handles.p + s->told, sizeof handle);
		s->told += sizeof handle;
		if (still_there(v, handle))
			handles[n++] = handle;
	}
	*ret_n = n;
	return CKR_OK;
}
