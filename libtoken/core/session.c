/* SPDX-License-Identifier: Apache-2.0 */
#include "libtoken/core/session.h"

#include "common/cleanup.h"
#include "libtoken/core/message.h"
#include "libtoken/object/remote.h"

#define INDEX_MASK ((1u << SESSION_INDEX_BITS) - 1)
#define CHUNK_SESSIONS (1u << SESSION_CHUNK_BITS)

/* The upper part of handles; outlives tables, so that no handle from before
 * C_Finalize or fork() names a session after it. */
static atomic_ulong last_number;

CK_RV
session_table_init(struct session_table *t)
{
	/* untouched pages of it cost nothing */
	t->chunks = calloc(SESSION_CHUNKS, sizeof t->chunks[0]);
	if (t->chunks == NULL)
		return CKR_HOST_MEMORY;
	pthread_mutex_init(&t->lock, NULL);
	return CKR_OK;
}

static struct session *
session_at(struct session_table *t, uint32_t index)
{
	struct session *chunk = atomic_load_explicit(
		&t->chunks[index >> SESSION_CHUNK_BITS], memory_order_acquire);

	return chunk != NULL ? &chunk[index & (CHUNK_SESSIONS - 1)] : NULL;
}

static bool
chunk_new(struct session_table *t, uint32_t first)
{
	const size_t n = CHUNK_SESSIONS * sizeof(struct session);
	struct session *chunk = aligned_alloc(_Alignof(struct session), n);

	if (chunk == NULL)
		return false;
	memset(chunk, 0, n);
	for (uint32_t i = 0; i < CHUNK_SESSIONS; i++) {
		pthread_mutex_init(&chunk[i].lock, NULL);
		chunk[i].index = first + i;
	}
	atomic_store_explicit(
		&t->chunks[first >> SESSION_CHUNK_BITS], chunk, memory_order_release);
	return true;
}

/* The place that has been free longest, or a new one. */
static struct session *
place_take(struct session_table *t)
{
	struct session *s = NULL;

	pthread_mutex_lock(&t->lock);
	if (t->free_first != NULL) {
		s = t->free_first;
		t->free_first = s->next_free;
		if (t->free_first == NULL)
			t->free_last = NULL;
	} else if (t->used <= INDEX_MASK) {
		if (t->used % CHUNK_SESSIONS != 0 || chunk_new(t, t->used))
			s = session_at(t, t->used++);
	}
	pthread_mutex_unlock(&t->lock);
	return s;
}

static void
place_give(struct session_table *t, struct session *s)
{
	pthread_mutex_lock(&t->lock);
	s->next_free = NULL;
	if (t->free_last != NULL)
		t->free_last->next_free = s;
	else
		t->free_first = s;
	t->free_last = s;
	pthread_mutex_unlock(&t->lock);
}

CK_RV
session_open(struct library *lib, CK_SLOT_ID id, CK_FLAGS flags, CK_SESSION_HANDLE *ret)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_INIT;
	const bool rw = (flags & CKF_RW_SESSION) != 0;
	struct wire_slot w;
	struct session *s;
	struct slot *slot;
	unsigned removals;
	CK_RV rv;

	rv = slot_describe(lib, id, &w, &payload);
	if (rv != CKR_OK)
		return rv;
	if ((w.flags & WIRE_SLOT_GONE) != 0)
		return CKR_TOKEN_NOT_PRESENT;
	if ((w.flags & WIRE_SLOT_INITIALIZED) == 0)
		return CKR_TOKEN_NOT_INITIALIZED;
	slot = slot_get(lib, id);
	s = slot != NULL ? place_take(&lib->sessions) : NULL;
	if (s == NULL)
		return slot == NULL ? CKR_HOST_MEMORY : CKR_SESSION_COUNT;
	rv = slot_open(lib, slot, rw, &removals);
	if (rv != CKR_OK) {
		place_give(&lib->sessions, s);
		return rv;
	}
	pthread_mutex_lock(&s->lock);
	s->lib = lib;
	s->slot = slot;
	s->removals = removals;
	s->flags = flags & (CKF_RW_SESSION | CKF_SERIAL_SESSION);
	LIST_INIT(&s->owned.objects);
	s->handle =
		(atomic_fetch_add(&last_number, 1) + 1) << SESSION_INDEX_BITS | s->index;
	*ret = s->handle;
	pthread_mutex_unlock(&s->lock);
	return CKR_OK;
}

/* With its lock: ends it for everybody. */
static void
session_empty(struct session *s)
{
	s->handle = 0;
	for (int kind = 0; kind < OP_KINDS; kind++)
		operation_free(&s->ops[kind]);
	message_free_all(s);
	search_free(&s->search);
}

