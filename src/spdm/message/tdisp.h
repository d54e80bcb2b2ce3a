/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * TDISP: bring an interface of a device into a confidential machine, as the payload of
 * VENDOR_DEFINED messages of the PCI-SIG.
 * spec: PCI Express Base Specification 6.1, "TEE Device Interface Security Protocol (TDISP)"
 */

#include "codec/reader.h"
#include "codec/writer.h"

/* A request has bit 7 set; its response is the same number without it. */
enum spdm_tdisp_type {
    SPDM_TDISP_VERSION = 0x01,
    SPDM_TDISP_CAPABILITIES = 0x02,
    SPDM_TDISP_LOCK_INTERFACE_RESPONSE = 0x03,
    SPDM_TDISP_DEVICE_INTERFACE_REPORT = 0x04,
    SPDM_TDISP_DEVICE_INTERFACE_STATE = 0x05,
    SPDM_TDISP_START_INTERFACE_RESPONSE = 0x06,
    SPDM_TDISP_STOP_INTERFACE_RESPONSE = 0x07,
    SPDM_TDISP_BIND_P2P_STREAM_RESPONSE = 0x08,
    SPDM_TDISP_UNBIND_P2P_STREAM_RESPONSE = 0x09,
    SPDM_TDISP_SET_MMIO_ATTRIBUTE_RESPONSE = 0x0A,
    SPDM_TDISP_VDM_RESPONSE = 0x0B,
    SPDM_TDISP_ERROR = 0x7F,
    SPDM_TDISP_GET_VERSION = 0x81,
    SPDM_TDISP_GET_CAPABILITIES = 0x82,
    SPDM_TDISP_LOCK_INTERFACE = 0x83,
    SPDM_TDISP_GET_DEVICE_INTERFACE_REPORT = 0x84,
    SPDM_TDISP_GET_DEVICE_INTERFACE_STATE = 0x85,
    SPDM_TDISP_START_INTERFACE = 0x86,
    SPDM_TDISP_STOP_INTERFACE = 0x87,
    SPDM_TDISP_BIND_P2P_STREAM = 0x88,
    SPDM_TDISP_UNBIND_P2P_STREAM = 0x89,
    SPDM_TDISP_SET_MMIO_ATTRIBUTE = 0x8A,
    SPDM_TDISP_VDM = 0x8B,
};

enum spdm_tdisp_state {
    SPDM_TDISP_UNLOCKED,
    SPDM_TDISP_LOCKED,
    SPDM_TDISP_RUN,
    SPDM_TDISP_FAILED, /* only STOP_INTERFACE leads out of it */
};

enum spdm_tdisp_error {
    SPDM_TDISP_INVALID_REQUEST = 0x01,
    SPDM_TDISP_BUSY = 0x03,
    SPDM_TDISP_INVALID_INTERFACE_STATE = 0x04,
    SPDM_TDISP_UNSPECIFIED = 0x05,
    SPDM_TDISP_UNSUPPORTED_REQUEST = 0x07,
    SPDM_TDISP_VERSION_MISMATCH = 0x41,
    SPDM_TDISP_VENDOR_SPECIFIC_ERROR = 0xFF,
    SPDM_TDISP_INVALID_INTERFACE = 0x101,
    SPDM_TDISP_INVALID_NONCE = 0x102,
    SPDM_TDISP_INSUFFICIENT_ENTROPY = 0x103,
    SPDM_TDISP_INVALID_DEVICE_CONFIGURATION = 0x104,
};

/* Flags of LOCK_INTERFACE. */
enum spdm_tdisp_lock_flag {
    SPDM_TDISP_NO_FIRMWARE_UPDATE = 1,
    SPDM_TDISP_SYSTEM_CACHE_LINE_128 = 1 << 1, /* else 64 */
    SPDM_TDISP_LOCK_MSIX = 1 << 2,
    SPDM_TDISP_BIND_P2P = 1 << 3,
    SPDM_TDISP_ALL_REQUEST_REDIRECT = 1 << 4,
};

enum {
    SPDM_TDISP_PROTOCOL = 1, /* the first byte of the payload */
    SPDM_TDISP_1_0 = 0x10,
    SPDM_TDISP_NONCE_SIZE = 32,
    SPDM_TDISP_VERSIONS_MAX = 8,
    SPDM_TDISP_REQUESTS_SIZE = 16, /* one bit a request, from GET_VERSION & 0x7F */
};

struct spdm_tdisp_capabilities {
    uint32_t dsm;
    uint8_t requests[SPDM_TDISP_REQUESTS_SIZE];
    uint16_t lock_flags;
    uint8_t address_width; /* bits */
    uint8_t outstanding_interface;
    uint8_t outstanding_device;
};

struct spdm_tdisp_lock {
    uint16_t flags; /* enum spdm_tdisp_lock_flag */
    uint8_t default_stream;
    uint64_t mmio_reporting_offset;
    uint64_t p2p_address_mask;
};

struct spdm_tdisp_range {
    uint64_t first_page; /* the address of it */
    uint32_t page_count;
    uint16_t attributes; /* enum spdm_tdisp_range_attribute */
    uint16_t range_id;
};

enum spdm_tdisp_range_attribute {
    SPDM_TDISP_RANGE_MSIX_TABLE = 1,
    SPDM_TDISP_RANGE_MSIX_PENDING = 1 << 1,
    SPDM_TDISP_RANGE_NOT_CONFIDENTIAL = 1 << 2,
    SPDM_TDISP_RANGE_UPDATABLE = 1 << 3,
};

/* The member of the union is the one of `type`; a type without one has only what is before it. */
struct spdm_tdisp {
    uint8_t version;
    uint8_t type;         /* enum spdm_tdisp_type */
    uint32_t function_id; /* of the interface: requester id, segment and whether that one counts */
    union {
        struct {
            uint8_t count;
            uint8_t numbers[SPDM_TDISP_VERSIONS_MAX];
        } versions;                                  /* VERSION */
        uint32_t tsm_capabilities;                   /* GET_CAPABILITIES */
        struct spdm_tdisp_capabilities capabilities; /* CAPABILITIES */
        struct spdm_tdisp_lock lock;                 /* LOCK_INTERFACE */
        uint8_t nonce[SPDM_TDISP_NONCE_SIZE];        /* its response, and START_INTERFACE */
        struct {
            uint16_t offset;
            uint16_t length;
        } wanted; /* GET_DEVICE_INTERFACE_REPORT */
        struct {
            slice portion;
            uint16_t remainder_size;
        } report;                      /* DEVICE_INTERFACE_REPORT */
        uint8_t state;                 /* DEVICE_INTERFACE_STATE: enum spdm_tdisp_state */
        uint8_t p2p_stream;            /* BIND_P2P_STREAM, UNBIND_P2P_STREAM */
        struct spdm_tdisp_range range; /* SET_MMIO_ATTRIBUTE */
        slice vendor;                  /* VDM and its response: registry, vendor id and data */
        struct {
            uint32_t code; /* enum spdm_tdisp_error */
            uint32_t data;
            slice extended;
        } error;
    };
};

/* All of `payload`. UNSUPPORTED for another protocol or type, MALFORMED for an unknown state. */
status spdm_tdisp_read(slice payload, struct spdm_tdisp *out);
void spdm_tdisp_write(struct writer *writer, const struct spdm_tdisp *message);
