/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A file that somebody calls endorsements, then a report verified with whatever was in it: it may
 * bring certificates and lists of any content, but nobody who is trusted.
 */

#include "evidence/platform.h"
#include "evidence/snp/chain.h"

#include "share.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct platform snp_platform;

static void verify_with(const struct endorsements *endorsements)
{
    static struct facts facts;
    static uint8_t report[SNP_REPORT_SIZE] = {3};
    const struct verification request = {
        .evidence = SLICE(report), .endorsements = endorsements, .now_s = 1800000000};
    memset(&facts, 0, sizeof facts);
    const status verified = snp_platform.verify(&request, &facts);
    assert(!verified.fault && !facts_authentic(&facts));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct endorsements endorsements;
    const slice file = {data, size};
    const status added = endorsements_add(&endorsements, file);
    const size_t count = endorsements.count;
    if (added.fault)
        assert(count == 0);
    else if (is_in_share(file, 64))
        verify_with(&endorsements);
    if (is_in_share(file, 4)) { /* each reads all of it again */
        const status again = endorsements_add(&endorsements, file);
        assert(!again.fault == !added.fault);
        assert(endorsements.count == count); /* nothing is added twice */
        const status trusted = endorsements_trust(&endorsements, file);
        assert(!trusted.fault == (endorsements.anchor_count > 0));
    }
    endorsements_clear(&endorsements);
    return 0;
}
