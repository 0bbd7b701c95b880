/* SPDX-License-Identifier: Apache-2.0 */
/* Control characters in other people's text, which a terminal would obey. */
#pragma once

#include <stddef.h>

/* How many bytes at s are one: of C0, DEL, or of C1 in UTF-8. */
static inline size_t
control_at(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;

	if (u[0] == '\0')
		return 0;
	if (u[0] < 0x20 || u[0] == 0x7f)
		return 1;
	return u[0] == 0xc2 && u[1] >= 0x80 && u[1] <= 0x9f ? 2 : 0;
}

/* '?' for each of their bytes. */
static inline char *
control_clean(char *text)
{
	for (char *p = text; *p != '\0'; p++)
		for (size_t n = control_at(p); n != 0; n--)
			p[n - 1] = '?';
	return text;
}
