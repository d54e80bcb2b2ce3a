/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A link of the configuration: connects, proves and is proved to, stays, and when it is lost tries
 * again, waiting longer each time. Lives on one shard; what others may ask is atomic or locked.
 */

#include "gateway/state.h"

enum uplink_phase { UPLINK_WAITS, UPLINK_CONNECTS, UPLINK_PROVES, UPLINK_IS_UP };
const char *uplink_phase_name(enum uplink_phase phase);

struct uplink {
    struct gateway *gateway;
    struct shard *shard;
    const struct config_link *config;
    struct dial *dial;
    struct wire *wire;
    struct timer again;
    unsigned failures;
    int64_t up_ms;
    atomic_bool is_denied; /* the last try ended with a refusal by either side */
    atomic_int phase;
    atomic_int_fast64_t next_try_s;  /* Unix time; 0: none is planned */
    char trouble[REASONS_TEXT_SIZE]; /* why the last try or link ended; the registry's lock */
};

void uplink_begin(struct uplink *uplink, struct gateway *gateway, size_t index);
/* On its shard. */
void uplink_start(struct uplink *uplink);
void uplink_end(struct uplink *uplink);

size_t uplink_index(const struct uplink *uplink);
const struct channel_context *uplink_context(const struct uplink *uplink);
bool uplink_is_denied(const struct uplink *uplink);

/* From its control session. */
void uplink_opened(struct uplink *uplink);
void uplink_closed(struct uplink *uplink, bool was_refused);
