/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The software components of a platform, as PSA and CCA tokens list them: what each is, what it
 * measured to and who signed it.
 * spec: RFC 9783, "Software Inventory Claims"
 */

#include "evidence/claim_names.h"
#include "evidence/token.h"

enum { ARM_COMPONENTS_MAX = 32 };

enum arm_component_field {
    ARM_COMPONENT_TYPE,
    ARM_COMPONENT_MEASUREMENT,
    ARM_COMPONENT_VERSION,
    ARM_COMPONENT_SIGNER_ID,
    ARM_COMPONENT_HASH_ALG,
    ARM_COMPONENT_FIELDS,
};

/* Slices are borrowed from the token. */
struct arm_components {
    struct token_value values[ARM_COMPONENTS_MAX][ARM_COMPONENT_FIELDS];
    size_t count;
};

/* `array` as token_read() gave it. MALFORMED when it is empty, EXHAUSTED past our limit. */
status arm_components_read(slice array, struct arm_components *out);

/* "components.0.type", "components.0.measurement", and so on. */
void arm_components_claim(struct claims *claims, const struct arm_components *components);

#define ARM_COMPONENT_CLAIM_NAMES(n)                                                               \
    {"components." #n ".type", .kind = CLAIM_TEXT},                                                \
        {"components." #n ".measurement", CLAIM_BYTES, .meaning = CLAIM_MEANS_CODE},               \
        {"components." #n ".version", .kind = CLAIM_TEXT},                                         \
        {"components." #n ".signer_id", CLAIM_BYTES, .meaning = CLAIM_MEANS_CODE},                 \
    {                                                                                              \
        "components." #n ".hash_alg", .kind = CLAIM_TEXT                                           \
    }

/* `ROW(n)` for every component that there may be. */
#define ARM_COMPONENT_EACH(ROW)                                                                    \
    ROW(0), ROW(1), ROW(2), ROW(3), ROW(4), ROW(5), ROW(6), ROW(7), ROW(8), ROW(9), ROW(10),       \
        ROW(11), ROW(12), ROW(13), ROW(14), ROW(15), ROW(16), ROW(17), ROW(18), ROW(19), ROW(20),  \
        ROW(21), ROW(22), ROW(23), ROW(24), ROW(25), ROW(26), ROW(27), ROW(28), ROW(29), ROW(30),  \
        ROW(31)
