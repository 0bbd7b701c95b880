/* SPDX-License-Identifier: Apache-2.0 */
/* Internal: what the built modes share. */
#pragma once

#include "common/buf.h"
#include "cryptoki/mech_size.h"
#include "kcapi_backend/glue.h"
#include "kcapi_backend/glue_ghash.h"

#define BLOCK 16u /* AES's, and the longest */

/* The counter mode within GCM and CCM, and the block that masks the tag. */
struct glue_counter {
	uint8_t first[BLOCK]; /* encrypted, it masks the tag */
	uint8_t next[BLOCK];  /* of the next whole block */
	uint8_t mask[BLOCK];  /* the first one, encrypted */
	uint8_t left[BLOCK];  /* keystream; its last left_n bytes are not used yet */
	size_t left_n;
	bool has_mask;
	bool wraps; /* its low 32 bits, without a carry: GCM */
};

/* OFB and CFB: the last segment. */
struct glue_feedback {
	uint8_t stream[BLOCK]; /* its keystream */
	size_t used;           /* bytes of it */
};

struct glue_op {
	struct op op;
	const struct glue_mode *mode;
	struct op *plain[2];       /* as glue_needs() has them */
	struct mech_params params; /* of plain calls */
	struct mech_params size;   /* what sizes depend on */
	size_t copy_max;
	bool gathers;   /* parts are kept until all of them are there */
	bool began;     /* a plain call has succeeded, or the input has been moved */
	uint64_t total; /* bytes in, in parts */
	uint64_t most;  /* bytes in, that the mode takes */
	uint8_t iv[BLOCK];
	size_t iv_len;
	struct glue_feedback feedback;
	/* CBC-PAD, CTS, OFB, CFB */
	uint8_t chain[BLOCK];
	uint8_t wait[2 * BLOCK];
	size_t wait_n;
	/* GCM, GMAC, CCM */
	struct glue_counter counter;
	struct ghash_key subkey;
	struct ghash hash;
	uint64_t aad_len;
	struct buf head;    /* CCM: what is authenticated before the data */
	struct buf held;    /* input kept until all of it is there */
	struct buf scratch; /* kept, for its room */
};

struct glue_mode {
	/* The plain mechanisms, of the cipher at hand. */
	enum algorithm needs[2];
	bool forwards; /* its plain operations are encryptions, both ways */
	/* After all plain ops are there, once. */
	CK_RV (*start)(struct glue_op *g);
	CK_RV (*rearm)(struct glue_op *g, const struct mech_params *p);
	/* The rest of the message, to its end. */
	CK_RV(*end)
	(struct glue_op *g, struct bytes in, struct bytes signature, struct outbuf *out);
	/* NULL: parts are gathered */
	CK_RV (*update)(struct glue_op *g, struct bytes in, struct outbuf *out);
	/* NULL: end() with what waits */
	CK_RV (*final)(struct glue_op *g, struct bytes signature, struct outbuf *out);
	bool single;     /* no parts */
	uint8_t segment; /* bytes: OFB, CFB */
	bool feeds;      /* ciphertext comes into the next keystream: CFB */
};

extern const struct glue_mode glue_cbc_pad, glue_cts, glue_gcm, glue_gmac, glue_ccm,
	glue_kw, glue_kwp, glue_kw_pkcs7, glue_ofb, glue_cfb8, glue_cfb64, glue_cfb128;

/* One plain call, from iv on (NULL: the plain mode has none). out has room for in.n
 * bytes; in place or apart. */
CK_RV glue_call(struct glue_op *g, unsigned plain, const uint8_t *iv, struct bytes in,
	uint8_t *out) MUST_CHECK;
/* Room for n bytes, the same again each time; NULL without memory. */
uint8_t *glue_scratch(struct glue_op *g, size_t n) MUST_CHECK;
CK_RV glue_length_error(const struct glue_op *g) MUST_CHECK;
/* in where out begins. */
static inline bool
glue_in_place(struct bytes in, const struct outbuf *out)
{
	return in.n != 0 && in.p == out->p;
}

/* Before what is not at the start of out is put there. */
static inline void
glue_move(struct glue_op *g, uint8_t *to, struct bytes in, const struct outbuf *out)
{
	if (glue_in_place(in, out))
		g->began = true;
	if (in.n != 0)
		memmove(to, in.p, in.n);
}

/* n bytes through the keystream; the mask comes with the first ones. */
CK_RV glue_counter_run(
	struct glue_op *g, unsigned plain, struct bytes in, uint8_t *out) MUST_CHECK;
void glue_counter_start(struct glue_counter *c, const uint8_t first[BLOCK], bool wraps);
