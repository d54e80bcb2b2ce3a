/* SPDX-License-Identifier: Apache-2.0 */
#include "atls/exchange.h"

#include <stdlib.h>

/* What an array, a number and a string's head need at most. */
enum { HEAD_SIZE_MAX = 9, FIXED_SIZE_MAX = 256 };

enum { REQUEST_FIELDS = 6, EVIDENCE_FIELDS = 7, VERDICT_FIELDS = 6 };

/* Numbers on the wire. 2 is kept for tokens (the passport model). */
enum model { MODEL_KEY_ALONE, MODEL_EVIDENCE };

/* ---- words: what may be shown to people and compared ---- */

static bool is_platform_name(slice name)
{
    if (!name.size || name.size > EXCHANGE_PLATFORM_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.size; i++) {
        const uint8_t c = name.data[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_')
            return false;
    }
    return true;
}

bool exchange_is_reason(slice text)
{
    if (!text.size || text.size > EXCHANGE_REASON_SIZE_MAX)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        const uint8_t c = text.data[i];
        if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '_')
            return false;
    }
    return true;
}

/* ---- what holds for a message, read or about to be written ---- */

static status check_request(const struct exchange_request *request)
{
    if (!request->round)
        return FAIL(MALFORMED, "rounds count from one");
    for (size_t i = 0; i < request->platform_count; i++)
        if (!is_platform_name(request->platforms[i]))
            return FAIL(MALFORMED, "not a platform's name");
    return OK;
}

static status check_evidence(const struct exchange_evidence *evidence)
{
    if (!evidence->round)
        return FAIL(MALFORMED, "rounds count from one");
    if (!evidence->platform.size) {
        if (evidence->cmw.size || evidence->side_claims.size || evidence->endorsement_count)
            return FAIL(MALFORMED, "evidence without a platform");
        return OK;
    }
    if (!is_platform_name(evidence->platform))
        return FAIL(MALFORMED, "not a platform's name");
    if (!evidence->cmw.size)
        return FAIL(MALFORMED, "a platform without evidence");
    for (size_t i = 0; i < evidence->endorsement_count; i++)
        if (!evidence->endorsements[i].size)
            return FAIL(MALFORMED, "an empty endorsement");
    return OK;
}

static status check_verdict(const struct exchange_verdict *verdict)
{
    if (!verdict->round)
        return FAIL(MALFORMED, "rounds count from one");
    if (verdict->accepted != (verdict->reason_count == 0))
        return FAIL(MALFORMED, "a refusal has reasons, and nothing else has");
    for (size_t i = 0; i < verdict->reason_count; i++)
        if (!exchange_is_reason(verdict->reasons[i]))
            return FAIL(MALFORMED, "not a reason's code");
    if (!verdict->accepted && verdict->next_round_s)
        return FAIL(MALFORMED, "a refusal with a next round");
    return OK;
}

/* ---- reading ---- */

static status read_u32(struct reader *reader, uint32_t *out)
{
    uint64_t number;
    TRY(cbor_read_uint(reader, UINT32_MAX, &number));
    *out = (uint32_t)number;
    return OK;
}

static status read_texts(struct reader *reader, size_t most, size_t size_most, slice *out,
                         size_t *out_count)
{
    TRY(cbor_read_array(reader, most, out_count));
    for (size_t i = 0; i < *out_count; i++)
        TRY(cbor_read_text(reader, size_most, &out[i]));
    return OK;
}

static status read_request(struct reader *reader, struct exchange_request *out)
{
    uint64_t model;
    slice nonce;
    TRY(read_u32(reader, &out->round));
    TRY(cbor_read_uint(reader, UINT32_MAX, &model));
    if (model > MODEL_EVIDENCE)
        return FAIL(UNSUPPORTED, "an attestation model that we do not know");
    out->wants_evidence = model == MODEL_EVIDENCE;
    TRY(cbor_read_bytes(reader, NONCE_SIZE, &nonce));
    if (nonce.size != NONCE_SIZE)
        return FAIL(MALFORMED, "a nonce has 32 bytes");
    struct reader bytes = reader_of(nonce);
    read_exactly(&bytes, out->nonce, NONCE_SIZE);
    TRY(read_texts(reader, EXCHANGE_PLATFORMS_MAX, EXCHANGE_PLATFORM_NAME_MAX, out->platforms,
                   &out->platform_count));
    return check_request(out);
}

