/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much comes out of a mechanism: known from its row and parameter alone, so that
 * length queries cost nothing wherever the key is. Of encryption and decryption, and the
 * length of a MAC.
 */
#pragma once

#include "cryptoki/op.h"

/* Bytes out in all when n bytes went in and final was called; what removes padding may
 * give less. OP_SIGN: the MAC's. Verify and digest-update: 0. */
uint64_t mech_whole_size(const struct mech *m, const struct mech_params *p,
	enum op_kind kind, uint64_t n) MUST_CHECK;
/* Bytes out when n bytes went in, and final is still to come. */
uint64_t mech_partial_size(const struct mech *m, const struct mech_params *p,
	enum op_kind kind, uint64_t n) MUST_CHECK;
/* Bytes out of final, when n bytes went in before: a rest that cannot come out, since the
 * mode takes whole blocks only, is none. */
uint64_t mech_final_size(const struct mech *m, const struct mech_params *p,
	enum op_kind kind, uint64_t n) MUST_CHECK;
/* Bytes that may go in, in all: what encrypts with more would use keystream twice. UINT64_MAX: what there
 * is to a limit follows from the parameter alone, or is none. */
uint64_t mech_most_in(
	const struct mech *m, const struct mech_params *p, enum op_kind kind) MUST_CHECK;
/* CTR: bytes that a counter of counter_bits (1 to 128), starting at iv, lasts for, where
 * whoever counts would carry into the bits that are not the counter's. UINT64_MAX: more
 * than can be asked for; of 128 bits there are no others. */
uint64_t mech_counter_room(const struct mech_params *p) MUST_CHECK;
