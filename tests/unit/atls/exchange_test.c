/* SPDX-License-Identifier: Apache-2.0 */
#include "atls/exchange.h"

#include "atls/cmw.h"
#include "codec/text.h"
#include "test.h"

enum { WRITTEN_MAX = 4096 };

/* Written by hand after RFC 8949, not by our writer. */
#define NONCE_HEX "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define REQUEST_HEX "860101010158 20" NONCE_HEX "82 63736e70 63746478"
#define KEY_ALONE_HEX "8601010100 5820" NONCE_HEX "80"
#define EVIDENCE_HEX "87020119012c 63746478 43820102 41ff 82 4161 426263"
#define NO_EVIDENCE_HEX "87020101 60 40 40 80"
#define ACCEPT_HEX "86030101 f5 80 18b4"
#define REFUSE_HEX "86030103 f4 82 71 5444585f44454255475f414c4c4f574544 62 5832 00"

static const char *const samples[] = {REQUEST_HEX,     KEY_ALONE_HEX, EVIDENCE_HEX,
                                      NO_EVIDENCE_HEX, ACCEPT_HEX,    REFUSE_HEX};
enum { SAMPLES = sizeof samples / sizeof *samples };

static void bytes_of(const char *hex, struct buffer *out)
{
    char digits[WRITTEN_MAX] = {0};
    size_t count = 0;
    for (; *hex; hex++)
        if (*hex != ' ')
            digits[count++] = *hex;
    buffer_clear(out);
    EXPECT_OK(hex_read(slice_of_text(digits), out));
}

static status read_hex(const char *hex, struct exchange_message *out)
{
    static struct buffer bytes;
    bytes_of(hex, &bytes);
    return exchange_read(buffer_view(&bytes), out);
}

/* ---- what is said ---- */

TEST(a_request_says_round_model_nonce_and_platforms)
{
    struct exchange_message message;
    EXPECT_OK(read_hex(REQUEST_HEX, &message));
    EXPECT(message.kind == EXCHANGE_REQUEST && message.request.round == 1);
    EXPECT(message.request.wants_evidence && message.request.nonce[31] == 0x1f);
    EXPECT(message.request.platform_count == 2);
    EXPECT(slice_equal(message.request.platforms[1], slice_of_text("tdx")));
    EXPECT_OK(read_hex(KEY_ALONE_HEX, &message));
    EXPECT(!message.request.wants_evidence && message.request.platform_count == 0);
}

TEST(evidence_says_round_platform_wrapper_side_claims_and_endorsements)
{
    struct exchange_message message;
    EXPECT_OK(read_hex(EVIDENCE_HEX, &message));
    EXPECT(message.kind == EXCHANGE_EVIDENCE && message.evidence.round == 300);
    EXPECT(slice_equal(message.evidence.platform, slice_of_text("tdx")));
    EXPECT(message.evidence.cmw.size == 3 && message.evidence.side_claims.size == 1);
    EXPECT(message.evidence.endorsement_count == 2 && message.evidence.endorsements[1].size == 2);
    EXPECT_OK(read_hex(NO_EVIDENCE_HEX, &message));
    EXPECT(!message.evidence.platform.size);
}

TEST(a_verdict_says_round_decision_reasons_and_the_next_round)
{
    struct exchange_message message;
    EXPECT_OK(read_hex(ACCEPT_HEX, &message));
    EXPECT(message.kind == EXCHANGE_VERDICT && message.verdict.accepted);
    EXPECT(message.verdict.next_round_s == 180 && message.verdict.reason_count == 0);
    EXPECT_OK(read_hex(REFUSE_HEX, &message));
    EXPECT(!message.verdict.accepted && message.verdict.round == 3);
    EXPECT(slice_equal(message.verdict.reasons[0], slice_of_text("TDX_DEBUG_ALLOWED")));
}

TEST(messages_are_written_as_they_were_read)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        SCOPED(buffer) bytes = {0};
        SCOPED(buffer) written = {0};
        struct exchange_message message;
        bytes_of(samples[i], &bytes);
        EXPECT_OK(exchange_read(buffer_view(&bytes), &message));
        EXPECT_OK(exchange_write(&message, &written));
        EXPECT(slice_equal(buffer_view(&bytes), buffer_view(&written)));
    }
}

/* ---- what is refused ---- */

TEST(messages_cut_anywhere_are_refused_and_leave_out_untouched)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        SCOPED(buffer) bytes = {0};
        bytes_of(samples[i], &bytes);
        for (size_t size = 0; size < bytes.size; size++) {
            uint8_t *const exact = malloc(size ? size : 1);
            memcpy(exact, bytes.data, size);
            struct exchange_message message = {.kind = EXCHANGE_NONE, .request.round = 99};
            const status read = exchange_read((slice){exact, size}, &message);
            EXPECT(read.fault && message.kind == EXCHANGE_NONE && message.request.round == 99);
            free(exact);
        }
    }
}

