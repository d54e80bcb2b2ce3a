/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The attestation document of a Nitro enclave: a COSE_Sign1 over what the hypervisor says of the
 * enclave, its certificate chain, and what the enclave asked to have signed.
 * spec: AWS Nitro Enclaves User Guide, "Verifying the root of trust"
 */

#include "evidence/cose.h"

enum {
    NITRO_PCRS_MAX = 32,
    NITRO_PCR_SIZE = 48,
    NITRO_BUNDLE_MAX = 8,
    NITRO_CERTIFICATE_SIZE_MAX = 2048,
    NITRO_MODULE_ID_SIZE_MAX = 128,
    NITRO_FIELD_SIZE_MAX = 1024, /* of user data, nonce and public key */
};

/* Slices are borrowed from the evidence. */
struct nitro_document {
    struct cose_message message;
    slice module_id;
    uint64_t timestamp_ms;          /* Unix time */
    slice pcrs[NITRO_PCRS_MAX];     /* empty: not there */
    slice bundle[NITRO_BUNDLE_MAX]; /* DER, the root first */
    size_t bundle_count;
    slice certificate; /* whose key signed, issued by the last of the bundle */
    slice user_data, nonce, public_key;
};

/* True when the bytes begin as one; cheap. */
bool nitro_document_begins(slice bytes);

status nitro_document_read(slice bytes, struct nitro_document *out);

/* In debug mode the hypervisor measures nothing: PCR0 to PCR2 are zero. */
bool nitro_document_is_debug(const struct nitro_document *document);
