/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The certificate of a key that signs reports: a chip's own (VCEK) or one loaded for a cloud
 * provider (VLEK), with what AMD says about it in its extensions.
 * spec: AMD Versioned Chip Endorsement Key (VCEK) Certificate and KDS Interface Specification,
 * "VCEK Certificate Definition", and the same for the VLEK
 */

#include "crypto/certificate.h"
#include "evidence/snp/report.h"

enum { SNP_PRODUCT_NAME_SIZE_MAX = 32, SNP_CSP_ID_SIZE_MAX = 128 };

/* Slices are borrowed from the certificate. */
struct snp_leaf {
    enum snp_signing_key kind;
    bool has_fmc; /* as Turin's has, whose chip ids are shorter too */
    struct snp_tcb tcb;
    slice product_name;       /* "Milan-B0"; without what follows '-' it names the product */
    enum snp_product product; /* unknown when it names none that we know */
    slice hw_id;              /* of a VCEK: 64 bytes, or 8 beside an FMC level */
    slice csp_id;             /* of a VLEK: "CN=cc-us-east-2.amazonaws.com" */
};

/* SNP_KEY_NONE when the certificate does not bear the name of either. */
enum snp_signing_key snp_leaf_kind(const struct certificate *certificate);

/*
 * MALFORMED when an extension is missing, occurs twice or does not read as what it should be, or
 * the certificate has one of the other kind. UNSUPPORTED when it is neither a VCEK nor a VLEK.
 */
status snp_leaf_read(const struct certificate *certificate, struct snp_leaf *out);

/* hwID as a report would have it: a shorter one is followed by zeros. All zero when there is none.
 */
void snp_leaf_chip_id(const struct snp_leaf *leaf, uint8_t out[SNP_CHIP_ID_SIZE]);
