/* SPDX-License-Identifier: Apache-2.0 */
/* Of tests/fuzz/keystored.c: private keys that a request may use, and what goes with them. */
#pragma once

#include "tests/unit/crypto/rsa_key.h"

/* Session keys that are there whatever an input does. */
enum { KEY_LEARNED, KEY_EC, KEY_RSA, KEY_KEM, KEYS };
static struct sealed {
	uint8_t b[4096];
	size_t n;
} sealed_keys[KEYS];
static uint8_t ciphertext[768]; /* for KEY_KEM: one is as good as another */
static uint8_t wrapped[256];    /* for KEY_RSA: no padding is right, most likely */
/* P-256's generator */
static const uint8_t point[65] = { 4, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47,
	0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d,
	0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3,
	0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e,
	0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68,
	0x37, 0xbf, 0x51, 0xf5 };

static void
seal_keep(ProtobufCBinaryData from, unsigned which)
{
	FUZZ_CHECK(from.len != 0 && from.len <= sizeof sealed_keys[which].b);
	memcpy(sealed_keys[which].b, from.data, from.len);
	sealed_keys[which].n = from.len;
}

/* Frees pub. */
static void
pair_make(unsigned which, CK_MECHANISM_TYPE type, struct attrs *pub, uint32_t use)
{
	Keystore__V1__GenerateKeyPairRequest rq =
		KEYSTORE__V1__GENERATE_KEY_PAIR_REQUEST__INIT;
	Keystore__V1__Mechanism mechanism = KEYSTORE__V1__MECHANISM__INIT;
	Keystore__V1__GenerateKeyPairResponse *rs;
	struct attrs priv = ATTRS_INIT;
	struct rpc_status status;
	uint8_t id[16];

	attrs_set_bool(pub, CKA_TOKEN, false);
	attrs_set_bool(&priv, CKA_TOKEN, false);
	attrs_set_bool(&priv, use, true);
	FUZZ_CHECK(proto_from_attrs(attrs_bytes(pub), &rq.n_public_attributes,
			   &rq.public_attributes) == 0 &&
		   proto_from_attrs(attrs_bytes(&priv), &rq.n_private_attributes,
			   &rq.private_attributes) == 0);
	mechanism.type = type;
	request_id(id, (uint8_t)(40 + which));
	rq.request_id = FIELD(id, sizeof id);
	rq.token_id = FIELD(token_id, sizeof token_id);
	rq.ticket = FIELD(ticket, ticket_n);
	rq.mechanism = &mechanism;
	rs = (void *)call(method_find("GenerateKeyPair"), &rq.base, &status);
	FUZZ_CHECK(status.code == RPC_OK);
	seal_keep(rs->blob, which);
	rpc_message_free(&rs->base);
	proto_attrs_free(rq.n_public_attributes, rq.public_attributes);
	proto_attrs_free(rq.n_private_attributes, rq.private_attributes);
	attrs_free(pub);
	attrs_free(&priv);
}

static void
ec_key_make(void)
{
	static const uint8_t p256[] = { 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7 };
	struct attrs pub = ATTRS_INIT;

	attrs_set(&pub, CKA_EC_PARAMS, BYTES_OF(p256));
	pair_make(KEY_EC, CKM_EC_KEY_PAIR_GEN, &pub, CKA_DERIVE);
}

static void
kem_key_make(void)
{
	struct attrs pub = ATTRS_INIT;

	attrs_set_ulong(&pub, CKA_PARAMETER_SET, CKP_ML_KEM_512);
	pair_make(KEY_KEM, CKM_ML_KEM_KEY_PAIR_GEN, &pub, CKA_DECAPSULATE);
}

static void
set_hex(struct attrs *to, uint32_t type, const char *hex)
{
	uint8_t room[512];
	size_t n = strlen(hex) / 2;

	FUZZ_CHECK(n <= sizeof room);
	for (size_t i = 0; i < n; i++) {
		unsigned byte = 0;

		FUZZ_CHECK(sscanf(hex + 2 * i, "%2x", &byte) == 1);
		room[i] = (uint8_t)byte;
	}
	attrs_set(to, type, BYTES(room, n));
}

static void
rsa_key_make(void)
{
	Keystore__V1__CreateObjectRequest rq = KEYSTORE__V1__CREATE_OBJECT_REQUEST__INIT;
	Keystore__V1__CreateObjectResponse *rs;
	struct attrs key = ATTRS_INIT;
	struct rpc_status status;
	uint8_t id[16];

	attrs_set_ulong(&key, CKA_CLASS, CKO_PRIVATE_KEY);
	attrs_set_ulong(&key, CKA_KEY_TYPE, CKK_RSA);
	attrs_set_bool(&key, CKA_TOKEN, false);
	attrs_set_bool(&key, CKA_UNWRAP, true);
	set_hex(&key, CKA_MODULUS, rsa_n);
	set_hex(&key, CKA_PUBLIC_EXPONENT, rsa_e);
	set_hex(&key, CKA_PRIVATE_EXPONENT, rsa_d);
	set_hex(&key, CKA_PRIME_1, rsa_p);
	set_hex(&key, CKA_PRIME_2, rsa_q);
	FUZZ_CHECK(proto_from_attrs(
			   attrs_bytes(&key), &rq.n_attributes, &rq.attributes) == 0);
	request_id(id, 5);
	rq.request_id = FIELD(id, sizeof id);
	rq.token_id = FIELD(token_id, sizeof token_id);
	rq.ticket = FIELD(ticket, ticket_n);
	rq.session = true;
	rs = (void *)call(method_find("CreateObject"), &rq.base, &status);
	FUZZ_CHECK(status.code == RPC_OK);
	seal_keep(rs->blob, KEY_RSA);
	rpc_message_free(&rs->base);
	proto_attrs_free(rq.n_attributes, rq.attributes);
	attrs_free(&key);
}
