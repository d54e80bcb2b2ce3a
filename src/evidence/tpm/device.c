/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tpm/device.h"

#include <string.h>
#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_tctildr.h>

enum { NV_CHUNK_SIZE = 512, NV_SIZE_MAX = 8 << 10, PCR_VALUE_SIZE = 32 };

/* What the TSS allocates. */
static void give_back(void *place)
{
    Esys_Free(*(void **)place);
}

#define GIVEN_BACK __attribute__((cleanup(give_back)))

void tpm_device_clear(struct tpm_device *device)
{
    Esys_Finalize(&device->esys);
    Tss2_TctiLdr_Finalize(&device->tcti);
    *device = (struct tpm_device){0};
}

status tpm_device_open(const char *tcti, struct tpm_device *out)
{
    SCOPED(tpm_device) device = {0};
    if (Tss2_TctiLdr_Initialize(tcti, &device.tcti) != TSS2_RC_SUCCESS)
        return FAIL(UNAVAILABLE, "no TPM can be reached there");
    if (Esys_Initialize(&device.esys, device.tcti, NULL) != TSS2_RC_SUCCESS)
        return FAIL(UNAVAILABLE, "the TPM software stack cannot start");
    *out = device;
    device = (struct tpm_device){0};
    return OK;
}

/* ---- non-volatile indices ---- */

static status has_handle(struct tpm_device *device, TPM2_HANDLE handle, bool *out)
{
    GIVEN_BACK TPMS_CAPABILITY_DATA *handles = NULL;
    if (Esys_GetCapability(device->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_HANDLES,
                           handle, 1, NULL, &handles) != TSS2_RC_SUCCESS)
        return FAIL(UNAVAILABLE, "the TPM does not say which handles it has");
    *out = handles->data.handles.count == 1 && handles->data.handles.handle[0] == handle;
    return OK;
}

static status read_index(struct tpm_device *device, ESYS_TR index, size_t size, struct buffer *out)
{
    while (out->size < size) {
        GIVEN_BACK TPM2B_MAX_NV_BUFFER *chunk = NULL;
        const size_t left = size - out->size;
        if (Esys_NV_Read(device->esys, index, index, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
                         (UINT16)(left < NV_CHUNK_SIZE ? left : NV_CHUNK_SIZE), (UINT16)out->size,
                         &chunk) != TSS2_RC_SUCCESS ||
            chunk->size == 0)
            return FAIL(UNAVAILABLE, "an index of the TPM cannot be read");
        TRY(buffer_append(out, (slice){chunk->buffer, chunk->size}));
    }
    return OK;
}

status tpm_device_nv(struct tpm_device *device, uint32_t index, struct buffer *out)
{
    ESYS_TR object;
    bool is_there;
    GIVEN_BACK TPM2B_NV_PUBLIC *public = NULL;
    SCOPED(buffer) content = {0};
    TRY(has_handle(device, index, &is_there));
    if (!is_there)
        return OK;
    if (Esys_TR_FromTPMPublic(device->esys, index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                              &object) != TSS2_RC_SUCCESS ||
        Esys_NV_ReadPublic(device->esys, object, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &public,
                           NULL) != TSS2_RC_SUCCESS ||
        public->nvPublic.dataSize > NV_SIZE_MAX)
        return FAIL(UNAVAILABLE, "an index of the TPM cannot be looked at");
    TRY(read_index(device, object, public->nvPublic.dataSize, &content));
    buffer_clear(out);
    *out = buffer_take(&content);
    return OK;
}

static status write_index(struct tpm_device *device, ESYS_TR index, slice content)
{
    for (size_t offset = 0; offset < content.size; offset += NV_CHUNK_SIZE) {
        const size_t left = content.size - offset;
        TPM2B_MAX_NV_BUFFER chunk = {.size = (UINT16)(left < NV_CHUNK_SIZE ? left : NV_CHUNK_SIZE)};
        memcpy(chunk.buffer, content.data + offset, chunk.size);
        if (Esys_NV_Write(device->esys, ESYS_TR_RH_OWNER, index, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                          ESYS_TR_NONE, &chunk, (UINT16)offset) != TSS2_RC_SUCCESS)
            return FAIL(UNAVAILABLE, "an index of the TPM cannot be written");
    }
    return OK;
}

