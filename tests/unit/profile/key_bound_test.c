/* SPDX-License-Identifier: Apache-2.0 */

/* Evidence bound to a key, as the draft and rats-rs have it: both indices, claims and their
 * digests; and a certificate that rats-rs made. */

#include "scene.h"

#include "codec/text.h"
#include "sim/sgx.h"

enum { QUOTE_BODY = 48, MRENCLAVE = QUOTE_BODY + 64 };

/* ---- a responder of this kind ---- */

/* The claims that name `named`, the evidence over them, and both in a certificate of `shown`. */
static struct buffer certificate_for(struct scene *scene, const struct private_key *named,
                                     const struct private_key *shown)
{
    SCOPED(buffer) claims = {0};
    SCOPED(buffer) tagged = {0};
    struct buffer der = {0};
    uint8_t binding[BINDING_SIZE];
    struct profile_certificate request = {.name = "a test's TEE",
                                          .not_before_s = start.wall_s - DAY_S,
                                          .not_after_s = start.wall_s + DAY_S};
    must(profile_key_claims(named, &claims, binding));
    buffer_clear(&scene->attester.evidence);
    must(sim_tdx_quote(&the_tees()->td, SLICE(binding), &scene->attester.evidence));
    must(tagged_write(platform_named("tdx"), buffer_view(&scene->attester.evidence),
                      buffer_view(&claims), &tagged));
    request.tagged = buffer_view(&tagged);
    must(profile_certificate_alone(&request, shown, &der));
    return der;
}

/* `knows`: the evidence names the key that is shown. */
static struct scene *open_key_bound(uint8_t version, enum profile_mode mode, bool knows)
{
    struct scene *const scene = calloc(1, sizeof *scene);
    SCOPED(private_key) other = {0};
    const struct spdm_chain_rules rules = {.version = version,
                                           .hash = HASH_SHA384,
                                           .asym = ASYM_ECDSA_P256,
                                           .model = SPDM_GENERIC_CERT};
    must(private_key_generate(CURVE_P256, &scene->key));
    must(private_key_generate(CURVE_P256, &other));
    SCOPED(buffer) certificate = certificate_for(scene, knows ? &scene->key : &other, &scene->key);
    show(scene, buffer_view(&certificate), &rules);
    scene->attester.mode = mode;
    scene->attester.platform = platform_named("tdx");
    scene->attester.identity = &scene->identity;
    scene->answers = answer_truly;
    settle(scene, version, ASYM_ECDSA_P256);
    begin(scene);
    get_acquainted(scene);
    return scene;
}

static enum verdict judge_at(struct scene *scene, bool with_measurements, const char *more,
                             int64_t now_s)
{
    struct policy *const policy = policy_of_td(more);
    const struct profile_judge by = {&the_tees()->endorsements, policy, now_s};
    EXPECT_OK(profile_judge_key_bound(&scene->requester, SLOT, with_measurements, &by,
                                      &scene->judgement));
    policy_free(policy);
    return scene->judgement.appraisal.verdict;
}

#define ALLOWED "    insecure_allow_key_bound_evidence: true\n"

static enum verdict judge(struct scene *scene, bool with_measurements)
{
    return judge_at(scene, with_measurements, ALLOWED, start.wall_s);
}

static enum spdm_progress ask_for_claims(struct scene *scene, bool asks_raw)
{
    const struct spdm_measuring_order order = {.operation = SPDM_MEASUREMENTS_ALL,
                                               .asks_raw = asks_raw,
                                               .asks_signature = true,
                                               .slot = SLOT};
    must(spdm_requester_measurements(&scene->requester, start, &order, &scene->out));
    return speak(scene);
}

TEST(both_indices_are_spoken_as_claims_and_as_digests_in_each_version)
{
    static const enum profile_mode modes[] = {PROFILE_INSECURE_KEY_BOUND,
                                              PROFILE_INSECURE_KEY_BOUND_RATS};
    FOR_EACH_VERSION(version)
    for (size_t i = 0; i < 4; i++) {
        struct scene *const scene = open_key_bound(*version, modes[i / 2], true);
        EXPECT(ask_for_claims(scene, i % 2) == SPDM_DONE);
        EXPECT(scene->requester.measurements.record.data[0] == (i / 2 ? 0x01 : 0xfd));
        EXPECT(judge(scene, true) == VERDICT_ACCEPTED);
        scene_close(scene);
    }
}

