/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a guest asks of its driver, and how it is laid out.
 * spec: Linux for Hygon, drivers/virt/coco/csv-guest
 */

#include "base/bytes.h"

#include <sys/ioctl.h>

#define CSV_DEVICE "/dev/csv-guest"
#define CSV_EXTENDED_MAGIC "ATTESTATION_EXT" /* with its NUL */

enum {
    CSV_PAGE_SIZE = 4096, /* of a request, which the report replaces */
    CSV_EXTENDED_FLAG_RTMRS = 1,
};

struct csv_report_call {
    uint64_t address; /* of the page, at a page's beginning */
    uint32_t size;
    uint32_t reserved;
};

/* The driver's has no padding. */
struct csv_register_call {
    uint64_t address;
    uint64_t size;
    uint16_t command;
    uint16_t reserved;
    uint32_t firmware_error;
};

/* One of its commands: out, u16 version and u8 state. */
enum { CSV_REGISTERS_STATUS = 1 };

enum csv_register_state { CSV_REGISTERS_OFF, CSV_REGISTERS_READY, CSV_REGISTERS_ON };

#define CSV_GET_REPORT _IOWR('D', 1, struct csv_report_call)
#define CSV_REGISTERS _IOWR('D', 2, struct csv_register_call)
