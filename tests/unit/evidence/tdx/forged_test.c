/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Quotes and collateral with one thing wrong that are validly signed all the same: here every key
 * of the simulated vendor is ours, so that each check must notice what it alone is there for.
 */

#include "codec/json.h"
#include "codec/text.h"
#include "evidence/platform.h"
#include "sim/tdx.h"

#include "sim.h"
#include "test.h"

enum { NOW_S = 1768435200, DAY_S = 86400, HEADER_SIZE = 48, BODY_SIZE = 584 };
enum { SERIAL_ROOT = 1, SERIAL_CA, SERIAL_TCB_SIGNER, SERIAL_PCK };
enum crl_of { BY_ROOT, BY_CA };

struct forge {
    struct sim_state state;
    struct sim_tdx td;
    struct buffer quote;
    const struct private_key *document_key;
    struct endorsements endorsements;
    struct facts facts;
};

static struct forge *forge_open(void)
{
    static const uint8_t report_data[64];
    struct forge *const forge = calloc(1, sizeof *forge);
    SCOPED(buffer) root = {0};
    EXPECT_OK(sim_state_for_tests(NOW_S, &forge->state));
    forge->document_key = &forge->state.keys.tcb_signing;
    const struct sim_tdx_settings settings = sim_tdx_defaults(&forge->state);
    EXPECT_OK(sim_tdx_launch(&forge->state, &settings, &forge->td));
    EXPECT_OK(sim_tdx_quote(&forge->td, SLICE(report_data), &forge->quote));
    EXPECT_OK(certificate_der(&forge->state.intel_root, &root));
    EXPECT_OK(endorsements_trust(&forge->endorsements, buffer_view(&root)));
    return forge;
}

static void forge_free(struct forge *forge)
{
    sim_tdx_clear(&forge->td);
    sim_state_clear(&forge->state);
    buffer_clear(&forge->quote);
    endorsements_clear(&forge->endorsements);
    free(forge);
}

static void add(struct forge *forge, const struct buffer *file)
{
    EXPECT_OK(endorsements_add(&forge->endorsements, buffer_view(file)));
}

/* Collateral: each part made as the simulator does, or else by hand. */

static void add_crl(struct forge *forge, enum crl_of issuer, int64_t begin_s, int64_t end_s,
                    uint64_t serial)
{
    SCOPED(buffer) der = {0};
    const struct sim_state *const state = &forge->state;
    EXPECT_OK(crl_issue(issuer == BY_ROOT ? &state->intel_root : &state->pck_ca,
                        issuer == BY_ROOT ? &state->keys.intel_root : &state->keys.pck_ca,
                        SIGNATURE_ECDSA_SHA256, begin_s, end_s, &serial, serial ? 1 : 0, &der));
    add(forge, &der);
}

static void add_good_crls(struct forge *forge)
{
    add_crl(forge, BY_ROOT, NOW_S - DAY_S, NOW_S + DAY_S, 0);
    add_crl(forge, BY_CA, NOW_S - DAY_S, NOW_S + DAY_S, 0);
}

static void add_signer_until(struct forge *forge, int64_t end_s)
{
    SCOPED(public_key) key = {0};
    SCOPED(certificate) signer = {0};
    SCOPED(buffer) der = {0};
    const struct certificate_request request = {.subject = "CN=Intel SGX TCB Signing",
                                                .serial = SERIAL_TCB_SIGNER,
                                                .not_before_s = NOW_S - 2 * DAY_S,
                                                .not_after_s = end_s,
                                                .path_length = -1};
    EXPECT_OK(private_key_public(&forge->state.keys.tcb_signing, &key));
    EXPECT_OK(certificate_issue(&request, &key, &forge->state.intel_root,
                                &forge->state.keys.intel_root, SIGNATURE_ECDSA_SHA256, &signer));
    EXPECT_OK(certificate_der(&signer, &der));
    add(forge, &der);
}