/* As rats-rs carries it: its framing, its index, a session, the digest of its claims. */
TEST(a_session_over_the_framing_of_rats_rs)
{
    static const uint8_t sessions_since[] = {SPDM_1_1, SPDM_1_2};
    for (size_t i = 0; i < sizeof sessions_since; i++) {
        struct scene *const scene =
            open_key_bound(sessions_since[i], PROFILE_INSECURE_KEY_BOUND_RATS, true);
        spdm_requester_clear(&scene->requester);
        spdm_responder_clear(&scene->responder);
        scene->requester_setup.transport = scene->responder_setup.transport = &spdm_rats;
        begin(scene);
        get_acquainted(scene);
        EXPECT(ask(scene, open_session(scene), PROFILE_INDEX_RATS, true) == SPDM_DONE);
        EXPECT(judge(scene, true) == VERDICT_ACCEPTED);
        scene_close(scene);
    }
}

/* The weaker form must not be taken for the other, whatever else is right. */
TEST(E11_a_key_alone_is_not_enough_unless_the_policy_says_so)
{
    struct scene *const scene = open_key_bound(SPDM_1_2, PROFILE_INSECURE_KEY_BOUND, true);
    EXPECT(judge(scene, false) == VERDICT_ACCEPTED);
    EXPECT(judge_at(scene, false, "", start.wall_s) == VERDICT_DENIED);
    EXPECT(has_reason(&scene->judgement.appraisal, "EVIDENCE_NOT_FRESH"));
    EXPECT(facts_check(&scene->judgement.facts, "freshness")->result == CHECK_SKIPPED);

    const struct profile_judge by = {&the_tees()->endorsements, policy_built_in("strict"),
                                     start.wall_s};
    EXPECT_OK(profile_judge_key_bound(&scene->requester, SLOT, false, &by, &scene->judgement));
    EXPECT(scene->judgement.appraisal.verdict == VERDICT_DENIED);

    EXPECT(ask(scene, NULL, SPDM_INDEX_MANIFEST, true) == SPDM_DONE); /* claims, no evidence */
    EXPECT_OK(profile_judge_fresh(&scene->requester, &by, &scene->judgement));
    EXPECT(scene->judgement.appraisal.verdict == VERDICT_MALFORMED);
    scene_close(scene);
}

TEST(E31_evidence_for_another_key_than_the_certificates_is_refused)
{
    struct scene *const scene = open_key_bound(SPDM_1_2, PROFILE_INSECURE_KEY_BOUND, false);
    EXPECT(judge(scene, false) == VERDICT_UNAUTHENTIC);
    EXPECT(has_reason(&scene->judgement.appraisal, "EVIDENCE_FOR_ANOTHER_KEY"));
    scene_close(scene);
}

TEST(E21_a_certificate_out_of_its_dates_is_refused)
{
    struct scene *const scene = open_key_bound(SPDM_1_2, PROFILE_INSECURE_KEY_BOUND, true);
    EXPECT(judge_at(scene, false, ALLOWED, start.wall_s + DAY_S) == VERDICT_ACCEPTED);
    EXPECT(judge_at(scene, false, ALLOWED, start.wall_s + DAY_S + 1) == VERDICT_UNAUTHENTIC);
    EXPECT(has_reason(&scene->judgement.appraisal, "RESPONDER_CERTIFICATE_OUT_OF_DATE"));
    EXPECT(judge_at(scene, false, ALLOWED, start.wall_s - DAY_S - 1) == VERDICT_UNAUTHENTIC);
    scene_close(scene);
}

TEST(a_certificate_without_evidence_or_a_chain_that_was_not_accepted_proves_nothing)
{
    struct scene *const scene = scene_open(SPDM_1_2);
    const struct profile_judge by = {&the_tees()->endorsements, NULL, start.wall_s};
    EXPECT_FAIL(UNEXPECTED,
                profile_judge_key_bound(&scene->requester, SLOT, false, &by, &scene->judgement));
    EXPECT_FAIL(UNEXPECTED, profile_judge_key_bound(&scene->requester, SPDM_SLOT_RAW_KEY, false,
                                                    &by, &scene->judgement));
    get_acquainted(scene);
    EXPECT(judge(scene, false) != VERDICT_ACCEPTED);
    scene_close(scene);
}

/* ---- what the measurements say ---- */

/* Says something else of one claim, in each form. */
static status answer_wrongly(struct scene *scene, const struct spdm_measuring *what,
                             struct writer *record, uint8_t *out_count)
{
    TRY(answer_truly(scene, what, record, out_count));
    record->data[record->size - 1] ^= 1;
    return OK;
}

