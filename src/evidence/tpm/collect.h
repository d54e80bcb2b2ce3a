/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Asks a TPM for a quote of all its SHA-256 registers. */

#include "evidence/platform.h"
#include "evidence/tpm/device.h"
#include "evidence/tpm/quote.h"

bool tpm_is_here(const struct collection *where);

/*
 * With the key and the certificate that a cloud put into the TPM, where it did (TPM_NV_*), else
 * with a key of the endorsement hierarchy that whoever verifies must know. Of the machine's own
 * TPM, also the logs of what was measured, when they fit.
 */
status tpm_collect(const struct collection *request, struct buffer *out_evidence,
                   struct buffer *out_endorsements);

/* Where GCE keeps the certificate of the AK and the template of the key, by the kind of key. */
enum {
    TPM_NV_AK_CERTIFICATE_RSA = 0x01c10000,
    TPM_NV_AK_TEMPLATE_RSA = 0x01c10001,
    TPM_NV_AK_CERTIFICATE_ECC = 0x01c10002,
    TPM_NV_AK_TEMPLATE_ECC = 0x01c10003,
};

/* What a TPM gave: a quote, and the values of the registers when it signed. */
struct tpm_collected {
    struct buffer attest, signature, values;
};
void tpm_collected_clear(struct tpm_collected *collected);

/* A quote over the binding, or over the SHA-256 of one that is larger than TPMs take.
 * UNAVAILABLE when the registers keep changing. */
status tpm_collect_quote(struct tpm_device *device, const struct tpm_device_key *ak, slice binding,
                         struct tpm_collected *out);
status tpm_collected_pcrs(const struct tpm_collected *collected, struct tpm_pcrs *out);

/* The logs of this machine's own TPM and kernel, as far as they can be read and fit. */
struct tpm_logs {
    struct buffer event_log, ima_log;
};
void tpm_logs_clear(struct tpm_logs *logs);
void tpm_logs_read(struct tpm_logs *out);
