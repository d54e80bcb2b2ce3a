/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A TPM that answers: through tpm2-tss, wherever one of its TCTIs reaches. Everything here blocks
 * until the TPM has answered, which takes milliseconds for a virtual and up to seconds for a
 * discrete one.
 */

#include "evidence/tpm/pcrs.h"

#define TPM_DEVICE_TCTI "device:/dev/tpmrm0" /* the kernel's resource manager */

enum { TPM_QUALIFYING_SIZE_MAX = 32 }; /* what every TPM takes: it may know no longer digest */

struct tpm_device {
    struct TSS2_TCTI_OPAQUE_CONTEXT_BLOB *tcti;
    struct ESYS_CONTEXT *esys;
};
void tpm_device_clear(struct tpm_device *device);

/* `tcti` as tpm2-tools takes it: "swtpm:path=/run/tpm". UNAVAILABLE when no TPM answers there. */
status tpm_device_open(const char *tcti, struct tpm_device *out);

/* What a non-volatile index holds; `out` stays empty when there is none. */
status tpm_device_nv(struct tpm_device *device, uint32_t index, struct buffer *out);

/* Makes an index that anybody may read, and whose owner writes it once: for simulated TPMs. */
status tpm_device_nv_make(struct tpm_device *device, uint32_t index, slice content);

/* A key loaded into the TPM, which has few places for them; cleared before its device. */
struct tpm_device_key {
    struct ESYS_CONTEXT *esys;
    uint32_t object;
    bool stays;           /* it was in the TPM before us */
    struct buffer public; /* TPM2B_PUBLIC */
};
void tpm_device_key_clear(struct tpm_device_key *key);

/*
 * The attestation key of the endorsement hierarchy by this template (TPMT_PUBLIC); an empty one is
 * ours: P-256, restricted, fixed to the TPM. The same template gives the same key until the TPM is
 * cleared by its maker.
 */
status tpm_device_ak(struct tpm_device *device, slice template, struct tpm_device_key *out);

/* The key that somebody made earlier and keeps in the TPM; UNAVAILABLE when there is none. */
status tpm_device_kept_key(struct tpm_device *device, uint32_t handle, struct tpm_device_key *out);

/* Makes a key by this template and keeps it there: for simulated TPMs. */
status tpm_device_keep_key(struct tpm_device *device, slice template, uint32_t handle);

/* TPMT_PUBLIC of that template of ours. */
status tpm_device_template(struct buffer *out);

/* All registers of the SHA-256 bank, TPM_PCR_COUNT values one after another. A TPM gives a few at a
 * time: whether they are of one moment, a quote's digest tells. */
status tpm_device_pcrs(struct tpm_device *device, struct buffer *out);

/* Extends one of them. */
status tpm_device_extend(struct tpm_device *device, size_t pcr, slice digest);

/* A quote of these, TPMS_ATTEST and TPMT_SIGNATURE, in the key's own scheme. */
status tpm_device_quote(struct tpm_device *device, const struct tpm_device_key *ak,
                        slice qualifying, struct buffer *out_attest, struct buffer *out_signature);
