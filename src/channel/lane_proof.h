/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The proof that joins a lane to its link: made by each end of the lane over its own session, with
 * a key that only the two ends of the control session have.
 * spec: docs/link-protocol.md, "Lanes"
 */

#include "channel/proof.h"

enum { LANE_PROOF_SIZE = 48, LANE_MESSAGE_SIZE = LINK_ID_SIZE + 4 + LANE_PROOF_SIZE };

struct lane_message {
    uint8_t link_id[LINK_ID_SIZE];
    uint32_t lane_number;
    uint8_t proof[LANE_PROOF_SIZE];
};
status lane_message_read(slice payload, struct lane_message *out);
void lane_message_write(const struct lane_message *message, uint8_t out[LANE_MESSAGE_SIZE]);

/* OK when the lane's two keys are the link's. UNAUTHENTIC otherwise. */
status lane_proof_fits(const struct proof_session *session, const struct link_keys *keys);

/* The message `prover` sends. */
status lane_proof_make(const struct proof_session *session, enum role prover,
                       const struct link_keys *keys, uint32_t lane_number,
                       struct lane_message *out);

/* OK when `message` is what the peer must send on this lane of this link. */
status lane_proof_check(const struct proof_session *session, const struct link_keys *keys,
                        uint32_t lane_number, const struct lane_message *message);
