/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One attempt to connect: a name becomes at most ADDRESSES_MAX addresses off the loop, and they are
 * tried one after the other until `connect_timeout` is over.
 */

#include "gateway/state.h"
#include "proxy/allow.h"

struct dial;
/* Called once, unless cancelled before; the dial is gone. `fd` is the callee's when `outcome` is
 * OK. */
typedef void dial_done(void *owner, status outcome, int fd, const struct address *address);

/* Only addresses that `allowed` (NULL: all; outlives the dial) holds are tried: DENIED when none is
 * left. */
status dial_start(struct shard *shard, const struct endpoint *endpoint,
                  const struct allow_list *allowed, dial_done *done, void *owner,
                  struct dial **out);
status dial_start_address(struct shard *shard, const struct address *address, dial_done *done,
                          void *owner, struct dial **out);
void dial_cancel(struct dial *dial);
