/* SPDX-License-Identifier: Apache-2.0 */
/* The fixed texts of CK_*_INFO. */
#pragma once

#include <stdio.h>

#include "common/bytes.h"
#include "cryptoki/pkcs11.h"

#define TEXT_MANUFACTURER "Keyring Token"
#define TEXT_MODEL "keystored"
#define TEXT_LIBRARY "Keyring Token PKCS#11 module"

/* Padded with blanks, cut at a character where it is too long. */
static inline void
text_pad(CK_UTF8CHAR *to, size_t n, struct bytes text)
{
	size_t len = text.n < n ? text.n : n;

	while (len < text.n && len > 0 && (text.p[len] & 0xc0) == 0x80)
		len--;
	memset(to, ' ', n);
	if (len != 0)
		memcpy(to, text.p, len);
}

/* Two characters a byte. */
static inline void
text_hex(CK_CHAR *to, struct bytes b)
{
	for (size_t i = 0; i < b.n; i++) {
		to[2 * i] = (CK_CHAR) "0123456789abcdef"[b.p[i] >> 4];
		to[2 * i + 1] = (CK_CHAR) "0123456789abcdef"[b.p[i] & 15];
	}
}

/* PROJECT_VERSION's first two numbers. */
static inline CK_VERSION
text_version(void)
{
	unsigned major = 0, minor = 0;

	if (sscanf(PROJECT_VERSION, "%u.%u", &major, &minor) != 2)
		return (CK_VERSION){ 0, 0 };
	return (CK_VERSION){ (CK_BYTE)major, (CK_BYTE)minor };
}
