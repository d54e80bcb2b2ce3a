/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/dcap/quote.h"

#include "codec/writer.h"

#include "test.h"

/* A quote written field by field as in Intel's "Quote Format", with each field a byte of its own.
 */
enum { AUTH_SIZE = 5, CHAIN_SIZE = 7, QUOTE_SIZE_MAX = 64 << 10 };
enum { QE_PART_SIZE = 384 + 64 + 2 + 2 + 4 }; /* and the two parts of variable size */

struct shape {
    uint16_t version, body_type;
    uint32_t body_size;
    size_t auth_size, chain_size;
    uint32_t trailing_inside, trailing_outside; /* bytes left over in and after the structure */
    enum dcap_tee tee;
};

static const struct shape version_4 = {4, 0, 584, AUTH_SIZE, CHAIN_SIZE, 0, 0, DCAP_TEE_TDX};
static const struct shape version_5_td10 = {5, 2, 584, AUTH_SIZE, CHAIN_SIZE, 0, 0, DCAP_TEE_TDX};
static const struct shape version_5_td15 = {5, 3, 648, AUTH_SIZE, CHAIN_SIZE, 0, 0, DCAP_TEE_TDX};
static const struct shape version_5_extended = {5,          4, 885, AUTH_SIZE,
                                                CHAIN_SIZE, 0, 0,   DCAP_TEE_TDX};
static const struct shape sgx_3 = {3, 0, 384, AUTH_SIZE, CHAIN_SIZE, 0, 0, DCAP_TEE_SGX};
static const struct shape sgx_4 = {4, 0, 384, AUTH_SIZE, CHAIN_SIZE, 0, 0, DCAP_TEE_SGX};
static const struct shape sgx_5 = {5, 1, 384, AUTH_SIZE, CHAIN_SIZE, 0, 0, DCAP_TEE_SGX};

static void fill(struct writer *writer, uint8_t value, size_t count)
{
    while (count--)
        write_u8(writer, value);
}

/* Type and size of the certification data around the other one. */
static uint32_t wrapping_size(const struct shape *shape)
{
    return shape->version == 3 ? 0 : 6;
}

static slice write_quote(const struct shape *shape)
{
    static uint8_t space[QUOTE_SIZE_MAX];
    const uint32_t inner =
        (uint32_t)(QE_PART_SIZE + shape->auth_size + shape->chain_size) + shape->trailing_inside;
    struct writer writer = writer_over(space, sizeof space);
    slice written = {0};

    write_le16(&writer, shape->version);
    write_le16(&writer, 2);
    write_le32(&writer, shape->tee);
    write_le16(&writer, 0x1234);
    write_le16(&writer, 0x5678);
    fill(&writer, 'v', 16);
    fill(&writer, 'u', 20);
    if (shape->version == 5) {
        write_le16(&writer, shape->body_type);
        write_le32(&writer, shape->body_size);
    }
    fill(&writer, 'b', shape->body_size);
    write_le32(&writer, 64 + 64 + wrapping_size(shape) + inner);
    fill(&writer, 's', 64);
    fill(&writer, 'k', 64);
    if (wrapping_size(shape)) {
        write_le16(&writer, 6);
        write_le32(&writer, inner);
    }
    fill(&writer, 'q', 384);
    fill(&writer, 'r', 64);
    write_le16(&writer, (uint16_t)shape->auth_size);
    fill(&writer, 'a', shape->auth_size);
    write_le16(&writer, 5);
    write_le32(&writer, (uint32_t)shape->chain_size);
    fill(&writer, 'c', shape->chain_size);
    fill(&writer, 'x', shape->trailing_inside);
    fill(&writer, 'y', shape->trailing_outside);
    EXPECT_OK(writer_finish(&writer, &written));
    return written;
}

static bool all(slice bytes, uint8_t value, size_t size)
{
    bool same = bytes.size == size;
    for (size_t i = 0; same && i < size; i++)
        same = bytes.data[i] == value;
    return same;
}

