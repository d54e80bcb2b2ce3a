/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/spdm_watch.h"

#include "codec/json.h"

#include "test.h"

enum {
    PCAP_HEADER = 24,
    PACKET_HEADER = 16,
    MCTP_HEADER = 5, /* with the type of the message, before it */
    MESSAGES = 26,
    CHALLENGE_AUTH_PACKET = 8,
    MEASUREMENTS_PACKET = 10,
    RECORDS = 12,
};

/* A recorded conversation (tests/vectors/spdm-dump), and what becomes of its checks. */
struct bench {
    struct buffer capture;
    struct json keys;
    struct spdm_known_files *files;
    size_t messages;
    size_t results[3];
    char failed[64]; /* the first check that did */
};

static struct buffer vector(const char *name)
{
    char path[1024];
    uint8_t chunk[4096];
    struct buffer bytes = {0};
    snprintf(path, sizeof path, "%s/spdm-dump/%s", getenv("CIX_VECTORS"), name);
    FILE *const file = fopen(path, "rb");
    if (!file) {
        printf("  cannot open %s\n", path);
        exit(1);
    }
    for (size_t size; (size = fread(chunk, 1, sizeof chunk, file)) > 0;)
        EXPECT_OK(buffer_append(&bytes, (slice){chunk, size}));
    fclose(file);
    return bytes;
}

static struct bench bench_open(void)
{
    struct bench bench = {.capture = vector("raw-key.pcap"),
                          .files = calloc(1, sizeof *bench.files)};
    struct buffer keys = vector("raw-key.keys.json");
    struct buffer responder = vector("certs/responder.pub.der"),
                  requester = vector("certs/requester.pub.der");
    if (!bench.files)
        exit(1);
    EXPECT_OK(json_read(buffer_view(&keys), &bench.keys));
    EXPECT_OK(spdm_known_files_add(bench.files, &requester));
    EXPECT_OK(spdm_known_files_add(bench.files, &responder));
    buffer_clear(&keys);
    return bench;
}

static void bench_clear(struct bench *bench)
{
    buffer_clear(&bench->capture);
    json_clear(&bench->keys);
    spdm_known_files_clear(bench->files);
    free(bench->files);
}

static void count_message(void *self, const struct spdm_sight *sight)
{
    struct bench *const bench = self;
    bench->messages++;
    if (sight->said)
        json_decref(spdm_said_json(sight->said));
}

static void count_check(void *self, const struct spdm_check *check)
{
    struct bench *const bench = self;
    if (check->result == SPDM_CHECK_FAILED && !bench->results[SPDM_CHECK_FAILED])
        snprintf(bench->failed, sizeof bench->failed, "%s", check->what);
    bench->results[check->result]++;
}

/* Follows all of a capture; `skipped` is the number of a packet that is left out. */
static status follow(struct bench *bench, slice file, const json_t *keys, size_t skipped)
{
    SCOPED(spdm_capture) capture = {0};
    struct spdm_captured captured = {0};
    struct spdm_watch *watch = NULL;
    memset(bench->results, 0, sizeof bench->results);
    bench->messages = 0;
    TRY(spdm_capture_open(file, &capture));
    const struct spdm_watch_given given = {
        .transport = capture.transport, .keys = keys, .files = bench->files};
    const struct spdm_watch_told told = {bench, count_message, count_check};
    TRY(spdm_watch_new(&given, &told, &watch));
    status next = OK;
    while (!(next = spdm_capture_next(&capture, &captured)).fault && captured.packet)
        if (captured.packet != skipped)
            spdm_watch_frame(watch, &captured);
    spdm_watch_free(watch);
    return next;
}

