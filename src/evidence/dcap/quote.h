/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Intel's ECDSA quotes (DCAP), versions 3 to 5, as the fields they carry. Nothing is judged here.
 */

#include "codec/reader.h"

enum {
    DCAP_HEADER_SIZE = 48,
    DCAP_QE_AUTH_DATA_SIZE_MAX = 1 << 10,
    DCAP_CERTIFICATION_SIZE_MAX = 32 << 10,
    SGX_REPORT_SIZE = 384,
    TD_REPORT10_SIZE = 584,
    TD_REPORT15_SIZE = 648,
    TD_REPORT15_EXTENDED_SIZE = 885,
    P256_POINT_SIZE = 64,
    P256_SIGNATURE_SIZE = 64,
};

enum dcap_tee { DCAP_TEE_SGX = 0x00, DCAP_TEE_TDX = 0x81 };

/* As numbered in version 5. Before it there is no number, and a TD is always the 1.0 report. */
enum dcap_body {
    DCAP_BODY_NONE,
    DCAP_BODY_SGX = 1,
    DCAP_BODY_TD10 = 2,
    DCAP_BODY_TD15 = 3,
    DCAP_BODY_TD15_EXTENDED = 4,
};

/* What says who vouches for the quoting enclave. */
enum dcap_certification {
    DCAP_CERTIFICATION_PPID =
        1, /* it and the next two: which machine at which TCB, no certificate */
    DCAP_CERTIFICATION_PPID_RSA2048 = 2,
    DCAP_CERTIFICATION_PPID_RSA3072 = 3,
    DCAP_CERTIFICATION_PCK_LEAF = 4,
    DCAP_CERTIFICATION_PCK_CHAIN = 5,
    DCAP_CERTIFICATION_QE_REPORT = 6, /* only around one of the others */
    DCAP_CERTIFICATION_PLATFORM_MANIFEST = 7,
};

/* All slices are borrowed from the bytes that were read. */
struct dcap_quote {
    uint16_t version;
    uint16_t key_type; /* 2: ECDSA on P-256 */
    uint32_t tee_type;
    uint16_t qe_svn; /* and the next: of version 3 only */
    uint16_t pce_svn;
    slice qe_vendor_id;
    slice user_data;
    enum dcap_body body_type;
    slice body;
    slice signed_bytes; /* what `signature` covers: everything up to the end of the body */
    slice signature;
    slice attestation_key; /* x || y */
    slice qe_report;
    slice qe_report_signature;
    slice qe_auth_data;
    slice key_certification; /* the four above and what lies between them, in one piece */
    uint16_t certification_type;
    slice certification;
    slice trailing; /* bytes after the structure: quoting services pad with zeros, unsigned */
};

/*
 * UNSUPPORTED for another version, key type, TEE or body type; MALFORMED when a size inside does
 * not fit its content.
 * spec: Intel TDX DCAP Quoting Library API, "Quote Format";
 *       Intel SGX ECDSA Quote Library Reference, "Quote Format"
 */
status dcap_quote_read(slice bytes, enum dcap_tee tee, struct dcap_quote *out);

/* Whether `bytes` begin like a quote of this TEE, in a version that it has. */
bool dcap_quote_begins(slice bytes, enum dcap_tee tee);

struct sgx_report {
    slice cpusvn;
    slice miscselect; /* 4 bytes, as they lie in the report */
    slice isvextprodid;
    slice attributes; /* flags and XFRM, 16 bytes */
    slice mrenclave;
    slice mrsigner;
    slice config_id;
    uint16_t isvprodid;
    uint16_t isvsvn;
    uint16_t configsvn;
    slice isvfamilyid;
    slice report_data;
};

status sgx_report_read(slice bytes, struct sgx_report *out);