static void expect_read(const struct shape *shape, enum dcap_body body_type)
{
    const slice bytes = write_quote(shape);
    struct dcap_quote quote;
    EXPECT_OK(dcap_quote_read(bytes, shape->tee, &quote));
    EXPECT(quote.version == shape->version && quote.key_type == 2 && quote.tee_type == shape->tee);
    EXPECT(quote.qe_svn == (shape->version == 3 ? 0x1234 : 0));
    EXPECT(quote.pce_svn == (shape->version == 3 ? 0x5678 : 0));
    EXPECT(all(quote.qe_vendor_id, 'v', 16) && all(quote.user_data, 'u', 20));
    EXPECT(quote.body_type == body_type && all(quote.body, 'b', shape->body_size));
    EXPECT(quote.signed_bytes.data == bytes.data &&
           quote.signed_bytes.data + quote.signed_bytes.size == quote.body.data + quote.body.size);
    EXPECT(all(quote.signature, 's', 64) && all(quote.attestation_key, 'k', 64));
    EXPECT(all(quote.qe_report, 'q', 384) && all(quote.qe_report_signature, 'r', 64));
    EXPECT(all(quote.qe_auth_data, 'a', shape->auth_size));
    EXPECT(quote.certification_type == 5 && all(quote.certification, 'c', shape->chain_size));
    EXPECT(quote.key_certification.data == quote.attestation_key.data);
    EXPECT(quote.key_certification.size ==
           64 + wrapping_size(shape) + 384 + 64 + 2 + shape->auth_size);
    EXPECT(all(quote.trailing, 'y', shape->trailing_outside));
}

TEST(every_field_of_every_kind_of_quote_is_where_the_format_says)
{
    expect_read(&version_4, DCAP_BODY_TD10);
    expect_read(&version_5_td10, DCAP_BODY_TD10);
    expect_read(&version_5_td15, DCAP_BODY_TD15);
    expect_read(&version_5_extended, DCAP_BODY_TD15_EXTENDED);
    expect_read(&sgx_3, DCAP_BODY_SGX);
    expect_read(&sgx_4, DCAP_BODY_SGX);
    expect_read(&sgx_5, DCAP_BODY_SGX);
    struct shape without = version_4; /* authentication data and chain */
    without.auth_size = without.chain_size = 0;
    expect_read(&without, DCAP_BODY_TD10);
}

static void expect_cuts_refused(const struct shape *shape)
{
    const slice bytes = write_quote(shape);
    for (size_t size = 0; size < bytes.size; size++) {
        struct dcap_quote got = {.version = 99};
        uint8_t *const exact = malloc(size ? size : 1);
        memcpy(exact, bytes.data, size);
        EXPECT_FAIL(TRUNCATED, dcap_quote_read((slice){exact, size}, shape->tee, &got));
        EXPECT(got.version == 99);
        free(exact);
    }
}

/* E2 */
TEST(a_quote_cut_anywhere_is_refused_and_leaves_out_untouched)
{
    expect_cuts_refused(&version_4);
    expect_cuts_refused(&version_5_extended);
    expect_cuts_refused(&sgx_3);
    expect_cuts_refused(&sgx_5);
}

/* E3 */
TEST(bytes_left_over_inside_are_refused_and_those_after_are_told)
{
    struct shape shape = version_4;
    struct dcap_quote quote;
    shape.trailing_outside = 9;
    expect_read(&shape, DCAP_BODY_TD10);
    shape.trailing_inside = 1;
    EXPECT_FAIL(MALFORMED, dcap_quote_read(write_quote(&shape), shape.tee, &quote));
    shape = sgx_3;
    shape.trailing_outside = 9;
    expect_read(&shape, DCAP_BODY_SGX);
    shape.trailing_inside = 1;
    EXPECT_FAIL(MALFORMED, dcap_quote_read(write_quote(&shape), shape.tee, &quote));
}

/* E6 */
TEST(more_than_we_keep_is_refused)
{
    struct shape shape = version_4;
    struct dcap_quote quote;
    shape.auth_size = DCAP_QE_AUTH_DATA_SIZE_MAX;
    shape.chain_size = DCAP_CERTIFICATION_SIZE_MAX;
    expect_read(&shape, DCAP_BODY_TD10);
    shape.auth_size++;
    EXPECT_FAIL(EXHAUSTED, dcap_quote_read(write_quote(&shape), shape.tee, &quote));
    shape.auth_size--;
    shape.chain_size++;
    EXPECT_FAIL(EXHAUSTED, dcap_quote_read(write_quote(&shape), shape.tee, &quote));
}

