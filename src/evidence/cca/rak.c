/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/cca/rak.h"

#include <string.h>

enum { UNCOMPRESSED = 0x04, COORDINATE_SIZE_MAX = 66, KEY_TYPE_EC2 = 2 };

/* spec: RFC 9053, "Elliptic Curve Keys": the curves by number */
static const struct {
    enum curve curve;
    uint64_t number;
    size_t coordinate_size;
} curves[] = {{CURVE_P256, 1, 32}, {CURVE_P384, 2, 48}, {CURVE_P521, 3, 66}};

enum key_field { KEY_TYPE, KEY_CURVE, KEY_X, KEY_Y, KEY_FIELDS };

static const struct token_field key_fields[KEY_FIELDS] = {
    [KEY_TYPE] = {NULL, 1, .kind = TOKEN_NUMBER, .least = KEY_TYPE_EC2, .most = KEY_TYPE_EC2},
    [KEY_CURVE] = {NULL, -1, .kind = TOKEN_NUMBER, .least = 1, .most = 3},
    [KEY_X] = {NULL, -2, .kind = TOKEN_BYTES, .least = 32, .most = COORDINATE_SIZE_MAX},
    [KEY_Y] = {NULL, -3, .kind = TOKEN_BYTES, .least = 32, .most = COORDINATE_SIZE_MAX},
};

static status read_point(slice point, struct public_key *out)
{
    const slice coordinates = {point.data + 1, point.size - 1};
    for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++)
        if (coordinates.size == 2 * curves[i].coordinate_size)
            return public_key_of_point(curves[i].curve, coordinates, out);
    return FAIL(MALFORMED, "the RAK is a point of no curve's size");
}

static status read_cose_key(slice map, struct public_key *out)
{
    struct token_value values[KEY_FIELDS];
    uint8_t point[2 * COORDINATE_SIZE_MAX];
    TRY(token_read(map, key_fields, KEY_FIELDS, values));
    const size_t index = values[KEY_CURVE].number - 1, size = curves[index].coordinate_size;
    if (values[KEY_X].bytes.size != size || values[KEY_Y].bytes.size != size)
        return FAIL(MALFORMED, "the coordinates of the RAK are not of its curve's size");
    memcpy(point, values[KEY_X].bytes.data, size);
    memcpy(point + size, values[KEY_Y].bytes.data, size);
    return public_key_of_point(curves[index].curve, (slice){point, 2 * size}, out);
}

status cca_rak_read(slice claim, struct public_key *out)
{
    return claim.size && claim.data[0] == UNCOMPRESSED ? read_point(claim, out)
                                                       : read_cose_key(claim, out);
}

static enum hash hash_named(slice name)
{
    static const struct {
        const char *name;
        enum hash hash;
    } hashes[] = {{"sha-256", HASH_SHA256}, {"sha-384", HASH_SHA384}, {"sha-512", HASH_SHA512}};
    for (size_t i = 0; i < sizeof hashes / sizeof hashes[0]; i++)
        if (slice_equal(name, slice_of_text(hashes[i].name)))
            return hashes[i].hash;
    return HASH_NONE;
}

status cca_rak_is_bound(const struct cca_token *token)
{
    struct digest digest;
    const enum hash hash = hash_named(token->realm_values[CCA_RAK_HASH_ALGORITHM].bytes);
    if (hash == HASH_NONE)
        return FAIL(UNSUPPORTED, "the RAK is hashed in a way that we do not know");
    TRY(digest_of(hash, token->realm_values[CCA_RAK].bytes, &digest));
    return slice_equal((slice){digest.data, digest.size},
                       token->platform_values[CCA_PLATFORM_CHALLENGE].bytes)
               ? OK
               : FAIL(UNAUTHENTIC, "the platform token is of another realm key");
}
