/* SPDX-License-Identifier: Apache-2.0 */

/* Chains with one thing wrong that are validly signed all the same: here every key is ours. */

#include "android_samples.h"
#include "appraisal/appraise.h"
#include "crypto/der.h"
#include "manifest_claims.h"
#include "sim/android.h"

enum { NOW_S = 1768435200, DAY_S = 86400 };

#define DESCRIPTION_OID "1.3.6.1.4.1.11129.2.1.17"

struct forge {
    struct sim_android device;
    struct buffer chain;
    struct private_key key;
    struct endorsements endorsements;
    struct facts facts;
};

static struct forge *forge_open(const struct sim_android_settings *settings)
{
    struct forge *const forge = calloc(1, sizeof *forge);
    SCOPED(buffer) root = {0};
    EXPECT_OK(sim_android_make(NOW_S, settings, &(struct private_key){0}, &forge->device));
    EXPECT_OK(
        sim_android_attest(&forge->device, slice_of_text("nonce"), &forge->key, &forge->chain));
    EXPECT_OK(certificate_der(&forge->device.certificates[SIM_ANDROID_ROOT], &root));
    EXPECT_OK(endorsements_trust(&forge->endorsements, buffer_view(&root)));
    return forge;
}

static struct forge *ordinary(void)
{
    const struct sim_android_settings settings = sim_android_defaults();
    return forge_open(&settings);
}

static void forge_free(struct forge *forge)
{
    sim_android_clear(&forge->device);
    buffer_clear(&forge->chain);
    private_key_clear(&forge->key);
    endorsements_clear(&forge->endorsements);
    free(forge);
}

static const char *failure(struct forge *forge, const char *check)
{
    EXPECT_OK(
        android_verify_at(buffer_view(&forge->chain), &forge->endorsements, NOW_S, &forge->facts));
    return failure_of(&forge->facts, check);
}

static bool is_authentic(struct forge *forge)
{
    return !android_verify_at(buffer_view(&forge->chain), &forge->endorsements, NOW_S,
                              &forge->facts)
                .fault &&
           facts_authentic(&forge->facts);
}

static bool strict_accepts(struct forge *forge)
{
    struct appraisal *const appraisal = calloc(1, sizeof *appraisal);
    EXPECT(is_authentic(forge));
    EXPECT_OK(appraise(&forge->facts, policy_built_in("strict"), (slice){0}, NOW_S, appraisal));
    const bool accepted = appraisal->verdict == VERDICT_ACCEPTED;
    free(appraisal);
    return accepted;
}

TEST(a_simulated_device_is_authentic_for_whoever_trusts_its_root_and_for_nobody_else)
{
    struct forge *const forge = ordinary();
    EXPECT(strict_accepts(forge));
    expect_known_claims(&android_platform, &forge->facts);
    endorsements_clear(&forge->endorsements);
    EXPECT(!is_authentic(forge));
    EXPECT(strcmp(failure(forge, "chain"), "ANDROID_ROOT_UNTRUSTED") == 0);
    forge_free(forge);
}

/* E9 */
TEST(E9_strict_refuses_an_unlocked_device_an_unverified_system_and_the_word_of_software)
{
    struct sim_android_settings cases[6];
    static const bool accepted[6] = {true, false, true, false, false, false};
    for (size_t i = 0; i < 6; i++)
        cases[i] = sim_android_defaults();
    cases[1].device_locked = false;
    cases[2].verified_boot_state = ANDROID_BOOT_SELF_SIGNED;
    cases[3].verified_boot_state = ANDROID_BOOT_UNVERIFIED;
    cases[4].verified_boot_state = ANDROID_BOOT_FAILED;
    cases[5].security_level = ANDROID_SOFTWARE;
    for (size_t i = 0; i < 6; i++) {
        struct forge *const forge = forge_open(&cases[i]);
        EXPECT(strict_accepts(forge) == accepted[i]);
        EXPECT(claim_is_flag(&forge->facts, "debug", !accepted[i]));
        forge_free(forge);
    }
}

