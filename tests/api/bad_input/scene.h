/* SPDX-License-Identifier: Apache-2.0 */
/* Who is logged in, in which session, before the calls of the bad-input test; and what has to be as
 * before after a bad one. */
#pragma once

#include "tests/api/bad_input/begin.h"

static CK_ULONG
object_count(CK_SESSION_HANDLE s)
{
	CK_OBJECT_HANDLE found[256];
	CK_ULONG n = 0;

	OK(F->C_FindObjectsInit(s, NULL, 0));
	OK(F->C_FindObjects(s, found, COUNT(found), &n));
	OK(F->C_FindObjectsFinal(s));
	ck_assert_uint_lt(n, COUNT(found));
	return n;
}

static CK_SLOT_ID
slot_where(const char *with_label, int initialised)
{
	CK_SLOT_ID list[16];
	CK_ULONG n = COUNT(list);
	CK_TOKEN_INFO token;

	OK(F->C_GetSlotList(CK_TRUE, list, &n));
	for (CK_ULONG i = 0; i < n; i++) {
		OK(F->C_GetTokenInfo(list[i], &token));
		if (((token.flags & CKF_TOKEN_INITIALIZED) != 0) == initialised &&
			(with_label == NULL ||
				memcmp(token.label, with_label, sizeof token.label) == 0))
			return list[i];
	}
	return CK_UNAVAILABLE_INFORMATION;
}

/* A blank slot comes a moment after the last one was taken. */
static CK_SLOT_ID
slot_blank(void)
{
	CK_SLOT_ID slot = slot_where(NULL, 0);

	for (int i = 0; i < 1500 && slot == CK_UNAVAILABLE_INFORMATION; i++) {
		usleep(20000);
		slot = slot_where(NULL, 0);
	}
	ck_assert_uint_ne(slot, CK_UNAVAILABLE_INFORMATION);
	return slot;
}

static void
scene_slots(void)
{
	slots[SLOT_USED] = api_slot();
	slots[SLOT_UNKNOWN] = 0x7fedcba9;
	slots[SLOT_HUGE] = CK_UNAVAILABLE_INFORMATION;
	slots[SLOT_OTHER] = slot_where((const char *)label, 1);
	if (slots[SLOT_OTHER] == CK_UNAVAILABLE_INFORMATION) {
		slots[SLOT_OTHER] = slot_blank();
		OK(F->C_InitToken(slots[SLOT_OTHER], pin, 8, label));
	}
	slots[SLOT_BLANK] = slot_blank();
}

static CK_SESSION_HANDLE
open_session(CK_SLOT_ID slot, CK_FLAGS flags)
{
	CK_SESSION_HANDLE s = 0;

	OK(F->C_OpenSession(slot, CKF_SERIAL_SESSION | flags, NULL, NULL, &s));
	return s;
}

/* Who is logged in, and what session is used. */
enum state { AS_USER, AS_USER_READ_ONLY, AS_PUBLIC, AS_PUBLIC_READ_ONLY, AS_SO, STATES };
static enum state state_now;

static int
is_user(enum state state)
{
	return state == AS_USER || state == AS_USER_READ_ONLY;
}

static void
scene_log_in(enum state state, CK_SESSION_HANDLE writing)
{
	/* a logout ends those of the session */
	const CK_BBOOL *stays = is_user(state) ? &NO : &YES;

	state_now = state;
	OK(api_login(writing, CKU_USER));
	objects[H_TOKEN] = make_data(writing, &YES, &NO, &YES);
	objects[H_PRIVATE] = make_data(writing, stays, &YES, &YES);
	make_pairs(writing, stays);
	objects[H_IDLE_TOKEN] = make_key(writing, &YES, &aes_type, 0, 0, 0);
	objects[H_IDLE_MAC_TOKEN] = make_key(writing, &YES, &generic_type, 0, 0, 0);
	if (!is_user(state))
		OK(F->C_Logout(writing));
	if (state == AS_SO)
		OK(api_login(writing, CKU_SO));
	if (state == AS_USER_READ_ONLY || state == AS_PUBLIC_READ_ONLY)
		sessions[S_USED] = open_session(slots[SLOT_USED], 0);
	else
		sessions[S_USED] = writing;
}

