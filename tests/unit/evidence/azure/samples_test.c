/* SPDX-License-Identifier: Apache-2.0 */

/* Evidence of real confidential VMs on Azure: every part of it, and what becomes of each without.
 */

#include "azure_samples.h"
#include "manifest_claims.h"

static const struct azure_case {
    const char *id;
    const struct platform *platform;
    const char *collateral; /* of a TDX sample for the same family of processors, by its time */
    const char *at;
} cases[] = {
    {"azure-snp/milan-live", &azure_snp_platform, NULL, NULL},
    {"azure-snp/milan-v1-format", &azure_snp_platform, NULL, NULL},
    {"azure-snp/genoa-v0-format", &azure_snp_platform, NULL, NULL},
    {"azure-tdx/trustee-v1", &azure_tdx_platform, "tdx/v4-gcp-cos113-ccel/collateral-1",
     "2024-12-07T12:16:52Z"},
    {"azure-tdx/with-ak-chain-2026", &azure_tdx_platform, "tdx/v5-gotdx-uptodate/collateral-2",
     "2026-07-02T08:12:19Z"},
};
enum { CASES = sizeof cases / sizeof *cases };

static int64_t time_for(const struct azure_case *c, const struct azure_sample *sample)
{
    if (c->at)
        return time_of(c->at);
    return time_of(text_of(json_object_get(sample->manifest.root, "verification_time"), "at"));
}

/* ASK and ARK, or Intel's collateral; the VCEK and the AK's chain are in the evidence. */
static void endorse(struct endorsements *endorsements, const struct azure_case *c,
                    const struct azure_sample *sample)
{
    static const char *const amd[] = {"ask.der", "ark.der"};
    char folder[PATH_SIZE];
    if (c->collateral) {
        path_join(samples_root(), c->collateral, folder);
        endorse_with_folder(endorsements, folder, NULL);
    }
    for (size_t i = 0; !c->collateral && i < 2; i++) {
        SCOPED(buffer) bytes = file_read(sample->folder, amd[i]);
        EXPECT_OK(endorsements_add(endorsements, buffer_view(&bytes)));
    }
    if (sample->evidence.certificate_count) {
        SCOPED(buffer) root = file_read(sample->folder, "azure-virtual-tpm-root-2023.pem");
        EXPECT_OK(endorsements_add(endorsements, buffer_view(&root)));
    }
}

static struct buffer binding_of(const struct azure_sample *sample)
{
    struct buffer binding = {0};
    const json_t *const tpm =
        json_object_get(json_object_get(sample->manifest.root, "claims"), "tpm");
    EXPECT_OK(hex_read(slice_of_text(text_of(tpm, "extra")), &binding));
    return binding;
}

/* What is verified in most tests: one sample with all that it needs. */
struct subject {
    const struct azure_case *c;
    struct azure_sample sample;
    struct endorsements endorsements;
    struct buffer bytes;
    struct facts *facts;
};

static void subject_clear(struct subject *subject)
{
    azure_sample_clear(&subject->sample);
    endorsements_clear(&subject->endorsements);
    buffer_clear(&subject->bytes);
    free(subject->facts);
    memset(subject, 0, sizeof *subject);
}

static void subject_open(size_t index, struct subject *out)
{
    memset(out, 0, sizeof *out);
    out->c = &cases[index];
    out->facts = calloc(1, sizeof *out->facts);
    azure_sample_open(out->c->id, &out->sample);
    endorse(&out->endorsements, out->c, &out->sample);
    out->bytes = azure_bytes(&out->sample);
}

static status verify_with(struct subject *subject, slice evidence, slice binding)
{
    return azure_verify_at(subject->c->platform, evidence, binding, &subject->endorsements,
                           time_for(subject->c, &subject->sample), subject->facts);
}

static status verify(struct subject *subject)
{
    buffer_clear(&subject->bytes);
    subject->bytes = azure_bytes(&subject->sample);
    return verify_with(subject, buffer_view(&subject->bytes), (slice){0});
}

static bool is_result(const struct subject *subject, const char *check, const char *result)
{
    return strcmp(result_name(subject->facts, check), result) == 0;
}