/* Puts a certificate of a new key, issued by the attested one, before the chain. */
static void extend(struct forge *forge, bool describes)
{
    SCOPED(buffer) description = {0};
    SCOPED(buffer) chain = {0};
    SCOPED(certificate) leaf = {0};
    SCOPED(certificate) attested = {0};
    SCOPED(private_key) key = {0};
    SCOPED(public_key) public = {0};
    struct reader reader = reader_of(buffer_view(&forge->chain));
    struct der_element element;
    EXPECT_OK(sim_android_description(&forge->device, slice_of_text("nonce"), &description));
    const struct certificate_extension_entry extension = {.oid = DESCRIPTION_OID,
                                                          .value = buffer_view(&description)};
    const struct certificate_request request = {.subject = "CN=Android Keystore Key",
                                                .serial = 1,
                                                .not_after_s = NOW_S + DAY_S,
                                                .path_length = -1,
                                                .extensions = &extension,
                                                .extension_count = describes};
    EXPECT_OK(der_read(&reader, &element));
    EXPECT_OK(certificate_read((slice){forge->chain.data, forge->chain.size - reader.left.size},
                               &attested));
    EXPECT_OK(private_key_generate(CURVE_P256, &key));
    EXPECT_OK(private_key_public(&key, &public));
    EXPECT_OK(certificate_issue(&request, &public, &attested, &forge->key, SIGNATURE_ECDSA_SHA256,
                                &leaf));
    EXPECT_OK(certificate_der(&leaf, &chain));
    EXPECT_OK(buffer_append(&chain, buffer_view(&forge->chain)));
    buffer_clear(&forge->chain);
    forge->chain = buffer_take(&chain);
}

TEST(what_an_attested_key_certifies_is_refused_with_a_description_of_its_own_and_without)
{
    struct forge *const with = ordinary();
    extend(with, true);
    EXPECT(android_platform.recognises(buffer_view(&with->chain)));
    EXPECT(strcmp(failure(with, "key_description"), "ANDROID_KEY_DESCRIPTION_REPEATED") == 0);
    EXPECT(strcmp(failure(with, "signature"), "ANDROID_SIGNATURE_INVALID") == 0); /* no CA */
    EXPECT(!is_authentic(with));
    forge_free(with);

    struct forge *const without = ordinary();
    extend(without, false);
    EXPECT(!android_platform.recognises(buffer_view(&without->chain)));
    EXPECT(strcmp(failure(without, "key_description"), "ANDROID_KEY_DESCRIPTION_MISPLACED") == 0);
    EXPECT(!is_authentic(without));
    forge_free(without);
}

/* E18 */
TEST(E18_a_root_of_the_same_name_and_another_key_is_not_the_root)
{
    struct forge *const forge = ordinary();
    struct forge *const other = ordinary();
    buffer_clear(&forge->chain);
    forge->chain = buffer_take(&other->chain);
    EXPECT(strcmp(failure(forge, "chain"), "ANDROID_ROOT_UNTRUSTED") == 0);
    EXPECT(!is_authentic(forge));
    forge_free(forge);
    forge_free(other);
}

/* ---- authorities that should not be ---- */

/* Issues the device's own certificate again, changed, and attests with it. */
static void reissue(struct forge *forge, const struct certificate_request *request,
                    enum signature_scheme scheme)
{
    SCOPED(public_key) public = {0};
    struct sim_android *const device = &forge->device;
    certificate_clear(&device->certificates[SIM_ANDROID_ATTESTATION]);
    EXPECT_OK(private_key_public(&device->keys[SIM_ANDROID_ATTESTATION], &public));
    EXPECT_OK(certificate_issue(request, &public, &device->certificates[SIM_ANDROID_SERVER],
                                &device->keys[SIM_ANDROID_SERVER], scheme,
                                &device->certificates[SIM_ANDROID_ATTESTATION]));
    buffer_clear(&forge->chain);
    private_key_clear(&forge->key);
    EXPECT_OK(sim_android_attest(device, slice_of_text("nonce"), &forge->key, &forge->chain));
}