TEST(bytes_left_over_are_refused)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        SCOPED(buffer) bytes = {0};
        struct exchange_message message;
        bytes_of(samples[i], &bytes);
        EXPECT_OK(buffer_append(&bytes, slice_of_text("\xf6")));
        EXPECT_FAIL(MALFORMED, exchange_read(buffer_view(&bytes), &message));
    }
}

/* E33 */
TEST(arrays_of_0_1_and_3_elements_are_refused)
{
    static const char *const arrays[] = {"80",
                                         "8101",
                                         "83010101",
                                         "8101 01",
                                         "82 0101",
                                         "85010101 01 5820" NONCE_HEX,
                                         "8701010101 5820" NONCE_HEX "80 00"};
    struct exchange_message message;
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        EXPECT(read_hex(arrays[i], &message).fault);
}

/* E33: only the one deterministic spelling. */
TEST(other_spellings_of_the_same_message_are_refused)
{
    static const char *const spellings[] = {
        "9f0101010158 20" NONCE_HEX "80 ff",         /* indefinite array */
        "86180101010158 20" NONCE_HEX "80",          /* 1 in two bytes */
        "86010101 01 5f5820" NONCE_HEX "ff 80",      /* indefinite string */
        "9806010101 01 5820" NONCE_HEX "80",         /* count in two bytes */
        "860101fb3ff000000000000001 5820" NONCE_HEX, /* a float */
        "c6860101010158 20" NONCE_HEX "80",          /* a tag */
        "a60101010101 5820" NONCE_HEX "80",          /* a map */
        "86010101 f5 5820" NONCE_HEX "80",           /* a flag for a model */
        "86030101 01 80 00",                         /* a number for a flag */
        "86010101 01 7820" NONCE_HEX "80",           /* text for bytes */
    };
    struct exchange_message message;
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++)
        EXPECT(read_hex(spellings[i], &message).fault);
}

/* E7 */
TEST(unknown_versions_models_and_kinds_are_refused)
{
    struct exchange_message message;
    EXPECT_FAIL(UNSUPPORTED, read_hex("8601020101 5820" NONCE_HEX "80", &message));
    EXPECT_FAIL(UNSUPPORTED, read_hex("8601000101 5820" NONCE_HEX "80", &message));
    EXPECT_FAIL(UNSUPPORTED, read_hex("8601010102 5820" NONCE_HEX "80", &message));
    EXPECT_FAIL(MALFORMED, read_hex("8600010101 5820" NONCE_HEX "80", &message));
    EXPECT_FAIL(MALFORMED, read_hex("8604010101 5820" NONCE_HEX "80", &message));
}

TEST(round_zero_short_nonces_and_contradictions_are_refused)
{
    static const char *const wrong[] = {
        "8601010001 5820" NONCE_HEX "80",               /* round 0 */
        "860101011b0000000100000000 01 5820" NONCE_HEX, /* a round of 33 bits */
        "8601010101 581f"
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e"
        "80",
        "8601010101 5821" NONCE_HEX "20 80",
        "87020101 60 41ff 40 80",         /* evidence without a platform */
        "87020101 60 40 41ff 80",         /* side claims without one */
        "87020101 60 40 40 81 41ff",      /* endorsements without one */
        "87020101 63746478 40 40 80",     /* a platform without evidence */
        "87020101 63746478 41ff 40 8140", /* an empty endorsement */
        "87020101 63544458 41ff 40 80",   /* "TDX" */
        "86030101 f5 81 6141 00",         /* accepted, with a reason */
        "86030101 f4 80 00",              /* refused without one */
        "86030101 f4 81 6141 01",         /* refused, with a next round */
        "86030101 f4 81 6161 00",         /* a reason in small letters */
        "86030101 f4 81 60 00",           /* an empty one */
    };
    struct exchange_message message;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        EXPECT(read_hex(wrong[i], &message).fault);
}

/* O2: reasons are printed as they are. */
TEST(reasons_hold_nothing_that_a_terminal_or_a_log_would_obey)
{
    EXPECT(exchange_is_reason(slice_of_text("SNP_TCB_BELOW_MINIMUM_2")));
    EXPECT(!exchange_is_reason(slice_of_text("A B")) && !exchange_is_reason(slice_of_text("A\n")));
    EXPECT(!exchange_is_reason(slice_of_text("\x1b[31m")));
    EXPECT(!exchange_is_reason((slice){(const uint8_t *)"A\0B", 3}));
    EXPECT(!exchange_is_reason((slice){0}));
}

static status write(const struct exchange_message *message)
{
    SCOPED(buffer) bytes = {0};
    return exchange_write(message, &bytes);
}

