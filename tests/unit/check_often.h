/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For what a test asks hundreds of thousands of times: ck_assert() tells the runner its line
 * by a write(2) each time, and that was most of what such tests cost.
 */
#pragma once

#include <check.h>

#define check_often(what)                                  \
	do {                                               \
		if (!(what))                               \
			ck_abort_msg("not so: %s", #what); \
	} while (0)
