/* SPDX-License-Identifier: Apache-2.0 */

/* Quotes of real TPMs and of an emulator: authentic under whom we trust, and under nobody else. */

#include "evidence/tpm/claim_names.h"
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

/* ---- claims, by the manifests' names ---- */

static bool is_bytes(const struct facts *facts, const char *name, const char *hex)
{
    return same_bytes(claims_bytes(&facts->claims, name), hex);
}

static bool is_number(const struct facts *facts, const char *name, uint64_t number)
{
    const struct claim *const claim = claims_find(&facts->claims, name);
    return claim && claim->kind == CLAIM_NUMBER && claim->number == number;
}

static uint64_t number_of(const json_t *object, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(object, key));
}

static uint64_t hex_number(const json_t *object, const char *key)
{
    return strtoull(text_of(object, key), NULL, 16);
}

/* ["0xb", [0, 1, 7]]: exactly these registers of that bank are claims. */
static void expect_selection(const struct facts *facts, const json_t *selection)
{
    const uint16_t hash =
        (uint16_t)strtoul(json_string_value(json_array_get(selection, 0)), NULL, 16);
    const json_t *const numbers = json_array_get(selection, 1);
    uint32_t pcrs = 0;
    for (size_t i = 0; i < json_array_size(numbers); i++)
        pcrs |= 1u << json_integer_value(json_array_get(numbers, i));
    for (size_t pcr = 0; pcr < TPM_PCR_COUNT; pcr++)
        EXPECT(!claims_find(&facts->claims, tpm_pcr_claim(hash, pcr)) == !(pcrs & 1u << pcr));
}

static void expect_attest(const struct facts *facts, const json_t *attest)
{
    const json_t *const selections = json_object_get(attest, "sel");
    EXPECT(is_bytes(facts, "qualified_signer", text_of(attest, "qualified_signer")));
    EXPECT(is_bytes(facts, "report_data", text_of(attest, "extra")));
    EXPECT(is_bytes(facts, "pcr_digest", text_of(attest, "digest")));
    EXPECT(is_number(facts, "clock", number_of(attest, "clock")));
    EXPECT(is_number(facts, "reset_count", number_of(attest, "reset")));
    EXPECT(is_number(facts, "restart_count", number_of(attest, "restart")));
    EXPECT(claim_is_flag(facts, "clock_safe", number_of(attest, "safe")));
    EXPECT(is_number(facts, "firmware_version", hex_number(attest, "fw")));
    for (size_t i = 0; i < json_array_size(selections); i++)
        expect_selection(facts, json_array_get(selections, i));
}

static void expect_gce(const struct facts *facts, json_t *claims)
{
    const json_t *const ak = json_object_get(claims, "ak");
    const json_t *const quotes = json_object_get(claims, "quotes");
    EXPECT(claim_is_text(facts, "ak.type", text_of(ak, "type")));
    EXPECT(is_number(facts, "ak.bits", number_of(ak, "bits")));
    EXPECT(is_number(facts, "ak.scheme", hex_number(ak, "scheme")));
    EXPECT(is_number(facts, "ak.attributes", hex_number(ak, "attr")));
    EXPECT(is_number(facts, "ak.name_algorithm", hex_number(ak, "namealg")));
    for (size_t i = 0; i < json_array_size(quotes); i++) {
        const json_t *const quote = json_array_get(quotes, i);
        EXPECT(is_bytes(facts, "report_data", text_of(quote, "extra")));
        expect_selection(facts, json_object_get(quote, "sel"));
    }
    EXPECT(is_number(facts, "event_log.event_count", number_of(claims, "event_count")));
    EXPECT(same_list(facts, claims_find(&facts->claims, "event_log.algorithms"),
                     json_object_get(claims, "event_log_algorithms")));
}

TEST(every_claim_of_the_manifests_is_told)
{
    if (samples_are_absent("claims of TPM samples"))
        return;
    struct facts *const facts = calloc(1, sizeof *facts);
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        SCOPED(tpm_sample) sample;
        samples[i].open(&sample);
        SCOPED(buffer) bytes = tpm_bytes(&sample);
        json_t *const claims = json_object_get(sample.manifest.root, "claims");
        memset(facts, 0, sizeof *facts);
        EXPECT_OK(tpm_platform.inspect(buffer_view(&bytes), NULL, facts));
        if (json_object_get(claims, "attest"))
            expect_attest(facts, json_object_get(claims, "attest"));
        else
            expect_gce(facts, claims);
        EXPECT(facts->check_count == 0);
    }
    free(facts);
}

/* The name that another tool computed of the same public area. */
TEST(a_keys_name_is_the_one_that_tpm2_tools_wrote)
{
    if (samples_are_absent("the name of a key"))
        return;
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(tpm_sample) sample;
    tpm_open_keylime(&sample);
    SCOPED(buffer) bytes = tpm_bytes(&sample);
    const slice name = tpm_part(&sample, "ak.name");
    EXPECT_OK(tpm_platform.inspect(buffer_view(&bytes), NULL, facts));
    EXPECT(slice_equal(claims_bytes(&facts->claims, "ak.name"), name));
    free(facts);
}

static void expect_log(struct tpm_sample *sample, slice log, const char *reason)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(endorsements) endorsements = {0};
    endorse_gce(&endorsements, sample);
    sample->evidence.event_log = log;
    SCOPED(buffer) bytes = tpm_bytes(sample);
    EXPECT_OK(
        tpm_verify_at(buffer_view(&bytes), (slice){0}, &endorsements, tpm_time(sample), facts));
    EXPECT(strcmp(failure_of(facts, "event_log"), reason) == 0);
    EXPECT(facts_authentic(facts) == (*reason == 0));
    free(facts);
}

TEST(an_event_log_leads_to_the_registers_of_every_bank_or_is_refused)
{
    if (samples_are_absent("GCE's event log"))
        return;
    SCOPED(tpm_sample) sample;
    SCOPED(buffer) changed = {0};
    tpm_open_gce(&sample);
    const slice log = sample.evidence.event_log;
    expect_log(&sample, log, "");
    expect_log(&sample, (slice){log.data, log.size - 1}, "TPM_EVENT_LOG_MISMATCH");
    EXPECT_OK(buffer_append(&changed, log));
    changed.data[120] ^= 1; /* of a digest of the first event that extends */
    expect_log(&sample, buffer_view(&changed), "TPM_EVENT_LOG_MISMATCH");
    expect_log(&sample, (slice){0}, "");
}
