/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * GET_ENDPOINT_INFO and ENDPOINT_INFO (1.3): what kind of thing the other side is, signed when
 * asked for.
 * spec: DSP0274 1.4, "GET_ENDPOINT_INFO request and ENDPOINT_INFO response messages"
 */

#include "spdm/message/svh.h"

#include "spdm/message/header.h"

enum { SPDM_DEVICE_CLASS_IDENTIFIERS = 1 }; /* the one `subject` there is */

struct spdm_get_endpoint_info {
    uint8_t subject;
    uint8_t slot; /* when signed; or SPDM_SLOT_RAW_KEY */
    bool asks_signature;
    uint8_t nonce[SPDM_NONCE_SIZE]; /* with a signature only */
};

struct spdm_endpoint_info {
    uint8_t slot;
    bool is_signed;
    uint8_t nonce[SPDM_NONCE_SIZE]; /* with a signature only */
    slice info;
    slice signature; /* when writing, empty while what it covers is being written */
};

status spdm_get_endpoint_info_read(struct reader *reader, struct spdm_get_endpoint_info *out);
void spdm_get_endpoint_info_write(struct writer *writer, const struct spdm_shape *shape,
                                  const struct spdm_get_endpoint_info *request);

/* `is_signed`: the request asked for a signature. */
status spdm_endpoint_info_read(struct reader *reader, const struct spdm_shape *shape,
                               bool is_signed, struct spdm_endpoint_info *out);
void spdm_endpoint_info_write(struct writer *writer, const struct spdm_shape *shape,
                              const struct spdm_endpoint_info *info);

/* `info` about SPDM_DEVICE_CLASS_IDENTIFIERS: a count, and that many identifiers. */
struct spdm_device_class {
    struct spdm_svh body;
    uint8_t sub_id_count;
    slice sub_ids; /* each a length of one byte, and as many bytes */
};

/* The count; `reader` is then at the first identifier. MALFORMED unless all of `info` is them. */
status spdm_device_classes_read(struct reader *reader, uint8_t *out_count);
void spdm_device_classes_write(struct writer *writer, uint8_t count);
status spdm_device_class_read(struct reader *reader, struct spdm_device_class *out);
void spdm_device_class_write(struct writer *writer, const struct spdm_device_class *device_class);
