/* SPDX-License-Identifier: Apache-2.0 */

/* A device's measurements over SPDM from a stranger; nobody vouches for them. */

#include "evidence/platform.h"
#include "evidence/spdm/report.h"

#include "share.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { VERIFIED_ONE_OF = 16 };

extern const struct platform spdm_platform;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct facts facts;
    struct spdm_report report;
    SCOPED(buffer) again = {0};
    const slice evidence = {data, size};
    const struct verification request = {.evidence = evidence, .now_s = 1};
    const bool is_read = !spdm_report_read(evidence, &report).fault;
    if (is_read) {
        assert(spdm_platform.recognises(evidence));
        assert(report.block_count <= SPDM_REPORT_BLOCKS_MAX);
        assert(!spdm_report_write(&report, &again).fault);
        assert(slice_equal(buffer_view(&again), evidence));
    }
    memset(&facts, 0, sizeof facts);
    const bool inspected = !spdm_platform.inspect(evidence, NULL, &facts).fault;
    assert(!inspected || is_read);
    if (!is_in_share(evidence, VERIFIED_ONE_OF))
        return 0;
    memset(&facts, 0, sizeof facts);
    const bool verified = !spdm_platform.verify(&request, &facts).fault;
    assert(verified == inspected && !facts_authentic(&facts));
    return 0;
}
