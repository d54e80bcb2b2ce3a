/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * DOE discovery: which protocols a mailbox speaks, asked one index after another. Both sides'
 * messages are the four bytes inside a frame of kind SPDM_FRAME_DISCOVERY.
 * spec: PCIe 6.0, "DOE Discovery"
 */

#include "codec/reader.h"
#include "codec/writer.h"

enum { SPDM_DOE_DISCOVERY_SIZE = 4 };

/* The requester's side; begins as zero. */
struct spdm_doe_discovery {
    uint8_t index; /* that is asked next */
    bool is_done;
    bool has_spdm;
    bool has_secured;
};

void spdm_doe_discovery_ask(struct writer *writer, const struct spdm_doe_discovery *discovery);
/* Takes the answer. MALFORMED when the next index does not rise, so it ends after 255 at most. */
status spdm_doe_discovery_take(struct spdm_doe_discovery *discovery, slice answer);

/* The responder's side: discovery, SPDM and secured SPDM. */
status spdm_doe_discovery_answer(slice question, struct writer *writer);
