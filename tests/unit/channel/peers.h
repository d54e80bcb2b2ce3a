/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Two ends of one channel in memory, with simulated TEEs behind them. A test may stand between the
 * two, or change what one of them says.
 */

#include "channel/channel.h"

#include "sim.h"
#include "sim/snp.h"
#include "sim/tdx.h"
#include "test.h"

/* A test file may be compiled once for each kind. */
#ifndef PEERS_KIND
#define PEERS_KIND CHANNEL_TLS
#endif

enum { SEEN_MAX = 64, LAST_FRAME_MAX = 32768 };
static const struct moment start = {.wall_s = 1767225600, .monotonic_ms = 1000000}; /* 2026 */

/* ---- the simulated world: made once ---- */

struct world {
    bool is_made;
    struct sim_state state;
    struct sim_tdx td;
    struct sim_snp snp;
    struct endorsements endorsements; /* roots and collateral of the simulated vendors */
    struct policy *policy;            /* either guest, as it was launched */
    struct tls_identity *client, *server;
};
static struct world world;

static inline void must(status result)
{
    if (!result.fault)
        return;
    printf("  %s:%d: %s\n", result.fault->file, result.fault->line, result.fault->what);
    abort();
}

static inline void add_certificate_to(struct endorsements *endorsements, bool trusted,
                                      const struct certificate *certificate)
{
    SCOPED(buffer) der = {0};
    must(certificate_der(certificate, &der));
    must(trusted ? endorsements_trust(endorsements, buffer_view(&der))
                 : endorsements_add(endorsements, buffer_view(&der)));
}

static inline void add_intel(struct world *made)
{
    struct buffer files[4] = {{0}};
    must(sim_intel_tcb_info(&made->state, start.wall_s, &files[0]));
    must(sim_intel_qe_identity(&made->state, start.wall_s, &files[1]));
    must(sim_intel_root_crl(&made->state, start.wall_s, &files[2]));
    must(sim_intel_pck_crl(&made->state, start.wall_s, &files[3]));
    for (size_t i = 0; i < 4; i++) {
        must(endorsements_add(&made->endorsements, buffer_view(&files[i])));
        buffer_clear(&files[i]);
    }
    add_certificate_to(&made->endorsements, false, &made->state.tcb_signing);
    add_certificate_to(&made->endorsements, true, &made->state.intel_root);
}

static inline void add_amd(struct world *made)
{
    SCOPED(buffer) crl = {0};
    must(sim_amd_crl(&made->state, SIM_MILAN, start.wall_s, &crl));
    must(endorsements_add(&made->endorsements, buffer_view(&crl)));
    add_certificate_to(&made->endorsements, true, &made->state.ark[SIM_MILAN]);
}

static inline struct policy *policy_of(const char *text)
{
    struct policy *policy = NULL;
    struct problem problem = {0};
    const status read = policy_read(slice_of_text(text), &policy, &problem);
    if (read.fault) {
        printf("  line %d: %s\n", problem.line, problem.text);
        abort();
    }
    return policy;
}

static inline const char *hex_of(slice bytes)
{
    static char text[8][2 * 64 + 1];
    static size_t next;
    char *const place = text[next++ % 8];
    for (size_t i = 0; i < bytes.size; i++)
        snprintf(place + 2 * i, 3, "%02x", bytes.data[i]);
    return place;
}

/* Accepts the two guests as they were launched. */
static inline struct policy *policy_of_guests(const struct world *made)
{
    char text[2048];
    snprintf(text, sizeof text,
             "accept:\n"
             "  - platform: tdx\n"
             "    measurement: \"%s\"\n"
             "    insecure_any_instance: true\n"
             "  - platform: snp\n"
             "    measurement: \"%s\"\n"
             "    identity: { chip_id: \"%s\" }\n",
             hex_of(SLICE(made->td.settings.mrtd)), hex_of(SLICE(made->snp.settings.measurement)),
             hex_of(SLICE(made->snp.settings.chip_id)));
    return policy_of(text);
}

static inline struct world *the_world(void)
{
    if (world.is_made)
        return &world;
    must(sim_state_for_tests(start.wall_s, &world.state));
    const struct sim_tdx_settings td = sim_tdx_defaults(&world.state);
    const struct sim_snp_settings snp = sim_snp_defaults(&world.state, SIM_MILAN);
    must(sim_tdx_launch(&world.state, &td, &world.td));
    must(sim_snp_launch(&world.state, &snp, &world.snp));
    add_intel(&world);
    add_amd(&world);
    world.policy = policy_of_guests(&world);
    must(tls_identity_generate(start.wall_s, &world.client));
    must(tls_identity_generate(start.wall_s, &world.server));
    world.is_made = true;
    return &world;
}

__attribute__((destructor)) static void end_the_world(void)
{
    sim_tdx_clear(&world.td);
    sim_snp_clear(&world.snp);
    sim_state_clear(&world.state);
    endorsements_clear(&world.endorsements);
    policy_free(world.policy);
    tls_identity_free(world.client);
    tls_identity_free(world.server);
}

/* ---- one end ---- */

struct end {
    enum role role;
    struct channel_context context;
    struct channel *channel;
    const struct sim_tdx *td; /* what it proves with; one of the two */
    const struct sim_snp *snp;
    bool evidence_may_fail;   /* then there is none, instead of an end of the test */
    bool keeps_evidence_back; /* the binding is in `binding`: the test answers */
    uint8_t binding[BINDING_SIZE];

    struct channel_event seen[SEEN_MAX]; /* but for frames and wanted evidence */
    size_t seen_count;
    size_t frame_count, frame_bytes;
    uint8_t last_frame[LAST_FRAME_MAX];
    size_t last_frame_size;
    uint8_t last_kind;
    struct link_keys *link; /* given to whoever wants one */
};

