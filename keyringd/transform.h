/* SPDX-License-Identifier: Apache-2.0 */
/* What the keystore does: secret keys unwrapped, decapsulated or derived with a private one, and
 * private keys wrapped and unwrapped. */
#pragma once

#include "keyringd/part.h"

/* They answer r, now or when the keystore has; the key was found and may be used so. */
void unwrap_by_private(struct request *r, struct login *l, const struct mech *m,
	const struct mech_params *p, struct part *by);
void decapsulate_by_private(
	struct request *r, struct login *l, const struct mech *m, struct part *by);
void derive_by_agreement(
	struct request *r, struct login *l, const struct mech *m, struct part *base);

/* Likewise; key_wrap_check() and key_unwrap_check() have been asked. */
void wrap_private(struct request *r, struct login *l, const struct mech *m,
	const struct mech_params *p, struct part *by, const struct part *key);
void unwrap_private(struct request *r, struct login *l, const struct mech *m,
	const struct mech_params *p, struct part *by);
