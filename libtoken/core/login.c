/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is logged in, per slot and process. One login or logout at a time on a
 * slot (slot->changing), without a lock held across the round trip, so that a
 * logout that is late never ends the login after it.
 */
#include "libtoken/core/library.h"

#include "common/cleanup.h"
#include "libtoken/core/session.h"
#include "libtoken/object/remote.h"

static void
change_begin(struct slot_table *t, struct slot *s)
{
	while (s->changing)
		pthread_cond_wait(&t->changed, &t->lock);
	s->changing = true;
}

static void
change_end(struct slot_table *t, struct slot *s)
{
	s->changing = false;
	pthread_cond_broadcast(&t->changed);
}

CK_RV
slot_open(struct library *lib, struct slot *s, bool rw, unsigned *ret_removals)
{
	CK_RV rv = CKR_OK;

	pthread_mutex_lock(&lib->slots.lock);
	if (atomic_load(&s->gone)) {
		rv = CKR_TOKEN_NOT_PRESENT;
	} else if (!rw && slot_role(s) == ROLE_SO) {
		rv = CKR_SESSION_READ_WRITE_SO_EXISTS;
	} else {
		s->sessions++;
		s->rw_sessions += rw;
		*ret_removals = atomic_load(&s->removals);
	}
	pthread_mutex_unlock(&lib->slots.lock);
	return rv;
}

static bool
private_of(const struct object *o, const void *arg)
{
	return o->private && o->slot == *(const CK_SLOT_ID *)arg;
}

static bool
all_of(const struct object *o, const void *arg)
{
	return o->slot == *(const CK_SLOT_ID *)arg;
}

/* Tells keyringd, whatever it says: here, nobody is logged in from now on. */
static CK_RV
log_out(struct library *lib, struct slot *s)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_INIT, ids = BUF_INIT;
	const struct wire_slot_request request = { .slot = s->id };
	struct wire_empty reply;

	object_table_drop(lib->objects, private_of, &s->id, &ids);
	(void)!remote_destroy(lib->store, s->id, buf_bytes(&ids));
	return store_call(lib->store, WIRE_LOGOUT, &request, &reply, &payload);
}

void
slot_close(struct library *lib, struct slot *s, bool rw, unsigned removals)
{
	struct slot_table *t = &lib->slots;

	pthread_mutex_lock(&t->lock);
	if (atomic_load(&s->removals) == removals) {
		s->sessions--;
		s->rw_sessions -= rw;
	}
	if (s->sessions == 0 && slot_role(s) != ROLE_NONE) {
		change_begin(t, s);
		if (s->sessions == 0 && slot_role(s) != ROLE_NONE) {
			slot_role_set(s, ROLE_NONE);
			pthread_mutex_unlock(&t->lock);
			(void)!log_out(lib, s);
			pthread_mutex_lock(&t->lock);
		}
		change_end(t, s);
	}
	pthread_mutex_unlock(&t->lock);
}

/* keyringd has ended the login, and waits for word that this is known here. */
void
slot_removed(struct library *lib, struct slot *s)
{
	struct slot_table *t = &lib->slots;

	pthread_mutex_lock(&t->lock);
	change_begin(t, s);
	atomic_fetch_add(&s->removals, 1);
	s->sessions = s->rw_sessions = 0;
	slot_role_set(s, ROLE_NONE);
	pthread_mutex_unlock(&t->lock);
	(void)!log_out(lib, s);
	object_table_drop(lib->objects, all_of, &s->id, NULL);
	session_drop_removed(lib);
	pthread_mutex_lock(&t->lock);
	change_end(t, s);
	pthread_mutex_unlock(&t->lock);
}

CK_RV
slot_logout(struct library *lib, struct slot *s)
{
	struct slot_table *t = &lib->slots;
	CK_RV rv = CKR_USER_NOT_LOGGED_IN;

	pthread_mutex_lock(&t->lock);
	change_begin(t, s);
	if (slot_role(s) != ROLE_NONE) {
		slot_role_set(s, ROLE_NONE);
		pthread_mutex_unlock(&t->lock);
		(void)!log_out(lib, s);
		rv = CKR_OK;
		pthread_mutex_lock(&t->lock);
	}
	change_end(t, s);
	pthread_mutex_unlock(&t->lock);
	return rv;
}

