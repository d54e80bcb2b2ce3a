/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/key_schedule.h"

#include "codec/writer.h"
#include "crypto/kdf.h"
#include "crypto/key.h"
#include "spdm/codes.h"

#include <string.h>

enum { INFO_SIZE_MAX = 2 + 8 + SPDM_EXPORT_LABEL_SIZE_MAX + SPDM_HASH_SIZE_MAX };

/* What is mixed in where there is no salt, or nothing to extract from: as long as the hash. */
static const uint8_t zeros[SPDM_HASH_SIZE_MAX];
static const uint8_t ones[SPDM_HASH_SIZE_MAX] = {
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
};

void spdm_handshake_secrets_clear(struct spdm_handshake_secrets *secrets)
{
    secret_clear(&secrets->request);
    secret_clear(&secrets->response);
    secret_clear(&secrets->master);
}

void spdm_data_secrets_clear(struct spdm_data_secrets *secrets)
{
    secret_clear(&secrets->request);
    secret_clear(&secrets->response);
    secret_clear(&secrets->exporter);
}

/* spec: DSP0274 1.4, "HKDF-Expand": BinConcat */
static status expand(const struct spdm_key_schedule *schedule, const struct secret *secret,
                     const char *label, slice context, size_t size, struct secret *out)
{
    uint8_t space[INFO_SIZE_MAX];
    const uint8_t version[] = {'s',
                               'p',
                               'd',
                               'm',
                               (uint8_t)('0' + (schedule->version >> 4)),
                               '.',
                               (uint8_t)('0' + (schedule->version & 0xF)),
                               ' '};
    struct writer writer = writer_over(space, sizeof space);
    slice info;

    write_le16(&writer, (uint16_t)size);
    write_bytes(&writer, SLICE(version));
    write_bytes(&writer, slice_of_text(label));
    write_bytes(&writer, context);
    TRY(writer_finish(&writer, &info));
    return hkdf_expand(schedule->hash, secret, info, size, out);
}

/* The size of the hash, as all secrets have. */
static status derive(const struct spdm_key_schedule *schedule, const struct secret *secret,
                     const char *label, slice context, struct secret *out)
{
    return expand(schedule, secret, label, context, hash_size(schedule->hash), out);
}

static slice digest_view(const struct digest *digest)
{
    return (slice){digest->data, digest->size};
}

status spdm_handshake_secrets(const struct spdm_key_schedule *schedule, slice shared, bool is_psk,
                              const struct digest *th1, struct spdm_handshake_secrets *out)
{
    const size_t size = hash_size(schedule->hash);
    /* So that a PSK and an agreed secret never give the same keys. */
    const uint8_t *const salt = is_psk && schedule->version >= SPDM_1_3 ? ones : zeros;
    SCOPED(secret) handshake = {0};
    SCOPED(secret) next_salt = {0};
    SCOPED(spdm_handshake_secrets) draft = {0};

    TRY(hkdf_extract(schedule->hash, (slice){salt, size}, shared, &handshake));
    TRY(derive(schedule, &handshake, "req hs data", digest_view(th1), &draft.request));
    TRY(derive(schedule, &handshake, "rsp hs data", digest_view(th1), &draft.response));
    TRY(derive(schedule, &handshake, "derived", (slice){0}, &next_salt));
    TRY(hkdf_extract(schedule->hash, secret_view(&next_salt), (slice){zeros, size}, &draft.master));
    *out = draft;
    return OK;
}

status spdm_data_secrets(const struct spdm_key_schedule *schedule, const struct secret *master,
                         const struct digest *th2, struct spdm_data_secrets *out)
{
    SCOPED(spdm_data_secrets) draft = {0};
    TRY(derive(schedule, master, "req app data", digest_view(th2), &draft.request));
    TRY(derive(schedule, master, "rsp app data", digest_view(th2), &draft.response));
    TRY(derive(schedule, master, "exp master", digest_view(th2), &draft.exporter));
    *out = draft;
    return OK;
}

status spdm_updated_secret(const struct spdm_key_schedule *schedule, const struct secret *secret,
                           struct secret *out)
{
    return derive(schedule, secret, "traffic upd", (slice){0}, out);
}

status spdm_exported_secret(const struct spdm_key_schedule *schedule, const struct secret *exporter,
                            const char *label, slice context, size_t size, struct secret *out)
{
    struct digest digest;
    if (strlen(label) > SPDM_EXPORT_LABEL_SIZE_MAX)
        return FAIL(EXHAUSTED, "an exporter's label is longer than any we have");
    TRY(digest_of(schedule->hash, context, &digest));
    return expand(schedule, exporter, label, digest_view(&digest), size, out);
}

status spdm_verify_data(const struct spdm_key_schedule *schedule, const struct secret *secret,
                        const struct digest *th, struct digest *out)
{
    SCOPED(secret) finished = {0};
    TRY(derive(schedule, secret, "finished", (slice){0}, &finished));
    return hmac(schedule->hash, secret_view(&finished), digest_view(th), out);
}

status spdm_record_key_derive(const struct spdm_key_schedule *schedule, const struct secret *secret,
                              struct spdm_record_key *key)
{
    SCOPED(secret) bytes = {0};
    SCOPED(secret) iv = {0};
    TRY(expand(schedule, secret, "key", (slice){0}, aead_key_size(schedule->aead), &bytes));
    TRY(expand(schedule, secret, "iv", (slice){0}, AEAD_NONCE_SIZE, &iv));
    TRY(aead_key_set(&key->aead, schedule->aead, secret_view(&bytes)));
    memcpy(key->iv, iv.data, sizeof key->iv);
    key->sequence = 0;
    return OK;
}
