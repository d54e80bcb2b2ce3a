/* SPDX-License-Identifier: Apache-2.0 */

/* Documents of real enclaves: authentic at their manifests' times, with the claims decoded there.
 */

#include "manifest_claims.h"
#include "nitro_samples.h"

enum { SAMPLES = 8, POSITIVE_SAMPLES = 5, PCRS = 16 };

static size_t claims_compared, authentic, refused;

static void expect_bytes(const struct facts *facts, const char *name, const char *hex)
{
    const bool same = *hex ? same_bytes(claims_bytes(&facts->claims, name), hex)
                           : !claims_find(&facts->claims, name);
    if (!same)
        printf("  claim %s differs\n", name);
    EXPECT(same);
    claims_compared++;
}

/* The manifests write the time to the microsecond; the document has milliseconds. */
static void expect_time(const struct facts *facts, const char *text)
{
    char whole[sizeof "2022-10-12T13:50:06Z"];
    const struct claim *const claim = claims_find(&facts->claims, "timestamp");
    snprintf(whole, sizeof whole, "%.19sZ", text);
    EXPECT(claim && (int64_t)(claim->number / 1000) == time_of(whole));
    EXPECT(claim && claim->number % 1000 == strtoul(text + 20, NULL, 10) / 1000);
    claims_compared++;
}

static void expect_pcrs(const struct facts *facts, json_t *pcrs)
{
    const char *key;
    json_t *value;
    json_object_foreach(pcrs, key, value)
    {
        char name[32];
        snprintf(name, sizeof name, "pcrs.%s", key);
        expect_bytes(facts, name, json_string_value(value));
    }
    EXPECT(json_object_size(pcrs) == PCRS);
}

/* Their `pcr8` is the first bytes of what stands among `pcrs`, and `npcr` how many those are. */
static void compare_claims_of(const struct facts *facts, const json_t *claims)
{
    EXPECT(claim_is_text(facts, "module_id", text_of(claims, "module")));
    EXPECT(claim_is_text(facts, "digest", text_of(claims, "digest")));
    expect_time(facts, text_of(claims, "time"));
    expect_bytes(facts, "measurement", text_of(claims, "pcr0"));
    expect_pcrs(facts, json_object_get(claims, "pcrs"));
    EXPECT(json_integer_value(json_object_get(claims, "npcr")) == PCRS);
    expect_bytes(facts, "report_data", text_of(claims, "user_data"));
    expect_bytes(facts, "nonce", text_of(claims, "nonce"));
    expect_bytes(facts, "public_key", text_of(claims, "public_key"));
    EXPECT(claim_is_flag(facts, "debug", json_is_true(json_object_get(claims, "debug"))));
    claims_compared += 4;
}

static void inspect_sample(const char *id, const struct sample *sample)
{
    const json_t *const claims = json_object_get(sample->manifest.root, "claims");
    struct facts *const facts = calloc(1, sizeof *facts);
    (void)id;
    EXPECT(nitro_platform.recognises(buffer_view(&sample->evidence)));
    EXPECT(platform_of(buffer_view(&sample->evidence)) == &nitro_platform);
    EXPECT_OK(nitro_platform.inspect(buffer_view(&sample->evidence), NULL, facts));
    EXPECT(facts->check_count == 0);
    if (json_object_size(claims))
        compare_claims_of(facts, claims);
    expect_known_claims(&nitro_platform, facts);
    free(facts);
}

TEST(every_claim_of_the_manifests_is_told_by_inspection)
{
    if (samples_are_absent("Nitro documents"))
        return;
    EXPECT(samples_each("nitro", "", inspect_sample) == SAMPLES);
    printf("  %zu claims compared\n", claims_compared);
    EXPECT(claims_compared >= 7 * (PCRS + 9));
}

static bool is_positive(const struct sample *sample)
{
    return strcmp(text_of(sample->manifest.root, "kind"), "positive") == 0;
}

static void verify_sample(const char *id, const struct sample *sample)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    EXPECT_OK(nitro_verify_at(buffer_view(&sample->evidence), NULL, nitro_time(sample), facts));
    EXPECT(facts_authentic(facts) == is_positive(sample));
    if (is_positive(sample)) {
        print_failures(facts);
        authentic++;
    } else {
        const bool certificate = strstr(id, "certificate");
        EXPECT(*failure_of(facts, certificate ? "chain" : "signature"));
        refused++;
    }
    expect_known_claims(&nitro_platform, facts);
    free(facts);
}

