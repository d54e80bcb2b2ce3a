/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Our container of TPM evidence: one deterministic CBOR map with what a verifier needs, for there
 * is no common form (docs/evidence-forms.md has its members). With an HCL report in it, it is the
 * evidence of a confidential VM on Azure, whose hardware vouches for the TPM's key.
 */

#include "evidence/tpm/pcrs.h"

enum {
    TPM_QUOTES_MAX = 4,       /* one a bank, as GCE signs them */
    TPM_CERTIFICATES_MAX = 8, /* of the AK and those above it */
    TPM_ENDORSEMENTS_MAX = 8, /* files for the hardware's evidence */
    TPM_ATTEST_SIZE_MAX = 2048,
    TPM_SIGNATURE_SIZE_MAX = 1024,
    TPM_PUBLIC_SIZE_MAX = 2048,
    TPM_EVIDENCE_SIZE_MAX = 256 << 10, /* also of any other member */
};

struct tpm_quote {
    slice attest;    /* TPMS_ATTEST */
    slice signature; /* TPMT_SIGNATURE, or the bare bytes of an RSA signature */
};

/* Slices are borrowed; those that are absent are empty. */
struct tpm_evidence {
    struct tpm_quote quotes[TPM_QUOTES_MAX]; /* at least one, all by one key */
    size_t quote_count;
    slice ak_public; /* TPM2B_PUBLIC, TPMT_PUBLIC, or SubjectPublicKeyInfo in DER */
    slice ek_public; /* TPM2B_PUBLIC or TPMT_PUBLIC of the AK's parent */
    slice certificates[TPM_CERTIFICATES_MAX]; /* DER, the AK's first */
    size_t certificate_count;
    struct tpm_pcrs pcrs;
    slice event_log; /* TCG, as firmware and boot loader wrote it */
    slice ima_log;   /* binary, as the kernel wrote it */
    slice hcl_report;
    slice hardware; /* the evidence of the TEE around the TPM: an SNP report, a TDX quote */
    slice endorsements[TPM_ENDORSEMENTS_MAX]; /* files as for --endorsements */
    size_t endorsement_count;
};

/* Whose evidence a container is, from its first bytes. */
enum tpm_form { TPM_FORM_NONE, TPM_FORM_TPM, TPM_FORM_AZURE };
enum tpm_form tpm_evidence_form(slice bytes);

/* MALFORMED when it is no such map, lacks a quote, or has an HCL report under the wrong name. */
status tpm_evidence_read(slice bytes, struct tpm_evidence *out);

/* EXHAUSTED beyond a limit. Written in one way only, so what was read writes the same bytes. */
status tpm_evidence_write(const struct tpm_evidence *evidence, struct buffer *out);
