/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests/clients/signatures.test: every signature of every kind of key, for openssl to verify
 * and to make. In the current folder, of the file "data":
 *   sign_files sign    makes a pair of each kind, and leaves KIND.der (CKA_PUBLIC_KEY_INFO) and
 *                      NAME.sig of each row (ECDSA's in DER)
 *   sign_files verify  reads the same files, made by openssl, and tells of each row that there
 *                      is whether the signature is one of "data" and none of the file "other"
 *   sign_files list    says what there is: lines "kind KIND ALGORITHM PKEYOPT", and
 *                      "row NAME KIND STYLE DIGEST CONTEXT", "-" for nothing
 * A style says how openssl is asked.
 */
#include "tests/api/files.h"
#include "tests/api/sign_files_der.h"
#include "tests/api/sign_files_rows.h"

#define MOST_SIGNATURE 50000u

static CK_BYTE data[4096];
static CK_ULONG data_len;

/* --- Mechanisms --------------------------------------------------------------------------- */

static union {
	CK_RSA_PKCS_PSS_PARAMS pss;
	CK_EDDSA_PARAMS eddsa;
	CK_SIGN_ADDITIONAL_CONTEXT context;
	CK_HASH_SIGN_ADDITIONAL_CONTEXT hash;
} parameter;

#define WITH(member)                                                     \
	(CK_MECHANISM)                                                   \
	{                                                                \
		r->mechanism, &parameter.member, sizeof parameter.member \
	}

static CK_MECHANISM
mechanism(const struct row *r)
{
	static CK_BYTE context[] = CONTEXT;
	const CK_ULONG n = r->context ? sizeof context - 1 : 0;
	const struct digest *d = digest_of(r);

	if (strcmp(r->style, "pss") == 0) {
		parameter.pss = (CK_RSA_PKCS_PSS_PARAMS){ d->hash, d->mgf, d->size };
		return WITH(pss);
	}
	if (r->mechanism == CKM_EDDSA && (r->context || r->prehash)) {
		parameter.eddsa = (CK_EDDSA_PARAMS){ (CK_BBOOL)r->prehash, n, context };
		return WITH(eddsa);
	}
	if (r->mechanism == CKM_HASH_ML_DSA || r->mechanism == CKM_HASH_SLH_DSA) {
		parameter.hash = (CK_HASH_SIGN_ADDITIONAL_CONTEXT){ CKH_HEDGE_PREFERRED,
			context, n, d->hash };
		return WITH(hash);
	}
	if (r->context) {
		parameter.context =
			(CK_SIGN_ADDITIONAL_CONTEXT){ CKH_HEDGE_PREFERRED, context, n };
		return WITH(context);
	}
	return (CK_MECHANISM){ r->mechanism, NULL, 0 };
}

/* What the mechanism takes of a message: all, or its digest. */
static CK_ULONG
input(const struct row *r, CK_BYTE *message, CK_ULONG n, CK_BYTE *to)
{
	const struct digest *d = digest_of(r);
	CK_MECHANISM m = { d != NULL ? d->hash : 0, NULL, 0 };
	CK_ULONG len = 64;

	if (!r->prehash || r->mechanism == CKM_EDDSA) {
		memcpy(to, message, n);
		return n;
	}
	want(F->C_DigestInit(session, &m), "C_DigestInit");
	want(F->C_Digest(session, message, n, to, &len), "C_Digest");
	return len;
}

/* --- Keys ----------------------------------------------------------------------------------- */

static size_t
type_of(const struct kind *k)
{
	size_t i = 0;

	while (types[i].type != k->type)
		i++;
	return i;
}

static CK_ATTRIBUTE
domain(const struct kind *k)
{
	const CK_ATTRIBUTE_TYPE type = types[type_of(k)].domain;

	if (k->oid_n != 0)
		return (CK_ATTRIBUTE){ type, (void *)(uintptr_t)k->oid, k->oid_n };
	return (CK_ATTRIBUTE){ type, (void *)(uintptr_t)&k->number, sizeof k->number };
}

/* Its public half is left for openssl. */
static CK_OBJECT_HANDLE
make(const struct kind *k)
{
	CK_MECHANISM m = { types[type_of(k)].generate, NULL, 0 };
	CK_ATTRIBUTE kind = domain(k);
	CK_OBJECT_HANDLE pub, prv;
	CK_BYTE info[4096];
	CK_ATTRIBUTE a = { CKA_PUBLIC_KEY_INFO, info, sizeof info };
	char name[80];

	want(F->C_GenerateKeyPair(session, &m, &kind, 1, NULL, 0, &pub, &prv), k->name);
	want(F->C_GetAttributeValue(session, pub, &a, 1), "CKA_PUBLIC_KEY_INFO");
	(void)snprintf(name, sizeof name, "%s.der", k->name);
	put_file(name, info, a.ulValueLen);
	return prv;
}

/* Of openssl's public key; 0: there is none. */
static CK_OBJECT_HANDLE
import(const struct kind *k)
{
	static const CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
	CK_BYTE info[4096];
	CK_ULONG n = 0, count = 4;
	CK_OBJECT_HANDLE key = 0;
	struct octets bits, both, modulus, exponent;
	CK_ATTRIBUTE a[5] = { ATTR(CKA_CLASS, class), ATTR(CKA_KEY_TYPE, k->type) };
	char name[80];

	(void)snprintf(name, sizeof name, "%s.der", k->name);
	if (!get_file(name, info, &n, sizeof info))
		return 0;
	if (!der_get_public((struct octets){ info, n }, &bits))
		want(CKR_DATA_INVALID, name);
	a[2] = domain(k);
	a[3] = (CK_ATTRIBUTE){ types[type_of(k)].value, (void *)(uintptr_t)bits.p,
		bits.n };
	if (k->type == CKK_RSA) {
		if (!der_next(&bits, 0x30, &both) || !der_next_integer(&both, &modulus) ||
			!der_next_integer(&both, &exponent))
			want(CKR_DATA_INVALID, name);
		a[2] = (CK_ATTRIBUTE){ CKA_MODULUS, (void *)(uintptr_t)modulus.p,
			modulus.n };
		a[3] = (CK_ATTRIBUTE){ CKA_PUBLIC_EXPONENT, (void *)(uintptr_t)exponent.p,
			exponent.n };
	}
	want(F->C_CreateObject(session, a, count, &key), name);
	return key;
}

/* --- What it does -------------------------------------------------------------------------- */

static void
row_name(const struct kind *k, const struct row *r, char name[80])
{
	(void)snprintf(name, 80, "%s-%s.sig", k->name, r->name);
}

static void
sign_row(const struct kind *k, const struct row *r, CK_OBJECT_HANDLE key)
{
	static CK_BYTE sig[MOST_SIGNATURE];
	CK_BYTE in[sizeof data], der[168];
	CK_MECHANISM m = mechanism(r);
	CK_ULONG n = sizeof sig, len = input(r, data, data_len, in);
	char name[80];

	row_name(k, r, name);
	want(F->C_SignInit(session, &m, key), name);
	want(F->C_Sign(session, in, len, sig, &n), name);
	if (k->type == CKK_EC)
		put_file(name, der, der_put_ecdsa(sig, n, der));
	else
		put_file(name, sig, n);
}

static CK_RV
verify(const struct row *r, CK_OBJECT_HANDLE key, CK_BYTE *message, CK_ULONG message_n,
	CK_BYTE *sig, CK_ULONG n)
{
	CK_BYTE in[sizeof data];
	CK_MECHANISM m = mechanism(r);
	const CK_ULONG len = input(r, message, message_n, in);

	want(F->C_VerifyInit(session, &m, key), r->name);
	return F->C_Verify(session, in, len, sig, n);
}

static void
verify_row(const struct kind *k, const struct row *r, CK_OBJECT_HANDLE key)
{
	static CK_BYTE file[MOST_SIGNATURE], raw[256];
	CK_BYTE other[sizeof data], *sig = file;
	CK_ULONG n = 0, other_len = 0;
	CK_RV right, wrong;
	char name[80];

	row_name(k, r, name);
	if (!get_file(name, file, &n, sizeof file))
		return;
	if (k->type == CKK_EC) {
		if (!der_get_ecdsa((struct octets){ file, n }, raw, k->signature))
			want(CKR_DATA_INVALID, name);
		sig = raw;
		n = k->signature;
	}
	(void)get_file("other", other, &other_len, sizeof other);
	right = verify(r, key, data, data_len, sig, n);
	wrong = verify(r, key, other, other_len, sig, n);
	if (right == CKR_OK && wrong == CKR_SIGNATURE_INVALID)
		(void)printf("ok %s by openssl\n", name);
	else
		(void)printf("not ok %s by openssl: %#lx, of other data %#lx\n", name,
			right, wrong);
}

static void
list(void)
{
	for (size_t i = 0; i < COUNT(kinds); i++) {
		(void)printf("kind %s %s %s\n", kinds[i].name, kinds[i].algorithm,
			kinds[i].option);
		for (size_t j = 0; j < COUNT(rows); j++)
			if (is_row_of(&rows[j], &kinds[i]))
				(void)printf("row %s-%s %s %s %s %s\n", kinds[i].name,
					rows[j].name, kinds[i].name, rows[j].style,
					rows[j].digest,
					rows[j].context ? CONTEXT_HEX : "-");
	}
}

int
main(int argc, char **argv)
{
	const char *mode = argc == 2 ? argv[1] : "";
	const int signs = strcmp(mode, "sign") == 0;

	if (strcmp(mode, "list") == 0) {
		list();
		return 0;
	}
	if (!signs && strcmp(mode, "verify") != 0)
		return 2;
	begin();
	if (!get_file("data", data, &data_len, sizeof data)) {
		(void)fprintf(stderr, "no data\n");
		return 1;
	}
	for (size_t i = 0; i < COUNT(kinds); i++) {
		const CK_OBJECT_HANDLE key = signs ? make(&kinds[i]) : import(&kinds[i]);

		for (size_t j = 0; j < COUNT(rows) && key != 0; j++)
			if (is_row_of(&rows[j], &kinds[i]))
				(signs ? sign_row : verify_row)(&kinds[i], &rows[j], key);
	}
	want(F->C_Finalize(NULL), "C_Finalize");
	return 0;
}
