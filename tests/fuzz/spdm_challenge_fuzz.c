/* SPDX-License-Identifier: Apache-2.0 */

/* CHALLENGE and CHALLENGE_AUTH from anybody. */

#include "spdm_fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static spdm_again *const agains[] = {spdm_again_challenge, spdm_again_challenge_auth, NULL};
    return spdm_fuzz(data, size, agains);
}
