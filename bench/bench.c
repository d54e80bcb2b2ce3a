/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What one core does in a second, in memory: evidence verified, links set up, streams opened. The
 * hardware is simulated and its work is not counted; everything else is what the gateway runs.
 * Each figure is CPU time of this thread; the median of several rounds.
 */

#include "link/lane.h"
#include "sim/amd.h"
#include "sim/intel.h"
#include "sim/snp.h"
#include "sim/tdx.h"

#include "sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 5, ROUND_MS = 400, STREAMS_A_TURN = 64, REQUEST_SIZE = 64 };

static void must(status done, const char *what)
{
    if (!done.fault)
        return;
    fprintf(stderr, "bench: %s: %s (%s:%d)\n", what, done.fault->what, done.fault->file,
            done.fault->line);
    exit(1);
}

static int64_t cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double median(double values[ROUNDS])
{
    qsort(values, ROUNDS, sizeof *values, by_value);
    return values[ROUNDS / 2];
}

/* ---- the two machines ---- */

struct machines {
    int64_t now_s;
    struct sim_state state;
    struct sim_snp snp;
    struct sim_tdx tdx;
    struct endorsements endorsements;
};

static void add_certificate(struct endorsements *endorsements,
                            const struct certificate *certificate, bool is_root)
{
    SCOPED(buffer) der = {0};
    must(certificate_der(certificate, &der), "certificate");
    must(is_root ? endorsements_trust(endorsements, buffer_view(&der))
                 : endorsements_add(endorsements, buffer_view(&der)),
         "endorsement");
}

static status milan_crl(const struct sim_state *state, int64_t now_s, struct buffer *out)
{
    return sim_amd_crl(state, SIM_MILAN, now_s, out);
}

typedef status make_document(const struct sim_state *state, int64_t now_s, struct buffer *out);

static void add_document(struct machines *machines, make_document *make)
{
    SCOPED(buffer) document = {0};
    must(make(&machines->state, machines->now_s, &document), "collateral");
    must(endorsements_add(&machines->endorsements, buffer_view(&document)), "collateral");
}

static void machines_make(struct machines *machines)
{
    struct sim_state *const state = &machines->state;
    machines->now_s = (int64_t)time(NULL);
    must(sim_state_for_tests(machines->now_s, state), "simulated vendors");
    const struct sim_snp_settings snp = sim_snp_defaults(state, SIM_MILAN);
    const struct sim_tdx_settings tdx = sim_tdx_defaults(state);
    must(sim_snp_launch(state, &snp, &machines->snp), "simulated SNP guest");
    must(sim_tdx_launch(state, &tdx, &machines->tdx), "simulated TD");
    add_certificate(&machines->endorsements, &state->ark[SIM_MILAN], true);
    add_certificate(&machines->endorsements, &state->intel_root, true);
    add_certificate(&machines->endorsements, &state->tcb_signing, false);
    add_certificate(&machines->endorsements, &state->pck_ca, false);
    must(endorsements_add(&machines->endorsements, machines->snp.machine.certificates),
         "certificate table");
    add_document(machines, milan_crl);
    add_document(machines, sim_intel_tcb_info);
    add_document(machines, sim_intel_qe_identity);
    add_document(machines, sim_intel_root_crl);
    add_document(machines, sim_intel_pck_crl);
}

/* ---- evidence ---- */

static double verifications_a_second(const struct machines *machines, const char *platform,
                                     slice evidence, slice binding)
{
    static struct facts facts; /* large */
    const struct verification request = {evidence, binding, &machines->endorsements,
                                         machines->now_s};
    double rates[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        const int64_t began = cpu_ns();
        int64_t taken = 0;
        int count = 0;
        do {
            facts = (struct facts){0};
            must(platform_named(platform)->verify(&request, &facts), platform);
            if (!facts_authentic(&facts)) {
                fprintf(stderr, "bench: the %s evidence is not authentic\n", platform);
                exit(1);
            }
            count++;
            taken = cpu_ns() - began;
        } while (taken < ROUND_MS * INT64_C(1000000));
        rates[round] = count * 1e9 / (double)taken;
    }
    return median(rates);
}

static void bench_evidence(const struct machines *machines)
{
    uint8_t binding[BINDING_SIZE];
    SCOPED(buffer) report = {0};
    SCOPED(buffer) quote = {0};
    memset(binding, 0x5a, sizeof binding);
    must(sim_snp_report(&machines->snp, SLICE(binding), &report), "report");
    must(sim_tdx_quote(&machines->tdx, SLICE(binding), &quote), "quote");
    printf("evidence verified, warm chain   snp %7.0f/s a core\n",
           verifications_a_second(machines, "snp", buffer_view(&report), SLICE(binding)));
    printf("                                tdx %7.0f/s a core\n",
           verifications_a_second(machines, "tdx", buffer_view(&quote), SLICE(binding)));
}

/* ---- links ---- */

