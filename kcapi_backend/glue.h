/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modes built from plainer ones: what no single algorithm of a backend does, over the
 * backend's own ECB, CBC and CTR of the same key, wherever that key is. Serves the kernel
 * (built from ecb, cbc and ctr sockets) and OpenSSL alike.
 *
 * Of a plain op only once() and rearm() are called, always rearm() before once(), with
 * whole blocks, in place or apart: chaining is done here, so that a plain op keeps no
 * state between calls.
 *
 * Plain calls of a one-shot operation (two system calls each where the plain op is a
 * socket's); n is the number of bytes in, "copied" the source's copy_max:
 *   CBC-PAD  encrypt  1 when in place or copied, else 2 (the whole blocks, the last one)
 *            decrypt  1
 *   CTS      encrypt  1 when copied, else 2
 *            decrypt  2 when in place or copied, else 3
 *            1 both ways when n is a multiple of the block
 *   GCM      1 when copied (a zero block in front makes E(J0) come with the data), else 2,
 *            and 1 more when there is a last part of a block. 1 more when an IV that is not
 *            of 12 bytes makes the 32-bit counter wrap. H: 1 of ECB, once per op
 *   GMAC     1 of ECB; H as for GCM
 *   CCM      1 of CTR as for GCM, and 1 of CBC for the MAC, for each GLUE_CHUNK of it
 *   OFB, CFB128  1 for each GLUE_CHUNK
 *   CFB8, CFB64  encrypt 1 of ECB for each segment, inherent: each depends on the last one;
 *            decrypt 1 for each GLUE_CHUNK of the blocks that the segments take
 *   KW, KWP, KW-PKCS7  6 of ECB for each 8 bytes, inherent: each block depends on the last
 *            one. KWP of up to 8 bytes: 1
 *
 * Unpadding (CBC-PAD) and the checks of key wrapping and tags take the same time whether what
 * they look at is right or wrong. GHASH takes no time that depends on the key or the data.
 */
#pragma once

#include "cryptoki/op.h"

#define GLUE_CHUNK 65536u /* bytes */

struct glue_source {
	/* Makes a plain op of the key. p is all zeroes but for iv_len and counter_bits.
	 * Called by op_glue_new() only. Its ops must have rearm(). */
	CK_RV(*plain)
	(void *arg, enum op_kind kind, const struct mech *plain,
		const struct mech_params *p, struct op **ret);
	void *arg;
	/* Messages of up to so many bytes are copied where that spares a plain call: about
	 * what can be copied in the time of one. Kernel: 16384; 0: never. */
	size_t copy_max;
};

/* The plain mechanisms that a built operation takes, 1 or 2; 0: m is not built here. ret[1]
 * is NULL where there is one. The direction is kind's for CBC-PAD, CTS and key wrapping, and
 * OP_ENCRYPT, whatever kind is, for the others. */
unsigned glue_needs(const struct mech *m, const struct mech_params *p,
	const struct mech *ret[2]) MUST_CHECK;
enum op_kind glue_direction(const struct mech *m, enum op_kind kind) MUST_CHECK;

/* CKR_MECHANISM_INVALID: not built here; CKR_MECHANISM_PARAM_INVALID, CKR_HOST_MEMORY,
 * and what the source says. The op can be re-armed without an allocation; rearm() of GMAC
 * and GCM reads p->extra before it returns.
 * Errors of plain ops are passed on; CKR_DEVICE_REMOVED only from the first call of an
 * operation, as long as no plain call has succeeded and the input is as it was, so that
 * whoever gets it may begin anew elsewhere. Otherwise it becomes CKR_DEVICE_ERROR. */
CK_RV op_glue_new(enum op_kind kind, const struct mech *m, const struct mech_params *p,
	const struct glue_source *src, struct op **ret) MUST_CHECK;
