/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocators for libraries that handle PINs and keys on our behalf
 * (protobuf-c, nghttp2, OpenSSL in the daemons): every block is wiped before
 * it is freed or moved. Same contracts as malloc(3), realloc(3), free(3).
 */
#pragma once

#include <stddef.h>

void *wiping_malloc(size_t n);
void *wiping_calloc(size_t count, size_t n);
void *wiping_realloc(void *p, size_t n);
void wiping_free(void *p);
