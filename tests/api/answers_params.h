/* SPDX-License-Identifier: Apache-2.0 */
/* The mechanism and the parameter that a line of answers.txt means. */
#pragma once

#include "tests/api/answers_keys.h"

/* --- Mechanisms ------------------------------------------------------------------------- */

static const struct mechanism {
	const char *name;
	CK_MECHANISM_TYPE type;
	int in_parts;
} mechanisms[] = {
#define WHOLE(name)                  \
	{                            \
#name, CKM_##name, 0 \
	}
#define PARTS(name)                  \
	{                            \
#name, CKM_##name, 1 \
	}
	WHOLE(RSA_PKCS),
	WHOLE(RSA_X_509),
	WHOLE(RSA_PKCS_OAEP),
	WHOLE(RSA_PKCS_PSS),
	PARTS(SHA1_RSA_PKCS),
	PARTS(SHA224_RSA_PKCS),
	PARTS(SHA256_RSA_PKCS),
	PARTS(SHA384_RSA_PKCS),
	PARTS(SHA512_RSA_PKCS),
	PARTS(SHA3_224_RSA_PKCS),
	PARTS(SHA3_256_RSA_PKCS),
	PARTS(SHA3_384_RSA_PKCS),
	PARTS(SHA3_512_RSA_PKCS),
	PARTS(SHA1_RSA_PKCS_PSS),
	PARTS(SHA224_RSA_PKCS_PSS),
	PARTS(SHA256_RSA_PKCS_PSS),
	PARTS(SHA384_RSA_PKCS_PSS),
	PARTS(SHA512_RSA_PKCS_PSS),
	PARTS(SHA3_224_RSA_PKCS_PSS),
	PARTS(SHA3_256_RSA_PKCS_PSS),
	PARTS(SHA3_384_RSA_PKCS_PSS),
	PARTS(SHA3_512_RSA_PKCS_PSS),
	WHOLE(ECDSA),
	PARTS(ECDSA_SHA1),
	PARTS(ECDSA_SHA224),
	PARTS(ECDSA_SHA256),
	PARTS(ECDSA_SHA384),
	PARTS(ECDSA_SHA512),
	PARTS(ECDSA_SHA3_224),
	PARTS(ECDSA_SHA3_256),
	PARTS(ECDSA_SHA3_384),
	PARTS(ECDSA_SHA3_512),
	PARTS(EDDSA),
	PARTS(IBM_ED25519_SHA512),
	WHOLE(ECDH1_DERIVE),
	WHOLE(ECDH1_COFACTOR_DERIVE),
	WHOLE(ML_DSA),
	WHOLE(HASH_ML_DSA),
	PARTS(HASH_ML_DSA_SHA224),
	PARTS(HASH_ML_DSA_SHA256),
	PARTS(HASH_ML_DSA_SHA384),
	PARTS(HASH_ML_DSA_SHA512),
	PARTS(HASH_ML_DSA_SHA3_224),
	PARTS(HASH_ML_DSA_SHA3_256),
	PARTS(HASH_ML_DSA_SHA3_384),
	PARTS(HASH_ML_DSA_SHA3_512),
	PARTS(HASH_ML_DSA_SHAKE128),
	PARTS(HASH_ML_DSA_SHAKE256),
	WHOLE(SLH_DSA),
	WHOLE(HASH_SLH_DSA),
	PARTS(HASH_SLH_DSA_SHA224),
	PARTS(HASH_SLH_DSA_SHA256),
	PARTS(HASH_SLH_DSA_SHA384),
	PARTS(HASH_SLH_DSA_SHA512),
	PARTS(HASH_SLH_DSA_SHA3_224),
	PARTS(HASH_SLH_DSA_SHA3_256),
	PARTS(HASH_SLH_DSA_SHA3_384),
	PARTS(HASH_SLH_DSA_SHA3_512),
	PARTS(HASH_SLH_DSA_SHAKE128),
	PARTS(HASH_SLH_DSA_SHAKE256),
};

static const struct digest {
	const char *name;
	CK_MECHANISM_TYPE hash;
	CK_RSA_PKCS_MGF_TYPE mgf;
	CK_ULONG kdf, sp800;
} digests[] = {
#define DIGEST(name, hash)                                            \
	{                                                             \
#name, CKM_##hash, CKG_MGF1_##name, CKD_##name##_KDF, \
			CKD_##name##_KDF_SP800                        \
	}
	DIGEST(SHA1, SHA_1),
	DIGEST(SHA224, SHA224),
	DIGEST(SHA256, SHA256),
	DIGEST(SHA384, SHA384),
	DIGEST(SHA512, SHA512),
	DIGEST(SHA3_224, SHA3_224),
	DIGEST(SHA3_256, SHA3_256),
	DIGEST(SHA3_384, SHA3_384),
	DIGEST(SHA3_512, SHA3_512),
	{ "SHAKE256", CKM_KT_SHAKE_256, 0, 0, 0 },
};

