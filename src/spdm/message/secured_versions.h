/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The opaque field of the messages that open a session: which versions of secured messages the
 * requester speaks, and which one the responder chose. Elements of others are skipped.
 * spec: DSP0277 1.3, "Secured Message opaque element data format", "Supported version list",
 * "Version selection", "AEAD limit"
 */

#include "spdm/message/opaque.h"

enum {
    SPDM_SECURED_VERSIONS_MAX = 8,
    SPDM_SECURED_OPAQUE_SIZE_MAX = 40, /* of all that is written here */
    SPDM_AEAD_LIMIT_MAX = 64,          /* what it is when nothing is said of it */
};

struct spdm_secured_offer {
    size_t version_count;
    uint16_t versions[SPDM_SECURED_VERSIONS_MAX]; /* as the entries of VERSION */
    uint8_t aead_limit; /* 1.3: 2 to this power records to a key, at most */
};

struct spdm_secured_choice {
    uint16_t version;
    uint8_t aead_limit;
};

/* MALFORMED without the list, or with two; EXHAUSTED past SPDM_SECURED_VERSIONS_MAX. */
status spdm_secured_offer_read(slice opaque, const struct spdm_shape *shape,
                               struct spdm_secured_offer *out);
void spdm_secured_offer_write(struct writer *writer, const struct spdm_shape *shape,
                              const struct spdm_secured_offer *offer);

/* MALFORMED without a version, or with two. */
status spdm_secured_choice_read(slice opaque, const struct spdm_shape *shape,
                                struct spdm_secured_choice *out);
void spdm_secured_choice_write(struct writer *writer, const struct spdm_shape *shape,
                               const struct spdm_secured_choice *choice);
