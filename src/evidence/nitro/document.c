/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/nitro/document.h"

#include "evidence/token.h"

enum { CODE_PCRS = 3 /* image; kernel and boot; application: always there */ };

enum field {
    MODULE_ID,
    DIGEST,
    TIMESTAMP,
    PCRS,
    CERTIFICATE,
    CABUNDLE,
    PUBLIC_KEY,
    USER_DATA,
    NONCE,
    FIELDS,
};

/* The sizes are ours where the guide's are smaller than what AWS has sent. */
static const struct token_field fields[FIELDS] = {
    [MODULE_ID] = {.text_key = "module_id",
                   .kind = TOKEN_TEXT,
                   .least = 1,
                   .most = NITRO_MODULE_ID_SIZE_MAX},
    [DIGEST] = {.text_key = "digest", .kind = TOKEN_TEXT, .least = 1, .most = 16},
    [TIMESTAMP] = {.text_key = "timestamp", .kind = TOKEN_NUMBER, .least = 1, .most = INT64_MAX},
    [PCRS] = {.text_key = "pcrs", .kind = TOKEN_MAP},
    [CERTIFICATE] = {.text_key = "certificate",
                     .kind = TOKEN_BYTES,
                     .least = 1,
                     .most = NITRO_CERTIFICATE_SIZE_MAX},
    [CABUNDLE] = {.text_key = "cabundle", .kind = TOKEN_ARRAY},
    [PUBLIC_KEY] = {.text_key = "public_key",
                    .kind = TOKEN_BYTES,
                    .most = NITRO_FIELD_SIZE_MAX,
                    .is_optional = true},
    [USER_DATA] = {.text_key = "user_data",
                   .kind = TOKEN_BYTES,
                   .most = NITRO_FIELD_SIZE_MAX,
                   .is_optional = true},
    [NONCE] = {.text_key = "nonce",
               .kind = TOKEN_BYTES,
               .most = NITRO_FIELD_SIZE_MAX,
               .is_optional = true},
};

/* A PSA token is a COSE_Sign1 too, but with numbers for names. */
bool nitro_document_begins(slice bytes)
{
    struct cose_message message;
    return !cose_read(bytes, &message).fault && !message.is_mac &&
           token_first_key(message.payload) == CBOR_TEXT;
}

static status read_pcr(const struct cbor_member *member, struct nitro_document *document)
{
    struct reader key = reader_of(member->key), value = reader_of(member->value);
    uint64_t index;
    slice pcr;
    TRY(cbor_read_uint(&key, NITRO_PCRS_MAX - 1, &index));
    TRY(cbor_read_bytes(&value, NITRO_PCR_SIZE, &pcr));
    if (pcr.size != NITRO_PCR_SIZE)
        return FAIL(MALFORMED, "a PCR has another size than SHA-384");
    document->pcrs[index] = pcr;
    return OK;
}

static status read_pcrs(slice map, struct nitro_document *document)
{
    struct reader reader = reader_of(map);
    struct cbor_member members[NITRO_PCRS_MAX];
    size_t count;
    TRY(cbor_tolerant_read_map(&reader, NITRO_PCRS_MAX, members, &count));
    for (size_t i = 0; i < count; i++)
        TRY(read_pcr(&members[i], document));
    for (size_t i = 0; i < CODE_PCRS; i++)
        if (!document->pcrs[i].size)
            return FAIL(MALFORMED, "the document lacks one of PCR0 to PCR2");
    return OK;
}

static status read_bundle(slice array, struct nitro_document *document)
{
    struct reader reader = reader_of(array);
    slice items[NITRO_BUNDLE_MAX];
    size_t count;
    TRY(cbor_tolerant_read_array(&reader, NITRO_BUNDLE_MAX, items, &count));
    if (count == 0)
        return FAIL(MALFORMED, "the document brings no issuers of its certificate");
    for (size_t i = 0; i < count; i++) {
        struct reader item = reader_of(items[i]);
        TRY(cbor_read_bytes(&item, NITRO_CERTIFICATE_SIZE_MAX, &document->bundle[i]));
    }
    document->bundle_count = count;
    return OK;
}

static status read_payload(slice payload, struct nitro_document *document)
{
    struct token_value values[FIELDS];
    TRY(token_read(payload, fields, FIELDS, values));
    if (!slice_equal(values[DIGEST].bytes, slice_of_text("SHA384")))
        return FAIL(UNSUPPORTED, "the PCRs are of another hash than SHA-384");
    document->module_id = values[MODULE_ID].bytes;
    document->timestamp_ms = values[TIMESTAMP].number;
    document->certificate = values[CERTIFICATE].bytes;
    document->public_key = values[PUBLIC_KEY].bytes;
    document->user_data = values[USER_DATA].bytes;
    document->nonce = values[NONCE].bytes;
    TRY(read_pcrs(values[PCRS].bytes, document));
    return read_bundle(values[CABUNDLE].bytes, document);
}

status nitro_document_read(slice bytes, struct nitro_document *out)
{
    struct nitro_document document = {0};
    TRY(cose_read(bytes, &document.message));
    if (document.message.is_mac)
        return FAIL(UNSUPPORTED, "an attestation document is signed, and this is a COSE_Mac0");
    TRY(read_payload(document.message.payload, &document));
    *out = document;
    return OK;
}

bool nitro_document_is_debug(const struct nitro_document *document)
{
    for (size_t i = 0; i < CODE_PCRS; i++)
        if (!slice_is_zero(document->pcrs[i]))
            return false;
    return true;
}