TEST(claims_that_the_evidence_does_not_make_are_refused)
{
    for (size_t i = 0; i < 4; i++) {
        struct scene *const scene = open_key_bound(
            SPDM_1_2, i / 2 ? PROFILE_INSECURE_KEY_BOUND_RATS : PROFILE_INSECURE_KEY_BOUND, true);
        EXPECT(ask_for_claims(scene, i % 2) == SPDM_DONE);
        EXPECT(judge(scene, true) == VERDICT_ACCEPTED);
        scene->answers = answer_wrongly;
        EXPECT(ask_for_claims(scene, i % 2) == SPDM_DONE);
        EXPECT(judge(scene, true) == VERDICT_UNAUTHENTIC);
        EXPECT(has_reason(&scene->judgement.appraisal, "MEASURED_CLAIMS_MISMATCH"));
        scene_close(scene);
    }
}

static slice manifest_of(const char *hex, uint8_t *space, size_t size)
{
    SCOPED(buffer) map = {0};
    struct writer record = writer_over(space, size);
    must(hex_read(slice_of_text(hex), &map));
    spdm_measurement_block_write(&record, &(struct spdm_measurement_block){
                                              .index = PROFILE_INDEX_RATS,
                                              .specification = 1,
                                              .kind = SPDM_MEASUREMENT_MANIFEST,
                                              .is_raw = true,
                                              .value = buffer_view(&map),
                                          });
    return (slice){space, record.size};
}

static status check_hex(const struct profile_claims *claims, const char *hex)
{
    uint8_t space[512];
    return profile_claims_check(manifest_of(hex, space, sizeof space), HASH_SHA384, claims);
}

/* Written by hand: { "tdx_xfam": h'e718060000000000', "common_quote_type": 'tdx' } and its like. */
TEST(maps_of_others_are_read_in_any_order_and_hostile_ones_are_refused)
{
    struct profile_claims claims;
    SCOPED(buffer) quote = {0};
    const uint8_t none[BINDING_SIZE] = {0};
    char xfam[2 * 8 + 1], map[256];
    EXPECT_OK(sim_tdx_quote(&the_tees()->td, SLICE(none), &quote));
    EXPECT_OK(profile_claims_of(buffer_view(&quote), &claims));
    EXPECT(claims.count == 16);
    hex_write(claims.items[7].value, xfam);
    EXPECT(strcmp(claims.items[7].name, "tdx_xfam") == 0);

    snprintf(map, sizeof map,
             "a2687464785f7866616d48%s71636f6d6d6f6e5f71756f74655f74797065437464"
             "78",
             xfam);
    EXPECT_OK(check_hex(&claims, map));
    snprintf(map, sizeof map, "a171636f6d6d6f6e5f71756f74655f7479706543746478");
    EXPECT_OK(check_hex(&claims, map));
    snprintf(map, sizeof map, "bf71636f6d6d6f6e5f71756f74655f7479706543746478ff");
    EXPECT_OK(check_hex(&claims, map)); /* of indefinite length */

    EXPECT_FAIL(UNEXPECTED, check_hex(&claims, "a0"));
    EXPECT(check_hex(&claims, "a16161f5").fault);             /* what is no bytes */
    EXPECT_FAIL(UNAUTHENTIC, check_hex(&claims, "a1616140")); /* no such claim */
    EXPECT(check_hex(&claims, "80").fault);                   /* no map */
    EXPECT(check_hex(&claims, "a10140").fault);               /* a number for a name */
    EXPECT(check_hex(&claims, "a2616140616140").fault);       /* one twice */
    EXPECT(check_hex(&claims, "a161614000").fault);           /* more after them */
    EXPECT(check_hex(&claims, "bb0000000100000000").fault);   /* 2^32 of them */
    EXPECT_FAIL(UNEXPECTED, profile_claims_check((slice){0}, HASH_SHA384, &claims));
}

TEST(E2_a_block_of_claims_cut_anywhere_is_refused)
{
    static uint8_t space[FRAME_SIZE_MAX];
    struct writer record = writer_over(space, sizeof space);
    struct profile_claims claims;
    SCOPED(buffer) quote = {0};
    const uint8_t none[BINDING_SIZE] = {0};
    EXPECT_OK(sim_tdx_quote(&the_tees()->td, SLICE(none), &quote));
    EXPECT_OK(profile_claims_of(buffer_view(&quote), &claims));
    EXPECT_OK(profile_claims_block_write(&record, SPDM_INDEX_MANIFEST, HASH_NONE, &claims));
    EXPECT_OK(profile_claims_check((slice){space, record.size}, HASH_SHA384, &claims));
    for (size_t size = 0; size < record.size; size++) {
        uint8_t *const exact = malloc(size ? size : 1);
        memcpy(exact, space, size);
        EXPECT(profile_claims_check((slice){exact, size}, HASH_SHA384, &claims).fault);
        free(exact);
    }
}

