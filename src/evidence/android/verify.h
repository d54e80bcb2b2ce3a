/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "evidence/android/chain.h"
#include "evidence/platform.h"

/* Every check of docs/checks.md on a chain and what it says, into `facts`. */
void android_verify(const struct verification *request, const struct android_chain *chain,
                    const struct android_key_description *description, struct facts *facts);
