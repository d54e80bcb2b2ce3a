/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The asking side. It does no I/O and allocates nothing: a caller asks for one thing at a time,
 * sends what was appended to `out`, and gives back each frame that comes until the thing is done.
 *   TRY(spdm_requester_connect(&requester, now, &out));
 *   ... send, receive ...
 *   switch (spdm_requester_receive(&requester, now, frame, size, &out)) ...
 * How long it waits for an answer is the caller's business, who has the clock: whoever gives up
 * clears the requester, or connects anew. What the peer puts off is asked for again, until
 * SPDM_PATIENCE_MS are over: the caller calls spdm_requester_look() when it is time.
 *
 * Zero refuses: nothing that a signature proves is done before the chain of its slot was accepted
 * (spdm_requester_accept(), or a key without one: spdm_requester_accept_key()), and without an
 * identity nobody learns who we are. spec: DSP0274 1.4, "SPDM messaging protocol", "Session-based
 * mutual authentication"
 */

#include "base/moment.h"
#include "crypto/agreement.h"
#include "spdm/chain.h"
#include "spdm/identity.h"
#include "spdm/message/csr.h"
#include "spdm/message/error.h"
#include "spdm/message/events.h"
#include "spdm/message/key_pair_info.h"
#include "spdm/message/key_update.h"
#include "spdm/message/measurements.h"
#include "spdm/message/secured_versions.h"
#include "spdm/message/session_policy.h"
#include "spdm/message/set_certificate.h"
#include "spdm/message/vendor_defined.h"
#include "spdm/wrap.h"

/* Of one side, immutable, shared by its connections. */
struct spdm_requester_setup {
    struct spdm_settings settings;
    const struct spdm_transport *transport;
    const struct spdm_identity *identity; /* for mutual authentication; NULL: none */
    slice endpoint_info; /* our device classes (spdm/message/endpoint_info.h); empty: not told */
    struct spdm_secured_offer secured; /* versions of DSP0277 that we speak */
    bool clears_negotiated_state;      /* END_SESSION says so to a responder that would keep it */
    status (*random)(uint8_t *out, size_t size);
};

enum spdm_progress {
    SPDM_FAILED, /* `failure` says why; `error` is the peer's, when it was an ERROR */
    SPDM_WAIT,   /* for the next frame; after ERROR Busy or ResponseNotReady, which `error` then is,
                    until spdm_requester_deadline_ms() */
    SPDM_SEND,   /* `out` has the next request */
    SPDM_DONE,   /* the result can be read, until the frame or the requester is used again */
};

/* A responder that is busy, or not ready, is asked again for no longer than this. */
enum { SPDM_PATIENCE_MS = 30000 };

/* A peer asks no more than this at a time. */
enum { SPDM_ENCAPSULATED_ROUNDS_MAX = 256 };

/* Without one there are no events. */
struct spdm_ear {
    status (*hear)(void *context, const struct spdm_session *session,
                   const struct spdm_event *event);
    void *context;
};

struct spdm_step;

struct spdm_requester {
    struct spdm_connection connection;
    const struct spdm_requester_setup *setup;
    struct spdm_ear ear;
    uint8_t *chain; /* lent: the peer's chain on its way */
    size_t chain_capacity;

    /* What is under way. */
    const struct spdm_step *step; /* NULL: nothing */
    struct spdm_session *session; /* the request went through; NULL: outside sessions */
    uint8_t request[SPDM_NEGOTIATE_ALGORITHMS_SIZE_MAX]; /* kept for the transcript */
    size_t request_size;  /* ... there, or in the space for large messages where that was lent */
    int64_t ask_again_ms; /* 0: the response was not put off */
    int64_t give_up_ms;   /* 0: nor was it before */
    struct spdm_not_ready put_off; /* how it is asked for ... */
    bool is_busy;                  /* ... or the whole request again */
    uint8_t slot;
    uint8_t summary; /* enum spdm_summary, as asked */
    uint8_t context[SPDM_CONTEXT_SIZE];
    bool is_signed;                 /* the measurements will be ... */
    uint8_t nonce[SPDM_NONCE_SIZE]; /* ... over this */
    uint8_t key_operation;          /* enum spdm_key_operation */
    uint8_t key_tag;
    uint16_t vendor_body;  /* enum spdm_body */
    uint16_t requester_id; /* our half of the id of the session to be */
    uint16_t sessions_begun;
    struct spdm_session_policy policy; /* of the session to be */
    uint8_t hears;                     /* enum spdm_hearing: as it is being subscribed */
    enum spdm_encapsulated_flow flow;  /* in which the responder asks us */
    uint8_t delivered;                 /* the id of the request that was answered last */
    unsigned rounds;
    struct agreement agreement;
    struct secret psk;
    struct running_hash th;       /* before there is a session to keep it */
    struct spdm_session *opening; /* in its handshake */