TEST(all_of_a_recorded_conversation_verifies)
{
    if (!getenv("CIX_VECTORS"))
        SKIP(1, "no CIX_VECTORS");
    struct bench bench = bench_open();
    EXPECT_OK(follow(&bench, buffer_view(&bench.capture), bench.keys.root, 0));
    EXPECT(bench.messages == MESSAGES);
    EXPECT(bench.results[SPDM_CHECK_FAILED] == 0 && bench.results[SPDM_CHECK_OPEN] == 0);
    /* A and both TH; three signatures; two HMACs; a tag each record; the key's hash. */
    EXPECT(bench.results[SPDM_CHECK_VERIFIED] == 3 + 3 + 3 + RECORDS + 1);
    bench_clear(&bench);
}

TEST(without_secrets_nothing_fails_and_what_is_in_the_session_stays_open)
{
    if (!getenv("CIX_VECTORS"))
        SKIP(1, "no CIX_VECTORS");
    struct bench bench = bench_open();
    EXPECT_OK(follow(&bench, buffer_view(&bench.capture), NULL, 0));
    EXPECT(bench.results[SPDM_CHECK_FAILED] == 0 && bench.messages == MESSAGES);
    EXPECT(bench.results[SPDM_CHECK_OPEN] >= RECORDS);
    spdm_known_files_clear(bench.files);
    EXPECT_OK(follow(&bench, buffer_view(&bench.capture), NULL, 0));
    EXPECT(bench.results[SPDM_CHECK_FAILED] == 0 && bench.results[SPDM_CHECK_VERIFIED] == 0);
    bench_clear(&bench);
}

TEST(one_bit_flipped_in_any_byte_of_any_message_is_noticed)
{
    if (!getenv("CIX_VECTORS"))
        SKIP(1, "no CIX_VECTORS");
    struct bench bench = bench_open();
    uint8_t *const bytes = bench.capture.data;
    for (size_t at = PCAP_HEADER; at < bench.capture.size;) {
        struct reader reader = reader_of((slice){bytes + at + 8, 4});
        const size_t end = at + PACKET_HEADER + read_le32(&reader);
        for (size_t i = at + PACKET_HEADER + MCTP_HEADER; i < end; i += BIT_STEP) {
            const uint8_t bit = (uint8_t)(1 << i % 8);
            bytes[i] ^= bit;
            const status followed = follow(&bench, buffer_view(&bench.capture), bench.keys.root, 0);
            if (!followed.fault && bench.results[SPDM_CHECK_FAILED] == 0) {
                printf("  byte %zu of the packet at %zu\n", i - at - PACKET_HEADER, at);
                EXPECT(bench.results[SPDM_CHECK_FAILED]);
            }
            bytes[i] ^= bit;
        }
        at = end;
    }
    bench_clear(&bench);
}

TEST(a_packet_that_is_left_out_is_noticed)
{
    if (!getenv("CIX_VECTORS"))
        SKIP(1, "no CIX_VECTORS");
    struct bench bench = bench_open();
    for (size_t skipped = 1; skipped < MESSAGES; skipped++) { /* nothing comes after the last */
        if (skipped == CHALLENGE_AUTH_PACKET || skipped == MEASUREMENTS_PACKET)
            continue; /* nothing rests on these: a request may be asked again */
        EXPECT_OK(follow(&bench, buffer_view(&bench.capture), bench.keys.root, skipped));
        if (bench.results[SPDM_CHECK_FAILED] == 0)
            printf("  without packet %zu\n", skipped);
        EXPECT(bench.results[SPDM_CHECK_FAILED] > 0);
    }
    bench_clear(&bench);
}

/* ---- wrappers in wrappers ---- */

struct tally {
    size_t messages;
    size_t failures;
};

static void tally_message(void *self, const struct spdm_sight *sight)
{
    struct tally *const tally = self;
    tally->messages += sight->said != NULL;
}

static void tally_check(void *self, const struct spdm_check *check)
{
    struct tally *const tally = self;
    tally->failures += check->result == SPDM_CHECK_FAILED;
}

