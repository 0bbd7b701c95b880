/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A keystore that answers keyringd's calls with what the input says. The target that has it is
 * linked with --wrap=remote_call and --wrap=rpc_cancel.
 */
#pragma once

#include "tests/fuzz/fuzz.h"

/* From now on calls wait for keystore_answer(); before, they go to a keystore that nobody serves. */
void keystore_begin(void);
/* To the call that came last, where one waits: an answer, a refusal, or nothing yet. */
void keystore_answer(struct cursor *c);
/* It is gone: what still waits ends. false: it never began. */
bool keystore_end(void);
