/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Signatures whose size follows from the algorithm, as SPDM has them: ECDSA and SM2 are r || s,
 * big-endian, all others as they are usually written.
 * spec: DSP0274 1.4, "Signature generation", "NEGOTIATE_ALGORITHMS request and ALGORITHMS response
 *       messages"; RFC 8032; FIPS 204; FIPS 205
 */

#include "crypto/key.h"

enum asym {
    ASYM_NONE,
    ASYM_RSASSA_2048,
    ASYM_RSAPSS_2048,
    ASYM_RSASSA_3072,
    ASYM_RSAPSS_3072,
    ASYM_ECDSA_P256,
    ASYM_RSASSA_4096,
    ASYM_RSAPSS_4096,
    ASYM_ECDSA_P384,
    ASYM_ECDSA_P521,
    ASYM_SM2,
    ASYM_ED25519,
    ASYM_ED448,
    ASYM_ML_DSA_44,
    ASYM_ML_DSA_65,
    ASYM_ML_DSA_87,
    ASYM_SLH_DSA_SHA2_128S,
    ASYM_SLH_DSA_SHAKE_128S,
    ASYM_SLH_DSA_SHA2_128F,
    ASYM_SLH_DSA_SHAKE_128F,
    ASYM_SLH_DSA_SHA2_192S,
    ASYM_SLH_DSA_SHAKE_192S,
    ASYM_SLH_DSA_SHA2_192F,
    ASYM_SLH_DSA_SHAKE_192F,
    ASYM_SLH_DSA_SHA2_256S,
    ASYM_SLH_DSA_SHAKE_256S,
    ASYM_SLH_DSA_SHA2_256F,
    ASYM_SLH_DSA_SHAKE_256F,
};

enum { ASYM_SIGNATURE_SIZE_MAX = 49856, ASYM_CONTEXT_SIZE_MAX = 255 };

size_t asym_signature_size(enum asym asym); /* 0 when there is no such algorithm */
/* What this OpenSSL can. Ed448 only where it takes a context. */
bool asym_is_available(enum asym asym);
bool asym_fits_key(enum asym asym, const struct public_key *key);

/* UNSUPPORTED when it is not available. */
status asym_generate(enum asym asym, struct private_key *out);

/*
 * What is signed with: `hash` is RSA's and ECDSA's, and is not looked at elsewhere; `context` is
 * that of Ed448, ML-DSA and SLH-DSA, and SM2's id. A context where there is none is not looked at.
 */
struct asym_use {
    enum asym asym;
    enum hash hash;
    slice context;
};

/* `out_signature` takes asym_signature_size() bytes. UNSUPPORTED when the key does not fit. */
status asym_sign(const struct asym_use *use, const struct private_key *key, slice message,
                 uint8_t *out_signature);
/* UNAUTHENTIC when the key does not fit, and when the signature does not verify. */
status asym_verify(const struct asym_use *use, const struct public_key *key, slice message,
                   slice signature);

/* The same over a digest that `use->hash` made. UNSUPPORTED but for RSA and ECDSA. */
status asym_sign_digest(const struct asym_use *use, const struct private_key *key,
                        const struct digest *digest, uint8_t *out_signature);
status asym_verify_digest(const struct asym_use *use, const struct public_key *key,
                          const struct digest *digest, slice signature);
