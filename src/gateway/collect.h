/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Evidence about this machine, collected off the loops by one thread, for hardware takes its time
 * and serves one request after the other, the peers' hosts in turn. A request whose wire is gone
 * costs nothing any more.
 */

#include "gateway/state.h"

struct wire;
struct collecting;

/* Answers the wire's channel with evidence, or that there is none, and drives it. */
status collect_begin(struct wire *wire, const uint8_t binding[BINDING_SIZE],
                     struct collecting **out);
/* The wire ends first. */
void collect_forget(struct collecting *collecting);

/* What `attest:` chooses, or a problem in words. `out` is NULL when nothing is to be proved. */
status collect_choose(const struct config *config, const char **out, struct problem *problem);
