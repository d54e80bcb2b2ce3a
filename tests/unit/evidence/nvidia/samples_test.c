/* SPDX-License-Identifier: Apache-2.0 */

/* Reports of real GPUs and a real NVSwitch, with the claims that their manifests decoded. */

#include "evidence/nvidia/report.h"
#include "manifest_claims.h"
#include "nvidia_samples.h"

enum { SAMPLES = 8 };

static size_t claims_compared;

static const char *field_name(const char *type)
{
    static const char *const names[NVIDIA_FIELDS_MAX] = {
#define FIELD(type, name) [type] = ("opaque." name),
        NVIDIA_FIELDS(FIELD)
#undef FIELD
    };
    const size_t index = strtoul(type, NULL, 10);
    return index < NVIDIA_FIELDS_MAX && names[index] ? names[index] : "";
}

/* The manifests cut long values: "d090..<size>". */
static bool same_beginning(slice value, const char *hex)
{
    const char *const cut = strstr(hex, "..");
    char begin[128];
    if (!cut)
        return same_bytes(value, hex);
    snprintf(begin, sizeof begin, "%.*s", (int)(cut - hex), hex);
    return value.size == strtoul(cut + 2, NULL, 10) &&
           same_bytes((slice){value.data, strlen(begin) / 2}, begin);
}

static void expect_bytes(const struct facts *facts, const char *name, const json_t *hex)
{
    const struct claim *const claim = claims_find(&facts->claims, name);
    const bool same =
        json_is_null(hex)
            ? !claim
            : claim && same_beginning(claim_value(&facts->claims, claim), json_string_value(hex));
    if (!same)
        printf("  claim %s differs or is missing\n", name);
    EXPECT(same);
    claims_compared++;
}

/* "2.5.4.5=..." in the manifests is "serialNumber=...". */
static void expect_subject(const struct facts *facts, const char *expected)
{
    const char *const serial = strstr(expected, "2.5.4.5=");
    char text[256];
    snprintf(text, sizeof text, "%.*sserialNumber=%s", serial ? (int)(serial - expected) : 0,
             expected, serial ? serial + 8 : "");
    EXPECT(serial && claim_is_text(facts, "leaf_subject", text));
    claims_compared++;
}

static void compare_with_manifest(const char *id, const struct sample *sample)
{
    (void)id;
    const char *type;
    json_t *value;
    json_t *const expected = json_object_get(sample->manifest.root, "claims");
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(endorsements) endorsements = {0};
    nvidia_endorse(&endorsements, sample);
    EXPECT(nvidia_platform.recognises(buffer_view(&sample->evidence)));
    EXPECT_OK(nvidia_platform.inspect(buffer_view(&sample->evidence), &endorsements, facts));
    EXPECT(facts->check_count == 0 && strcmp(facts->platform, "nvidia") == 0);
    expect_known_claims(&nvidia_platform, facts);
    expect_bytes(facts, "report_data", json_object_get(expected, "request_nonce"));
    expect_bytes(facts, "opaque.vbios_version", json_object_get(expected, "vbios_raw"));
    expect_bytes(facts, "fwid", json_object_get(expected, "fwid"));
    json_object_foreach(json_object_get(expected, "opaque_fields"), type, value)
        expect_bytes(facts, field_name(type), value);
    const json_t *const driver = json_object_get(expected, "driver_version");
    EXPECT(json_is_null(driver)
               ? !claims_find(&facts->claims, "driver_version")
               : claim_is_text(facts, "driver_version", json_string_value(driver)));
    const struct claim *const blocks = claims_find(&facts->claims, "measurement_blocks");
    const size_t block_count =
        (size_t)json_integer_value(json_object_get(expected, "measurement_blocks"));
    EXPECT(blocks && blocks->number == block_count);
    for (size_t i = 1; i <= NVIDIA_BLOCKS_MAX; i++) {
        char name[32];
        snprintf(name, sizeof name, "measurements.%zu", i);
        EXPECT((claims_find(&facts->claims, name) != NULL) == (i <= block_count));
    }
    expect_subject(facts, text_of(expected, "leaf_subject"));
    EXPECT(!claims_find(&facts->claims, "unknown_fields"));
    claims_compared += 2;
    free(facts);
}

TEST(every_claim_of_the_manifests_is_told_by_inspection)
{
    if (samples_are_absent("claims of NVIDIA samples"))
        return;
    EXPECT(samples_each("nvidia-gpu", "", compare_with_manifest) == SAMPLES);
    printf("  %zu claims compared\n", claims_compared);
    EXPECT(claims_compared > SAMPLES * 15);
}

static void expect_verdict(const char *id, const struct sample *sample)
{
    const bool is_valid =
        strncmp(text_of(json_object_get(sample->manifest.root, "expected"), "verdict"), "valid",
                5) == 0;
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(endorsements) endorsements = {0};
    nvidia_endorse(&endorsements, sample);
    for (size_t round = 0; round < 2; round++) { /* found, then remembered */
        EXPECT_OK(nvidia_verify_at(buffer_view(&sample->evidence), &endorsements,
                                   nvidia_time(sample), facts));
        EXPECT(facts_authentic(facts) == is_valid);
        EXPECT(strcmp(result_name(facts, "chain"), "pass") == 0);
        EXPECT(strcmp(result_name(facts, "validity"), "pass") == 0);
        EXPECT(strcmp(result_name(facts, "signature"), is_valid ? "pass" : "fail") == 0);
    }
    EXPECT(strcmp(result_name(facts, "firmware"), strstr(id, "ls10") ? "skipped"
                                                  : is_valid         ? "pass"
                                                                     : "fail") == 0);
    EXPECT(facts->valid_until_s == time_of("9999-12-31T23:59:59Z"));
    /* E21 */
    EXPECT_OK(nvidia_verify_at(buffer_view(&sample->evidence), &endorsements,
                               time_of("2019-12-31T00:00:00Z"), facts));
    EXPECT(strcmp(failure_of(facts, "validity"), "NVIDIA_CERTIFICATE_NOT_YET_VALID") == 0);
    EXPECT(!facts_authentic(facts));
    /* Without its chain nobody says whose key it was. */
    EXPECT_OK(nvidia_verify_at(buffer_view(&sample->evidence), NULL, nvidia_time(sample), facts));
    EXPECT(strcmp(failure_of(facts, "chain"), "NVIDIA_CERTIFICATE_MISSING") == 0);
    EXPECT(!facts_authentic(facts));
    free(facts);
}

