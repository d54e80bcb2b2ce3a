/* SPDX-License-Identifier: Apache-2.0 */

/* What a channel does when both ends are honest. */

#include "peers.h"

#include <dlfcn.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

TEST(two_attested_ends_open_and_carry_data_both_ways)
{
    struct peers peers;
    meet(&peers);
    EXPECT_OK(say(&peers.client, slice_of_text("question")));
    EXPECT_OK(say(&peers.server, slice_of_text("answer")));
    exchange(&peers);
    EXPECT(peers.server.frame_count == 1 && peers.server.frame_bytes == 8);
    EXPECT(peers.client.frame_count == 1 && memcmp(peers.client.last_frame, "answer", 6) == 0);
    part(&peers);
}

/* Stands in front of OpenSSL's, so that a test can make the exporter fail. */
static int exports_left = -1; /* -1: works */

int SSL_export_keying_material(SSL *ssl, unsigned char *out, size_t size, const char *label,
                               size_t label_size, const unsigned char *context, size_t context_size,
                               int use_context)
{
    static int (*real)(SSL *, unsigned char *, size_t, const char *, size_t, const unsigned char *,
                       size_t, int);
    if (exports_left == 0)
        return 0;
    exports_left -= exports_left > 0;
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "SSL_export_keying_material");
    return real(ssl, out, size, label, label_size, context, context_size, use_context);
}

/* SPDM's is made with a hash, of a message that holds the label. */
int EVP_DigestUpdate(EVP_MD_CTX *context, const void *data, size_t size)
{
    static int (*real)(EVP_MD_CTX *, const void *, size_t);
    if (PEERS_KIND == CHANNEL_SPDM && size && memmem(data, size, "EXPERIMENTAL cix", 16)) {
        if (exports_left == 0)
            return 0;
        exports_left -= exports_left > 0;
    }
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "EVP_DigestUpdate");
    return real(context, data, size);
}

/* P1: wherever it fails, at the prover or at the verifier, nothing opens. */
TEST(exporter_failure_is_fatal)
{
    for (int works = 0; works < 4; works++) {
        struct peers peers;
        prepare(&peers);
        make_mutual(&peers);
        open_as(&peers, PURPOSE_CHANNEL, PURPOSE_CHANNEL);
        exports_left = works;
        exchange(&peers);
        exports_left = -1;
        EXPECT(!saw(&peers.client, CHANNEL_OPEN) && !saw(&peers.server, CHANNEL_OPEN));
        EXPECT(saw(&peers.client, CHANNEL_CLOSED) == 1 && saw(&peers.server, CHANNEL_CLOSED) == 1);
        part(&peers);
    }
}

TEST(an_exporter_that_fails_in_a_later_round_closes_and_gives_no_link_keys)
{
    struct peers peers;
    struct link_keys keys = {.id = {9}};
    prepare(&peers);
    open_as(&peers, PURPOSE_LINK, PURPOSE_NONE);
    exchange(&peers);
    EXPECT(both_open(&peers));
    exports_left = 1;
    EXPECT_FAIL(UNAVAILABLE, channel_link_keys(peers.client.channel, &keys));
    EXPECT(keys.id[0] == 9 && keys.lane_key.size == 0);
    exports_left = 0;
    peers.now.monotonic_ms += 5000;
    EXPECT_OK(channel_reattest(peers.client.channel, peers.now));
    exchange(&peers);
    exports_left = -1;
    EXPECT(ended_for(&peers.server, "INTERNAL_ERROR") &&
           ended_for(&peers.client, "INTERNAL_ERROR"));
    part(&peers);
}

/* Stands in front of OpenSSL's likewise. */
static bool dice_fail;

int RAND_bytes(unsigned char *out, int size)
{
    static int (*real)(unsigned char *, int);
    if (dice_fail)
        return 0;
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "RAND_bytes");
    return real(out, size);
}

/* R9 */
TEST(without_randomness_there_is_no_nonce_and_no_channel)
{
    struct peers peers;
    prepare(&peers);
    make_mutual(&peers);
    open_as(&peers, PURPOSE_CHANNEL, PURPOSE_CHANNEL);
    dice_fail = true;
    exchange(&peers);
    dice_fail = false;
    EXPECT(!saw(&peers.client, CHANNEL_OPEN) && !saw(&peers.server, CHANNEL_OPEN));
    /* A handshake of TLS has dice of its own; one of SPDM does not come to the nonce. */
    EXPECT(PEERS_KIND == CHANNEL_SPDM ? saw(&peers.client, CHANNEL_CLOSED) == 1
                                      : ended_for(&peers.client, "INTERNAL_ERROR"));
    part(&peers);
}

TEST(one_way_attestation_opens_and_each_side_says_what_it_knows)
{
    struct peers peers;
    prepare(&peers);
    open_as(&peers, PURPOSE_CHANNEL, PURPOSE_CHANNEL);
    EXPECT(!channel_peer_appraisal(peers.client.channel));
    EXPECT(!channel_peer_spki_digest(peers.client.channel));
    exchange(&peers);
    EXPECT(both_open(&peers));
    EXPECT(channel_peer_appraisal(peers.client.channel)->verdict == VERDICT_ACCEPTED);
    EXPECT(strcmp(channel_peer_facts(peers.client.channel)->platform, "tdx") == 0);
    EXPECT(!channel_peer_appraisal(peers.server.channel));
    EXPECT(memcmp(channel_peer_spki_digest(peers.server.channel)->data,
                  tls_identity_spki_digest(the_world()->client)->data, 48) == 0);
    EXPECT(channel_peer_round(peers.client.channel) == 1);
    part(&peers);
}

