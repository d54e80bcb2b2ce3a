/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * GET_VERSION and VERSION: which SPDM versions a responder speaks. Both are always sent as 1.0.
 * spec: DSP0274 1.4, "GET_VERSION request and VERSION response messages"
 */

#include "spdm/message/header.h"

enum { SPDM_VERSION_ENTRIES_MAX = 16 };

struct spdm_version {
    size_t entry_count;
    uint16_t entries[SPDM_VERSION_ENTRIES_MAX]; /* major:4 minor:4 update:4 alpha:4 */
};

status spdm_get_version_read(struct reader *reader);
void spdm_get_version_write(struct writer *writer);

/* EXHAUSTED past SPDM_VERSION_ENTRIES_MAX entries, MALFORMED without one. */
status spdm_version_read(struct reader *reader, struct spdm_version *out);
void spdm_version_write(struct writer *writer, const struct spdm_version *version);
