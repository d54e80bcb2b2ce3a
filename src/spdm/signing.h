/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Signatures over transcripts: 1.0 and 1.1 sign the transcript, later versions a prefix that says
 * what for, and its hash.
 * spec: DSP0274 1.4, "Signature generation and verification", "Signing algorithms in extensions",
 *       "Context strings"
 */

#include "codec/writer.h"
#include "crypto/asym.h"
#include "spdm/codes.h"

enum spdm_signature {
    SPDM_SIGNATURE_NONE,
    SPDM_SIGNATURE_CHALLENGE_AUTH,
    SPDM_SIGNATURE_REQUESTER_CHALLENGE_AUTH,
    SPDM_SIGNATURE_MEASUREMENTS,
    SPDM_SIGNATURE_KEY_EXCHANGE,
    SPDM_SIGNATURE_FINISH,
    SPDM_SIGNATURE_ENDPOINT_INFO,
    SPDM_SIGNATURE_REQUESTER_ENDPOINT_INFO,
};

struct spdm_signing {
    uint8_t version;
    enum spdm_signature signature;
    enum asym asym;
    enum hash hash; /* that made the transcript's digest */
};

/* `out_signature` takes asym_signature_size() bytes. */
status spdm_sign(const struct spdm_signing *signing, const struct private_key *key,
                 const struct digest *transcript, uint8_t *out_signature);
/* The same, appended to a message. EXHAUSTED, and nothing written, when it does not fit. */
status spdm_signature_write(struct writer *writer, const struct spdm_signing *signing,
                            const struct private_key *key, const struct digest *transcript);
/* UNAUTHENTIC when it does not verify, or has another size. */
status spdm_verify(const struct spdm_signing *signing, const struct public_key *key,
                   const struct digest *transcript, slice signature);
