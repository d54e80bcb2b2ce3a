/* SPDX-License-Identifier: Apache-2.0 */

/* Every form of the same evidence unwraps to the same bytes; what is none of them is refused. */

#include "evidence/cmw.h"
#include "samples.h"

enum { REPORT_SIZE = 1184 };

/* Bytes that the table of platforms takes for an SNP report, and nothing more than that. */
static struct buffer fake_report(void)
{
    uint8_t bytes[REPORT_SIZE] = {5};
    struct buffer report = {0};
    for (size_t i = 4; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7);
    EXPECT_OK(buffer_append(&report, SLICE(bytes)));
    return report;
}

static void append_text(struct buffer *buffer, const char *text)
{
    EXPECT_OK(buffer_append(buffer, slice_of_text(text)));
}

static void append_bytes(struct buffer *buffer, const char *hex)
{
    SCOPED(buffer) bytes = {0};
    EXPECT_OK(hex_read(slice_of_text(hex), &bytes));
    EXPECT_OK(buffer_append(buffer, buffer_view(&bytes)));
}

static void append_hex_of(struct buffer *buffer, slice bytes)
{
    char text[2 * REPORT_SIZE + 1];
    hex_write(bytes, text);
    append_text(buffer, text);
}

static void append_base64url_of(struct buffer *buffer, slice bytes)
{
    SCOPED(buffer) text = {0};
    EXPECT_OK(base64url_write(bytes, &text));
    EXPECT_OK(buffer_append(buffer, buffer_view(&text)));
}

static void expect_unwraps(const struct buffer *file, slice expected, const char *expected_type)
{
    SCOPED(buffer) got = {0};
    char type[64] = "unwritten";
    EXPECT_OK(evidence_unwrap(buffer_view(file), &got, type));
    EXPECT(slice_equal(buffer_view(&got), expected));
    if (strcmp(type, expected_type) != 0)
        printf("  type is '%s'\n", type);
    EXPECT(strcmp(type, expected_type) == 0);
}

#define EXPECT_NOT_UNWRAPPED(failure, file)                                                        \
    do {                                                                                           \
        struct buffer got = {0};                                                                   \
        char type[64] = "untouched";                                                               \
        EXPECT_FAIL(failure, evidence_unwrap(buffer_view(file), &got, type));                      \
        EXPECT(!got.data && strcmp(type, "untouched") == 0);                                       \
        buffer_clear(&got);                                                                        \
    } while (0)

TEST(raw_evidence_passes_through)
{
    SCOPED(buffer) report = fake_report();
    expect_unwraps(&report, buffer_view(&report), "");
    SCOPED(buffer) unknown = {0};
    append_bytes(&unknown, "ff00ff00");
    expect_unwraps(&unknown, buffer_view(&unknown), "");
}

TEST(E1_nothing_is_not_evidence)
{
    SCOPED(buffer) file = {0};
    EXPECT_NOT_UNWRAPPED(TRUNCATED, &file);
    append_text(&file, " \r\n\t");
    EXPECT_NOT_UNWRAPPED(TRUNCATED, &file);
}

TEST(evidence_in_hex_is_read_with_prefix_and_line_ends)
{
    SCOPED(buffer) report = fake_report();
    const slice bytes = buffer_view(&report);
    SCOPED(buffer) file = {0};
    append_hex_of(&file, bytes);
    expect_unwraps(&file, bytes, "");

    SCOPED(buffer) lines = {0};
    append_text(&lines, "0x");
    for (size_t at = 0; at < bytes.size; at += 37) {
        const size_t size = bytes.size - at < 37 ? bytes.size - at : 37;
        append_hex_of(&lines, (slice){bytes.data + at, size});
        append_text(&lines, "\r\n");
    }
    expect_unwraps(&lines, bytes, "");
}

TEST(evidence_in_base64_is_read_in_either_alphabet)
{
    SCOPED(buffer) report = fake_report();
    SCOPED(buffer) url = {0};
    SCOPED(buffer) standard = {0};
    append_base64url_of(&url, buffer_view(&report));
    append_text(&url, "\n");
    expect_unwraps(&url, buffer_view(&report), "");
    EXPECT_OK(base64_write(buffer_view(&report), &standard));
    expect_unwraps(&standard, buffer_view(&report), "");
}

