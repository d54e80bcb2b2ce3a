/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The attestation exchange's messages: request, evidence, verdict. Deterministic CBOR, the same
 * over every kind of channel. Reading borrows from the message.
 * spec: docs/link-protocol.md, "Messages"
 */

#include "atls/binding.h"
#include "codec/cbor.h"

enum {
    EXCHANGE_VERSION = 1,
    EXCHANGE_MESSAGE_SIZE_MAX = 256 << 10,
    EXCHANGE_PLATFORMS_MAX = 16,
    EXCHANGE_PLATFORM_NAME_MAX = 32,
    EXCHANGE_ENDORSEMENTS_MAX = 16,
    EXCHANGE_REASONS_MAX = 8,
    EXCHANGE_REASON_SIZE_MAX = 64,
};

enum exchange_kind { EXCHANGE_NONE, EXCHANGE_REQUEST, EXCHANGE_EVIDENCE, EXCHANGE_VERDICT };

struct exchange_request {
    uint32_t round;
    bool wants_evidence; /* false: the sender will accept whoever holds the peer's key */
    uint8_t nonce[NONCE_SIZE];
    slice platforms[EXCHANGE_PLATFORMS_MAX]; /* accepted; none listed: any */
    size_t platform_count;
};

struct exchange_evidence {
    uint32_t round;
    slice platform; /* empty: the sender has no evidence to give */
    slice cmw;      /* a conceptual message wrapper record with the evidence */
    slice side_claims;
    slice endorsements[EXCHANGE_ENDORSEMENTS_MAX];
    size_t endorsement_count;
};

struct exchange_verdict {
    uint32_t round;
    bool accepted;
    slice reasons[EXCHANGE_REASONS_MAX]; /* stable codes, when refused */
    size_t reason_count;
    uint32_t next_round_s; /* the sender will ask again within so many seconds; 0: never */
};

struct exchange_message {
    enum exchange_kind kind;
    union {
        struct exchange_request request;
        struct exchange_evidence evidence;
        struct exchange_verdict verdict;
    };
};

/* Whether `text` may be a reason: upper-case letters, digits and underscores. */
bool exchange_is_reason(slice text);

/* MALFORMED, TRUNCATED, EXHAUSTED; UNSUPPORTED for another version or model. */
status exchange_read(slice message, struct exchange_message *out);
status exchange_write(const struct exchange_message *message, struct buffer *out);
