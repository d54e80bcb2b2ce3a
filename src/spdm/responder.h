/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The answering side. It does no I/O and allocates nothing: a frame of the transport goes in, at
 * most one comes out, and time and dice are arguments. What may come when is a table in
 * responder.c.
 *
 * Zero refuses: a duty that is NULL is answered as unsupported, and without an identity, keys or a
 * judge of the requester's chain nobody gets a session that needs them.
 * spec: DSP0274 1.4, "SPDM messaging protocol", "SPDM request and response code issuance allowance"
 */

#include "base/moment.h"
#include "spdm/chain.h"
#include "spdm/identity.h"
#include "spdm/message/csr.h"
#include "spdm/message/events.h"
#include "spdm/message/key_pair_info.h"
#include "spdm/message/measurements.h"
#include "spdm/message/secured_versions.h"
#include "spdm/message/set_certificate.h"
#include "spdm/message/vendor_defined.h"
#include "spdm/wrap.h"

/* Which measurements, and for whom. */
struct spdm_measuring {
    uint8_t operation; /* an index, or SPDM_MEASUREMENTS_ALL or _COUNT */
    bool asks_raw;
    bool asks_new;
    enum hash hash;                     /* of digests; NONE: raw bit streams only */
    const uint8_t *nonce;               /* the requester's, when it will be signed; else NULL */
    uint8_t slot;                       /* ... with the key of this slot */
    const struct spdm_session *session; /* NULL: outside sessions */
    const struct spdm_connection *connection;
};

/* A vendor's request, and the space for the payload of its response. */
struct spdm_vendor_call {
    const struct spdm_session *session; /* NULL: outside sessions */
    struct spdm_svh vendor;
    slice payload;
};

/* From where keys and certificates may be put into us. */
enum spdm_provisioning {
    SPDM_PROVISIONING_NEVER,
    SPDM_PROVISIONING_IN_SESSIONS, /* slots 1 to 7 */
    SPDM_PROVISIONING_TRUSTED,     /* a trusted environment: slot 0 also, and outside sessions */
};

/* A signing request that is wanted, for a key of ours. */
struct spdm_csr_order {
    const struct spdm_get_csr *request;
    const struct spdm_session *session; /* NULL: outside sessions */
    enum asym asym;                     /* that were negotiated */
    enum hash hash;
};

/* A chain for a slot, or that the slot be emptied. */
struct spdm_installation {
    const struct spdm_set_certificate *request;
    const struct spdm_session *session; /* NULL: outside sessions */
    /* Of that form, and its signatures are good; NULL: emptied. Neither its root nor its dates
     * were looked at, nor whether the key of an alias' issuer is ours. */
    const struct spdm_chain *chain;
};

/* What the requester is told instead of an answer, when the program says so. */
struct spdm_pending {
    bool until_reset; /* it is done once we were reset: only under the capability for it */
    uint8_t csr_tag;  /* to come back with then; from 1.3 on */
};

/* What a duty returns that cannot answer yet. */
status spdm_not_ready(void);

/*
 * What the embedding program does when it is asked to. UNEXPECTED and MALFORMED become ERROR
 * InvalidRequest, UNSUPPORTED UnsupportedRequest, spdm_not_ready() ResponseNotReady, anything else
 * Unspecified. Whoever was not ready is called again when the requester asks again; where no space
 * for large messages was lent to keep the request in, the ERROR is Busy.
 */
struct spdm_duties {
    /* Appends blocks to `record`; `out_count` is theirs, or that of all indices. UNEXPECTED when
     * there is no such index. */
    status (*measure)(void *context, const struct spdm_measuring *what, struct writer *record,
                      uint8_t *out_count);
    /*
     * Whether the requester may have a session: `chain` is the one that it showed, as it stands in
     * its slot, or NULL for its provisioned raw key. OK and the key to check FINISH with, which
     * outlives the handshake. Anything else refuses.
     */
    status (*judge)(void *context, slice chain, const struct public_key **out_key);
    /* For SPDM_MUTUAL_KNOWN_CHAIN, and before the requester's signed answers: the chain that the
     * requester is known by, as it stands in `out_slot` of its under this hash. `judge` is asked
     * about it. */
    status (*recall)(void *context, enum hash hash, uint8_t *out_slot, slice *out_chain);
    /* The key that `hint` means; any failure refuses. */
    status (*find_psk)(void *context, slice hint, struct secret *out);
    status (*vendor_defined)(void *context, const struct spdm_vendor_call *call,
                             struct writer *payload);
    /* Appends groups of events that there are, and says how many. */
    status (*event_types)(void *context, const struct spdm_session *session, struct writer *groups,
                          uint8_t *out_count);
    /* What the session wants to hear of from now on, and nothing else; UNEXPECTED when there is no
     * such event. Not called for a session that hears all: `session->hears` says so. */
    status (*subscribe)(void *context, const struct spdm_session *session,
                        const struct spdm_event_types *wanted);
    /*
     * Appends the oldest of what happened that the session wants to hear of and was not told, and
     * says how many they are, at most SPDM_EVENTS_MAX; when they arrived they are told.
     */
    status (*tell_events)(void *context, const struct spdm_session *session, struct writer *events,
                          uint32_t *out_count);
    void (*events_told)(void *context, const struct spdm_session *session);
    /* The whole log as it is now (spdm_log_write()), to be read until the next call. */
    status (*measurement_log)(void *context, const struct spdm_session *session, slice *out);
    /* Appends device classes (spdm/message/endpoint_info.h). */
    status (*endpoint_info)(void *context, const struct spdm_session *session, struct writer *info);
    /* The requester's device classes, which it was asked for (spdm_responder_ask()); signed when
     * it can and `recall` knew it. */
    status (*requester_info)(void *context, const struct spdm_session *session, slice info,
                             bool is_signed);
    /* One of our key pairs. UNEXPECTED when there is none of this id. */
    status (*key_pair)(void *context, uint8_t key_pair_id, struct spdm_key_pair_info *out);
    /*
     * What follows changes us, or has a key of ours sign what a requester wrote: it comes only from
     * where `provisioning` allows. UNEXPECTED becomes UnexpectedRequest here, EXHAUSTED Busy, and
     * what is neither of those, MALFORMED nor UNSUPPORTED, OperationFailed.
     */
    /* Appends PKCS #10. UNEXPECTED for a tag that nothing awaits, EXHAUSTED when all are taken and
     * none may be dropped. */
    status (*sign_request)(void *context, const struct spdm_csr_order *order, struct writer *csr,
                           struct spdm_pending *out);
    /* When it changes the identity, nobody else may be using that meanwhile. */
    status (*install)(void *context, const struct spdm_installation *what,
                      struct spdm_pending *out);
    /* Only what the pair's capabilities allow; what is 0 stays as it is, but for the slots of a
     * pair that changes them. */
    status (*set_key_pair)(void *context, const struct spdm_set_key_pair_info *request,
                           struct spdm_pending *out);
};

