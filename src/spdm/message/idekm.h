/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * IDE_KM: keys for encrypted PCIe and CXL links, as the payload of VENDOR_DEFINED messages.
 * spec: PCI Express Base Specification 6.0, "IDE Key Management (IDE_KM)"; CXL 3.0, "CXL_IDE_KM"
 */

#include "codec/reader.h"
#include "codec/writer.h"

enum spdm_idekm_object {
    SPDM_IDEKM_QUERY,
    SPDM_IDEKM_QUERY_RESP,
    SPDM_IDEKM_KEY_PROG,
    SPDM_IDEKM_KP_ACK,
    SPDM_IDEKM_K_SET_GO,
    SPDM_IDEKM_K_SET_STOP,
    SPDM_IDEKM_K_GOSTOP_ACK,
    SPDM_IDEKM_GET_KEY, /* CXL only, as the next */
    SPDM_IDEKM_GET_KEY_ACK,
};

enum spdm_idekm_status {
    SPDM_IDEKM_OK,
    SPDM_IDEKM_INCORRECT_LENGTH,
    SPDM_IDEKM_UNSUPPORTED_PORT,
    SPDM_IDEKM_UNSUPPORTED_VALUE,
    SPDM_IDEKM_UNSPECIFIED_FAILURE,
};

/* Bits of `key`; the four high ones are the sub-stream. */
enum spdm_idekm_key {
    SPDM_IDEKM_KEY_SET_1 = 1,           /* else 0 */
    SPDM_IDEKM_KEY_TRANSMITS = 1 << 1,  /* else it receives */
    SPDM_IDEKM_KEY_DEFAULT_IV = 1 << 3, /* CXL; in K_SET_GO: containment mode */
    SPDM_IDEKM_SUB_STREAM_POSTED = 0 << 4,
    SPDM_IDEKM_SUB_STREAM_NON_POSTED = 1 << 4,
    SPDM_IDEKM_SUB_STREAM_COMPLETION = 2 << 4,
    SPDM_IDEKM_SUB_STREAM_CXL = 8 << 4,
};

enum {
    SPDM_IDEKM_PROTOCOL = 0, /* the first byte of the payload, whoever's */
    SPDM_IDEKM_KEY_SIZE = 32,
    SPDM_IDEKM_PCIE_IV_SIZE = 8,
    SPDM_IDEKM_CXL_IV_SIZE = 12,
};

struct spdm_idekm {
    uint8_t object; /* enum spdm_idekm_object */
    uint8_t port;

    uint8_t stream; /* these four: not in a query and its answer */
    uint8_t key;    /* enum spdm_idekm_key */
    uint8_t status; /* KP_ACK: enum spdm_idekm_status */
    slice secret;   /* KEY_PROG, GET_KEY_ACK: the key and its IV, which are no less secret here */

    uint8_t device_function; /* QUERY_RESP, as all that follows */
    uint8_t bus;
    uint8_t segment;
    uint8_t port_max;
    uint8_t cxl_capabilities;
    slice registers; /* the IDE extended capability, in le32 */
};

/* All of `payload`, of PCIe's or else CXL's IDE_KM. UNSUPPORTED for another protocol or object. */
status spdm_idekm_read(slice payload, bool is_cxl, struct spdm_idekm *out);
void spdm_idekm_write(struct writer *writer, bool is_cxl, const struct spdm_idekm *message);