status tpm_device_nv_make(struct tpm_device *device, uint32_t index, slice content)
{
    ESYS_TR object;
    const TPM2B_AUTH no_password = {0};
    const TPM2B_NV_PUBLIC public = {.nvPublic = {.nvIndex = index,
                                                 .nameAlg = TPM2_ALG_SHA256,
                                                 .attributes = TPMA_NV_OWNERWRITE |
                                                               TPMA_NV_OWNERREAD |
                                                               TPMA_NV_AUTHREAD | TPMA_NV_NO_DA,
                                                 .dataSize = (UINT16)content.size}};
    if (content.size > NV_SIZE_MAX ||
        Esys_NV_DefineSpace(device->esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                            ESYS_TR_NONE, &no_password, &public, &object) != TSS2_RC_SUCCESS)
        return FAIL(UNAVAILABLE, "an index of the TPM cannot be made");
    return write_index(device, object, content);
}

/* ---- the attestation key ---- */

static const TPMT_PUBLIC ak_template = {
    .type = TPM2_ALG_ECC,
    .nameAlg = TPM2_ALG_SHA256,
    .objectAttributes = TPMA_OBJECT_FIXEDTPM | TPMA_OBJECT_FIXEDPARENT |
                        TPMA_OBJECT_SENSITIVEDATAORIGIN | TPMA_OBJECT_USERWITHAUTH |
                        TPMA_OBJECT_NODA | TPMA_OBJECT_RESTRICTED | TPMA_OBJECT_SIGN_ENCRYPT,
    .parameters.eccDetail = {.symmetric = {.algorithm = TPM2_ALG_NULL},
                             .scheme = {.scheme = TPM2_ALG_ECDSA,
                                        .details.ecdsa.hashAlg = TPM2_ALG_SHA256},
                             .curveID = TPM2_ECC_NIST_P256,
                             .kdf = {.scheme = TPM2_ALG_NULL}},
    .unique.ecc = {.x = {.size = 0}, .y = {.size = 0}},
};

status tpm_device_template(struct buffer *out)
{
    uint8_t space[sizeof ak_template];
    size_t size = 0;
    if (Tss2_MU_TPMT_PUBLIC_Marshal(&ak_template, space, sizeof space, &size) != TSS2_RC_SUCCESS)
        return FAIL(INTERNAL, "the template of the AK cannot be written");
    return buffer_append(out, (slice){space, size});
}

void tpm_device_key_clear(struct tpm_device_key *key)
{
    if (key->esys && key->stays)
        (void)Esys_TR_Close(key->esys, &key->object);
    else if (key->esys)
        (void)Esys_FlushContext(key->esys, key->object);
    buffer_clear(&key->public);
    *key = (struct tpm_device_key){0};
}

static status write_public(const TPM2B_PUBLIC *public, struct buffer *out)
{
    uint8_t space[sizeof *public];
    size_t size = 0;
    if (Tss2_MU_TPM2B_PUBLIC_Marshal(public, space, sizeof space, &size) != TSS2_RC_SUCCESS)
        return FAIL(INTERNAL, "the public area of the AK cannot be written");
    return buffer_append(out, (slice){space, size});
}

