/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What one end proves to the other: evidence bound to this session, and the judgement of it.
 * spec: docs/link-protocol.md, "Binding" and "Order of checks"
 */

#include "channel/session.h"

/* The two ends of one session; each proves to the other. */
struct proof_session {
    const struct session *session;
    enum role role; /* ours */
    const struct digest *own_spki;
    const struct digest *peer_spki;
};

/* Computes `prover`'s binding from our own view of the session. Fails when the exporter does. */
status proof_binding(const struct proof_session *session, enum role prover, uint32_t round,
                     const uint8_t nonce[NONCE_SIZE], const char *platform, slice side_claims,
                     uint8_t out[BINDING_SIZE]);

/* What was found out about the peer in one round; large, and kept only where evidence is wanted. */
struct judgement {
    struct facts facts;
    struct appraisal appraisal;
};

/*
 * Judges the peer's evidence, cheap checks first. A refusal is a result: `out->appraisal` has the
 * reasons. `before` is the last accepted judgement, NULL in the first round.
 */
status proof_judge(const struct proof_session *session, const struct channel_context *context,
                   const struct exchange_evidence *evidence, const uint8_t nonce[NONCE_SIZE],
                   int64_t now_s, const struct judgement *before, struct judgement *out);

/* Nonces of a session, by their first eight bytes: none may come twice, from either end. */
struct nonce_log {
    uint64_t *seen;
    size_t count, capacity;
};
void nonce_log_clear(struct nonce_log *log);
/* UNEXPECTED when it was seen before. */
status nonce_log_add(struct nonce_log *log, const uint8_t nonce[NONCE_SIZE]);