/* An officer is refused in the same words what only users may do. A search for no objects is
 * refused for what it is, unless keyringd has ended the login. */
static bool
login_is_over(struct library *lib, const struct slot *s)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_INIT;
	const struct wire_find request = { .slot = s->id };
	struct wire_objects_reply reply;

	return slot_role(s) != ROLE_SO ||
	       store_call(lib->store, WIRE_FIND, &request, &reply, &payload) ==
		       CKR_USER_NOT_LOGGED_IN;
}

void
slot_login_lost(struct library *lib, struct slot *s, unsigned era)
{
	struct slot_table *t = &lib->slots;

	pthread_mutex_lock(&t->lock);
	change_begin(t, s);
	if (atomic_load(&s->era) == era) {
		pthread_mutex_unlock(&t->lock);
		if (login_is_over(lib, s)) {
			slot_role_set(s, ROLE_NONE);
			(void)!log_out(lib, s);
		}
		pthread_mutex_lock(&t->lock);
	}
	change_end(t, s);
	pthread_mutex_unlock(&t->lock);
}

static CK_RV
login_call(struct library *lib, struct slot *s, CK_USER_TYPE user, struct bytes pin)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_SECRET;
	struct wire_login request = { .slot = s->id, .role = (uint8_t)user, .pin = pin };
	struct wire_slot_reply reply;
	CK_RV rv = remote_request(&request.request);

	return rv == CKR_OK
		       ? store_call(lib->store, WIRE_LOGIN, &request, &reply, &payload)
		       : rv;
}

static bool
is_logged_in_answer(CK_RV rv)
{
	return rv == CKR_USER_ALREADY_LOGGED_IN ||
	       rv == CKR_USER_ANOTHER_ALREADY_LOGGED_IN;
}

/* Only of somebody who is not logged in is the PIN looked at. */
static bool
is_pin_answer(CK_RV rv)
{
	static const CK_RV answers[] = { CKR_OK, CKR_PIN_INCORRECT, CKR_PIN_INVALID,
		CKR_PIN_LEN_RANGE, CKR_PIN_EXPIRED, CKR_PIN_LOCKED,
		CKR_USER_PIN_NOT_INITIALIZED };
	bool found = false;

	for (size_t i = 0; i < ARRAY_LEN(answers); i++)
		found = found || answers[i] == rv;
	return found;
}

/* keyringd is asked even when somebody is logged in as far as this process
 * knows: that login may have run out, its PIN been changed or its token been
 * initialised elsewhere, and an application that is told
 * CKR_USER_ALREADY_LOGGED_IN then could never log in again. The other way round, what
 * keyringd takes for a login and this process never heard of is ended first. */
static CK_RV
login_settle(struct library *lib, struct slot *s, CK_USER_TYPE user, struct bytes pin)
{
	CK_RV rv = login_call(lib, s, user, pin);

	/* before the new role is noted: it belongs to the client of now */
	library_resync(lib);
	if (slot_role(s) == ROLE_NONE && is_logged_in_answer(rv)) {
		(void)!log_out(lib, s);
		rv = login_call(lib, s, user, pin);
		library_resync(lib);
	} else if (slot_role(s) != ROLE_NONE && is_pin_answer(rv)) {
		/* keyringd has dropped what was private already */
		slot_role_set(s, ROLE_NONE);
		object_table_drop(lib->objects, private_of, &s->id, NULL);
		/* and waits for word that this is known here */
		if (rv != CKR_OK)
			(void)!log_out(lib, s);
	}
	return rv;
}

