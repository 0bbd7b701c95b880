/* SPDX-License-Identifier: Apache-2.0 */
/* Secret keys that the keystore unwraps or derives with a private one. */
#pragma once

#include "keyringd/part.h"

/* Both answer r, now or when the keystore has; the key was found and may be used so. */
void unwrap_by_private(struct request *r, struct login *l, const struct mech *m,
	const struct mech_params *p, struct part *by);
void derive_by_agreement(
	struct request *r, struct login *l, const struct mech *m, struct part *base);
