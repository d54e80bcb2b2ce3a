/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One SPDM connection of a channel: the handshake of either role, in its one order and within the
 * profile, and then its records. spec: docs/link-protocol.md, "The SPDM session"
 */

#include "channel/spdm_records.h"
#include "spdm/requester.h"
#include "spdm/responder.h"

enum {
    SPDM_DIALOGUE_HANDSHAKE_SIZE_MAX = 32 << 10, /* wire bytes from a peer that has not finished */
    SPDM_DIALOGUE_CERTIFICATES_MAX = TLS_CHAIN_MAX,
};

/* What nobody needs after FINISH. */
struct spdm_handshake;

struct spdm_dialogue {
    enum role role;
    const char *const *purposes;
    const char *purpose; /* NULL until the peer said it too */
    struct moment now;
    union {
        struct spdm_requester_setup requester;
        struct spdm_responder_setup responder;
    } setup;
    union {
        struct spdm_requester requester;
        struct spdm_responder responder;
    } self;
    struct spdm_connection *connection; /* in `self` */
    struct spdm_session session;
    struct digest peer_spki;          /* SHA-384 */
    struct spdm_handshake *handshake; /* NULL: over */
    struct spdm_records records;      /* its wire also carries the handshake */
};

/* `identity` and `purposes` are borrowed. */
status spdm_dialogue_open(const struct tls_identity *identity, enum role role,
                          const char *const *purposes, struct spdm_dialogue **out);
void spdm_dialogue_free(struct spdm_dialogue *dialogue);

/* As channel/session.h says of a handshake. */
enum session_progress spdm_dialogue_shake_hands(struct spdm_dialogue *dialogue, int64_t now_s);
