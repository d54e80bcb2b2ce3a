/* SPDX-License-Identifier: Apache-2.0 */

/* Chains of real devices: authentic at their manifest's time, with the claims it decoded. */

#include "android_samples.h"
#include "appraisal/appraise.h"
#include "manifest_claims.h"

#include <ctype.h>

static size_t claims_compared;

/* ---- the manifests' names and spellings as ours ---- */

/* "rootOfTrust" is "root_of_trust", but "keyMint..." is "keymint_...". */
static void append_name(const char *key, char out[PATH_SIZE])
{
    static const struct {
        const char *theirs, *ours;
    } names[] = {{"attestationChallenge", "report_data"},
                 {"keyMintVersion", "keymint_version"},
                 {"keyMintSecurityLevel", "keymint_security_level"},
                 {"703", "rollback_resistant"},
                 {"purposes", "purpose"},
                 {"algorithms", "algorithm"},
                 {"digests", "digest"},
                 {"paddings", "padding"},
                 {"11", "ml_dsa_variant"},
                 {"attestationIdBrand", "brand"},
                 {"attestationIdDevice", "device"},
                 {"attestationIdProduct", "product"},
                 {"attestationIdManufacturer", "manufacturer"},
                 {"attestationIdModel", "model"},
                 {"provisioning_info_ext_in_cert", "provisioning.certificate"},
                 {"provisioning_info_hex", "provisioning.info"}};
    size_t size = strlen(out);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i].theirs, key) == 0) {
            snprintf(out + size, PATH_SIZE - size, "%s", names[i].ours);
            return;
        }
    for (; *key && size + 2 < PATH_SIZE; key++) {
        if (isupper((unsigned char)*key))
            out[size++] = '_';
        out[size++] = (char)tolower((unsigned char)*key);
    }
    out[size] = '\0';
}

static const char *respelled(const char *text)
{
    static const struct {
        const char *theirs, *ours;
    } words[] = {{"RSAPublicKey", "RSA"},
                 {"ECPublicKey", "EC"},
                 {"MLDSA65PublicKey", "ML-DSA-65"},
                 {"STRONG_BOX", "StrongBox"},
                 {"TRUSTED_ENVIRONMENT", "TrustedEnvironment"},
                 {"SOFTWARE", "Software"},
                 {"VERIFIED", "verified"},
                 {"UNVERIFIED", "unverified"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].theirs, text) == 0)
            return words[i].ours;
    return text;
}

static bool is_base64_of(slice value, const char *text)
{
    SCOPED(buffer) bytes = {0};
    return !base64_read(slice_of_text(text), &bytes).fault &&
           slice_equal(buffer_view(&bytes), value);
}

/* Numbers are numbers in the manifests, and digits or a word in the source's own test data. */
static bool same_number(uint64_t number, const json_t *expected)
{
    if (json_is_integer(expected))
        return (uint64_t)json_integer_value(expected) == number;
    const char *const text = json_string_value(expected);
    return strcmp(text, "GENERATED") == 0 ? number == 0 : strtoull(text, NULL, 10) == number;
}

static bool same_numbers(slice numbers, const json_t *expected)
{
    bool same = json_array_size(expected) == numbers.size;
    for (size_t i = 0; same && i < numbers.size; i++)
        same = same_number(numbers.data[i], json_array_get(expected, i));
    return same;
}

static bool same_claim(const struct facts *facts, const struct claim *claim, const json_t *expected)
{
    const slice value = claim_value(&facts->claims, claim);
    const char *const text = json_string_value(expected);
    switch (claim->kind) {
    case CLAIM_BYTES:
        return same_bytes(value, text) || is_base64_of(value, text);
    case CLAIM_NUMBER:
        return same_number(claim->number, expected);
    case CLAIM_NUMBERS:
        return same_numbers(value, expected);
    case CLAIM_TEXT:
        return slice_equal(value, slice_of_text(respelled(text)));
    default:
        return same_value(facts, claim, expected);
    }
}

static const struct claim *list_member(const struct facts *facts, const char *list,
                                       const char *member)
{
    char name[PATH_SIZE];
    snprintf(name, sizeof name, "%s.%s", list, member);
    return claims_find(&facts->claims, name);
}