static inline void give_evidence(struct end *end, const uint8_t binding[BINDING_SIZE],
                                 struct moment now)
{
    SCOPED(buffer) evidence = {0};
    slice endorsements = {0};
    const slice report_data = {binding, BINDING_SIZE};
    const status made = end->td ? sim_tdx_quote(end->td, report_data, &evidence)
                                : sim_snp_report(end->snp, report_data, &evidence);
    if (!end->evidence_may_fail)
        must(made);
    if (end->snp)
        endorsements = buffer_view(&end->snp->certificate_table);
    const status given =
        channel_give_evidence(end->channel, buffer_view(&evidence), endorsements, now);
    (void)given.fault;
}

static inline void note_event(struct end *end, const struct channel_event *event, struct moment now)
{
    if (event->kind == CHANNEL_WANT_EVIDENCE) {
        memcpy(end->binding, event->binding, BINDING_SIZE);
        if (!end->keeps_evidence_back)
            give_evidence(end, event->binding, now);
    } else if (event->kind == CHANNEL_FRAME) {
        end->frame_count++;
        end->frame_bytes += event->payload.size;
        end->last_frame_size = event->payload.size;
        end->last_kind = event->frame_kind;
        memcpy(end->last_frame, event->payload.data, event->payload.size);
    } else if (event->kind == CHANNEL_WANT_LINK && end->link) {
        const status given = channel_give_link(end->channel, end->link, event->lane_number);
        (void)given.fault;
    }
    if (event->kind != CHANNEL_FRAME && end->seen_count < SEEN_MAX)
        end->seen[end->seen_count++] = *event;
}

static inline void look(struct end *end, struct moment now)
{
    struct channel_event event;
    for (channel_next(end->channel, now, &event); event.kind != CHANNEL_NONE;
         channel_next(end->channel, now, &event))
        note_event(end, &event, now);
}

static inline size_t saw(const struct end *end, enum channel_event_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < end->seen_count; i++)
        count += end->seen[i].kind == kind;
    return count;
}

static inline bool ended_for(const struct end *end, const char *reason)
{
    const struct channel_end *const how = channel_end(end->channel);
    for (size_t i = 0; i < how->reason_count; i++)
        if (strcmp(how->reasons[i], reason) == 0)
            return true;
    printf("  ended: %s", how->detail);
    for (size_t i = 0; i < how->reason_count; i++)
        printf(" %s", how->reasons[i]);
    printf("\n");
    return false;
}

/* ---- both ---- */

struct peers {
    struct end client, server;
    struct moment now;
};

static inline bool move(struct end *from, struct end *to, struct moment now)
{
    const slice output = channel_output(from->channel);
    if (!output.size)
        return false;
    channel_feed(to->channel, output);
    look(to, now);
    channel_feed(to->channel, (slice){0});
    channel_sent(from->channel, output.size);
    return true;
}

static inline void exchange(struct peers *peers)
{
    bool moved = true;
    for (int i = 0; moved && i < 64; i++) {
        look(&peers->client, peers->now);
        look(&peers->server, peers->now);
        moved = move(&peers->client, &peers->server, peers->now);
        moved |= move(&peers->server, &peers->client, peers->now);
    }
}

/* A client that proves nothing to a server that proves to be the TD. */
static inline void prepare(struct peers *peers)
{
    const struct world *const made = the_world();
    *peers = (struct peers){.now = start};
    peers->client.role = ROLE_CLIENT;
    peers->client.context = (struct channel_context){.kind = PEERS_KIND,
                                                     .identity = made->client,
                                                     .policy = made->policy,
                                                     .endorsements = &made->endorsements};
    peers->server.role = ROLE_SERVER;
    peers->server.context = (struct channel_context){.kind = PEERS_KIND,
                                                     .identity = made->server,
                                                     .attest = "tdx",
                                                     .insecure_skip_appraisal = true};
    peers->server.td = &made->td;
}

/* The client proves to be the SNP guest in turn. */
static inline void make_mutual(struct peers *peers)
{
    const struct world *const made = the_world();
    peers->client.context.attest = "snp";
    peers->client.snp = &made->snp;
    peers->server.context.policy = made->policy;
    peers->server.context.insecure_skip_appraisal = false;
    peers->server.context.endorsements = &made->endorsements;
}

static inline void open_as(struct peers *peers, enum purpose client, enum purpose server)
{
    must(channel_open(&peers->client.context, ROLE_CLIENT, client, peers->now,
                      &peers->client.channel));
    must(channel_open(&peers->server.context, ROLE_SERVER, server, peers->now,
                      &peers->server.channel));
}

static inline void part(struct peers *peers)
{
    channel_free(peers->client.channel);
    channel_free(peers->server.channel);
}

static inline bool both_open(const struct peers *peers)
{
    return saw(&peers->client, CHANNEL_OPEN) == 1 && saw(&peers->server, CHANNEL_OPEN) == 1 &&
           !saw(&peers->client, CHANNEL_CLOSED) && !saw(&peers->server, CHANNEL_CLOSED);
}

/* Open after a whole exchange, each way. */
static inline void meet(struct peers *peers)
{
    prepare(peers);
    make_mutual(peers);
    open_as(peers, PURPOSE_CHANNEL, PURPOSE_CHANNEL);
    exchange(peers);
    if (!both_open(peers)) {
        printf("  client: %s\n  server: %s\n", channel_end(peers->client.channel)->detail,
               channel_end(peers->server.channel)->detail);
        abort();
    }
}

static inline status say(struct end *end, slice bytes)
{
    TRY(channel_write(end->channel, FRAME_APPLICATION, &bytes, 1));
    return channel_flush(end->channel);
}
