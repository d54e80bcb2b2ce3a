/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/cose.h"

#include "codec/cbor.h"
#include "evidence/cose.h"

#include <stdlib.h>

enum { TAG_SIGN1 = 18, HEADER_ALGORITHM = 1, HEADER_SIZE_MAX = 16, OVERHEAD_MAX = 256 };

static status protect(int64_t algorithm, uint8_t space[HEADER_SIZE_MAX], slice *out)
{
    struct writer writer = writer_over(space, HEADER_SIZE_MAX);
    cbor_write_map(&writer, 1);
    cbor_write_uint(&writer, HEADER_ALGORITHM);
    cbor_write_negative(&writer, (uint64_t)(-1 - algorithm));
    return writer_finish(&writer, out);
}

static status sign(int64_t algorithm, const struct private_key *key, slice protected_header,
                   slice payload, struct buffer *out_signature)
{
    SCOPED(buffer) bytes = {0};
    const enum curve curve = cose_algorithm_curve(algorithm);
    const enum hash hash = curve == CURVE_P256   ? HASH_SHA256
                           : curve == CURVE_P384 ? HASH_SHA384
                                                 : HASH_SHA512;
    if (algorithm >= 0 || curve == CURVE_NONE)
        return FAIL(UNSUPPORTED, "simulated tokens are signed with ES256, ES384 or ES512");
    TRY(cose_signed_bytes(protected_header, payload, &bytes));
    return ecdsa_sign(key, curve, hash, buffer_view(&bytes), out_signature);
}

status sim_cose_sign(int64_t algorithm, bool is_tagged, const struct private_key *key,
                     slice payload, struct buffer *out)
{
    uint8_t header[HEADER_SIZE_MAX];
    const size_t capacity = payload.size + OVERHEAD_MAX;
    SCOPED(buffer) signature = {0};
    SCOPED(buffer) space = {.data = malloc(capacity), .capacity = capacity};
    slice protected_header, written;
    if (!space.data)
        return FAIL(EXHAUSTED, "no memory for a simulated token");
    TRY(protect(algorithm, header, &protected_header));
    TRY(sign(algorithm, key, protected_header, payload, &signature));
    struct writer writer = writer_over(space.data, capacity);
    if (is_tagged)
        cbor_write_tag(&writer, TAG_SIGN1);
    cbor_write_array(&writer, 4);
    cbor_write_bytes(&writer, protected_header);
    cbor_write_map(&writer, 0);
    cbor_write_bytes(&writer, payload);
    cbor_write_bytes(&writer, buffer_view(&signature));
    TRY(writer_finish(&writer, &written));
    return buffer_append(out, written);
}
