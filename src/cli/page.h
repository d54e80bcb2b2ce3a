/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Evidence as a page for people: what it is, what is unusual about it, and what it claims. */

#include "evidence/platform.h"

#include <stdio.h>

void page_print(FILE *out, const struct platform *platform, const struct facts *facts);
