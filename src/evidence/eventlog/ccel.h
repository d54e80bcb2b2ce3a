/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The ACPI table that says where a TEE's firmware left its event log.
 * spec: ACPI 6.5, "CC Event Log ACPI Table"
 */

#include "evidence/eventlog/log.h"

enum { CCEL_TABLE_SIZE = 56 };
enum { CCEL_TYPE_SEV = 1, CCEL_TYPE_TDX = 2 };

struct ccel_table {
    uint8_t type;      /* of TEE */
    uint64_t log_size; /* of the memory kept for it; the log may be shorter */
    uint64_t log_address;
};

/* MALFORMED also when the table's bytes do not sum up to zero. */
status ccel_table_read(slice table, struct ccel_table *out);

/* Where Linux shows the memory of the log that the table tells of. */
#define CCEL_LOG_PATH "/sys/firmware/acpi/tables/data/CCEL"

/* Reads the log at `path` and cuts off the memory behind it. UNAVAILABLE when there is none. */
status ccel_log_read(const char *path, struct buffer *out);
