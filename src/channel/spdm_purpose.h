/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What an SPDM session is for: an element in the opaque data of KEY_EXCHANGE, and again in that of
 * KEY_EXCHANGE_RSP, so that the transcript covers it.
 * spec: docs/link-protocol.md, "The SPDM session"; RFC 5612, "Introduction"
 */

#include "spdm/message/opaque.h"

void spdm_purpose_write(struct writer *writer, const char *purpose);

/*
 * The one among `purposes` (NULL-terminated) that `opaque` names. UNEXPECTED when it names none,
 * another or two; elements of others are left alone.
 */
status spdm_purpose_read(slice opaque, const struct spdm_shape *shape, const char *const *purposes,
                         const char **out);