/* The application in full, where the source's test data have it. */
static void compare_application(const struct facts *facts, const char *name, const json_t *expected)
{
    const json_t *const packages = json_object_get(expected, "packages");
    const json_t *const signatures = json_object_get(expected, "signatures");
    const json_t *const package = json_array_get(packages, 0);
    const struct claim *const names = list_member(facts, name, "packages");
    const struct claim *const versions = list_member(facts, name, "versions");
    const struct claim *const digests = list_member(facts, name, "signatures");
    EXPECT(json_array_size(packages) == 1 && json_array_size(signatures) == 1);
    EXPECT(names && versions && digests);
    if (!names || !versions || !digests)
        return;
    EXPECT(strncmp((const char *)claim_value(&facts->claims, names).data, text_of(package, "name"),
                   claim_value(&facts->claims, names).size) == 0);
    EXPECT(strncmp((const char *)claim_value(&facts->claims, versions).data,
                   text_of(package, "version"), claim_value(&facts->claims, versions).size) == 0);
    SCOPED(buffer) digest = {0};
    EXPECT_OK(hex_read(claim_value(&facts->claims, digests), &digest));
    EXPECT(is_base64_of(buffer_view(&digest), json_string_value(json_array_get(signatures, 0))));
    claims_compared += 3;
}

static void compare_object(const struct facts *facts, const char *prefix, json_t *expected)
{
    const char *key;
    json_t *value;
    json_object_foreach(expected, key, value)
    {
        char name[PATH_SIZE];
        snprintf(name, sizeof name, "%s%s", prefix, *prefix ? "." : "");
        append_name(key, name);
        if (strcmp(key, "areTagsOrdered") == 0) {
            EXPECT(json_is_true(value)); /* what is out of order is not read */
            continue;
        }
        if (json_is_object(value)) {
            if (strcmp(key, "attestationApplicationId") == 0)
                compare_application(facts, name, value);
            else
                compare_object(facts, name, value);
            continue;
        }
        if (strcmp(key, "attestationApplicationId") == 0)
            strcat(name, ".digest");
        const char *const text = json_string_value(value);
        const bool is_digest = text && strncmp(text, "sha256:", 7) == 0;
        const struct claim *const claim = claims_find(&facts->claims, name);
        const bool same =
            claim && (is_digest ? same_bytes(claim_value(&facts->claims, claim), text + 7)
                                : same_claim(facts, claim, value));
        if (!same)
            printf("  claim %s differs or is missing\n", name);
        EXPECT(same);
        claims_compared++;
    }
}

/* The source's test data are JSON with comments, each in a line of its own. */
static struct json json_with_comments(const char *folder, const char *name)
{
    SCOPED(buffer) text = file_read(folder, name);
    SCOPED(buffer) plain = {0};
    struct json json = {0};
    const uint8_t *at = text.data;
    const uint8_t *const end = text.data + text.size;
    while (at < end) {
        const uint8_t *const newline = memchr(at, '\n', (size_t)(end - at));
        const uint8_t *const next = newline ? newline + 1 : end;
        const uint8_t *first = at;
        while (first < next && *first == ' ')
            first++;
        if (next - first < 2 || memcmp(first, "//", 2) != 0)
            EXPECT_OK(buffer_append(&plain, (slice){at, (size_t)(next - at)}));
        at = next;
    }
    EXPECT_OK(json_read(buffer_view(&plain), &json));
    return json;
}

static void compare_claims_of(const char *name)
{
    char folder[PATH_SIZE];
    android_folder(name, folder);
    SCOPED(json) manifest = json_of_file(folder, "manifest.json");
    SCOPED(json) expected = json_with_comments(folder, "expected_claims.json");
    SCOPED(buffer) chain = android_chain_of(folder);
    struct facts *const facts = calloc(1, sizeof *facts);
    EXPECT(android_platform.recognises(buffer_view(&chain)));
    EXPECT_OK(android_platform.inspect(buffer_view(&chain), NULL, facts));
    EXPECT(facts->check_count == 0 && strcmp(facts->platform, "android") == 0);
    compare_object(facts, "", json_object_get(manifest.root, "claims"));
    compare_object(facts, "", expected.root);
    expect_known_claims(&android_platform, facts);
    free(facts);
}

/* also of a key that software attests, whose chain nobody believes */
TEST(every_claim_of_the_manifests_and_of_the_sources_test_data_is_told_by_inspection)
{
    if (samples_are_absent("claims of Android samples"))
        return;
    for (size_t i = 0; i < ANDROID_POSITIVE; i++)
        compare_claims_of(android_positive[i]);
    compare_claims_of("marlin-sdk29-tee_ec_none");
    printf("  %zu claims compared\n", claims_compared);
    EXPECT(claims_compared > 10 * 40);
}

/* ---- verdicts ---- */

static bool is_accepted_by_strict(const struct facts *facts, int64_t now_s)
{
    struct appraisal *const appraisal = calloc(1, sizeof *appraisal);
    EXPECT_OK(appraise(facts, policy_built_in("strict"), (slice){0}, now_s, appraisal));
    const bool accepted = appraisal->verdict == VERDICT_ACCEPTED;
    free(appraisal);
    return accepted;
}

