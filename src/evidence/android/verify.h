/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "evidence/android/chain.h"
#include "evidence/platform.h"

/* Every check of docs/checks.md on a chain and what it says, into `facts`; a good one is then
 * remembered. */
void android_verify(const struct verification *request, struct android_known *known,
                    const struct android_key_description *description, struct facts *facts);
