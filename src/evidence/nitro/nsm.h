/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is said over /dev/nsm, the security module that a Nitro enclave talks to: one ioctl with two
 * pieces of memory, a request in CBOR and the answer to it.
 * spec: Linux, include/uapi/linux/nsm.h; aws-nitro-enclaves-nsm-api, "Request" and "Response"
 */

#include "codec/cbor.h"

#include <stdint.h>

#define NSM_DEVICE "/dev/nsm"

enum {
    NSM_REQUEST_SIZE_MAX = 0x1000,
    NSM_RESPONSE_SIZE_MAX = 0x3000,
    NSM_USER_DATA_SIZE_MAX = 512,
    NSM_NONCE_SIZE_MAX = 512,
    NSM_PUBLIC_KEY_SIZE_MAX = 1024,
    NSM_ERROR_SIZE_MAX = 32,
};

/* _IOWR(0x0a, 0, struct nsm_message) */
#define NSM_IOCTL_RAW UINT32_C(0xc0200a00)

/* As struct nsm_raw has it: addresses and sizes in the caller's memory. The driver writes the size
 * of its answer into the second. */
struct nsm_message {
    uint64_t request_address, request_size;
    uint64_t response_address, response_size;
};

/* Asks for a document that carries `user_data`. */
status nsm_write_attestation_request(struct writer *writer, slice user_data);

/* The document; UNAVAILABLE, naming its kind, when the module answered with an error. */
status nsm_read_attestation_response(slice response, slice *out_document);
