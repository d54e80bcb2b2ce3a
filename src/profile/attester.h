/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The responder's side: measurement blocks with evidence of the TEE it runs in, for its `measure`
 * duty. Hardware takes its time, so where nobody may wait the evidence is collected elsewhere:
 *   if (profile_attester_next(&attester, binding))
 *       ... another thread collects over `binding` ...
 *   profile_attester_give(&attester, binding, collected, &evidence, &endorsements);
 * and until then the requester is told to ask again. Of one connection, and of one thread.
 * spec: docs/spdm-cpu-tee-profile.md, "The responder"
 */

#include "profile/fresh.h"
#include "profile/key_bound.h"
#include "spdm/responder.h"

/* Zero attests nothing. */
enum profile_mode {
    PROFILE_NONE,
    PROFILE_FRESH,
    PROFILE_INSECURE_KEY_BOUND,      /* as the draft has it: index 0xFD */
    PROFILE_INSECURE_KEY_BOUND_RATS, /* as rats-rs does: index 0x01 */
};

enum profile_step {
    PROFILE_IDLE,
    PROFILE_WANTED,     /* evidence over `binding` ... */
    PROFILE_COLLECTING, /* ... by whoever asked with profile_attester_next() */
    PROFILE_COLLECTED,
    PROFILE_FAILED,
};

struct profile_attester {
    enum profile_mode mode;
    const struct platform *platform;
    const struct spdm_identity *identity; /* whose keys sign */
    const struct collection
        *where; /* collected at once, while the requester waits; NULL: as above */

    enum profile_step step;
    uint8_t binding[BINDING_SIZE];
    status outcome;
    struct buffer evidence; /* over `binding`; of the key-bound modes: put here at the beginning */
    struct buffer endorsements;
};
void profile_attester_clear(struct profile_attester *attester);

/* As the duty, whose context has the attester: spdm_not_ready() while the evidence is collected. */
status profile_measure(struct profile_attester *attester, const struct spdm_measuring *what,
                       struct writer *record, uint8_t *out_count);

/* True, once for each, when evidence is wanted. */
bool profile_attester_next(struct profile_attester *attester, uint8_t out_binding[BINDING_SIZE]);
/* Takes both. Evidence over another binding than the latest is dropped: that requester asked anew.
 */
void profile_attester_give(struct profile_attester *attester, const uint8_t binding[BINDING_SIZE],
                           status outcome, struct buffer *evidence, struct buffer *endorsements);
