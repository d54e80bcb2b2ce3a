/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/egress.h"

#include "net/log.h"

#include <stdio.h>
#include <string.h>

const struct config_egress *egress_find(const struct config *config, slice destination)
{
    for (size_t i = 0; i < config->egress_count; i++)
        if (slice_equal(slice_of_text(config->egress[i].service), destination))
            return &config->egress[i];
    return NULL;
}

static void refuse(struct stream *stream, slice destination, enum stream_reset reason,
                   const char *detail)
{
    char name[STREAM_DESTINATION_MAX + 1];
    snprintf(name, sizeof name, "%.*s", (int)destination.size, (const char *)destination.data);
    LOG(INFO, "stream-refused", {"service", name, 0}, {"reason", stream_reset_name(reason), 0},
        {"detail", detail, 0});
    stream_reset(stream, reason);
}

void egress_take(struct carrier *carrier, struct stream *stream, slice destination)
{
    const struct config_egress *const egress =
        egress_find(carrier->shard->gateway->config, destination);
    if (!egress) {
        refuse(stream, destination, STREAM_RESET_REFUSED, "no such service");
        return;
    }
    const status served = relay_serve(carrier, stream, &egress->to);
    if (served.fault)
        refuse(stream, destination, STREAM_RESET_LIMIT, served.fault->what);
}
