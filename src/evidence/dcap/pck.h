/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The PCK certificate: the key that certifies quoting enclaves of one machine at one TCB, with what
 * Intel says about that machine in its extension.
 * spec: Intel SGX PCK Certificate and Certificate Revocation List Profile Specification
 */

#include "crypto/certificate.h"
#include "evidence/dcap/tcb_info.h"

enum { PPID_SIZE = 16, CPUSVN_SIZE = 16, PLATFORM_INSTANCE_SIZE = 16, PCK_CONFIGURATION_FLAGS = 3 };

struct pck_extension {
    uint8_t ppid[PPID_SIZE];
    uint8_t components[TCB_COMPONENTS];
    uint16_t pcesvn;
    uint8_t cpusvn[CPUSVN_SIZE];
    uint8_t pceid[PCEID_SIZE];
    uint8_t fmspc[FMSPC_SIZE];
    uint8_t sgx_type;    /* 0 standard, 1 scalable, 2 scalable with integrity */
    bool of_platform_ca; /* only that CA writes the two below */
    uint8_t platform_instance[PLATFORM_INSTANCE_SIZE];
    /* dynamic platform, cached keys, SMT enabled: the octet of each BOOLEAN */
    uint8_t configuration[PCK_CONFIGURATION_FLAGS];
};

/* MALFORMED when a field is missing, occurs twice, is unknown or has another type or size. */
status pck_extension_read(slice der, struct pck_extension *out);

struct pck_chain {
    struct certificate leaf;
    struct certificate ca;
    struct certificate root;
};
void pck_chain_clear(struct pck_chain *chain);

/*
 * Reads certification data of type 5: the three certificates in any order, as PEM (a NUL may end
 * it) or as DER one after the other. The root is the one that issued itself, the leaf the one that
 * bears the name of PCK certificates.
 */
status pck_chain_read(slice certification, struct pck_chain *out);

/* Certification data of type 4: the first of the three alone, as PEM or DER. */
status pck_leaf_read(slice certification, struct certificate *out);

/* Whether it bears the name of PCK certificates, which by itself proves nothing. */
bool pck_is_named(const struct certificate *certificate);

/*
 * OK when each certificate is what its name says, the root signed itself and the CA, and the CA
 * the leaf. Not dates, not whether the root is to be trusted.
 */
status pck_chain_verify(const struct pck_chain *chain);

/* The extension of a leaf; MALFORMED when it has none. */
status pck_extension_of(const struct certificate *leaf, struct pck_extension *out);
