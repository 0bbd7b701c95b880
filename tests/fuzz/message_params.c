/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of messages and of wrapping, whose IV and tag are written where the application
 * says. Each piece of memory is as long as the structure says, and no longer. */
#include "common/buf.h"
#include "crypto/crypto.h"
#include "libtoken/object/generator.h"
#include "libtoken/object/object.h"
#include "libtoken/object/wrap_params.h"
#include "tests/fuzz/fuzz.h"

/*
 * The words of a structure:
 *   P a pointer, L how much is behind it
 *   F how many bits are fixed, G a generator, N any number
 *   T a pointer to room for the tag, W for a whole one
 *   t as many bits as a tag has room for, m bytes
 * NULL: there is none.
 */
static const struct use {
	CK_MECHANISM_TYPE mechanism;
	const char *message, *wrap, *ordinary;
} uses[] = {
	{ CKM_AES_GCM, "PLFGTt", "PLFGPLt", "PLNPLt" },
	{ CKM_AES_CCM, "NPLFGTm", "NPLFGPLm", "NPLPLm" },
	{ CKM_CHACHA20_POLY1305, "PLW", NULL, "PLPL" },
};

#define POINTERLESS 20u /* bytes: shorter than any of them */
#define MOST_WORDS 8u
#define MOST_TAG 16u
#define MESSAGES 4u

struct made {
	uint64_t words[MOST_WORDS];
	size_t n;
	uint8_t *memory[MOST_WORDS];
	size_t n_memory;
	size_t behind; /* the last P */
	size_t tag_n;
	bool lie; /* P is NULL, whatever L says */
};

static uint64_t
keep(struct made *made, struct bytes content)
{
	uint8_t *p = fuzz_copy(content);

	FUZZ_CHECK(made->n_memory < MOST_WORDS);
	made->memory[made->n_memory++] = p;
	return (uintptr_t)p;
}

static uint64_t
behind(struct cursor *c, struct made *made)
{
	const struct bytes b = fuzz_bytes(c, 300);

	made->lie = fuzz_u8(c) == 255;
	made->behind = b.n;
	return made->lie ? 0 : keep(made, b);
}

/* Room for a tag, mostly of a length that there is. */
static uint64_t
tag_room(struct cursor *c, bool whole, struct made *made)
{
	static const uint8_t zeroes[MOST_TAG];
	const unsigned how = fuzz_u8(c);

	made->tag_n = whole || how < 128 ? MOST_TAG : how % (MOST_TAG + 1);
	return how == 255 ? 0 : keep(made, BYTES(zeroes, made->tag_n));
}

/* Never more than there is room for, but for what no tag has. */
static uint64_t
tag_length(struct cursor *c, const struct made *made, unsigned unit)
{
	const unsigned how = fuzz_u8(c);

	if (how < 192)
		return (uint64_t)made->tag_n * unit;
	return how < 224 ? how % (made->tag_n * unit + 1)
			 : (uint64_t)MOST_TAG * unit + 1 + fuzz_number(c) / 2;
}

static uint64_t
word_make(struct cursor *c, char letter, struct made *made)
{
	switch (letter) {
	case 'P':
		return behind(c, made);
	case 'L':
		return made->lie ? fuzz_number(c) : made->behind;
	case 'G':
		return fuzz_u8(c) % 8;
	case 'T':
	case 'W':
		return tag_room(c, letter == 'W', made);
	case 't':
		return tag_length(c, made, 8);
	case 'm':
		return tag_length(c, made, 1);
	default:
		return fuzz_number(c);
	}
}

static struct bytes
struct_make(struct cursor *c, const char *layout, struct made *made)
{
	/* what has no T has the tag behind the ciphertext */
	*made = (struct made){ .tag_n = MOST_TAG };
	for (; *layout != '\0'; layout++)
		made->words[made->n++] = word_make(c, *layout, made);
	return BYTES((const uint8_t *)made->words, made->n * sizeof made->words[0]);
}

static void
struct_free(struct made *made)
{
	for (size_t i = 0; i < made->n_memory; i++)
		free(made->memory[i]);
}

/* --- A message's ----------------------------------------------------------------------- */

static bool
bit(const uint8_t *p, size_t i)
{
	return (p[i / 8] << i % 8 & 0x80) != 0;
}

