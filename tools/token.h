/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands about tokens share. */
#pragma once

#include "common/uuid.h"
#include "tools/keystore.h"

#define TOKEN_ID 16u

/* "f00db2f1-4421-4032-a505-465bedfa845b"; "?" for what is no id. */
void token_uuid(ProtobufCBinaryData id, char ret[UUID_TEXT]);
#define LABEL_TEXT 65u
/* For a terminal: its label without what a terminal obeys. */
const char *token_label(const Keystore__V1__Token *token, char ret[LABEL_TEXT]);
/* With or without dashes. */
bool token_uuid_parse(const char *text, uint8_t ret[TOKEN_ID]) MUST_CHECK;
/* keystore_where() and keystore_open(), telling what is wrong. TOOL_*. */
int token_keystore(const struct options *o, struct keystore *ret) MUST_CHECK;
/* Freed with keystore_free(). TOOL_*, told. */
int token_list(struct keystore *k, Keystore__V1__ListTokensResponse **ret) MUST_CHECK;
