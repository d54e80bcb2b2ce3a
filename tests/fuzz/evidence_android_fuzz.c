/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A chain from a stranger, and beside it what a certificate may say of a key: nobody vouches for
 * either. The first byte says which the rest is, and whether a chain's signatures are verified,
 * which takes most of the time.
 */

#include "evidence/android/key_description.h"
#include "evidence/android/revocation.h"
#include "evidence/platform.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const struct platform android_platform;

static bool is_within(slice part, slice whole)
{
    return part.size == 0 || (part.data >= whole.data && part.size <= whole.size &&
                              part.data + part.size <= whole.data + whole.size);
}

static void try_description(slice extension)
{
    static struct android_key_description description;
    if (android_key_description_read(extension, &description).fault)
        return;
    assert(is_within(description.challenge, extension));
    assert(description.challenge.size <= ANDROID_CHALLENGE_SIZE_MAX);
    assert(description.attestation_version >= 2 && description.attestation_version <= 500);
    const struct android_authorizations *const lists[] = {&description.software,
                                                          &description.hardware};
    for (size_t i = 0; i < 2; i++) {
        assert(lists[i]->root_of_trust.verified_boot_state < ANDROID_BOOT_STATE_END);
        assert(is_within(lists[i]->application.der, extension));
        for (size_t j = 0; j < ANDROID_AUTHORIZATION_COUNT; j++)
            assert(is_within(lists[i]->plain[j].bytes, extension));
    }
}

static void try_chain(slice evidence, bool verifies)
{
    static struct facts facts;
    const struct verification request = {.evidence = evidence, .now_s = 1};
    slice told = {0};
    memset(&facts, 0, sizeof facts);
    const status inspected = android_platform.inspect(evidence, NULL, &facts);
    const status reported = android_platform.report_data(evidence, &told);
    assert(inspected.fault || (!reported.fault && is_within(told, evidence)));
    if (!verifies)
        return;
    memset(&facts, 0, sizeof facts);
    const status verified = android_platform.verify(&request, &facts);
    assert(!verified.fault == !inspected.fault && !facts_authentic(&facts));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const slice rest = {data + 1, size - 1};
    if (data[0] & 1)
        try_description(rest);
    else
        try_chain(rest, data[0] & 2);
    return 0;
}
