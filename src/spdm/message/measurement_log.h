/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * GET_MEASUREMENT_EXTENSION_LOG and MEASUREMENT_EXTENSION_LOG (1.3): one portion of the log, and
 * the log that the portions make.
 * spec: DSP0274 1.4, "GET_MEASUREMENT_EXTENSION_LOG request and MEASUREMENT_EXTENSION_LOG response
 * messages", "Measurement extension log"
 */

#include "spdm/message/header.h"

enum { SPDM_MEASUREMENT_LOG_HEADER_SIZE = 12 }; /* of the response, before its portion */

struct spdm_get_measurement_log {
    uint32_t offset;
    uint32_t length; /* the most that is wanted */
};

struct spdm_measurement_log {
    slice portion;
    uint32_t remainder_size; /* of the log, after this portion */
};

status spdm_get_measurement_log_read(struct reader *reader, struct spdm_get_measurement_log *out);
void spdm_get_measurement_log_write(struct writer *writer, const struct spdm_shape *shape,
                                    const struct spdm_get_measurement_log *request);

status spdm_measurement_log_read(struct reader *reader, struct spdm_measurement_log *out);
void spdm_measurement_log_write(struct writer *writer, const struct spdm_shape *shape,
                                const struct spdm_measurement_log *log);

enum { SPDM_LOG_HEADER_SIZE = 16 };

/* The header of a whole log; its entries are read one by one from `entries`. */
struct spdm_log {
    uint32_t entry_count;
    slice entries;
};

struct spdm_log_entry {
    uint32_t number;           /* of this entry */
    uint8_t measurement_index; /* the measurement that it extends */
    bool is_raw;
    uint8_t kind; /* enum spdm_measurement_kind */
    slice value;
};

/* The entries are walked: MALFORMED unless `log` is them and nothing else. */
status spdm_log_read(slice log, struct spdm_log *out);
void spdm_log_write(struct writer *writer, const struct spdm_log *log);

status spdm_log_entry_read(struct reader *reader, struct spdm_log_entry *out);
void spdm_log_entry_write(struct writer *writer, const struct spdm_log_entry *entry);
