/* SPDX-License-Identifier: Apache-2.0 */
#include "link/keepalive.h"

void keepalive_start(struct keepalive *keepalive, struct moment now)
{
    *keepalive = (struct keepalive){.heard_ms = now.monotonic_ms > 0 ? now.monotonic_ms : 1};
}

void keepalive_heard(struct keepalive *keepalive)
{
    keepalive->heard = true;
}

enum keepalive_advice keepalive_look(struct keepalive *keepalive, struct moment now)
{
    if (!keepalive->heard_ms)
        return KEEPALIVE_WAIT;
    if (keepalive->heard) {
        keepalive_start(keepalive, now);
        return KEEPALIVE_WAIT;
    }
    if (now.monotonic_ms < keepalive_deadline_ms(keepalive))
        return KEEPALIVE_WAIT;
    if (keepalive->asked_ms)
        return KEEPALIVE_GIVE_UP;
    keepalive->asked_ms = now.monotonic_ms;
    return KEEPALIVE_ASK;
}

int64_t keepalive_deadline_ms(const struct keepalive *keepalive)
{
    if (keepalive->asked_ms)
        return keepalive->asked_ms + KEEPALIVE_ANSWER_MS;
    return keepalive->heard_ms ? keepalive->heard_ms + KEEPALIVE_SILENCE_MS : INT64_MAX;
}
