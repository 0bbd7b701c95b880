/* SPDX-License-Identifier: Apache-2.0 */
/* TLS 1.2: master secrets and key blocks are NIST CAVP's, SP 800-135's component test. */
#pragma once

#include "cryptoki/pkcs11.h"

struct tls_vector {
	CK_MECHANISM_TYPE hash;
	const char *pre_master, *server_hello, *client_hello, *server, *client, *master,
		*block;
};

/* clang-format off */
static const struct tls_vector tls_vectors[] = {
	{ CKM_SHA256,
		"f8938ecc9edebc5030c0c6a441e213cd24e6f770a50dda07876f8d55da062bca"
		"db386b411fd4fe4313a604fce6c17fbc",
		"f6c9575ed7ddd73e1f7d16eca115415812a43c2b747daaaae043abfb50053fce",
		"36c129d01a3200894b9179faac589d9835d58775f9b5ea3587cb8fd0364cae8c",
		"ae6c806f8ad4d80784549dff28a4b58fd837681a51d928c3e30ee5ff14f39868",
		"62e1fd91f23f558a605f28478c58cf72637b89784d959df7e946d3f07bd1b616",
		"202c88c00f84a17a20027079604787461176455539e705be730890602c289a50"
		"01e34eeb3a043e5d52a65e66125188bf",
		"d06139889fffac1e3a71865f504aa5d0d2a2e89506c6f2279b670c3e1b74f531"
		"016a2530c51a3a0f7e1d6590d0f0566b2f387f8d11fd4f731cdd572d2eae927f"
		"6f2f81410b25e6960be68985add6c38445ad9f8c64bf8068bf9a6679485d966f"
		"1ad6f68b43495b10a683755ea2b858d70ccac7ec8b053c6bd41ca299d4e51928" },
	{ CKM_SHA384,
		"a5e2642633f5b8c81ad3fe0c2fe3a8e5ef806b06121dd10df4bb0fe857bfdcf5"
		"22558e05d2682c9a80c741a3aab1716f",
		"cb6e0b3eb02976b6466dfa9651c2919414f1648fd3a7838d02153e5bd39535b6",
		"abe4bf5527429ac8eb13574d2709e8012bd1a113c6d3b1d3aa2c3840518778ac",
		"1b1c8568344a65c30828e7483c0e353e2c68641c9551efae6927d9cd627a107c",
		"954b5fe1849c2ede177438261f099a2fcd884d001b9fe1de754364b1f6a6dd8e",
		"b4d49bfa87747fe815457bc3da15073d6ac73389e703079a3503c09e14bd559a"
		"5b3c7c601c7365f6ea8c68d3d9596827",
		"10fd89ef689c7ef033387b8a8f3e5e8e7c11f680f6bdd71fbac3246a73e98d45"
		"d03185dde686e6b2369e4503e9dc5a6d2cee3e2bf2fa3f41d3de57dff3e197c8"
		"a9d5f74cc2d277119d894f8584b07a0a5822f0bd68b3433ec6adaf5c9406c5f3"
		"ddbb71bbe17ce98f3d4d5893d3179ef369f57aad908e2bf710639100c3ce7e0c" },
};

/* RFC 7627: NIST ACVP, TLS-v1.2-KDF-RFC7627, test cases 1 and 60. */
struct tls_extended_vector {
	CK_MECHANISM_TYPE hash;
	const char *pre_master, *session_hash, *master;
};

static const struct tls_extended_vector tls_extended_vectors[] = {
	{ CKM_SHA256,
		"8252b983a6459a6fb3b9debe8725247e276139ebf7c9adccdd7d240f3ada7f5e"
		"3351b2769b6c8dc169a6d799c3c0ffeb",
		"1359d7df74cb27c67f74c98d521d442b887eaf0decf6e382c62434d6c3dd7d0d",
		"43a5e821fcf5446c712207f7cd161ed213ee3b9d001d418c57231befd596b583"
		"ecd55ab2c4456b02738698f90bc59ac0" },
	{ CKM_SHA512,
		"183841ed098f53a84ea8181377991eb84de19cc23018ad63f9ef3e0c99b07c29"
		"85807d7558d6e05bc64d4834488e2ae8",
		"56fb19e744d1b62dad34e0a1630ad04f8b1d22337f3cef4ce0a63bd42379ff75"
		"220ce5aeb9f062d3117108e3579f89ffbf031c3086e4943ba9d2d8a6a5c79eb6",
		"5080c70256c653cbcdab7f25278afac83409b9a67cf18410157ec3249d1742b6"
		"2eef81f325b009880d0e83bff6ab920c" },
};

/* What the first of tls_vectors exports for the label "EXPORTER-test", by Python's hmac: RFC 5705
 * has no example. */
#define TLS_EXPORTED \
	"0a8a092f78596697416c681ac70f18a676069a5cfa163334fb1fbe81c445757fae3e48f0c5610d04"

struct tls_mac_vector {
	CK_MECHANISM_TYPE mechanism;
	CK_TLS_MAC_PARAMS params;
	const char *key, *data, *tag;
};

#define MASTER_XARGS \
	"916abf9da55973e13614ae0a3f5d3f37b023ba129aee02cc9134338127cd7049" \
	"781c8e19fc1eb2a7387ac06ae237344c"
#define HASH_XARGS "061dda04b3c2217ff73bd79b9cf88a2bb6ec505404aac8722db03ef417b54cb4"

static const struct tls_mac_vector tls_mac_vectors[] = {
	/* The Illustrated TLS 1.2 Connection (tls12.xargs.org), the client's handshake finished; its
	 * hash is of the messages there, from the client's hello to its key exchange */
	{ CKM_TLS_MAC, { CKM_SHA256, 12, 2 }, MASTER_XARGS, HASH_XARGS, "cf919626f1360c536aaad73a" },
	{ CKM_TLS12_MAC, { CKM_SHA256, 12, 2 }, MASTER_XARGS, HASH_XARGS, "cf919626f1360c536aaad73a" },
	/* the server's, and a longer one, by Python's hmac */
	{ CKM_TLS_MAC, { CKM_SHA256, 12, 1 },
		"202c88c00f84a17a20027079604787461176455539e705be730890602c289a50"
		"01e34eeb3a043e5d52a65e66125188bf",
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		"4853ab5374b52a462223db87" },
	{ CKM_TLS12_MAC, { CKM_SHA384, 40, 2 },
		"202c88c00f84a17a20027079604787461176455539e705be730890602c289a50"
		"01e34eeb3a043e5d52a65e66125188bf",
		"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
		"49f39ef8c08d0a01c38ab064833f4a6e741ba373576f736f9faed146a25c59b93fa08f5fa4ce0bad" },
};
/* clang-format on */
