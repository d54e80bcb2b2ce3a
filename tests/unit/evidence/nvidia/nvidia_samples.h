/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* NVIDIA samples, with the chains that lie beside them. */

#include "samples.h"

extern const struct platform nvidia_platform;

static inline void nvidia_endorse(struct endorsements *endorsements, const struct sample *sample)
{
    endorse_with_folder(endorsements, sample->folder, NULL);
}

static inline int64_t nvidia_time(const struct sample *sample)
{
    return time_of(text_of(json_object_get(sample->manifest.root, "verification_time"), "at"));
}

static inline status nvidia_verify_bound(slice evidence, slice binding,
                                         const struct endorsements *endorsements, int64_t now_s,
                                         struct facts *out)
{
    const struct verification request = {
        .evidence = evidence, .binding = binding, .endorsements = endorsements, .now_s = now_s};
    memset(out, 0, sizeof *out);
    return nvidia_platform.verify(&request, out);
}

static inline status nvidia_verify_at(slice evidence, const struct endorsements *endorsements,
                                      int64_t now_s, struct facts *out)
{
    return nvidia_verify_bound(evidence, (slice){NULL, 0}, endorsements, now_s, out);
}
