/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A link's control session: a PURPOSE_LINK channel that stays open while the link lives, asks for
 * fresh evidence when it is due, and notices a peer that vanished. It carries no streams.
 */

#include "channel/channel.h"

struct control;

/* Takes ownership of `channel` when it succeeds. */
status control_new(struct channel *channel, struct control **out);
void control_free(struct control *control);
struct channel *control_channel(struct control *control);

/* Gives the channel back and frees the rest: a server learns only after the handshake whether it
 * holds a control session or a lane. */
struct channel *control_take_channel(struct control *control);

void control_feed(struct control *control, slice wire);
void control_feed_end(struct control *control);

/* As channel_next(); frames are handled in here and never come out. */
void control_next(struct control *control, struct moment now, struct channel_event *out);
int64_t control_deadline_ms(const struct control *control);

/* Why this end gave up on the peer; NULL when it did not, and channel_end() says what happened. */
const char *control_failure(const struct control *control);
