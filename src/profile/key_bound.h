/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Evidence as the draft "CPU TEE Secured Messages using SPDM" and rats-rs have it: in the
 * responder's self-signed certificate, made once for its key, and beside it a measurement block
 * with claims that were read from the evidence. It says nothing about when, and nothing about the
 * session: whoever has the key has the evidence.
 * spec: docs/spdm-cpu-tee-profile.md, "Key-bound evidence"; CCC Attestation SIG, interoperable
 *       RA-TLS
 */

#include "evidence/tagged.h"
#include "spdm/message/measurement_block.h"

enum {
    PROFILE_CLAIMS_MAX = 24,
    PROFILE_INDEX_RATS = 0x01, /* rats-rs; the draft has SPDM_INDEX_MANIFEST */
};

/* What the measurement block tells, in rats-rs's order. Borrows from the evidence. */
struct profile_claims {
    struct {
        const char *name;
        slice value;
    } items[PROFILE_CLAIMS_MAX];
    size_t count;
    uint8_t numbers[3][2]; /* of an enclave, as they lie in its report */
};

/* UNSUPPORTED for evidence that is no quote of Intel's: for others there are no names. */
status profile_claims_of(slice evidence, struct profile_claims *out);
status profile_claims_write(const struct profile_claims *claims, struct buffer *out);

/* Appends a block of this index: the claims themselves, or their digest by `hash`. */
status profile_claims_block_write(struct writer *record, uint8_t index, enum hash hash,
                                  const struct profile_claims *claims);

/*
 * OK when every block of either index tells what the evidence says: all that a map tells, or the
 * digest of all of it. UNEXPECTED when there is no such block, UNAUTHENTIC when one says otherwise.
 */
status profile_claims_check(slice record, enum hash hash, const struct profile_claims *claims);
