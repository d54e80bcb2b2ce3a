/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What was said, as the hashes that signatures and keys are made over. The names are DSP0274's:
 * A is version, capabilities and algorithms; B digests and certificates; C the challenge; D the
 * DIGESTS of a multi-key connection; M measurements; E endpoint information; M1, L1, IL1 and TH
 * are what is hashed of them.
 *
 * An exchange enters as its request and its response together, when the response is there and good,
 * so that one which fails leaves nothing behind. Messages are given at their true length,
 * reassembled and without a transport's padding. ERROR, RESPOND_IF_READY, CHUNK_* and the wrappers
 * of encapsulated messages enter no transcript. spec: DSP0274 1.4, "Signature generation and
 * verification", "CHALLENGE_AUTH", "MEASUREMENTS", "Session-based mutual authentication"
 */

#include "crypto/running_hash.h"
#include "spdm/shape.h"

/* VERSION with all its entries, and a block of algorithms in both CAPABILITIES. */
enum { SPDM_A_SIZE_MAX = 768 };

struct spdm_transcript {
    uint8_t version;
    bool has_digests;      /* D is there */
    bool is_authenticated; /* a CHALLENGE was answered: other requests no longer forget B */
    enum hash hash;        /* NONE until the end of A */
    size_t a_size;
    uint8_t a_bytes[SPDM_A_SIZE_MAX]; /* kept while nobody knows which hash it will be */
    struct running_hash a;
    struct running_hash start;  /* A and D: what every session begins with */
    struct running_hash m1;     /* A and B */
    struct running_hash mutual; /* the same of the encapsulated messages */
    struct running_hash m;      /* A (from 1.2 on) and M, outside sessions; each has its own */
    struct running_hash draft;
};

void spdm_transcript_clear(struct spdm_transcript *transcript);

/* Messages of A, in their order; EXHAUSTED above SPDM_A_SIZE_MAX bytes. */
status spdm_transcript_add_a(struct spdm_transcript *transcript, slice message);
/* A is complete. Before this nothing below is called. */
status spdm_transcript_begin(struct spdm_transcript *transcript, uint8_t version, enum hash hash);

/*
 * A request of this code comes: forgets of B, C and M what it makes void. `m` is that of its
 * session, or the transcript's own.
 */
void spdm_transcript_before(struct spdm_transcript *transcript, struct running_hash *m,
                            uint8_t request_code);
void spdm_transcript_forget_m(struct running_hash *m); /* after an ERROR or a signature, too */

/* Outside sessions only. GET_DIGESTS begins B anew. */
status spdm_transcript_add_b(struct spdm_transcript *transcript, slice request, slice response);
/* D: of a responder with several keys, whose first DIGESTS counts. */
status spdm_transcript_add_d(struct spdm_transcript *transcript, slice digests);
/* M1: A, B and C. `response` is without its signature, here and below. */
status spdm_transcript_m1(struct spdm_transcript *transcript, slice request, slice response,
                          struct digest *out);
/* The challenge was answered, and its signature is good: B is used up. */
void spdm_transcript_challenged(struct spdm_transcript *transcript);

/* The same of the encapsulated messages of basic mutual authentication. */
status spdm_transcript_add_mutual_b(struct spdm_transcript *transcript, slice request,
                                    slice response);
status spdm_transcript_mutual_m1(struct spdm_transcript *transcript, slice request, slice response,
                                 struct digest *out);
void spdm_transcript_mutual_challenged(struct spdm_transcript *transcript);

/* Measurements that are not signed; and L1, with those that are. */
status spdm_transcript_add_m(struct spdm_transcript *transcript, struct running_hash *m,
                             slice request, slice response);
status spdm_transcript_l1(struct spdm_transcript *transcript, struct running_hash *m, slice request,
                          slice response, struct digest *out);

/* IL1: A and E. */
status spdm_transcript_il1(struct spdm_transcript *transcript, slice request, slice response,
                           struct digest *out);

/* TH begins: with A, D and the digest of the responder's chain or key; for a PSK with A. */
status spdm_transcript_th(const struct spdm_transcript *transcript, slice chain_digest,
                          struct running_hash *th);
status spdm_transcript_psk_th(const struct spdm_transcript *transcript, struct running_hash *th);
