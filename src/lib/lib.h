/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Inside lib/ only: what stands behind libcix's handles. */

#include "channel/channel.h"

#include "cix/cix.h"

#include <stdatomic.h>

struct cix_context {
    atomic_uint references; /* the caller's, and one for each channel */
    enum cix_use use;
    struct tls_identity *identity; /* NULL for verifying only */
    struct policy *policy_read;
    const struct policy *policy; /* that one, or a built-in; NULL: none */
    struct endorsements endorsements;
    char platform[EXCHANGE_PLATFORM_NAME_MAX + 1]; /* to prove with; empty: none */
    char *tsm_root;
    struct channel_context channels;
};
struct cix_context *context_hold(struct cix_context *context);

struct cix_verdict {
    enum cix_binding binding;
    bool is_fresh;
    uint32_t round;
    const struct facts *facts; /* NULL: nothing was found out */
    const struct appraisal *appraisal;
    struct { /* where cix_verify() keeps them; a channel lends its own */
        struct facts facts;
        struct appraisal appraisal;
    } * own;
};

enum cix_result result_of(status result);
slice slice_of(struct cix_slice bytes);
struct cix_slice slice_to(slice bytes);

/* Bytes that may be there: NULL only when there are none. */
bool slice_is_sound(struct cix_slice bytes);
