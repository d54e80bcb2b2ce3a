/* SPDX-License-Identifier: Apache-2.0 */

/* Quotes of real TPMs and of an emulator: authentic under whom we trust, and under nobody else. */

#include "manifest_claims.h"
#include "tpm_samples.h"

static const struct {
    void (*open)(struct tpm_sample *out);
    const char *trusted; /* the file of the key that the caller trusts; NULL: a root is pinned */
} samples[] = {
    {tpm_open_trustee, "ak_pub.der"},
    {tpm_open_keylime, "ak_pub.pem"},
    {tpm_open_gce, NULL},
};

enum { SAMPLE_COUNT = sizeof samples / sizeof samples[0] };

static void endorse_gce(struct endorsements *endorsements, const struct tpm_sample *sample)
{
    static const char *const files[] = {"tpm_ek_intermediate_2.crt", "tpm_ek_intermediate_3.crt",
                                        "gcp_ek_ak_ca_root.crt",
                                        "gcp_ek_ak_ca_intermediate_v3.crt"};
    char folder[PATH_SIZE];
    path_join(sample->folder, "ca", folder);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        SCOPED(buffer) bytes = file_read(folder, files[i]);
        EXPECT_OK(endorsements_add(endorsements, buffer_view(&bytes)));
    }
}

static void endorse(struct endorsements *endorsements, const struct tpm_sample *sample,
                    const char *trusted)
{
    if (trusted)
        trust_file(endorsements, sample->folder, trusted);
    else
        endorse_gce(endorsements, sample);
}

/* What each sample was asked to sign, from its manifest. */
static struct buffer binding_of(const struct tpm_sample *sample)
{
    struct buffer binding = {0};
    const json_t *const claims = json_object_get(sample->manifest.root, "claims");
    const json_t *holder = json_object_get(claims, "attest");
    if (!holder)
        holder = json_array_get(json_object_get(claims, "quotes"), 0);
    EXPECT_OK(hex_read(slice_of_text(text_of(holder, "extra")), &binding));
    return binding;
}

TEST(every_sample_is_authentic_under_whom_its_manifest_names)
{
    if (samples_are_absent("verdicts of TPM samples"))
        return;
    struct facts *const facts = calloc(1, sizeof *facts);
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        SCOPED(tpm_sample) sample;
        SCOPED(endorsements) endorsements = {0};
        samples[i].open(&sample);
        SCOPED(buffer) bytes = tpm_bytes(&sample);
        SCOPED(buffer) binding = binding_of(&sample);
        endorse(&endorsements, &sample, samples[i].trusted);
        EXPECT(platform_of(buffer_view(&bytes)) == &tpm_platform);
        EXPECT_OK(tpm_verify_at(buffer_view(&bytes), buffer_view(&binding), &endorsements,
                                tpm_time(&sample), facts));
        print_failures(facts);
        EXPECT(facts_authentic(facts));
        EXPECT(strcmp(result_name(facts, "binding"), "pass") == 0);
        expect_known_claims(&tpm_platform, facts);
    }
    free(facts);
}

/* The evidence carries its key; that alone is no reason to believe it. */
TEST(E32_without_the_root_or_the_key_every_sample_is_refused)
{
    if (samples_are_absent("TPM samples without trust"))
        return;
    struct facts *const facts = calloc(1, sizeof *facts);
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        SCOPED(tpm_sample) sample;
        samples[i].open(&sample);
        SCOPED(buffer) bytes = tpm_bytes(&sample);
        EXPECT_OK(tpm_verify_at(buffer_view(&bytes), (slice){0}, NULL, tpm_time(&sample), facts));
        EXPECT(!facts_authentic(facts));
        EXPECT(strcmp(result_name(facts, "signature"), "pass") == 0);
        EXPECT(strcmp(failure_of(facts, "chain"),
                      samples[i].trusted ? "TPM_AK_UNTRUSTED" : "TPM_CHAIN_INCOMPLETE") == 0);
    }
    free(facts);
}
