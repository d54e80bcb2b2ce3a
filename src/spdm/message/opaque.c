/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/opaque.h"

/* Of the form before 1.2. */
enum { SPECIFICATION_DMTF = 0x444D5446, OPAQUE_VERSION = 1, COUNT_PLACE_BEFORE_1_2 = 5 };

static status count_read(struct reader *reader, const struct spdm_shape *shape, uint8_t *out)
{
    uint32_t specification = SPECIFICATION_DMTF;
    uint8_t version = OPAQUE_VERSION;
    if (shape->version < SPDM_1_2) {
        specification = read_le32(reader);
        version = read_u8(reader);
    }
    *out = read_u8(reader);
    read_bytes(reader, shape->version < SPDM_1_2 ? 2 : 3); /* reserved */
    if (reader->short_of_input)
        return FAIL(TRUNCATED, "opaque field is shorter than its head");
    if (specification != SPECIFICATION_DMTF || version != OPAQUE_VERSION)
        return FAIL(MALFORMED, "opaque field is not in the form of DSP0277");
    return OK;
}

status spdm_opaque_read(slice opaque, const struct spdm_shape *shape, struct reader *out_elements)
{
    struct reader reader = reader_of(opaque);
    struct spdm_opaque_element element;
    uint8_t element_count;

    TRY(count_read(&reader, shape, &element_count));
    const struct reader elements = reader;
    for (size_t i = 0; i < element_count; i++)
        TRY(spdm_opaque_element_read(&reader, &element));
    TRY(reader_finish(&reader));
    *out_elements = elements;
    return OK;
}

void spdm_opaque_write(struct writer *writer, const struct spdm_shape *shape, uint8_t element_count)
{
    if (shape->version < SPDM_1_2) {
        write_le32(writer, SPECIFICATION_DMTF);
        write_u8(writer, OPAQUE_VERSION);
        write_u8(writer, element_count);
        write_le16(writer, 0); /* reserved */
    } else {
        write_u8(writer, element_count);
        write_u8(writer, 0); /* this and the next: reserved */
        write_le16(writer, 0);
    }
}

void spdm_opaque_add(struct writer *writer, const struct spdm_shape *shape,
                     const struct spdm_opaque_more *more)
{
    const size_t place = shape->version < SPDM_1_2 ? COUNT_PLACE_BEFORE_1_2 : 0;
    if (writer->size <= place)
        return;
    writer->data[place] = (uint8_t)(writer->data[place] + more->count);
    write_bytes(writer, more->elements);
}

/* Elements begin and end on multiples of four bytes. */
static size_t padding_after(size_t size)
{
    return (4 - size % 4) % 4;
}

status spdm_opaque_element_read(struct reader *elements, struct spdm_opaque_element *out)
{
    struct spdm_opaque_element element;
    const size_t size_before = elements->left.size;

    element.body = spdm_svh_read(elements);
    const uint16_t data_size = read_le16(elements);
    element.data = read_bytes(elements, data_size);
    read_bytes(elements, padding_after(size_before - elements->left.size));
    if (elements->short_of_input)
        return FAIL(TRUNCATED, "opaque element is cut off");
    *out = element;
    return OK;
}

void spdm_opaque_element_write(struct writer *writer, const struct spdm_opaque_element *element)
{
    const size_t size_before = writer->size;
    spdm_svh_write(writer, &element->body);
    write_le16(writer, (uint16_t)element->data.size);
    write_bytes(writer, element->data);
    for (size_t left = padding_after(writer->size - size_before); left; left--)
        write_u8(writer, 0);
}
