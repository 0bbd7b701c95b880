/* SPDX-License-Identifier: Apache-2.0 */
#include "libtoken/core/slot.h"

#include <errno.h>
#include <time.h>

#include "common/cleanup.h"
#include "libtoken/core/library.h"
#include "libtoken/core/text.h"

void
slot_table_init(struct slot_table *t)
{
	pthread_condattr_t attr;

	*t = (struct slot_table){ 0 };
	pthread_mutex_init(&t->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&t->changed, &attr);
	pthread_condattr_destroy(&attr);
}

void
slot_table_reset(struct slot_table *t)
{
	pthread_mutex_lock(&t->lock);
	while (t->first != NULL) {
		struct slot *s = t->first;

		t->first = s->next;
		free(s);
	}
	buf_free(&t->counted);
	t->is_counted = false;
	t->stopping = false;
	t->event_known = false;
	pthread_mutex_unlock(&t->lock);
}

void
slot_table_stop(struct slot_table *t)
{
	pthread_mutex_lock(&t->lock);
	t->stopping = true;
	pthread_cond_broadcast(&t->changed);
	pthread_mutex_unlock(&t->lock);
}

static struct slot *
find(struct slot_table *t, CK_SLOT_ID id)
{
	struct slot *s = t->first;

	while (s != NULL && s->id != id)
		s = s->next;
	return s;
}

struct slot *
slot_known(struct library *lib, CK_SLOT_ID id)
{
	struct slot *s;

	pthread_mutex_lock(&lib->slots.lock);
	s = find(&lib->slots, id);
	pthread_mutex_unlock(&lib->slots.lock);
	return s;
}

struct slot *
slot_get(struct library *lib, CK_SLOT_ID id)
{
	struct slot *s;

	pthread_mutex_lock(&lib->slots.lock);
	s = find(&lib->slots, id);
	if (s == NULL) {
		s = calloc(1, sizeof *s);
		if (s != NULL) {
			s->id = id;
			s->next = lib->slots.first;
			lib->slots.first = s;
		}
	}
	pthread_mutex_unlock(&lib->slots.lock);
	return s;
}

/* --- What keyringd says ------------------------------------------------------------ */

static CK_RV
slots_call(struct library *lib, struct wire_slots_reply *ret, struct buf *payload)
{
	const struct wire_empty request = { 0 };
	CK_RV rv;

	rv = store_call(lib->store, WIRE_SLOTS, &request, ret, payload);
	if (rv != CKR_OK)
		return rv;
	pthread_mutex_lock(&lib->slots.lock);
	if (!lib->slots.event_known) {
		lib->slots.event_serial = ret->serial;
		lib->slots.event_known = true;
	}
	pthread_mutex_unlock(&lib->slots.lock);
	return CKR_OK;
}

static CK_RV
slot_list(struct library *lib, struct wire_slots_reply *ret, struct buf *payload)
{
	struct wire_slots_reply reply = { 0 };
	CK_RV rv = slots_call(lib, &reply, payload);

	if (rv != CKR_OK && rv != CKR_DEVICE_REMOVED)
		return rv;
	*ret = rv == CKR_OK ? reply : (struct wire_slots_reply){ 0 };
	return CKR_OK;
}

/* With no lock of the slots. A token that is in no list is merely out of reach: only of one that
 * keyringd calls gone do sessions end. */
static void
note_token(struct library *lib, const struct wire_slot *w)
{
	const bool gone = (w->flags & WIRE_SLOT_GONE) != 0;
	struct slot *s = slot_known(lib, w->slot);

	if (s != NULL && !atomic_exchange(&s->gone, gone) && gone)
		slot_removed(lib, s);
}

struct slot_seen {
	CK_SLOT_ID id;
	bool present; /* a token in it */
};

static CK_RV
slots_now(struct library *lib, struct buf *ret)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_INIT;
	struct wire_slots_reply reply;
	struct wire_slot w;
	struct cursor c;
	CK_RV rv = slot_list(lib, &reply, &payload);

	if (rv != CKR_OK)
		return rv;
	c = cursor_over(reply.list);
	while (wire_list_next(wire_slot_fields, &c, &w)) {
		const struct slot_seen seen = { w.slot, (w.flags & WIRE_SLOT_GONE) == 0 };

		note_token(lib, &w);
		buf_put(ret, &seen, sizeof seen);
	}
	if (!cursor_ok(&c))
		return CKR_DEVICE_ERROR;
	return buf_ok(ret) ? CKR_OK : CKR_HOST_MEMORY;
}

