/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/signing.h"

#include "codec/writer.h"

enum {
    REPEATED = 4,
    PURPOSE_SIZE = 36, /* zeros, and what the signature is for */
    PREFIX_SIZE = 100,
    SIGNED_SIZE_MAX = PREFIX_SIZE + SPDM_HASH_SIZE_MAX,
};

static const char *const purposes[] = {
    [SPDM_SIGNATURE_CHALLENGE_AUTH] = "responder-challenge_auth signing",
    [SPDM_SIGNATURE_REQUESTER_CHALLENGE_AUTH] = "requester-challenge_auth signing",
    [SPDM_SIGNATURE_MEASUREMENTS] = "responder-measurements signing",
    [SPDM_SIGNATURE_KEY_EXCHANGE] = "responder-key_exchange_rsp signing",
    [SPDM_SIGNATURE_FINISH] = "requester-finish signing",
    [SPDM_SIGNATURE_ENDPOINT_INFO] = "responder-endpoint_info signing",
    [SPDM_SIGNATURE_REQUESTER_ENDPOINT_INFO] = "requester-endpoint_info signing",
};

static slice purpose_of(const struct spdm_signing *signing)
{
    return slice_of_text(purposes[signing->signature]);
}

/* spec: DSP0274 1.4, "Signature generation": combined_spdm_prefix, and the transcript's hash */
static status message_of(const struct spdm_signing *signing, const struct digest *transcript,
                         uint8_t space[SIGNED_SIZE_MAX], slice *out)
{
    const uint8_t version[] = {(uint8_t)('0' + (signing->version >> 4)), '.',
                               (uint8_t)('0' + (signing->version & 0xF))};
    const slice purpose = purpose_of(signing);
    struct writer writer = writer_over(space, SIGNED_SIZE_MAX);

    for (int i = 0; i < REPEATED; i++) {
        write_bytes(&writer, slice_of_text("dmtf-spdm-v"));
        write_bytes(&writer, SLICE(version));
        write_bytes(&writer, slice_of_text(".*"));
    }
    for (size_t i = purpose.size; i < PURPOSE_SIZE; i++)
        write_u8(&writer, 0);
    write_bytes(&writer, purpose);
    write_bytes(&writer, (slice){transcript->data, transcript->size});
    return writer_finish(&writer, out);
}

/* SM2's id is left empty. */
static struct asym_use use_of(const struct spdm_signing *signing)
{
    const slice context = signing->asym == ASYM_SM2 ? (slice){0} : purpose_of(signing);
    return (struct asym_use){signing->asym, signing->hash, context};
}

status spdm_sign(const struct spdm_signing *signing, const struct private_key *key,
                 const struct digest *transcript, uint8_t *out_signature)
{
    const struct asym_use use = use_of(signing);
    uint8_t space[SIGNED_SIZE_MAX];
    slice message;
    if (signing->version < SPDM_1_2)
        return asym_sign_digest(&use, key, transcript, out_signature);
    TRY(message_of(signing, transcript, space, &message));
    return asym_sign(&use, key, message, out_signature);
}

status spdm_signature_write(struct writer *writer, const struct spdm_signing *signing,
                            const struct private_key *key, const struct digest *transcript)
{
    const size_t size = asym_signature_size(signing->asym);
    if (writer->out_of_space || size > writer->capacity - writer->size)
        return FAIL(EXHAUSTED, "SPDM signature does not fit");
    TRY(spdm_sign(signing, key, transcript, writer->data + writer->size));
    writer->size += size;
    return OK;
}

status spdm_verify(const struct spdm_signing *signing, const struct public_key *key,
                   const struct digest *transcript, slice signature)
{
    const struct asym_use use = use_of(signing);
    uint8_t space[SIGNED_SIZE_MAX];
    slice message;
    if (signing->version < SPDM_1_2)
        return asym_verify_digest(&use, key, transcript, signature);
    TRY(message_of(signing, transcript, space, &message));
    return asym_verify(&use, key, message, signature);
}