static bool fails_with(const struct subject *subject, const char *check, const char *reason)
{
    return strcmp(failure_of(subject->facts, check), reason) == 0 &&
           !facts_authentic(subject->facts);
}

TEST(every_sample_is_authentic_and_bound_to_its_challenge)
{
    if (samples_are_absent("evidence of Azure's VMs"))
        return;
    for (size_t i = 0; i < CASES; i++) {
        SCOPED(subject) subject;
        subject_open(i, &subject);
        SCOPED(buffer) binding = binding_of(&subject.sample);
        EXPECT(platform_of(buffer_view(&subject.bytes)) == subject.c->platform);
        EXPECT_OK(verify_with(&subject, buffer_view(&subject.bytes), buffer_view(&binding)));
        print_failures(subject.facts);
        EXPECT(facts_authentic(subject.facts));
        EXPECT(is_result(&subject, "binding", binding.size ? "pass" : "skipped"));
        EXPECT(is_result(&subject, "runtime_data", "pass"));
        EXPECT(is_result(&subject, "tpm_signature", "pass"));
        EXPECT(is_result(&subject, "pcr_digest", "pass"));
        EXPECT(is_result(&subject, "td_report", subject.c->collateral ? "pass" : "absent"));
        expect_known_claims(subject.c->platform, subject.facts);
        EXPECT(subject.facts->valid_until_s > time_for(subject.c, &subject.sample));
    }
}

/* ---- claims ---- */

static json_t *claims_of(const struct subject *subject, const char *group)
{
    json_t *const claims = json_object_get(subject->sample.manifest.root, "claims");
    return *group ? json_object_get(claims, group) : claims;
}

static size_t compare(const struct subject *subject, const json_t *theirs, const char *ours)
{
    const struct claim *const claim = claims_find(&subject->facts->claims, ours);
    if (!theirs)
        return 0;
    const bool same = claim && same_value(subject->facts, claim, theirs);
    if (!same)
        printf("  claim %s differs or is missing\n", ours);
    EXPECT(same);
    return 1;
}

/* "vmUniqueId" and "secure-boot" are vm_unique_id and secure_boot here. */
static size_t compare_settings(const struct subject *subject)
{
    const char *key;
    json_t *value;
    size_t count = 0;
    json_object_foreach(claims_of(subject, "vm_configuration"), key, value)
    {
        char name[64];
        snprintf(name, sizeof name, "vm_configuration.%s",
                 strcmp(key, "vmUniqueId") ? key : "vm_unique_id");
        for (char *at = name; *at; at++)
            *at = *at == '-' ? '_' : *at;
        count += compare(subject, value, name);
    }
    return count;
}

static size_t compare_pcrs(const struct subject *subject)
{
    const char *key;
    json_t *value;
    size_t count = 0;
    json_object_foreach(claims_of(subject, "pcrs"), key, value)
    {
        char name[32];
        snprintf(name, sizeof name, "pcrs.sha256.%s", key);
        count += compare(subject, value, name);
    }
    return count;
}

TEST(every_claim_of_the_manifests_is_told_by_inspection)
{
    static const char *const names[][3] = {
        {"", "hcl_version", "hcl_version"},
        {"", "report_type", "hcl_report_type"},
        {"", "hash_type", "hcl_hash_type"},
        {"", "user_data", "hcl_user_data"},
        {"", "fmspc", "fmspc"},
        {"tpm", "extra", "report_data"},
        {"tpm", "qualified_signer", "qualified_signer"},
        {"tpm", "digest", "pcr_digest"},
        {"tpm", "clock", "clock"},
        {"tpm", "reset", "reset_count"},
        {"tpm", "restart", "restart_count"},
        {"snp", "version", "report_version"},
        {"snp", "measurement", "measurement"},
        {"snp", "policy", "policy.raw"},
        {"snp", "vmpl", "vmpl"},
        {"snp", "chip_id", "chip_id"},
        {"snp", "report_data", "hardware_report_data"},
        {"tdx", "mrtd", "measurement"},
        {"tdx", "rtmr0", "body.rtmr0"},
        {"tdx", "rtmr1", "body.rtmr1"},
        {"tdx", "rtmr2", "body.rtmr2"},
        {"tdx", "rtmr3", "body.rtmr3"},
        {"tdx", "td_attributes", "body.td_attributes"},
        {"tdx", "report_data", "hardware_report_data"},
    };
    size_t compared = 0;
    if (samples_are_absent("claims of Azure's VMs"))
        return;
    for (size_t i = 0; i < CASES; i++) {
        SCOPED(subject) subject;
        subject_open(i, &subject);
        EXPECT_OK(subject.c->platform->inspect(buffer_view(&subject.bytes), &subject.endorsements,
                                               subject.facts));
        EXPECT(subject.facts->check_count == 0);
        compared += compare_settings(&subject) + compare_pcrs(&subject);
        for (size_t j = 0; j < sizeof names / sizeof *names; j++)
            compared +=
                compare(&subject, json_object_get(claims_of(&subject, names[j][0]), names[j][1]),
                        names[j][2]);
        expect_known_claims(subject.c->platform, subject.facts);
    }
    printf("  %zu claims compared\n", compared);
    EXPECT(compared > 4 * 24 + 5 * 4);
}

