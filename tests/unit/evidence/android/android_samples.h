/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Android samples: chains in PEM, as devices hand them out. */

#include "evidence/android/chain.h"
#include "samples.h"

extern const struct platform android_platform;

static inline int64_t android_time(const json_t *manifest)
{
    return time_of(text_of(json_object_get(manifest, "verification_time"), "at"));
}

static inline status android_verify_bound(slice evidence, slice binding,
                                          const struct endorsements *endorsements, int64_t now_s,
                                          struct facts *out)
{
    const struct verification request = {
        .evidence = evidence, .binding = binding, .endorsements = endorsements, .now_s = now_s};
    memset(out, 0, sizeof *out);
    return android_platform.verify(&request, out);
}

static inline status android_verify_at(slice evidence, const struct endorsements *endorsements,
                                       int64_t now_s, struct facts *out)
{
    return android_verify_bound(evidence, (slice){NULL, 0}, endorsements, now_s, out);
}

/* The certificates of a sample as DER, one after another. */
static inline struct buffer android_chain_of(const char *folder)
{
    char type[64];
    struct buffer chain = {0};
    struct buffer pem = file_read(folder, "evidence.pem");
    EXPECT_OK(evidence_unwrap(buffer_view(&pem), &chain, type));
    buffer_clear(&pem);
    return chain;
}

static const char *const android_positive[] = {
    "akita-sdk34-sb_rsa_none",           "akita-sdk34-tee_ec_none",
    "akita-sdk34-tee_rsa_none_userauth", "blueline-sdk28-sb_rsa_none",
    "blueline-sdk28-tee_ec_none",        "caiman-sdk36-tee_ec_rkp",
    "tegu-sdk36-tee_ec_2026_root",       "tegu-sdk37-tee_trusted_conf",
    "tokay-sdk37-tee_mldsa_rkp"};
enum { ANDROID_POSITIVE = sizeof android_positive / sizeof android_positive[0] };

static inline void android_folder(const char *name, char out[PATH_SIZE])
{
    char family[PATH_SIZE];
    path_join(samples_root(), "android-key", family);
    path_join(family, name, out);
}
