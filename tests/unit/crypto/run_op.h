/* SPDX-License-Identifier: Apache-2.0 */
/* Runs ops into exactly the room that they ask for, so that a sanitizer sees beyond it. */
#pragma once

#include <check.h>
#include <stdlib.h>

#include "cryptoki/op.h"
#include "tests/unit/check_often.h"

static inline CK_RV
run_whole(
	struct op *op, struct bytes in, struct bytes sig, uint8_t *to, struct bytes *ret)
{
	size_t size = op->vtable->once_size(op, in.n);
	uint8_t *exact = malloc(size + (size == 0));
	uint8_t *from = malloc(in.n + (in.n == 0));
	struct outbuf out = { exact, size, 0 };
	CK_RV rv;

	if (in.n != 0)
		memcpy(from, in.p, in.n);
	rv = op->vtable->once(op, BYTES(from, in.n), sig, &out);
	check_often(out.n <= size);
	memcpy(to, exact, out.n);
	*ret = BYTES(to, out.n);
	free(from);
	free(exact);
	return rv;
}

/* to holds in, and has room for the larger of both. */
static inline CK_RV
run_in_place(struct op *op, struct bytes in, uint8_t *to, struct bytes *ret)
{
	struct outbuf out = { to, op->vtable->once_size(op, in.n), 0 };
	CK_RV rv;

	if (in.n != 0)
		memmove(to, in.p, in.n);
	rv = op->vtable->once(op, BYTES(to, in.n), BYTES_NONE, &out);
	*ret = BYTES(to, out.n);
	return rv;
}

/* In parts of so many bytes, the last one what is left. */
static inline CK_RV
run_parts(struct op *op, struct bytes in, const size_t *parts, size_t parts_n,
	struct bytes sig, uint8_t *to, struct bytes *ret)
{
	size_t n = 0, size;
	struct outbuf out;
	uint8_t *exact;
	CK_RV rv = CKR_OK;

	for (size_t i = 0; rv == CKR_OK && i <= parts_n; i++) {
		const size_t part = i < parts_n && parts[i] < in.n ? parts[i] : in.n;

		size = op->vtable->update_size(op, part);
		exact = malloc(size + (size == 0));
		out = (struct outbuf){ exact, size, 0 };
		rv = op->vtable->update(op, BYTES(in.p, part), &out);
		check_often(rv != CKR_OK || out.n == size);
		memcpy(to + n, exact, out.n);
		n += out.n;
		free(exact);
		in = BYTES(in.n != 0 ? in.p + part : in.p, in.n - part);
	}
	if (rv == CKR_OK) {
		size = op->vtable->final_size(op);
		exact = malloc(size + (size == 0));
		out = (struct outbuf){ exact, size, 0 };
		rv = op->vtable->final(op, sig, &out);
		check_often(out.n <= size);
		memcpy(to + n, exact, out.n);
		n += out.n;
		free(exact);
	}
	*ret = BYTES(to, n);
	return rv;
}
