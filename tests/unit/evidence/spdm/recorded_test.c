/* SPDX-License-Identifier: Apache-2.0 */

/* Measurements that recorded devices signed, as evidence; and with one thing wrong. */

#include "manifest_claims.h"
#include "spdm_device.h"

enum { NONCE = 4 }; /* in a request */

struct bench {
    struct buffer evidence;
    struct spdm_report report;
    struct endorsements endorsements;
    struct facts facts;
};

static struct bench *bench_open(size_t device)
{
    struct bench *const bench = calloc(1, sizeof *bench);
    bench->evidence = recorded_evidence(&recorded_devices[device]);
    trust_recorded(&bench->endorsements, recorded_devices[device].certificates);
    EXPECT_OK(spdm_report_read(buffer_view(&bench->evidence), &bench->report));
    return bench;
}

static void bench_free(struct bench *bench)
{
    buffer_clear(&bench->evidence);
    endorsements_clear(&bench->endorsements);
    free(bench);
}

static status verify_then(struct bench *bench, int64_t now_s)
{
    return verify_device(buffer_view(&bench->evidence), (slice){0}, &bench->endorsements, now_s,
                         &bench->facts);
}

static status verify(struct bench *bench)
{
    return verify_then(bench, AT_S);
}

TEST(every_recorded_devices_measurements_are_authentic_under_its_root_and_no_other)
{
    if (spdm_recordings_are_absent(RECORDED_DEVICES))
        return;
    for (size_t i = 0; i < RECORDED_DEVICES; i++) {
        struct bench *const bench = bench_open(i);
        EXPECT_OK(verify(bench));
        EXPECT(facts_authentic(&bench->facts));
        expect_known_claims(&spdm_platform, &bench->facts);
        EXPECT(claims_find(&bench->facts.claims, "measurement_blocks")->number == 8);
        EXPECT(is_reason(&bench->facts, "device_mode", "SPDM_LIFECYCLE_DEBUG")); /* as it says */

        endorsements_clear(&bench->endorsements);
        trust_recorded(&bench->endorsements, strcmp(recorded_devices[i].certificates, "ecp256") == 0
                                                 ? "ecp384"
                                                 : "ecp256");
        EXPECT_OK(verify(bench));
        EXPECT(is_reason(&bench->facts, "chain", "SPDM_ROOT_UNTRUSTED"));
        EXPECT(is_reason(&bench->facts, "signature", ""));
        EXPECT(!facts_authentic(&bench->facts));
        bench_free(bench);
    }
}

TEST(what_is_read_is_written_again_as_the_same_bytes)
{
    if (spdm_recordings_are_absent(1))
        return;
    struct bench *const bench = bench_open(4);
    SCOPED(buffer) again = {0};
    EXPECT_OK(spdm_report_write(&bench->report, &again));
    EXPECT(slice_equal(buffer_view(&again), buffer_view(&bench->evidence)));
    EXPECT(spdm_report_begins(buffer_view(&again)));
    EXPECT(platform_of(buffer_view(&again)) == &spdm_platform);
    bench_free(bench);
}

TEST(E11_measurements_are_bound_to_their_nonce_and_to_no_other)
{
    uint8_t nonce[SPDM_NONCE_SIZE];
    if (spdm_recordings_are_absent(1))
        return;
    struct bench *const bench = bench_open(0);
    memcpy(nonce, bench->report.asked.nonce, sizeof nonce);
    EXPECT_OK(verify_device(buffer_view(&bench->evidence), SLICE(nonce), &bench->endorsements, AT_S,
                            &bench->facts));
    EXPECT(is_reason(&bench->facts, "binding", ""));
    nonce[31] ^= 1;
    EXPECT_OK(verify_device(buffer_view(&bench->evidence), SLICE(nonce), &bench->endorsements, AT_S,
                            &bench->facts));
    EXPECT(is_reason(&bench->facts, "binding", "SPDM_BINDING_MISMATCH"));
    EXPECT(!facts_authentic(&bench->facts));
    bench_free(bench);
}

/* What is signed, and the chain that says with which key: but for two bytes of that, which are
 * reserved and looked at by nobody before 1.4. */
