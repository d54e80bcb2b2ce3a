/* SPDX-License-Identifier: Apache-2.0 */

/* Evidence in the forms in which people and tools hand it over: docs/evidence-forms.md. */

#include "evidence/azure/form.h"
#include "evidence/cmw.h"
#include "evidence/platform.h"
#include "evidence/tagged.h"
#include "evidence/tools_json.h"
#include "evidence/tpm/pack.h"

#include "codec/json.h"
#include "codec/text.h"

#include <ctype.h>
#include <string.h>

enum { FILE_SIZE_MAX = 4 * EVIDENCE_SIZE_MAX }; /* base64 in JSON, hex, line ends */

/* What is done, layer by layer. */
struct unwrapping {
    struct buffer bytes;
    char type[CMW_MEDIA_TYPE_SIZE];
};

static void unwrapping_clear(struct unwrapping *unwrapping)
{
    buffer_clear(&unwrapping->bytes);
}

static bool is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static bool is_text(slice file)
{
    for (size_t i = 0; i < file.size; i++)
        if (!is_space(file.data[i]) && (file.data[i] < ' ' || file.data[i] > '~'))
            return false;
    return true;
}

static slice trimmed(slice text)
{
    while (text.size && is_space(text.data[0]))
        text = (slice){text.data + 1, text.size - 1};
    while (text.size && is_space(text.data[text.size - 1]))
        text.size--;
    return text;
}

static bool begins_with(slice text, const char *begin)
{
    const size_t size = strlen(begin);
    return text.size >= size && memcmp(text.data, begin, size) == 0;
}

/* As a tool or a person breaks it into lines; false when anything is not a digit. */
static bool hex_digits(slice text, struct buffer *out)
{
    if (begins_with(text, "0x"))
        text = (slice){text.data + 2, text.size - 2};
    for (size_t i = 0; i < text.size; i++) {
        if (is_space(text.data[i]))
            continue;
        if (!isxdigit(text.data[i]) || buffer_append(out, (slice){text.data + i, 1}).fault)
            return false;
    }
    return true;
}

/* Hex or base64; anything else is left as it is. */
static status decode_plain(slice text, struct buffer *out)
{
    SCOPED(buffer) digits = {0};
    SCOPED(buffer) bytes = {0};
    if (hex_digits(text, &digits) && !hex_read(buffer_view(&digits), &bytes).fault) {
        *out = buffer_take(&bytes);
        return OK;
    }
    buffer_clear(&bytes);
    if (!base64_read(text, &bytes).fault) {
        *out = buffer_take(&bytes);
        return OK;
    }
    return buffer_append(out, text);
}

/* A chain of certificates, without their armour, one after another. */
static status decode_chain(slice text, struct buffer *out)
{
    char label[PEM_LABEL_SIZE_MAX];
    status block;
    do {
        SCOPED(buffer) der = {0};
        block = pem_read_next(&text, label, &der);
        if (!block.fault && strcmp(label, "CERTIFICATE") != 0)
            return FAIL(UNSUPPORTED, "the PEM file holds certificates and something else");
        if (!block.fault)
            TRY(buffer_append(out, buffer_view(&der)));
    } while (!block.fault);
    return block.fault->failure == FAILURE_UNEXPECTED ? OK : block;
}

static status decode_pem(slice text, struct buffer *out)
{
    char label[PEM_LABEL_SIZE_MAX];
    SCOPED(buffer) bytes = {0};
    SCOPED(buffer) more = {0};
    slice left = text;
    TRY(pem_read_next(&left, label, &bytes));
    if (strcmp(label, "CERTIFICATE") == 0) /* a chain of them is evidence of some TEEs */
        return decode_chain(text, out);
    const status next = pem_read_next(&left, label, &more);
    if (!next.fault)
        return FAIL(UNSUPPORTED, "the PEM file holds two evidences where one is wanted");
    if (next.fault->failure != FAILURE_UNEXPECTED)
        return next;
    *out = buffer_take(&bytes);
    return OK;
}

