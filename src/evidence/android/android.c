/* SPDX-License-Identifier: Apache-2.0 */

/* Android Key Attestation: a key in a TEE or StrongBox, and the certificates that say so. */

#include "evidence/android/claim.h"
#include "evidence/android/claim_names.h"
#include "evidence/android/verify.h"

#include <stdio.h>
#include <string.h>

static const char *format_of(uint64_t version)
{
    static const struct {
        uint64_t version;
        const char *format;
    } formats[] = {{2, "android-key-v2"},     {3, "android-key-v3"},     {4, "android-key-v4"},
                   {100, "android-key-v100"}, {200, "android-key-v200"}, {300, "android-key-v300"},
                   {400, "android-key-v400"}, {500, "android-key-v500"}};
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (formats[i].version == version)
            return formats[i].format;
    return "android-key";
}

struct android_evidence {
    struct android_chain chain;
    struct android_key_description description;
};

static void android_evidence_clear(struct android_evidence *evidence)
{
    android_chain_clear(&evidence->chain);
}

static status read_evidence(slice bytes, struct android_evidence *out)
{
    if (bytes.size > EVIDENCE_SIZE_MAX)
        return FAIL(EXHAUSTED, "the evidence is larger than we read");
    TRY(android_chain_read(bytes, &out->chain));
    return android_key_description_read(out->chain.extension, &out->description);
}

/* The extension again, where the evidence itself has it. */
static status report_data(slice bytes, slice *out)
{
    SCOPED(android_evidence) evidence = {0};
    TRY(read_evidence(bytes, &evidence));
    const slice copy = evidence.chain.extension;
    const uint8_t *const place = memmem(bytes.data, bytes.size, copy.data, copy.size);
    if (!place)
        return FAIL(INTERNAL, "an extension that is not in its certificate");
    TRY(android_key_description_read((slice){place, copy.size}, &evidence.description));
    *out = evidence.description.challenge;
    return OK;
}

static status claim(const struct android_chain *chain,
                    const struct android_key_description *description, struct facts *out)
{
    out->platform = "android";
    out->format = format_of(description->attestation_version);
    TRY(android_claim_description(&out->claims, description));
    TRY(android_claim_chain(&out->claims, chain));
    return claims_finish(&out->claims);
}

static status inspect(slice bytes, const struct endorsements *endorsements, struct facts *out)
{
    SCOPED(android_evidence) evidence = {0};
    (void)endorsements; /* a list of what is revoked claims nothing about this key */
    TRY(read_evidence(bytes, &evidence));
    return claim(&evidence.chain, &evidence.description, out);
}

static status verify_known(const struct verification *request, struct android_known *known,
                           struct facts *out)
{
    struct android_key_description description;
    TRY(android_key_description_read(known->chain.extension, &description));
    android_verify(request, known, &description, out);
    return claim(&known->chain, &description, out);
}

static status verify_with(const struct verification *request, struct facts *out)
{
    struct android_known *known;
    if (request->evidence.size > EVIDENCE_SIZE_MAX)
        return FAIL(EXHAUSTED, "the evidence is larger than we read");
    TRY(android_chain_acquire(request->evidence, request->endorsements, &known));
    const status verified = verify_known(request, known, out);
    android_chain_release(known);
    return verified;
}

static status verify(const struct verification *request, struct facts *out)
{
    return verification_endorsed(request, verify_with, out);
}

const struct platform android_platform = {
    .name = "android",
    .title = "a key that an Android device attests",
    .claims = android_claim_names,
    .recognises = android_chain_begins,
    .report_data = report_data,
    .binding_mismatch = "ANDROID_BINDING_MISMATCH",
    .inspect = inspect,
    .verify = verify,
};
