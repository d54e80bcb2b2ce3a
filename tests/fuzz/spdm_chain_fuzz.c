/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as a certificate chain; the first says of which version, role and model. What is
 * accepted gives the same facts again, is not anchored where no root was given, and is written as
 * it was where its root is in it.
 */

#include "spdm/chain.h"

#include "crypto/der.h"

#include <assert.h>
#include <openssl/err.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HASH_SIZE = 32, CERTIFICATES = SPDM_CHAIN_HEADER_SIZE + HASH_SIZE };

static struct spdm_chain_rules rules_of(uint8_t first)
{
    return (struct spdm_chain_rules){.version = (uint8_t)(SPDM_1_0 + (first & 7) % 5),
                                     .hash = HASH_SHA256,
                                     .asym = first & 0x40 ? ASYM_ECDSA_P256 : ASYM_NONE,
                                     .is_requester = first & 8,
                                     .model = first >> 4 & 3};
}

/* Reserved bytes are all that may be lost. */
static void write_again(const struct spdm_chain *chain, slice bytes)
{
    SCOPED(buffer) written = {0};
    const slice certificates = {bytes.data + CERTIFICATES, bytes.size - CERTIFICATES};
    const status wrote = spdm_chain_write(HASH_SHA256, certificates, &written);
    if (wrote.fault) {
        assert(bytes.size > SPDM_CHAIN_SIZE_MAX);
        return;
    }
    assert(written.size == bytes.size &&
           slice_equal((slice){written.data, 2}, (slice){bytes.data, 2}));
    const slice root = {written.data + SPDM_CHAIN_HEADER_SIZE, HASH_SIZE};
    if (slice_equal(root, (slice){chain->root.data, chain->root.size}))
        assert(slice_equal((slice){written.data + 4, written.size - 4},
                           (slice){bytes.data + 4, bytes.size - 4}));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const struct spdm_chain_rules rules = rules_of(data[0]);
    const slice bytes = {data + 1, size - 1};
    SCOPED(spdm_chain) chain = {0};
    SCOPED(spdm_chain) again = {0};
    if (!spdm_chain_read(&rules, bytes, &chain).fault) {
        struct digest digest;
        assert(!digest_of(HASH_SHA256, bytes, &digest).fault);
        assert(digest_equal(&digest, &chain.digest) && !chain.is_anchored);
        assert(!spdm_chain_read(&rules, bytes, &again).fault);
        assert(certificate_equal(&again.leaf, &chain.leaf));
        assert(again.not_before_s == chain.not_before_s && again.not_after_s == chain.not_after_s);
        write_again(&chain, bytes);
    } else {
        assert(!chain.leaf.x509 && !chain.key.pkey);
    }
    assert(ERR_peek_error() == 0);
    return 0;
}