    /* Results. Slices borrow from the last frame, and `chain_size` is of the lent space. */
    status failure;
    uint8_t error;      /* enum spdm_error_code; 0: none */
    uint8_t error_data; /* with SPDM_RESET_REQUIRED after csr: the tag to come back with */
    size_t chain_size;
    struct digest summary_digest; /* of a challenge or a session, when it was asked for */
    struct spdm_measurements measurements;
    slice measured; /* ... as they came: the whole response */
    struct spdm_key_pair_info key_pair;
    struct spdm_event_types event_types;
    slice payload;               /* of vendor_defined and csr */
    struct spdm_session *opened; /* of open_session and open_psk_session */
};

struct spdm_requester_loans {
    struct spdm_loans connection;
    uint8_t *chain; /* for the longest chain that is read */
    size_t chain_capacity;
};

void spdm_requester_begin(struct spdm_requester *requester,
                          const struct spdm_requester_setup *setup,
                          const struct spdm_requester_loans *loans);
void spdm_requester_clear(struct spdm_requester *requester);

/*
 * Takes one frame, which is decrypted in place. A session whose records do not open has ended, and
 * so has one whose handshake failed.
 */
enum spdm_progress spdm_requester_receive(struct spdm_requester *requester, struct moment now,
                                          uint8_t *frame, size_t size, struct writer *out);

/* When to call spdm_requester_look() next, by the monotonic clock; INT64_MAX: never. */
int64_t spdm_requester_deadline_ms(const struct spdm_requester *requester);
/*
 * Asks again for what was put off, and ends sessions in which nothing was heard for too long.
 * SPDM_SEND: `out` has it; SPDM_FAILED: what was under way is not any more.
 */
enum spdm_progress spdm_requester_look(struct spdm_requester *requester, struct moment now,
                                       struct writer *out);
/* For a caller that does not want to wait: what was put off is not asked for again. */
void spdm_requester_give_up(struct spdm_requester *requester);

/*
 * From here on each appends one frame to `out` and awaits its response. UNEXPECTED while another
 * is awaited, or before the connection; UNSUPPORTED when the responder cannot.
 */

/* VERSION, CAPABILITIES, ALGORITHMS. Also anew, which ends all sessions. */
status spdm_requester_connect(struct spdm_requester *requester, struct moment now,
                              struct writer *out);

/* `session` may be NULL here and below. What came is in connection.peer_slots. */
status spdm_requester_digests(struct spdm_requester *requester, struct moment now,
                              struct spdm_session *session, struct writer *out);
/* The whole chain, into the lent space. UNAUTHENTIC when DIGESTS told of another. */
status spdm_requester_certificate(struct spdm_requester *requester, struct moment now,
                                  struct spdm_session *session, uint8_t slot, struct writer *out);
/* The caller read the chain of `slot` and trusts it: its key will verify what the slot signs, for
 * as long as DIGESTS says so. UNAUTHENTIC when it is another than DIGESTS told of. */
status spdm_requester_accept(struct spdm_requester *requester, uint8_t slot,
                             const struct spdm_chain *chain);
/* The key that was provisioned instead of certificates, for SPDM_SLOT_RAW_KEY where the responder
 * has PUB_KEY_ID_CAP; also before the connection, and for good. */
void spdm_requester_accept_key(struct spdm_requester *requester, const struct public_key *key);

/* When the responder then challenges us (basic mutual authentication), that is answered too. */
status spdm_requester_challenge(struct spdm_requester *requester, struct moment now, uint8_t slot,
                                uint8_t summary, struct writer *out);

/* The context is chosen here. */
struct spdm_measuring_order {
    struct spdm_session *session;
    uint8_t operation; /* an index, or SPDM_MEASUREMENTS_ALL or _COUNT */
    bool asks_raw;
    bool asks_new; /* as they will be after the next reset */
    bool asks_signature;
    uint8_t slot;         /* that signs */
    const uint8_t *nonce; /* of a signed answer, when somebody else chose it; NULL: chosen here */
};
status spdm_requester_measurements(struct spdm_requester *requester, struct moment now,
                                   const struct spdm_measuring_order *order, struct writer *out);

/* The whole log, into the lent space: `payload`, which no signature covers. */
status spdm_requester_measurement_log(struct spdm_requester *requester, struct moment now,
                                      struct spdm_session *session, struct writer *out);

struct spdm_information_order {
    struct spdm_session *session;
    bool asks_signature;
    uint8_t slot; /* that signs */
};
/* `payload` is its device classes, to be read by spdm_device_classes_read(). */
status spdm_requester_endpoint_info(struct spdm_requester *requester, struct moment now,
                                    const struct spdm_information_order *order, struct writer *out);