static void
message_next(const struct mech *m, struct bytes in, struct generators *set,
	const struct object *key)
{
	static const uint8_t tag[MOST_TAG] = { 1 };
	struct message_param p;
	uint8_t before[sizeof p.params.iv];
	CK_BYTE *last;

	if (message_param_parse(m, in, BYTES_NONE, &p) != CKR_OK)
		return;
	FUZZ_CHECK(p.params.iv_len <= sizeof before);
	memcpy(before, p.iv, p.params.iv_len);
	if (generators_next(set, key, &p) == CKR_OK && p.generator != CKG_NO_GENERATE) {
		for (size_t i = 0; i < p.fixed_bits; i++)
			FUZZ_CHECK(bit(before, i) == bit(p.params.iv, i));
		memcpy(p.iv, p.params.iv, p.params.iv_len);
	}
	FUZZ_CHECK(p.params.tag_bits <= 8 * MOST_TAG);
	if (p.tag == NULL)
		return;
	memcpy(p.tag, tag, p.params.tag_bits / 8);
	if (message_param_tag(m, in, p.params.tag_bits / 8, &last) == CKR_OK)
		FUZZ_CHECK(last == p.tag);
}

/* Several with the same structure, as a loop of C_EncryptMessage has it; another copy of the
 * key comes and goes. */
static void
messages(struct cursor *c, const struct mech *m, struct bytes in)
{
	const CK_MECHANISM mechanism = { m->type, (void *)(uintptr_t)in.p, in.n };
	struct object *key = object_new(PLACE_HERE, 0, BYTES_NONE);
	struct object *copy = object_new(PLACE_HERE, 0, BYTES_NONE);
	struct generators *set = NULL;
	struct generator_entry *held = NULL;

	FUZZ_CHECK(key != NULL && copy != NULL && generators_new(&set) == CKR_OK);
	copy->id.b[0] = 1;
	(void)!message_param_check(m, &mechanism);
	for (unsigned i = 0, n = 1 + fuzz_u8(c) % MESSAGES; i < n; i++) {
		const unsigned how = fuzz_u8(c);

		if (how >= 224) {
			FUZZ_CHECK(generators_hold(set, key, &held) == CKR_OK);
			generators_share(set, &held, copy);
		} else if (how >= 192) {
			generators_forget(set, copy);
		}
		message_next(m, in, set, key);
	}
	generators_free(&set);
	object_unref(&copy);
	object_unref(&key);
}

/* --- Of wrapping ----------------------------------------------------------------------- */

static void
wrapping(struct cursor *c, const struct mech *m, struct bytes in, bool authenticated)
{
	static const uint8_t tag[MOST_TAG] = { 1 };
	const CK_MECHANISM mechanism = { m->type, (void *)(uintptr_t)in.p, in.n };
	const struct bytes aad = BYTES_OF(tag);
	const bool wraps = fuzz_u8(c) % 2 == 0;
	struct wrap_params w;

	if (wrap_params_parse(m, &mechanism, wraps, authenticated ? &aad : NULL, &w) !=
		CKR_OK)
		return;
	FUZZ_CHECK(w.tag_n <= sizeof tag && (w.iv == NULL || wraps));
	FUZZ_CHECK(!authenticated || w.tag != NULL);
	wrap_params_return(&w, BYTES(tag, w.tag_n));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_over(BYTES(data, size));
	const unsigned how = fuzz_u8(&c), what = how / 4 % 4;
	const struct use *use = &uses[how % 4 % ARRAY_LEN(uses)];
	const struct mech *m = mech_lookup(use->mechanism);
	const char *layout = what == 3   ? use->ordinary
			     : what == 2 ? use->wrap
					 : use->message;
	struct made made = { .n = 0 };
	struct bytes in;
	uint8_t *exact;

	if (how >= 240 || layout == NULL) {
		m = how >= 240 ? fuzz_mech(&c) : m;
		in = fuzz_bytes(&c, POINTERLESS);
	} else {
		in = struct_make(&c, layout, &made);
	}
	exact = fuzz_copy(in);
	in.p = exact;
	if (what == 0)
		messages(&c, m, in);
	else
		wrapping(&c, m, in, what == 1);
	free(exact);
	struct_free(&made);
	return 0;
}
