/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/egress.h"

#include "gateway/flows.h"
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

/* "tcp://host:port" of streams, "udp://host:port" of datagrams. */
static bool address_of(slice destination, bool is_datagrams, struct endpoint *out)
{
    const char *const scheme = is_datagrams ? "udp://" : "tcp://";
    char text[STREAM_DESTINATION_MAX + 1];
    const size_t size = strlen(scheme);
    if (destination.size <= size || memcmp(destination.data, scheme, size) != 0 ||
        memchr(destination.data, 0, destination.size))
        return false;
    memcpy(text, destination.data, destination.size);
    text[destination.size] = 0;
    if (endpoint_read(text + size, false, out).fault || out->kind != ENDPOINT_HOST)
        return false;
    if (is_datagrams)
        out->kind = ENDPOINT_UDP;
    return true;
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
    if (serving.service && serving.service->config->is_datagrams != opening->is_datagrams) {
        served = FAIL(DENIED, "a service for datagrams is asked for streams, or the reverse");
    } else if (!serving.service && address_of(destination, opening->is_datagrams, &to)) {
        serving.to = &to;
        serving.allowed = &config->allowed;
        if (!allow_asks(&config->allowed, &to))
            served = FAIL(DENIED, "the destination is not allowed");
    } else if (!serving.service) {
        served = FAIL(DENIED, "no such service");
    }
    if (!served.fault)
        served = opening->is_datagrams ? flow_serve(carrier, stream, &serving)
                                       : relay_serve(carrier, stream, &serving);
    if (served.fault)
        refuse(stream, destination,
               served.fault->failure == FAILURE_DENIED ? STREAM_RESET_REFUSED : STREAM_RESET_LIMIT,
               served.fault->what);
}
