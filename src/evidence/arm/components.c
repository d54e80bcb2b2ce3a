/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/arm/components.h"

static const struct token_field fields[ARM_COMPONENT_FIELDS] = {
    [ARM_COMPONENT_TYPE] = {.key = 1,
                            .kind = TOKEN_TEXT,
                            .most = TOKEN_TEXT_SIZE_MAX,
                            .is_optional = true},
    [ARM_COMPONENT_MEASUREMENT] = {.key = 2, .kind = TOKEN_BYTES, .least = 32, .most = 64},
    [ARM_COMPONENT_VERSION] = {.key = 4,
                               .kind = TOKEN_TEXT,
                               .most = TOKEN_TEXT_SIZE_MAX,
                               .is_optional = true},
    [ARM_COMPONENT_SIGNER_ID] = {.key = 5, .kind = TOKEN_BYTES, .least = 32, .most = 64},
    [ARM_COMPONENT_HASH_ALG] = {.key = 6,
                                .kind = TOKEN_TEXT,
                                .most = TOKEN_TEXT_SIZE_MAX,
                                .is_optional = true},
};

#define NAMES(n)                                                                                   \
    {                                                                                              \
        "components." #n ".type", "components." #n ".measurement", "components." #n ".version",    \
            "components." #n ".signer_id", "components." #n ".hash_alg"                            \
    }
static const char *const names[ARM_COMPONENTS_MAX][ARM_COMPONENT_FIELDS] = {
    ARM_COMPONENT_EACH(NAMES)};

status arm_components_read(slice array, struct arm_components *out)
{
    struct reader reader = reader_of(array);
    slice items[ARM_COMPONENTS_MAX];
    size_t count;
    TRY(cbor_tolerant_read_array(&reader, ARM_COMPONENTS_MAX, items, &count));
    if (count == 0)
        return FAIL(MALFORMED, "the token lists no software component");
    for (size_t i = 0; i < count; i++)
        TRY(token_read(items[i], fields, ARM_COMPONENT_FIELDS, out->values[i]));
    out->count = count;
    return OK;
}

void arm_components_claim(struct claims *claims, const struct arm_components *components)
{
    for (size_t i = 0; i < components->count; i++)
        for (size_t field = 0; field < ARM_COMPONENT_FIELDS; field++) {
            const struct token_value *const value = &components->values[i][field];
            if (value->is_there && fields[field].kind == TOKEN_BYTES)
                claim_bytes(claims, names[i][field], value->bytes);
            else if (value->is_there)
                token_claim_text(claims, names[i][field], value->bytes);
        }
}
