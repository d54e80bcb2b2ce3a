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
    CSV_REQUEST_HASH_OFFSET = 80,
    CSV_REQUEST_SIZE = 112, /* report data, nonce, and SM3 of the two */
    CSV_REQUEST_EXTENDED_SIZE = 132,
    CSV_EXTENDED_FLAG_RTMRS = 1,
    CSV_REGISTERS_VERSION = 1,
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

enum csv_register_command {
    CSV_REGISTERS_STATUS = 1, /* out: u16 version, u8 state */
    CSV_REGISTERS_START = 2,  /* in: u16 version */
    CSV_REGISTERS_READ = 3,   /* in: u32 bitmap; out: 32 bytes for each of its bits */
    CSV_REGISTERS_EXTEND = 4, /* in: u8 index, u8, u16 size 32, 32 bytes */
};

enum csv_register_state { CSV_REGISTERS_OFF = 0, CSV_REGISTERS_READY = 1, CSV_REGISTERS_ON = 2 };

#define CSV_GET_REPORT _IOWR('D', 1, struct csv_report_call)
#define CSV_REGISTERS _IOWR('D', 2, struct csv_register_call)