/* E6 */
TEST(too_many_or_too_large_are_refused_by_reader_and_writer)
{
    struct exchange_message message;
    EXPECT(read_hex("8601010101 5820" NONCE_HEX "91 6161616161616161616161616161616161616161616161"
                    "6161616161616161616161616161616161",
                    &message)
               .fault);
    EXPECT(read_hex("86030101f4 89 614161416141614161416141614161416141 00", &message).fault);
    EXPECT(read_hex("8601010101 5820" NONCE_HEX "9bffffffffffffffff", &message).fault);
    EXPECT(read_hex("8702010163746478 5bffffffffffffffff", &message).fault);
    EXPECT(read_hex("9bffffffffffffffff", &message).fault);

    message = (struct exchange_message){
        .kind = EXCHANGE_REQUEST,
        .request = {.round = 1, .platform_count = EXCHANGE_PLATFORMS_MAX + 1}};
    EXPECT_FAIL(EXHAUSTED, write(&message));
    message = (struct exchange_message){
        .kind = EXCHANGE_VERDICT,
        .verdict = {.round = 1, .reason_count = EXCHANGE_REASONS_MAX + 1}};
    EXPECT_FAIL(EXHAUSTED, write(&message));
    message =
        (struct exchange_message){.kind = EXCHANGE_EVIDENCE,
                                  .evidence = {.round = 1,
                                               .platform = slice_of_text("tdx"),
                                               .cmw = slice_of_text("x"),
                                               .endorsement_count = EXCHANGE_ENDORSEMENTS_MAX + 1}};
    EXPECT_FAIL(EXHAUSTED, write(&message));

    static uint8_t huge[EXCHANGE_MESSAGE_SIZE_MAX + 1] = {0x86};
    EXPECT_FAIL(EXHAUSTED, exchange_read(SLICE(huge), &message));
    message.evidence.endorsement_count = 0;
    message.evidence.cmw = SLICE(huge);
    EXPECT_FAIL(EXHAUSTED, write(&message));
    message.kind = EXCHANGE_NONE;
    EXPECT_FAIL(INTERNAL, write(&message));
}

TEST(the_largest_counts_are_written_and_read_back)
{
    struct exchange_message message = {
        .kind = EXCHANGE_EVIDENCE,
        .evidence = {.round = UINT32_MAX,
                     .platform = slice_of_text("a-platform-of-thirty-two-letters"),
                     .cmw = slice_of_text("x"),
                     .endorsement_count = EXCHANGE_ENDORSEMENTS_MAX}};
    for (size_t i = 0; i < EXCHANGE_ENDORSEMENTS_MAX; i++)
        message.evidence.endorsements[i] = slice_of_text("e");
    SCOPED(buffer) bytes = {0};
    struct exchange_message read;
    EXPECT_OK(exchange_write(&message, &bytes));
    EXPECT_OK(exchange_read(buffer_view(&bytes), &read));
    EXPECT(read.evidence.endorsement_count == EXCHANGE_ENDORSEMENTS_MAX);
    EXPECT(read.evidence.round == UINT32_MAX && read.evidence.platform.size == 32);
}

/* ---- the wrapper ---- */

static status read_record(const char *hex, struct cmw *out)
{
    static struct buffer bytes;
    bytes_of(hex, &bytes);
    return cmw_read(buffer_view(&bytes), out);
}

TEST(a_wrapper_is_two_elements_and_is_written_as_it_was_read)
{
    struct cmw cmw;
    SCOPED(buffer) written = {0};
    SCOPED(buffer) expected = {0};
    bytes_of("82 63 612f62 42 0102", &expected);
    EXPECT_OK(read_record("82 63 612f62 42 0102", &cmw));
    EXPECT(slice_equal(cmw.type, slice_of_text("a/b")) && cmw.value.size == 2);
    EXPECT_OK(cmw_write(&cmw, &written));
    EXPECT(slice_equal(buffer_view(&written), buffer_view(&expected)));
}

/* E33, E37 */
TEST(wrappers_of_0_1_or_3_elements_collections_and_tags_are_refused)
{
    static const char *const wrong[] = {
        "80",
        "81 63612f62",
        "83 63612f62 420102 04",
        "82 63612f62",
        "82 63612f62 60",
        "82 60 41ff",
        "82 63612f62 40",
        "82 19ffff 41ff",
        "a1 6161 82 63612f62 41ff",
        "da63740101 41ff",
        "82 63612f62 82 63612f62 41ff",
        "82 63612f62 420102 00",
        "",
        "82 63612f62 5bffffffffffffffff",
        "9f 63612f62 420102 ff",
    };
    struct cmw cmw;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        EXPECT(read_record(wrong[i], &cmw).fault);
    EXPECT_FAIL(INTERNAL, cmw_write(&(struct cmw){.value = slice_of_text("x")}, NULL));
    EXPECT_FAIL(EXHAUSTED, cmw_write(&(struct cmw){.type = slice_of_text("x")}, NULL));
}
