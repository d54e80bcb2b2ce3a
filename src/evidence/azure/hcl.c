/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/azure/hcl.h"

#include "codec/reader.h"

#include <string.h>

enum { HEADER_SIZE = 32, DATA_HEADER_SIZE = 20, REQUEST_TYPE = 2 };

static const enum hash hashes[] = {HASH_NONE, HASH_SHA256, HASH_SHA384, HASH_SHA512};
enum { HASHES = sizeof hashes / sizeof *hashes };

unsigned hcl_hash_type(enum hash hash)
{
    unsigned type = 0;
    while (type < HASHES && hashes[type] != hash)
        type++;
    return type;
}

/* Sizes as the report tells them, each of which follows from the last one. */
struct sizes {
    uint32_t report, data, runtime;
};

static status read_header(struct reader *reader, struct hcl_report *report, struct sizes *sizes)
{
    const slice signature = read_bytes(reader, 4);
    report->version = read_le32(reader);
    sizes->report = read_le32(reader);
    const uint32_t request_type = read_le32(reader);
    read_bytes(reader, HEADER_SIZE - 16); /* status, reserved */
    if (reader->short_of_input)
        return FAIL(TRUNCATED, "the HCL report ends in its header");
    if (!slice_equal(signature, slice_of_text("HCLA")))
        return FAIL(MALFORMED, "no HCL report");
    if (report->version != 1 && report->version != 2)
        return FAIL(UNSUPPORTED, "the HCL report is of an unknown version");
    return request_type == REQUEST_TYPE
               ? OK
               : FAIL(UNSUPPORTED, "the HCL report answers an unknown request");
}

static status read_data_header(struct reader *reader, struct hcl_report *report,
                               struct sizes *sizes)
{
    sizes->data = read_le32(reader);
    read_le32(reader); /* version of the data, which nothing depends on */
    const uint32_t kind = read_le32(reader);
    const uint32_t hash_type = read_le32(reader);
    sizes->runtime = read_le32(reader);
    if (reader->short_of_input)
        return FAIL(TRUNCATED, "the HCL report ends before its runtime data");
    if (kind != HCL_SNP && kind != HCL_TDX)
        return FAIL(UNSUPPORTED, "the HCL report is of an unknown kind of hardware");
    if (hash_type == 0 || hash_type >= HASHES)
        return FAIL(UNSUPPORTED, "the HCL report's runtime data are hashed in an unknown way");
    report->kind = (enum hcl_hardware)kind;
    report->hash = hashes[hash_type];
    return OK;
}

static bool sizes_agree(const struct sizes *sizes)
{
    const uint64_t data = (uint64_t)DATA_HEADER_SIZE + sizes->runtime;
    return sizes->runtime > 0 && sizes->data == data &&
           sizes->report == HEADER_SIZE + HCL_HARDWARE_SIZE + data;
}

/* A TDREPORT is shorter than the area for it. */
static status trim_hardware(struct hcl_report *report)
{
    if (report->kind != HCL_TDX)
        return OK;
    const slice rest = {report->hardware.data + HCL_TD_REPORT_SIZE,
                        HCL_HARDWARE_SIZE - HCL_TD_REPORT_SIZE};
    report->hardware.size = HCL_TD_REPORT_SIZE;
    return slice_is_zero(rest) ? OK
                               : FAIL(MALFORMED, "something follows the HCL report's TDREPORT");
}

status hcl_report_read(slice bytes, struct hcl_report *out)
{
    struct reader reader = reader_of(bytes);
    struct hcl_report report = {0};
    struct sizes sizes = {0};
    if (bytes.size > HCL_REPORT_SIZE_MAX)
        return FAIL(EXHAUSTED, "the HCL report is larger than HCL_REPORT_SIZE_MAX");
    TRY(read_header(&reader, &report, &sizes));
    report.hardware = read_bytes(&reader, HCL_HARDWARE_SIZE);
    TRY(read_data_header(&reader, &report, &sizes));
    if (!sizes_agree(&sizes))
        return FAIL(MALFORMED, "the sizes in the HCL report do not agree");
    report.runtime = read_bytes(&reader, sizes.runtime);
    if (reader.short_of_input)
        return FAIL(TRUNCATED, "the HCL report ends in its runtime data");
    if (!slice_is_zero(reader.left)) /* the NV index is larger than the report */
        return FAIL(MALFORMED, "something follows the HCL report");
    TRY(trim_hardware(&report));
    *out = report;
    return OK;
}

status hcl_expected_report_data(const struct hcl_report *report, uint8_t out[64])
{
    struct digest digest;
    TRY(digest_of(report->hash, report->runtime, &digest));
    memset(out, 0, 64);
    memcpy(out, digest.data, digest.size);
    return OK;
}
