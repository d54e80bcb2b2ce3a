/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/report.h"

#include "codec/text.h"
#include "gateway/uplink.h"
#include "net/log.h"

#include <stdio.h>
#include <string.h>

void report_reasons(const struct channel_end *end, char out[REASONS_TEXT_SIZE])
{
    size_t size = 0;
    out[0] = 0;
    for (size_t i = 0; i < end->reason_count; i++) {
        const int added =
            snprintf(out + size, REASONS_TEXT_SIZE - size, "%s%s", i ? "," : "", end->reasons[i]);
        if (added < 0 || (size_t)added >= REASONS_TEXT_SIZE - size)
            break;
        size += (size_t)added;
    }
}

static const char *side(const struct wire *wire)
{
    return wire->role == ROLE_CLIENT ? "client" : "server";
}

static const char *link_name(const struct wire *wire)
{
    return wire->uplink ? wire->uplink->config->name : "-";
}

/* What the peer said of itself, and what was decided of it. */
static void look(const struct wire *wire, struct link_view *view)
{
    const struct channel *const channel = wire_channel(wire);
    const struct facts *const facts = channel_judged_facts(channel);
    const struct appraisal *const appraisal = channel_judgement(channel);
    memset(view, 0, sizeof *view);
    snprintf(view->name, sizeof view->name, "%s", wire->uplink ? wire->uplink->config->name : "");
    address_text(&wire->peer, view->peer);
    snprintf(view->channel, sizeof view->channel, "%s",
             channel_kind_name(channel_kind_of(channel)));
    snprintf(view->platform, sizeof view->platform, "%s",
             facts && facts->platform ? facts->platform : "none");
    snprintf(view->verdict, sizeof view->verdict, "%s",
             appraisal ? verdict_name(appraisal->verdict) : "unverified");
    if (facts) {
        const slice measurement = claims_bytes(&facts->claims, "measurement");
        if (measurement.size <= (MEASUREMENT_TEXT_SIZE - 1) / 2)
            hex_write(measurement, view->measurement);
    }
    view->round = channel_peer_round(channel);
}

int64_t report_next_round_s(int64_t next_ms, struct moment now)
{
    if (next_ms == INT64_MAX)
        return 0;
    return now.wall_s + (next_ms - now.monotonic_ms + 999) / 1000;
}

static void set_view(struct wire *wire, const struct link_view *view)
{
    struct link *const link = wire->link;
    const struct moment now = loop_now(wire->shard->loop);
    pthread_mutex_lock(&link->registry->lock);
    const int64_t since_s = link->view.since_s;
    link->view = *view;
    link->view.since_s = since_s ? since_s : now.wall_s;
    link->view.next_round_s = report_next_round_s(channel_next_round_ms(wire_channel(wire)), now);
    pthread_mutex_unlock(&link->registry->lock);
}

void wire_view(const struct wire *wire, struct link_view *out)
{
    struct registry *const registry = wire->link->registry;
    pthread_mutex_lock(&registry->lock);
    *out = wire->link->view;
    pthread_mutex_unlock(&registry->lock);
}

static void say(enum log_level level, const char *event, const struct wire *wire,
                const struct link_view *view)
{
    const struct log_field fields[] = {
        {"link", link_name(wire), 0},
        {"side", side(wire), 0},
        {"peer", view->peer, 0},
        {"channel", view->channel, 0},
        {"platform", view->platform, 0},
        {"measurement", view->measurement[0] ? view->measurement : "-", 0},
        {"verdict", view->verdict, 0},
        {"round", NULL, view->round},
    };
    log_event(level, event, fields, sizeof fields / sizeof *fields);
}

void report_open(struct wire *wire)
{
    struct link_view view;
    look(wire, &view);
    set_view(wire, &view);
    say(LOG_LEVEL_INFO, "link-open", wire, &view);
}

void report_round(struct wire *wire)
{
    struct link_view view;
    look(wire, &view);
    set_view(wire, &view);
    say(LOG_LEVEL_INFO, "round-accepted", wire, &view);
}

bool report_end(struct wire *wire)
{
    const struct channel_end *const end = channel_end(wire_channel(wire));
    const char *const failure = control_failure(wire->control);
    const bool was_refused = end->reason_count > 0;
    char reasons[REASONS_TEXT_SIZE];
    struct link_view view;
    look(wire, &view);
    report_reasons(end, reasons);
    const char *const event = was_refused     ? wire->is_open ? "round-refused" : "link-refused"
                              : wire->is_open ? "link-closed"
                                              : "link-failed";
    const struct log_field fields[] = {
        {"link", link_name(wire), 0},
        {"side", side(wire), 0},
        {"peer", view.peer, 0},
        {"channel", view.channel, 0},
        {"platform", view.platform, 0},
        {"measurement", view.measurement[0] ? view.measurement : "-", 0},
        {"verdict", view.verdict, 0},
        {"by", was_refused ? end->by_peer ? "peer" : "us" : "-", 0},
        {"reasons", reasons[0] ? reasons : "-", 0},
        {"detail",
         failure          ? failure
         : end->detail[0] ? end->detail
                          : "-",
         0},
    };
    log_event(was_refused ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, event, fields,
              sizeof fields / sizeof *fields);
    if (was_refused && wire->is_open)
        say(LOG_LEVEL_INFO, "link-closed", wire, &view);
    return was_refused;
}
