/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Applications that speak SOCKS 5 to us. */

#include "gateway/front.h"

void front_socks_begin(struct shard *shard, const struct listener *listener, int fd,
                       const struct address *peer);
