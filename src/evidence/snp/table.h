/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The certificate table that a host hands to its SNP guests: what it provisioned, DER or PEM, by
 * kind. Nothing in it is signed as a whole or to be believed by itself.
 * spec: AMD SEV-ES Guest-Hypervisor Communication Block Standardization, "SNP Extended Guest
 * Request"
 */

#include "base/bytes.h"

enum { SNP_TABLE_ENTRIES_MAX = 32, SNP_TABLE_SIZE_MAX = 256 << 10 };

enum snp_table_kind {
    SNP_TABLE_OTHER, /* a kind we do not use, or do not know */
    SNP_TABLE_ARK,
    SNP_TABLE_ASK, /* or the ASVK, beside a VLEK */
    SNP_TABLE_VCEK,
    SNP_TABLE_VLEK,
    SNP_TABLE_CRL,
};

struct snp_table_entry {
    enum snp_table_kind kind;
    slice content; /* borrowed from the table */
};

struct snp_table {
    struct snp_table_entry entries[SNP_TABLE_ENTRIES_MAX];
    size_t count;
};

/* True when the bytes begin as a table does: with the identifier of a kind we know. */
bool snp_table_begins(slice bytes);

/*
 * TRUNCATED without a closing entry; MALFORMED when an entry lies outside the bytes or over the
 * table's head, or a kind we know occurs twice; EXHAUSTED past the limits. What follows the last
 * entry's content is padding of the host's pages.
 */
status snp_table_read(slice bytes, struct snp_table *out);
