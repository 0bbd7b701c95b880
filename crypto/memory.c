/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/crypto.h>

#include "common/alloc.h"
#include "crypto/crypto.h"

static void *
openssl_malloc(size_t n, const char *file, int line)
{
	return n != 0 ? wiping_malloc(n) : NULL;
}

static void *
openssl_realloc(void *p, size_t n, const char *file, int line)
{
	if (n != 0)
		return wiping_realloc(p, n);
	wiping_free(p);
	return NULL;
}

static void
openssl_free(void *p, const char *file, int line)
{
	wiping_free(p);
}

bool
crypto_use_wiping_memory(void)
{
	return CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) ==
	       1;
}