CK_RV
slot_login(struct library *lib, struct slot *s, CK_USER_TYPE user, struct bytes pin)
{
	struct slot_table *t = &lib->slots;
	const enum object_role role = user == CKU_SO ? ROLE_SO : ROLE_USER;
	CK_RV rv = CKR_OK;

	/* no PIN is that long: not a try to be counted, and never sent */
	if (pin.n > WIRE_MAX_PIN)
		return CKR_PIN_INCORRECT;
	pthread_mutex_lock(&t->lock);
	change_begin(t, s);
	if (role == ROLE_SO && slot_role(s) == ROLE_NONE && s->rw_sessions != s->sessions)
		rv = CKR_SESSION_READ_ONLY_EXISTS;
	if (rv == CKR_OK) {
		pthread_mutex_unlock(&t->lock);
		rv = login_settle(lib, s, user, pin);
		pthread_mutex_lock(&t->lock);
	}
	if (rv == CKR_OK && role == ROLE_SO && s->rw_sessions != s->sessions) {
		/* an R/O session was opened meanwhile */
		pthread_mutex_unlock(&t->lock);
		(void)!log_out(lib, s);
		rv = CKR_SESSION_READ_ONLY_EXISTS;
		pthread_mutex_lock(&t->lock);
	}
	if (rv == CKR_OK)
		slot_role_set(s, role);
	change_end(t, s);
	pthread_mutex_unlock(&t->lock);
	return rv;
}

/* --- PINs and tokens ---------------------------------------------------------------- */

/* No token's PIN is that long, and none may be set: 5.1.6 has CKR_PIN_LEN_RANGE for that alone. */
static CK_RV
init_token_too_long(struct library *lib, CK_SLOT_ID id)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_INIT;
	struct wire_slot w;
	CK_RV rv = slot_describe(lib, id, &w, &payload);

	if (rv != CKR_OK)
		return rv;
	if ((w.flags & WIRE_SLOT_GONE) != 0)
		return CKR_TOKEN_NOT_PRESENT;
	return (w.flags & WIRE_SLOT_INITIALIZED) != 0 ? CKR_PIN_INCORRECT
						      : CKR_PIN_LEN_RANGE;
}

CK_RV
slot_init_token(struct library *lib, CK_SLOT_ID id, struct bytes pin, struct bytes label)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_SECRET;
	struct wire_init_token request = { .slot = id, .pin = pin, .label = label };
	struct wire_slot_reply reply;
	struct slot *s = slot_known(lib, id);
	bool open = false;
	CK_RV rv;

	pthread_mutex_lock(&lib->slots.lock);
	open = s != NULL && s->sessions != 0;
	pthread_mutex_unlock(&lib->slots.lock);
	if (open)
		return CKR_SESSION_EXISTS;
	if (pin.n > WIRE_MAX_PIN)
		return init_token_too_long(lib, id);
	rv = remote_request(&request.request);
	if (rv == CKR_OK)
		rv = store_call(lib->store, WIRE_INIT_TOKEN, &request, &reply, &payload);
	if (rv == CKR_OK)
		object_table_drop(lib->objects, all_of, &id, NULL);
	return rv;
}

CK_RV
slot_init_pin(struct library *lib, struct slot *s, struct bytes pin)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_SECRET;
	struct wire_init_pin request = { .slot = s->id, .pin = pin };
	struct wire_slot_reply reply;
	CK_RV rv;

	if (pin.n > WIRE_MAX_PIN)
		return CKR_PIN_LEN_RANGE;
	rv = remote_request(&request.request);
	if (rv != CKR_OK)
		return rv;
	return store_call(lib->store, WIRE_INIT_PIN, &request, &reply, &payload);
}

CK_RV
slot_set_pin(
	struct library *lib, struct slot *s, struct bytes old_pin, struct bytes new_pin)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_SECRET;
	struct wire_set_pin request = { .slot = s->id,
		.role = slot_role(s) == ROLE_SO ? CKU_SO : CKU_USER,
		.old_pin = old_pin,
		.new_pin = new_pin };
	struct wire_slot_reply reply;
	CK_RV rv;

	if (old_pin.n > WIRE_MAX_PIN)
		return CKR_PIN_INCORRECT;
	if (new_pin.n > WIRE_MAX_PIN)
		return CKR_PIN_LEN_RANGE;
	rv = remote_request(&request.request);
	if (rv != CKR_OK)
		return rv;
	return store_call(lib->store, WIRE_SET_PIN, &request, &reply, &payload);
}
