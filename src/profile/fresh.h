/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Fresh evidence of a CPU TEE in the answer to GET_MEASUREMENTS: what it is bound to, and the
 * measurement block that carries it.
 * spec: docs/spdm-cpu-tee-profile.md, "Fresh evidence"; DSP0274 1.4, "Measurement block"
 */

#include "evidence/platform.h"
#include "spdm/connection.h"

enum { PROFILE_EXPORTER_SIZE = 64, PROFILE_KEY_DIGEST_SIZE = 48 };

/* Whom one answer is for, from one end's own view of the connection. */
struct profile_subject {
    uint8_t version; /* of SPDM */
    uint8_t nonce[SPDM_NONCE_SIZE];
    bool in_session;
    uint8_t exporter[PROFILE_EXPORTER_SIZE]; /* of that session, over the nonce */
    uint8_t key[PROFILE_KEY_DIGEST_SIZE];    /* SHA-384 of the SPKI of what signs the answer */
};
void profile_subject_clear(struct profile_subject *subject);

/* `session` may be NULL; UNEXPECTED when it is not established. */
status profile_subject_of(const struct spdm_connection *connection,
                          const struct spdm_session *session, const uint8_t nonce[SPDM_NONCE_SIZE],
                          const struct public_key *signer, struct profile_subject *out);

/* The report data that the evidence must carry. */
status profile_binding(const struct profile_subject *subject, const char *platform,
                       uint8_t out[BINDING_SIZE]);

struct profile_block {
    const struct platform *platform;
    slice evidence;
    slice endorsements; /* a file as evidence/endorsements.h takes it; may be empty */
};

/* Appends it to a record. Endorsements that no longer fit are left out, for verifiers can have them
 * from elsewhere; EXHAUSTED when the evidence does not. */
status profile_block_write(struct writer *record, const struct profile_block *block);

/*
 * The evidence among the blocks of `record`; others are left alone. UNEXPECTED when there is none,
 * UNSUPPORTED for a platform that this build does not know, MALFORMED for two or for another
 * platform's evidence.
 */
status profile_block_read(slice record, struct profile_block *out);
