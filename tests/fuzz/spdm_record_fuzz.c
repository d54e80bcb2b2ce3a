/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any bytes as a record, as what a record carries, and as what an authentic peer encrypted in one.
 * The first byte says which form of records the session has.
 */

#include "spdm/record.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = SPDM_RECORD_SIZE_MAX };
static uint8_t space[SPDM_RECORD_SIZE_MAX + 16];

static struct spdm_record_key key_make(uint64_t sequence)
{
    static const uint8_t bytes[16] = {1};
    struct spdm_record_key key = {.iv = {2}, .sequence = sequence};
    const status set = aead_key_set(&key.aead, AEAD_AES_128_GCM, SLICE(bytes));
    assert(!set.fault);
    return key;
}

static struct spdm_record_form form_of(uint8_t first)
{
    return (struct spdm_record_form){.session_id = 0x01020304,
                                     .sequence_size = first & 0xF & 8 ? 8 : first & 7,
                                     .is_encrypted = first & 0x10,
                                     .has_big_endian_nonces = first & 0x20};
}

/* Nobody without the key makes one. */
static void open_as_it_is(const struct spdm_record_form *form, slice bytes)
{
    SCOPED(spdm_record_key) key = key_make(3);
    slice data = {0};
    memcpy(space, bytes.data, bytes.size);
    const status opened = spdm_record_open(&key, form, space, bytes.size, &data);
    assert(opened.fault && key.sequence == 3 && data.data == NULL);
}

static void seal_and_open(const struct spdm_record_form *form, slice bytes)
{
    SCOPED(spdm_record_key) sender = key_make(0x10203);
    SCOPED(spdm_record_key) receiver = key_make(0x10203);
    struct writer writer = writer_over(space, sizeof space);
    const slice padding = {bytes.data, bytes.size & 0x1F};
    slice data = {0};
    const size_t begin = spdm_record_begin(form, &writer);
    write_bytes(&writer, bytes);
    const status sealed = spdm_record_seal(&sender, form, &writer, begin, padding);
    if (sealed.fault) {
        assert(bytes.size + padding.size > spdm_record_data_max(form));
        return;
    }
    const status opened = spdm_record_open(&receiver, form, space, writer.size, &data);
    assert(!opened.fault && slice_equal(data, bytes) && receiver.sequence == sender.sequence);
}

/* What is inside has no form of its own that sealing would have given it. */
static void open_encrypted(const struct spdm_record_form *form, slice bytes)
{
    SCOPED(spdm_record_key) key = key_make(0);
    struct writer writer = writer_over(space, sizeof space);
    if (bytes.size + AEAD_TAG_SIZE > SPDM_RECORD_LENGTH_MAX)
        return;
    write_le32(&writer, form->session_id);
    for (size_t i = 0; i < form->sequence_size; i++)
        write_u8(&writer, 0);
    write_le16(&writer, (uint16_t)(bytes.size + AEAD_TAG_SIZE));
    const slice additional = {space, writer.size};
    const struct aead_message message = {key.iv, &additional, 1, space + writer.size, bytes.size};
    write_bytes(&writer, bytes);
    const status sealed = aead_seal(&key.aead, &message, space + writer.size);
    assert(!sealed.fault);

    slice data = {0};
    const size_t size = writer.size + AEAD_TAG_SIZE;
    const status opened = spdm_record_open(&key, form, space, size, &data);
    assert(key.sequence == 1);
    assert(opened.fault ||
           (data.size + 2 <= bytes.size && slice_equal(data, (slice){bytes.data + 2, data.size})));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > INPUT_MAX)
        return 0;
    const struct spdm_record_form form = form_of(data[0]);
    const slice bytes = {data + 1, size - 1};
    open_as_it_is(&form, bytes);
    seal_and_open(&form, bytes);
    if (form.is_encrypted)
        open_encrypted(&form, bytes);
    return 0;
}
