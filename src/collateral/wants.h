/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What evidence needs to be verified, and where its vendor has it. Only what the evidence itself
 * says is used, which nobody vouches for yet: a lie fetches something useless and no more.
 */

#include "collateral/store.h"
#include "evidence/csv/certificate.h"
#include "evidence/dcap/quote.h"
#include "evidence/dcap/tcb_info.h"
#include "evidence/platform.h"
#include "evidence/snp/report.h"

enum { WANTS_MAX = 1024, WANTS_ALTERNATIVES_MAX = 2 };

/* Where to ask: a vendor's public address, or that of a cache which answers alike. */
struct sources {
    const char *kds; /* AMD's key distribution service */
    const char *pcs; /* Intel's provisioning certification service, or a caching one (PCCS) */
    const char *intel_root_crl; /* NULL: the caching service has it */
    const char *hygon;          /* Hygon's certificate service */
    const char *android;        /* Google's list; https, for nobody signs it */
    bool is_pccs;               /* `pcs` is a caching service, which knows machines by their QE */
};
extern const struct sources vendors_own;

struct wanted {
    enum object_kind kind;
    char name[OBJECT_NAME_SIZE]; /* empty: told by the quoting enclave that it certifies */
    char source[STORE_SOURCE_SIZE];
    char beside[OBJECT_NAME_SIZE]; /* the object that has its issuers; empty: it comes with them */
    unsigned either;               /* of several with this number one is enough; 0: needed */

    /* What it has to vouch for, where no name tells it. */
    enum dcap_tee tee;
    uint8_t qe_report[SGX_REPORT_SIZE], qe_report_signature[P256_SIGNATURE_SIZE];
    uint8_t pek[CSV_CERTIFICATE_SIZE];
};

struct wants {
    struct wanted *items;
    size_t count;
    unsigned alternatives;
    const char *lacking; /* what evidence needs and nobody publishes; NULL: nothing */
};
void wants_clear(struct wants *wants);

/* Nothing is added twice. UNSUPPORTED when no vendor publishes anything for this platform. */
status wants_of_evidence(const struct sources *sources, const struct platform *platform,
                         slice evidence, struct wants *out);

status wants_of_product(const struct sources *sources, enum snp_product product, struct wants *out);
status wants_of_fmspc(const struct sources *sources, const uint8_t fmspc[FMSPC_SIZE],
                      struct wants *out);

/* What the quotes of a machine need, once its PCK certificate is in `pool`. */
status wants_of_pck(const struct sources *sources, const struct endorsements *pool,
                    enum dcap_tee tee, struct wants *out);

status wants_of_android(const struct sources *sources, struct wants *out);
