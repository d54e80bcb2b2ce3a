/* SPDX-License-Identifier: Apache-2.0 */
#include "profile/fresh.h"

#include "codec/cbor.h"
#include "spdm/message/measurement_block.h"

#include <stdlib.h>
#include <string.h>

#define LABEL "cix spdm evidence 1"

enum {
    FIELDS_SIZE_MAX = 256,
    BLOCK_MEMBERS = 4, /* [label, platform, evidence, endorsements] */
    PLATFORM_NAME_SIZE_MAX = 32,
    HEADS_SIZE_MAX = 96, /* label and name, and the heads of all */
};

/* ---- the binding ---- */

void profile_subject_clear(struct profile_subject *subject)
{
    wipe(subject, sizeof *subject);
}

static status export_from(const struct spdm_connection *connection,
                          const struct spdm_session *session, struct profile_subject *subject)
{
    SCOPED(secret) exporter = {0};
    TRY(spdm_session_export(session, &connection->schedule, LABEL, SLICE(subject->nonce),
                            sizeof subject->exporter, &exporter));
    memcpy(subject->exporter, exporter.data, sizeof subject->exporter);
    return OK;
}

status profile_subject_of(const struct spdm_connection *connection,
                          const struct spdm_session *session, const uint8_t nonce[SPDM_NONCE_SIZE],
                          const struct public_key *signer, struct profile_subject *out)
{
    SCOPED(profile_subject)
    subject = {.version = connection->shape.version, .in_session = session != NULL};
    struct digest key;
    memcpy(subject.nonce, nonce, sizeof subject.nonce);
    TRY(public_key_spki_digest(signer, HASH_SHA384, &key));
    memcpy(subject.key, key.data, sizeof subject.key);
    if (session)
        TRY(export_from(connection, session, &subject));
    *out = subject;
    return OK;
}

static void write_field(struct writer *writer, slice bytes)
{
    const size_t begin = write_begin_be16(writer);
    write_bytes(writer, bytes);
    write_end_be16(writer, begin);
}

static status hash_fields(const struct profile_subject *subject, const char *platform,
                          struct writer *writer, struct digest *out)
{
    slice fields;
    write_field(writer, slice_of_text(LABEL));
    write_field(writer, (slice){&subject->version, 1});
    write_field(writer, SLICE(subject->nonce));
    write_field(writer, subject->in_session ? SLICE(subject->exporter) : (slice){0});
    write_field(writer, SLICE(subject->key));
    write_field(writer, slice_of_text(platform));
    TRY(writer_finish(writer, &fields));
    return digest_of(HASH_SHA512, fields, out);
}

status profile_binding(const struct profile_subject *subject, const char *platform,
                       uint8_t out[BINDING_SIZE])
{
    uint8_t space[FIELDS_SIZE_MAX];
    struct writer writer = writer_over(space, sizeof space);
    struct digest binding;
    const status hashed = hash_fields(subject, platform, &writer, &binding);
    wipe(space, sizeof space); /* the exporter's value is nobody else's, whatever happened */
    TRY(hashed);
    memcpy(out, binding.data, BINDING_SIZE);
    return OK;
}

/* ---- the block ---- */

static void write_value(struct writer *writer, const struct profile_block *block)
{
    cbor_write_array(writer, BLOCK_MEMBERS);
    cbor_write_text(writer, slice_of_text(LABEL));
    cbor_write_text(writer, slice_of_text(block->platform->name));
    cbor_write_bytes(writer, block->evidence);
    cbor_write_bytes(writer, block->endorsements);
}

status profile_block_write(struct writer *record, const struct profile_block *block)
{
    struct profile_block draft = *block;
    if (block->evidence.size + HEADS_SIZE_MAX > SPDM_MEASUREMENT_VALUE_SIZE_MAX)
        return FAIL(EXHAUSTED, "evidence is larger than a measurement block");
    size_t size = HEADS_SIZE_MAX + block->evidence.size + block->endorsements.size;
    if (size > SPDM_MEASUREMENT_VALUE_SIZE_MAX || size > record->capacity - record->size) {
        draft.endorsements = (slice){0};
        size = HEADS_SIZE_MAX + block->evidence.size;
    }
    SCOPED(buffer) space = {.data = malloc(size), .size = size, .capacity = size};
    if (!space.data)
        return FAIL(EXHAUSTED, "no memory for a measurement block");
    struct writer writer = writer_over(space.data, space.size);
    struct spdm_measurement_block measurement = {
        .index = SPDM_INDEX_MANIFEST,
        .specification = SPDM_MEASUREMENT_SPECIFICATION_DMTF,
        .is_raw = true,
        .kind = SPDM_MEASUREMENT_MANIFEST,
    };
    write_value(&writer, &draft);
    TRY(writer_finish(&writer, &measurement.value));
    spdm_measurement_block_write(record, &measurement);
    return OK;
}

/* The only manifest that is written as it is. */
static status find_value(slice record, slice *out)
{
    struct reader blocks = reader_of(record);
    slice found = {0};
    while (blocks.left.size) {
        struct spdm_measurement_block block;
        TRY(spdm_measurement_block_read(&blocks, &block));
        if (block.index != SPDM_INDEX_MANIFEST)
            continue;
        if (found.size)
            return FAIL(MALFORMED, "two measurement manifests");
        if (block.kind == SPDM_MEASUREMENT_MANIFEST && block.is_raw)
            found = block.value;
    }
    if (!found.size)
        return FAIL(UNEXPECTED, "no evidence among the measurements");
    *out = found;
    return OK;
}

static status read_platform(struct reader *reader, const struct platform **out)
{
    char name[PLATFORM_NAME_SIZE_MAX + 1] = {0};
    slice text;
    TRY(cbor_read_text(reader, PLATFORM_NAME_SIZE_MAX, &text));
    if (text.size)
        memcpy(name, text.data, text.size);
    *out = platform_named(name);
    return *out && platform_can_bind(*out)
               ? OK
               : FAIL(UNSUPPORTED, "evidence of a platform that cannot prove anything here");
}

status profile_block_read(slice record, struct profile_block *out)
{
    struct profile_block block;
    slice value, label;
    size_t count;
    TRY(find_value(record, &value));
    struct reader reader = reader_of(value);
    TRY(cbor_read_array(&reader, BLOCK_MEMBERS, &count));
    if (count != BLOCK_MEMBERS)
        return FAIL(MALFORMED, "evidence in a measurement has another number of members");
    TRY(cbor_read_text(&reader, sizeof LABEL, &label));
    if (!slice_equal(label, slice_of_text(LABEL)))
        return FAIL(UNSUPPORTED, "a measurement manifest of another kind");
    TRY(read_platform(&reader, &block.platform));
    TRY(cbor_read_bytes(&reader, EVIDENCE_SIZE_MAX, &block.evidence));
    TRY(cbor_read_bytes(&reader, EVIDENCE_SIZE_MAX, &block.endorsements));
    TRY(reader_finish(&reader));
    if (!block.platform->recognises(block.evidence))
        return FAIL(MALFORMED, "evidence is of another platform than its name");
    *out = block;
    return OK;
}
