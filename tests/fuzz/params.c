/* SPDX-License-Identifier: Apache-2.0 */
/* Mechanism parameters: an application's structures with their pointers, and what comes over
 * the sockets. What one way accepts goes the other way and comes back the same. */
#include "cryptoki/derive.h"
#include "remote/proto/proto_convert.h"
#include "tests/fuzz/fuzz.h"

/*
 * The words of a kind's structure:
 *   P a pointer, L how much is behind the one before; l how much is behind the next
 *   H a hash, G a mask generation function, B booleans, N any number
 *   Z a pointer to bytes that are enough
 *   c how many there are in the next D or K: CK_PRF_DATA_PARAMs, CK_DERIVED_KEYs
 *   R a pointer to CK_SSL3_KEY_MAT_OUT; O one to CK_RSA_PKCS_OAEP_PARAMS
 * "": bytes without pointers. Each kind has a layout.
 */
static const char *const layouts[PARAM_COUNT][2] = {
	[PARAM_NONE] = { "", NULL },
	[PARAM_IV] = { "", NULL },
	[PARAM_IV_OPT] = { "", NULL },
	[PARAM_CTR] = { "NNN", NULL },
	[PARAM_LENGTH] = { "", NULL },
	[PARAM_OUT_LENGTH] = { "", NULL },
	[PARAM_KEY] = { "", NULL },
	[PARAM_POSITION] = { "", NULL },
	[PARAM_SIGN_CONTEXT] = { "NPL", "" },
	[PARAM_HASH_SIGN_CONTEXT] = { "NPLH", NULL },
	[PARAM_TLS_MAC] = { "HNN", NULL },
	[PARAM_KMAC] = { "NPL", "" },
	[PARAM_GCM] = { "PLNPLN", "PLPLN" },
	[PARAM_CCM] = { "NPLPLN", NULL },
	[PARAM_GMAC] = { "PLNPLN", "" },
	[PARAM_PSS] = { "HGN", NULL },
	[PARAM_OAEP] = { "HGNPL", NULL },
	[PARAM_RSA_AES] = { "NO", NULL },
	[PARAM_EDDSA] = { "BlP", NULL },
	[PARAM_CHACHA20] = { "ZNZN", NULL },
	[PARAM_CHACHA20_POLY1305] = { "PLPL", NULL },
	[PARAM_STRING] = { "PL", NULL },
	[PARAM_IV_DATA] = { "NNPL", "NPL" },
	[PARAM_HKDF] = { "BHNPLNPL", NULL },
	[PARAM_PBKDF2] = { "NPLNNPLPL", NULL },
	[PARAM_SP800] = { "HcDcK", "HcDlPcK" },
	[PARAM_TLS_MASTER] = { "PLPLZH", NULL },
	[PARAM_TLS_EXTENDED] = { "HPLZ", NULL },
	[PARAM_TLS_KEYS] = { "NNNBPLPLRH", NULL },
	[PARAM_TLS_KDF] = { "HPLPLPLPL", NULL },
	[PARAM_ECDH1] = { "NlPlP", NULL },
	[PARAM_PUBLIC_VALUE] = { "", NULL },
	[PARAM_X9_42_DH1] = { "NlPlP", NULL },
};

#define POINTERLESS \
	20u /* bytes: shorter than any structure with a pointer and its length */
#define MOST_WORDS 12u
#define MOST_MEMORY 64u
#define ENOUGH 512u
#define MOST_ELEMENTS 4u

struct made {
	uint64_t words[MOST_WORDS];
	size_t n;
	void *memory[MOST_MEMORY];
	size_t n_memory;
	struct bytes behind; /* the last pointer */
	bool lie;            /* it is NULL, whatever its length says */
	unsigned count;
};

static uint64_t
keep(struct made *made, struct bytes content)
{
	void *p = fuzz_copy(content);

	FUZZ_CHECK(made->n_memory < MOST_MEMORY);
	made->memory[made->n_memory++] = p;
	return (uintptr_t)p;
}

static uint64_t
room(struct made *made)
{
	static const uint8_t zeroes[ENOUGH];

	return keep(made, BYTES_OF(zeroes));
}

