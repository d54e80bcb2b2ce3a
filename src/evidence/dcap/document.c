/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/dcap/document.h"

#include "codec/text.h"

#include <string.h>

void signed_document_clear(struct signed_document *document)
{
    json_clear(&document->json);
    *document = (struct signed_document){0};
}

status document_bytes(const json_t *object, const char *key, uint8_t *out, size_t size)
{
    slice text;
    TRY(json_text(object, key, &text));
    return hex_read_exactly(text, out, size);
}

status document_time(const json_t *object, const char *key, int64_t *out_s)
{
    slice text;
    TRY(json_text(object, key, &text));
    return time_read(text, out_s);
}

static status read_document(slice text, const char *member, struct signed_document *document)
{
    json_t *body;
    TRY(json_read(text, &document->json));
    TRY(json_object_member(document->json.root, member, &body));
    TRY(json_member_bytes(text, member, &document->signed_bytes));
    TRY(document_bytes(document->json.root, "signature", document->signature,
                       sizeof document->signature));
    TRY(json_number(body, "version", UINT32_MAX, &document->version));
    TRY(document_time(body, "issueDate", &document->issue_date_s));
    TRY(document_time(body, "nextUpdate", &document->next_update_s));
    TRY(json_number(body, "tcbEvaluationDataNumber", UINT32_MAX, &document->evaluation_number));
    document->body = body;
    return OK;
}

status signed_document_read(slice text, const char *member, struct signed_document *out)
{
    SCOPED(signed_document) document = {0};
    TRY(read_document(text, member, &document));
    *out = document;
    document = (struct signed_document){0};
    return OK;
}

status signed_document_verify(const struct signed_document *document, const struct public_key *key)
{
    return ecdsa_verify(key, CURVE_P256, HASH_SHA256, document->signed_bytes,
                        SLICE(document->signature));
}

/* They become claims, so they must be short printable words. */
static bool is_advisory(const json_t *value)
{
    const size_t size = json_string_length(value);
    if (!json_is_string(value) || size == 0 || size > ADVISORY_SIZE_MAX)
        return false;
    for (size_t i = 0; i < size; i++)
        if (json_string_value(value)[i] <= ' ' || json_string_value(value)[i] > '~')
            return false;
    return true;
}

static status read_advisories(const json_t *level, const json_t **out)
{
    json_t *advisories;
    if (!json_object_get(level, "advisoryIDs")) {
        *out = NULL;
        return OK;
    }
    TRY(json_array_member(level, "advisoryIDs", ADVISORIES_MAX, &advisories));
    for (size_t i = 0; i < json_array_size(advisories); i++)
        if (!is_advisory(json_array_get(advisories, i)))
            return FAIL(MALFORMED, "an advisory id is not a short word");
    *out = advisories;
    return OK;
}

status document_verdict(const json_t *level, struct tcb_verdict *out)
{
    struct tcb_verdict verdict = {0};
    slice name;
    TRY(json_text(level, "tcbStatus", &name));
    verdict.status = tcb_status_of_name(name);
    if (verdict.status == TCB_UNKNOWN)
        return FAIL(UNSUPPORTED, "a level has an unknown TCB status");
    TRY(document_time(level, "tcbDate", &verdict.date_s));
    TRY(read_advisories(level, &verdict.advisory_ids));
    *out = verdict;
    return OK;
}

/* Neither a quoting enclave nor a TDX module can need configuration or hardening: convergence does
 * not know what to make of such a status, so it must not get there. */
static bool is_svn_status(enum tcb_status tcb)
{
    return tcb == TCB_UP_TO_DATE || tcb == TCB_OUT_OF_DATE || tcb == TCB_REVOKED;
}

static status read_svn_level(const json_t *object, struct svn_level *out)
{
    json_t *tcb;
    uint64_t isvsvn;
    TRY(json_object_member(object, "tcb", &tcb));
    TRY(json_number(tcb, "isvsvn", UINT16_MAX, &isvsvn));
    out->isvsvn = (uint16_t)isvsvn;
    TRY(document_verdict(object, &out->verdict));
    return is_svn_status(out->verdict.status)
               ? OK
               : FAIL(UNSUPPORTED, "a level of an enclave or module has a status they do not have");
}

status document_svn_levels(const json_t *object, struct svn_level *out, size_t *out_count)
{
    json_t *levels;
    TRY(json_array_member(object, "tcbLevels", SVN_LEVELS_MAX, &levels));
    if (json_array_size(levels) == 0)
        return FAIL(MALFORMED, "there is no TCB level");
    for (size_t i = 0; i < json_array_size(levels); i++)
        TRY(read_svn_level(json_array_get(levels, i), &out[i]));
    *out_count = json_array_size(levels);
    return OK;
}
