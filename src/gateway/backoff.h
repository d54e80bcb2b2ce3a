/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stdint.h>

enum { BACKOFF_FIRST_MS = 1000, BACKOFF_MOST_MS = 30000 };

/* How long to wait after so many failures before this one: twice as long each time, to a limit,
 * less up to a half by chance, so that many clients do not come back at once. */
int64_t backoff_ms(unsigned failures);
