/* SPDX-License-Identifier: Apache-2.0 */

/* The HCL report and its runtime data, where they are not what Azure writes. */

#include "azure_samples.h"
#include "evidence/azure/runtime.h"

static struct buffer report_of(const char *id)
{
    char folder[PATH_SIZE];
    path_join(samples_root(), id, folder);
    return file_read(folder, "hcl_report.bin");
}

static void put_le32(struct buffer *report, size_t at, uint32_t value)
{
    for (size_t i = 0; i < 4; i++)
        report->data[at + i] = (uint8_t)(value >> 8 * i);
}

/* E5, E6, E7 */
TEST(E5_versions_kinds_hashes_and_sizes_that_azure_does_not_write_are_refused)
{
    static const struct {
        size_t offset;
        uint32_t value;
        enum failure failure;
    } cases[] = {
        {0x00, 0, FAILURE_MALFORMED},
        {0x04, 0, FAILURE_UNSUPPORTED}, /* version */
        {0x04, 3, FAILURE_UNSUPPORTED},
        {0x08, 2345, FAILURE_MALFORMED},  /* size of the report */
        {0x0c, 1, FAILURE_UNSUPPORTED},   /* request type */
        {0x4c0, 1129, FAILURE_MALFORMED}, /* size of the data */
        {0x4c8, 3, FAILURE_UNSUPPORTED},  /* kind of hardware */
        {0x4cc, 0, FAILURE_UNSUPPORTED},  /* hash */
        {0x4cc, 4, FAILURE_UNSUPPORTED},
        {0x4d0, 0, FAILURE_MALFORMED}, /* size of the runtime data */
        {0x4d0, UINT32_MAX, FAILURE_MALFORMED},
        {0x4d0, UINT32_MAX - 20, FAILURE_MALFORMED},
    };
    if (samples_are_absent("an HCL report"))
        return;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        SCOPED(buffer) bytes = report_of("azure-snp/milan-live");
        struct hcl_report report = {.version = 99};
        put_le32(&bytes, cases[i].offset, cases[i].value);
        const status read = hcl_report_read(buffer_view(&bytes), &report);
        EXPECT(read.fault && read.fault->failure == cases[i].failure && report.version == 99);
    }
}

/* E2, E3 */
TEST(E2_a_report_cut_in_what_it_holds_or_followed_by_something_is_refused)
{
    enum { RUNTIME_OFFSET = 0x4d4, AFTER_TD_REPORT = 0x20 + HCL_TD_REPORT_SIZE };
    if (samples_are_absent("an HCL report"))
        return;
    SCOPED(buffer) bytes = report_of("azure-tdx/trustee-v1");
    struct hcl_report report;
    EXPECT_OK(hcl_report_read(buffer_view(&bytes), &report));
    EXPECT(report.kind == HCL_TDX && report.version == 2 && report.hash == HASH_SHA256);
    EXPECT(report.hardware.size == HCL_TD_REPORT_SIZE);
    const size_t size = RUNTIME_OFFSET + report.runtime.size;
    for (size_t cut = 0; cut < size; cut++)
        EXPECT_FAIL(TRUNCATED, hcl_report_read((slice){bytes.data, cut}, &report));
    bytes.data[AFTER_TD_REPORT] = 1;
    EXPECT_FAIL(MALFORMED, hcl_report_read(buffer_view(&bytes), &report));
    bytes.data[AFTER_TD_REPORT] = 0;
    bytes.data[bytes.size - 1] = 1;
    EXPECT_FAIL(MALFORMED, hcl_report_read(buffer_view(&bytes), &report));
    bytes.data[bytes.size - 1] = 0;
    while (bytes.size <= HCL_REPORT_SIZE_MAX)
        EXPECT_OK(buffer_append(&bytes, (slice){(const uint8_t[64]){0}, 64}));
    EXPECT_FAIL(EXHAUSTED, hcl_report_read(buffer_view(&bytes), &report));
}

#define MODULUS                                                                                    \
    "p4DKlwABDjqwwHgbhp5Xe8rFP_bl7q3XpfUVFB7ecn7aqqVP9snwFccwW4CXZzjvvw9R8AvyyUy-bH5Pk-7eoEqPvev"  \
    "UY0MzxhpXf5Ty-ZmiH5ET_8jYFlIzIYwcAIBHFV8CyLqYIaAAYFRKw8Rc9TFWi6N8FgSCrQ21AAT_1Puiaz7N2JEvN"   \
    "xByplkl_4rgU7oS3DeRrmoj_BQAB-oIc8ILOH1-_rqnxRy0j6fLdPAt1TJxb0Vdak8ZdQ1I0VSHi2Q182jrV4VqbCx"   \
    "FxMCiV37XFOFGR7ZFyPBmFXmcRDImiq4i0FH8K9AsTYzY_B3sQ-lICp4HBuxQk_DaluyUrw"
#define KEY(kid, kty, n) "{\"kid\":\"" kid "\",\"kty\":\"" kty "\",\"e\":\"AQAB\",\"n\":\"" n "\"}"
#define AK KEY("HCLAkPub", "RSA", MODULUS)
#define DATA(keys, rest) ("{\"keys\":[" keys "]" rest "}")
#define NO_SETTINGS ",\"vm-configuration\":{}"

/* E42 */
TEST(E42_runtime_data_without_exactly_one_attestation_key_are_refused)
{
    static const struct {
        const char *text;
        enum failure failure;
    } cases[] = {
        {DATA("", NO_SETTINGS), FAILURE_MALFORMED},
        {DATA(KEY("HCLEkPub", "RSA", MODULUS), NO_SETTINGS), FAILURE_MALFORMED},
        {DATA(AK "," AK, NO_SETTINGS), FAILURE_MALFORMED},
        {DATA(KEY("HCLAkPub", "EC", MODULUS), NO_SETTINGS), FAILURE_UNSUPPORTED},
        {DATA(KEY("HCLAkPub", "RSA", "AQAB"), NO_SETTINGS), FAILURE_UNSUPPORTED},
        {DATA(AK, ""), FAILURE_MALFORMED},
        {DATA(AK, ",\"vm-configuration\":[]"), FAILURE_MALFORMED},
        {DATA(AK, NO_SETTINGS ",\"user-data\":\"00\""), FAILURE_MALFORMED},
        {DATA(AK, NO_SETTINGS NO_SETTINGS), FAILURE_MALFORMED},
        {DATA("1,2,3,4,5,6,7,8," AK, NO_SETTINGS), FAILURE_EXHAUSTED},
        {"[]", FAILURE_MALFORMED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        SCOPED(hcl_runtime) runtime = {0};
        const status read = hcl_runtime_read(slice_of_text(cases[i].text), &runtime);
        if (!read.fault || read.fault->failure != cases[i].failure)
            printf("  case %zu: %s\n", i, read.fault ? read.fault->what : "read");
        EXPECT(read.fault && read.fault->failure == cases[i].failure);
    }
}

TEST(the_oldest_runtime_data_have_no_user_data)
{
    SCOPED(hcl_runtime) runtime = {0};
    EXPECT_OK(hcl_runtime_read(slice_of_text(DATA(AK, NO_SETTINGS)), &runtime));
    EXPECT(!runtime.has_user_data && public_key_rsa_bits(&runtime.attestation_key) == 2048);
}
