/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What must stay the same over a link's life. */

#include "appraisal/appraise.h"
#include "evidence/platform.h"

/* Digests of the claims that `platform` says are of the code, and of the instance. */
status identity_of(const struct facts *facts, const struct platform *platform,
                   struct identity *out);
