/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/azure/form.h"

#include "codec/text.h"
#include "evidence/azure/hcl.h"
#include "evidence/tpm/quote.h"

#include <string.h>

enum { PART_SIZE_MAX = 64 << 10 };

/* What one evidence is put together from; the container borrows from it. */
struct parts {
    struct buffer attest, signature, hcl_report, hardware, vcek;
    struct buffer pcrs[TPM_PCR_COUNT];
    size_t pcr_count;
};

static void parts_clear(struct parts *parts)
{
    buffer_clear(&parts->attest);
    buffer_clear(&parts->signature);
    buffer_clear(&parts->hcl_report);
    buffer_clear(&parts->hardware);
    buffer_clear(&parts->vcek);
    for (size_t i = 0; i < TPM_PCR_COUNT; i++)
        buffer_clear(&parts->pcrs[i]);
}

/* ---- bytes ---- */

static status read_numbers(const json_t *list, struct buffer *out)
{
    SCOPED(buffer) bytes = {0};
    if (json_array_size(list) > PART_SIZE_MAX)
        return FAIL(EXHAUSTED, "a part of the evidence is larger than we read");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *const number = json_array_get(list, i);
        const json_int_t value = json_integer_value(number);
        if (!json_is_integer(number) || value < 0 || value > UINT8_MAX)
            return FAIL(MALFORMED, "a list of bytes has something else in it");
        TRY(buffer_append(&bytes, (slice){(const uint8_t[]){(uint8_t)value}, 1}));
    }
    *out = buffer_take(&bytes);
    return OK;
}

/* Hexadecimal where every character is a digit of it, else base64: no part is short enough for one
 * to look like the other. */
static status read_text(const char *text, struct buffer *out)
{
    const slice given = slice_of_text(text);
    return hex_read(given, out).fault ? base64_read(given, out) : OK;
}

static status read_bytes_of(const json_t *value, struct buffer *out)
{
    if (json_is_array(value))
        return read_numbers(value, out);
    if (json_is_string(value))
        return read_text(json_string_value(value), out);
    return FAIL(MALFORMED, "a part of the evidence is missing or no bytes");
}

/* ---- parts ---- */

static status read_quote(const json_t *quote, struct parts *parts)
{
    const json_t *const pcrs = json_object_get(quote, "pcrs");
    TRY(read_bytes_of(json_object_get(quote, "message"), &parts->attest));
    TRY(read_bytes_of(json_object_get(quote, "signature"), &parts->signature));
    if (!json_is_array(pcrs) || json_array_size(pcrs) > TPM_PCR_COUNT)
        return FAIL(MALFORMED, "the evidence has no list of PCRs, or one that is too long");
    parts->pcr_count = json_array_size(pcrs);
    for (size_t i = 0; i < parts->pcr_count; i++)
        TRY(read_bytes_of(json_array_get(pcrs, i), &parts->pcrs[i]));
    return OK;
}

static status read_vcek(const json_t *value, struct buffer *out)
{
    static const char pem[] = "-----BEGIN ";
    const char *const text = json_string_value(value);
    if (text && strncmp(text, pem, sizeof pem - 1) == 0)
        return buffer_append(out, slice_of_text(text));
    return read_bytes_of(value, out);
}

/* Of which version an object is: what holds the HCL report and the quote in each. */
static const struct version {
    const char *report, *quote;
} versions[] = {{"hcl_report", "tpm_quote"}, {"report", "quote"}, {NULL, NULL}};

static const struct version *version_of(const json_t *object)
{
    const struct version *version = versions;
    while (version->report && !(json_object_get(object, version->report) &&
                                json_is_object(json_object_get(object, version->quote))))
        version++;
    return version->report ? version : NULL;
}

static status read_parts(const json_t *object, const struct version *version, struct parts *parts)
{
    const json_t *const vcek = json_object_get(object, "vcek");
    const json_t *const td_quote = json_object_get(object, "td_quote");
    TRY(read_quote(json_object_get(object, version->quote), parts));
    TRY(read_bytes_of(json_object_get(object, version->report), &parts->hcl_report));
    if (td_quote)
        TRY(read_bytes_of(td_quote, &parts->hardware));
    return vcek ? read_vcek(vcek, &parts->vcek) : OK;
}

static status write_container(const struct parts *parts, struct buffer *out)
{
    struct tpm_evidence evidence = {
        .quotes = {{buffer_view(&parts->attest), buffer_view(&parts->signature)}},
        .quote_count = 1,
        .hcl_report = buffer_view(&parts->hcl_report),
        .hardware = buffer_view(&parts->hardware),
        .endorsements = {buffer_view(&parts->vcek)},
        .endorsement_count = parts->vcek.size ? 1 : 0,
    };
    for (size_t i = 0; i < parts->pcr_count; i++)
        TRY(tpm_pcrs_set(&evidence.pcrs, TPM_ALG_SHA256, i, buffer_view(&parts->pcrs[i])));
    return tpm_evidence_write(&evidence, out);
}

status azure_form_read(const json_t *object, struct buffer *out, bool *out_found)
{
    SCOPED(parts) parts = {0};
    const json_t *const inner = json_object_get(object, "evidence");
    const json_t *const evidence = json_is_object(inner) ? inner : object;
    const struct version *const version = version_of(evidence);
    *out_found = version != NULL;
    if (!version)
        return OK;
    TRY(read_parts(evidence, version, &parts));
    return write_container(&parts, out);
}
