/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where what comes from secrets becomes public, for tests/unit/dilithium/test_secrecy.c: it
 * runs this folder under valgrind with secrets marked as undefined memory, and valgrind
 * reports every jump and every address that depends on them. These marks say what may: the
 * text at each says why. In any other build they are nothing.
 */
#pragma once

#include "common/bytes.h"

#ifdef DILITHIUM_CHECK_SECRECY
#include <valgrind/memcheck.h>
#define PUBLISH(p, n) ((void)VALGRIND_MAKE_MEM_DEFINED((p), (n)))
#else
#define PUBLISH(p, n) ((void)(p), (void)(n))
#endif

/* A decision that may be seen. x: of any secret. */
static inline bool
publish_bool(uint32_t x)
{
	PUBLISH(&x, sizeof x);
	return x != 0;
}
