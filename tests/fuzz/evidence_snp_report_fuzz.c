/* SPDX-License-Identifier: Apache-2.0 */

/* A report from a stranger: its parts, put together again, are the input; nobody vouches for it. */

#include "evidence/platform.h"
#include "evidence/snp/report.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct platform snp_platform;

static void check_parts(const uint8_t *data, const struct snp_report *report)
{
    assert(report->signed_bytes.data == data && report->signed_bytes.size == SNP_SIGNED_SIZE);
    assert(report->report_data.data == data + 0x50 && report->report_data.size == 64);
    assert(report->measurement.data == data + 0x90 && report->measurement.size == 48);
    assert(report->chip_id.data == data + 0x1a0 && report->chip_id.size == SNP_CHIP_ID_SIZE);
    assert(report->signature_r.data == data + SNP_SIGNED_SIZE);
    assert(report->signature_s.data == report->signature_r.data + SNP_SIGNATURE_NUMBER_SIZE);
    assert(report->has_cpuid || report->product == SNP_PRODUCT_UNKNOWN);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct facts facts;
    struct snp_report report;
    const slice evidence = {data, size};
    const struct verification request = {.evidence = evidence, .now_s = 1};
    const bool is_read = !snp_report_read(evidence, &report).fault;
    if (is_read) {
        assert(snp_platform.recognises(evidence));
        check_parts(data, &report);
    }
    memset(&facts, 0, sizeof facts);
    const status inspected = snp_platform.inspect(evidence, NULL, &facts);
    assert(!inspected.fault == is_read);
    memset(&facts, 0, sizeof facts);
    const status verified = snp_platform.verify(&request, &facts);
    assert(!verified.fault == is_read && !facts_authentic(&facts));
    return 0;
}