status tpm_device_ak(struct tpm_device *device, slice template, struct tpm_device_key *out)
{
    const TPM2B_SENSITIVE_CREATE no_secret = {0};
    const TPM2B_DATA no_data = {0};
    const TPML_PCR_SELECTION no_pcrs = {0};
    TPM2B_PUBLIC area = {.publicArea = ak_template};
    GIVEN_BACK TPM2B_PUBLIC *public = NULL;
    SCOPED(tpm_device_key) key = {0};
    size_t offset = 0;
    if (template.size && Tss2_MU_TPMT_PUBLIC_Unmarshal(template.data, template.size, &offset,
                                                       &area.publicArea) != TSS2_RC_SUCCESS)
        return FAIL(MALFORMED, "the TPM's template of its AK cannot be read");
    if (Esys_CreatePrimary(device->esys, ESYS_TR_RH_ENDORSEMENT, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                           ESYS_TR_NONE, &no_secret, &area, &no_data, &no_pcrs, &key.object,
                           &public, NULL, NULL, NULL) != TSS2_RC_SUCCESS)
        return FAIL(UNAVAILABLE, "the TPM does not make an attestation key for us");
    key.esys = device->esys;
    TRY(write_public(public, &key.public));
    *out = key;
    key = (struct tpm_device_key){0};
    return OK;
}

status tpm_device_kept_key(struct tpm_device *device, uint32_t handle, struct tpm_device_key *out)
{
    bool is_there;
    GIVEN_BACK TPM2B_PUBLIC *public = NULL;
    SCOPED(tpm_device_key) key = {.stays = true};
    TRY(has_handle(device, handle, &is_there));
    if (!is_there)
        return FAIL(UNAVAILABLE, "the TPM keeps no key there");
    if (Esys_TR_FromTPMPublic(device->esys, handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                              &key.object) != TSS2_RC_SUCCESS)
        return FAIL(UNAVAILABLE, "a key of the TPM cannot be looked at");
    key.esys = device->esys;
    if (Esys_ReadPublic(device->esys, key.object, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &public,
                        NULL, NULL) != TSS2_RC_SUCCESS)
        return FAIL(UNAVAILABLE, "a key of the TPM cannot be read");
    TRY(write_public(public, &key.public));
    *out = key;
    key = (struct tpm_device_key){0};
    return OK;
}

status tpm_device_keep_key(struct tpm_device *device, slice template, uint32_t handle)
{
    ESYS_TR kept = ESYS_TR_NONE;
    SCOPED(tpm_device_key) key = {0};
    TRY(tpm_device_ak(device, template, &key));
    return Esys_EvictControl(device->esys, ESYS_TR_RH_OWNER, key.object, ESYS_TR_PASSWORD,
                             ESYS_TR_NONE, ESYS_TR_NONE, handle, &kept) == TSS2_RC_SUCCESS
               ? OK
               : FAIL(UNAVAILABLE, "the TPM does not keep a key");
}

/* ---- registers ---- */

static const TPML_PCR_SELECTION all_pcrs = {
    .count = 1,
    .pcrSelections = {
        {.hash = TPM2_ALG_SHA256, .sizeofSelect = 3, .pcrSelect = {0xff, 0xff, 0xff}}}};

static bool is_part(const TPML_PCR_SELECTION *part, const TPML_PCR_SELECTION *whole)
{
    const BYTE *const bits = part->pcrSelections[0].pcrSelect;
    const BYTE *const others = whole->pcrSelections[0].pcrSelect;
    return !((bits[0] & ~others[0]) | (bits[1] & ~others[1]) | (bits[2] & ~others[2]));
}

static bool is_none(const TPML_PCR_SELECTION *selection)
{
    const BYTE *const bits = selection->pcrSelections[0].pcrSelect;
    return !(bits[0] | bits[1] | bits[2]);
}