/* ---- enclaves, and what has no names ---- */

TEST(an_enclave_tells_the_fields_of_its_report)
{
    static const char *const names[] = {
        "common_quote",    "common_quote_type", "sgx_cpu_svn",    "sgx_isv_ext_prod_id",
        "sgx_attributes",  "sgx_mr_enclave",    "sgx_mr_signer",  "sgx_config_id",
        "sgx_isv_prod_id", "sgx_isv_svn",       "sgx_config_svn", "sgx_isv_family_id"};
    static const uint8_t none[BINDING_SIZE], prod_id[] = {0x34, 0x12};
    struct profile_claims claims;
    struct sim_sgx enclave = {0};
    SCOPED(buffer) quote = {0};
    struct sim_sgx_settings settings = sim_sgx_defaults(&the_tees()->state);
    settings.isvprodid = 0x1234;
    EXPECT_OK(sim_sgx_launch(&the_tees()->state, &settings, &enclave));
    EXPECT_OK(sim_sgx_quote(&enclave, SLICE(none), &quote));
    EXPECT_OK(profile_claims_of(buffer_view(&quote), &claims));
    EXPECT(claims.count == sizeof names / sizeof *names);
    for (size_t i = 0; i < claims.count; i++)
        EXPECT(strcmp(claims.items[i].name, names[i]) == 0);
    EXPECT(slice_equal(claims.items[5].value, SLICE(settings.mrenclave)));
    EXPECT(slice_equal(claims.items[8].value, SLICE(prod_id)));
    sim_sgx_clear(&enclave);
}

TEST(evidence_of_other_tees_has_no_names_for_its_claims)
{
    static const uint8_t none[BINDING_SIZE];
    struct profile_claims claims;
    SCOPED(buffer) report = {0};
    EXPECT_OK(sim_snp_report(&the_tees()->snp, SLICE(none), &report));
    EXPECT_FAIL(UNSUPPORTED, profile_claims_of(buffer_view(&report), &claims));
}

/* ---- rats-rs's own ---- */

static struct buffer certificate_of_rats(void)
{
    const char *const folder = getenv("CIX_VECTORS");
    char path[1024], label[PEM_LABEL_SIZE_MAX];
    uint8_t text[16 << 10];
    struct buffer der = {0};
    if (!folder)
        return der;
    snprintf(path, sizeof path, "%s/rats-rs/demo-sgx-cert.pem", folder);
    FILE *const file = fopen(path, "rb");
    if (!file)
        abort();
    slice pem = {text, fread(text, 1, sizeof text, file)};
    fclose(file);
    must(pem_read_next(&pem, label, &der));
    return der;
}

/* It calls itself an authority, as none of DSP0274's leaves may: only the generic form takes it. */
TEST(a_certificate_of_rats_rs_is_a_chain_whose_evidence_names_its_key)
{
    SCOPED(buffer) der = certificate_of_rats();
    if (!der.size)
        SKIP(1, "CIX_VECTORS is not set");
    SCOPED(buffer) bytes = {0};
    SCOPED(buffer) tagged_bytes = {0};
    SCOPED(spdm_chain) chain = {0};
    struct spdm_chain_rules rules = {.version = SPDM_1_2,
                                     .hash = HASH_SHA256,
                                     .asym = ASYM_ECDSA_P256,
                                     .model = SPDM_DEVICE_CERT};
    struct tagged tagged;
    struct profile_claims claims;
    EXPECT_OK(spdm_chain_write(HASH_SHA256, buffer_view(&der), &bytes));
    EXPECT_FAIL(UNAUTHENTIC, spdm_chain_read(&rules, buffer_view(&bytes), &chain));
    rules.model = SPDM_GENERIC_CERT;
    EXPECT_OK(spdm_chain_read(&rules, buffer_view(&bytes), &chain));
    EXPECT(chain.not_after_s - chain.not_before_s == 60);

    EXPECT_OK(tagged_of_certificate(buffer_view(&der), &tagged_bytes));
    EXPECT_OK(tagged_read(buffer_view(&tagged_bytes), &tagged));
    EXPECT_OK(tagged_check(&tagged));
    EXPECT(tagged.tag == 60000);
    EXPECT_OK(profile_claims_of(tagged.evidence, &claims));
    EXPECT(slice_equal(claims.items[5].value, (slice){tagged.evidence.data + MRENCLAVE, 32}));
}
