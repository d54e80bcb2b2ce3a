/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A wire that is a link's control session: evidence is given, the link begins, is renewed, ends. */

#include "gateway/wire.h"

/* Takes what the channel has to say. False when it is over. A wire that turns out to be a lane
 * leaves with .control NULL and .carrier.lane set. */
bool session_drive(struct wire *wire);

/* The control session is over, and the link with it. */
void session_ended(struct wire *wire);

/* A client's connection that did not get as far as a channel. */
void session_log_failed(const struct address *peer, status why);
