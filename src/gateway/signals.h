/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "gateway/state.h"

/* SIGTERM, SIGINT and SIGHUP as events on a shard, for gateway_take_signals(). */
struct signals;
status signals_begin(struct gateway *gateway, struct shard *shard, struct signals **out);
void signals_end(struct signals *signals);