static status read_evidence(struct reader *reader, struct exchange_evidence *out)
{
    TRY(read_u32(reader, &out->round));
    TRY(cbor_read_text(reader, EXCHANGE_PLATFORM_NAME_MAX, &out->platform));
    TRY(cbor_read_bytes(reader, EXCHANGE_MESSAGE_SIZE_MAX, &out->cmw));
    TRY(cbor_read_bytes(reader, EXCHANGE_MESSAGE_SIZE_MAX, &out->side_claims));
    TRY(cbor_read_array(reader, EXCHANGE_ENDORSEMENTS_MAX, &out->endorsement_count));
    for (size_t i = 0; i < out->endorsement_count; i++)
        TRY(cbor_read_bytes(reader, EXCHANGE_MESSAGE_SIZE_MAX, &out->endorsements[i]));
    return check_evidence(out);
}

static status read_verdict(struct reader *reader, struct exchange_verdict *out)
{
    TRY(read_u32(reader, &out->round));
    TRY(cbor_read_bool(reader, &out->accepted));
    TRY(read_texts(reader, EXCHANGE_REASONS_MAX, EXCHANGE_REASON_SIZE_MAX, out->reasons,
                   &out->reason_count));
    TRY(read_u32(reader, &out->next_round_s));
    return check_verdict(out);
}

static status read_fields(struct reader *reader, size_t count, struct exchange_message *out)
{
    uint64_t kind, version;
    TRY(cbor_read_uint(reader, UINT32_MAX, &kind));
    TRY(cbor_read_uint(reader, UINT32_MAX, &version));
    if (version != EXCHANGE_VERSION)
        return FAIL(UNSUPPORTED, "an exchange of a version that we do not speak");
    out->kind = (enum exchange_kind)kind;
    if (kind == EXCHANGE_REQUEST && count == REQUEST_FIELDS)
        return read_request(reader, &out->request);
    if (kind == EXCHANGE_EVIDENCE && count == EVIDENCE_FIELDS)
        return read_evidence(reader, &out->evidence);
    if (kind == EXCHANGE_VERDICT && count == VERDICT_FIELDS)
        return read_verdict(reader, &out->verdict);
    return FAIL(MALFORMED, "not a message of the exchange");
}

status exchange_read(slice message, struct exchange_message *out)
{
    if (message.size > EXCHANGE_MESSAGE_SIZE_MAX)
        return FAIL(EXHAUSTED, "a message larger than we read");
    struct exchange_message read = {.kind = EXCHANGE_NONE};
    struct reader reader = reader_of(message);
    size_t count;
    TRY(cbor_read_array(&reader, EVIDENCE_FIELDS, &count));
    TRY(read_fields(&reader, count, &read));
    TRY(reader_finish(&reader));
    *out = read;
    return OK;
}

/* ---- writing ---- */

static void write_head(struct writer *writer, size_t fields, enum exchange_kind kind,
                       uint32_t round)
{
    cbor_write_array(writer, fields);
    cbor_write_uint(writer, (uint64_t)kind);
    cbor_write_uint(writer, EXCHANGE_VERSION);
    cbor_write_uint(writer, round);
}

static void write_texts(struct writer *writer, const slice *texts, size_t count)
{
    cbor_write_array(writer, count);
    for (size_t i = 0; i < count; i++)
        cbor_write_text(writer, texts[i]);
}