TEST(every_real_report_is_authentic_and_the_forged_one_is_not)
{
    if (samples_are_absent("NVIDIA samples"))
        return;
    EXPECT(samples_each("nvidia-gpu", "", expect_verdict) == SAMPLES);
}

/* As NVIDIA's own tools print it for this sample. */
TEST(the_version_of_the_video_bios_is_written_as_nvidia_writes_it)
{
    static const char *const versions[][2] = {
        {"nvidia-gpu/hopper-590-json", "96.00.A5.00.01"},
        {"nvidia-gpu/nvswitch-ls10", "96.10.55.00.01"},
    };
    if (samples_are_absent("versions of video BIOS"))
        return;
    struct facts *const facts = calloc(1, sizeof *facts);
    for (size_t i = 0; i < 2; i++) {
        SCOPED(sample) sample = sample_open(versions[i][0]);
        memset(facts, 0, sizeof *facts);
        EXPECT_OK(nvidia_platform.inspect(buffer_view(&sample.evidence), NULL, facts));
        EXPECT(claim_is_text(facts, "vbios_version", versions[i][1]));
    }
    free(facts);
}

TEST(among_the_certificates_of_many_devices_each_report_finds_its_own)
{
    static const char *const ids[] = {
        "nvidia-gpu/hopper-550-nvtrust",     "nvidia-gpu/hopper-cert-hold",
        "nvidia-gpu/hopper-570-expired-rim", "nvidia-gpu/nvswitch-ls10",
        "nvidia-gpu/blackwell-575",          "nvidia-gpu/hopper-580"};
    enum { COUNT = sizeof ids / sizeof ids[0] };
    if (samples_are_absent("certificates of many devices"))
        return;
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(endorsements) endorsements = {0};
    for (size_t i = 0; i < COUNT; i++) {
        SCOPED(sample) sample = sample_open(ids[i]);
        nvidia_endorse(&endorsements, &sample);
    }
    for (size_t i = 0; i < COUNT; i++) {
        SCOPED(sample) sample = sample_open(ids[i]);
        EXPECT_OK(nvidia_verify_at(buffer_view(&sample.evidence), &endorsements,
                                   nvidia_time(&sample), facts));
        EXPECT(facts_authentic(facts));
    }
    free(facts);
}

/* As NVIDIA's tools write it: a list of devices, each with its evidence and chain in base64. */
static struct buffer list_of(const struct sample *sample, size_t devices)
{
    struct buffer list = {0};
    SCOPED(buffer) pem = file_read(sample->folder, "cert_chain.pem");
    SCOPED(buffer) chain = {0};
    SCOPED(buffer) evidence = {0};
    EXPECT_OK(base64_write(buffer_view(&pem), &chain));
    EXPECT_OK(base64_write(buffer_view(&sample->evidence), &evidence));
    for (size_t i = 0; i < devices; i++) {
        EXPECT_OK(buffer_append(
            &list, slice_of_text(i ? "," : "[\n  {\"arch\": \"HOPPER\", \"certificate\": \"")));
        if (i)
            EXPECT_OK(buffer_append(&list, slice_of_text("{\"certificate\": \"")));
        EXPECT_OK(buffer_append(&list, buffer_view(&chain)));
        EXPECT_OK(buffer_append(&list, slice_of_text("\", \"evidence\": \"")));
        EXPECT_OK(buffer_append(&list, buffer_view(&evidence)));
        EXPECT_OK(buffer_append(&list, slice_of_text("\", \"version\": \"1.0\"}\n")));
    }
    EXPECT_OK(buffer_append(&list, slice_of_text("]\n")));
    return list;
}

/* E39 */
TEST(a_list_of_one_device_is_its_evidence_and_its_chain_and_one_of_two_is_no_evidence)
{
    char type[64];
    if (samples_are_absent("a list of devices"))
        return;
    SCOPED(sample) sample = sample_open("nvidia-gpu/hopper-590-json");
    SCOPED(buffer) one = list_of(&sample, 1);
    SCOPED(buffer) two = list_of(&sample, 2);
    SCOPED(buffer) evidence = {0};
    SCOPED(endorsements) endorsements = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    EXPECT_OK(evidence_unwrap(buffer_view(&one), &evidence, type));
    EXPECT(slice_equal(buffer_view(&evidence), buffer_view(&sample.evidence)));
    EXPECT_OK(endorsements_add(&endorsements, buffer_view(&one)));
    EXPECT(endorsements.count == 5);
    EXPECT_OK(nvidia_verify_at(buffer_view(&evidence), &endorsements, nvidia_time(&sample), facts));
    EXPECT(facts_authentic(facts));
    EXPECT_FAIL(UNSUPPORTED, evidence_unwrap(buffer_view(&two), &evidence, type));
    EXPECT_OK(endorsements_add(&endorsements, buffer_view(&two)));
    EXPECT(endorsements.count == 5);
    EXPECT_FAIL(UNSUPPORTED, endorsements_add(&endorsements, slice_of_text("[{\"a\": 1}]")));
    free(facts);
}