struct side {
    const struct machines *machines;
    struct channel_context context;
    struct channel *channel;
    int64_t cpu_ns;
    bool is_open;
};

static struct moment moment_of(const struct machines *machines)
{
    return (struct moment){machines->now_s, 1000};
}

/* The hardware's part, off the clock. */
static void give_evidence(struct side *side, const uint8_t binding[BINDING_SIZE])
{
    const struct machines *const machines = side->machines;
    const bool is_snp = strcmp(side->context.attest, "snp") == 0;
    const slice data = {binding, BINDING_SIZE};
    SCOPED(buffer) evidence = {0};
    must(is_snp ? sim_snp_report(&machines->snp, data, &evidence)
                : sim_tdx_quote(&machines->tdx, data, &evidence),
         "evidence");
    const int64_t began = cpu_ns();
    must(channel_give_evidence(side->channel, buffer_view(&evidence), (slice){0},
                               moment_of(machines)),
         "giving evidence");
    side->cpu_ns += cpu_ns() - began;
}

/* What `from` has to say, and what that makes `to` do. */
static void pass(struct side *from, struct side *to)
{
    const slice wire = channel_output(from->channel);
    struct channel_event event;
    int64_t began = cpu_ns();
    if (wire.size)
        channel_feed(to->channel, wire);
    do {
        channel_next(to->channel, moment_of(to->machines), &event);
        to->is_open |= event.kind == CHANNEL_OPEN;
        if (event.kind == CHANNEL_WANT_EVIDENCE) {
            to->cpu_ns += cpu_ns() - began;
            give_evidence(to, event.binding);
            began = cpu_ns();
        }
        if (event.kind == CHANNEL_CLOSED) {
            fprintf(stderr, "bench: the link closed: %s\n", channel_end(to->channel)->detail);
            exit(1);
        }
    } while (event.kind != CHANNEL_NONE);
    to->cpu_ns += cpu_ns() - began;
    channel_sent(from->channel, wire.size);
}

static void open_link(struct side *client, struct side *server)
{
    const struct moment now = moment_of(client->machines);
    int64_t began = cpu_ns();
    must(channel_open(&client->context, ROLE_CLIENT, PURPOSE_LINK, now, &client->channel), "open");
    client->cpu_ns += cpu_ns() - began;
    began = cpu_ns();
    must(channel_open(&server->context, ROLE_SERVER, PURPOSE_NONE, now, &server->channel), "open");
    server->cpu_ns += cpu_ns() - began;
    client->is_open = server->is_open = false;
    for (int turn = 0; turn < 64 && !(client->is_open && server->is_open); turn++) {
        pass(client, server);
        pass(server, client);
    }
    if (!client->is_open || !server->is_open) {
        fprintf(stderr, "bench: the link did not open\n");
        exit(1);
    }
}

static void bench_links(struct side *client, struct side *server)
{
    double rates[ROUNDS], client_us[ROUNDS], server_us[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
        int count = 0;
        client->cpu_ns = server->cpu_ns = 0;
        do {
            open_link(client, server);
            channel_free(client->channel);
            channel_free(server->channel);
            count++;
        } while (client->cpu_ns + server->cpu_ns < ROUND_MS * INT64_C(1000000));
        rates[round] = count * 1e9 / (double)(client->cpu_ns + server->cpu_ns);
        client_us[round] = (double)client->cpu_ns / 1e3 / count;
        server_us[round] = (double)server->cpu_ns / 1e3 / count;
    }
    printf("attested links set up           %7.0f/s a core, both ends together\n", median(rates));
    printf("  (mutual, snp <-> tdx)         %7.0f us CPU at the client, %.0f at the server\n",
           median(client_us), median(server_us));
}

/* ---- streams ---- */

struct lane_side {
    struct lane *lane;
    struct link_keys keys;
    bool is_open;
    size_t finished; /* streams that are over */
};

static struct lane *new_lane(struct side *side, enum role role, const struct link_keys *keys)
{
    struct channel *channel = NULL;
    struct lane *lane = NULL;
    const struct moment now = moment_of(side->machines);
    must(channel_open(&side->context, role, role == ROLE_CLIENT ? PURPOSE_LANE : PURPOSE_NONE, now,
                      &channel),
         "lane");
    if (role == ROLE_CLIENT)
        must(channel_give_link(channel, keys, 1), "lane");
    must(lane_new(channel, role, &lane), "lane");
    return lane;
}

static void answer(struct stream *stream, slice request)
{
    must(stream_consumed(stream, request.size), "credit");
    must(stream_send(stream, request), "answer");
    must(stream_finish(stream), "answer");
}

