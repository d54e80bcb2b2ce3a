/* SPDX-License-Identifier: Apache-2.0 */

/* A PSA device's token from a stranger, whom nobody vouches for: read,
 * inspected and verified alike. */

#include "evidence/platform.h"
#include "evidence/psa/token.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct platform psa_platform;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct facts facts;
    struct psa_token parts;
    const slice evidence = {data, size};
    const struct verification request = {.evidence = evidence, .now_s = 1};
    slice report_data;
    const bool is_read = !psa_token_read(evidence, &parts).fault;
    assert(!is_read || psa_platform.recognises(evidence));
    assert(!psa_platform.report_data(evidence, &report_data).fault == is_read);
    memset(&facts, 0, sizeof facts);
    const status inspected = psa_platform.inspect(evidence, NULL, &facts);
    assert(!inspected.fault == is_read && facts.check_count == 0);
    memset(&facts, 0, sizeof facts);
    const status verified = psa_platform.verify(&request, &facts);
    assert(!verified.fault == (is_read && !parts.message.is_mac) && !facts_authentic(&facts));
    return 0;
}
