/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A chain from a stranger, whom nobody vouches for. Reading it is mostly reading certificates,
 * which has a target of its own.
 */

#include "evidence/platform.h"

#include "share.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct platform android_platform;

static bool is_within(slice part, slice whole)
{
    return part.size == 0 || (part.data >= whole.data && part.size <= whole.size &&
                              part.data + part.size <= whole.data + whole.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct facts facts;
    const slice evidence = {data, size};
    const struct verification request = {.evidence = evidence, .now_s = 1};
    slice told = {0};
    (void)android_platform.recognises(evidence);
    if (!is_in_share(evidence, 16))
        return 0;
    memset(&facts, 0, sizeof facts);
    const status inspected = android_platform.inspect(evidence, NULL, &facts);
    const status reported = android_platform.report_data(evidence, &told);
    assert(inspected.fault || (!reported.fault && is_within(told, evidence)));
    if (!is_in_share(evidence, 256))
        return 0;
    memset(&facts, 0, sizeof facts);
    const status verified = android_platform.verify(&request, &facts);
    assert(!verified.fault == !inspected.fault && !facts_authentic(&facts));
    return 0;
}
