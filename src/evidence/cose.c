/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/cose.h"

#include "codec/cbor.h"

#include <stdlib.h>

enum {
    TAG_MAC0 = 17,
    TAG_SIGN1 = 18,
    PARTS = 4,
    HEADER_ALGORITHM = 1,
    HEADER_CRITICAL = 2,
    SIGN_HEADS_SIZE_MAX = 64, /* of the Sig_structure, without what is signed */
};

/* The curve is not left to the key: each algorithm has one.
 * spec: RFC 9053, "ECDSA", and the recommendations there */
static const struct algorithm {
    int64_t number;
    enum curve curve;
    enum hash hash;
} algorithms[] = {
    {COSE_ES256, CURVE_P256, HASH_SHA256},
    {COSE_ES384, CURVE_P384, HASH_SHA384},
    {COSE_ES512, CURVE_P521, HASH_SHA512},
};

static const struct algorithm *algorithm_of(int64_t number)
{
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
        if (algorithms[i].number == number)
            return &algorithms[i];
    return NULL;
}

enum curve cose_algorithm_curve(int64_t algorithm)
{
    const struct algorithm *const known = algorithm_of(algorithm);
    return known ? known->curve : CURVE_NONE;
}

/* ---- reading ---- */

/* False for labels and values that are no whole number, or none that we could name. */
static bool number_of(slice item, int64_t *out)
{
    struct reader reader = reader_of(item);
    struct cbor_item head;
    if (cbor_read(&reader, &head).fault || head.number > INT64_MAX ||
        (head.kind != CBOR_UINT && head.kind != CBOR_NEGATIVE))
        return false;
    const int64_t number = (int64_t)head.number;
    *out = head.kind == CBOR_UINT ? number : -1 - number;
    return true;
}

static status read_tag(struct reader *reader, bool *out_is_mac)
{
    struct cbor_item item;
    TRY(cbor_read(reader, &item));
    if (item.number != TAG_SIGN1 && item.number != TAG_MAC0)
        return FAIL(UNSUPPORTED, "the tag is neither of a COSE_Sign1 nor of a COSE_Mac0");
    *out_is_mac = item.number == TAG_MAC0;
    return OK;
}

/* An empty map may be left out altogether. */
static status read_protected(slice bytes, struct cbor_member out[COSE_HEADERS_MAX],
                             size_t *out_count)
{
    struct reader reader = reader_of(bytes);
    *out_count = 0;
    if (bytes.size == 0)
        return OK;
    TRY(cbor_tolerant_read_map(&reader, COSE_HEADERS_MAX, out, out_count));
    return reader_finish(&reader);
}

static status take_protected(const struct cbor_member *header, struct cose_message *message)
{
    int64_t label;
    if (!number_of(header->key, &label))
        return OK;
    if (label == HEADER_CRITICAL)
        return FAIL(UNSUPPORTED, "a COSE header that must be understood is not known here");
    if (label != HEADER_ALGORITHM)
        return OK;
    return number_of(header->value, &message->algorithm)
               ? OK
               : FAIL(UNSUPPORTED, "the COSE algorithm is no number that we know");
}

/* Nobody signed these: they may not say what only a signer may. */
static status refuse_unprotected(const struct cbor_member *header,
                                 const struct cbor_member *protected_headers, size_t count)
{
    int64_t label;
    if (number_of(header->key, &label) && (label == HEADER_ALGORITHM || label == HEADER_CRITICAL))
        return FAIL(MALFORMED, "the COSE algorithm stands where nobody signed it");
    for (size_t i = 0; i < count; i++)
        if (slice_equal(protected_headers[i].key, header->key))
            return FAIL(MALFORMED, "a COSE header occurs protected and unprotected");
    return OK;
}

static status read_headers(struct reader *reader, struct cose_message *message)
{
    struct cbor_member protected_headers[COSE_HEADERS_MAX], others[COSE_HEADERS_MAX];
    size_t count, other_count;
    TRY(cbor_read_bytes(reader, COSE_HEADER_SIZE_MAX, &message->protected_header));
    TRY(read_protected(message->protected_header, protected_headers, &count));
    TRY(cbor_tolerant_read_map(reader, COSE_HEADERS_MAX, others, &other_count));
    for (size_t i = 0; i < count; i++)
        TRY(take_protected(&protected_headers[i], message));
    for (size_t i = 0; i < other_count; i++)
        TRY(refuse_unprotected(&others[i], protected_headers, count));
    return OK;
}

status cose_read(slice bytes, struct cose_message *out)
{
    struct reader reader = reader_of(bytes);
    struct cose_message message = {0};
    size_t count;
    if (bytes.size > COSE_MESSAGE_SIZE_MAX)
        return FAIL(EXHAUSTED, "the COSE message is larger than we read");
    if (cbor_peek(&reader) == CBOR_TAG)
        TRY(read_tag(&reader, &message.is_mac));
    TRY(cbor_read_array(&reader, PARTS, &count));
    if (count != PARTS)
        return FAIL(MALFORMED, "a COSE message of this kind has four parts");
    TRY(read_headers(&reader, &message));
    if (cbor_peek(&reader) == CBOR_NULL)
        return FAIL(UNSUPPORTED, "the payload of the COSE message is elsewhere");
    TRY(cbor_read_bytes(&reader, COSE_MESSAGE_SIZE_MAX, &message.payload));
    TRY(cbor_read_bytes(&reader, COSE_SIGNATURE_SIZE_MAX, &message.signature));
    TRY(reader_finish(&reader));
    *out = message;
    return OK;
}

/* ---- verifying ---- */

status cose_signed_bytes(slice protected_header, slice payload, struct buffer *out)
{
    const size_t capacity = protected_header.size + payload.size + SIGN_HEADS_SIZE_MAX;
    SCOPED(buffer) space = {.data = malloc(capacity), .capacity = capacity};
    if (!space.data)
        return FAIL(EXHAUSTED, "no memory for what a COSE message signs");
    struct writer writer = writer_over(space.data, capacity);
    slice written;
    cbor_write_array(&writer, PARTS);
    cbor_write_text(&writer, slice_of_text("Signature1"));
    cbor_write_bytes(&writer, protected_header);
    cbor_write_bytes(&writer, (slice){NULL, 0}); /* nothing external */
    cbor_write_bytes(&writer, payload);
    TRY(writer_finish(&writer, &written));
    space.size = written.size;
    *out = buffer_take(&space);
    return OK;
}

status cose_verify(const struct cose_message *message, const struct public_key *key)
{
    const struct algorithm *const algorithm = algorithm_of(message->algorithm);
    SCOPED(buffer) signed_bytes = {0};
    if (message->is_mac)
        return FAIL(UNSUPPORTED, "a COSE_Mac0 is vouched for only to who shares its secret");
    if (!algorithm)
        return FAIL(UNSUPPORTED, "the COSE algorithm is none of ES256, ES384 and ES512");
    if (!public_key_is_on(key, algorithm->curve))
        return FAIL(UNAUTHENTIC, "the key is on another curve than the COSE algorithm has");
    TRY(cose_signed_bytes(message->protected_header, message->payload, &signed_bytes));
    return ecdsa_verify(key, algorithm->curve, algorithm->hash, buffer_view(&signed_bytes),
                        message->signature);
}
