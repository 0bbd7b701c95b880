/* SPDX-License-Identifier: Apache-2.0 */
/* Ids of requests that change something, on both sockets; docs/PROTOCOL.md. */
#pragma once

#include "common/bytes.h"

#define REQUEST_ID 16u

/* 8 bytes of big-endian milliseconds since 1970, 8 random ones. 0 or -errno. */
int request_id_new(uint8_t ret[REQUEST_ID]) MUST_CHECK;
/* Of the i-th object that a request of this id makes by a request of its own: the same when it
 * comes again. i below 256; the first has the id itself. */
void request_id_part(const uint8_t id[REQUEST_ID], size_t i, uint8_t ret[REQUEST_ID]);
