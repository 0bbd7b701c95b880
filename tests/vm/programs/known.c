/* SPDX-License-Identifier: Apache-2.0 */
/*
 * known: every known answer of a secret-key mechanism that the unit tests have, in every way
 * there is, forth and back. "ok" or "not ok" a mechanism and way.
 */
#include "tests/unit/crypto/cipher_vectors.h"
#include "tests/unit/crypto/hash_vectors.h"
#include "tests/unit/crypto/vectors.h"
#include "tests/vm/programs/client.h"

#define ROOM 512u

static CK_SESSION_HANDLE session;

struct octets {
	CK_BYTE p[ROOM];
	CK_ULONG n;
};

static struct octets
unhex(const char *hex)
{
	struct octets o = { .n = strlen(hex) / 2 };

	for (CK_ULONG i = 0; i < o.n && i < ROOM; i++) {
		unsigned byte = 0;

		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			die("what is that? %s", hex);
		o.p[i] = (CK_BYTE)byte;
	}
	return o;
}

static void
param_of(struct param *p, const struct mech *m, const struct mode_vector *v, CK_ULONG n)
{
	struct octets iv = unhex(v->iv), aad = unhex(v->aad);

	param_plain(p, m, n);
	memcpy(p->nonce, iv.p, iv.n < sizeof p->nonce ? iv.n : sizeof p->nonce);
	memcpy(p->aad, aad.p, aad.n < sizeof p->aad ? aad.n : sizeof p->aad);
	switch (m->param) {
	case PARAM_GCM:
		p->u.gcm = (CK_GCM_PARAMS){ p->nonce, iv.n, iv.n * 8, p->aad, aad.n,
			v->tag * 8 };
		break;
	case PARAM_CCM:
		p->u.ccm = (CK_CCM_PARAMS){ n, p->nonce, iv.n, p->aad, aad.n, v->tag };
		break;
	case PARAM_CTR:
		memcpy(p->u.ctr.cb, p->nonce, sizeof p->u.ctr.cb);
		break;
	case PARAM_LENGTH:
		p->u.length = v->tag;
		break;
	case PARAM_CHACHA20:
		p->u.chacha20 = (CK_CHACHA20_PARAMS){ p->nonce, v->tag * 8ul,
			p->nonce + v->tag, (iv.n - v->tag) * 8 };
		break;
	case PARAM_CHACHA20_POLY1305:
		p->u.poly1305 = (CK_SALSA20_CHACHA20_POLY1305_PARAMS){ p->nonce, iv.n * 8,
			p->aad, aad.n };
		break;
	default:
		memcpy(p->u.iv, p->nonce, iv.n);
		p->mechanism.ulParameterLen = iv.n;
		p->mechanism.pParameter = iv.n != 0 ? &p->u : NULL;
		break;
	}
}

static bool
is(CK_RV rv, const struct octets *got, const struct octets *wanted, const char *what,
	const struct mech *m, enum way way)
{
	if (rv == CKR_OK && got->n == wanted->n &&
		memcmp(got->p, wanted->p, wanted->n) == 0)
		return true;
	(void)printf("not ok %s, %s: %s: %s, %lu bytes\n", m->name, way_names[way], what,
		ckr_name(rv), got->n);
	return false;
}

/* Twice: the second time finds all that is kept from the first. */
static bool
seals_and_opens(const struct mech *m, struct param *p, CK_OBJECT_HANDLE key,
	struct octets *plain, struct octets *sealed, enum way way)
{
	const bool mac = (m->flags & CKF_SIGN) != 0;
	bool good = true;

	for (unsigned i = 0; good && i < 3; i++) {
		struct octets got = { .n = ROOM };
		CK_RV rv = mac ? F->C_SignInit(session, &p->mechanism, key)
			       : F->C_EncryptInit(session, &p->mechanism, key);

		if (rv == CKR_OK)
			rv = (mac ? F->C_Sign : F->C_Encrypt)(
				session, plain->p, plain->n, got.p, &got.n);
		good = is(rv, &got, sealed, "forth", m, way);
		if (mac) {
			rv = F->C_VerifyInit(session, &p->mechanism, key);
			if (rv == CKR_OK)
				rv = F->C_Verify(session, plain->p, plain->n, sealed->p,
					sealed->n);
			good = good && is(rv, sealed, sealed, "verified", m, way);
			continue;
		}
		got.n = ROOM;
		rv = F->C_DecryptInit(session, &p->mechanism, key);
		if (rv == CKR_OK)
			rv = F->C_Decrypt(session, sealed->p, sealed->n, got.p, &got.n);
		good = good && is(rv, &got, plain, "back", m, way);
	}
	return good;
}

static struct tally {
	unsigned answers, failed;
} tallies[WAYS];

static void
try(const struct mode_vector *v, enum way way)
{
	const struct mech *m = mech_lookup(v->mechanism);
	struct octets key = unhex(v->key), plain = unhex(v->plain),
		      sealed = unhex(v->sealed);
	struct param p;
	CK_OBJECT_HANDLE handle;

	/* the backends do some that the module does not offer */
	if (m == NULL || !mech_is_ours(m))
		return;
	param_of(&p, m, v, plain.n);
	handle = key_import(session, way, m->key_type, key.p, key.n);
	tallies[way].answers++;
	if (!seals_and_opens(m, &p, handle, &plain, &sealed, way))
		tallies[way].failed++;
	must(F->C_DestroyObject(session, handle), "C_DestroyObject");
}

static void
try_all(enum way way)
{
	for (size_t i = 0; i < COUNT(mode_vectors); i++)
		try(&mode_vectors[i], way);
	for (size_t i = 0; i < COUNT(mac_vectors); i++)
		try(&mac_vectors[i], way);
	for (size_t i = 0; i < COUNT(cipher_vectors); i++) {
		const struct cipher_vector *c = &cipher_vectors[i];
		const struct mode_vector v = { c->mechanism, c->key, c->iv, c->aad, 16,
			c->plain, c->cipher };

		try(&v, way);
	}
	for (size_t i = 0; i < COUNT(hash_vectors); i++) {
		/* "Jefe", and JEFE_DATA */
		const struct mode_vector v = { hash_vectors[i].hmac, "4a656665", "", "",
			0, "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
			hash_vectors[i].jefe };

		try(&v, way);
	}
}

int
main(void)
{
	int status = 0;

	session = client_start();
	for (enum way w = 0; w < WAYS; w++) {
		try_all(w);
		(void)printf("%sok %u known answers, %s\n",
			tallies[w].failed != 0 ? "not " : "", tallies[w].answers,
			way_names[w]);
		status |= tallies[w].failed != 0;
	}
	must(F->C_Finalize(NULL), "C_Finalize");
	return status;
}
