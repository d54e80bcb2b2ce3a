/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A wire that is a lane: it joins its link by proof, and its events go to relays. */

#include "gateway/wire.h"

/* A client's wire asks to join a link: it is a lane. False when that cannot be. */
bool lanes_become(struct wire *wire, const struct channel_event *event);

/* Takes what the lane has to say. False when it is over. */
bool lanes_drive(struct wire *wire);

void lanes_ended(struct wire *wire);

/* It does not count as a lane any more. */
void lanes_leave(struct wire *wire);
