/* SPDX-License-Identifier: Apache-2.0 */

/*
 * An HCL report from a stranger, alone and as what is left of a container. Its parts lie inside it
 * and in their order; nobody vouches for any of it.
 */

#include "evidence/azure/hcl.h"
#include "evidence/azure/runtime.h"
#include "evidence/platform.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct platform azure_snp_platform, azure_tdx_platform;

static void check_report(slice bytes)
{
    struct hcl_report report;
    uint8_t expected[64];
    struct hcl_runtime runtime = {0};
    if (hcl_report_read(bytes, &report).fault)
        return;
    assert(report.version == 1 || report.version == 2);
    assert(report.hardware.data == bytes.data + 0x20);
    assert(report.hardware.size == (report.kind == HCL_SNP ? 1184 : 1024));
    assert(report.runtime.data == bytes.data + 0x4d4 && report.runtime.size > 0);
    assert(report.runtime.data + report.runtime.size <= bytes.data + bytes.size);
    assert(!hcl_expected_report_data(&report, expected).fault);
    if (!hcl_runtime_read(report.runtime, &runtime).fault)
        assert(runtime.attestation_key.pkey && json_is_object(runtime.configuration));
    hcl_runtime_clear(&runtime);
}

static void check_platform(const struct platform *platform, slice evidence)
{
    static struct facts facts;
    const struct verification request = {.evidence = evidence, .now_s = 1};
    memset(&facts, 0, sizeof facts);
    const bool is_read = !platform->inspect(evidence, NULL, &facts).fault;
    assert(!is_read || platform->recognises(evidence));
    memset(&facts, 0, sizeof facts);
    const status verified = platform->verify(&request, &facts);
    assert(!verified.fault == is_read && !facts_authentic(&facts));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const slice bytes = {data, size};
    check_report(bytes);
    check_platform(&azure_snp_platform, bytes);
    check_platform(&azure_tdx_platform, bytes);
    return 0;
}
