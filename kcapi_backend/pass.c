/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <unistd.h>

#include "kcapi_backend/cache.h"

int
kcapi_pass_new(struct kcapi *k, const struct mech *plain, struct bytes value,
	struct kcapi_pass *ret)
{
	const struct alg *a = alg_by_mech(plain);
	const struct sock_key key = { .how = SOCK_BYTES, .value = value };
	int tfm, held, r;

	if (a == NULL || a->key == 0 || !alg_serves(k, a, KCAPI_BYTES))
		return -ENOENT;
	r = sock_transform(a, &key, tfm_whole_tag(a), &tfm, NULL);
	if (r != 0)
		return r == -ERANGE ? -EINVAL : r;
	r = sock_accept(tfm, &held);
	if (r != 0) {
		(void)close(tfm);
		return r;
	}
	*ret = (struct kcapi_pass){ tfm, held };
	return 0;
}