static CK_RV
ids_give(const struct buf *from, bool present, CK_SLOT_ID *ids, CK_ULONG *count)
{
	const CK_ULONG room = ids != NULL ? *count : 0;
	struct slot_seen seen;
	CK_ULONG n = 0;

	for (size_t at = 0; at < from->n; at += sizeof seen) {
		memcpy(&seen, from->p + at, sizeof seen);
		if (present && !seen.present)
			continue;
		if (n < room)
			ids[n] = seen.id;
		n++;
	}
	*count = n;
	return ids != NULL && n > room ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

CK_RV
slot_ids(struct library *lib, bool present, CK_SLOT_ID *ids, CK_ULONG *count)
{
	struct slot_table *t = &lib->slots;
	CLEANUP(buf_free)
	struct buf now = BUF_INIT;
	CK_RV rv = slots_now(lib, &now);

	if (rv != CKR_OK)
		return rv;
	pthread_mutex_lock(&t->lock);
	if (ids == NULL) {
		const struct buf before = t->counted;

		t->counted = now;
		t->is_counted = true;
		now = before;
	}
	rv = ids_give(t->is_counted ? &t->counted : &now, present, ids, count);
	pthread_mutex_unlock(&t->lock);
	return rv;
}

static bool
was_counted(struct slot_table *t, CK_SLOT_ID id)
{
	struct slot_seen seen;
	bool found = false;

	pthread_mutex_lock(&t->lock);
	for (size_t at = 0; !found && at < t->counted.n; at += sizeof seen) {
		memcpy(&seen, t->counted.p + at, sizeof seen);
		found = seen.id == id;
	}
	pthread_mutex_unlock(&t->lock);
	return found;
}

CK_RV
slot_describe(
	struct library *lib, CK_SLOT_ID id, struct wire_slot *ret, struct buf *payload)
{
	struct wire_slots_reply reply;
	struct wire_slot w;
	struct cursor c;
	CK_RV rv = slot_list(lib, &reply, payload);

	if (rv != CKR_OK)
		return rv;
	c = cursor_over(reply.list);
	while (wire_list_next(wire_slot_fields, &c, &w)) {
		if (w.slot != id)
			continue;
		note_token(lib, &w);
		*ret = w;
		return CKR_OK;
	}
	if (!cursor_ok(&c))
		return CKR_DEVICE_ERROR;
	/* "All slots which C_GetSlotList reports MUST be able to be queried" (5.5.1) */
	if (!was_counted(&lib->slots, id))
		return CKR_SLOT_ID_INVALID;
	*ret = (struct wire_slot){ .slot = id, .flags = WIRE_SLOT_GONE };
	return CKR_OK;
}

void
slot_look(struct library *lib, CK_SLOT_ID id)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_INIT;
	struct wire_slot w;

	(void)!slot_describe(lib, id, &w, &payload);
}

CK_RV
slot_check_token(struct library *lib, CK_SLOT_ID id)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_INIT;
	const struct slot *s = slot_known(lib, id);
	struct wire_slot w;
	CK_RV rv;

	if (s != NULL && !atomic_load(&s->gone))
		return CKR_OK;
	rv = slot_describe(lib, id, &w, &payload);
	if (rv == CKR_OK && (w.flags & WIRE_SLOT_GONE) != 0)
		rv = CKR_TOKEN_NOT_PRESENT;
	return rv;
}

void
slot_info(const struct wire_slot *w, CK_SLOT_INFO *ret)
{
	char name[64];
	int n;

	n = snprintf(name, sizeof name, "Keyring Token slot %llu",
		(unsigned long long)w->slot);
	*ret = (CK_SLOT_INFO){ 0 };
	text_pad(ret->slotDescription, sizeof ret->slotDescription,
		BYTES(name, n > 0 ? (size_t)n : 0));
	text_pad(ret->manufacturerID, sizeof ret->manufacturerID,
		BYTES_STR(TEXT_MANUFACTURER));
	/* HW_SLOT: the keys are in another machine, and programs that look for
	 * tokens worth trusting ask for the flag. */
	ret->flags = CKF_HW_SLOT;
	/* "If this flag is not set, then CKF_TOKEN_PRESENT is always set" (3.2): a slot whose
	 * token has gone says that it could go. The others do not, although theirs could too:
	 * programs (NSS, Java) look after a removable token with each use of it. */
	ret->flags |= (w->flags & WIRE_SLOT_GONE) != 0 ? CKF_REMOVABLE_DEVICE
						       : CKF_TOKEN_PRESENT;
	ret->hardwareVersion = ret->firmwareVersion = text_version();
}