static uint64_t
behind(struct cursor *c, struct made *made)
{
	uint64_t p;

	made->lie = fuzz_u8(c) == 255;
	made->behind = fuzz_bytes(c, ENOUGH);
	p = keep(made, made->behind);
	return made->lie ? 0 : p;
}

static uint64_t
data_params(struct cursor *c, struct made *made)
{
	CK_PRF_DATA_PARAM list[MOST_ELEMENTS];
	CK_SP800_108_COUNTER_FORMAT counter = { .ulWidthInBits = 8 };

	for (unsigned i = 0; i < made->count; i++) {
		list[i].type = fuzz_u8(c) % 6;
		list[i].pValue = (void *)(uintptr_t)behind(c, made);
		list[i].ulValueLen = made->lie ? fuzz_number(c) : made->behind.n;
		if (list[i].type % 2 != 0 && fuzz_u8(c) % 2 != 0) {
			counter.bLittleEndian = fuzz_u8(c) % 2 != 0;
			counter.ulWidthInBits = fuzz_number(c);
			list[i].pValue = (void *)(uintptr_t)keep(
				made, BYTES(&counter, sizeof counter));
			list[i].ulValueLen = sizeof counter;
		}
	}
	return keep(made, BYTES(list, made->count * sizeof list[0]));
}

static uint64_t
derived_keys(struct cursor *c, struct made *made)
{
	CK_DERIVED_KEY list[MOST_ELEMENTS];
	CK_ATTRIBUTE a;

	for (unsigned i = 0; i < made->count; i++) {
		const struct attr_def *def;

		a.type = fuzz_attr_type(c);
		/* a template's bytes would be pointers: of those, see template.c */
		def = attr_lookup((uint32_t)a.type);
		if (def != NULL && def->kind == ATTR_TEMPLATE)
			a.type = CKA_LABEL;
		a.pValue = (void *)(uintptr_t)behind(c, made);
		a.ulValueLen = made->lie ? fuzz_number(c) : made->behind.n;
		list[i].pTemplate =
			(CK_ATTRIBUTE *)(uintptr_t)keep(made, BYTES(&a, sizeof a));
		list[i].ulAttributeCount = fuzz_u8(c) % 2;
		list[i].phKey = (CK_OBJECT_HANDLE *)(uintptr_t)room(made);
	}
	return keep(made, BYTES(list, made->count * sizeof list[0]));
}

static uint64_t
key_material(struct made *made)
{
	CK_SSL3_KEY_MAT_OUT out = { .pIVClient = (CK_BYTE *)(uintptr_t)room(made),
		.pIVServer = (CK_BYTE *)(uintptr_t)room(made) };

	return keep(made, BYTES(&out, sizeof out));
}

static uint64_t
oaep_params(struct cursor *c, struct made *made)
{
	CK_RSA_PKCS_OAEP_PARAMS p = {
		.hashAlg = digests[fuzz_u8(c) % DIGEST_COUNT].mechanism,
		.mgf = digests[fuzz_u8(c) % DIGEST_COUNT].mgf,
		.source = fuzz_number(c)
	};
	const unsigned how = fuzz_u8(c);

	p.pSourceData = (void *)(uintptr_t)behind(c, made);
	p.ulSourceDataLen = made->lie ? fuzz_number(c) : made->behind.n;
	return how == 255 ? 0 : keep(made, BYTES(&p, sizeof p));
}

static uint64_t
word_make(struct cursor *c, char letter, struct made *made)
{
	const struct digest_info *d;

	switch (letter) {
	case 'P':
		return behind(c, made);
	case 'L':
		return made->lie ? fuzz_number(c) : made->behind.n;
	case 'B':
		return fuzz_u8(c) % 2 + 256 * (fuzz_u8(c) % 2);
	case 'Z':
		return room(made);
	case 'c':
		made->count = fuzz_u8(c) % (MOST_ELEMENTS + 1);
		return made->count;
	case 'D':
		return data_params(c, made);
	case 'K':
		return derived_keys(c, made);
	case 'R':
		return key_material(made);
	case 'O':
		return oaep_params(c, made);
	case 'H':
	case 'G':
		d = &digests[fuzz_u8(c) % DIGEST_COUNT];
		return letter == 'H' ? d->mechanism : d->mgf;
	default:
		return fuzz_number(c);
	}
}

