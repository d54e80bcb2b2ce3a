/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A record of measurements with claims, held against evidence from the same stranger: both are cut
 * out of one input. What evidence says of itself must hold.
 */

#include "profile/key_bound.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RECORD_SIZE_MAX = 1 << 17 };

static void check_own(const struct profile_claims *claims, enum hash hash)
{
    static uint8_t space[RECORD_SIZE_MAX];
    struct writer record = writer_over(space, sizeof space);
    if (!profile_claims_block_write(&record, SPDM_INDEX_MANIFEST, hash, claims).fault)
        assert(!profile_claims_check((slice){space, record.size}, hash, claims).fault);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct profile_claims claims;
    struct reader reader = reader_of((slice){data, size});
    const slice record = read_bytes(&reader, read_le16(&reader));
    if (reader.short_of_input)
        return 0;
    if (profile_claims_of(reader.left, &claims).fault)
        claims.count = 0;
    const bool holds = !profile_claims_check(record, HASH_SHA256, &claims).fault;
    assert(!holds || claims.count || record.size);
    if (!claims.count)
        return 0;
    check_own(&claims, HASH_NONE);
    check_own(&claims, HASH_SHA384);
    return 0;
}
