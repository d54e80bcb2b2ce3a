/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/session.h"

#include "gateway/lanes.h"
#include "gateway/report.h"
#include "gateway/route.h"
#include "gateway/uplink.h"
#include "net/log.h"

#define LINK_TO_ITSELF "LINK_TO_ITSELF"

void session_log_failed(const struct address *peer, status why)
{
    char text[ADDRESS_TEXT_SIZE];
    address_text(peer, text);
    LOG(WARNING, "link-failed", {"side", "server", 0}, {"peer", text, 0},
        {"detail", why.fault->what, 0});
}

static void give_evidence(struct wire *wire, const struct channel_event *event)
{
    const status begun = wire->collecting ? FAIL(EXHAUSTED, "evidence is being collected already")
                                          : collect_begin(wire, event->binding, &wire->collecting);
    if (begun.fault)
        channel_give_no_evidence(wire_channel(wire), loop_now(wire->shard->loop));
}

/* ---- a link begins ---- */

static void tell_shards(struct link *link, struct link_news *news, struct gateway *gateway,
                        void (*run)(struct post *post))
{
    for (size_t i = 0; i < gateway->shard_count; i++) {
        news[i] = (struct link_news){
            .post = {.run = run}, .link = link_hold(link), .shard = &gateway->shards[i]};
        loop_post(gateway->shards[i].loop, &news[i].post);
    }
}

static status begin_link(struct wire *wire)
{
    struct gateway *const gateway = wire->shard->gateway;
    struct link_keys keys = {0};
    struct link *link = NULL;
    TRY(channel_link_keys(wire_channel(wire), &keys));
    const status made = link_new(&gateway->registry, &keys, gateway->shard_count, &link);
    link_keys_clear(&keys);
    TRY(made);
    link->address = wire->peer;
    link->uplink = wire->uplink;
    const status begun = link_begin(link);
    if (begun.fault) {
        link_drop(link);
        return begun;
    }
    wire->link = link;
    report_open(wire);
    return OK;
}

/* A key that was made in this process is nobody else's. One from a file may be a whole fleet's. */
static bool is_with_itself(const struct wire *wire)
{
    const struct gateway *const gateway = wire->shard->gateway;
    const struct digest *const own = tls_identity_spki_digest(gateway->identity);
    const struct digest *const peer = channel_peer_spki_digest(wire_channel(wire));
    return !gateway->config->key_path[0] && peer &&
           slice_equal((slice){own->data, own->size}, (slice){peer->data, peer->size});
}

static void open(struct wire *wire)
{
    if (wire->is_half_open)
        half_open_leave(&wire->shard->gateway->half_open, &wire->peer);
    wire->is_half_open = false;
    if (is_with_itself(wire)) {
        channel_close(wire_channel(wire), LINK_TO_ITSELF);
        return;
    }
    const status begun = begin_link(wire);
    if (begun.fault) {
        LOG(ERROR, "link-failed", {"detail", begun.fault->what, 0});
        channel_close(wire_channel(wire), NULL);
        return;
    }
    wire->is_open = true;
    if (wire->uplink) {
        uplink_opened(wire->uplink);
        tell_shards(wire->link, wire->link->begun, wire->shard->gateway, route_link_begun);
    }
}

/* ---- and ends ---- */

static void link_ended(struct post *post)
{
    struct link_news *const news = EMBEDDED_IN(post, struct link_news, post);
    struct shard *const shard = news->shard;
    struct link *const link = news->link;
    routes_link_ended(shard, link);
    for (struct wire *wire = shard->wires, *next; wire; wire = next) {
        next = wire->next;
        if (wire->link == link && !wire->control)
            wire_close(wire, NULL);
    }
    link_drop(link);
}

void session_ended(struct wire *wire)
{
    struct gateway *const gateway = wire->shard->gateway;
    const bool was_refused = report_end(wire);
    if (was_refused)
        atomic_fetch_add(&gateway->denied_count, 1);
    if (wire->link && link_end(wire->link))
        tell_shards(wire->link, wire->link->ended, gateway, link_ended);
    if (wire->uplink)
        uplink_closed(wire->uplink, was_refused);
    wire->uplink = NULL;
}

bool session_drive(struct wire *wire)
{
    for (;;) {
        struct channel_event event;
        control_next(wire->control, loop_now(wire->shard->loop), &event);
        switch (event.kind) {
        case CHANNEL_WANT_EVIDENCE:
            give_evidence(wire, &event);
            break;
        case CHANNEL_WANT_LINK:
            if (!lanes_become(wire, &event))
                return false;
            return true;
        case CHANNEL_OPEN:
            open(wire);
            break;
        case CHANNEL_ROUND:
            report_round(wire);
            break;
        case CHANNEL_CLOSED:
            return false;
        case CHANNEL_NONE:
        case CHANNEL_FRAME:
            return true;
        }
    }
}