/* ---- sessions ---- */

/*
 * Asks what the responder wants of us, and answers until it wants nothing more: done then. That it
 * wants nothing at all is `error` SPDM_NO_PENDING_REQUESTS, or SPDM_UNEXPECTED_REQUEST before 1.3.
 * `session` is established, or NULL.
 */
status spdm_requester_listen(struct spdm_requester *requester, struct moment now,
                             struct spdm_session *session, struct writer *out);

struct spdm_opening {
    uint8_t slot;    /* of the responder, whose chain was accepted */
    uint8_t summary; /* enum spdm_summary */
    struct spdm_session_policy policy;
    struct spdm_opaque_more more; /* in KEY_EXCHANGE; the answer's are the caller's to read */
};
/*
 * KEY_EXCHANGE, what the responder asks about us, and FINISH: `opened` is the session. UNSUPPORTED
 * when no algorithms for it were negotiated.
 */
status spdm_requester_open_session(struct spdm_requester *requester, struct moment now,
                                   const struct spdm_opening *opening, struct writer *out);

struct spdm_psk_opening {
    slice hint; /* tells the responder which key is meant; may be empty */
    const struct secret *psk;
    uint8_t summary; /* enum spdm_summary */
    struct spdm_session_policy policy;
};
/* PSK_EXCHANGE and PSK_FINISH, where the responder wants it: `opened` is the session. UNSUPPORTED
 * when either side has no PSK_CAP, which before 1.3 the settings must allow. */
status spdm_requester_open_psk_session(struct spdm_requester *requester, struct moment now,
                                       const struct spdm_psk_opening *opening, struct writer *out);

/* In an established session: UNEXPECTED in another. */
status spdm_requester_heartbeat(struct spdm_requester *requester, struct moment now,
                                struct spdm_session *session, struct writer *out);
/* SPDM_UPDATE_KEY or _ALL_KEYS; done when the new key is verified. */
status spdm_requester_key_update(struct spdm_requester *requester, struct moment now,
                                 struct spdm_session *session, enum spdm_key_operation operation,
                                 struct writer *out);
status spdm_requester_end_session(struct spdm_requester *requester, struct moment now,
                                  struct spdm_session *session, struct writer *out);

/* A payload of IDE_KM or TDISP (spdm/ide.h, spdm/tdi.h), in an established session. */
status spdm_requester_pci(struct spdm_requester *requester, struct moment now,
                          struct spdm_session *session, slice payload, struct writer *out);

/* `session` may be NULL. */
status spdm_requester_vendor_defined(struct spdm_requester *requester, struct moment now,
                                     struct spdm_session *session,
                                     const struct spdm_vendor_defined *request, struct writer *out);

/* ---- provisioning ---- */

/*
 * `session` may be NULL, which responders take in trusted environments only. Key pair and model
 * are named in multi-key connections, and 0 in all others: UNEXPECTED. A failure with the error
 * SPDM_RESET_REQUIRED is none: it is done when the responder was reset.
 */

/* `payload` is the responder's signing request (PKCS #10), which nobody has checked. */
status spdm_requester_csr(struct spdm_requester *requester, struct moment now,
                          struct spdm_session *session, const struct spdm_get_csr *request,
                          struct writer *out);
/* What is known of the slot's old chain stays until DIGESTS is asked again. */
status spdm_requester_set_certificate(struct spdm_requester *requester, struct moment now,
                                      struct spdm_session *session,
                                      const struct spdm_set_certificate *request,
                                      struct writer *out);

/* What `key_pair` is then. */
status spdm_requester_key_pair_info(struct spdm_requester *requester, struct moment now,
                                    struct spdm_session *session, uint8_t key_pair_id,
                                    struct writer *out);
status spdm_requester_set_key_pair_info(struct spdm_requester *requester, struct moment now,
                                        struct spdm_session *session,
                                        const struct spdm_set_key_pair_info *request,
                                        struct writer *out);

/* ---- events ---- */

/* In an established session, which `event_types` are there then; and which are wanted from now on,
 * where no group is none of them. */
status spdm_requester_event_types(struct spdm_requester *requester, struct moment now,
                                  struct spdm_session *session, struct writer *out);
status spdm_requester_subscribe(struct spdm_requester *requester, struct moment now,
                                struct spdm_session *session, const struct spdm_event_types *wanted,
                                struct writer *out);

/*
 * Who hears of events that come while we listen (spdm_requester_listen()): each as it happened,
 * and anything but OK has it told again later, perhaps after others that were heard already. The
 * event's slices are there until it returns.
 */
void spdm_requester_hear(struct spdm_requester *requester, const struct spdm_ear *ear);
