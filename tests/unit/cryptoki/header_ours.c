/* SPDX-License-Identifier: Apache-2.0 */
#include "cryptoki/pkcs11.h"

#include "header_facts.h"

extern const struct fact *const facts_ours;
extern const size_t facts_ours_count;

const struct fact *const facts_ours = facts;
const size_t facts_ours_count = sizeof facts / sizeof facts[0];