TEST(E4_no_flipped_bit_is_accepted)
{
    if (spdm_recordings_are_absent(1))
        return;
    struct bench *const bench = bench_open(0);
    uint8_t *const data = bench->evidence.data;
    const size_t reserved = (size_t)(bench->report.chain.data - data) + 2;
    size_t accepted = 0;
    EXPECT_OK(verify(bench));
    EXPECT(facts_authentic(&bench->facts));
    for (size_t bit = 0; bit < 8 * bench->evidence.size; bit += 3 * BIT_STEP) {
        if (bit / 8 == reserved || bit / 8 == reserved + 1)
            continue;
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        accepted += !verify(bench).fault && facts_authentic(&bench->facts);
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    EXPECT(accepted == 0);
    bench_free(bench);
}

TEST(E2_evidence_cut_anywhere_or_with_more_behind_it_is_not_read)
{
    if (spdm_recordings_are_absent(1))
        return;
    struct bench *const bench = bench_open(0);
    for (size_t size = 0; size < bench->evidence.size; size++) {
        struct spdm_report report = {.block_count = 99};
        uint8_t *const exact = malloc(size ? size : 1);
        memcpy(exact, bench->evidence.data, size);
        EXPECT(spdm_report_read((slice){exact, size}, &report).fault);
        EXPECT(report.block_count == 99);
        free(exact);
    }
    EXPECT_OK(buffer_append(&bench->evidence, slice_of_text("x")));
    EXPECT_FAIL(MALFORMED, verify(bench));
    bench_free(bench);
}

/* A piece of evidence with one of its parts replaced. */
static status read_with(const struct spdm_report *report)
{
    SCOPED(buffer) evidence = {0};
    struct spdm_report again;
    EXPECT_OK(spdm_report_write(report, &evidence));
    return spdm_report_read(buffer_view(&evidence), &again);
}

TEST(E5_requests_and_negotiations_of_another_kind_are_refused)
{
    uint8_t request[64], negotiation[SPDM_REPORT_MESSAGES_SIZE_MAX];
    if (spdm_recordings_are_absent(1))
        return;
    struct bench *const bench = bench_open(0);
    const struct spdm_report right = bench->report;
    struct spdm_report changed = right;
    memcpy(request, right.request.data, right.request.size);
    memcpy(negotiation, right.negotiation.data, right.negotiation.size);
    changed.request.data = request;
    changed.negotiation.data = negotiation;
    EXPECT_OK(read_with(&changed));

    request[3] = 1; /* one measurement of many */
    EXPECT_FAIL(UNSUPPORTED, read_with(&changed));
    request[3] = 0xff;
    request[2] = 0; /* nothing would be signed */
    EXPECT(read_with(&changed).fault);
    request[2] = 1;
    request[0] = SPDM_1_1;
    EXPECT_FAIL(MALFORMED, read_with(&changed));
    request[0] = SPDM_1_2;
    request[36] = 1; /* of another slot than signed */
    EXPECT_FAIL(MALFORMED, read_with(&changed));
    request[36] = 0;
    changed.response.size--;
    EXPECT(read_with(&changed).fault);
    changed.response.size++;
    changed.negotiation.size--;
    EXPECT(read_with(&changed).fault);
    changed.negotiation.size++;
    EXPECT_OK(read_with(&changed));
    bench_free(bench);
}

/* P28: from 1.2 on a signature covers what was negotiated; before that it does not. */
TEST(P28_versions_before_1_2_are_not_read)
{
    static struct spdm_recording recording;
    static const uint8_t none[128];
    if (spdm_recordings_are_absent(1))
        return;
    spdm_recording_open("mctp-11-rsapss3072-ffdhe3072", &recording);
    SCOPED(buffer) negotiation = recorded_bytes(recording.keys.root, "message_a");
    const struct spdm_report report = {.negotiation = buffer_view(&negotiation),
                                       .chain = SLICE(none),
                                       .request = recording.messages[28].message,
                                       .response = recording.messages[29].message};
    EXPECT_FAIL(UNSUPPORTED, read_with(&report));
    spdm_recording_clear(&recording);
}

TEST(E21_certificates_hold_in_their_dates_only)
{
    if (spdm_recordings_are_absent(1))
        return;
    struct bench *const bench = bench_open(4);
    EXPECT_OK(verify_then(bench, AT_S + INT64_C(10) * 366 * 86400));
    EXPECT(is_reason(&bench->facts, "validity", "SPDM_CERTIFICATE_EXPIRED"));
    EXPECT_OK(verify_then(bench, 1000000000));
    EXPECT(is_reason(&bench->facts, "validity", "SPDM_CERTIFICATE_NOT_YET_VALID"));
    EXPECT(!facts_authentic(&bench->facts));
    bench_free(bench);
}

/* The chain of another key of the same kind, which is a good chain. */
TEST(E31_a_chain_that_is_not_of_the_signer_does_not_verify)
{
    if (spdm_recordings_are_absent(1))
        return;
    struct bench *const bench = bench_open(4);
    SCOPED(buffer) bundle = certificates_file("ecp384", "bundle_responder.certchain4.der");
    SCOPED(buffer) chain = {0};
    struct spdm_report other = bench->report;
    EXPECT_OK(spdm_chain_write(HASH_SHA384, buffer_view(&bundle), &chain));
    other.chain = buffer_view(&chain);
    SCOPED(buffer) evidence = {0};
    EXPECT_OK(spdm_report_write(&other, &evidence));
    EXPECT_OK(verify_device(buffer_view(&evidence), (slice){0}, &bench->endorsements, AT_S,
                            &bench->facts));
    EXPECT(is_reason(&bench->facts, "signature", "SPDM_SIGNATURE_INVALID"));
    bench_free(bench);
}
