/* SPDX-License-Identifier: Apache-2.0 */

/* What a peer wants certified: refused, or made into a request that is DER. */

#include "crypto/der.h"
#include "crypto/issue.h"

#include "vectors/sim/keys.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { P256_KEY = 3 };
    static struct private_key key;
    SCOPED(buffer) der = {0};
    if (!key.pkey && private_key_read_pem(slice_of_text(sim_test_keys[P256_KEY]), &key).fault)
        abort();
    if (signing_request_make(&key, SIGNATURE_ECDSA_SHA256, "CN=Device", (slice){data, size}, &der)
            .fault) {
        if (der.size)
            abort();
    } else if (der_check(buffer_view(&der)).fault) {
        abort();
    }
    return 0;
}
