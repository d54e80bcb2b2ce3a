/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The measurements that a responder is told to show: files, each under an index and a kind. */

#include "cli/options.h"
#include "spdm/message/measurement_block.h"
#include "spdm/message/measurements.h"
#include "spdm/responder.h"

enum { SPDM_MEASURED_MAX = OPTION_TEXTS_MAX };

struct spdm_measured {
    uint8_t index;
    uint8_t kind; /* enum spdm_measurement_kind */
    struct buffer value;
};

struct spdm_measured_list {
    size_t count;
    struct spdm_measured items[SPDM_MEASURED_MAX];
};
void spdm_measured_list_clear(struct spdm_measured_list *list);

/* Each text is "INDEX:KIND=FILE". False, having said what is wrong. */
bool spdm_measured_load(const char *command, const struct option_texts *texts,
                        struct spdm_measured_list *out);

/* As spdm_duties.measure: digests, or the files themselves when they are asked for or have to be.
 */
status spdm_measured_write(const struct spdm_measured_list *list, const struct spdm_measuring *what,
                           struct writer *record, uint8_t *out_count);