/* What Trustee's attesters write becomes the same container as the parts beside it. */
TEST(trustees_json_is_read_in_each_of_its_versions)
{
    size_t read = 0;
    if (samples_are_absent("Trustee's evidence of Azure's VMs"))
        return;
    for (size_t i = 0; i < CASES; i++) {
        SCOPED(subject) subject;
        subject_open(i, &subject);
        char path[PATH_SIZE], type[64];
        path_join(subject.sample.folder, "evidence.json", path);
        if (access(path, R_OK))
            continue;
        SCOPED(buffer) json = file_read(subject.sample.folder, "evidence.json");
        SCOPED(buffer) bytes = {0};
        EXPECT_OK(evidence_unwrap(buffer_view(&json), &bytes, type));
        EXPECT(platform_of(buffer_view(&bytes)) == subject.c->platform);
        EXPECT_OK(verify_with(&subject, buffer_view(&bytes), (slice){0}));
        EXPECT(facts_authentic(subject.facts));
        /* One has its VCEK in PEM, and one a quote with padding behind it. */
        if (strncmp(subject.c->id, "azure-snp/milan", 15) == 0)
            EXPECT(slice_equal(buffer_view(&bytes), buffer_view(&subject.bytes)));
        read++;
    }
    EXPECT(read == 4);
}

/* ---- refusals ---- */

TEST(without_its_endorsements_every_sample_is_refused)
{
    if (samples_are_absent("evidence of Azure's VMs"))
        return;
    for (size_t i = 0; i < CASES; i++) {
        SCOPED(subject) subject;
        subject_open(i, &subject);
        EXPECT_OK(azure_verify_at(subject.c->platform, buffer_view(&subject.bytes), (slice){0},
                                  NULL, time_for(subject.c, &subject.sample), subject.facts));
        EXPECT(!facts_authentic(subject.facts));
    }
}

/* E11, E12: the binding is what the quote was asked to sign, and not the hardware's report data. */
TEST(E11_evidence_is_bound_to_its_challenge_and_to_no_other)
{
    if (samples_are_absent("evidence of Azure's VMs"))
        return;
    SCOPED(subject) subject;
    subject_open(0, &subject);
    SCOPED(buffer) binding = binding_of(&subject.sample);
    const slice evidence = buffer_view(&subject.bytes);
    uint8_t hardware[64];
    slice told;
    EXPECT_OK(azure_snp_platform.report_data(evidence, &told));
    EXPECT(slice_equal(told, buffer_view(&binding)));
    binding.data[0] ^= 1;
    EXPECT_OK(verify_with(&subject, evidence, buffer_view(&binding)));
    EXPECT(fails_with(&subject, "binding", "TPM_BINDING_MISMATCH"));
    binding.data[0] ^= 1;
    EXPECT_OK(buffer_append(&binding, (slice){(const uint8_t[1]){0}, 1}));
    EXPECT_OK(verify_with(&subject, evidence, buffer_view(&binding)));
    EXPECT(fails_with(&subject, "binding", "TPM_BINDING_MISMATCH"));
    memcpy(hardware, claims_bytes(&subject.facts->claims, "hardware_report_data").data, 64);
    EXPECT_OK(verify_with(&subject, evidence, SLICE(hardware)));
    EXPECT(fails_with(&subject, "binding", "TPM_BINDING_MISMATCH"));
}