/* What vendors' tools call the evidence in their JSON: a dump of configfs-tsm, a quote service. */
static const char *const member_names[] = {"outblob", "quote", "report", "evidence"};

static status decode_member(const json_t *object, struct buffer *out, bool *out_found)
{
    const json_t *found = NULL;
    for (size_t i = 0; i < sizeof member_names / sizeof member_names[0]; i++) {
        const json_t *const member = json_object_get(object, member_names[i]);
        if (!json_is_string(member))
            continue;
        if (found)
            return FAIL(UNSUPPORTED, "the JSON holds two evidences where one is wanted");
        found = member;
    }
    *out_found = found != NULL;
    if (!found)
        return OK;
    return decode_plain(slice_of_text(json_string_value(found)), out);
}

static bool is_collection(json_t *object)
{
    const char *label;
    json_t *value;
    json_object_foreach(object, label,
                        value) if (json_is_array(value) &&
                                   json_is_string(json_array_get(value, 0))) return true;
    return false;
}

static status take_content(status read, struct cmw_content *content, struct unwrapping *out)
{
    TRY(read);
    buffer_clear(&out->bytes);
    out->bytes = buffer_take(&content->value);
    memcpy(out->type, content->type, sizeof out->type);
    return OK;
}

static status decode_wrapper(slice text, struct unwrapping *out)
{
    SCOPED(cmw_content) content = {0};
    return take_content(cmw_content_read_json(text, &content), &content, out);
}

/* Forms that hold more than one thing, and become our container of them. */
static status (*const composite_forms[])(const json_t *object, struct buffer *out,
                                         bool *out_found) = {azure_form_read, tpm_form_read};

static status decode_composite(const json_t *object, struct buffer *out, bool *out_found)
{
    *out_found = false;
    for (size_t i = 0; i < sizeof composite_forms / sizeof composite_forms[0] && !*out_found; i++)
        TRY(composite_forms[i](object, out, out_found));
    return OK;
}

static status decode_object(slice text, struct unwrapping *out)
{
    SCOPED(json) json = {0};
    bool found;
    TRY(json_read(text, &json));
    TRY(decode_composite(json.root, &out->bytes, &found));
    if (found)
        return OK;
    TRY(decode_member(json.root, &out->bytes, &found));
    if (json_is_object(json_object_get(json.root, "attestation_report")))
        return found ? FAIL(UNSUPPORTED, "the JSON holds two evidences where one is wanted")
                     : tools_report_read(json.root, &out->bytes);
    if (found)
        return OK;
    return is_collection(json.root) ? decode_wrapper(text, out) : buffer_append(&out->bytes, text);
}

/* What NVIDIA's tools write: a list of devices' evidence, of which we take one. */
static status decode_list(slice text, struct buffer *out)
{
    SCOPED(json) json = {0};
    bool found;
    TRY(json_read(text, &json));
    if (json_array_size(json.root) > 1)
        return FAIL(UNSUPPORTED, "the JSON holds two evidences where one is wanted");
    TRY(decode_member(json_array_get(json.root, 0), out, &found));
    return found ? OK : FAIL(UNSUPPORTED, "the JSON holds no evidence that we know");
}

static status decode_text(slice text, struct unwrapping *out)
{
    static const char pem_mark[] = "-----BEGIN ";
    if (text.size == 0)
        return FAIL(TRUNCATED, "the evidence is empty");
    if (text.data[0] == '{') /* a member may be PEM */
        return decode_object(text, out);
    if (memmem(text.data, text.size, pem_mark, sizeof pem_mark - 1))
        return decode_pem(text, &out->bytes);
    if (cmw_begins_json(text))
        return decode_wrapper(text, out);
    if (text.data[0] == '[')
        return decode_list(text, &out->bytes);
    return decode_plain(text, &out->bytes);
}

