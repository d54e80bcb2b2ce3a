/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Two sides agree on a secret: one begins, the other answers, the first finishes. Each with a key
 * for this once. Shares have the size that the group gives them, and no prefix: x || y of a point,
 * big-endian numbers as long as the modulus, a KEM's encapsulation key and ciphertext.
 * spec: NIST SP 800-56A, "ECC CDH primitive"; RFC 7919, "Named group parameters"; FIPS 203;
 *       DSP0274 1.4, "KEY_EXCHANGE request and KEY_EXCHANGE_RSP response messages"
 */

#include "base/bytes.h"

enum group {
    GROUP_NONE,
    GROUP_FFDHE_2048,
    GROUP_FFDHE_3072,
    GROUP_FFDHE_4096,
    GROUP_P256,
    GROUP_P384,
    GROUP_P521,
    GROUP_SM2, /* its sizes only: no OpenSSL agrees as GB/T 32918.3 does */
    GROUP_ML_KEM_512,
    GROUP_ML_KEM_768,
    GROUP_ML_KEM_1024,
};

enum { AGREEMENT_SHARE_SIZE_MAX = 1568, SHARED_SECRET_SIZE_MAX = 512 };

/* Always as long as the group's numbers: zeros in front are kept. */
struct shared_secret {
    uint8_t data[SHARED_SECRET_SIZE_MAX];
    size_t size;
};
slice shared_secret_view(const struct shared_secret *secret);
void shared_secret_clear(struct shared_secret *secret);

/* The side that began, until it finishes. */
struct agreement {
    struct evp_pkey_st *pkey;
    enum group group;
};
void agreement_clear(struct agreement *agreement);

/* 0 when there is no such group. */
size_t group_first_share_size(enum group group);  /* of the side that begins */
size_t group_second_share_size(enum group group); /* of the side that answers */
size_t group_secret_size(enum group group);
bool group_is_available(enum group group);

/*
 * `out_share` takes as many bytes as the group says. UNSUPPORTED when the group is not available.
 * A share from the peer is UNAUTHENTIC when it is no point of the curve or no number that the group
 * takes, and when it has another size. A KEM's ciphertext always gives a secret; a wrong one gives
 * another than the peer's.
 */
status agreement_begin(enum group group, struct agreement *out, uint8_t *out_share);
status agreement_answer(enum group group, slice share, uint8_t *out_share,
                        struct shared_secret *out);
status agreement_finish(const struct agreement *agreement, slice share, struct shared_secret *out);