/* E43, E39 */
TEST(E43_one_pem_block_is_read_whatever_its_label_and_the_text_around_it)
{
    SCOPED(buffer) report = fake_report();
    SCOPED(buffer) block = {0};
    SCOPED(buffer) file = {0};
    EXPECT_OK(pem_write("SEV-SNP ATTESTATION REPORT", buffer_view(&report), &block));
    append_text(&file, "Made by a tool on Tuesday:\r\n");
    EXPECT_OK(buffer_append(&file, buffer_view(&block)));
    expect_unwraps(&file, buffer_view(&report), "");
    EXPECT_OK(buffer_append(&file, buffer_view(&block)));
    EXPECT_NOT_UNWRAPPED(UNSUPPORTED, &file);
}

/* `head` in hex is what stands before the evidence, `tail` after it. */
static void write_around(const char *head, slice bytes, const char *tail, struct buffer *out)
{
    append_bytes(out, head);
    EXPECT_OK(buffer_append(out, bytes));
    append_bytes(out, tail);
}

/* 59 04a0: 1184 bytes follow. */
#define EVIDENCE_HEAD "5904a0"
#define TYPE_X "6d6170706c69636174696f6e2f78" /* text: application/x */

TEST(a_cbor_record_is_unwrapped_with_its_type)
{
    SCOPED(buffer) report = fake_report();
    static const struct {
        const char *head, *tail, *type;
    } forms[] = {
        {"82" TYPE_X EVIDENCE_HEAD, "", "application/x"},
        {"83" TYPE_X EVIDENCE_HEAD, "04", "application/x"},
        {"83" TYPE_X EVIDENCE_HEAD, "06", "application/x"},
        {"8219fde7" EVIDENCE_HEAD, "", "64999"},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        SCOPED(buffer) file = {0};
        write_around(forms[i].head, buffer_view(&report), forms[i].tail, &file);
        expect_unwraps(&file, buffer_view(&report), forms[i].type);
        SCOPED(buffer) text = {0}; /* and base64 around it */
        append_base64url_of(&text, buffer_view(&file));
        expect_unwraps(&text, buffer_view(&report), forms[i].type);
    }
}

/* The draft's own example: content format 64999 is tag 1668612070. */
TEST(a_cbor_tag_is_unwrapped_to_its_content_format)
{
    SCOPED(buffer) report = fake_report();
    static const struct {
        const char *head, *type;
    } forms[] = {{"da6374ffe6" EVIDENCE_HEAD, "64999"},
                 {"da63740101" EVIDENCE_HEAD, "0"},
                 {"da637401ff" EVIDENCE_HEAD, "254"},
                 {"da63740201" EVIDENCE_HEAD, "255"}};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        SCOPED(buffer) file = {0};
        write_around(forms[i].head, buffer_view(&report), "", &file);
        expect_unwraps(&file, buffer_view(&report), forms[i].type);
    }
}

TEST(a_json_record_is_unwrapped_with_its_type)
{
    SCOPED(buffer) report = fake_report();
    static const char *const forms[][2] = {{"[\"application/x\",\"", "\"]"},
                                           {" [ \"application/x\" ,\n\"", "\" , 4 ]\n"}};
    for (size_t i = 0; i < 2; i++) {
        SCOPED(buffer) file = {0};
        append_text(&file, forms[i][0]);
        append_base64url_of(&file, buffer_view(&report));
        append_text(&file, forms[i][1]);
        expect_unwraps(&file, buffer_view(&report), "application/x");
    }
}

TEST(a_collection_with_one_evidence_is_unwrapped)
{
    SCOPED(buffer) report = fake_report();
    SCOPED(buffer) json = {0};
    append_text(&json, "{\"__cmwc_t\": \"tag:example.com,2026:x\", "
                       "\"certificates\": [\"application/pkix-cert\", \"MAAA\", 2], "
                       "\"report\": [\"application/x\", \"");
    append_base64url_of(&json, buffer_view(&report));
    append_text(&json, "\"]}");
    expect_unwraps(&json, buffer_view(&report), "application/x");

    SCOPED(buffer) cbor = {0}; /* {1: record, 2: [application/x, h'00', 2]} */
    write_around("a20182" TYPE_X EVIDENCE_HEAD, buffer_view(&report), "0283" TYPE_X "410002",
                 &cbor);
    expect_unwraps(&cbor, buffer_view(&report), "application/x");
}

