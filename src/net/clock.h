/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "base/moment.h"

/* Both clocks, now. Only the services floor reads them. */
struct moment clock_now(void);
