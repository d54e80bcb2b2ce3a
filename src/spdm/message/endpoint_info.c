/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/endpoint_info.h"

#include "spdm/message/slot.h"

#include <assert.h>

enum { ASKS_SIGNATURE = 1 << 0 }; /* of the request's attributes */

status spdm_get_endpoint_info_read(struct reader *reader, struct spdm_get_endpoint_info *out)
{
    struct spdm_get_endpoint_info request = {0};
    struct spdm_header header;

    TRY(spdm_header_expect(reader, SPDM_GET_ENDPOINT_INFO, &header));
    request.subject = header.param1;
    request.asks_signature = read_u8(reader) & ASKS_SIGNATURE;
    read_bytes(reader, 3); /* reserved */
    if (request.asks_signature)
        read_exactly(reader, request.nonce, sizeof request.nonce);
    TRY(spdm_message_was_whole(reader));

    TRY(spdm_slot_of_nibble(header.param2, &request.slot));
    *out = request;
    return OK;
}

void spdm_get_endpoint_info_write(struct writer *writer, const struct spdm_shape *shape,
                                  const struct spdm_get_endpoint_info *request)
{
    const struct spdm_header header = {shape->version, SPDM_GET_ENDPOINT_INFO, request->subject,
                                       spdm_slot_nibble(request->slot)};
    spdm_header_write(writer, &header);
    write_u8(writer, request->asks_signature ? ASKS_SIGNATURE : 0);
    write_u8(writer, 0);   /* reserved */
    write_le16(writer, 0); /* reserved */
    if (request->asks_signature)
        write_bytes(writer, SLICE(request->nonce));
}

status spdm_endpoint_info_read(struct reader *reader, const struct spdm_shape *shape,
                               bool is_signed, struct spdm_endpoint_info *out)
{
    struct spdm_endpoint_info info = {.is_signed = is_signed};
    struct spdm_header header;

    TRY(spdm_header_expect(reader, SPDM_ENDPOINT_INFO, &header));
    read_le32(reader); /* reserved */
    if (is_signed)
        read_exactly(reader, info.nonce, sizeof info.nonce);
    info.info = read_bytes(reader, read_le32(reader));
    if (is_signed)
        info.signature = read_bytes(reader, shape->signature_size);
    TRY(spdm_message_was_whole(reader));

    TRY(spdm_slot_of_nibble(header.param2, &info.slot));
    *out = info;
    return OK;
}

void spdm_endpoint_info_write(struct writer *writer, const struct spdm_shape *shape,
                              const struct spdm_endpoint_info *info)
{
    const struct spdm_header header = {shape->version, SPDM_ENDPOINT_INFO, 0,
                                       spdm_slot_nibble(info->slot)};
    assert(info->info.size <= UINT32_MAX);
    spdm_header_write(writer, &header);
    write_le32(writer, 0); /* reserved */
    if (info->is_signed)
        write_bytes(writer, SLICE(info->nonce));
    write_le32(writer, (uint32_t)info->info.size);
    write_bytes(writer, info->info);
    write_bytes(writer, info->signature);
}

static bool are_sub_ids(slice sub_ids, size_t count)
{
    struct reader reader = reader_of(sub_ids);
    for (size_t i = 0; i < count; i++)
        read_bytes(&reader, read_u8(&reader));
    return !reader_finish(&reader).fault;
}

status spdm_device_class_read(struct reader *reader, struct spdm_device_class *out)
{
    struct spdm_device_class device_class;
    struct reader element = reader_of(read_bytes(reader, read_u8(reader)));
    if (reader->short_of_input)
        return FAIL(TRUNCATED, "SPDM device class does not end");
    device_class.body = spdm_svh_read(&element);
    device_class.sub_id_count = read_u8(&element);
    device_class.sub_ids = element.left;
    if (element.short_of_input || !are_sub_ids(device_class.sub_ids, device_class.sub_id_count))
        return FAIL(MALFORMED, "SPDM device class is not as long as what it holds");
    *out = device_class;
    return OK;
}

void spdm_device_class_write(struct writer *writer, const struct spdm_device_class *device_class)
{
    const size_t size = 3 + device_class->body.vendor_id.size + device_class->sub_ids.size;
    assert(size <= UINT8_MAX);
    write_u8(writer, (uint8_t)size);
    spdm_svh_write(writer, &device_class->body);
    write_u8(writer, device_class->sub_id_count);
    write_bytes(writer, device_class->sub_ids);
}

status spdm_device_classes_read(struct reader *reader, uint8_t *out_count)
{
    struct spdm_device_class device_class;
    const uint8_t count = read_u8(reader);
    read_bytes(reader, 3); /* reserved */
    TRY(spdm_message_was_whole(reader));

    struct reader classes = *reader;
    for (size_t i = 0; i < count; i++)
        if (spdm_device_class_read(&classes, &device_class).fault)
            return FAIL(MALFORMED, "SPDM endpoint has fewer device classes than it tells");
    if (classes.left.size)
        return FAIL(MALFORMED, "SPDM endpoint has bytes after its device classes");
    *out_count = count;
    return OK;
}

void spdm_device_classes_write(struct writer *writer, uint8_t count)
{
    write_u8(writer, count);
    write_u8(writer, 0);   /* reserved */
    write_le16(writer, 0); /* reserved */
}
