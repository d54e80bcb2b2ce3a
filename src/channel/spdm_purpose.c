/* SPDX-License-Identifier: Apache-2.0 */
#include "channel/spdm_purpose.h"

enum { REGISTRY_IANA = 4 };

/* 32473, for documentation, in the byte order of opaque data. */
static const uint8_t enterprise[] = {0xd9, 0x7e, 0, 0};

void spdm_purpose_write(struct writer *writer, const char *purpose)
{
    const struct spdm_opaque_element element = {
        .body = {.body = REGISTRY_IANA, .vendor_id = SLICE(enterprise)},
        .data = slice_of_text(purpose)};
    spdm_opaque_element_write(writer, &element);
}

static bool is_purpose(const struct spdm_opaque_element *element)
{
    return element->body.body == REGISTRY_IANA &&
           slice_equal(element->body.vendor_id, SLICE(enterprise));
}

static const char *among(const char *const *purposes, slice name)
{
    while (*purposes && !slice_equal(slice_of_text(*purposes), name))
        purposes++;
    return *purposes;
}

status spdm_purpose_read(slice opaque, const struct spdm_shape *shape, const char *const *purposes,
                         const char **out)
{
    struct reader elements;
    struct spdm_opaque_element element;
    const char *found = NULL;
    TRY(spdm_opaque_read(opaque, shape, &elements));
    while (elements.left.size) {
        TRY(spdm_opaque_element_read(&elements, &element));
        if (!is_purpose(&element))
            continue;
        if (found)
            return FAIL(UNEXPECTED, "a session for two purposes");
        found = among(purposes, element.data);
        if (!found)
            return FAIL(UNEXPECTED, "the session is for another purpose");
    }
    if (!found)
        return FAIL(UNEXPECTED, "a session without a purpose");
    *out = found;
    return OK;
}
