/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * From a shared secret and the transcript to the keys of a session.
 * spec: DSP0274 1.4, "Session Secrets Exchange: Key schedule"
 */

#include "crypto/agreement.h"
#include "crypto/hash.h"
#include "spdm/record.h"

/* What a connection's sessions derive with. */
struct spdm_key_schedule {
    uint8_t version;
    enum hash hash;
    enum aead aead;
};

struct spdm_handshake_secrets {
    struct secret request;
    struct secret response;
    struct secret master; /* what comes after the handshake is made from */
};
void spdm_handshake_secrets_clear(struct spdm_handshake_secrets *secrets);

struct spdm_data_secrets {
    struct secret request;
    struct secret response;
    struct secret exporter; /* the export master secret */
};
void spdm_data_secrets_clear(struct spdm_data_secrets *secrets);

/* `shared` comes of a key exchange, or is the pre-shared key. */
status spdm_handshake_secrets(const struct spdm_key_schedule *schedule, slice shared, bool is_psk,
                              const struct digest *th1, struct spdm_handshake_secrets *out);
status spdm_data_secrets(const struct spdm_key_schedule *schedule, const struct secret *master,
                         const struct digest *th2, struct spdm_data_secrets *out);
/* `out` may be `secret`: the one after a KEY_UPDATE. */
status spdm_updated_secret(const struct spdm_key_schedule *schedule, const struct secret *secret,
                           struct secret *out);

/*
 * `size` bytes for a protocol above, from the export master secret: DSP0274 leaves open how, so
 * this is RFC 8446's exporter in SPDM's form. `context` is hashed, and may be empty. EXHAUSTED for
 * a longer label than SPDM_EXPORT_LABEL_SIZE_MAX, or more bytes than a secret holds.
 * spec: docs/link-protocol.md, "The SPDM session"
 */
enum { SPDM_EXPORT_LABEL_SIZE_MAX = 64 };
status spdm_exported_secret(const struct spdm_key_schedule *schedule, const struct secret *exporter,
                            const char *label, slice context, size_t size, struct secret *out);

/* VerifyData: `secret` is the handshake secret of who sends it. */
status spdm_verify_data(const struct spdm_key_schedule *schedule, const struct secret *secret,
                        const struct digest *th, struct digest *out);

/* The key that a secret gives, for its first record. */
status spdm_record_key_derive(const struct spdm_key_schedule *schedule, const struct secret *secret,
                              struct spdm_record_key *key);
