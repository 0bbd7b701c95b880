/* SPDX-License-Identifier: Apache-2.0 */
/* The table of entry points, and a call of one of them. */
#pragma once

#include <stdarg.h>

#include "tests/api/bad_input/scene.h"

/* --- The table of entry points ---------------------------------------------------- */

#define N(i) a[i].n
#define P(i) ((void *)(uintptr_t)a[i].p)
#define UNWRAP(...) __VA_ARGS__
#define E(name, section, args, before, manner, good, ...) \
	static CK_RV call_##name(const struct param *a)   \
	{                                                 \
		return F->name(UNWRAP args);              \
	}
#include "tests/api/bad_input/entries.h"
#undef E

static const struct entry entries[] = {
#define E(name, section, args, before, manner, good, ...) \
	{ #name, section, call_##name, before, manner, good, { __VA_ARGS__ } },
#include "tests/api/bad_input/entries.h"
#undef E
};

/* --- One call ------------------------------------------------------------------------- */

static int failures;

static void __attribute__((format(printf, 1, 2))) complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fputc('\n', stderr);
	failures++;
}

/* Names of sessions, slots and objects to handles, and lengths to where they are. */
static CK_RV
call(const struct entry *e, const struct param *params)
{
	static CK_ULONG lengths[MOST_PARAMS];
	struct param a[MOST_PARAMS];

	for (int i = 0; i < MOST_PARAMS; i++) {
		a[i] = params[i];
		switch (params[i].kind) {
		case K_SESSION:
			a[i].n = sessions[params[i].n];
			break;
		case K_SLOT:
			a[i].n = slots[params[i].n];
			break;
		case K_KEY:
		case K_WRAPPING_KEY:
		case K_UNWRAPPING_KEY:
		case K_OBJECT:
			a[i].n = objects[params[i].n];
			break;
		case K_IN_LEN:
		case K_PIN_LEN:
			if (a[i].p != NULL)
				a[i].n = *(const CK_ULONG *)a[i].p;
			break;
		case K_OUT_LEN:
			lengths[i] = a[i].n;
			a[i].p = a[i].p == NULL ? NULL : &lengths[i];
			break;
		default:
			break;
		}
	}
	return e->call(a);
}

/* What a call that succeeded in spite of all made. */
static void
unmake(const struct entry *e)
{
	for (int i = 0; i < MOST_PARAMS; i++) {
		CK_OBJECT_HANDLE *new = (CK_OBJECT_HANDLE *)(uintptr_t)e->params[i].p;

		if (e->params[i].kind != K_NEW || *new == 0)
			continue;
		OK(F->C_DestroyObject(sessions[S_USED], *new));
		*new = 0;
	}
}