/* What the name begins with. */
static const struct digest *
digest_of(const struct line *l, const char *name)
{
	const char *text = field(l, name);

	for (size_t i = 0; i < COUNT(digests); i++) {
		const size_t n = strlen(digests[i].name);

		if (strncmp(text, digests[i].name, n) == 0 &&
			(text[n] == '\0' || strncmp(text + n, "_KDF", 4) == 0))
			return &digests[i];
	}
	ck_abort_msg("line %u: no digest %s", l->number, text);
}

static const struct mechanism *
mechanism_of(const struct line *l)
{
	for (size_t i = 0; i < COUNT(mechanisms); i++)
		if (strcmp(mechanisms[i].name, field(l, "mech")) == 0)
			return &mechanisms[i];
	ck_abort_msg("line %u: no mechanism", l->number);
}

static struct parameter {
	struct data bytes; /* label, context, what is shared */
	struct data peer;
	CK_RSA_PKCS_PSS_PARAMS pss;
	CK_RSA_PKCS_OAEP_PARAMS oaep;
	CK_EDDSA_PARAMS eddsa;
	CK_SIGN_ADDITIONAL_CONTEXT context;
	CK_HASH_SIGN_ADDITIONAL_CONTEXT hash_context;
	CK_ECDH1_DERIVE_PARAMS ecdh;
} parameter;

#define WITH(type, member)                                         \
	(CK_MECHANISM)                                             \
	{                                                          \
		(type), &parameter.member, sizeof parameter.member \
	}

static CK_MECHANISM
ecdh(const struct line *l, CK_MECHANISM_TYPE type)
{
	struct parameter *p = &parameter;

	p->ecdh.kdf = CKD_NULL;
	if (field_find(l, "kdf") != NULL)
		p->ecdh.kdf = strstr(field(l, "kdf"), "SP800") != NULL
				      ? digest_of(l, "kdf")->sp800
				      : digest_of(l, "kdf")->kdf;
	field_bytes(l, "shared", &p->bytes);
	field_bytes(l, "peer", &p->peer);
	p->ecdh.ulSharedDataLen = p->bytes.n;
	p->ecdh.pSharedData = p->bytes.n != 0 ? p->bytes.p : NULL;
	p->ecdh.ulPublicDataLen = p->peer.n;
	p->ecdh.pPublicData = p->peer.p;
	return WITH(type, ecdh);
}

static int
is_post_quantum(const struct line *l)
{
	const CK_KEY_TYPE type = kind_of(key_line(field(l, "key")))->type;

	return type == CKK_ML_DSA || type == CKK_SLH_DSA;
}

static CK_MECHANISM
mechanism(const struct line *l)
{
	const CK_MECHANISM_TYPE type = mechanism_of(l)->type;
	const char *scheme = field_find(l, "scheme");
	struct parameter *p = &parameter;

	if (type == CKM_ECDH1_DERIVE || type == CKM_ECDH1_COFACTOR_DERIVE)
		return ecdh(l, type);
	field_bytes(l, type == CKM_RSA_PKCS_OAEP ? "label" : "ctx", &p->bytes);
	if (type == CKM_RSA_PKCS_OAEP) {
		p->oaep = (CK_RSA_PKCS_OAEP_PARAMS){ digest_of(l, "hash")->hash,
			digest_of(l, "mgf")->mgf, CKZ_DATA_SPECIFIED, p->bytes.p,
			p->bytes.n };
		return WITH(type, oaep);
	}
	if (field_find(l, "salt") != NULL) {
		p->pss = (CK_RSA_PKCS_PSS_PARAMS){ digest_of(l, "hash")->hash,
			digest_of(l, "mgf")->mgf, strtoul(field(l, "salt"), NULL, 10) };
		return WITH(type, pss);
	}
	if (scheme != NULL) {
		p->eddsa = (CK_EDDSA_PARAMS){ strcmp(scheme, "ph") == 0, p->bytes.n,
			p->bytes.p };
		return WITH(type, eddsa);
	}
	if (type == CKM_HASH_ML_DSA || type == CKM_HASH_SLH_DSA) {
		p->hash_context =
			(CK_HASH_SIGN_ADDITIONAL_CONTEXT){ CKH_DETERMINISTIC_REQUIRED,
				p->bytes.p, p->bytes.n, digest_of(l, "hash")->hash };
		return WITH(type, hash_context);
	}
	if (is_post_quantum(l)) {
		p->context = (CK_SIGN_ADDITIONAL_CONTEXT){ CKH_DETERMINISTIC_REQUIRED,
			p->bytes.p, p->bytes.n };
		return WITH(type, context);
	}
	return (CK_MECHANISM){ type, NULL, 0 };
}
