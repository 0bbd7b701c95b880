/* SPDX-License-Identifier: Apache-2.0 */
/* The counter mode within GCM and CCM, with the block that masks their tags. */
#include "kcapi_backend/glue_op.h"

static uint32_t
load_be32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof v);
	return be32toh(v);
}

static void
store_be32(uint8_t *p, uint32_t v)
{
	v = htobe32(v);
	memcpy(p, &v, sizeof v);
}

/* n more blocks. */
static void
counter_add(struct glue_counter *c, uint64_t n)
{
	if (c->wraps) {
		store_be32(c->next + 12, load_be32(c->next + 12) + (uint32_t)n);
		return;
	}
	for (int i = BLOCK - 1; i >= 0 && n != 0; i--) {
		n += c->next[i];
		c->next[i] = (uint8_t)n;
		n >>= 8;
	}
}

void
glue_counter_start(struct glue_counter *c, const uint8_t first[BLOCK], bool wraps)
{
	memcpy(c->first, first, BLOCK);
	memcpy(c->next, first, BLOCK);
	c->left_n = 0;
	c->has_mask = false;
	c->wraps = wraps;
}

/* Whole blocks. The plain mode carries where GCM's counter wraps: a call ends there. */
static CK_RV
counter_blocks(struct glue_op *g, unsigned plain, struct bytes in, uint8_t *out)
{
	struct glue_counter *c = &g->counter;
	CK_RV rv = CKR_OK;

	while (rv == CKR_OK && in.n != 0) {
		uint64_t room = UINT64_MAX;
		size_t n = in.n;

		if (c->wraps)
			room = ((UINT64_C(1) << 32) - load_be32(c->next + 12)) * BLOCK;
		if (n > room)
			n = room;
		rv = glue_call(g, plain, c->next, BYTES(in.p, n), out);
		counter_add(c, n / BLOCK);
		in = BYTES(in.p + n, in.n - n);
		out += n;
	}
	return rv;
}

/* What came of the first block, and of the last one where it was not full. */
static void
keep_mask(struct glue_counter *c, const uint8_t *block)
{
	memcpy(c->mask, block, BLOCK);
	c->has_mask = true;
}

static void
keep_left(struct glue_counter *c, const uint8_t *block, size_t used)
{
	memcpy(c->left, block, BLOCK);
	c->left_n = (BLOCK - used) % BLOCK;
}

/* All in one call, between zeroes that bring the mask and the rest of the keystream. */
static CK_RV
counter_copied(struct glue_op *g, unsigned plain, struct bytes in, uint8_t *out)
{
	const size_t lead = g->counter.has_mask ? 0 : BLOCK, tail = in.n % BLOCK;
	const size_t n = lead + in.n + (BLOCK - tail) % BLOCK;
	uint8_t *room = glue_scratch(g, n);
	CK_RV rv;

	if (room == NULL)
		return CKR_HOST_MEMORY;
	memset(room, 0, lead);
	if (in.n != 0)
		memcpy(room + lead, in.p, in.n);
	memset(room + lead + in.n, 0, n - lead - in.n);
	rv = counter_blocks(g, plain, BYTES(room, n), room);
	if (rv == CKR_OK) {
		if (lead != 0)
			keep_mask(&g->counter, room);
		if (in.n != 0)
			memcpy(out, room + lead, in.n);
		if (tail != 0)
			keep_left(&g->counter, room + n - BLOCK, tail);
	}
	buf_reset(&g->scratch);
	return rv;
}

static CK_RV
counter_apart(struct glue_op *g, unsigned plain, struct bytes in, uint8_t *out)
{
	const size_t tail = in.n % BLOCK, whole = in.n - tail;
	uint8_t block[BLOCK] = { 0 };
	CK_RV rv = CKR_OK;

	if (!g->counter.has_mask) {
		rv = counter_blocks(g, plain, BYTES(block, BLOCK), block);
		if (rv == CKR_OK)
			keep_mask(&g->counter, block);
	}
	if (rv == CKR_OK)
		rv = counter_blocks(g, plain, BYTES(in.p, whole), out);
	if (rv == CKR_OK && tail != 0) {
		memset(block, 0, sizeof block);
		memcpy(block, in.p + whole, tail);
		rv = counter_blocks(g, plain, BYTES(block, BLOCK), block);
		if (rv == CKR_OK) {
			memcpy(out + whole, block, tail);
			keep_left(&g->counter, block, tail);
		}
	}
	wipe(block, sizeof block);
	return rv;
}

CK_RV
glue_counter_run(struct glue_op *g, unsigned plain, struct bytes in, uint8_t *out)
{
	struct glue_counter *c = &g->counter;

	while (c->left_n != 0 && in.n != 0) {
		*out++ = (uint8_t)(*in.p ^ c->left[BLOCK - c->left_n--]);
		in = BYTES(in.p + 1, in.n - 1);
	}
	if (in.n == 0 && c->has_mask)
		return CKR_OK;
	/* at most two blocks beside the message: no call is spared by copying where
	 * it is one in any case */
	if (in.n <= g->copy_max && (!c->has_mask || in.n % BLOCK != 0))
		return counter_copied(g, plain, in, out);
	return counter_apart(g, plain, in, out);
}