static struct certificate_request as_issued(void)
{
    return (struct certificate_request){.subject = "CN=SIMULATED/O=TEE",
                                        .serial = 0xabc,
                                        .not_before_s = NOW_S - DAY_S,
                                        .not_after_s = NOW_S + DAY_S,
                                        .is_ca = true,
                                        .path_length = -1};
}

/* E20, E21: also where an early factory wrote CA:FALSE, which is not made an exception for. */
TEST(E20_an_issuer_that_is_no_authority_or_has_an_unknown_critical_extension_is_refused)
{
    static const struct certificate_extension_entry unknown = {
        .oid = "1.3.6.1.4.1.99999.1", .critical = true, .value = {(const uint8_t *)"\5\0", 2}};
    struct forge *const forge = ordinary();
    struct certificate_request request = as_issued();
    reissue(forge, &request, SIGNATURE_ECDSA_SHA256);
    EXPECT(is_authentic(forge));

    request.is_ca = false;
    reissue(forge, &request, SIGNATURE_ECDSA_SHA256);
    EXPECT(strcmp(failure(forge, "signature"), "ANDROID_SIGNATURE_INVALID") == 0);

    request = as_issued();
    request.extensions = &unknown;
    request.extension_count = 1;
    reissue(forge, &request, SIGNATURE_ECDSA_SHA256);
    EXPECT(strcmp(failure(forge, "chain"), "ANDROID_CHAIN_BROKEN") == 0);

    request = as_issued();
    request.not_after_s = NOW_S - 1;
    reissue(forge, &request, SIGNATURE_ECDSA_SHA256);
    EXPECT(strcmp(failure(forge, "validity"), "ANDROID_CERTIFICATE_EXPIRED") == 0);
    EXPECT(!is_authentic(forge));

    request = as_issued();
    reissue(forge, &request, SIGNATURE_ECDSA_SHA384); /* another hash is no other key */
    EXPECT(is_authentic(forge));
    forge_free(forge);
}

/* ---- revocation ---- */

static status add_list(struct endorsements *endorsements, const char *json)
{
    return endorsements_add(endorsements, slice_of_text(json));
}

/* E22; the serial number of the device's certificate is 0x5103. */
TEST(E22_a_certificate_that_google_lists_is_refused_whatever_its_status)
{
    static const struct {
        const char *list;
        const char *reason, *result;
    } cases[] = {
        {"{\"entries\": {}}", "", "pass"},
        {"{\"entries\": {\"5104\": {\"status\": \"REVOKED\"}}}", "", "pass"},
        {"{\"entries\": {\"5103\": {\"status\": \"REVOKED\", \"reason\": \"KEY_COMPROMISE\"}}}",
         "ANDROID_CERTIFICATE_REVOKED", "fail"},
        {"{\"entries\": {\"5103\": {\"status\": \"SUSPENDED\"}}}", "ANDROID_CERTIFICATE_REVOKED",
         "fail"},
        {"{\"entries\": {\"1\": {\"status\": \"REVOKED\"}}}", "ANDROID_CERTIFICATE_REVOKED",
         "fail"}, /* of the leaf */
        {"{\"entries\": {\"5103\": {}, \"5103\": {}}}", "ANDROID_CRL_MALFORMED", "fail"},
    };
    struct forge *const forge = ordinary();
    EXPECT(is_authentic(forge));
    EXPECT(strcmp(result_name(&forge->facts, "revocation"), "skipped") == 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        EXPECT_OK(add_list(&forge->endorsements, cases[i].list));
        EXPECT(strcmp(failure(forge, "revocation"), cases[i].reason) == 0);
        EXPECT(strcmp(result_name(&forge->facts, "revocation"), cases[i].result) == 0);
        EXPECT(facts_authentic(&forge->facts) == !*cases[i].reason);
        struct endorsement *const list = &forge->endorsements.items[--forge->endorsements.count];
        buffer_clear(&list->bytes);
        json_clear(&list->json);
    }
    EXPECT_FAIL(UNSUPPORTED, add_list(&forge->endorsements, "{\"entries\": 1}"));
    forge_free(forge);
}