/* Both ends of a stream do the same at its end: finish what is open, and let go. */
static void take_event(struct lane_side *side, const struct lane_event *event, bool is_server)
{
    switch (event->kind) {
    case LANE_OPEN:
        side->is_open = true;
        break;
    case LANE_WANT_LINK:
        must(channel_give_link(lane_channel(side->lane), &side->keys, event->channel.lane_number),
             "lane");
        break;
    case LANE_STREAM_DATA:
        if (is_server)
            answer(event->stream, event->payload);
        else
            must(stream_consumed(event->stream, event->payload.size), "credit");
        break;
    case LANE_STREAM_FINISHED:
        stream_release(event->stream);
        side->finished++;
        break;
    case LANE_STREAM_RESET:
    case LANE_CLOSED:
        fprintf(stderr, "bench: the lane closed\n");
        exit(1);
    default:
        break;
    }
}

static void pass_lane(struct lane_side *from, struct lane_side *to, bool to_is_server,
                      struct moment now)
{
    struct lane_event event;
    must(lane_flush(from->lane), "flush");
    const slice wire = lane_output(from->lane);
    if (wire.size)
        lane_feed(to->lane, wire);
    for (lane_next(to->lane, now, &event); event.kind != LANE_NONE;
         lane_next(to->lane, now, &event))
        take_event(to, &event, to_is_server);
    lane_sent(from->lane, wire.size);
}

static void open_streams(struct lane_side *client, struct lane_side *server, struct moment now)
{
    static const uint8_t request[REQUEST_SIZE];
    client->finished = server->finished = 0;
    for (int i = 0; i < STREAMS_A_TURN; i++) {
        struct stream *stream = NULL;
        must(lane_open_stream(client->lane,
                              &(struct stream_opening){.destination = slice_of_text("db")},
                              &stream),
             "stream");
        must(stream_send(stream, SLICE(request)), "request");
        must(stream_finish(stream), "request");
    }
    for (int turn = 0; turn < 8 && client->finished < STREAMS_A_TURN; turn++) {
        pass_lane(client, server, true, now);
        pass_lane(server, client, false, now);
    }
    if (client->finished != STREAMS_A_TURN) {
        fprintf(stderr, "bench: %zu of %d streams came to their end\n", client->finished,
                STREAMS_A_TURN);
        exit(1);
    }
}

static void bench_streams(struct side *client, struct side *server)
{
    struct lane_side ends[2] = {0};
    const struct moment now = moment_of(client->machines);
    double rates[ROUNDS];
    open_link(client, server);
    must(channel_link_keys(client->channel, &ends[0].keys), "link keys");
    must(channel_link_keys(server->channel, &ends[1].keys), "link keys");
    ends[0].lane = new_lane(client, ROLE_CLIENT, &ends[0].keys);
    ends[1].lane = new_lane(server, ROLE_SERVER, NULL);
    for (int turn = 0; turn < 8 && !(ends[0].is_open && ends[1].is_open); turn++) {
        pass_lane(&ends[0], &ends[1], true, now);
        pass_lane(&ends[1], &ends[0], false, now);
    }
    for (int round = 0; round < ROUNDS; round++) {
        const int64_t began = cpu_ns();
        int64_t taken = 0;
        int count = 0;
        do {
            open_streams(&ends[0], &ends[1], now);
            count += STREAMS_A_TURN;
            taken = cpu_ns() - began;
        } while (taken < ROUND_MS * INT64_C(1000000));
        rates[round] = count * 1e9 / (double)taken;
    }
    printf("streams opened                  %7.0f/s a core, both ends together\n"
           "  (open, 64 B, answer, end; %d at a time)\n",
           median(rates), STREAMS_A_TURN);
    for (int i = 0; i < 2; i++) {
        lane_free(ends[i].lane);
        link_keys_clear(&ends[i].keys);
    }
    channel_free(client->channel);
    channel_free(server->channel);
}

static void make_side(struct side *side, const struct machines *machines, const char *attest,
                      const char *policy_text)
{
    struct tls_identity *identity = NULL;
    struct policy *policy = NULL;
    struct problem problem = {0};
    must(tls_identity_generate(machines->now_s, &identity), "key");
    if (policy_read(slice_of_text(policy_text), &policy, &problem).fault) {
        fprintf(stderr, "bench: policy, line %d: %s\n", problem.line, problem.text);
        exit(1);
    }
    *side = (struct side){.machines = machines,
                          .context = {.identity = identity,
                                      .attest = attest,
                                      .policy = policy,
                                      .endorsements = &machines->endorsements}};
}

int main(void)
{
    static const char snp_policy[] =
        "accept: [{platform: snp, insecure_any_measurement: true, insecure_any_instance: true}]\n";
    static const char tdx_policy[] =
        "accept: [{platform: tdx, insecure_any_measurement: true, insecure_any_instance: true}]\n";
    static struct machines machines; /* large */
    struct side client, server;
    machines_make(&machines);
    make_side(&client, &machines, "snp", tdx_policy);
    make_side(&server, &machines, "tdx", snp_policy);
    bench_evidence(&machines);
    bench_links(&client, &server);
    bench_streams(&client, &server);
    return 0;
}