/* E9: a document of debug mode is authentic, and says so. */
TEST(E9_every_real_document_is_authentic_at_its_time_and_every_tampered_one_is_not)
{
    if (samples_are_absent("Nitro documents"))
        return;
    EXPECT(samples_each("nitro", "", verify_sample) == SAMPLES);
    EXPECT(authentic == POSITIVE_SAMPLES && refused == SAMPLES - POSITIVE_SAMPLES);
}

static void verify_at_edges(const char *id, const struct sample *sample)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    const json_t *const times = json_object_get(sample->manifest.root, "verification_time");
    (void)id;
    if (is_positive(sample)) {
        const int64_t from_s = time_of(text_of(times, "valid_from"));
        const int64_t until_s = time_of(text_of(times, "valid_until"));
        const struct {
            int64_t now_s;
            const char *reason;
        } edges[] = {{from_s, ""},
                     {until_s, ""},
                     {from_s - 1, "NITRO_CERTIFICATE_NOT_YET_VALID"},
                     {until_s + 1, "NITRO_CERTIFICATE_EXPIRED"}};
        for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
            EXPECT_OK(nitro_verify_at(buffer_view(&sample->evidence), NULL, edges[i].now_s, facts));
            EXPECT(strcmp(failure_of(facts, "validity"), edges[i].reason) == 0);
            EXPECT(facts_authentic(facts) == (*edges[i].reason == 0));
            EXPECT(facts->valid_until_s == until_s);
        }
    }
    free(facts);
}

TEST(E21_a_document_holds_as_long_as_its_certificates_to_the_second)
{
    if (samples_are_absent("Nitro documents"))
        return;
    EXPECT(samples_each("nitro", "", verify_at_edges) == SAMPLES);
}

/* E11, E12: this one carries 32 bytes, and zeros up to 64. */
TEST(E11_a_document_is_bound_to_its_user_data_and_to_no_other)
{
    enum { CARRIED = 32 };
    if (samples_are_absent("Nitro documents"))
        return;
    SCOPED(sample) sample = sample_open("nitro/fortanix-2021-debug");
    struct facts *const facts = calloc(1, sizeof *facts);
    const slice evidence = buffer_view(&sample.evidence);
    slice user_data;
    uint8_t binding[BINDING_SIZE + 1] = {0};
    EXPECT_OK(nitro_platform.report_data(evidence, &user_data));
    EXPECT(user_data.size == BINDING_SIZE);
    memcpy(binding, user_data.data, BINDING_SIZE);
    for (size_t size = 1; size <= sizeof binding; size++) {
        const bool right = size >= CARRIED && size <= BINDING_SIZE;
        EXPECT_OK(
            nitro_verify_bound(evidence, (slice){binding, size}, NULL, nitro_time(&sample), facts));
        EXPECT(strcmp(failure_of(facts, "binding"), right ? "" : "NITRO_BINDING_MISMATCH") == 0);
        EXPECT(facts_authentic(facts) == right);
    }
    for (size_t at = 0; at < BINDING_SIZE; at++) {
        binding[at] ^= 1;
        EXPECT_OK(nitro_verify_bound(evidence, (slice){binding, BINDING_SIZE}, NULL,
                                     nitro_time(&sample), facts));
        EXPECT(!facts_authentic(facts));
        binding[at] ^= 1;
    }

    SCOPED(sample) shorter = sample_open("nitro/veracruz"); /* 32 bytes and no more */
    EXPECT_OK(nitro_platform.report_data(buffer_view(&shorter.evidence), &user_data));
    memcpy(binding, user_data.data, CARRIED);
    memset(binding + CARRIED, 0, sizeof binding - CARRIED);
    for (size_t size = 1; size <= sizeof binding; size++) {
        EXPECT_OK(nitro_verify_bound(buffer_view(&shorter.evidence), (slice){binding, size}, NULL,
                                     nitro_time(&shorter), facts));
        EXPECT(facts_authentic(facts) == (size == CARRIED));
    }
    free(facts);
}
