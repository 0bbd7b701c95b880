/* SPDX-License-Identifier: Apache-2.0 */
#include "p11-kit/pkcs11.h"

#include "header_facts.h"

extern const struct fact *const facts_theirs;
extern const size_t facts_theirs_count;

const struct fact *const facts_theirs = facts;
const size_t facts_theirs_count = sizeof facts / sizeof facts[0];
