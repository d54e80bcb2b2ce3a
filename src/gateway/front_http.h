/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Applications that take us for an HTTP proxy. */

#include "gateway/front.h"

void front_http_begin(struct shard *shard, const struct listener *listener, int fd,
                      const struct address *peer);
