/* SPDX-License-Identifier: Apache-2.0 */
/* Logins that others end, and a keystore that does not answer. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cryptoki/mech.h"
#include "cryptoki/pkcs11.h"
#include "tests/unit/check_main.h"
#include "tests/unit/keyringd/stacked.h"

#define CLIENTS 60u /* below the burst of logins that a host may have */

static struct wire_id
private_data(struct raw *c)
{
	struct attrs t = ATTRS_INIT;
	struct wire_id id;

	attrs_set_ulong(&t, CKA_CLASS, CKO_DATA);
	attrs_set_bool(&t, CKA_TOKEN, true);
	attrs_set_bool(&t, CKA_PRIVATE, true);
	id = raw_create(c, &t).id;
	attrs_free(&t);
	return id;
}

static uint64_t
get(struct raw *c, const struct wire_id *id)
{
	struct wire_object_request m = { c->slot, *id };
	struct wire_header h;

	send_request(c->fd, WIRE_GET, 1, &m);
	ck_assert(receive_reply(c->fd, &h, &c->payload));
	return h.rv;
}

static void
set_pin_anew(struct raw *officer)
{
	struct wire_init_pin m = { .slot = officer->slot,
		.request = raw_request(),
		.pin = BYTES_STR(stacked_env("USER_PIN")) };

	raw_ask(officer, WIRE_INIT_PIN, &m, CKR_OK, NULL);
}

/* None of them uses the keystore: keyringd has to find out by itself, although one that
 * logs in with the new PIN has everything go on. */
START_TEST (a_pin_that_is_changed_ends_all_logins_of_another_host) {
	struct keyringd near = stacked_keyringd(), far;
	const char *label = stacked_env("TOKEN_LABEL");
	struct raw officer, c[CLIENTS], late;
	struct wire_id id;
	uint64_t begun, epoch;
	const struct region *map;

	stacked_another(&far, "");
	raw_open(&officer, &near, label, NULL);
	raw_login(&officer, CKU_SO);
	for (size_t i = 0; i < CLIENTS; i++) {
		raw_open(&c[i], &far, label, NULL);
		raw_login(&c[i], CKU_USER);
	}
	raw_open(&late, &far, label, NULL);
	map = raw_region(&c[0]);
	id = private_data(&c[0]);
	for (size_t i = 0; i < CLIENTS; i++)
		ck_assert_uint_eq(get(&c[i], &id), CKR_OK);
	epoch = map->epoch;
	set_pin_anew(&officer);
	begun = clock_us();
	raw_login(&late, CKU_USER);
	for (size_t i = 0; i < CLIENTS; i++) {
		while (get(&c[i], &id) != CKR_USER_NOT_LOGGED_IN) {
			ck_assert_msg(
				clock_us() - begun < 5000000, "client %zu goes on", i);
			(void)usleep(500);
		}
	}
	printf("%u logins ended within %llu us\n", CLIENTS,
		(unsigned long long)(clock_us() - begun));
	ck_assert_uint_gt(map->epoch, epoch);
	ck_assert_uint_eq(get(&late, &id), CKR_OK);
	raw_destroy(&late, &id);
	for (size_t i = 0; i < CLIENTS; i++)
		raw_close(&c[i]);
	raw_close(&late);
	raw_close(&officer);
	keyringd_stop(&far);
	keyringd_remove(&far);
}
END_TEST

/* Not known is not gone: who is told that a key is gone throws it away. */
START_TEST (a_key_that_no_keystore_can_be_asked_about_is_not_called_gone) {
	struct wire_key_socket s = { .mechanism = CKM_AES_CBC, .key = { { 1 } } };
	struct wire_op o = { .flags = WIRE_OP_FIRST | WIRE_OP_LAST,
		.kind = 2,
		.mechanism = CKM_SHA256_HMAC,
		.key = { { 1 } } };
	struct keyringd far;
	struct raw a, b, c;
	struct wire_header h;

	stacked_another(&far, "");
	raw_open(&a, &far, stacked_env("TOKEN_LABEL"), NULL);
	raw_open(&b, &far, stacked_env("TOKEN_LABEL"), NULL);
	raw_open(&c, &far, stacked_env("TOKEN_LABEL"), NULL);
	stacked_keystored_stop();
	s.slot = o.slot = a.slot;
	send_request(a.fd, WIRE_KEY_SOCKET, 1, &s);
	send_request(b.fd, WIRE_OP, 1, &o);
	ck_assert(receive_reply(a.fd, &h, &a.payload));
	ck_assert_uint_eq(h.rv, CKR_DEVICE_ERROR);
	ck_assert(receive_reply(b.fd, &h, &b.payload));
	ck_assert_uint_eq(h.rv, CKR_DEVICE_ERROR);
	stacked_keystored_go_on();
	send_request(c.fd, WIRE_OP, 1, &o);
	ck_assert(receive_reply(c.fd, &h, &c.payload));
	ck_assert_uint_eq(h.rv, CKR_KEY_HANDLE_INVALID);
	raw_close(&a);
	raw_close(&b);
	raw_close(&c);
	keyringd_stop(&far);
	keyringd_remove(&far);
}
END_TEST

static const struct check_test tests[] = {
	{ &a_pin_that_is_changed_ends_all_logins_of_another_host, 0 },
	{ &a_key_that_no_keystore_can_be_asked_about_is_not_called_gone, 0 },
};

CHECK_MAIN("logins", tests)