static CK_ULONG
scene_pin(const char *name, CK_UTF8CHAR ret[64])
{
	const char *value = api_env(name);

	ck_assert_uint_lt(strlen(value), 64);
	memcpy(ret, value, strlen(value));
	return strlen(value);
}

static void
scene_start(enum state state)
{
	CK_C_INITIALIZE_ARGS args = { .flags = CKF_OS_LOCKING_OK };
	CK_SESSION_HANDLE writing;

	api_load();
	OK(F->C_Initialize(&args));
	scene_slots();
	user_pin_len = scene_pin("USER_PIN", user_pin);
	so_pin_len = scene_pin("SO_PIN", so_pin);
	sessions[S_CLOSED] = open_session(slots[SLOT_USED], 0);
	OK(F->C_CloseSession(sessions[S_CLOSED]));
	sessions[S_ODD] = 0x7fedcba9;
	sessions[S_HUGE] = CK_UNAVAILABLE_INFORMATION;
	other_session = open_session(slots[SLOT_OTHER], CKF_RW_SESSION);
	scene_objects_elsewhere();
	writing = open_session(slots[SLOT_USED], CKF_RW_SESSION);
	scene_log_in(state, writing);
	scene_objects();
	objects[H_VICTIM] = 0;
	number = sizeof mac;
	start_sign();
	OK(F->C_Sign(sessions[S_USED], bytes, 32, mac, &number));
	objects_before = object_count(sessions[S_USED]);
}

/* That there are private objects of the token is seen when its user has come back. */
static void
scene_end(void)
{
	CK_SESSION_HANDLE writing = open_session(slots[SLOT_USED], CKF_RW_SESSION);
	CK_ATTRIBUTE ours[] = { ATTR(CKA_TOKEN, YES), OUR_LABEL };
	CK_OBJECT_HANDLE found[64];
	CK_ULONG n = 0;

	if (!is_user(state_now)) {
		(void)F->C_Logout(writing);
		OK(api_login(writing, CKU_USER));
	}
	OK(F->C_FindObjectsInit(writing, ours, COUNT(ours)));
	OK(F->C_FindObjects(writing, found, COUNT(found), &n));
	OK(F->C_FindObjectsFinal(writing));
	for (CK_ULONG i = 0; i < n; i++)
		OK(F->C_DestroyObject(writing, found[i]));
	/* H_TOKEN, two keys, H_PRIVATE and H_RSA; more where a test before this one failed */
	ck_assert_uint_ge(n, is_user(state_now) ? 3 : 5);
	api_stop();
}

/* Is all as it was before a bad call? What it is not, or NULL. */
static const char *
scene_changed(void)
{
	static const unsigned char digest[4] = { 0x66, 0x68, 0x7a, 0xad };
	const CK_SESSION_HANDLE s = sessions[S_USED];
	unsigned char zeroes[32] = { 0 };
	CK_ULONG n = sizeof out;

	(void)F->C_SessionCancel(s, CK_UNAVAILABLE_INFORMATION);
	if (F->C_DigestInit(s, &sha256) != CKR_OK ||
		F->C_Digest(s, zeroes, 32, out, &n) != CKR_OK || n != 32 ||
		memcmp(out, digest, sizeof digest) != 0)
		return "the session digests no longer";
	n = sizeof out;
	if (F->C_EncryptInit(s, &ecb, objects[H_AES]) != CKR_OK ||
		F->C_Encrypt(s, bytes, 16, out, &n) != CKR_OK || n != 16)
		return "the session encrypts no longer";
	if (objects[H_VICTIM] != 0) {
		(void)F->C_DestroyObject(s, objects[H_VICTIM]);
		objects[H_VICTIM] = 0;
	}
	if (object_count(s) != objects_before)
		return "there are more or fewer objects";
	return NULL;
}