/* E7 */
TEST(a_body_of_unknown_type_or_with_another_types_size_is_refused)
{
    struct dcap_quote quote;
    for (unsigned type = 0; type < 16; type++) {
        struct shape shape = version_5_td10;
        shape.body_type = (uint16_t)type;
        if (type < 2 || type > 4)
            EXPECT_FAIL(UNSUPPORTED, dcap_quote_read(write_quote(&shape), shape.tee, &quote));
        else if (type > 2)
            EXPECT_FAIL(MALFORMED, dcap_quote_read(write_quote(&shape), shape.tee, &quote));
    }
}

/* E7 */
TEST(a_body_of_the_other_tee_is_refused)
{
    struct dcap_quote quote;
    for (unsigned type = 0; type < 16; type++) {
        struct shape shape = sgx_5;
        shape.body_type = (uint16_t)type;
        if (type != DCAP_BODY_SGX)
            EXPECT_FAIL(UNSUPPORTED, dcap_quote_read(write_quote(&shape), shape.tee, &quote));
    }
    EXPECT_FAIL(UNSUPPORTED, dcap_quote_read(write_quote(&sgx_4), DCAP_TEE_TDX, &quote));
    EXPECT_FAIL(UNSUPPORTED, dcap_quote_read(write_quote(&version_4), DCAP_TEE_SGX, &quote));
    struct shape shape = version_4;
    shape.version = 3; /* no TD was ever quoted in it */
    EXPECT_FAIL(UNSUPPORTED, dcap_quote_read(write_quote(&shape), shape.tee, &quote));
}

/* E14: an SNP report of version 4 or 5 begins with the same two bytes. */
TEST(only_quotes_of_the_tee_asked_for_are_recognised)
{
    static const uint8_t snp_report_v5[1184] = {5, [0x34] = 1};
    EXPECT(dcap_quote_begins(write_quote(&version_4), DCAP_TEE_TDX));
    EXPECT(dcap_quote_begins(write_quote(&version_5_td15), DCAP_TEE_TDX));
    EXPECT(!dcap_quote_begins(write_quote(&version_4), DCAP_TEE_SGX));
    EXPECT(dcap_quote_begins(write_quote(&sgx_3), DCAP_TEE_SGX));
    EXPECT(!dcap_quote_begins(write_quote(&sgx_3), DCAP_TEE_TDX));
    EXPECT(!dcap_quote_begins(write_quote(&sgx_4), DCAP_TEE_TDX));
    EXPECT(!dcap_quote_begins(SLICE(snp_report_v5), DCAP_TEE_TDX));
    EXPECT(!dcap_quote_begins(SLICE(snp_report_v5), DCAP_TEE_SGX));
    EXPECT(!dcap_quote_begins((slice){NULL, 0}, DCAP_TEE_TDX));
}

TEST(an_sgx_report_has_its_fields_where_the_manual_says_and_one_size_only)
{
    uint8_t bytes[385] = {0};
    struct sgx_report report;
    static const struct {
        size_t offset, size;
    } fields[] = {{0, 16},   {16, 4},   {48, 16}, {64, 32}, {128, 32},
                  {192, 64}, {320, 64}, {32, 16}, {304, 16}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        memset(bytes + fields[i].offset, (int)i + 1, fields[i].size);
    bytes[256] = 0x34;
    bytes[257] = 0x12;
    bytes[258] = 0x78;
    bytes[259] = 0x56;
    bytes[260] = 0xbc;
    bytes[261] = 0x9a;
    EXPECT_OK(sgx_report_read((slice){bytes, 384}, &report));
    EXPECT(all(report.cpusvn, 1, 16) && all(report.miscselect, 2, 4));
    EXPECT(all(report.attributes, 3, 16) && all(report.mrenclave, 4, 32));
    EXPECT(all(report.mrsigner, 5, 32) && all(report.config_id, 6, 64));
    EXPECT(all(report.report_data, 7, 64));
    EXPECT(all(report.isvextprodid, 8, 16) && all(report.isvfamilyid, 9, 16));
    EXPECT(report.isvprodid == 0x1234 && report.isvsvn == 0x5678 && report.configsvn == 0x9abc);
    for (size_t size = 0; size < 384; size++)
        EXPECT_FAIL(TRUNCATED, sgx_report_read((slice){bytes, size}, &report));
    EXPECT_FAIL(MALFORMED, sgx_report_read((slice){bytes, 385}, &report));
}
