/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Connections that a proxy before us introduces, by the PROXY protocol. */

#include "gateway/front.h"

void front_proxy_begin(struct shard *shard, const struct listener *listener, int fd,
                       const struct address *peer);
