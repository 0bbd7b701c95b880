/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "common/bytes.h"
#include "cryptoki/vendor.h"

struct ck_name {
	CK_ULONG value;
	const char *name;
};

extern const struct ck_name ckr_names[], cka_names[], cko_names[], ckk_names[],
	ckm_names[];
extern const size_t ckr_names_count, cka_names_count, cko_names_count, ckk_names_count,
	ckm_names_count;
