/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One thread's part of the gateway. */

#include "gateway/state.h"

status shard_begin(struct shard *shard, struct gateway *gateway, size_t index);

/* Until it ends; on the thread that it belongs to. */
void shard_run(struct shard *shard);

/* From any thread: do what gateway->stops_asked says. */
void shard_order(struct shard *shard);

/* After every thread is done: all closes, then all posts, then all memory. */
void shard_close_wires(struct shard *shard);
void shard_end(struct shard *shard);
