/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The attestation report of a CSV guest, unmasked: the legacy form (1), whose fields are stored XOR
 * a nonce of the firmware's, and the extended one (2), with measurement registers.
 * spec: Hygon CSV, attestation report as its open libraries read it
 */

#include "evidence/csv/certificate.h"

enum {
    CSV_REPORT_SIZE = 2548,
    CSV_REPORT_EXTENDED_SIZE = 3380,
    CSV_REPORT_PAGE_SIZE = 4096, /* what the driver returns: the report, then zeros */
    CSV_REPORT_DATA_SIZE = 64,
    CSV_NONCE_SIZE = 16,
    CSV_DIGEST_SIZE = 32, /* SM3 */
    CSV_SERIAL_SIZE = 64,
    CSV_RTMRS = 5,
};

/* The bits of the policy that its guest was launched under. */
enum {
    CSV_POLICY_NODBG = 1 << 0,
    CSV_POLICY_NOKS = 1 << 1,
    CSV_POLICY_ES = 1 << 2,
    CSV_POLICY_NOSEND = 1 << 3,
    CSV_POLICY_DOMAIN = 1 << 4,
    CSV_POLICY_CSV = 1 << 5,
    CSV_POLICY_CSV3 = 1 << 6,
    CSV_POLICY_ASID_REUSE = 1 << 7,
};

struct csv_report {
    unsigned version; /* 1 or 2 */
    uint8_t user_public_key_digest[CSV_DIGEST_SIZE];
    uint8_t vm_id[16], vm_version[16];
    uint8_t report_data[CSV_REPORT_DATA_SIZE];
    uint8_t mnonce[CSV_NONCE_SIZE]; /* the guest's, chosen anew for each report */
    uint8_t measurement[CSV_DIGEST_SIZE];
    uint32_t policy;
    uint32_t signature_usage, signature_algorithm; /* neither signed nor under the MAC */
    uint8_t anonce[4];                             /* the mask; version 1 */
    uint32_t build;                                /* of the firmware; version 2, as what follows */
    uint16_t rtmr_version;
    uint8_t rtmrs[CSV_RTMRS][CSV_DIGEST_SIZE];

    uint8_t pek[CSV_CERTIFICATE_SIZE];
    uint8_t chip_serial[CSV_SERIAL_SIZE]; /* ASCII, then zeros */

    /* Some guests' tools unmask PEK and serial in place, and lose what the MAC is over. */
    bool signer_was_unmasked;

    /* As stored: borrowed from the evidence. */
    slice signed_bytes, signature_r, signature_s;
    slice mac_bytes, mac;
};

/* TRUNCATED or MALFORMED when it is of no size that a report has. */
status csv_report_read(slice bytes, struct csv_report *out);

/*
 * The report data where it stands in `bytes`, which were read as `report`; and whether what stands
 * there is `binding`. Of version 1 it is masked, and goes on up to the mask.
 */
slice csv_report_data_as_stored(slice bytes, const struct csv_report *report);
bool csv_report_data_is(slice stored, slice binding);

/* By its size and how its PEK begins. */
bool csv_report_is(slice bytes);

/* Under the guest's nonce, so that the PEK and the serial are those of the machine that it asked.
 * Whoever sees the report knows the nonce: of no use to anyone but the guest. */
status csv_report_check_mac(const struct csv_report *report);