/* The key of another VM's TPM: its quote is good, but no hardware vouches for it here. */
TEST(E38_a_quote_of_another_vms_tpm_is_refused)
{
    if (samples_are_absent("evidence of Azure's VMs"))
        return;
    SCOPED(subject) subject;
    SCOPED(azure_sample) other;
    subject_open(0, &subject);
    azure_sample_open(cases[1].id, &other);
    subject.sample.evidence.quotes[0] = other.evidence.quotes[0];
    subject.sample.evidence.pcrs = other.evidence.pcrs;
    EXPECT_OK(verify(&subject));
    EXPECT(fails_with(&subject, "tpm_signature", "TPM_SIGNATURE_INVALID"));
    EXPECT(is_result(&subject, "signature", "pass") && is_result(&subject, "pcr_digest", "pass"));
}

/* An HCL report with the hardware's report of another VM in it. */
TEST(E38_runtime_data_that_the_hardware_did_not_hash_are_refused)
{
    enum { HARDWARE_OFFSET = 0x20 };
    if (samples_are_absent("evidence of Azure's VMs"))
        return;
    SCOPED(subject) subject;
    SCOPED(azure_sample) other;
    subject_open(0, &subject);
    azure_sample_open(cases[1].id, &other);
    memcpy(subject.sample.parts[0].data + HARDWARE_OFFSET,
           other.evidence.hcl_report.data + HARDWARE_OFFSET, HCL_HARDWARE_SIZE);
    subject.sample.evidence.endorsements[0] = other.evidence.endorsements[0];
    EXPECT_OK(verify(&subject));
    EXPECT(fails_with(&subject, "runtime_data", "AZURE_RUNTIME_DATA_UNBOUND"));
    EXPECT(is_result(&subject, "signature", "pass") && is_result(&subject, "chain", "pass"));
}

TEST(E38_a_td_quote_of_another_vm_is_refused)
{
    if (samples_are_absent("evidence of Azure's VMs"))
        return;
    SCOPED(subject) subject;
    SCOPED(azure_sample) other;
    subject_open(3, &subject);
    azure_sample_open(cases[4].id, &other);
    subject.sample.evidence.hardware = other.evidence.hardware;
    EXPECT_OK(verify(&subject));
    EXPECT(fails_with(&subject, "runtime_data", "AZURE_RUNTIME_DATA_UNBOUND"));
    EXPECT(fails_with(&subject, "td_report", "AZURE_TD_REPORT_MISMATCH"));
}

TEST(a_certificate_of_the_ak_is_followed_to_azures_root)
{
    static const char *const names[] = {"ak_chain", "ak_certificate", "ak_validity", "ak_key"};
    if (samples_are_absent("a certificate of an AK of Azure's"))
        return;
    SCOPED(subject) subject;
    subject_open(4, &subject);
    EXPECT_OK(verify(&subject));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        EXPECT(is_result(&subject, names[i], "pass"));
    subject.sample.evidence.certificate_count = 1; /* those above it are missing */
    EXPECT_OK(verify(&subject));
    EXPECT(fails_with(&subject, "ak_chain", "TPM_CHAIN_INCOMPLETE"));
}

TEST(a_certificate_of_another_key_than_the_aks_is_refused)
{
    if (samples_are_absent("a certificate of an AK of Azure's"))
        return;
    SCOPED(subject) subject;
    subject_open(4, &subject);
    subject.sample.evidence.certificates[0] = subject.sample.evidence.certificates[1];
    EXPECT_OK(verify(&subject));
    EXPECT(fails_with(&subject, "ak_key", "AZURE_AK_CERTIFICATE_MISMATCH"));
}