TEST(what_is_encapsulated_holds_nothing_and_chunks_hold_no_chunks)
{
    struct spdm_known_files *const files = calloc(1, sizeof *files);
    struct spdm_watch *watch = NULL;
    struct tally tally = {0};
    const struct spdm_watch_given given = {.transport = &spdm_mctp, .files = files};
    const struct spdm_watch_told told = {&tally, tally_message, tally_check};
    EXPECT_OK(spdm_watch_new(&given, &told, &watch));
    static uint8_t nested[60001] = {5};
    for (size_t i = 1; i + 4 <= sizeof nested; i += 4)
        memcpy(nested + i, (const uint8_t[]){0x13, i == 1 ? 0xEB : 0x6A, 0, 0}, 4);
    spdm_watch_frame(watch, &(struct spdm_captured){1, SPDM_SENDER_UNKNOWN, SLICE(nested)});
    EXPECT(tally.messages == 2 && tally.failures > 0);
    spdm_watch_free(watch);
    free(files);
}

/* How many checks fail in a CHUNK_SEND_ACK of six bytes over DOE, and these two. */
static size_t failures_behind_ack(uint8_t first, uint8_t second)
{
    const uint8_t frame[] = {1,    0, 1, 0, 4, 0, 0,     0, /* DOE's header: four words */
                             0x13, 5, 0, 7, 0, 0, first, second};
    struct spdm_known_files *const files = calloc(1, sizeof *files);
    struct spdm_watch *watch = NULL;
    struct tally tally = {0};
    const struct spdm_watch_given given = {.transport = &spdm_doe, .files = files};
    const struct spdm_watch_told told = {&tally, tally_message, tally_check};
    EXPECT_OK(spdm_watch_new(&given, &told, &watch));
    spdm_watch_frame(watch, &(struct spdm_captured){1, SPDM_SENDER_UNKNOWN, SLICE(frame)});
    EXPECT(tally.messages == 1);
    spdm_watch_free(watch);
    free(files);
    return tally.failures;
}

TEST(padding_behind_an_acknowledged_chunk_is_no_response)
{
    EXPECT(failures_behind_ack(0, 1) == failures_behind_ack(0, 0) + 1);
    EXPECT(failures_behind_ack(1, 0) == failures_behind_ack(0, 0) + 1);
}

/* How many checks fail in GET_VERSION, VERSION, both CAPABILITIES and a HEARTBEAT of `version`. */
static size_t failures_with(uint8_t version)
{
    static const uint8_t begin[][21] = {
        {5, 0x10, 0x84},
        {5, 0x10, 0x04, 0, 0, 0, 1, 0, 0x13},
        {5, 0x13, 0xe1, 0, 0, 0, 0, 0, 0, 0xc0, 0xe2, 0, 0, 0, 0x12, 0, 0, 0, 0x12, 0, 0},
        {5, 0x13, 0x61, 0, 0, 0, 0, 0, 0, 0xf5, 0xe2, 1, 0, 0, 0x12, 0, 0, 0, 0x12, 0, 0},
    };
    static const size_t sizes[] = {5, 9, 21, 21};
    struct spdm_known_files *const files = calloc(1, sizeof *files);
    struct spdm_watch *watch = NULL;
    struct tally tally = {0};
    const struct spdm_watch_given given = {.transport = &spdm_mctp, .files = files};
    const struct spdm_watch_told told = {&tally, tally_message, tally_check};
    const uint8_t heartbeat[] = {5, version, 0xe8, 0, 0};
    struct spdm_captured captured = {1, SPDM_SENDER_UNKNOWN, SLICE(heartbeat)};
    EXPECT_OK(spdm_watch_new(&given, &told, &watch));
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        spdm_watch_frame(watch,
                         &(struct spdm_captured){1, SPDM_SENDER_UNKNOWN, {begin[i], sizes[i]}});
    spdm_watch_frame(watch, &captured);
    spdm_watch_free(watch);
    free(files);
    return tally.failures;
}

TEST(a_message_of_another_version_than_the_negotiated_one_is_noticed)
{
    EXPECT(failures_with(0x13) == 0);
    EXPECT(failures_with(0x12) == 1);
    EXPECT(failures_with(0x14) == 1);
}