/* Signs `body` as it is now and adds the document. */
static void add_document(struct forge *forge, const char *member, json_t *body)
{
    char *const text = json_dumps(body, JSON_COMPACT);
    char digits[129];
    SCOPED(buffer) signature = {0};
    SCOPED(buffer) file = {0};
    EXPECT_OK(
        ecdsa_sign(forge->document_key, CURVE_P256, HASH_SHA256, slice_of_text(text), &signature));
    hex_write(buffer_view(&signature), digits);
    const char *const parts[] = {"{\"", member, "\":", text, ",\"signature\":\"", digits, "\"}"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        EXPECT_OK(buffer_append(&file, slice_of_text(parts[i])));
    add(forge, &file);
    free(text);
}

static void add_tcb_info(struct forge *forge, void (*change)(json_t *body))
{
    SCOPED(buffer) file = {0};
    SCOPED(json) document = {0};
    EXPECT_OK(sim_intel_tcb_info(&forge->state, NOW_S, &file));
    EXPECT_OK(json_read(buffer_view(&file), &document));
    json_t *const body = json_object_get(document.root, "tcbInfo");
    if (change)
        change(body);
    add_document(forge, "tcbInfo", body);
}

static void add_qe_identity(struct forge *forge, void (*change)(json_t *body))
{
    SCOPED(buffer) file = {0};
    SCOPED(json) document = {0};
    EXPECT_OK(sim_intel_qe_identity(&forge->state, NOW_S, &file));
    EXPECT_OK(json_read(buffer_view(&file), &document));
    json_t *const body = json_object_get(document.root, "enclaveIdentity");
    if (change)
        change(body);
    add_document(forge, "enclaveIdentity", body);
}

static void add_good_documents(struct forge *forge)
{
    add_tcb_info(forge, NULL);
    add_qe_identity(forge, NULL);
}

/* A forge with all of it good. */
static struct forge *forge_with_collateral(void)
{
    struct forge *const forge = forge_open();
    add_good_crls(forge);
    add_signer_until(forge, NOW_S + DAY_S);
    add_good_documents(forge);
    return forge;
}

/* The quote signed again, with some of its bytes set. */
static void set_in_quote(struct forge *forge, size_t offset, uint8_t value)
{
    SCOPED(buffer) signature = {0};
    forge->quote.data[offset] = value;
    EXPECT_OK(ecdsa_sign(&forge->state.keys.attestation, CURVE_P256, HASH_SHA256,
                         (slice){forge->quote.data, HEADER_SIZE + BODY_SIZE}, &signature));
    memcpy(forge->quote.data + HEADER_SIZE + BODY_SIZE + 4, signature.data, signature.size);
}

/* Verdicts */

static bool verify_at(struct forge *forge, int64_t now_s)
{
    const struct verification request = {.evidence = buffer_view(&forge->quote),
                                         .endorsements = &forge->endorsements,
                                         .now_s = now_s};
    memset(&forge->facts, 0, sizeof forge->facts);
    EXPECT_OK(platform_named("tdx")->verify(&request, &forge->facts));
    return facts_authentic(&forge->facts);
}

static const char *status_of(const struct forge *forge)
{
    static char text[64];
    const slice value = claims_bytes(&forge->facts.claims, "tcb_status");
    snprintf(text, sizeof text, "%.*s", (int)value.size, (const char *)value.data);
    return text;
}

/* Refused by this check, for this reason, and by no other check. */
static void expect_refused(struct forge *forge, const char *check, const char *reason)
{
    EXPECT(!verify_at(forge, NOW_S));
    for (size_t i = 0; i < forge->facts.check_count; i++) {
        const struct check *const found = &forge->facts.checks[i];
        const bool should_fail = strcmp(found->name, check) == 0;
        const bool is_right = (found->result == CHECK_FAIL) == should_fail &&
                              (!should_fail || strcmp(found->reason, reason) == 0);
        if (!is_right)
            printf("  %s: %s %s\n", found->name, found->reason, found->detail);
        EXPECT(is_right);
    }
    forge_free(forge);
}

TEST(what_is_forged_with_nothing_wrong_is_authentic)
{
    struct forge *const forge = forge_with_collateral();
    EXPECT(verify_at(forge, NOW_S));
    EXPECT(strcmp(status_of(forge), "UpToDate") == 0);
    set_in_quote(forge, HEADER_SIZE + 136, 0x77); /* another MRTD, signed */
    EXPECT(verify_at(forge, NOW_S));
    forge_free(forge);
}

TEST(a_quoting_enclave_of_another_vendor_is_refused)
{
    struct forge *const forge = forge_with_collateral();
    set_in_quote(forge, 12, 0x94);
    expect_refused(forge, "qe_vendor", "TDX_QE_VENDOR_UNKNOWN");
}

/* E3 */
TEST(E3_only_zeros_may_follow_a_quote)
{
    uint8_t zeros[100] = {0};
    struct forge *const forge = forge_with_collateral();
    EXPECT_OK(buffer_append(&forge->quote, SLICE(zeros)));
    EXPECT(verify_at(forge, NOW_S));
    zeros[99] = 1;
    EXPECT_OK(buffer_append(&forge->quote, SLICE(zeros)));
    expect_refused(forge, "padding", "TDX_TRAILING_BYTES");
}

/* E22 */
TEST(E22_a_revoked_pck_ca_or_tcb_signer_is_refused)
{
    static const struct {
        enum crl_of issuer;
        uint64_t serial;
        const char *check, *reason;
    } rows[] = {
        {BY_CA, SERIAL_PCK, "revocation", "TDX_CERTIFICATE_REVOKED"},
        {BY_ROOT, SERIAL_CA, "revocation", "TDX_CERTIFICATE_REVOKED"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct forge *const forge = forge_open();
        add_crl(forge, rows[i].issuer, NOW_S - DAY_S, NOW_S + DAY_S, rows[i].serial);
        add_crl(forge, rows[i].issuer == BY_CA ? BY_ROOT : BY_CA, NOW_S - DAY_S, NOW_S + DAY_S, 0);
        add_signer_until(forge, NOW_S + DAY_S);
        add_good_documents(forge);
        expect_refused(forge, rows[i].check, rows[i].reason);
    }
    struct forge *const forge = forge_open();
    add_crl(forge, BY_ROOT, NOW_S - DAY_S, NOW_S + DAY_S, SERIAL_TCB_SIGNER);
    add_crl(forge, BY_CA, NOW_S - DAY_S, NOW_S + DAY_S, 0);
    add_signer_until(forge, NOW_S + DAY_S);
    add_good_documents(forge);
    EXPECT(!verify_at(forge, NOW_S));
    EXPECT(facts_check(&forge->facts, "revocation")->result == CHECK_PASS);
    EXPECT(strcmp(facts_check(&forge->facts, "tcb_info_signer")->reason,
                  "TDX_TCB_SIGNER_REVOKED") == 0);
    EXPECT(strcmp(facts_check(&forge->facts, "qe_identity_signer")->reason,
                  "TDX_TCB_SIGNER_REVOKED") == 0);
    forge_free(forge);
}

static struct forge *forge_with_crls(int64_t root_begin_s, int64_t root_end_s, int64_t ca_begin_s,
                                     int64_t ca_end_s)
{
    struct forge *const forge = forge_open();
    if (root_end_s)
        add_crl(forge, BY_ROOT, root_begin_s, root_end_s, 0);
    if (ca_end_s)
        add_crl(forge, BY_CA, ca_begin_s, ca_end_s, 0);
    add_signer_until(forge, NOW_S + DAY_S);
    add_good_documents(forge);
    return forge;
}

/* E22 */
TEST(E22_a_crl_missing_expired_or_not_yet_in_force_is_refused)
{
    const int64_t before = NOW_S - DAY_S, after = NOW_S + DAY_S;
    expect_refused(forge_with_crls(0, 0, before, after), "revocation", "TDX_CRL_MISSING");
    expect_refused(forge_with_crls(before, after, 0, 0), "revocation", "TDX_CRL_MISSING");
    expect_refused(forge_with_crls(before, NOW_S - 1, before, after), "revocation",
                   "TDX_CRL_EXPIRED");
    expect_refused(forge_with_crls(before, after, before, NOW_S - 1), "revocation",
                   "TDX_CRL_EXPIRED");
    expect_refused(forge_with_crls(NOW_S + 1, after, before, after), "revocation",
                   "TDX_CRL_NOT_YET_VALID");
    expect_refused(forge_with_crls(before, after, NOW_S + 1, after), "revocation",
                   "TDX_CRL_NOT_YET_VALID");
    struct forge *const forge = forge_with_crls(NOW_S, NOW_S, NOW_S, NOW_S); /* the very second */
    EXPECT(verify_at(forge, NOW_S));
    forge_free(forge);
}

/* E22 */
TEST(E22_of_two_crls_in_force_the_newer_one_counts)
{
    struct forge *const forge = forge_with_collateral();
    add_crl(forge, BY_CA, NOW_S - 2 * DAY_S, NOW_S + DAY_S,
            SERIAL_PCK); /* older: not revoked now */
    EXPECT(verify_at(forge, NOW_S));
    add_crl(forge, BY_CA, NOW_S - 10, NOW_S + DAY_S, SERIAL_PCK);
    expect_refused(forge, "revocation", "TDX_CERTIFICATE_REVOKED");
}

/* E22: of the right name, and with a signature that is not its issuer's. */
TEST(E22_a_crl_that_its_issuer_did_not_sign_is_refused)
{
    struct forge *const forge = forge_open();
    SCOPED(buffer) der = {0};
    EXPECT_OK(crl_issue(&forge->state.pck_ca, &forge->state.keys.pck_ca, SIGNATURE_ECDSA_SHA256,
                        NOW_S - DAY_S, NOW_S + DAY_S, NULL, 0, &der));
    der.data[der.size - 1] ^= 1; /* the last bit of s */
    add(forge, &der);
    add_crl(forge, BY_ROOT, NOW_S - DAY_S, NOW_S + DAY_S, 0);
    add_signer_until(forge, NOW_S + DAY_S);
    add_good_documents(forge);
    expect_refused(forge, "revocation", "TDX_CRL_SIGNATURE_INVALID");
}

/* E21 */
TEST(E21_documents_of_an_expired_signer_are_refused_until_a_renewed_one_is_there)
{
    struct forge *const forge = forge_open();
    add_good_crls(forge);
    add_signer_until(forge, NOW_S - 1);
    add_good_documents(forge);
    EXPECT(!verify_at(forge, NOW_S));
    EXPECT(strcmp(facts_check(&forge->facts, "tcb_info_signer")->reason,
                  "TDX_TCB_SIGNER_EXPIRED") == 0);
    EXPECT(strcmp(facts_check(&forge->facts, "qe_identity_signer")->reason,
                  "TDX_TCB_SIGNER_EXPIRED") == 0);
    add_signer_until(forge, NOW_S + DAY_S); /* the same key, as Intel did in 2025 */
    EXPECT(verify_at(forge, NOW_S));
    forge_free(forge);
}

static void expect_documents_unsigned(struct forge *forge)
{
    EXPECT(!verify_at(forge, NOW_S));
    EXPECT(strcmp(facts_check(&forge->facts, "tcb_info")->reason,
                  "TDX_TCB_INFO_SIGNATURE_INVALID") == 0);
    EXPECT(strcmp(facts_check(&forge->facts, "qe_identity")->reason,
                  "TDX_QE_IDENTITY_SIGNATURE_INVALID") == 0);
    EXPECT(!claims_find(&forge->facts.claims, "tcb_status"));
    forge_free(forge);
}

/* E23 */
TEST(E23_documents_without_a_signer_are_refused)
{
    struct forge *const forge = forge_open();
    add_good_crls(forge);
    add_good_documents(forge);
    expect_documents_unsigned(forge);
}

/* E18, E23: the signer has the right name, from somebody who only has the root's name. */
TEST(E23_documents_of_a_signer_that_the_root_did_not_issue_are_refused)
{
    struct forge *const forge = forge_open();
    SCOPED(private_key) key = {0};
    SCOPED(public_key) public = {0};
    SCOPED(certificate) signer = {0};
    SCOPED(buffer) der = {0};
    const struct certificate_request request = {.subject = "CN=Intel SGX TCB Signing",
                                                .serial = SERIAL_TCB_SIGNER,
                                                .not_before_s = NOW_S - DAY_S,
                                                .not_after_s = NOW_S + DAY_S,
                                                .path_length = -1};
    EXPECT_OK(private_key_generate(CURVE_P256, &key));
    EXPECT_OK(private_key_public(&key, &public));
    EXPECT_OK(certificate_issue(&request, &public, &forge->state.intel_root, &key,
                                SIGNATURE_ECDSA_SHA256, &signer));
    EXPECT_OK(certificate_der(&signer, &der));
    add(forge, &der);
    add_good_crls(forge);
    forge->document_key = &key;
    add_good_documents(forge);
    expect_documents_unsigned(forge);
}

/* E23: the root issued the PCK CA too, but not for this. */
TEST(E23_documents_that_the_pck_ca_signed_are_refused)
{
    struct forge *const forge = forge_open();
    SCOPED(buffer) der = {0};
    EXPECT_OK(certificate_der(&forge->state.pck_ca, &der));
    add(forge, &der);
    add_good_crls(forge);
    forge->document_key = &forge->state.keys.pck_ca;
    add_good_documents(forge);
    expect_documents_unsigned(forge);
}

static struct forge *forge_with_tcb_info(void (*change)(json_t *body))
{
    struct forge *const forge = forge_open();
    add_good_crls(forge);
    add_signer_until(forge, NOW_S + DAY_S);
    add_tcb_info(forge, change);
    add_qe_identity(forge, NULL);
    return forge;
}

static struct forge *forge_with_qe_identity(void (*change)(json_t *body))
{
    struct forge *const forge = forge_open();
    add_good_crls(forge);
    add_signer_until(forge, NOW_S + DAY_S);
    add_tcb_info(forge, NULL);
    add_qe_identity(forge, change);
    return forge;
}

static void set_text(json_t *object, const char *member, const char *value)
{
    EXPECT(json_object_set_new(object, member, json_string(value)) == 0);
}

static void of_other_fmspc(json_t *body)
{
    set_text(body, "fmspc", "53494d000001");
}

static void of_other_pce(json_t *body)
{
    set_text(body, "pceId", "0100");
}

static void of_sgx(json_t *body)
{
    set_text(body, "id", "SGX");
}

static void of_the_sgx_enclave(json_t *body)
{
    set_text(body, "id", "QE");
}

static void expired(json_t *body)
{
    set_text(body, "nextUpdate", "2026-01-14T23:59:59Z");
}

static void issued_later(json_t *body)
{
    set_text(body, "issueDate", "2026-01-15T00:00:01Z");
}

/* E23 */
TEST(E23_a_tcb_info_of_another_platform_or_out_of_date_is_refused)
{
    expect_refused(forge_with_tcb_info(of_other_fmspc), "tcb_info", "TDX_TCB_INFO_MISMATCH");
    expect_refused(forge_with_tcb_info(of_other_pce), "tcb_info", "TDX_TCB_INFO_MISMATCH");
    expect_refused(forge_with_tcb_info(of_sgx), "tcb_info", "TDX_TCB_INFO_MISMATCH");
    expect_refused(forge_with_tcb_info(expired), "tcb_info", "TDX_TCB_INFO_EXPIRED");
}

/* E25 */
TEST(E25_a_qe_identity_of_another_enclave_or_out_of_date_is_refused)
{
    expect_refused(forge_with_qe_identity(of_the_sgx_enclave), "qe_identity",
                   "TDX_QE_IDENTITY_MISMATCH");
    expect_refused(forge_with_qe_identity(expired), "qe_identity", "TDX_QE_IDENTITY_EXPIRED");
}

/* E21: Intel's library does not look; strict policies want to know. */
TEST(E21_what_was_issued_later_than_now_is_told)
{
    for (int i = 0; i < 2; i++) {
        struct forge *const forge =
            i ? forge_with_tcb_info(issued_later) : forge_with_qe_identity(issued_later);
        EXPECT(verify_at(forge, NOW_S));
        EXPECT(claims_find(&forge->facts.claims, "collateral_not_yet_valid")->number == 1);
        EXPECT(verify_at(forge, NOW_S + 1));
        EXPECT(claims_find(&forge->facts.claims, "collateral_not_yet_valid")->number == 0);
        forge_free(forge);
    }
}

static json_t *first_level(json_t *body)
{
    return json_array_get(json_object_get(body, "tcbLevels"), 0);
}

static void of_evaluation_2_out_of_date(json_t *body)
{
    json_object_set_new(body, "tcbEvaluationDataNumber", json_integer(2));
    set_text(first_level(body), "tcbStatus", "OutOfDate");
}

static void of_evaluation_0_out_of_date(json_t *body)
{
    json_object_set_new(body, "tcbEvaluationDataNumber", json_integer(0));
    set_text(first_level(body), "tcbStatus", "OutOfDate");
}

/* E23: whoever sends along an older evaluation cannot hide the newer one that we have. */
TEST(E23_of_two_tcb_infos_the_later_evaluation_counts)
{
    struct forge *forge = forge_with_collateral();
    add_tcb_info(forge, of_evaluation_0_out_of_date);
    EXPECT(verify_at(forge, NOW_S) && strcmp(status_of(forge), "UpToDate") == 0);
    add_tcb_info(forge, of_evaluation_2_out_of_date);
    EXPECT(verify_at(forge, NOW_S) && strcmp(status_of(forge), "OutOfDate") == 0);
    forge_free(forge);
}

/* The first bytes of the TD report: TEE_TCB_SVN[0] and [1] are the module's minor and major. */
enum {
    SVN_MINOR = HEADER_SIZE,
    SVN_MAJOR,
    MRSIGNERSEAM = HEADER_SIZE + 64,
    SEAM_ATTRIBUTES = HEADER_SIZE + 112
};

TEST(a_module_that_intel_did_not_sign_is_refused)
{
    struct forge *const forge = forge_with_collateral();
    set_in_quote(forge, MRSIGNERSEAM + 47, 1);
    expect_refused(forge, "tdx_module", "TDX_MODULE_MISMATCH");
}

static void with_attributes_unmasked(json_t *body)
{
    json_t *const module = json_array_get(json_object_get(body, "tdxModuleIdentities"), 0);
    set_text(module, "attributesMask", "0000000000000000");
}

static void with_attributes_wanted(json_t *body)
{
    json_t *const module = json_array_get(json_object_get(body, "tdxModuleIdentities"), 0);
    set_text(module, "attributes", "0100000000000000");
}

TEST(seam_attributes_must_be_zero_and_those_the_identity_wants)
{
    struct forge *forge = forge_with_tcb_info(with_attributes_unmasked);
    EXPECT(verify_at(forge, NOW_S));
    set_in_quote(forge, SEAM_ATTRIBUTES + 7, 0x80);
    expect_refused(forge, "tdx_module", "TDX_MODULE_MISMATCH");
    expect_refused(forge_with_tcb_info(with_attributes_wanted), "tdx_module",
                   "TDX_MODULE_MISMATCH");
    forge = forge_with_tcb_info(with_attributes_wanted);
    set_in_quote(forge, SEAM_ATTRIBUTES, 1);
    expect_refused(forge, "tdx_module", "TDX_MODULE_MISMATCH");
}

TEST(a_module_of_a_major_version_nobody_lists_is_refused)
{
    struct forge *const forge = forge_with_collateral();
    set_in_quote(forge, SVN_MAJOR, 9);
    EXPECT(!verify_at(forge, NOW_S));
    EXPECT(strcmp(facts_check(&forge->facts, "tdx_module")->reason, "TDX_MODULE_MISMATCH") == 0);
    EXPECT(strcmp(status_of(forge), "NotSupported") == 0);
    forge_free(forge);
}

/* E28 */
TEST(E28_an_older_module_makes_the_platform_out_of_date_or_unsupported)
{
    struct forge *const forge = forge_with_collateral();
    set_in_quote(forge, SVN_MINOR, SIM_TDX_MODULE_SVN - 2);
    EXPECT(verify_at(forge, NOW_S) && strcmp(status_of(forge), "OutOfDate") == 0);
    EXPECT(facts_check(&forge->facts, "tcb_level")->result == CHECK_SKIPPED);
    set_in_quote(forge, SVN_MINOR, SIM_TDX_MODULE_SVN - 3);
    EXPECT(verify_at(forge, NOW_S) && strcmp(status_of(forge), "NotSupported") == 0);
    EXPECT(facts_check(&forge->facts, "tcb_level")->result == CHECK_SKIPPED);
    forge_free(forge);
}

static void with_module_revoked(json_t *body)
{
    json_t *const module = json_array_get(json_object_get(body, "tdxModuleIdentities"), 0);
    set_text(first_level(module), "tcbStatus", "Revoked");
}

static void with_enclave_revoked(json_t *body)
{
    set_text(first_level(body), "tcbStatus", "Revoked");
}

/* E28 */
TEST(E28_a_revoked_level_of_platform_module_or_enclave_is_never_authentic)
{
    expect_refused(forge_with_tcb_info(with_module_revoked), "tcb_level", "TDX_TCB_REVOKED");
    expect_refused(forge_with_tcb_info(with_enclave_revoked), "tcb_level", "TDX_TCB_REVOKED");
    expect_refused(forge_with_qe_identity(with_enclave_revoked), "tcb_level", "TDX_TCB_REVOKED");
}