static void expect_authentic(const char *name)
{
    char folder[PATH_SIZE];
    android_folder(name, folder);
    SCOPED(json) manifest = json_of_file(folder, "manifest.json");
    SCOPED(buffer) chain = android_chain_of(folder);
    struct facts *const facts = calloc(1, sizeof *facts);
    const json_t *const times = json_object_get(manifest.root, "verification_time");
    const json_t *const expected = json_object_get(manifest.root, "expected");
    const int64_t at_s = time_of(text_of(times, "at"));
    EXPECT_OK(android_verify_at(buffer_view(&chain), NULL, at_s, facts));
    EXPECT(facts_authentic(facts));
    print_failures(facts);
    EXPECT(facts->valid_until_s == time_of(text_of(times, "valid_until")));
    EXPECT(is_accepted_by_strict(facts, at_s) ==
           (strncmp(text_of(expected, "default_policy"), "accept", 6) == 0));
    EXPECT(claim_is_flag(facts, "debug",
                         strncmp(text_of(expected, "default_policy"), "reject", 6) == 0));

    /* E21: to the second, and not a second more. */
    const struct {
        int64_t now_s;
        const char *reason;
    } edges[] = {{time_of(text_of(times, "valid_from")), ""},
                 {time_of(text_of(times, "valid_until")), ""},
                 {time_of(text_of(times, "valid_from")) - 1, "ANDROID_CERTIFICATE_NOT_YET_VALID"},
                 {time_of(text_of(times, "valid_until")) + 1, "ANDROID_CERTIFICATE_EXPIRED"}};
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        EXPECT_OK(android_verify_at(buffer_view(&chain), NULL, edges[i].now_s, facts));
        EXPECT(strcmp(failure_of(facts, "validity"), edges[i].reason) == 0);
        EXPECT(facts_authentic(facts) == (*edges[i].reason == 0));
    }
    free(facts);
}

/* E9, E21 */
TEST(E21_every_real_chain_is_authentic_in_its_dates_and_strict_lets_in_locked_devices_only)
{
    if (samples_are_absent("Android samples"))
        return;
    for (size_t i = 0; i < ANDROID_POSITIVE; i++) {
        const int before = test_failures;
        expect_authentic(android_positive[i]);
        if (test_failures != before)
            printf("  in %s\n", android_positive[i]);
    }
}

TEST(a_boolean_that_is_not_der_and_tags_out_of_order_are_not_read)
{
    static const char *const names[] = {"invalid-malformed_rot_device_locked",
                                        "invalid-tags_not_in_ascending_order"};
    if (samples_are_absent("malformed Android samples"))
        return;
    struct facts *const facts = calloc(1, sizeof *facts);
    for (size_t i = 0; i < 2; i++) {
        char folder[PATH_SIZE];
        android_folder(names[i], folder);
        SCOPED(buffer) chain = android_chain_of(folder);
        EXPECT(android_platform.recognises(buffer_view(&chain)));
        EXPECT_FAIL(MALFORMED, android_verify_at(buffer_view(&chain), NULL, 1700000000, facts));
        EXPECT_FAIL(MALFORMED, android_platform.inspect(buffer_view(&chain), NULL, facts));
    }
    free(facts);
}

TEST(E18_a_key_that_software_attests_ends_in_a_root_that_nobody_trusts)
{
    if (samples_are_absent("an Android sample of software"))
        return;
    char folder[PATH_SIZE];
    android_folder("marlin-sdk29-tee_ec_none", folder);
    SCOPED(json) manifest = json_of_file(folder, "manifest.json");
    SCOPED(buffer) chain = android_chain_of(folder);
    struct facts *const facts = calloc(1, sizeof *facts);
    const int64_t at_s = android_time(manifest.root);
    EXPECT_OK(android_verify_at(buffer_view(&chain), NULL, at_s, facts));
    EXPECT(!facts_authentic(facts));
    EXPECT(strcmp(failure_of(facts, "chain"), "ANDROID_ROOT_UNTRUSTED") == 0);
    EXPECT(strcmp(result_name(facts, "signature"), "pass") == 0);

    /* Trusted by the caller it is authentic, and still but software. */
    SCOPED(endorsements) endorsements = {0};
    trust_file(&endorsements, folder, "root.der");
    EXPECT_OK(android_verify_at(buffer_view(&chain), &endorsements, at_s, facts));
    EXPECT(facts_authentic(facts));
    EXPECT(claim_is_flag(facts, "debug", true));
    EXPECT(!is_accepted_by_strict(facts, at_s));
    free(facts);
}
