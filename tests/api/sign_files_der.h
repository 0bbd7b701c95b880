/* SPDX-License-Identifier: Apache-2.0 */
/* As much of DER as signatures and public keys between the module and openssl take. */
#pragma once

#include <string.h>

#include "cryptoki/pkcs11.h"

struct octets {
	const CK_BYTE *p;
	size_t n;
};

/* An INTEGER that is not negative; the bytes written. */
static inline size_t
der_put_integer(const CK_BYTE *p, size_t n, CK_BYTE *to)
{
	size_t pad;

	while (n > 1 && p[0] == 0) {
		p++;
		n--;
	}
	pad = p[0] >> 7;
	to[0] = 2;
	to[1] = (CK_BYTE)(n + pad);
	to[2] = 0;
	memcpy(to + 2 + pad, p, n);
	return 2 + pad + n;
}

/* r and s to a SEQUENCE of them; the bytes written, at most 168. */
static inline size_t
der_put_ecdsa(const CK_BYTE *sig, size_t n, CK_BYTE *to)
{
	CK_BYTE inner[160];
	size_t len = der_put_integer(sig, n / 2, inner), head = 2;

	len += der_put_integer(sig + n / 2, n / 2, inner + len);
	to[0] = 0x30;
	if (len >= 128)
		to[1] = 0x81, head = 3;
	to[head - 1] = (CK_BYTE)len;
	memcpy(to + head, inner, len);
	return head + len;
}

/* The contents of the next element, which has to have that tag; 0: it is none. */
static inline int
der_next(struct octets *from, CK_BYTE tag, struct octets *ret)
{
	size_t n, head = 2;

	if (from->n < 2 || from->p[0] != tag)
		return 0;
	n = from->p[1];
	if (n >= 0x80) {
		const size_t bytes = n & 0x7f;

		if (bytes > 2 || from->n < 2 + bytes)
			return 0;
		n = 0;
		while (head < 2 + bytes)
			n = n << 8 | from->p[head++];
	}
	if (n > from->n - head)
		return 0;
	*ret = (struct octets){ from->p + head, n };
	from->p += head + n;
	from->n -= head + n;
	return 1;
}

/* Without zeroes in front. */
static inline int
der_next_integer(struct octets *from, struct octets *ret)
{
	if (!der_next(from, 2, ret))
		return 0;
	while (ret->n > 1 && ret->p[0] == 0) {
		ret->p++;
		ret->n--;
	}
	return 1;
}

/* Of a signature of size bytes; 0: it is none. */
static inline int
der_get_ecdsa(struct octets der, CK_BYTE *to, size_t size)
{
	struct octets both, half;

	if (!der_next(&der, 0x30, &both))
		return 0;
	memset(to, 0, size);
	for (size_t end = size / 2; end <= size; end += size / 2) {
		if (!der_next_integer(&both, &half) || half.n > size / 2)
			return 0;
		memcpy(to + end - half.n, half.p, half.n);
	}
	return 1;
}

/* What a SubjectPublicKeyInfo has in its BIT STRING. */
static inline int
der_get_public(struct octets der, struct octets *ret)
{
	struct octets info, algorithm;

	if (!der_next(&der, 0x30, &info) || !der_next(&info, 0x30, &algorithm) ||
		!der_next(&info, 3, ret) || ret->n < 1)
		return 0;
	ret->p++; /* no unused bits */
	ret->n--;
	return 1;
}
