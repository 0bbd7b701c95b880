/* SPDX-License-Identifier: Apache-2.0 */
#include "common/request_id.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

int
request_id_new(uint8_t ret[REQUEST_ID])
{
	struct timespec now;
	uint8_t random[8];
	uint64_t ms;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return -errno;
	ms = htobe64((uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000);
	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		return -EIO;
	memcpy(ret, &ms, 8);
	memcpy(ret + 8, random, 8);
	return 0;
}

void
request_id_part(const uint8_t id[REQUEST_ID], size_t i, uint8_t ret[REQUEST_ID])
{
	memcpy(ret, id, REQUEST_ID);
	ret[REQUEST_ID - 1] ^= (uint8_t)i;
}
