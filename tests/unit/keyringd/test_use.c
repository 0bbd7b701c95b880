/* SPDX-License-Identifier: Apache-2.0 */
/* The request of a use: of the time when it is made, and the same when it is made again. */
#include <time.h>

#include "keyringd/uses.h"
#include "tests/unit/check_main.h"

START_TEST (a_use_is_a_request_of_its_own_time) {
	struct login l = { .n_uses = 1 };
	struct use u = { .number = 7, .key = { { 1 } }, .ends_ms = now_ms() + 60000 };
	const struct use *found;
	struct wire_id request;
	uint64_t ms;

	TAILQ_INIT(&l.uses);
	TAILQ_INSERT_TAIL(&l.uses, &u, link);
	ck_assert_ptr_null(use_find(&l, 8, &u.key));
	found = use_find(&l, 7, &u.key);
	ck_assert_ptr_eq(found, &u);
	request = found->request;
	memcpy(&ms, request.b, sizeof ms);
	ck_assert_uint_ge(be64toh(ms) / 1000 + 1, (uint64_t)time(NULL));
	found = use_find(&l, 7, &u.key);
	ck_assert_mem_eq(&found->request, &request, sizeof request);
}
END_TEST

static const struct check_test tests[] = {
	{ &a_use_is_a_request_of_its_own_time, 0 },
};

CHECK_MAIN("keyringd: use", tests)