/* As many as the TPM gives at once, beginning with the first of `wanted`, which become fewer. */
static status read_some(struct tpm_device *device, TPML_PCR_SELECTION *wanted, struct buffer *out)
{
    GIVEN_BACK TPML_PCR_SELECTION *got = NULL;
    GIVEN_BACK TPML_DIGEST *values = NULL;
    if (Esys_PCR_Read(device->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, wanted, NULL, &got,
                      &values) != TSS2_RC_SUCCESS)
        return FAIL(UNAVAILABLE, "the TPM's registers cannot be read");
    if (got->count != 1 || values->count == 0)
        return FAIL(UNSUPPORTED, "the TPM has no SHA-256 bank with 24 registers");
    if (is_none(got) || !is_part(got, wanted)) /* else there is no end */
        return FAIL(UNSUPPORTED, "the TPM gave registers without saying which");
    for (size_t i = 0; i < 3; i++)
        wanted->pcrSelections[0].pcrSelect[i] &= (BYTE)~got->pcrSelections[0].pcrSelect[i];
    for (size_t i = 0; i < values->count; i++) {
        if (values->digests[i].size != PCR_VALUE_SIZE)
            return FAIL(UNSUPPORTED, "a register of the TPM has another size than SHA-256");
        TRY(buffer_append(out, (slice){values->digests[i].buffer, PCR_VALUE_SIZE}));
    }
    return OK;
}

status tpm_device_pcrs(struct tpm_device *device, struct buffer *out)
{
    TPML_PCR_SELECTION wanted = all_pcrs;
    SCOPED(buffer) values = {0};
    while (!is_none(&wanted))
        TRY(read_some(device, &wanted, &values));
    if (values.size != TPM_PCR_COUNT * PCR_VALUE_SIZE)
        return FAIL(UNSUPPORTED, "the TPM gave another number of registers");
    buffer_clear(out);
    *out = buffer_take(&values);
    return OK;
}

status tpm_device_extend(struct tpm_device *device, size_t pcr, slice digest)
{
    TPML_DIGEST_VALUES values = {.count = 1, .digests = {{.hashAlg = TPM2_ALG_SHA256}}};
    if (digest.size != PCR_VALUE_SIZE || pcr >= TPM_PCR_COUNT)
        return FAIL(MALFORMED, "no register of the SHA-256 bank is extended by that");
    memcpy(values.digests[0].digest.sha256, digest.data, PCR_VALUE_SIZE);
    if (Esys_PCR_Extend(device->esys, ESYS_TR_PCR0 + (ESYS_TR)pcr, ESYS_TR_PASSWORD, ESYS_TR_NONE,
                        ESYS_TR_NONE, &values) != TSS2_RC_SUCCESS)
        return FAIL(UNAVAILABLE, "the TPM does not extend that register");
    return OK;
}

/* ---- the quote ---- */

static status write_signature(const TPMT_SIGNATURE *signature, struct buffer *out)
{
    uint8_t space[sizeof *signature];
    size_t size = 0;
    if (Tss2_MU_TPMT_SIGNATURE_Marshal(signature, space, sizeof space, &size) != TSS2_RC_SUCCESS)
        return FAIL(INTERNAL, "the TPM's signature cannot be written");
    return buffer_append(out, (slice){space, size});
}

status tpm_device_quote(struct tpm_device *device, const struct tpm_device_key *ak,
                        slice qualifying, struct buffer *out_attest, struct buffer *out_signature)
{
    const TPMT_SIG_SCHEME of_key = {.scheme = TPM2_ALG_NULL};
    TPM2B_DATA data = {.size = (UINT16)qualifying.size};
    GIVEN_BACK TPM2B_ATTEST *attest = NULL;
    GIVEN_BACK TPMT_SIGNATURE *signature = NULL;
    if (qualifying.size > TPM_QUALIFYING_SIZE_MAX)
        return FAIL(EXHAUSTED, "a TPM signs no more than a digest of report data");
    if (qualifying.size)
        memcpy(data.buffer, qualifying.data, qualifying.size);
    if (Esys_Quote(device->esys, ak->object, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &data,
                   &of_key, &all_pcrs, &attest, &signature) != TSS2_RC_SUCCESS)
        return FAIL(UNAVAILABLE, "the TPM does not quote its registers");
    TRY(buffer_append(out_attest, (slice){attest->attestationData, attest->size}));
    return write_signature(signature, out_signature);
}
