/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* SNP samples with the certificates that lie beside them. */

#include "samples.h"

extern const struct platform snp_platform;

/* `unwanted` as in endorse_with_folder(); NULL: none. */
static inline void snp_endorse(struct endorsements *endorsements, const struct sample *sample,
                               const char *unwanted)
{
    endorse_with_folder(endorsements, sample->folder, unwanted ? unwanted : ".trustee.json");
}

static inline int64_t snp_time(const struct sample *sample)
{
    return time_of(text_of(json_object_get(sample->manifest.root, "verification_time"), "at"));
}

static inline status snp_verify_bound(slice evidence, slice binding,
                                      const struct endorsements *endorsements, int64_t now_s,
                                      struct facts *out)
{
    const struct verification request = {
        .evidence = evidence, .binding = binding, .endorsements = endorsements, .now_s = now_s};
    memset(out, 0, sizeof *out);
    return snp_platform.verify(&request, out);
}

static inline status snp_verify_at(slice evidence, const struct endorsements *endorsements,
                                   int64_t now_s, struct facts *out)
{
    return snp_verify_bound(evidence, (slice){NULL, 0}, endorsements, now_s, out);
}