/* E14, E39 */
TEST(E14_evidence_of_the_other_hardware_or_of_two_is_not_read)
{
    if (samples_are_absent("evidence of Azure's VMs"))
        return;
    SCOPED(subject) subject;
    SCOPED(subject) td;
    subject_open(0, &subject);
    subject_open(3, &td);
    const struct verification request = {.evidence = buffer_view(&subject.bytes), .now_s = 1};
    EXPECT_FAIL(UNSUPPORTED, azure_tdx_platform.verify(&request, td.facts));
    EXPECT(!azure_tdx_platform.recognises(buffer_view(&subject.bytes)));
    subject.sample.evidence.hardware = td.sample.evidence.hardware;
    EXPECT_FAIL(MALFORMED, verify(&subject));
    td.sample.evidence.hardware = (slice){0};
    EXPECT_FAIL(MALFORMED, verify(&td));
}

/* E2, E3 */
TEST(E2_evidence_cut_anywhere_is_not_read)
{
    if (samples_are_absent("evidence of Azure's VMs"))
        return;
    for (size_t i = 0; i < CASES; i += 3) {
        SCOPED(subject) subject;
        subject_open(i, &subject);
        const struct platform *const platform = subject.c->platform;
        for (size_t size = 0; size < subject.bytes.size; size++)
            EXPECT(platform->inspect((slice){subject.bytes.data, size}, NULL, subject.facts).fault);
        EXPECT_OK(buffer_append(&subject.bytes, (slice){(const uint8_t[1]){0}, 1}));
        EXPECT(platform->inspect(buffer_view(&subject.bytes), NULL, subject.facts).fault);
    }
}

/* A range of bytes of one part of the evidence; in a free one nothing depends on them. */
struct range {
    const slice *part;
    size_t from, to, step;
    bool is_free;
};

static size_t flip_in(struct subject *subject, const struct range *range)
{
    size_t flipped = 0;
    for (size_t at = range->from; at < range->to; at += range->step, flipped++) {
        uint8_t *const byte = (uint8_t *)(uintptr_t)range->part->data + at;
        *byte ^= (uint8_t)(1 << at % 8);
        const bool is_accepted = !verify(subject).fault && facts_authentic(subject->facts);
        if (is_accepted != range->is_free)
            printf("  byte %zu of the range from %zu\n", at, range->from);
        EXPECT(is_accepted == range->is_free);
        *byte ^= (uint8_t)(1 << at % 8);
    }
    return flipped;
}

/* E4, E3: of the HCL report nobody signs the header; what it says is either needed or not read. */
TEST(E4_no_flipped_bit_of_what_is_signed_is_accepted)
{
    size_t flipped = 0;
    if (samples_are_absent("evidence of Azure's VMs"))
        return;
    SCOPED(subject) subject;
    subject_open(0, &subject);
    const struct tpm_evidence *const evidence = &subject.sample.evidence;
    const slice *const hcl = &evidence->hcl_report;
    const struct range ranges[] = {{hcl, 0x00, 0x04, 1, false},
                                   {hcl, 0x08, 0x10, 1, false},
                                   {hcl, 0x10, 0x20, 1, true},
                                   {hcl, 0x20, 0x2c0, 3, false},
                                   {hcl, 0x4c0, 0x4c4, 1, false},
                                   {hcl, 0x4c4, 0x4c8, 1, true},
                                   {hcl, 0x4c8, 0x4d4, 1, false},
                                   {hcl, 0x4d4, 2346, 3, false},
                                   {hcl, 2346, 2600, 5, false},
                                   {&evidence->quotes[0].attest, 0, 137, 1, false},
                                   {&evidence->quotes[0].signature, 0, 256, 5, false}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        flipped += flip_in(&subject, &ranges[i]);
    printf("  %zu flips\n", flipped);
}

/* E32 */
TEST(E32_pcr_values_that_the_quote_does_not_have_are_refused)
{
    static const uint8_t other[32] = {1};
    if (samples_are_absent("evidence of Azure's VMs"))
        return;
    SCOPED(subject) subject;
    subject_open(0, &subject);
    subject.sample.evidence.pcrs.banks[0].values[4] = SLICE(other);
    EXPECT_OK(verify(&subject));
    EXPECT(fails_with(&subject, "pcr_digest", "TPM_PCR_DIGEST_MISMATCH"));
}