static void write_request(struct writer *writer, const struct exchange_request *request)
{
    write_head(writer, REQUEST_FIELDS, EXCHANGE_REQUEST, request->round);
    cbor_write_uint(writer, request->wants_evidence ? MODEL_EVIDENCE : MODEL_KEY_ALONE);
    cbor_write_bytes(writer, SLICE(request->nonce));
    write_texts(writer, request->platforms, request->platform_count);
}

static void write_evidence(struct writer *writer, const struct exchange_evidence *evidence)
{
    write_head(writer, EVIDENCE_FIELDS, EXCHANGE_EVIDENCE, evidence->round);
    cbor_write_text(writer, evidence->platform);
    cbor_write_bytes(writer, evidence->cmw);
    cbor_write_bytes(writer, evidence->side_claims);
    cbor_write_array(writer, evidence->endorsement_count);
    for (size_t i = 0; i < evidence->endorsement_count; i++)
        cbor_write_bytes(writer, evidence->endorsements[i]);
}

static void write_verdict(struct writer *writer, const struct exchange_verdict *verdict)
{
    write_head(writer, VERDICT_FIELDS, EXCHANGE_VERDICT, verdict->round);
    cbor_write_bool(writer, verdict->accepted);
    write_texts(writer, verdict->reasons, verdict->reason_count);
    cbor_write_uint(writer, verdict->next_round_s);
}

static size_t sum(const slice *slices, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += slices[i].size + HEAD_SIZE_MAX;
    return size;
}

/* What the message needs at most. */
static size_t space_for(const struct exchange_message *message)
{
    const struct exchange_evidence *const evidence = &message->evidence;
    switch (message->kind) {
    case EXCHANGE_REQUEST:
        return FIXED_SIZE_MAX + sum(message->request.platforms, message->request.platform_count);
    case EXCHANGE_EVIDENCE:
        return FIXED_SIZE_MAX + evidence->cmw.size + evidence->side_claims.size +
               sum(evidence->endorsements, evidence->endorsement_count);
    case EXCHANGE_VERDICT:
        return FIXED_SIZE_MAX + sum(message->verdict.reasons, message->verdict.reason_count);
    case EXCHANGE_NONE:
        break;
    }
    return 0;
}

static status check(const struct exchange_message *message)
{
    switch (message->kind) {
    case EXCHANGE_REQUEST:
        if (message->request.platform_count > EXCHANGE_PLATFORMS_MAX)
            return FAIL(EXHAUSTED, "more platforms than a request lists");
        return check_request(&message->request);
    case EXCHANGE_EVIDENCE:
        if (message->evidence.endorsement_count > EXCHANGE_ENDORSEMENTS_MAX)
            return FAIL(EXHAUSTED, "more endorsements than evidence carries");
        return check_evidence(&message->evidence);
    case EXCHANGE_VERDICT:
        if (message->verdict.reason_count > EXCHANGE_REASONS_MAX)
            return FAIL(EXHAUSTED, "more reasons than a verdict gives");
        return check_verdict(&message->verdict);
    case EXCHANGE_NONE:
        break;
    }
    return FAIL(INTERNAL, "a message of no kind");
}

status exchange_write(const struct exchange_message *message, struct buffer *out)
{
    TRY(check(message));
    const size_t capacity = space_for(message);
    if (capacity > EXCHANGE_MESSAGE_SIZE_MAX)
        return FAIL(EXHAUSTED, "a message larger than a peer reads");
    SCOPED(buffer) space = {.data = malloc(capacity), .capacity = capacity};
    if (!space.data)
        return FAIL(EXHAUSTED, "no memory for a message");
    struct writer writer = writer_over(space.data, capacity);
    if (message->kind == EXCHANGE_REQUEST)
        write_request(&writer, &message->request);
    else if (message->kind == EXCHANGE_EVIDENCE)
        write_evidence(&writer, &message->evidence);
    else
        write_verdict(&writer, &message->verdict);
    slice written;
    TRY(writer_finish(&writer, &written));
    space.size = written.size;
    *out = buffer_take(&space);
    return OK;
}