/* Of one side, immutable, shared by its connections. */
struct spdm_responder_setup {
    struct spdm_settings settings;
    const struct spdm_transport *transport;
    const struct spdm_identity *identity;
    struct spdm_duties duties;
    uint32_t tcb_kinds; /* one bit a kind of measurement: what a TCB summary covers */
    uint8_t change;     /* enum spdm_change: what signed measurements say of earlier ones */
    uint8_t mutual;     /* enum spdm_mutual: how requesters are asked to authenticate themselves */
    bool challenges_back; /* ... and so are those that challenge us, before any session: from 1.1 */
    enum spdm_provisioning provisioning;
    uint8_t heartbeat_s;
    struct spdm_secured_offer secured; /* versions of DSP0277 to choose from */
    status (*random)(uint8_t *out, size_t size);
};

/* What becomes of the session once the response is sealed. */
enum spdm_afterwards { SPDM_STAYS, SPDM_ESTABLISHES, SPDM_ENDS };

/* Who the requester says it is, until it signs: of the latest that was judged. */
struct spdm_shown {
    const struct spdm_session *session; /* in its handshake; NULL: outside sessions */
    const struct public_key *key;       /* NULL: nobody */
    struct digest digest;               /* of its chain or key, for transcripts */
};

struct spdm_responder {
    struct spdm_connection connection;
    const struct spdm_responder_setup *setup;
    void *context; /* given to the duties */
    uint16_t sessions_begun;
    struct spdm_shown shown;
    bool requester_is_authentic;         /* it answered our challenge */
    enum spdm_afterwards after_transfer; /* of a response that is fetched in pieces ... */
    struct spdm_session *transfers_for;  /* ... and what it was about */
    struct spdm_opaque_more more;        /* lent: what KEY_EXCHANGE_RSP says besides */
    status refusal;   /* why the last message was answered with ERROR; OK: it was not */
    uint8_t *scratch; /* lent: measurements on their way, and the requester's chain */
    size_t scratch_size;
};

struct spdm_responder_loans {
    struct spdm_loans connection;
    uint8_t *scratch;
    size_t scratch_size;
};

void spdm_responder_begin(struct spdm_responder *responder,
                          const struct spdm_responder_setup *setup, void *context,
                          const struct spdm_responder_loans *loans);
void spdm_responder_clear(struct spdm_responder *responder);

/*
 * Takes one frame, which is decrypted in place, and appends what answers it to `out`: nothing, when
 * the specification says silence. Fails when the transport's stream cannot go on, or `out` is too
 * small for even an ERROR.
 */
status spdm_responder_receive(struct spdm_responder *responder, struct moment now, uint8_t *frame,
                              size_t size, struct writer *out);

/*
 * The requester will be asked this (SPDM_KEY_UPDATE, SPDM_GET_DIGESTS, which goes on to its chain
 * and `judge`) when it next sends GET_ENCAPSULATED_REQUEST; how it learns that it should is the
 * caller's affair. `session` is established, or NULL. UNSUPPORTED when the requester cannot answer
 * it there, UNEXPECTED while it is asked something else.
 */
status spdm_responder_ask(struct spdm_responder *responder, struct spdm_session *session,
                          uint8_t request_code);

/* Ends sessions that were silent for too long. */
void spdm_responder_look(struct spdm_responder *responder, struct moment now);

/*
 * Something happened that `session` wants to hear of: `tell_events` is called when the requester
 * next asks what we want. As spdm_responder_ask(); UNEXPECTED also when it subscribed to nothing.
 */
status spdm_responder_tell(struct spdm_responder *responder, struct spdm_session *session);