/* The hash that the evidence carries says which claims were beside it; then they have served. */
static status take_tagged(slice bytes, struct unwrapping *out)
{
    SCOPED(buffer) evidence = {0};
    struct tagged tagged;
    TRY(tagged_read(bytes, &tagged));
    TRY(tagged_check(&tagged));
    TRY(buffer_append(&evidence, tagged.evidence));
    buffer_clear(&out->bytes);
    out->bytes = buffer_take(&evidence);
    return OK;
}

static status decode_certificate(struct unwrapping *unwrapping)
{
    SCOPED(buffer) tagged = {0};
    TRY(tagged_of_certificate(buffer_view(&unwrapping->bytes), &tagged));
    return take_tagged(buffer_view(&tagged), unwrapping);
}

/* Text around CBOR is one wrapping, CBOR around evidence the other; there is no third, but that
 * tagged evidence may be in a certificate. */
static status decode_binary(struct unwrapping *unwrapping)
{
    SCOPED(cmw_content) content = {0};
    const slice bytes = buffer_view(&unwrapping->bytes);
    if (*unwrapping->type || platform_of(bytes))
        return OK;
    if (tagged_begins(bytes))
        return take_tagged(bytes, unwrapping);
    if (tagged_certificate_begins(bytes))
        return decode_certificate(unwrapping);
    if (!cmw_begins_cbor(bytes))
        return OK;
    return take_content(cmw_content_read_cbor(bytes, &content), &content, unwrapping);
}

/* A wrapper's type is a claim about its content, which has to be what the content is. */
static status check_type(const struct unwrapping *unwrapping)
{
    const struct platform *const platform = platform_of(buffer_view(&unwrapping->bytes));
    if (!*unwrapping->type)
        return OK;
    if (!platform)
        return FAIL(UNSUPPORTED, "the wrapper holds no evidence that this build knows");
    if (begins_with(slice_of_text(unwrapping->type), CMW_EVIDENCE_TYPE) &&
        strcmp(unwrapping->type + sizeof CMW_EVIDENCE_TYPE - 1, platform->name) != 0)
        return FAIL(UNSUPPORTED, "the wrapper's type is of another platform than its evidence");
    return OK;
}

static status decode(slice file, struct unwrapping *out)
{
    if (platform_of(file))
        return buffer_append(&out->bytes, file);
    if (is_text(file))
        TRY(decode_text(trimmed(file), out));
    else
        TRY(buffer_append(&out->bytes, file));
    TRY(decode_binary(out));
    return check_type(out);
}

status evidence_unwrap(slice file, struct buffer *out_evidence, char out_type[64])
{
    SCOPED(unwrapping) unwrapping = {0};
    if (file.size > FILE_SIZE_MAX)
        return FAIL(EXHAUSTED, "the evidence is larger than we read");
    TRY(decode(file, &unwrapping));
    if (unwrapping.bytes.size == 0)
        return FAIL(TRUNCATED, "the evidence is empty");
    if (unwrapping.bytes.size > EVIDENCE_SIZE_MAX)
        return FAIL(EXHAUSTED, "the evidence is larger than we read");
    memcpy(out_type, unwrapping.type, sizeof unwrapping.type);
    *out_evidence = buffer_take(&unwrapping.bytes);
    return OK;
}

const char *evidence_unread_reason(status failed)
{
    switch (failed.fault->failure) {
    case FAILURE_TRUNCATED:
        return "EVIDENCE_TRUNCATED";
    case FAILURE_UNSUPPORTED:
        return "EVIDENCE_UNSUPPORTED";
    case FAILURE_EXHAUSTED:
        return "EVIDENCE_TOO_LARGE";
    case FAILURE_UNAVAILABLE:
        return "EVIDENCE_UNREADABLE";
    default:
        return "EVIDENCE_MALFORMED";
    }
}
