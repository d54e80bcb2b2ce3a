/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Nitro documents, which bring their chains, at their manifests' times. */

#include "samples.h"

extern const struct platform nitro_platform;

/* Of a document whose manifest gives none, that of the sample it was made from. */
static inline int64_t nitro_time(const struct sample *sample)
{
    const char *const at =
        text_of(json_object_get(sample->manifest.root, "verification_time"), "at");
    return time_of(*at ? at : "2021-09-09T10:19:20Z");
}

static inline status nitro_verify_bound(slice evidence, slice binding,
                                        const struct endorsements *endorsements, int64_t now_s,
                                        struct facts *out)
{
    const struct verification request = {
        .evidence = evidence, .binding = binding, .endorsements = endorsements, .now_s = now_s};
    memset(out, 0, sizeof *out);
    return nitro_platform.verify(&request, out);
}

static inline status nitro_verify_at(slice evidence, const struct endorsements *endorsements,
                                     int64_t now_s, struct facts *out)
{
    return nitro_verify_bound(evidence, (slice){NULL, 0}, endorsements, now_s, out);
}
