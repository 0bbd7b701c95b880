/* SPDX-License-Identifier: Apache-2.0 */
/* Named curves: how CKA_EC_PARAMS names them, and their points in CKA_EC_POINT. */
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "common/cleanup.h"
#include "crypto/pkey.h"

/* Longest parameters that are looked into: explicit ones of 512 bits have some 600 bytes. */
#define PARAMS_MAX 1024u

enum {
	DER_OCTET_STRING = 0x04,
	DER_OID = 0x06,
	DER_PRINTABLE = 0x13,
	DER_SEQUENCE = 0x30
};

/* clang-format off */

#define OID(text) { (const uint8_t *)(text), sizeof(text) - 1 }
#define NONE { NULL, 0 }
#define PRIME(name_, nid_, bits_, oid_, ...)                                             \
	{ .name = (name_), .type = CKK_EC, .nid = (nid_), .bits = (bits_),               \
		.field = ((bits_) + 7) / 8, .oid = OID(oid_), .other = NONE,             \
		.names = { __VA_ARGS__ } }
#define BRAINPOOL(name_, nid_, bits_, last)                                              \
	PRIME(name_, nid_, bits_, "\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01" last, name_)

static const struct curve curves[] = {
	PRIME("P-224", NID_secp224r1, 224, "\x06\x05\x2b\x81\x04\x00\x21", "secp224r1", "P-224"),
	PRIME("P-256", NID_X9_62_prime256v1, 256, "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07",
		"secp256r1", "prime256v1", "P-256"),
	PRIME("P-384", NID_secp384r1, 384, "\x06\x05\x2b\x81\x04\x00\x22", "secp384r1", "P-384"),
	PRIME("P-521", NID_secp521r1, 521, "\x06\x05\x2b\x81\x04\x00\x23", "secp521r1", "P-521"),
	PRIME("secp256k1", NID_secp256k1, 256, "\x06\x05\x2b\x81\x04\x00\x0a", "secp256k1"),
	BRAINPOOL("brainpoolP224r1", NID_brainpoolP224r1, 224, "\x05"),
	BRAINPOOL("brainpoolP256r1", NID_brainpoolP256r1, 256, "\x07"),
	BRAINPOOL("brainpoolP320r1", NID_brainpoolP320r1, 320, "\x09"),
	BRAINPOOL("brainpoolP384r1", NID_brainpoolP384r1, 384, "\x0b"),
	BRAINPOOL("brainpoolP512r1", NID_brainpoolP512r1, 512, "\x0d"),
	/* RFC 8410; the other OIDs are GnuPG's, which OpenSC took over, and RFC 8031's elder */
	{ .name = "ED25519", .type = CKK_EC_EDWARDS, .bits = 255, .field = 32,
		.oid = OID("\x06\x03\x2b\x65\x70"),
		.other = OID("\x06\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01"),
		.names = { "edwards25519", "Ed25519" } },
	{ .name = "ED448", .type = CKK_EC_EDWARDS, .bits = 448, .field = 57,
		.oid = OID("\x06\x03\x2b\x65\x71"), .other = NONE,
		.names = { "edwards448", "Ed448" } },
	{ .name = "X25519", .type = CKK_EC_MONTGOMERY, .bits = 255, .field = 32,
		.oid = OID("\x06\x03\x2b\x65\x6e"),
		.other = OID("\x06\x0a\x2b\x06\x01\x04\x01\x97\x55\x01\x05\x01"),
		.names = { "curve25519", "X25519" } },
	{ .name = "X448", .type = CKK_EC_MONTGOMERY, .bits = 448, .field = 56,
		.oid = OID("\x06\x03\x2b\x65\x6f"), .other = NONE,
		.names = { "curve448", "X448" } },
};

/* clang-format on */

/* --- Parameters ------------------------------------------------------------------- */

static void
cleanup_group(EC_GROUP **group)
{
	EC_GROUP_free(*group);
}

/* Which named curve explicit parameters are those of; NID_undef: of none of them. */
static CK_RV
explicit_nid(struct bytes params, int *ret)
{
	const uint8_t *p = params.p;
	CLEANUP(cleanup_group)
	EC_GROUP *group = params.n <= PARAMS_MAX
				  ? d2i_ECPKParameters(NULL, &p, (long)params.n)
				  : NULL;

	if (group == NULL || p != params.p + params.n)
		return CKR_DOMAIN_PARAMS_INVALID;
	*ret = EC_GROUP_get_curve_name(group);
	return CKR_OK;
}

static bool
has_name(const struct curve *c, struct bytes name)
{
	for (size_t i = 0; i < CURVE_NAMES && c->names[i] != NULL; i++)
		if (bytes_equal(name, BYTES_STR(c->names[i])))
			return true;
	return false;
}

