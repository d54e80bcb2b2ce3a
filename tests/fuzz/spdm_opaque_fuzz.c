/* SPDX-License-Identifier: Apache-2.0 */

/*
 * An opaque field from anybody: the first byte tells whether it is of the older form. What is read
 * of secured messages, written, is read as the same.
 */

#include "spdm/message/secured_versions.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_elements(slice opaque, const struct spdm_shape *shape)
{
    struct reader elements;
    struct spdm_opaque_element element;
    if (spdm_opaque_read(opaque, shape, &elements).fault)
        return;
    while (elements.left.size)
        assert(!spdm_opaque_element_read(&elements, &element).fault);
}

static void read_offer(slice opaque, const struct spdm_shape *shape)
{
    uint8_t space[SPDM_SECURED_OPAQUE_SIZE_MAX];
    struct writer writer = writer_over(space, sizeof space);
    struct spdm_secured_offer offer, again;
    slice written;
    if (spdm_secured_offer_read(opaque, shape, &offer).fault)
        return;
    spdm_secured_offer_write(&writer, shape, &offer);
    assert(!writer_finish(&writer, &written).fault);
    assert(!spdm_secured_offer_read(written, shape, &again).fault);
    assert(again.version_count == offer.version_count && again.aead_limit == offer.aead_limit);
    for (size_t i = 0; i < offer.version_count; i++)
        assert(again.versions[i] == offer.versions[i]);
}

static void read_choice(slice opaque, const struct spdm_shape *shape)
{
    uint8_t space[SPDM_SECURED_OPAQUE_SIZE_MAX];
    struct writer writer = writer_over(space, sizeof space);
    struct spdm_secured_choice choice, again;
    slice written;
    if (spdm_secured_choice_read(opaque, shape, &choice).fault)
        return;
    spdm_secured_choice_write(&writer, shape, &choice);
    assert(!writer_finish(&writer, &written).fault);
    assert(!spdm_secured_choice_read(written, shape, &again).fault);
    assert(again.version == choice.version && again.aead_limit == choice.aead_limit);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const struct spdm_shape shape = {.version = data[0] & 1 ? SPDM_1_1 : SPDM_1_2};
    const slice opaque = {data + 1, size - 1};
    read_elements(opaque, &shape);
    read_offer(opaque, &shape);
    read_choice(opaque, &shape);
    return 0;
}
