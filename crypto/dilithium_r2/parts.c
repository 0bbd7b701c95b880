/* SPDX-License-Identifier: Apache-2.0 */
/* Keys in parts, and parts in DER. */
#include <errno.h>

#include "cryptoki/vendor.h"
#include "crypto/dilithium_r2/pack.h"

#define OID 0x06, 0x0b, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x02, 0x82, 0x0b, 0x01, 0x06, 0x05
#define ALGORITHM 0x30, 0x0f, OID, 0x05, 0x00

static const uint8_t oid[] = { OID };
const struct bytes dilithium_oid = { oid, sizeof oid };

#define SIZE(key, member) sizeof(((struct key *)NULL)->member)

const struct dilithium_part_info dilithium_parts[DILITHIUM_PARTS] = {
	[DILITHIUM_RHO] = { CKA_IBM_DILITHIUM_RHO, SIZE(private_bytes, rho) },
	[DILITHIUM_K] = { CKA_IBM_DILITHIUM_SEED, SIZE(private_bytes, k) },
	[DILITHIUM_TR] = { CKA_IBM_DILITHIUM_TR, SIZE(private_bytes, tr) },
	[DILITHIUM_S1] = { CKA_IBM_DILITHIUM_S1, SIZE(private_bytes, s1) },
	[DILITHIUM_S2] = { CKA_IBM_DILITHIUM_S2, SIZE(private_bytes, s2) },
	[DILITHIUM_T0] = { CKA_IBM_DILITHIUM_T0, SIZE(private_bytes, t0) },
	[DILITHIUM_T1] = { CKA_IBM_DILITHIUM_T1, SIZE(public_bytes, t1) },
};

/*
 * Everything that is made of parts is a list of these: fixed bytes, then a part. So one
 * loop reads a layout and one writes it, and no length is ever taken from the input.
 */
struct piece {
	struct bytes head;
	enum dilithium_part part;
};

struct layout {
	const struct piece *pieces;
	size_t n;
	size_t size;
};

#define HEAD(...)                                                \
	{                                                        \
		(const uint8_t[]){ __VA_ARGS__ },                \
			sizeof((const uint8_t[]){ __VA_ARGS__ }) \
	}

static const struct piece public_pieces[] = {
	{ BYTES_NONE, DILITHIUM_RHO },
	{ BYTES_NONE, DILITHIUM_T1 },
};

static const struct piece private_pieces[] = {
	{ BYTES_NONE, DILITHIUM_RHO },
	{ BYTES_NONE, DILITHIUM_K },
	{ BYTES_NONE, DILITHIUM_TR },
	{ BYTES_NONE, DILITHIUM_S1 },
	{ BYTES_NONE, DILITHIUM_S2 },
	{ BYTES_NONE, DILITHIUM_T0 },
};

static const struct piece spki_pieces[] = {
	{ HEAD(0x30, 0x82, 0x07, 0x02, ALGORITHM, 0x03, 0x82, 0x06, 0xed, 0x00, 0x30,
		  0x82, 0x06, 0xe8, 0x03, 0x21, 0x00),
		DILITHIUM_RHO },
	{ HEAD(0x03, 0x82, 0x06, 0xc1, 0x00), DILITHIUM_T1 },
};

static const struct piece pkcs8_pieces[] = {
	{ HEAD(0x30, 0x82, 0x16, 0x10, 0x02, 0x01, 0x00, ALGORITHM, 0x04, 0x82, 0x15,
		  0xf8, 0x30, 0x82, 0x15, 0xf4, 0x02, 0x01, 0x00, 0x03, 0x21, 0x00),
		DILITHIUM_RHO },
	{ HEAD(0x03, 0x21, 0x00), DILITHIUM_K },
	{ HEAD(0x03, 0x31, 0x00), DILITHIUM_TR },
	{ HEAD(0x03, 0x82, 0x01, 0xe1, 0x00), DILITHIUM_S1 },
	{ HEAD(0x03, 0x82, 0x02, 0x41, 0x00), DILITHIUM_S2 },
	{ HEAD(0x03, 0x82, 0x0a, 0x81, 0x00), DILITHIUM_T0 },
	{ HEAD(0xa0, 0x82, 0x06, 0xc5, 0x03, 0x82, 0x06, 0xc1, 0x00), DILITHIUM_T1 },
};