/* E22; its serial number is 0x5100. A device may leave it to the caller, who has it. */
TEST(a_root_that_google_lists_is_refused_though_the_device_left_it_out)
{
    struct forge *const forge = ordinary();
    SCOPED(buffer) root = {0};
    EXPECT_OK(certificate_der(&forge->device.certificates[SIM_ANDROID_ROOT], &root));
    EXPECT(root.size < forge->chain.size);
    forge->chain.size -= root.size;
    EXPECT(is_authentic(forge));
    EXPECT_OK(add_list(&forge->endorsements, "{\"entries\": {\"5100\": {}}}"));
    EXPECT(strcmp(failure(forge, "revocation"), "ANDROID_CERTIFICATE_REVOKED") == 0);
    EXPECT(!is_authentic(forge));
    forge_free(forge);
}

/* E22; spec: RFC 5280, "Serial Number": positive */
TEST(a_serial_number_that_no_list_can_name_is_no_way_around_the_list)
{
    struct forge *const forge = ordinary();
    struct certificate_request request = as_issued();
    EXPECT_OK(add_list(&forge->endorsements, "{\"entries\": {}}"));
    reissue(forge, &request, SIGNATURE_ECDSA_SHA256);
    EXPECT(is_authentic(forge));
    request.serial = 0;
    reissue(forge, &request, SIGNATURE_ECDSA_SHA256);
    EXPECT(strcmp(failure(forge, "revocation"), "ANDROID_CERTIFICATE_REVOKED") == 0);
    EXPECT(!is_authentic(forge));
    forge_free(forge);
}

/* Nobody signed it, and a peer would send an empty one. */
TEST(a_revocation_list_that_a_peer_sends_along_counts_for_nothing)
{
    struct forge *const forge = ordinary();
    struct endorsements *const extended = calloc(1, sizeof *extended);
    endorsements_extend(&forge->endorsements, extended);
    EXPECT_OK(add_list(extended, "{\"entries\": {}}"));
    EXPECT_OK(android_verify_at(buffer_view(&forge->chain), extended, NOW_S, &forge->facts));
    EXPECT(facts_authentic(&forge->facts));
    EXPECT(strcmp(result_name(&forge->facts, "revocation"), "skipped") == 0);
    endorsements_clear(extended);
    free(extended);
    forge_free(forge);
}

/* What is remembered of a chain ends with the endorsements that it was found under. */
TEST(a_chain_seen_before_is_judged_anew_when_the_endorsements_change)
{
    struct forge *const forge = ordinary();
    struct forge *const other = ordinary();
    SCOPED(buffer) root = {0};
    EXPECT_OK(certificate_der(&other->device.certificates[SIM_ANDROID_ROOT], &root));
    buffer_clear(&forge->chain);
    forge->chain = buffer_take(&other->chain);
    for (size_t round = 0; round < 3; round++)
        EXPECT(strcmp(failure(forge, "chain"), "ANDROID_ROOT_UNTRUSTED") == 0);
    EXPECT_OK(endorsements_trust(&forge->endorsements, buffer_view(&root)));
    for (size_t round = 0; round < 3; round++)
        EXPECT(is_authentic(forge));

    /* The key that signed the leaf is not remembered: another leaf under the same issuers. */
    const size_t leaf_signature = 300;
    forge->chain.data[leaf_signature] ^= 1;
    EXPECT(!is_authentic(forge));
    forge->chain.data[leaf_signature] ^= 1;
    forge->chain.data[forge->chain.size - 1] ^= 1; /* of the root's signature */
    EXPECT(!is_authentic(forge));
    forge_free(forge);
    forge_free(other);
}

