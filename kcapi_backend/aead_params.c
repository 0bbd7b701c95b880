/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of GCM, CCM and GMAC: which there are, and which the kernel's AEADs take. */
#include "kcapi_backend/ops.h"

static bool
tag_is_right(const struct mech *m, const struct mech_params *p)
{
	const unsigned bytes = p->tag_bits / 8;

	if (p->tag_bits % 8 != 0 || bytes < 4 || bytes > AEAD_TAG)
		return false;
	return m->algorithm != ALG_CCM || bytes % 2 == 0;
}

/* What the kernel's gcm(aes) has: SP 800-38D's, where ours is laxer. */
static bool
gcm_tag_is_known(unsigned bytes)
{
	return bytes == 4 || bytes == 8 || bytes >= 12;
}

CK_RV
aead_check(const struct mech *m, const struct mech_params *p)
{
	bool right;

	if (m->algorithm != ALG_CCM)
		right = tag_is_right(m, p) && p->iv_len != 0;
	else
		right = tag_is_right(m, p) && p->iv_len >= 7 && p->iv_len <= 13 &&
			(p->iv_len == 7 || p->data_len >> 8 * (15 - p->iv_len) == 0);
	return right ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}

bool
aead_takes(const struct mech *m, const struct mech_params *p, enum kcapi_keying how)
{
	if (m->algorithm == ALG_CCM)
		return how != KCAPI_PASSED || p->tag_bits == 8 * AEAD_TAG;
	return p->iv_len == AEAD_IV;
}

unsigned
aead_transform_tag(const struct mech *m, unsigned tag, enum kcapi_keying how)
{
	if (m->algorithm == ALG_GMAC || how == KCAPI_PASSED ||
		(m->algorithm == ALG_GCM && !gcm_tag_is_known(tag)))
		return AEAD_TAG;
	return tag;
}
