/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Secured messages: one record each, sealed and opened where it lies.
 *
 *   session id, sequence number (as much of it as the transport says), length,
 *   application data length, application data, padding, tag
 *
 * The second line is encrypted; without encryption there is neither its length nor padding.
 * spec: DSP0277 1.2, "Secured Messages format", "Application data encryption and authentication"
 */

#include "codec/writer.h"
#include "crypto/aead.h"

enum {
    SPDM_RECORD_PREFIX_SIZE_MAX = 4 + 8 + 2 + 2,
    SPDM_RECORD_OVERHEAD_MAX = SPDM_RECORD_PREFIX_SIZE_MAX + AEAD_TAG_SIZE,
    SPDM_RECORD_LENGTH_MAX = 65535, /* what the length field can say: data, its length, the tag */
    SPDM_RECORD_SIZE_MAX = 4 + 8 + 2 + SPDM_RECORD_LENGTH_MAX,
};

/* How the records of a session look. */
struct spdm_record_form {
    uint32_t session_id;
    uint8_t sequence_size;      /* 0 to 8, as the transport says */
    bool is_encrypted;          /* else authenticated only */
    bool has_big_endian_nonces; /* some peers before secured messages 1.2 */
    uint64_t records_max;       /* under one key; 0: as many as there are sequence numbers */
};

/* One direction's key, until it is updated. */
struct spdm_record_key {
    struct aead_key aead;
    uint8_t iv[AEAD_NONCE_SIZE];
    uint64_t sequence; /* of the next record */
};
void spdm_record_key_clear(struct spdm_record_key *key);

/* The bytes before the application data. */
size_t spdm_record_prefix_size(const struct spdm_record_form *form);
/* The longest application data of one record. */
size_t spdm_record_data_max(const struct spdm_record_form *form);

/*
 * A record is made around what is written between:
 *   const size_t begin = spdm_record_begin(form, &writer);
 *   spdm_heartbeat_write(&writer, ...);
 *   TRY(spdm_record_seal(key, form, &writer, begin, padding));
 * `padding` is random, of the caller's choice, and empty without encryption. EXHAUSTED when it did
 * not fit, is too long for one record, or when the key has sealed all that it may.
 */
size_t spdm_record_begin(const struct spdm_record_form *form, struct writer *writer);
status spdm_record_seal(struct spdm_record_key *key, const struct spdm_record_form *form,
                        struct writer *writer, size_t begin, slice padding);

/*
 * `out_data` lies in `record`, which is decrypted there. UNAUTHENTIC when it is not the next record
 * under this key, and then nothing in it is left to be read and the key is as before.
 */
status spdm_record_open(struct spdm_record_key *key, const struct spdm_record_form *form,
                        uint8_t *record, size_t size, slice *out_data);

/* Whose it says it is, which nobody has checked yet. TRUNCATED below four bytes. */
status spdm_record_session(slice record, uint32_t *out_session_id);
