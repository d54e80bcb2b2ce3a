/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where streams of our clients leave for: the services that the configuration names and the
 * addresses that it allows, nothing else.
 */

#include "gateway/relay.h"

/* Connects a stream that the peer opened, or resets it and logs why. */
void egress_take(struct carrier *carrier, struct stream *stream,
                 const struct stream_opening *opening);