static void
struct_make(struct cursor *c, const char *layout, struct made *ret)
{
	*ret = (struct made){ 0 };
	for (; *layout != '\0'; layout++, ret->n++) {
		if (*layout == 'l') { /* known when its pointer is */
			ret->words[ret->n + 1] = behind(c, ret);
			ret->words[ret->n++] = ret->lie ? fuzz_number(c) : ret->behind.n;
			layout++;
		} else {
			ret->words[ret->n] = word_make(c, *layout, ret);
		}
	}
}

static void
check_canonical(const struct mech *m, const struct mech_params *p)
{
	struct buf first = BUF_INIT, second = BUF_INIT;
	struct mech_params back;

	mech_params_encode(m, p, &first);
	FUZZ_CHECK(buf_ok(&first));
	FUZZ_CHECK(mech_params_decode(m, buf_bytes(&first), &back) == CKR_OK);
	mech_params_encode(m, &back, &second);
	FUZZ_CHECK(bytes_equal(buf_bytes(&first), buf_bytes(&second)));
	buf_free(&first);
	buf_free(&second);
}

/* What a derivation gives back goes where the parameter says. */
static void
give_back(struct cursor *c, const struct mech *m, const CK_MECHANISM *mechanism)
{
	static const CK_OBJECT_HANDLE keys[DERIVE_MAX_KEYS] = { 1, 2, 3 };
	struct bytes out = fuzz_bytes(c, ENOUGH);
	uint8_t *exact = fuzz_copy(out);

	derive_params_return(m, mechanism, BYTES(exact, out.n), keys,
		fuzz_u8(c) % (DERIVE_MAX_KEYS + 1));
	free(exact);
}

static void
parse(struct cursor *c, const struct mech *m, struct bytes in)
{
	uint8_t *exact = fuzz_copy(in);
	const CK_MECHANISM mechanism = { m->type, exact, in.n };
	struct derive_params derive = DERIVE_PARAMS_NONE;
	struct mech_params p;

	if (mech_params_parse(m, &mechanism, &p) == CKR_OK)
		check_canonical(m, &p);
	if (derive_params_pack(m, &mechanism, &derive) == CKR_OK) {
		FUZZ_CHECK(derive_params_valid(
			m, buf_bytes(&derive.packed), derive.other != 0));
		give_back(c, m, &mechanism);
	}
	derive_params_free(&derive);
	free(exact);
}

static void
from_application(struct cursor *c, const struct mech *m)
{
	const char *layout = layouts[m->param][fuzz_u8(c) % 2];
	struct made made;

	if (layout == NULL)
		layout = layouts[m->param][0];
	if (layout[0] == '\0') {
		parse(c, m, fuzz_bytes(c, POINTERLESS));
		return;
	}
	struct_make(c, layout, &made);
	parse(c, m, BYTES(made.words, made.n * 8));
	for (size_t i = 0; i < made.n_memory; i++)
		free(made.memory[i]);
}

static void
from_peer(struct cursor *c, const struct mech *m)
{
	size_t n = cursor_left(c);
	uint8_t *exact = fuzz_copy(cursor_bytes(c, n));
	struct mech_params p;

	if (mech_params_decode(m, BYTES(exact, n), &p) == CKR_OK) {
		struct buf again = BUF_INIT;

		mech_params_encode(m, &p, &again);
		FUZZ_CHECK(bytes_equal(buf_bytes(&again), BYTES(exact, n)));
		buf_free(&again);
	}
	(void)!derive_params_valid(m, BYTES(exact, n), n % 2 != 0);
	free(exact);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(BYTES(data, size));
	const struct mech *m = fuzz_mech(&c);

	FUZZ_CHECK(layouts[m->param][0] != NULL);
	if (fuzz_u8(&c) % 2 == 0)
		from_application(&c, m);
	else
		from_peer(&c, m);
	return 0;
}
