/* SPDX-License-Identifier: Apache-2.0 */

/* A realm's token from a stranger, whom nobody vouches for: read, inspected and
 * verified alike. */

#include "evidence/cca/token.h"
#include "evidence/platform.h"

#include "share.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct platform cca_platform;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct facts facts;
    struct cca_token parts;
    const slice evidence = {data, size};
    const struct verification request = {.evidence = evidence, .now_s = 1};
    slice report_data;
    const bool is_read = !cca_token_read(evidence, &parts).fault;
    assert(!is_read || cca_platform.recognises(evidence));
    assert(!cca_platform.report_data(evidence, &report_data).fault == is_read);
    memset(&facts, 0, sizeof facts);
    const status inspected = cca_platform.inspect(evidence, NULL, &facts);
    assert(!inspected.fault == is_read && facts.check_count == 0);
    if (!is_in_share(evidence, 64))
        return 0;
    memset(&facts, 0, sizeof facts);
    const status verified = cca_platform.verify(&request, &facts);
    assert(!verified.fault == is_read && !facts_authentic(&facts));
    return 0;
}
