/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* CSV samples with the certificates that lie beside them. */

#include "samples.h"

extern const struct platform csv_platform;

static inline bool sample_has(const struct sample *sample, const char *name)
{
    return json_object_get(json_object_get(sample->manifest.root, "files"), name) != NULL;
}

static inline void endorse_with_file(struct endorsements *endorsements, const struct sample *sample,
                                     const char *name)
{
    if (!sample_has(sample, name))
        return;
    struct buffer bytes = file_read(sample->folder, name);
    EXPECT_OK(endorsements_add(endorsements, buffer_view(&bytes)));
    buffer_clear(&bytes);
}

static inline void csv_endorse(struct endorsements *endorsements, const struct sample *sample)
{
    endorse_with_file(endorsements, sample, "hrk.cert");
    endorse_with_file(endorsements, sample, "hsk_cek.cert");
}

static inline status csv_verify_bound(slice evidence, slice binding,
                                      const struct endorsements *endorsements, struct facts *out)
{
    const struct verification request = {.evidence = evidence,
                                         .binding = binding,
                                         .endorsements = endorsements,
                                         .now_s =
                                             1767225600}; /* their certificates have no dates */
    memset(out, 0, sizeof *out);
    return csv_platform.verify(&request, out);
}

static inline status csv_verify_sample(const struct sample *sample,
                                       const struct endorsements *endorsements, struct facts *out)
{
    return csv_verify_bound(buffer_view(&sample->evidence), (slice){NULL, 0}, endorsements, out);
}
