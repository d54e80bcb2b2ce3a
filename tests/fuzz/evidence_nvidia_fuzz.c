/* SPDX-License-Identifier: Apache-2.0 */

/* A device's measurements from a stranger; nobody vouches for them. */

#include "evidence/nvidia/report.h"
#include "evidence/platform.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct platform nvidia_platform;

static bool is_within(slice part, slice whole)
{
    return part.data >= whole.data && part.data + part.size <= whole.data + whole.size;
}

static void check_parts(slice evidence, const struct nvidia_report *report)
{
    size_t blocks = 0;
    assert(memcmp(report->request.nonce, evidence.data + 4, SPDM_NONCE_SIZE) == 0);
    assert(report->signed_bytes.data == evidence.data);
    assert(report->response.signature.data == evidence.data + report->signed_bytes.size);
    assert(report->signed_bytes.size + NVIDIA_SIGNATURE_SIZE == evidence.size);
    for (size_t i = 0; i < NVIDIA_BLOCKS_MAX; i++) {
        const slice digest = report->measurements[i];
        assert(digest.size == 0 || digest.size == NVIDIA_DIGEST_SIZE);
        assert(digest.size == 0 || is_within(digest, report->signed_bytes));
        blocks += digest.size != 0;
    }
    assert(blocks == report->response.block_count);
    for (size_t i = 0; i < NVIDIA_FIELDS_MAX; i++)
        assert(!report->fields[i].data || is_within(report->fields[i], report->signed_bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct facts facts;
    struct nvidia_report report;
    const slice evidence = {data, size};
    const struct verification request = {.evidence = evidence, .now_s = 1};
    const bool is_read = !nvidia_report_read(evidence, &report).fault;
    if (is_read) {
        assert(nvidia_platform.recognises(evidence));
        check_parts(evidence, &report);
    }
    memset(&facts, 0, sizeof facts);
    const bool inspected = !nvidia_platform.inspect(evidence, NULL, &facts).fault;
    assert(!inspected || is_read); /* what is read may still not fit into the claims */
    memset(&facts, 0, sizeof facts);
    const bool verified = !nvidia_platform.verify(&request, &facts).fault;
    assert(verified == inspected && !facts_authentic(&facts));
    return 0;
}