static bool
is_named(const struct curve *c, struct bytes params, int nid)
{
	if (nid != NID_undef)
		return c->nid == nid;
	if (params.p[0] == DER_PRINTABLE)
		return has_name(c, BYTES(params.p + 2, params.n - 2));
	return bytes_equal(c->oid, params) ||
	       (c->other.n != 0 && bytes_equal(c->other, params));
}

CK_RV
curve_of(struct bytes object_public, const struct curve **ret)
{
	const CK_KEY_TYPE type =
		attrs_ulong(object_public, CKA_KEY_TYPE, CK_UNAVAILABLE_INFORMATION);
	struct bytes params;
	int nid = NID_undef;
	CK_RV rv = CKR_OK;

	if (!attrs_find(object_public, CKA_EC_PARAMS, &params))
		return CKR_TEMPLATE_INCOMPLETE;
	if (params.n < 2)
		return CKR_DOMAIN_PARAMS_INVALID;
	if (params.p[0] == DER_SEQUENCE)
		rv = explicit_nid(params, &nid);
	/* implicitlyCA, which names nothing, and what is no DER; all else is short */
	else if ((params.p[0] != DER_OID && params.p[0] != DER_PRINTABLE) ||
		 params.p[1] != params.n - 2)
		rv = CKR_DOMAIN_PARAMS_INVALID;
	if (rv != CKR_OK)
		return rv;
	if (params.p[0] == DER_SEQUENCE && nid == NID_undef)
		return CKR_CURVE_NOT_SUPPORTED;
	for (size_t i = 0; i < ARRAY_LEN(curves); i++) {
		if (curves[i].type != type || !is_named(&curves[i], params, nid))
			continue;
		*ret = &curves[i];
		return CKR_OK;
	}
	return CKR_CURVE_NOT_SUPPORTED;
}

/* NID_undef: of no named curve. */
static int
group_nid(EVP_PKEY *pkey)
{
	char name[64];
	size_t n = 0;

	return EVP_PKEY_is_a(pkey, "EC") == 1 &&
			       EVP_PKEY_get_group_name(pkey, name, sizeof name, &n) == 1
		       ? OBJ_sn2nid(name)
		       : NID_undef;
}

const struct curve *
curve_of_pkey(EVP_PKEY *pkey, CK_KEY_TYPE type)
{
	const int nid = type == CKK_EC ? group_nid(pkey) : NID_undef;

	for (size_t i = 0; i < ARRAY_LEN(curves); i++)
		if (curves[i].type == type &&
			(type == CKK_EC ? nid != NID_undef && curves[i].nid == nid
					: EVP_PKEY_is_a(pkey, curves[i].name) == 1))
			return &curves[i];
	return NULL;
}

/* --- Points ------------------------------------------------------------------------ */

static bool
is_point(const struct curve *c, struct bytes v)
{
	if (c->type != CKK_EC)
		return v.n == c->field;
	return (v.n == 1 + 2 * c->field && v.p[0] == POINT_CONVERSION_UNCOMPRESSED) ||
	       (v.n == 1 + c->field && (v.p[0] & ~1u) == POINT_CONVERSION_COMPRESSED);
}

/* No curve of ours has a point as long as another one's DER. */
bool
ec_point_unwrap(const struct curve *c, struct bytes value, struct bytes *ret)
{
	size_t head;
	struct bytes inner;

	if (is_point(c, value)) {
		*ret = value;
		return true;
	}
	if (value.n < 3 || value.p[0] != DER_OCTET_STRING)
		return false;
	head = value.p[1] == 0x81 ? 3 : 2;
	inner = BYTES(value.p + head, value.n - head);
	if (value.p[head - 1] != inner.n || (head == 3) != (inner.n >= 128) ||
		!is_point(c, inner))
		return false;
	*ret = inner;
	return true;
}

bool
ec_point_equal(const struct curve *c, struct bytes a, struct bytes b)
{
	const size_t f = c->field;

	if (a.n == b.n || c->type != CKK_EC)
		return bytes_equal(a, b);
	if (a.n > b.n)
		return ec_point_equal(c, b, a);
	/* a is compressed: the abscissa, and whether the ordinate is odd */
	return a.n == 1 + f && b.n == 1 + 2 * f && (a.p[0] & 1) == (b.p[2 * f] & 1) &&
	       memcmp(a.p + 1, b.p + 1, f) == 0;
}

void
ec_point_wrap(struct bytes point, struct buf *to)
{
	buf_put_u8(to, DER_OCTET_STRING);
	if (point.n >= 128)
		buf_put_u8(to, 0x81);
	buf_put_u8(to, (uint8_t)point.n);
	buf_put_bytes(to, point);
}