/* Whether two readings of the chain are the one that is remembered. */
static bool is_remembered(const struct forge *forge)
{
    struct android_known *a, *b;
    EXPECT_OK(android_chain_acquire(buffer_view(&forge->chain), &forge->endorsements, &a));
    EXPECT_OK(android_chain_acquire(buffer_view(&forge->chain), &forge->endorsements, &b));
    const bool remembered = a == b;
    android_chain_release(a);
    android_chain_release(b);
    return remembered;
}

static void attest_another_key(struct forge *forge, const char *challenge)
{
    private_key_clear(&forge->key);
    buffer_clear(&forge->chain);
    EXPECT_OK(
        sim_android_attest(&forge->device, slice_of_text(challenge), &forge->key, &forge->chain));
}

static const char *failure_at(struct forge *forge, int64_t now_s, const char *check)
{
    EXPECT_OK(
        android_verify_at(buffer_view(&forge->chain), &forge->endorsements, now_s, &forge->facts));
    return failure_of(&forge->facts, check);
}

TEST(a_device_seen_before_is_remembered_with_its_last_key_and_its_dates_and_lists_still_decide)
{
    struct forge *const forge = ordinary();
    EXPECT(!is_remembered(forge));
    EXPECT(is_authentic(forge));
    EXPECT(is_remembered(forge) && is_authentic(forge));
    const int64_t until_s = forge->facts.valid_until_s;
    EXPECT(strcmp(failure_at(forge, until_s, "validity"), "") == 0);
    EXPECT(strcmp(failure_at(forge, until_s + 1, "validity"), "ANDROID_CERTIFICATE_EXPIRED") == 0);

    attest_another_key(forge, "another nonce");
    EXPECT(!is_remembered(forge));
    EXPECT(is_authentic(forge));
    EXPECT(slice_equal(claims_bytes(&forge->facts.claims, "report_data"),
                       slice_of_text("another nonce")));
    EXPECT(is_remembered(forge));
    EXPECT_OK(add_list(&forge->endorsements, "{\"entries\": {\"5103\": {}}}"));
    for (size_t round = 0; round < 2; round++)
        EXPECT(strcmp(failure(forge, "revocation"), "ANDROID_CERTIFICATE_REVOKED") == 0);
    forge_free(forge);
}

TEST(a_leaf_that_its_issuer_did_not_sign_is_refused_each_time_and_takes_no_place)
{
    struct forge *const forge = ordinary();
    struct forge *const other = ordinary(); /* the same names, and other keys */
    struct reader mine = reader_of(buffer_view(&forge->chain));
    struct reader theirs = reader_of(buffer_view(&other->chain));
    struct der_element leaf;
    SCOPED(buffer) good = {0};
    EXPECT(is_authentic(forge));
    EXPECT_OK(der_read(&mine, &leaf));
    EXPECT_OK(der_read(&theirs, &leaf));
    EXPECT_OK(
        buffer_append(&good, (slice){other->chain.data, other->chain.size - theirs.left.size}));
    EXPECT_OK(buffer_append(&good, mine.left));
    struct buffer kept = forge->chain;
    forge->chain = good; /* their leaf below our issuers */
    for (size_t round = 0; round < 3; round++) {
        EXPECT(strcmp(failure(forge, "signature"), "ANDROID_SIGNATURE_INVALID") == 0);
        EXPECT(!is_authentic(forge) && !is_remembered(forge));
    }
    forge->chain = kept;
    EXPECT(is_remembered(forge) && is_authentic(forge));
    forge_free(forge);
    forge_free(other);
}