/* With its lock, which is given back. */
static void
session_end(struct library *lib, struct session *s)
{
	CLEANUP(buf_free)
	struct buf ids = BUF_INIT;
	struct slot *slot = s->slot;
	const bool rw = session_is_rw(s);
	const unsigned removals = s->removals;

	session_empty(s);
	object_table_drop_owner(lib->objects, &s->owned, &ids);
	pthread_mutex_unlock(&s->lock);
	if (ids.n != 0)
		(void)!remote_destroy(lib->store, slot->id, buf_bytes(&ids));
	slot_close(lib, slot, rw, removals);
	place_give(&lib->sessions, s);
}

/* With its lock, which is kept: without a word to keyringd. */
static void
session_drop(struct library *lib, struct session *s)
{
	session_empty(s);
	object_table_drop_owner(lib->objects, &s->owned, NULL);
	place_give(&lib->sessions, s);
}

/* 5.1.2: "removing a token closes all sessions with it". */
static bool
is_removed(const struct session *s)
{
	return atomic_load_explicit(&s->slot->removals, memory_order_relaxed) !=
	       s->removals;
}

static struct session *
session_lock(struct session_table *t, CK_SESSION_HANDLE handle)
{
	struct session *s = session_at(t, handle & INDEX_MASK);

	if (s == NULL || handle == 0)
		return NULL;
	pthread_mutex_lock(&s->lock);
	if (s->handle == handle) {
		if (!is_removed(s))
			return s;
		session_drop(s->lib, s);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

CK_RV
session_close(struct library *lib, CK_SESSION_HANDLE handle)
{
	struct session *s = session_lock(&lib->sessions, handle);

	if (s == NULL)
		return CKR_SESSION_HANDLE_INVALID;
	session_end(lib, s);
	return CKR_OK;
}

static uint32_t
places_used(struct session_table *t)
{
	uint32_t used;

	pthread_mutex_lock(&t->lock);
	used = t->used;
	pthread_mutex_unlock(&t->lock);
	return used;
}

void
session_close_slot(struct library *lib, CK_SLOT_ID slot)
{
	for (uint32_t i = 0, n = places_used(&lib->sessions); i < n; i++) {
		struct session *s = session_at(&lib->sessions, i);

		pthread_mutex_lock(&s->lock);
		if (s->handle != 0 && s->slot->id == slot)
			session_end(lib, s);
		else
			pthread_mutex_unlock(&s->lock);
	}
}

void
session_table_close_all(struct library *lib)
{
	for (uint32_t i = 0, n = places_used(&lib->sessions); i < n; i++) {
		struct session *s = session_at(&lib->sessions, i);

		pthread_mutex_lock(&s->lock);
		if (s->handle != 0)
			session_drop(lib, s);
		pthread_mutex_unlock(&s->lock);
	}
}

void
session_drop_removed(struct library *lib)
{
	for (uint32_t i = 0, n = places_used(&lib->sessions); i < n; i++) {
		struct session *s = session_at(&lib->sessions, i);

		if (pthread_mutex_trylock(&s->lock) != 0)
			continue;
		if (s->handle != 0 && is_removed(s))
			session_drop(lib, s);
		pthread_mutex_unlock(&s->lock);
	}
}

CK_RV
session_enter_warm(CK_SESSION_HANDLE handle, struct session **ret)
{
	struct library *lib = library_now();
	struct session *s;
	CK_RV rv;

	if (lib == NULL)
		return CKR_CRYPTOKI_NOT_INITIALIZED;
	rv = app_enter(lib);
	if (rv != CKR_OK)
		return rv;
	s = session_lock(&lib->sessions, handle);
	if (s == NULL) {
		app_leave(lib);
		return atomic_load(&lib->active) ? CKR_SESSION_HANDLE_INVALID
						 : CKR_CRYPTOKI_NOT_INITIALIZED;
	}
	if (store_generation(lib->store) !=
		atomic_load_explicit(&lib->generation, memory_order_relaxed))
		library_resync(lib);
	s->era = atomic_load_explicit(&s->slot->era, memory_order_acquire);
	*ret = s;
	return CKR_OK;
}

void
session_login_lost(struct session *s)
{
	slot_login_lost(s->lib, s->slot, s->era);
}

void
session_answered(struct session *s, CK_RV rv)
{
	if (rv == CKR_USER_NOT_LOGGED_IN)
		session_login_lost(s);
	else if (rv == CKR_DEVICE_REMOVED) /* or keyringd is away */
		slot_look(s->lib, s->slot->id);
}

CK_RV
session_enter(CK_SESSION_HANDLE handle, struct session **ret)
{
	CK_RV rv = session_enter_warm(handle, ret);

	if (rv == CKR_OK)
		session_errors_begin(*ret);
	return rv;
}

/* ---- keys that are gone */

static void
look_at_keys(struct session *s, unsigned gone)
{
	s->gone = gone;
	for (int kind = 0; kind < OP_KINDS; kind++)
		operation_forget_gone(s->lib->objects, &s->ops[kind]);
	for (int kind = 0; s->messages != NULL && kind < MESSAGE_KINDS; kind++)
		operation_forget_gone(s->lib->objects, message_operation(s, kind));
}

/* Unless it is busy: then it does so itself, when its call ends. Who comes meanwhile finds it
 * busy here. */
static void
look_if_idle(struct library *lib, struct session *s, unsigned gone)
{
	unsigned then;

	do {
		then = gone;
		if (pthread_mutex_trylock(&s->lock) != 0)
			return;
		if (s->handle != 0)
			look_at_keys(s, then);
		pthread_mutex_unlock(&s->lock);
		gone = atomic_load(&lib->gone);
	} while (gone != then);
}

void
session_forget_keys(struct library *lib)
{
	const unsigned gone = atomic_load(&lib->gone);

	if (atomic_exchange(&lib->told, gone) == gone)
		return;
	saved_forget_gone(&lib->saved, lib->objects);
	for (uint32_t i = 0, n = places_used(&lib->sessions); i < n; i++)
		look_if_idle(lib, session_at(&lib->sessions, i), gone);
}

static void
let_go(struct operation *o, CK_OBJECT_HANDLE key)
{
	if (o->state == OPERATION_IDLE && o->key != NULL && o->key->handle == key)
		operation_free(o);
}

void
session_let_go(struct session *s, CK_OBJECT_HANDLE key)
{
	for (int kind = 0; kind < OP_KINDS; kind++)
		let_go(&s->ops[kind], key);
	for (int kind = 0; s->messages != NULL && kind < MESSAGE_KINDS; kind++)
		let_go(message_operation(s, kind), key);
}

/* ---- the end of a call */

void
session_leave(struct session **sp)
{
	struct session *s = TAKE_PTR(*sp);
	struct library *lib;
	unsigned gone, now;

	if (s == NULL)
		return;
	lib = s->lib;
	gone = atomic_load_explicit(&lib->gone, memory_order_acquire);
	if (gone != s->gone) {
		look_at_keys(s, gone);
		session_forget_keys(lib);
	}
	if (s->errors_begun)
		errors_end();
	s->errors_begun = false;
	/* before the session: C_Finalize waits for that, then destroys the mutex */
	app_leave(lib);
	pthread_mutex_unlock(&s->lock);
	/* it was busy for who came since; neither sessions nor the library are ever freed */
	now = atomic_load(&lib->gone);
	if (now != gone)
		look_if_idle(lib, s, now);
}

CK_STATE
session_state(const struct session *s)
{
	static const CK_STATE states[][2] = {
		[ROLE_NONE] = { CKS_RO_PUBLIC_SESSION, CKS_RW_PUBLIC_SESSION },
		[ROLE_USER] = { CKS_RO_USER_FUNCTIONS, CKS_RW_USER_FUNCTIONS },
		[ROLE_SO] = { CKS_RW_SO_FUNCTIONS, CKS_RW_SO_FUNCTIONS },
	};

	return states[slot_role(s->slot)][session_is_rw(s)];
}

struct object_view
session_view(struct session *s)
{
	/* before the role, which library_resync() changes first */
	const uint64_t generation = atomic_load(&s->lib->generation);

	return (struct object_view){ .store = s->lib->store,
		.table = s->lib->objects,
		.regions = &s->lib->regions,
		.kernel = s->lib->kernel,
		.owner = &s->owned,
		.slot = s->slot->id,
		.role = slot_role(s->slot),
		.generation = generation,
		.era = &s->slot->era,
		.era_then = s->era,
		.writable = session_is_rw(s) };
}

CK_RV
session_search(struct session *s, const CK_ATTRIBUTE *template, CK_ULONG n)
{
	struct object_view v = session_view(s);
	CK_RV rv = search_new(&v, template, n, mech_flags_served, &s->search);

	/* what nobody may look for is not there: keyringd has not heard of the last logout */
	if (rv != CKR_USER_NOT_LOGGED_IN || v.role != ROLE_NONE)
		return rv;
	session_login_lost(s);
	return search_new(&v, template, n, mech_flags_served, &s->search);
}

void
session_cancel(struct session *s, CK_FLAGS flags)
{
	for (enum op_kind kind = 0; kind < OP_KINDS; kind++) {
		if ((flags & mech_flag(kind)) != 0)
			operation_cancel(&s->ops[kind]);
		if ((flags & mech_message_flag(kind)) != 0)
			message_cancel(s, kind);
	}
	if ((flags & CKF_FIND_OBJECTS) != 0)
		search_free(&s->search);
}
