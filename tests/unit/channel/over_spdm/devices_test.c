/* SPDX-License-Identifier: Apache-2.0 */

/* The same over SPDM. */

#define PEERS_KIND CHANNEL_SPDM
#include "../devices_test.c"
