/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A keystore that answers keyringd's calls, and its watches, with what the input says. The
 * target that has it is linked with --wrap=remote_call, --wrap=rpc_server_stream and
 * --wrap=rpc_cancel.
 */
#pragma once

#include "tests/fuzz/fuzz.h"

/* From now on calls wait for keystore_answer(); before, they go to a keystore that nobody serves. */
void keystore_begin(void);
/* To the call that came last, where one waits: an answer, a refusal, or nothing yet. */
void keystore_answer(struct cursor *c);
/* On one of the two watches that began last, where there is one: a message, or its end. */
void keystore_news(struct cursor *c);
/* It is gone: what still waits ends. false: it never began. */
bool keystore_end(void);
