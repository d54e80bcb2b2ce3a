/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/bundle.h"

#include "codec/json.h"
#include "codec/text.h"
#include "evidence/tools_json.h"

#include <string.h>

/* Its signature is beside the document, under the same name and this. */
#define SIGNATURE "_signature"

static const struct {
    const char *name, *signature, *member;
} documents[] = {
    {"tcb_info", "tcb_info" SIGNATURE, "tcbInfo"},
    {"qe_identity", "qe_identity" SIGNATURE, "enclaveIdentity"},
};

/* Calls for the signed form of the member; stays empty when it is no document with a signature. */
static status make_whole(const json_t *bundle, const char *name, slice body, struct buffer *out)
{
    slice signature;
    for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
        if (strcmp(name, documents[i].name) != 0 ||
            !json_object_get(bundle, documents[i].signature))
            continue;
        TRY(json_text(bundle, documents[i].signature, &signature));
        const slice parts[] = {slice_of_text("{\""),
                               slice_of_text(documents[i].member),
                               slice_of_text("\":"),
                               body,
                               slice_of_text(",\"signature\":\""),
                               signature,
                               slice_of_text("\"}")};
        for (size_t j = 0; j < sizeof parts / sizeof parts[0]; j++)
            TRY(buffer_append(out, parts[j]));
    }
    return OK;
}

/* Where what a list of bytes holds goes, and how much of it was something. */
struct taking {
    status (*add)(struct endorsements *endorsements, slice part);
    struct endorsements *endorsements;
    size_t known;
};

static status take(void *context, slice part)
{
    struct taking *const taking = context;
    const status added = taking->add(taking->endorsements, part);
    if (added.fault && added.fault->failure != FAILURE_UNSUPPORTED)
        return added;
    taking->known += !added.fault;
    return OK;
}

status bundle_read(slice text, status (*add)(struct endorsements *endorsements, slice part),
                   struct endorsements *endorsements)
{
    SCOPED(json) json = {0};
    const char *name;
    json_t *member;
    struct taking taking = {add, endorsements, 0};
    if (json_read(text, &json).fault) /* then it is something else's */
        return FAIL(UNSUPPORTED, "JSON that we cannot read holds no endorsement");
    json_object_foreach(json.root, name, member)
    {
        SCOPED(buffer) whole = {0};
        if (!json_is_string(member))
            continue;
        const slice content = {(const uint8_t *)json_string_value(member),
                               json_string_length(member)};
        TRY(make_whole(json.root, name, content, &whole));
        TRY(take(&taking, whole.size ? buffer_view(&whole) : content));
    }
    TRY(tools_certificates_read(json.root, take, &taking));
    return taking.known ? OK : FAIL(UNSUPPORTED, "the JSON holds no endorsement that we know");
}

bool percent_encoded_pem_begins(slice text)
{
    static const char begin[] = "-----BEGIN%20";
    return text.size >= sizeof begin - 1 && memcmp(text.data, begin, sizeof begin - 1) == 0;
}

status percent_decode(slice text, struct buffer *out)
{
    SCOPED(buffer) bytes = {0};
    for (size_t i = 0; i < text.size; i++) {
        uint8_t byte = text.data[i];
        if (byte == '%') {
            if (text.size - i < 3)
                return FAIL(MALFORMED, "a percent-encoding ends too soon");
            TRY(hex_read_exactly((slice){text.data + i + 1, 2}, &byte, 1));
            i += 2;
        }
        TRY(buffer_append(&bytes, (slice){&byte, 1}));
    }
    buffer_clear(out);
    *out = buffer_take(&bytes);
    return OK;
}
