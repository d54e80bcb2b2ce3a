/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * ERROR: what may come instead of any response.
 * spec: DSP0274 1.4, "ERROR response message", "Error code and error data table"
 */

#include "spdm/message/header.h"

enum {
    SPDM_ERROR_EXTENDED_SIZE_MAX = 32,
    SPDM_RETRY_EXPONENT_MAX = 31,
};

/* When to ask again, and how (spdm/message/respond_if_ready.h). */
struct spdm_not_ready {
    uint8_t retry_exponent;   /* ask after 2^this us ... */
    uint8_t retry_multiplier; /* ... and give up after this many times as long */
    uint8_t request_code;
    uint8_t token;
};

struct spdm_error {
    uint8_t version;                 /* SPDM_1_0 in answer to GET_VERSION */
    uint8_t code;                    /* enum spdm_error_code, or a newer one */
    uint8_t data;                    /* what it means is the code's affair */
    struct spdm_not_ready not_ready; /* of SPDM_RESPONSE_NOT_READY */
    uint32_t size;   /* of SPDM_RESPONSE_TOO_LARGE and SPDM_DATA_TOO_LARGE: how large it would be */
    uint8_t handle;  /* of SPDM_LARGE_RESPONSE: what to get it in chunks by */
    slice vendor_id; /* of SPDM_VENDOR_DEFINED_ERROR, whose `data` is the body that gave the id */
    slice vendor_data;
};

/*
 * A vendor's error takes all that is there, and more than SPDM_ERROR_EXTENDED_SIZE_MAX bytes are
 * EXHAUSTED; another takes what its code has.
 */
status spdm_error_read(struct reader *reader, struct spdm_error *out);
void spdm_error_write(struct writer *writer, const struct spdm_error *error);