#define LAYOUT(pieces, size)                        \
	{                                           \
		(pieces), ARRAY_LEN(pieces), (size) \
	}

static const struct layout public_layout = LAYOUT(public_pieces, DILITHIUM_PUBLIC_KEY);
static const struct layout private_layout = LAYOUT(private_pieces, DILITHIUM_PRIVATE_KEY);
static const struct layout spki_layout = LAYOUT(spki_pieces, DILITHIUM_SPKI);
static const struct layout pkcs8_layout = LAYOUT(pkcs8_pieces, DILITHIUM_PKCS8);

/* false: not of this layout. */
static bool
layout_read(const struct layout *layout, struct bytes from, struct dilithium_split *ret)
{
	struct cursor c = cursor_over(from);
	bool good = true;

	for (size_t i = 0; i < layout->n; i++) {
		const struct piece *piece = &layout->pieces[i];

		good &= bytes_equal(cursor_bytes(&c, piece->head.n), piece->head);
		ret->part[piece->part] =
			cursor_bytes(&c, dilithium_parts[piece->part].size);
	}
	return good && cursor_done(&c);
}

/* ret has room for layout->size. false: a part has not its size. */
static bool
layout_write(
	const struct layout *layout, const struct dilithium_split *parts, uint8_t *ret)
{
	for (size_t i = 0; i < layout->n; i++) {
		const enum dilithium_part part = layout->pieces[i].part;

		if (parts->part[part].n != dilithium_parts[part].size)
			return false;
	}
	for (size_t i = 0; i < layout->n; i++) {
		const struct piece *piece = &layout->pieces[i];
		const struct bytes part = parts->part[piece->part];

		if (piece->head.n != 0)
			memcpy(ret, piece->head.p, piece->head.n);
		memcpy(ret + piece->head.n, part.p, part.n);
		ret += piece->head.n + part.n;
	}
	return true;
}

static int
layout_write_secret(const struct layout *layout, const struct dilithium_split *parts,
	struct secret *ret)
{
	struct secret made;
	int r = secret_new(layout->size, &made);

	if (r < 0)
		return r;
	if (!layout_write(layout, parts, made.p)) {
		secret_free(&made);
		return -EINVAL;
	}
	*ret = made;
	return 0;
}

int
dilithium_split(
	struct bytes public_key, struct bytes private_key, struct dilithium_split *ret)
{
	struct dilithium_split parts = { 0 };
	struct bytes rho = BYTES_NONE;

	if (public_key.n != 0) {
		if (!layout_read(&public_layout, public_key, &parts))
			return -EINVAL;
		rho = parts.part[DILITHIUM_RHO];
	}
	if (private_key.n != 0) {
		if (!layout_read(&private_layout, private_key, &parts))
			return -EINVAL;
		if (rho.n != 0 && !bytes_equal(rho, parts.part[DILITHIUM_RHO]))
			return -EINVAL;
	}
	*ret = parts;
	return 0;
}

int
dilithium_join_public(
	const struct dilithium_split *parts, uint8_t ret[DILITHIUM_PUBLIC_KEY])
{
	return layout_write(&public_layout, parts, ret) ? 0 : -EINVAL;
}

int
dilithium_join_private(const struct dilithium_split *parts, struct secret *ret)
{
	return layout_write_secret(&private_layout, parts, ret);
}

static int
der_read(const struct layout *layout, struct bytes der, struct dilithium_split *ret)
{
	struct dilithium_split parts = { 0 };

	if (!layout_read(layout, der, &parts))
		return -EBADMSG;
	*ret = parts;
	return 0;
}

int
dilithium_read_spki(struct bytes der, struct dilithium_split *ret)
{
	return der_read(&spki_layout, der, ret);
}

int
dilithium_read_pkcs8(struct bytes der, struct dilithium_split *ret)
{
	return der_read(&pkcs8_layout, der, ret);
}

int
dilithium_write_spki(const struct dilithium_split *parts, uint8_t ret[DILITHIUM_SPKI])
{
	return layout_write(&spki_layout, parts, ret) ? 0 : -EINVAL;
}

int
dilithium_write_pkcs8(const struct dilithium_split *parts, struct secret *ret)
{
	return layout_write_secret(&pkcs8_layout, parts, ret);
}
