/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A COSE message with one signature or MAC, tagged or not: its parts, and whether a key signed it.
 * Who the key belongs to is asked elsewhere: nothing in a header is believed.
 * spec: RFC 9052, "Signing with One Signer"
 */

#include "crypto/key.h"

enum {
    COSE_MESSAGE_SIZE_MAX = 256 << 10,
    COSE_HEADER_SIZE_MAX = 1024, /* of what is protected */
    COSE_HEADERS_MAX = 16,
    COSE_SIGNATURE_SIZE_MAX = 132, /* two numbers of P-521 */
};

/* spec: RFC 9053, "ECDSA" */
enum { COSE_ES256 = -7, COSE_ES384 = -35, COSE_ES512 = -36 };

/* Slices are borrowed from the message. */
struct cose_message {
    bool is_mac;       /* a COSE_Mac0, by its tag; without one it is taken for signed */
    int64_t algorithm; /* from the protected header; 0: it names none */
    slice protected_header, payload, signature;
};

/*
 * MALFORMED when something follows, a header occurs twice, or an algorithm is named where nobody
 * signed it; UNSUPPORTED for other kinds of message, a payload that is elsewhere, and headers that
 * must be understood.
 */
status cose_read(slice bytes, struct cose_message *out);

/* The one curve that goes with it; CURVE_NONE for algorithms that we do not use. */
enum curve cose_algorithm_curve(int64_t algorithm);

/*
 * UNAUTHENTIC when the key did not sign it, and when it is not on the curve of the algorithm.
 * UNSUPPORTED for algorithms other than the three above, and for a COSE_Mac0.
 */
status cose_verify(const struct cose_message *message, const struct public_key *key);

/* What is signed: the Sig_structure of a COSE_Sign1, with nothing external. */
status cose_signed_bytes(slice protected_header, slice payload, struct buffer *out);
