/* SPDX-License-Identifier: Apache-2.0 */
/* Ids of requests that change something, on both sockets; docs/PROTOCOL.md. */
#pragma once

#include "common/bytes.h"

#define REQUEST_ID 16u

/* 8 bytes of big-endian milliseconds since 1970, 8 random ones. 0 or -errno. */
int request_id_new(uint8_t ret[REQUEST_ID]) MUST_CHECK;
