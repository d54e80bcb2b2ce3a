/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/nitro/claim_names.h"

#include <stddef.h>

#define PCR_OF(index, what)                                                                        \
    {                                                                                              \
        "pcrs." #index, CLAIM_BYTES, .size = NITRO_PCR_SIZE, .meaning = what                       \
    }
#define PCR(index) PCR_OF(index, CLAIM_MEANS_ITSELF)

/*
 * PCR3 is of the role of the parent instance, PCR4 of its id, PCR8 of the certificate that signed
 * the image; those from 9 on are the enclave's own to extend.
 * spec: AWS Nitro Enclaves User Guide, "Where to get an enclave's measurements"
 */
const struct claim_name nitro_claim_names[] = {
    {"measurement", CLAIM_BYTES, .size = NITRO_PCR_SIZE, .meaning = CLAIM_MEANS_MEASUREMENT},
    {"report_data", .kind = CLAIM_BYTES},
    {"debug", CLAIM_FLAG, .meaning = CLAIM_MEANS_DEBUG},
    {"module_id", CLAIM_TEXT, .meaning = CLAIM_MEANS_INSTANCE, .pin = "module_id"},
    {"digest", .kind = CLAIM_TEXT},
    {"timestamp", .kind = CLAIM_NUMBER},
    {"nonce", .kind = CLAIM_BYTES},
    {"public_key", .kind = CLAIM_BYTES},
    PCR_OF(0, CLAIM_MEANS_CODE),
    PCR_OF(1, CLAIM_MEANS_CODE),
    PCR_OF(2, CLAIM_MEANS_CODE),
    PCR(3),
    PCR_OF(4, CLAIM_MEANS_INSTANCE),
    PCR(5),
    PCR(6),
    PCR(7),
    PCR_OF(8, CLAIM_MEANS_CODE),
    PCR(9),
    PCR(10),
    PCR(11),
    PCR(12),
    PCR(13),
    PCR(14),
    PCR(15),
    PCR(16),
    PCR(17),
    PCR(18),
    PCR(19),
    PCR(20),
    PCR(21),
    PCR(22),
    PCR(23),
    PCR(24),
    PCR(25),
    PCR(26),
    PCR(27),
    PCR(28),
    PCR(29),
    PCR(30),
    PCR(31),
    {0},
};

const char *const nitro_pcr_names[NITRO_PCRS_MAX] = {
    "pcrs.0",  "pcrs.1",  "pcrs.2",  "pcrs.3",  "pcrs.4",  "pcrs.5",  "pcrs.6",  "pcrs.7",
    "pcrs.8",  "pcrs.9",  "pcrs.10", "pcrs.11", "pcrs.12", "pcrs.13", "pcrs.14", "pcrs.15",
    "pcrs.16", "pcrs.17", "pcrs.18", "pcrs.19", "pcrs.20", "pcrs.21", "pcrs.22", "pcrs.23",
    "pcrs.24", "pcrs.25", "pcrs.26", "pcrs.27", "pcrs.28", "pcrs.29", "pcrs.30", "pcrs.31",
};
