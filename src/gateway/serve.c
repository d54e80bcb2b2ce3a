/* SPDX-License-Identifier: Apache-2.0 */

/* A relay on its way to a service: which backend, and what that is told first. */

#include "codec/text.h"
#include "gateway/dial.h"
#include "gateway/relay_parts.h"
#include "gateway/report.h"
#include "net/log.h"
#include "net/socket.h"
#include "proxy/proxy_header.h"

#include <string.h>

static int64_t now_ms(const struct relay *relay)
{
    return loop_now(relay->carrier->shard->loop).monotonic_ms;
}

/* ---- what a service is told ---- */

/* What the PROXY protocol leaves to us. spec: docs/configuration.md, "Ways out" */
enum { TLV_PLATFORM = PROXY_TLV_CUSTOM_MIN, TLV_MEASUREMENT };

static bool is_of_ip(const struct address *address)
{
    return address->any.sa_family == AF_INET || address->any.sa_family == AF_INET6;
}

/* Without addresses when one of the two has none that the other could have. */
static void find_ends(slice source, const struct address *to, struct proxy_header *out)
{
    char text[STREAM_SOURCE_MAX + 1] = "";
    struct endpoint endpoint;
    memcpy(text, source.data, source.size);
    if (!source.size || endpoint_read(text, true, &endpoint).fault ||
        endpoint_number(&endpoint, &out->source).fault || !is_of_ip(&out->source) || !is_of_ip(to))
        return;
    out->destination = *to;
    if (out->source.any.sa_family != out->destination.any.sa_family) {
        out->source = address_mapped(&out->source);
        out->destination = address_mapped(&out->destination);
    }
    out->has_addresses = true;
}

/* Where it connects to is not known yet, so that is any backend's: the first. */
static status write_preface(struct relay *relay, slice source)
{
    uint8_t space[PROXY_HEADER_SIZE_MAX];
    struct writer writer = writer_over(space, sizeof space);
    struct proxy_header header = {0};
    struct address to = {0};
    struct link_view view;
    slice whole;
    SCOPED(buffer) measurement = {0};
    const struct endpoint *const first = relay->service->backends[0].to;
    wire_view(EMBEDDED_IN(relay->carrier, struct wire, carrier), &view);
    if (!endpoint_number(first, &to).fault)
        find_ends(source, &to, &header);
    const size_t begin = proxy_header_begin(&writer, &header);
    proxy_tlv_write(&writer, TLV_PLATFORM, slice_of_text(view.platform));
    if (*view.measurement && !hex_read(slice_of_text(view.measurement), &measurement).fault)
        proxy_tlv_write(&writer, TLV_MEASUREMENT, buffer_view(&measurement));
    proxy_header_end(&writer, begin);
    TRY(writer_finish(&writer, &whole));
    return buffer_append(&relay->preface, whole);
}

static bool say_preface(struct relay *relay)
{
    const bool is_said = socket_say(relay->watch.fd, buffer_view(&relay->preface));
    buffer_clear(&relay->preface);
    return is_said;
}

/* ---- connecting ---- */

static enum stream_reset reset_for(status outcome)
{
    switch (outcome.fault->failure) {
    case FAILURE_EXHAUSTED:
        return STREAM_RESET_LIMIT;
    case FAILURE_DENIED:
        return STREAM_RESET_REFUSED;
    default:
        return STREAM_RESET_UNREACHABLE;
    }
}

static status try_backend(struct relay *relay);

/* Of a service another backend may answer. */
static void failed(struct relay *relay, status outcome, const struct address *address)
{
    char to[ADDRESS_TEXT_SIZE];
    const bool ours = outcome.fault->failure == FAILURE_EXHAUSTED;
    address_text(address, to);
    LOG(INFO, "service-unreachable", {"to", to, 0}, {"detail", outcome.fault->what, 0});
    if (relay->service && !ours) {
        backend_failed(relay->service, (size_t)relay->backend, now_ms(relay), outcome.fault->what);
        if (!try_backend(relay).fault)
            return;
    }
    relay_abort(relay, reset_for(outcome));
}

static void connected(void *owner, status outcome, int fd, const struct address *address)
{
    struct relay *const relay = owner;
    relay->dial = NULL;
    if (outcome.fault) {
        failed(relay, outcome, address);
        return;
    }
    relay->watch.fd = fd;
    if (relay->service)
        backend_answered(relay->service, (size_t)relay->backend);
    socket_set_abort(fd);
    socket_set_keepalive(fd);
    socket_set_patience(fd, APPLICATION_PATIENCE_MS);
    if (!say_preface(relay) || relay_watch(relay, fd).fault ||
        stream_connected(relay->stream).fault) {
        relay_abort(relay, STREAM_RESET_LIMIT);
        return;
    }
    relay_push_later(relay);
    relay_write_held(relay);
}

/* The streams that a backend has are counted from the try on. */
static status try_backend(struct relay *relay)
{
    struct service *const service = relay->service;
    if (relay->backend >= 0)
        atomic_fetch_sub(&service->backends[relay->backend].streams, 1);
    relay->backend = service_pick(service, relay->tried, now_ms(relay));
    if (relay->backend < 0)
        return FAIL(UNAVAILABLE, "no backend of the service answered");
    relay->tried |= UINT32_C(1) << relay->backend;
    atomic_fetch_add(&service->backends[relay->backend].streams, 1);
    return dial_start(relay->carrier->shard, service->backends[relay->backend].to, NULL, connected,
                      relay, &relay->dial);
}

static status begin(struct relay *relay, const struct serving *serving)
{
    relay->service = serving->service;
    if (!relay->service)
        return dial_start(relay->carrier->shard, serving->to, serving->allowed, connected, relay,
                          &relay->dial);
    if (relay->service->config->tells_by_proxy_2)
        TRY(write_preface(relay, serving->source));
    return try_backend(relay);
}

status relay_serve(struct carrier *carrier, struct stream *stream, const struct serving *serving)
{
    struct relay *relay = NULL;
    TRY(relay_new(carrier, &relay));
    const status begun = begin(relay, serving);
    if (begun.fault) {
        relay_drop(relay);
        return begun;
    }
    relay->stream = stream;
    stream_set_owner(stream, relay);
    return OK;
}
