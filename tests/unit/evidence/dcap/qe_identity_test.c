/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/dcap/qe_identity.h"

#include "documents.h"

static struct qe_identity identity;

static status read_body(json_t *body)
{
    SCOPED(buffer) text = document_of("enclaveIdentity", body);
    return qe_identity_read(buffer_view(&text), &identity);
}

static bool reads(json_t *body)
{
    const status result = read_body(body);
    qe_identity_clear(&identity);
    return !result.fault;
}

TEST(a_qe_identity_is_read_as_it_is_written)
{
    EXPECT_OK(read_body(qe_identity_body()));
    EXPECT(identity.kind == QE_KIND_TDX && identity.document.version == 2);
    EXPECT(identity.miscselect[0] == 1 && identity.miscselect_mask[0] == 0x0f);
    EXPECT(identity.attributes[0] == 0x11 && identity.attributes_mask[0] == 0xfb);
    EXPECT(identity.mrsigner[0] == 0xdc && identity.mrsigner[31] == 0xc5);
    EXPECT(identity.isvprodid == 2 && identity.level_count == 2);
    EXPECT(identity.levels[0].isvsvn == 4 && identity.levels[1].isvsvn == 2);
    qe_identity_clear(&identity);
}

/* E2 */
TEST(a_qe_identity_cut_anywhere_is_refused)
{
    SCOPED(buffer) text = document_of("enclaveIdentity", qe_identity_body());
    for (size_t size = 0; size < text.size; size++)
        EXPECT(qe_identity_read((slice){text.data, size}, &identity).fault);
}

TEST(nothing_may_follow_a_qe_identity)
{
    SCOPED(buffer) text = document_of("enclaveIdentity", qe_identity_body());
    EXPECT_OK(buffer_append(&text, slice_of_text(" x")));
    EXPECT_FAIL(MALFORMED, qe_identity_read(buffer_view(&text), &identity));
}

TEST(no_member_of_a_qe_identity_may_be_missing_or_of_another_type)
{
    static const char *const members[] = {
        "id",         "version",        "issueDate",  "nextUpdate",     "tcbEvaluationDataNumber",
        "miscselect", "miscselectMask", "attributes", "attributesMask", "mrsigner",
        "isvprodid",  "tcbLevels",      NULL,
    };
    EXPECT(reads(qe_identity_body()));
    expect_members_needed(qe_identity_body, members, reads);
}

static json_t *body_with_levels(size_t count)
{
    json_t *const body = qe_identity_body();
    json_t *const levels = json_object_get(body, "tcbLevels");
    json_array_clear(levels);
    while (count--)
        json_array_append_new(levels, svn_level_of(1, "UpToDate"));
    return body;
}

/* E6 */
TEST(no_levels_or_too_many_are_refused)
{
    EXPECT(!reads(body_with_levels(0)));
    EXPECT(reads(body_with_levels(SVN_LEVELS_MAX)));
    EXPECT(!reads(body_with_levels(SVN_LEVELS_MAX + 1)));
}

TEST(other_versions_and_other_enclaves_are_unsupported)
{
    static const char *const ids[] = {"", "QVE", "TD_QE2", "qe"};
    json_t *body;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        body = qe_identity_body();
        json_object_set_new(body, "id", json_string(ids[i]));
        EXPECT(!reads(body));
    }
    body = qe_identity_body();
    json_object_set_new(body, "version", json_integer(1));
    EXPECT(!reads(body));
    body = qe_identity_body();
    json_object_set_new(body, "id", json_string("QE"));
    EXPECT_OK(read_body(body));
    EXPECT(identity.kind == QE_KIND_SGX);
    qe_identity_clear(&identity);
}

/* E28: convergence has no rule for any other status of an enclave. */
TEST(a_status_that_enclaves_do_not_have_is_refused)
{
    static const char *const statuses[] = {"ConfigurationNeeded", "SWHardeningNeeded",
                                           "OutOfDateConfigurationNeeded", "Splendid", ""};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        json_t *const body = qe_identity_body();
        json_array_append_new(json_object_get(body, "tcbLevels"), svn_level_of(1, statuses[i]));
        EXPECT(!reads(body));
    }
}

enum { REPORT_MISCSELECT = 16, REPORT_ATTRIBUTES = 48, REPORT_MRSIGNER = 128, REPORT_PRODID = 256 };

/* The report of the enclave that the identity describes. */
static void make_report(uint8_t out[SGX_REPORT_SIZE])
{
    memset(out, 0, SGX_REPORT_SIZE);
    out[REPORT_MISCSELECT] = 0xf1; /* the upper bits are outside the mask */
    out[REPORT_ATTRIBUTES] = 0x15; /* so is bit 2 */
    out[REPORT_ATTRIBUTES + 8] = 0xe7;
    memcpy(out + REPORT_MRSIGNER, identity.mrsigner, sizeof identity.mrsigner);
    out[REPORT_PRODID] = 2;
}

static bool matches(const uint8_t bytes[SGX_REPORT_SIZE])
{
    struct sgx_report report;
    EXPECT_OK(sgx_report_read((slice){bytes, SGX_REPORT_SIZE}, &report));
    const status result = qe_identity_matches(&identity, &report);
    EXPECT(!result.fault || result.fault->failure == FAILURE_UNAUTHENTIC);
    return !result.fault;
}

static bool is_masked_out(size_t bit)
{
    const size_t byte = bit / 8;
    const uint8_t flag = (uint8_t)(1u << bit % 8);
    if (byte >= REPORT_MISCSELECT && byte < REPORT_MISCSELECT + 4)
        return !(identity.miscselect_mask[byte - REPORT_MISCSELECT] & flag);
    if (byte >= REPORT_ATTRIBUTES && byte < REPORT_ATTRIBUTES + 16)
        return !(identity.attributes_mask[byte - REPORT_ATTRIBUTES] & flag);
    return !(byte >= REPORT_MRSIGNER && byte < REPORT_MRSIGNER + 32) &&
           !(byte >= REPORT_PRODID && byte < REPORT_PRODID + 2);
}

/* E25 */
TEST(every_bit_under_a_mask_and_no_other_makes_it_another_enclave)
{
    uint8_t bytes[SGX_REPORT_SIZE];
    EXPECT_OK(read_body(qe_identity_body()));
    make_report(bytes);
    EXPECT(matches(bytes));
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        EXPECT(matches(bytes) == is_masked_out(bit));
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    qe_identity_clear(&identity);
}