static const struct {
	uint32_t wire;
	CK_FLAGS token;
} token_flags[] = {
	{ WIRE_SLOT_INITIALIZED, CKF_TOKEN_INITIALIZED },
	{ WIRE_SLOT_USER_PIN, CKF_USER_PIN_INITIALIZED },
	{ WIRE_SLOT_USER_LOW, CKF_USER_PIN_COUNT_LOW },
	{ WIRE_SLOT_USER_FINAL, CKF_USER_PIN_FINAL_TRY },
	{ WIRE_SLOT_USER_LOCKED, CKF_USER_PIN_LOCKED },
	{ WIRE_SLOT_SO_LOW, CKF_SO_PIN_COUNT_LOW },
	{ WIRE_SLOT_SO_FINAL, CKF_SO_PIN_FINAL_TRY },
	{ WIRE_SLOT_SO_LOCKED, CKF_SO_PIN_LOCKED },
};

void
slot_token_info(struct library *lib, const struct wire_slot *w, CK_TOKEN_INFO *ret)
{
	struct slot *s;

	*ret = (CK_TOKEN_INFO){ 0 };
	text_pad(ret->label, sizeof ret->label, w->label);
	text_pad(ret->manufacturerID, sizeof ret->manufacturerID,
		BYTES_STR(TEXT_MANUFACTURER));
	text_pad(ret->model, sizeof ret->model, BYTES_STR(TEXT_MODEL));
	text_hex(ret->serialNumber, BYTES(w->token.b, sizeof ret->serialNumber / 2));
	ret->flags = CKF_RNG | CKF_LOGIN_REQUIRED | CKF_RESTORE_KEY_NOT_NEEDED |
		     CKF_DUAL_CRYPTO_OPERATIONS;
	for (size_t i = 0; i < ARRAY_LEN(token_flags); i++)
		if ((w->flags & token_flags[i].wire) != 0)
			ret->flags |= token_flags[i].token;
	ret->ulMaxSessionCount = ret->ulMaxRwSessionCount = CK_EFFECTIVELY_INFINITE;
	ret->ulMinPinLen = w->min_pin;
	ret->ulMaxPinLen = w->max_pin;
	ret->ulTotalPublicMemory = ret->ulFreePublicMemory = CK_UNAVAILABLE_INFORMATION;
	ret->ulTotalPrivateMemory = ret->ulFreePrivateMemory = CK_UNAVAILABLE_INFORMATION;
	ret->hardwareVersion = ret->firmwareVersion = text_version();
	memset(ret->utcTime, ' ', sizeof ret->utcTime);
	pthread_mutex_lock(&lib->slots.lock);
	s = find(&lib->slots, w->slot);
	if (s != NULL) {
		ret->ulSessionCount = s->sessions;
		ret->ulRwSessionCount = s->rw_sessions;
	}
	pthread_mutex_unlock(&lib->slots.lock);
}

/* --- C_WaitForSlotEvent --------------------------------------------------------------- */

#define AWAY_SECONDS 2 /* between looks for a keyringd that is not there */

/* false: the library stops. */
static bool
sleep_away(struct slot_table *t)
{
	struct timespec until;
	bool go_on;
	int r = 0;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += AWAY_SECONDS;
	pthread_mutex_lock(&t->lock);
	while (!t->stopping && r != ETIMEDOUT)
		r = pthread_cond_timedwait(&t->changed, &t->lock, &until);
	go_on = !t->stopping;
	pthread_mutex_unlock(&t->lock);
	return go_on;
}

/* The list's serial that the application has last heard of. */
static uint64_t
event_serial(struct library *lib)
{
	uint64_t serial;

	pthread_mutex_lock(&lib->slots.lock);
	serial = lib->slots.event_serial;
	pthread_mutex_unlock(&lib->slots.lock);
	return serial;
}

static CK_RV
wait_once(struct library *lib, bool block, CK_SLOT_ID *ret)
{
	CLEANUP(buf_free)
	struct buf payload = BUF_INIT;
	struct wire_slots_reply now;
	struct wire_wait_slots request;
	struct wire_wait_slots_reply reply;
	CK_RV rv = slots_call(lib, &now, &payload);

	if (rv != CKR_OK)
		return rv;
	request.serial = event_serial(lib);
	if (!block && now.serial == request.serial)
		return CKR_NO_EVENT;
	/* answered at once where the serial is another already */
	rv = store_wait(lib->store, &request, &reply);
	if (rv != CKR_OK)
		return rv;
	pthread_mutex_lock(&lib->slots.lock);
	lib->slots.event_serial = reply.serial;
	pthread_mutex_unlock(&lib->slots.lock);
	*ret = reply.slot;
	return CKR_OK;
}

CK_RV
slot_wait(struct library *lib, bool block, CK_SLOT_ID *ret)
{
	for (;;) {
		CK_RV rv = wait_once(lib, block, ret);

		if (rv != CKR_DEVICE_REMOVED && rv != CKR_DEVICE_ERROR)
			return rv;
		if (!block)
			return CKR_NO_EVENT;
		if (!atomic_load(&lib->active) || !sleep_away(&lib->slots))
			return CKR_CRYPTOKI_NOT_INITIALIZED;
	}
}
