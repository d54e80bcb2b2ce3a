/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/record.h"

#include "codec/reader.h"

#include <string.h>

enum {
    ID_SIZE = 4,
    SEQUENCE_SIZE = 8,
    LENGTH_SIZE = 2,
    DATA_LENGTH_SIZE = 2, /* of the application data, encrypted with it */
    BIG_ENDIAN_OFFSET = AEAD_NONCE_SIZE - SEQUENCE_SIZE,
};

void spdm_record_key_clear(struct spdm_record_key *key)
{
    aead_key_clear(&key->aead);
    wipe(key, sizeof *key);
}

/* Of what is authenticated and never encrypted. */
static size_t header_size(const struct spdm_record_form *form)
{
    return ID_SIZE + (size_t)form->sequence_size + LENGTH_SIZE;
}

size_t spdm_record_prefix_size(const struct spdm_record_form *form)
{
    return header_size(form) + (form->is_encrypted ? DATA_LENGTH_SIZE : 0);
}

size_t spdm_record_data_max(const struct spdm_record_form *form)
{
    return SPDM_RECORD_LENGTH_MAX - AEAD_TAG_SIZE - (form->is_encrypted ? DATA_LENGTH_SIZE : 0);
}

/* ---- the AEAD's view of a record ---- */

/* spec: DSP0277 1.2, "AEAD: nonce": the key's own, and the number of the record */
static void nonce_of(const struct spdm_record_key *key, const struct spdm_record_form *form,
                     uint8_t out[AEAD_NONCE_SIZE])
{
    memcpy(out, key->iv, AEAD_NONCE_SIZE);
    for (size_t i = 0; i < SEQUENCE_SIZE; i++) {
        const size_t place =
            form->has_big_endian_nonces ? BIG_ENDIAN_OFFSET + (SEQUENCE_SIZE - 1 - i) : i;
        out[place] ^= (uint8_t)(key->sequence >> (8 * i));
    }
}

/* `size` is that of the record without its tag. */
static struct aead_message message_of(const struct spdm_record_form *form, uint8_t *record,
                                      size_t size, const uint8_t *nonce, slice *additional)
{
    const size_t clear_size = form->is_encrypted ? header_size(form) : size;
    *additional = (slice){record, clear_size};
    return (struct aead_message){.nonce = nonce,
                                 .additional = additional,
                                 .additional_count = 1,
                                 .data = record + clear_size,
                                 .size = size - clear_size};
}

/* The last number is never used: a counter cannot come round. */
static bool is_used_up(const struct spdm_record_key *key, const struct spdm_record_form *form)
{
    return key->sequence >= (form->records_max ? form->records_max : UINT64_MAX);
}

/* ---- sealing ---- */

size_t spdm_record_begin(const struct spdm_record_form *form, struct writer *writer)
{
    const size_t begin = writer->size;
    for (size_t i = 0; i < spdm_record_prefix_size(form); i++)
        write_u8(writer, 0);
    return begin;
}

static void write_prefix(const struct spdm_record_key *key, const struct spdm_record_form *form,
                         uint8_t *record, size_t data_size, size_t length)
{
    struct writer writer = writer_over(record, SPDM_RECORD_PREFIX_SIZE_MAX);
    write_le32(&writer, form->session_id);
    for (size_t i = 0; i < form->sequence_size; i++)
        write_u8(&writer, (uint8_t)(key->sequence >> (8 * i)));
    write_le16(&writer, (uint16_t)length);
    if (form->is_encrypted)
        write_le16(&writer, (uint16_t)data_size);
}

status spdm_record_seal(struct spdm_record_key *key, const struct spdm_record_form *form,
                        struct writer *writer, size_t begin, slice padding)
{
    const size_t data_size = writer->size - begin - spdm_record_prefix_size(form);
    const slice pad = form->is_encrypted ? padding : (slice){0};
    uint8_t nonce[AEAD_NONCE_SIZE], tag[AEAD_TAG_SIZE] = {0};
    slice additional;

