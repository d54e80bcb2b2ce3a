/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/egress.h"

#include "net/log.h"

#include <stdio.h>
#include <string.h>

static void refuse(struct stream *stream, slice destination, enum stream_reset reason,
                   const char *detail)
{
    char name[STREAM_DESTINATION_MAX + 1];
    snprintf(name, sizeof name, "%.*s", (int)destination.size, (const char *)destination.data);
    LOG(INFO, "stream-refused", {"service", name, 0}, {"reason", stream_reset_name(reason), 0},
        {"detail", detail, 0});
    stream_reset(stream, reason);
}

/* "tcp://host:port", in printable characters that need no care in a log. */
static bool address_of(slice destination, struct endpoint *out)
{
    static const char scheme[] = "tcp://";
    char text[STREAM_DESTINATION_MAX + 1];
    const size_t size = sizeof scheme - 1;
    if (destination.size <= size || memcmp(destination.data, scheme, size) != 0 ||
        memchr(destination.data, 0, destination.size))
        return false;
    memcpy(text, destination.data, destination.size);
    text[destination.size] = 0;
    return !endpoint_read(text + size, false, out).fault && out->kind == ENDPOINT_HOST;
}

void egress_take(struct carrier *carrier, struct stream *stream,
                 const struct stream_opening *opening)
{
    const struct gateway *const gateway = carrier->shard->gateway;
    const struct config *const config = gateway->config;
    const slice destination = opening->destination;
    struct endpoint to;
    struct serving serving = {
        .service = service_find(gateway->services, config->egress_count, destination),
        .source = opening->source,
    };
    status served = OK;
    if (!serving.service && address_of(destination, &to)) {
        serving.to = &to;
        serving.allowed = &config->allowed;
        if (!allow_asks(&config->allowed, &to))
            served = FAIL(DENIED, "the destination is not allowed");
    } else if (!serving.service) {
        served = FAIL(DENIED, "no such service");
    }
    if (!served.fault)
        served = relay_serve(carrier, stream, &serving);
    if (served.fault)
        refuse(stream, destination,
               served.fault->failure == FAILURE_DENIED ? STREAM_RESET_REFUSED : STREAM_RESET_LIMIT,
               served.fault->what);
}