TEST(E14_a_type_of_ours_must_name_the_platform_of_its_evidence)
{
    SCOPED(buffer) report = fake_report();
    static const struct {
        const char *type;
        bool is_right;
    } types[] = {{"application/vnd.cix.evidence.snp", true},
                 {"application/vnd.cix.evidence.tdx", false},
                 {"application/vnd.cix.evidence.", false},
                 {"application/vnd.cix.evidence.snp2", false}};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        SCOPED(buffer) file = {0};
        append_text(&file, "[\"");
        append_text(&file, types[i].type);
        append_text(&file, "\",\"");
        append_base64url_of(&file, buffer_view(&report));
        append_text(&file, "\"]");
        if (types[i].is_right)
            expect_unwraps(&file, buffer_view(&report), types[i].type);
        else
            EXPECT_NOT_UNWRAPPED(UNSUPPORTED, &file);
    }
}

/* E33, E37, E39, E42 */
TEST(E37_wrappers_that_hold_no_evidence_or_two_or_more_wrappers_are_refused)
{
    SCOPED(buffer) report = fake_report();
    static const struct {
        const char *head, *tail;
    } unsupported[] = {
        {"83" TYPE_X EVIDENCE_HEAD, "02"},                     /* endorsements */
        {"da63740101a10182" TYPE_X EVIDENCE_HEAD, ""},         /* a tag around something embedded */
        {"a101a10182" TYPE_X EVIDENCE_HEAD, ""},               /* a collection in a collection */
        {"a20182" TYPE_X EVIDENCE_HEAD, "0282" TYPE_X "41aa"}, /* two evidences */
        {"a10183" TYPE_X EVIDENCE_HEAD, "02"},                 /* none */
    };
    static const struct {
        const char *head, *tail;
    } malformed[] = {
        {"82" TYPE_X EVIDENCE_HEAD, "00"},   /* bytes left over */
        {"83" TYPE_X EVIDENCE_HEAD, "1820"}, /* unknown indicator bits */
        {"83" TYPE_X EVIDENCE_HEAD, "1804"}, /* not the shortest form */
        {"8260" EVIDENCE_HEAD, ""},          /* an empty type */
        {"82636120"
         "62" EVIDENCE_HEAD,
         ""},                                                  /* a space in the type */
        {"821a00010000" EVIDENCE_HEAD, ""},                    /* no content format */
        {"da63740200" EVIDENCE_HEAD, ""},                      /* a tag of no content format */
        {"82" TYPE_X "5f" EVIDENCE_HEAD, "ff"},                /* of indefinite length */
        {"a20182" TYPE_X EVIDENCE_HEAD, "0182" TYPE_X "41aa"}, /* one label twice */
    };
    for (size_t i = 0; i < sizeof unsupported / sizeof unsupported[0]; i++) {
        SCOPED(buffer) file = {0};
        write_around(unsupported[i].head, buffer_view(&report), unsupported[i].tail, &file);
        EXPECT_NOT_UNWRAPPED(UNSUPPORTED, &file);
    }
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        SCOPED(buffer) file = {0};
        const int before = test_failures;
        write_around(malformed[i].head, buffer_view(&report), malformed[i].tail, &file);
        EXPECT_NOT_UNWRAPPED(MALFORMED, &file);
        if (test_failures != before)
            printf("  malformed %zu\n", i);
    }
}

TEST(E39_a_collection_of_two_evidences_is_refused_though_each_is_good)
{
    SCOPED(buffer) report = fake_report();
    SCOPED(buffer) json = {0};
    SCOPED(buffer) cbor = {0};
    for (int i = 0; i < 2; i++) {
        append_text(&json,
                    i == 0 ? "{\"a\":[\"application/x\",\"" : ",\"b\":[\"application/x\",\"");
        append_base64url_of(&json, buffer_view(&report));
        append_text(&json, "\"]");
        write_around(i == 0 ? "a20182" TYPE_X EVIDENCE_HEAD : "0282" TYPE_X EVIDENCE_HEAD,
                     buffer_view(&report), "", &cbor);
    }
    append_text(&json, "}");
    EXPECT_NOT_UNWRAPPED(UNSUPPORTED, &json);
    EXPECT_NOT_UNWRAPPED(UNSUPPORTED, &cbor);
}

TEST(E37_a_wrapper_around_what_is_no_evidence_is_refused)
{
    SCOPED(buffer) json = {0};
    append_text(&json, "[\"application/unknown\",\"AAAAAAAA\"]");
    EXPECT_NOT_UNWRAPPED(UNSUPPORTED, &json);
    SCOPED(buffer) cbor = {0};
    append_bytes(&cbor, "82" TYPE_X "44deadbeef");
    EXPECT_NOT_UNWRAPPED(UNSUPPORTED, &cbor);
}

