/* SPDX-License-Identifier: Apache-2.0 */

/* What a certificate may say of a key: whatever is read lies within it. */

#include "evidence/android/key_description.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_within(slice part, slice whole)
{
    return part.size == 0 || (part.data >= whole.data && part.size <= whole.size &&
                              part.data + part.size <= whole.data + whole.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct android_key_description description;
    const slice extension = {data, size};
    if (android_key_description_read(extension, &description).fault)
        return 0;
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
    return 0;
}
