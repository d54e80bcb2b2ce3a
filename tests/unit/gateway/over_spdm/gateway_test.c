/* SPDX-License-Identifier: Apache-2.0 */

/* The same with a link over SPDM. */

#define WORLD_SCHEME "spdm"
#include "../gateway_test.c"
