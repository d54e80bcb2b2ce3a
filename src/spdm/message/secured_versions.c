/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/secured_versions.h"

#include <assert.h>

enum {
    DATA_VERSION = 1,
    ID_CHOSEN_VERSION = 0,
    ID_SUPPORTED_VERSIONS = 1,
    ID_AEAD_LIMIT = 2,
    ID_COUNT,
    DATA_SIZE_MAX = 3 + 2 * SPDM_SECURED_VERSIONS_MAX,
};

/* What follows the version and the id in the elements of secured messages; empty where none is. */
struct contents {
    slice of[ID_COUNT];
};

static status contents_add(const struct spdm_opaque_element *element, struct contents *contents)
{
    struct reader reader = reader_of(element->data);
    const uint8_t version = read_u8(&reader);
    const uint8_t id = read_u8(&reader);
    const bool is_dmtf = element->body.body == 0 && element->body.vendor_id.size == 0;
    if (!is_dmtf || version != DATA_VERSION || id >= ID_COUNT || reader.left.size == 0)
        return OK; /* of somebody else, or newer than this */
    if (contents->of[id].size)
        return FAIL(MALFORMED, "opaque field has an element of secured messages twice");
    contents->of[id] = reader.left;
    return OK;
}

static status contents_read(slice opaque, const struct spdm_shape *shape, struct contents *out)
{
    struct reader elements;
    struct spdm_opaque_element element;
    TRY(spdm_opaque_read(opaque, shape, &elements));
    while (elements.left.size) {
        TRY(spdm_opaque_element_read(&elements, &element));
        TRY(contents_add(&element, out));
    }
    return OK;
}

static status aead_limit_read(slice content, uint8_t *out)
{
    *out = SPDM_AEAD_LIMIT_MAX;
    if (content.size == 0)
        return OK;
    if (content.size != 1 || content.data[0] > SPDM_AEAD_LIMIT_MAX)
        return FAIL(MALFORMED, "AEAD limit is not a power of two that fits 64 bits");
    *out = content.data[0];
    return OK;
}

static void element_write(struct writer *writer, uint8_t id, slice content)
{
    uint8_t space[DATA_SIZE_MAX];
    struct writer data = writer_over(space, sizeof space);
    write_u8(&data, DATA_VERSION);
    write_u8(&data, id);
    write_bytes(&data, content);
    assert(!data.out_of_space);
    spdm_opaque_element_write(writer, &(struct spdm_opaque_element){.data = {space, data.size}});
}

static void elements_write(struct writer *writer, const struct spdm_shape *shape, uint8_t id,
                           slice content, uint8_t aead_limit)
{
    const bool has_limit = aead_limit < SPDM_AEAD_LIMIT_MAX;
    spdm_opaque_write(writer, shape, has_limit ? 2 : 1);
    element_write(writer, id, content);
    if (has_limit)
        element_write(writer, ID_AEAD_LIMIT, (slice){&aead_limit, 1});
}

status spdm_secured_offer_read(slice opaque, const struct spdm_shape *shape,
                               struct spdm_secured_offer *out)
{
    struct contents contents = {0};
    struct spdm_secured_offer offer = {0};

    TRY(contents_read(opaque, shape, &contents));
    struct reader reader = reader_of(contents.of[ID_SUPPORTED_VERSIONS]);
    offer.version_count = read_u8(&reader);
    if (offer.version_count == 0)
        return FAIL(MALFORMED, "opaque field offers no version of secured messages");
    if (offer.version_count > SPDM_SECURED_VERSIONS_MAX)
        return FAIL(EXHAUSTED, "opaque field offers more versions than we keep");
    for (size_t i = 0; i < offer.version_count; i++)
        offer.versions[i] = read_le16(&reader);
    if (reader_finish(&reader).fault)
        return FAIL(MALFORMED, "list of secured message versions has another size than it tells");
    TRY(aead_limit_read(contents.of[ID_AEAD_LIMIT], &offer.aead_limit));
    *out = offer;
    return OK;
}

void spdm_secured_offer_write(struct writer *writer, const struct spdm_shape *shape,
                              const struct spdm_secured_offer *offer)
{
    uint8_t space[1 + 2 * SPDM_SECURED_VERSIONS_MAX];
    struct writer content = writer_over(space, sizeof space);
    assert(offer->version_count && offer->version_count <= SPDM_SECURED_VERSIONS_MAX);
    write_u8(&content, (uint8_t)offer->version_count);
    for (size_t i = 0; i < offer->version_count; i++)
        write_le16(&content, offer->versions[i]);
    elements_write(writer, shape, ID_SUPPORTED_VERSIONS, (slice){space, content.size},
                   offer->aead_limit);
}

status spdm_secured_choice_read(slice opaque, const struct spdm_shape *shape,
                                struct spdm_secured_choice *out)
{
    struct contents contents = {0};
    struct spdm_secured_choice choice;

    TRY(contents_read(opaque, shape, &contents));
    struct reader reader = reader_of(contents.of[ID_CHOSEN_VERSION]);
    choice.version = read_le16(&reader);
    if (reader_finish(&reader).fault)
        return FAIL(MALFORMED, "opaque field does not choose a version of secured messages");
    TRY(aead_limit_read(contents.of[ID_AEAD_LIMIT], &choice.aead_limit));
    *out = choice;
    return OK;
}

void spdm_secured_choice_write(struct writer *writer, const struct spdm_shape *shape,
                               const struct spdm_secured_choice *choice)
{
    const uint8_t content[] = {(uint8_t)choice->version, (uint8_t)(choice->version >> 8)};
    elements_write(writer, shape, ID_CHOSEN_VERSION, SLICE(content), choice->aead_limit);
}
