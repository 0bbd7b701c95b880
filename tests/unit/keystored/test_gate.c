/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <unistd.h>

#include "remote/server/gate.h"

#include "tests/unit/check_main.h"

#define TOTAL 4u

static struct gate gate;

static const struct gate_subject ours = { .token = { { 1 } }, .role = 1, .host = { 1 } };
/* of the same token, and of the same host */
static const struct gate_subject theirs = {
	.token = { { 1 } }, .role = 1, .host = { 2 }
};
static const struct gate_subject another = {
	.token = { { 2 } }, .role = 1, .host = { 1 }
};
static const struct gate_subject stranger = {
	.token = { { 3 } }, .role = 1, .host = { 3 }
};
static const struct gate_subject nobody = { .role = 0 };

static unsigned
present(void)
{
	unsigned n;

	(void)pthread_mutex_lock(&gate.lock);
	n = gate.present;
	(void)pthread_mutex_unlock(&gate.lock);
	return n;
}

static void *
enter_and_leave(void *arg)
{
	unsigned place;

	if (gate_enter(&gate, arg, &place) == 0)
		gate_leave(&gate, place);
	return NULL;
}

/* One at work and one that waits: those who share neither token nor host get in, at once. */
START_TEST (a_token_or_a_host_has_half_of_the_places) {
	unsigned place, other, none;
	struct gate_subject same = ours;
	pthread_t thread;

	gate_init(&gate, TOTAL - 1, TOTAL);
	ck_assert_int_eq(gate_enter(&gate, &ours, &place), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, enter_and_leave, &same), 0);
	for (int i = 0; i < 6000 && present() < 2; i++)
		(void)usleep(5000);
	ck_assert_uint_eq(present(), 2);
	ck_assert_int_eq(gate_enter(&gate, &ours, &none), -EBUSY);
	ck_assert_int_eq(gate_enter(&gate, &theirs, &none), -EBUSY);
	ck_assert_int_eq(gate_enter(&gate, &another, &none), -EBUSY);
	ck_assert_int_eq(gate_enter(&gate, &stranger, &other), 0);
	gate_leave(&gate, other);
	gate_leave(&gate, place);
	(void)pthread_join(thread, NULL);
	ck_assert_int_eq(gate_enter(&gate, &another, &place), 0);
	gate_leave(&gate, place);
	ck_assert_uint_eq(present(), 0);
	gate_destroy(&gate);
}
END_TEST

/* A single place is for everybody; who is no host's has all of them. */
START_TEST (a_gate_is_never_closed) {
	unsigned places[TOTAL], none;

	gate_init(&gate, 1, 1);
	ck_assert_int_eq(gate_enter(&gate, &ours, &places[0]), 0);
	ck_assert_int_eq(gate_enter(&gate, &stranger, &none), -EBUSY);
	gate_leave(&gate, places[0]);
	gate_destroy(&gate);
	gate_init(&gate, TOTAL, TOTAL);
	for (unsigned i = 0; i < TOTAL; i++)
		ck_assert_int_eq(gate_enter(&gate, &nobody, &places[i]), 0);
	ck_assert_int_eq(gate_enter(&gate, &nobody, &none), -EBUSY);
	for (unsigned i = 0; i < TOTAL; i++)
		gate_leave(&gate, places[i]);
	gate_destroy(&gate);
}
END_TEST

static const struct check_test tests[] = {
	{ &a_token_or_a_host_has_half_of_the_places, 0 },
	{ &a_gate_is_never_closed, 0 },
};

CHECK_MAIN("keystored: gate", tests)
