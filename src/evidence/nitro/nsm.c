/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/nitro/nsm.h"

/* spec: aws-nitro-enclaves-nsm-api, "ErrorCode" */
static status refused(slice code)
{
    if (slice_equal(code, slice_of_text("InvalidArgument")))
        return FAIL(UNAVAILABLE, "the Nitro security module refused an argument as invalid");
    if (slice_equal(code, slice_of_text("InvalidOperation")))
        return FAIL(UNAVAILABLE, "the Nitro security module does not do this now");
    if (slice_equal(code, slice_of_text("InputTooLarge")))
        return FAIL(UNAVAILABLE, "the request was too large for the Nitro security module");
    if (slice_equal(code, slice_of_text("BufferTooSmall")))
        return FAIL(UNAVAILABLE, "the document is larger than the memory for it");
    if (slice_equal(code, slice_of_text("InternalError")))
        return FAIL(UNAVAILABLE, "the Nitro security module failed");
    return FAIL(UNAVAILABLE, "the Nitro security module answered with an error");
}

status nsm_write_attestation_request(struct writer *writer, slice user_data)
{
    if (user_data.size > NSM_USER_DATA_SIZE_MAX)
        return FAIL(MALFORMED, "user data has at most 512 bytes");
    cbor_write_map(writer, 1);
    cbor_write_text(writer, slice_of_text("Attestation"));
    cbor_write_map(writer, 3);
    cbor_write_text(writer, slice_of_text("user_data"));
    cbor_write_bytes(writer, user_data);
    cbor_write_text(writer, slice_of_text("nonce"));
    cbor_write_null(writer);
    cbor_write_text(writer, slice_of_text("public_key"));
    cbor_write_null(writer);
    return OK;
}

/* A map of one member, whose key says what the value is. */
static status read_only_member(slice map, struct cbor_member *out)
{
    struct reader reader = reader_of(map);
    size_t count;
    TRY(cbor_tolerant_read_map(&reader, 1, out, &count));
    TRY(reader_finish(&reader));
    return count == 1 ? OK : FAIL(MALFORMED, "the Nitro security module's answer says nothing");
}

static bool is_text(slice item, const char *text)
{
    struct reader reader = reader_of(item);
    slice found;
    return !cbor_read_text(&reader, NSM_ERROR_SIZE_MAX, &found).fault &&
           slice_equal(found, slice_of_text(text));
}

static status read_error(slice item)
{
    struct reader reader = reader_of(item);
    slice code;
    TRY(cbor_read_text(&reader, NSM_ERROR_SIZE_MAX, &code));
    return refused(code);
}

status nsm_read_attestation_response(slice response, slice *out_document)
{
    struct cbor_member answer, document;
    TRY(read_only_member(response, &answer));
    if (is_text(answer.key, "Error"))
        return read_error(answer.value);
    if (!is_text(answer.key, "Attestation"))
        return FAIL(MALFORMED, "the Nitro security module answered another question");
    TRY(read_only_member(answer.value, &document));
    if (!is_text(document.key, "document"))
        return FAIL(MALFORMED, "the Nitro security module's answer has no document");
    struct reader reader = reader_of(document.value);
    return cbor_read_bytes(&reader, NSM_RESPONSE_SIZE_MAX, out_document);
}
