/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "evidence/android/chain.h"
#include "evidence/claims.h"

/* The description of a key as claims. */
status android_claim_description(struct claims *claims,
                                 const struct android_key_description *description);

/* What the certificates say beside it. MALFORMED when how they were provisioned cannot be read. */
status android_claim_chain(struct claims *claims, const struct android_chain *chain);