/* C10: nobody proves anything, which a configuration must say at both ends. */
TEST(two_sides_that_skip_appraisal_open_on_keys_alone)
{
    struct peers peers;
    prepare(&peers);
    peers.client.context.policy = NULL;
    peers.client.context.insecure_skip_appraisal = true;
    open_as(&peers, PURPOSE_CHANNEL, PURPOSE_CHANNEL);
    exchange(&peers);
    EXPECT(both_open(&peers));
    EXPECT(!channel_peer_appraisal(peers.client.channel));
    EXPECT(!saw(&peers.server, CHANNEL_WANT_EVIDENCE));
    part(&peers);
}

TEST(evidence_that_could_not_be_collected_is_told_to_the_peer)
{
    struct peers peers;
    prepare(&peers);
    peers.server.keeps_evidence_back = true;
    open_as(&peers, PURPOSE_CHANNEL, PURPOSE_CHANNEL);
    exchange(&peers);
    channel_give_no_evidence(peers.server.channel, peers.now);
    exchange(&peers);
    EXPECT(ended_for(&peers.client, "PEER_HAS_NO_EVIDENCE"));
    EXPECT(ended_for(&peers.server, "PEER_HAS_NO_EVIDENCE"));
    part(&peers);
}

TEST(evidence_may_come_late_and_only_when_it_is_wanted)
{
    struct peers peers;
    prepare(&peers);
    peers.server.keeps_evidence_back = true;
    open_as(&peers, PURPOSE_CHANNEL, PURPOSE_CHANNEL);
    EXPECT_FAIL(UNEXPECTED,
                channel_give_evidence(peers.server.channel, slice_of_text("x"), (slice){0}, start));
    exchange(&peers);
    peers.now.monotonic_ms += 20000;
    give_evidence(&peers.server, peers.server.binding, peers.now);
    EXPECT_FAIL(UNEXPECTED,
                channel_give_evidence(peers.server.channel, slice_of_text("x"), (slice){0}, start));
    exchange(&peers);
    EXPECT(both_open(&peers));
    part(&peers);
}

TEST(evidence_too_large_for_a_message_ends_the_channel)
{
    struct peers peers;
    static uint8_t huge[EXCHANGE_MESSAGE_SIZE_MAX + 1];
    prepare(&peers);
    peers.server.keeps_evidence_back = true;
    open_as(&peers, PURPOSE_CHANNEL, PURPOSE_CHANNEL);
    exchange(&peers);
    EXPECT_FAIL(EXHAUSTED,
                channel_give_evidence(peers.server.channel, SLICE(huge), (slice){0}, start));
    exchange(&peers);
    EXPECT(ended_for(&peers.server, "LIMIT_REACHED") && ended_for(&peers.client, "LIMIT_REACHED"));
    part(&peers);
}

TEST(evidence_with_endorsements_travels_in_several_frames)
{
    struct peers peers;
    static uint8_t junk[100000] = {0x30};
    SCOPED(buffer) quote = {0};
    prepare(&peers);
    peers.server.keeps_evidence_back = true;
    open_as(&peers, PURPOSE_CHANNEL, PURPOSE_CHANNEL);
    exchange(&peers);
    must(sim_tdx_quote(&the_world()->td, SLICE(peers.server.binding), &quote));
    EXPECT_OK(channel_give_evidence(peers.server.channel, buffer_view(&quote), SLICE(junk), start));
    exchange(&peers);
    EXPECT(both_open(&peers)); /* what cannot be read is left out */
    part(&peers);
}

TEST(channels_of_different_purposes_do_not_meet)
{
    static const enum purpose purposes[][2] = {
        {PURPOSE_CHANNEL, PURPOSE_NONE}, {PURPOSE_CHANNEL, PURPOSE_LINK},
        {PURPOSE_LINK, PURPOSE_CHANNEL}, {PURPOSE_LINK, PURPOSE_LANE},
        {PURPOSE_LANE, PURPOSE_LINK},
    };
    for (size_t i = 0; i < sizeof purposes / sizeof *purposes; i++) {
        struct peers peers;
        prepare(&peers);
        open_as(&peers, purposes[i][0], purposes[i][1]);
        exchange(&peers);
        EXPECT(!saw(&peers.client, CHANNEL_OPEN) && !saw(&peers.server, CHANNEL_OPEN));
        EXPECT(saw(&peers.client, CHANNEL_CLOSED) == 1 && saw(&peers.server, CHANNEL_CLOSED) == 1);
        part(&peers);
    }
}

TEST(contexts_that_cannot_work_are_refused_at_once)
{
    struct peers peers;
    struct channel *channel = NULL;
    prepare(&peers);
    struct channel_context context = peers.client.context;
    EXPECT_FAIL(INTERNAL, channel_open(&context, ROLE_CLIENT, PURPOSE_NONE, start, &channel));
    EXPECT_FAIL(INTERNAL, channel_open(&context, ROLE_NONE, PURPOSE_LINK, start, &channel));
    context.attest = "abacus";
    EXPECT_FAIL(UNSUPPORTED, channel_open(&context, ROLE_CLIENT, PURPOSE_LINK, start, &channel));
    context = (struct channel_context){.policy = peers.client.context.policy};
    EXPECT_FAIL(INTERNAL, channel_open(&context, ROLE_CLIENT, PURPOSE_LINK, start, &channel));
    context = peers.client.context;
    context.kind = CHANNEL_KIND_COUNT;
    EXPECT_FAIL(UNSUPPORTED, channel_open(&context, ROLE_CLIENT, PURPOSE_LINK, start, &channel));
    EXPECT(!channel);
    channel_free(NULL);
}