    if (writer->out_of_space)
        return FAIL(EXHAUSTED, "a record does not fit its space");
    if (data_size > spdm_record_data_max(form) || pad.size > spdm_record_data_max(form) - data_size)
        return FAIL(EXHAUSTED, "more application data than a record holds");
    if (is_used_up(key, form))
        return FAIL(EXHAUSTED, "a key has sealed all that it may");

    write_bytes(writer, pad);
    const size_t size = writer->size - begin;
    uint8_t *const record = writer->data + begin;
    const size_t tag_at = writer->size;
    write_bytes(writer, SLICE(tag)); /* its place */
    if (writer->out_of_space)
        return FAIL(EXHAUSTED, "a record does not fit its space");

    write_prefix(key, form, record, data_size, size + AEAD_TAG_SIZE - header_size(form));
    nonce_of(key, form, nonce);
    const struct aead_message message = message_of(form, record, size, nonce, &additional);
    TRY(aead_seal(&key->aead, &message, writer->data + tag_at));
    key->sequence++;
    return OK;
}

/* ---- opening ---- */

status spdm_record_session(slice record, uint32_t *out_session_id)
{
    struct reader reader = reader_of(record);
    const uint32_t id = read_le32(&reader);
    if (reader.short_of_input)
        return FAIL(TRUNCATED, "a record without its session's id");
    *out_session_id = id;
    return OK;
}

/* Of this session, as long as it says, and the next one. */
static status check_header(const struct spdm_record_key *key, const struct spdm_record_form *form,
                           slice record)
{
    struct reader reader = reader_of(record);
    uint64_t sequence = 0;
    const uint32_t id = read_le32(&reader);
    for (size_t i = 0; i < form->sequence_size; i++)
        sequence |= (uint64_t)read_u8(&reader) << (8 * i);
    const size_t length = read_le16(&reader);
    if (reader.short_of_input || reader.left.size < AEAD_TAG_SIZE)
        return FAIL(TRUNCATED, "a record without room for its tag");
    if (length != reader.left.size)
        return FAIL(MALFORMED, "a record has another length than it says");

    const uint64_t mask = form->sequence_size < SEQUENCE_SIZE
                              ? (UINT64_C(1) << (8 * form->sequence_size)) - 1
                              : UINT64_MAX;
    if (id != form->session_id)
        return FAIL(UNAUTHENTIC, "a record of another session");
    if (sequence != (key->sequence & mask))
        return FAIL(UNAUTHENTIC, "a record out of its order");
    return is_used_up(key, form) ? FAIL(EXHAUSTED, "a key has opened all that it may") : OK;
}

/* The application data of what was decrypted; padding is left out. */
static status read_data(const struct spdm_record_form *form, slice opened, slice *out)
{
    struct reader reader = reader_of(opened);
    if (!form->is_encrypted) {
        *out = opened;
        return OK;
    }
    const size_t size = read_le16(&reader);
    const slice data = read_bytes(&reader, size);
    if (reader.short_of_input)
        return FAIL(MALFORMED, "a record's data is longer than the record");
    *out = data;
    return OK;
}

status spdm_record_open(struct spdm_record_key *key, const struct spdm_record_form *form,
                        uint8_t *record, size_t size, slice *out_data)
{
    uint8_t nonce[AEAD_NONCE_SIZE];
    slice additional;

    TRY(check_header(key, form, (slice){record, size}));
    const size_t sealed_size = size - AEAD_TAG_SIZE;
    nonce_of(key, form, nonce);
    const struct aead_message message = message_of(form, record, sealed_size, nonce, &additional);
    TRY(aead_open(&key->aead, &message, (slice){record + sealed_size, AEAD_TAG_SIZE}));
    key->sequence++;

    const size_t header = header_size(form);
    return read_data(form, (slice){record + header, sealed_size - header}, out_data);
}