TEST(E42_json_that_is_no_wrapper_is_refused)
{
    static const char *const malformed[] = {
        "[\"application/x\"]",
        "[\"application/x\",\"AAAA\",4,4]",
        "[\"application/x\",\"AAAA\",32]",
        "[\"application/x\",\"AAAA\",-1]",
        "[\"application/x\",\"AAAA\",\"4\"]",
        "[\"application/x\",[]]",
        "[\"application/x\",\"!\"]",
        "[\"\",\"AAAA\"]",
        "[\"application/x\",\"AAAA\"] and more",
        "{\"a\":[\"application/x\",\"AAAA\"],\"a\":[\"application/x\",\"AAAA\"]}",
        "{\"a\":",
    };
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++) {
        SCOPED(buffer) file = {0};
        const int before = test_failures;
        append_text(&file, malformed[i]);
        EXPECT_NOT_UNWRAPPED(MALFORMED, &file);
        if (test_failures != before)
            printf("  %s\n", malformed[i]);
    }
}

TEST(E2_a_wrapper_cut_anywhere_is_not_unwrapped)
{
    SCOPED(buffer) report = fake_report();
    SCOPED(buffer) cbor = {0};
    write_around("82" TYPE_X EVIDENCE_HEAD, buffer_view(&report), "", &cbor);
    for (size_t size = 2; size < cbor.size; size++) { /* less is no wrapper yet */
        struct buffer got = {0};
        char type[64];
        uint8_t *const exact = malloc(size);
        memcpy(exact, cbor.data, size);
        const status result = evidence_unwrap((slice){exact, size}, &got, type);
        EXPECT(result.fault && (result.fault->failure == FAILURE_TRUNCATED ||
                                result.fault->failure == FAILURE_MALFORMED));
        buffer_clear(&got);
        free(exact);
    }
}

/* As veraison dumps configfs-tsm, and as quote services answer. */
TEST(what_vendors_tools_write_in_json_is_unwrapped)
{
    SCOPED(buffer) report = fake_report();
    static const char *const forms[][2] = {
        {"{\"provider\":\"sev_guest\\n\",\"auxblob\":\"AAAA\",\"outblob\":\"", "\"}"},
        {"{ \"quote\": \"", "\", \"cc_eventlog\": null }"}};
    for (size_t i = 0; i < 2; i++) {
        SCOPED(buffer) file = {0};
        append_text(&file, forms[i][0]);
        append_base64url_of(&file, buffer_view(&report));
        append_text(&file, forms[i][1]);
        expect_unwraps(&file, buffer_view(&report), "");
    }
    SCOPED(buffer) two = {0};
    append_text(&two, "{\"quote\":\"AAAA\",\"report\":\"AAAA\"}"); /* E39 */
    EXPECT_NOT_UNWRAPPED(UNSUPPORTED, &two);
}

TEST(evidence_above_the_limit_is_refused)
{
    SCOPED(buffer) file = {0};
    static uint8_t block[64 << 10];
    memset(block, 0xee, sizeof block);
    for (size_t i = 0; i < EVIDENCE_SIZE_MAX / sizeof block; i++)
        EXPECT_OK(buffer_append(&file, SLICE(block)));
    expect_unwraps(&file, buffer_view(&file), "");
    EXPECT_OK(buffer_append(&file, (slice){block, 1}));
    EXPECT_NOT_UNWRAPPED(EXHAUSTED, &file);
    for (size_t i = 0; i < 4 * EVIDENCE_SIZE_MAX / sizeof block; i++)
        EXPECT_OK(buffer_append(&file, SLICE(block)));
    EXPECT_NOT_UNWRAPPED(EXHAUSTED, &file);
}

/* Real ones, of every family in the table, in every form a tool would write. */
static void unwrap_sample(const char *id, const struct sample *sample)
{
    (void)id;
    SCOPED(buffer) text = {0};
    SCOPED(buffer) pem = {0};
    const slice evidence = buffer_view(&sample->evidence);
    if (!platform_of(evidence))
        return;
    expect_unwraps(&sample->evidence, evidence, "");
    append_base64url_of(&text, evidence);
    expect_unwraps(&text, evidence, "");
    EXPECT_OK(pem_write("QUOTE", evidence, &pem));
    expect_unwraps(&pem, evidence, "");
}

TEST(real_evidence_is_unwrapped_from_every_form)
{
    if (!samples_root())
        SKIP(2, "no shared samples");
    EXPECT(samples_each("tdx", "", unwrap_sample) > 0);
    EXPECT(samples_each("snp", "milan", unwrap_sample) > 0);
}
