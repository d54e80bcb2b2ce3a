/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Finds out that a peer vanished: asks after a time of silence, gives up when nothing at all comes
 * back. The wait for the answer starts when the question is asked, so that a process which was
 * stopped for a while reads what came meanwhile before it blames its peer.
 */

#include "base/moment.h"

#include <stdbool.h>

enum {
    KEEPALIVE_SILENCE_MS = 15000, /* then ask */
    KEEPALIVE_ANSWER_MS = 20000,  /* then give up */
};

enum keepalive_advice { KEEPALIVE_WAIT, KEEPALIVE_ASK, KEEPALIVE_GIVE_UP };

struct keepalive {
    int64_t heard_ms; /* 0: not started */
    int64_t asked_ms; /* 0: no question open */
    bool heard;       /* since the last look */
};

void keepalive_start(struct keepalive *keepalive, struct moment now);

/* Bytes came from the peer. */
void keepalive_heard(struct keepalive *keepalive);

/* ASK is said once for each silence. */
enum keepalive_advice keepalive_look(struct keepalive *keepalive, struct moment now);

/* When to look again; INT64_MAX before the start. */
int64_t keepalive_deadline_ms(const struct keepalive *keepalive);
