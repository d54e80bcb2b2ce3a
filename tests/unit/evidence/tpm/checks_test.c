/* SPDX-License-Identifier: Apache-2.0 */

/* Evidence with one thing wrong: each check fails for its own reason. */

#include "appraisal/appraise.h"
#include "evidence/tpm/ak.h"
#include "evidence/tpm/attest.h"
#include "evidence/tpm/collect.h"
#include "evidence/tpm/public.h"

#include "codec/writer.h"
#include "crypto/issue.h"

#include "tpm_samples.h"

enum { NOW_S = 1750000000, SPACE = 4096 };

static const uint8_t binding[BINDING_SIZE] = {0xb1, 0x2d};

/* A TPM of our own: a P-256 key, and whatever it is told to sign. */
struct fake {
    struct private_key key;
    struct public_key public;
    uint32_t magic, attributes, reset_count, restart_count;
    uint64_t clock;
    uint16_t type;
    uint8_t values[TPM_PCR_COUNT][32];
    uint32_t selected;
    struct buffer area, attest, signature, signer;
    struct tpm_evidence evidence;
};

static void fake_clear(struct fake *fake)
{
    private_key_clear(&fake->key);
    public_key_clear(&fake->public);
    buffer_clear(&fake->area);
    buffer_clear(&fake->attest);
    buffer_clear(&fake->signature);
    buffer_clear(&fake->signer);
}

static void fake_begin(struct fake *fake)
{
    memset(fake, 0, sizeof *fake);
    fake->magic = TPM_GENERATED;
    fake->type = TPM_ST_ATTEST_QUOTE;
    fake->attributes = 0x50072;
    fake->selected = 0xffffff;
    EXPECT_OK(private_key_generate(CURVE_P256, &fake->key));
    EXPECT_OK(private_key_public(&fake->key, &fake->public));
}

/* The last 64 bytes of the key as SPKI are its point. */
static void write_area(struct fake *fake)
{
    uint8_t space[SPACE];
    slice written;
    SCOPED(buffer) spki = {0};
    struct writer writer = writer_over(space, sizeof space);
    EXPECT_OK(public_key_spki(&fake->public, &spki));
    write_be16(&writer, TPM_KEY_ECC);
    write_be16(&writer, TPM_ALG_SHA256);
    write_be32(&writer, fake->attributes);
    write_be16(&writer, 0);      /* policy */
    write_be16(&writer, 0x0010); /* symmetric */
    write_be16(&writer, 0x0018); /* ECDSA */
    write_be16(&writer, TPM_ALG_SHA256);
    write_be16(&writer, 3);      /* P-256 */
    write_be16(&writer, 0x0010); /* key derivation */
    write_be16(&writer, 32);
    write_bytes(&writer, (slice){spki.data + spki.size - 64, 32});
    write_be16(&writer, 32);
    write_bytes(&writer, (slice){spki.data + spki.size - 32, 32});
    EXPECT_OK(writer_finish(&writer, &written));
    EXPECT_OK(buffer_append(&fake->area, written));
}

static void write_signer(struct fake *fake)
{
    static const uint8_t endorsement[] = {0x40, 0, 0, 0x0b};
    static const uint8_t sha256[] = {0, TPM_ALG_SHA256};
    uint8_t name[34] = {0, TPM_ALG_SHA256};
    struct digest digest;
    EXPECT_OK(digest_of(HASH_SHA256, buffer_view(&fake->area), &digest));
    memcpy(name + 2, digest.data, 32);
    EXPECT_OK(digest_of_two(HASH_SHA256, SLICE(endorsement), SLICE(name), &digest));
    EXPECT_OK(buffer_append(&fake->signer, SLICE(sha256)));
    EXPECT_OK(buffer_append(&fake->signer, (slice){digest.data, digest.size}));
}

static struct digest digest_of_values(const struct fake *fake)
{
    struct digest digest;
    SCOPED(buffer) values = {0};
    for (size_t i = 0; i < TPM_PCR_COUNT; i++)
        if (fake->selected & 1u << i)
            EXPECT_OK(buffer_append(&values, SLICE(fake->values[i])));
    EXPECT_OK(digest_of(HASH_SHA256, buffer_view(&values), &digest));
    return digest;
}

static void write_attest(struct fake *fake)
{
    uint8_t space[SPACE];
    slice written;
    struct digest qualifying;
    const struct digest pcrs = digest_of_values(fake);
    struct writer writer = writer_over(space, sizeof space);
    EXPECT_OK(digest_of(HASH_SHA256, SLICE(binding), &qualifying));
    write_be32(&writer, fake->magic);
    write_be16(&writer, fake->type);
    write_be16(&writer, (uint16_t)fake->signer.size);
    write_bytes(&writer, buffer_view(&fake->signer));
    write_be16(&writer, 32);
    write_bytes(&writer, (slice){qualifying.data, 32});
    write_be64(&writer, fake->clock);
    write_be32(&writer, fake->reset_count);
    write_be32(&writer, fake->restart_count);
    write_u8(&writer, 1);
    write_be64(&writer, 7); /* firmware */
    write_be32(&writer, 1);
    write_be16(&writer, TPM_ALG_SHA256);
    write_u8(&writer, 3);
    for (int i = 0; i < 3; i++)
        write_u8(&writer, (uint8_t)(fake->selected >> 8 * i));
    write_be16(&writer, 32);
    write_bytes(&writer, (slice){pcrs.data, 32});
    EXPECT_OK(writer_finish(&writer, &written));
    EXPECT_OK(buffer_append(&fake->attest, written));
}

static void sign(struct fake *fake)
{
    uint8_t space[SPACE];
    slice written;
    SCOPED(buffer) numbers = {0};
    struct writer writer = writer_over(space, sizeof space);
    EXPECT_OK(
        ecdsa_sign(&fake->key, CURVE_P256, HASH_SHA256, buffer_view(&fake->attest), &numbers));
    write_be16(&writer, 0x0018);
    write_be16(&writer, TPM_ALG_SHA256);
    for (size_t i = 0; i < 2; i++) {
        write_be16(&writer, 32);
        write_bytes(&writer, (slice){numbers.data + 32 * i, 32});
    }
    EXPECT_OK(writer_finish(&writer, &written));
    EXPECT_OK(buffer_append(&fake->signature, written));
}

/* All that is left: the evidence is what the settings say, and well signed. */
static void fake_make(struct fake *fake)
{
    write_area(fake);
    write_signer(fake);
    write_attest(fake);
    sign(fake);
    fake->evidence.quotes[0] =
        (struct tpm_quote){buffer_view(&fake->attest), buffer_view(&fake->signature)};
    fake->evidence.quote_count = 1;
    fake->evidence.ak_public = buffer_view(&fake->area);
    for (size_t i = 0; i < TPM_PCR_COUNT; i++)
        if (fake->selected & 1u << i)
            EXPECT_OK(
                tpm_pcrs_set(&fake->evidence.pcrs, TPM_ALG_SHA256, i, SLICE(fake->values[i])));
}

static status verify(const struct fake *fake, const struct endorsements *endorsements,
                     struct facts *out)
{
    SCOPED(buffer) bytes = {0};
    EXPECT_OK(tpm_evidence_write(&fake->evidence, &bytes));
    return tpm_verify_at(buffer_view(&bytes), SLICE(binding), endorsements, NOW_S, out);
}

static void trust_key(const struct fake *fake, struct endorsements *out)
{
    SCOPED(buffer) spki = {0};
    EXPECT_OK(public_key_spki(&fake->public, &spki));
    EXPECT_OK(endorsements_trust(out, buffer_view(&spki)));
}

/* `reason` "": nothing fails. */
static void expect_trusted(const struct fake *fake, const char *check, const char *reason)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(endorsements) endorsements = {0};
    trust_key(fake, &endorsements);
    EXPECT_OK(verify(fake, &endorsements, facts));
    EXPECT(strcmp(failure_of(facts, check), reason) == 0);
    EXPECT(facts_authentic(facts) == (*reason == 0));
    if (facts_authentic(facts) != (*reason == 0))
        print_failures(facts);
    free(facts);
}

TEST(a_quote_with_nothing_wrong_is_authentic_and_its_key_is_the_named_one)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(fake) fake;
    SCOPED(endorsements) endorsements = {0};
    fake_begin(&fake);
    fake_make(&fake);
    trust_key(&fake, &endorsements);
    EXPECT_OK(verify(&fake, &endorsements, facts));
    print_failures(facts);
    EXPECT(facts_authentic(facts));
    EXPECT(strcmp(result_name(facts, "signer_name"), "pass") == 0);
    EXPECT(strcmp(result_name(facts, "attestation_key"), "pass") == 0);
    EXPECT(claims_find(&facts->claims, "measurement"));
    EXPECT(facts->valid_until_s == NO_END_S);
    free(facts);
}

/* A public area is a trust anchor as well as the key itself. */
TEST(a_key_is_trusted_by_its_public_area)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(fake) fake;
    SCOPED(endorsements) endorsements = {0};
    fake_begin(&fake);
    fake_make(&fake);
    EXPECT_OK(endorsements_trust(&endorsements, buffer_view(&fake.area)));
    EXPECT_OK(verify(&fake, &endorsements, facts));
    EXPECT(facts_authentic(facts));
    free(facts);
}

/* E32 */
TEST(E32_a_quote_without_the_magic_is_refused)
{
    SCOPED(fake) fake;
    fake_begin(&fake);
    fake.magic = 0xff544348;
    fake_make(&fake);
    expect_trusted(&fake, "magic", "TPM_MAGIC_INVALID");
}

/* E32 */
TEST(E32_an_attestation_of_something_else_is_not_read)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(fake) fake;
    fake_begin(&fake);
    fake.type = 0x8017; /* of a key */
    fake_make(&fake);
    EXPECT_FAIL(UNSUPPORTED, verify(&fake, NULL, facts));
    free(facts);
}

/* E32 */
TEST(E32_a_quote_of_no_register_is_refused)
{
    SCOPED(fake) fake;
    fake_begin(&fake);
    fake.selected = 0;
    fake_make(&fake);
    expect_trusted(&fake, "pcr_selection", "TPM_PCR_SELECTION_EMPTY");
}

/* E32: another selection is a fact; what it leaves out is no claim, so that no policy finds it. */
TEST(E32_a_quote_of_fewer_registers_claims_no_measurement)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(fake) fake;
    SCOPED(endorsements) endorsements = {0};
    fake_begin(&fake);
    fake.selected = 0xffffff & ~(1u << 4);
    fake_make(&fake);
    trust_key(&fake, &endorsements);
    EXPECT_OK(verify(&fake, &endorsements, facts));
    EXPECT(facts_authentic(facts));
    EXPECT(!claims_find(&facts->claims, "measurement"));
    EXPECT(!claims_find(&facts->claims, "pcrs.sha256.4"));
    EXPECT(claims_find(&facts->claims, "pcrs.sha256.5"));
    free(facts);
}

TEST(a_value_that_was_not_quoted_or_is_missing_or_changed_is_refused)
{
    static const uint8_t other[32] = {1};
    SCOPED(fake) fake;
    fake_begin(&fake);
    fake.selected = 0xffffff & ~(1u << 4);
    fake_make(&fake);
    EXPECT_OK(tpm_pcrs_set(&fake.evidence.pcrs, TPM_ALG_SHA256, 4, SLICE(other)));
    expect_trusted(&fake, "pcr_values", "TPM_PCR_NOT_QUOTED");
    fake.evidence.pcrs.banks[0].present &= ~(1u << 4 | 1u << 9);
    expect_trusted(&fake, "pcr_values", "TPM_PCR_MISSING");
    fake.evidence.pcrs.banks[0].present |= 1u << 9;
    expect_trusted(&fake, "pcr_values", "");
    fake.evidence.pcrs.banks[0].values[9] = SLICE(other);
    expect_trusted(&fake, "pcr_digest", "TPM_PCR_DIGEST_MISMATCH");
    fake.evidence.pcrs.bank_count = 0;
    expect_trusted(&fake, "pcr_values", "TPM_PCR_MISSING");
}

/* E32 */
TEST(E32_a_key_that_is_no_attestation_key_is_refused)
{
    static const uint32_t wrong[] = {0x50072 & ~(uint32_t)TPM_KEY_RESTRICTED,
                                     0x50072 & ~(uint32_t)TPM_KEY_SIGN,
                                     0x50072 & ~(uint32_t)TPM_KEY_FIXED_TPM,
                                     0x50072 & ~(uint32_t)TPM_KEY_FIXED_PARENT,
                                     0x50072 & ~(uint32_t)TPM_KEY_SENSITIVE_DATA_ORIGIN,
                                     0x50072 | TPM_KEY_DECRYPT};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        SCOPED(fake) fake;
        fake_begin(&fake);
        fake.attributes = wrong[i];
        fake_make(&fake);
        expect_trusted(&fake, "attestation_key", "TPM_AK_ATTRIBUTES");
    }
}

/* E32 */
TEST(E32_a_key_for_which_nobody_vouches_is_refused)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(fake) fake;
    SCOPED(fake) other;
    SCOPED(endorsements) endorsements = {0};
    fake_begin(&fake);
    fake_make(&fake);
    fake_begin(&other);
    fake_make(&other);
    EXPECT_OK(verify(&fake, NULL, facts));
    EXPECT(strcmp(failure_of(facts, "chain"), "TPM_AK_UNTRUSTED") == 0);
    EXPECT(!facts_authentic(facts));
    trust_key(&other, &endorsements);
    EXPECT_OK(verify(&fake, &endorsements, facts));
    EXPECT(strcmp(failure_of(facts, "chain"), "TPM_AK_UNTRUSTED") == 0);
    free(facts);
}

TEST(quotes_of_two_boots_are_not_one_evidence)
{
    SCOPED(fake) fake;
    SCOPED(fake) later = {0};
    fake_begin(&fake);
    fake_make(&fake);
    later.magic = fake.magic;
    later.type = fake.type;
    later.selected = fake.selected;
    later.reset_count = 1;
    EXPECT_OK(buffer_append(&later.signer, buffer_view(&fake.signer)));
    write_attest(&later);
    struct private_key own = later.key;
    later.key = fake.key; /* lent */
    sign(&later);
    later.key = own;
    fake.evidence.quotes[1] =
        (struct tpm_quote){buffer_view(&later.attest), buffer_view(&later.signature)};
    fake.evidence.quote_count = 2;
    expect_trusted(&fake, "quotes", "TPM_QUOTES_DISAGREE");
}

TEST(report_data_is_the_binding_or_its_digest_and_nothing_else)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    static const uint8_t other[BINDING_SIZE] = {0xb1, 0x2e};
    SCOPED(fake) fake;
    SCOPED(buffer) bytes = {0};
    SCOPED(endorsements) endorsements = {0};
    struct digest digest;
    fake_begin(&fake);
    fake_make(&fake);
    trust_key(&fake, &endorsements);
    EXPECT_OK(tpm_evidence_write(&fake.evidence, &bytes));
    EXPECT_OK(digest_of(HASH_SHA256, SLICE(binding), &digest));
    const struct {
        slice wanted;
        bool matches;
    } cases[] = {{SLICE(binding), true},
                 {{binding, 2}, true}, /* zeros follow it */
                 {{digest.data, digest.size}, true},
                 {SLICE(other), false},
                 {{binding, 1}, false},
                 {{digest.data, digest.size - 1}, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        EXPECT_OK(tpm_verify_at(buffer_view(&bytes), cases[i].wanted, &endorsements, NOW_S, facts));
        EXPECT(facts_authentic(facts) == cases[i].matches);
        EXPECT(strcmp(failure_of(facts, "binding"),
                      cases[i].matches ? "" : "TPM_BINDING_MISMATCH") == 0);
    }
    free(facts);
}

/* ---- rounds of a link ---- */

/* A quote by the same key at another time. */
struct moment_of_tpm {
    uint64_t clock;
    uint32_t reset_count, restart_count;
    uint8_t boot, ima; /* what was extended into PCR 4 and PCR 10 */
};

static void judge_moment(const struct fake *first, const struct moment_of_tpm *moment,
                         const struct policy *policy, struct facts *out_facts,
                         struct appraisal *out)
{
    struct fake fake = {.magic = TPM_GENERATED,
                        .type = TPM_ST_ATTEST_QUOTE,
                        .attributes = 0x50072,
                        .selected = 0xffffff,
                        .clock = moment->clock,
                        .reset_count = moment->reset_count,
                        .restart_count = moment->restart_count};
    SCOPED(endorsements) endorsements = {0};
    fake.key = first->key; /* lent */
    fake.public = first->public;
    fake.values[4][0] = moment->boot;
    fake.values[10][0] = moment->ima;
    fake_make(&fake);
    trust_key(&fake, &endorsements);
    EXPECT_OK(verify(&fake, &endorsements, out_facts));
    EXPECT_OK(appraise(out_facts, policy, (slice){0}, NOW_S, out));
    EXPECT(out->verdict == VERDICT_ACCEPTED);
    fake.key = (struct private_key){0};
    fake.public = (struct public_key){0};
    fake_clear(&fake);
}

static void expect_round(const struct moment_of_tpm *later, const char *reason)
{
    static const char text[] = "accept: [ { platform: tpm, insecure_any_measurement: true, "
                               "insecure_any_instance: true } ]";
    static const struct moment_of_tpm earlier = {
        .clock = 1000, .reset_count = 5, .restart_count = 2};
    struct facts *const facts = calloc(2, sizeof *facts);
    struct appraisal first = {0}, second = {0};
    struct problem problem;
    struct policy *policy = NULL;
    SCOPED(fake) fake;
    fake_begin(&fake);
    EXPECT_OK(policy_read(slice_of_text(text), &policy, &problem));
    judge_moment(&fake, &earlier, policy, &facts[0], &first);
    judge_moment(&fake, later, policy, &facts[1], &second);
    appraise_again(&facts[0], &first, &facts[1], &second);
    EXPECT((second.verdict == VERDICT_ACCEPTED) == (*reason == 0));
    EXPECT(!*reason || strcmp(second.reasons[0], reason) == 0);
    policy_free(policy);
    free(facts);
}

#define AT(...) (&(struct moment_of_tpm){__VA_ARGS__})

/* E32 */
TEST(E32_a_clock_or_a_counter_that_goes_back_ends_a_link)
{
    expect_round(AT(1001, 5, 2, .boot = 0, .ima = 1), "");
    expect_round(AT(1001, 5, 3, 0, 0), ""); /* slept */
    expect_round(AT(999, 5, 2, 0, 0), "TPM_TCB_WENT_DOWN");
    expect_round(AT(1001, 5, 1, 0, 0), "TPM_TCB_WENT_DOWN");
    expect_round(AT(1001, 4, 2, 0, 0), "TPM_MEASUREMENT_CHANGED");
    expect_round(AT(1001, 6, 2, 0, 0), "TPM_MEASUREMENT_CHANGED");
    expect_round(AT(1001, 5, 2, .boot = 1, .ima = 0), "TPM_MEASUREMENT_CHANGED");
}

/* ---- certificates of the key ---- */

struct authority {
    struct private_key key;
    struct certificate root, leaf;
    struct buffer leaf_der;
};

static void authority_clear(struct authority *authority)
{
    private_key_clear(&authority->key);
    certificate_clear(&authority->root);
    certificate_clear(&authority->leaf);
    buffer_clear(&authority->leaf_der);
}

/* SEQUENCE of one OBJECT IDENTIFIER: 2.23.133.8.3 an AK, 2.23.133.8.1 an EK. */
static const uint8_t for_ak[] = {0x30, 0x07, 0x06, 0x05, 0x67, 0x81, 0x05, 0x08, 0x03};
static const uint8_t for_ek[] = {0x30, 0x07, 0x06, 0x05, 0x67, 0x81, 0x05, 0x08, 0x01};

static void certify(const struct public_key *subject, slice purpose, int64_t until_s,
                    struct authority *out)
{
    const struct certificate_extension_entry extension = {.oid = "2.5.29.37", .value = purpose};
    SCOPED(public_key) key = {0};
    struct certificate_request request = {.subject = "CN=authority",
                                          .serial = 1,
                                          .not_before_s = NOW_S - 10,
                                          .not_after_s = NOW_S + 1000,
                                          .is_ca = true,
                                          .path_length = -1};
    memset(out, 0, sizeof *out);
    EXPECT_OK(private_key_generate(CURVE_P384, &out->key));
    EXPECT_OK(private_key_public(&out->key, &key));
    EXPECT_OK(
        certificate_issue(&request, &key, NULL, &out->key, SIGNATURE_ECDSA_SHA384, &out->root));
    request.subject = "CN=ak";
    request.serial = 2;
    request.is_ca = false;
    request.not_after_s = until_s;
    request.extensions = &extension;
    request.extension_count = purpose.size ? 1 : 0;
    EXPECT_OK(certificate_issue(&request, subject, &out->root, &out->key, SIGNATURE_ECDSA_SHA384,
                                &out->leaf));
    EXPECT_OK(certificate_der(&out->leaf, &out->leaf_der));
}

static void expect_certified(const struct public_key *subject, slice purpose, int64_t until_s,
                             const char *check, const char *reason)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(fake) fake;
    SCOPED(authority) authority;
    SCOPED(buffer) root = {0};
    SCOPED(endorsements) endorsements = {0};
    fake_begin(&fake);
    fake_make(&fake);
    certify(subject ? subject : &fake.public, purpose, until_s, &authority);
    EXPECT_OK(certificate_der(&authority.root, &root));
    fake.evidence.certificates[0] = buffer_view(&authority.leaf_der);
    fake.evidence.certificate_count = 1;
    EXPECT_OK(verify(&fake, &endorsements, facts));
    EXPECT(strcmp(failure_of(facts, "chain"), "TPM_CHAIN_INCOMPLETE") == 0);
    EXPECT_OK(endorsements_add(&endorsements, buffer_view(&root)));
    EXPECT_OK(verify(&fake, &endorsements, facts));
    EXPECT(strcmp(failure_of(facts, "chain"), "TPM_ROOT_UNTRUSTED") == 0);
    EXPECT_OK(endorsements_trust(&endorsements, buffer_view(&root)));
    EXPECT_OK(verify(&fake, &endorsements, facts));
    EXPECT(strcmp(failure_of(facts, check), reason) == 0);
    EXPECT(facts_authentic(facts) == (*reason == 0));
    free(facts);
}

/* E32 */
TEST(E32_a_certificate_is_of_this_key_for_this_use_and_in_its_dates)
{
    SCOPED(fake) other;
    fake_begin(&other);
    expect_certified(NULL, SLICE(for_ak), NOW_S + 10, "chain", "");
    expect_certified(NULL, SLICE(for_ek), NOW_S + 10, "chain", ""); /* as GCE's: it may sign */
    expect_certified(NULL, (slice){0}, NOW_S + 10, "certificate", "TPM_AK_CERTIFICATE_USE");
    expect_certified(NULL, SLICE(for_ak), NOW_S - 1, "validity", "TPM_CERTIFICATE_EXPIRED");
    expect_certified(&other.public, SLICE(for_ak), NOW_S + 10, "certificate",
                     "TPM_AK_CERTIFICATE_MISMATCH");
}

/* ---- revocation ---- */

struct list {
    const struct private_key *signer; /* NULL: the authority's own */
    int64_t from_s, until_s;
    bool lists_leaf;
};

static void add_list(const struct authority *authority, const struct list *list,
                     struct endorsements *out)
{
    static const uint64_t serials[] = {2};
    SCOPED(buffer) der = {0};
    EXPECT_OK(crl_issue(&authority->root, list->signer ? list->signer : &authority->key,
                        SIGNATURE_ECDSA_SHA384, list->from_s, list->until_s, serials,
                        list->lists_leaf ? 1 : 0, &der));
    EXPECT_OK(endorsements_add(out, buffer_view(&der)));
}

/* `list` NULL: none was given. */
static void expect_revocation(const struct list *list, int64_t now_s, const char *check,
                              enum check_result result, const char *reason)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(fake) fake;
    SCOPED(authority) authority;
    SCOPED(buffer) root = {0};
    SCOPED(buffer) bytes = {0};
    SCOPED(endorsements) endorsements = {0};
    fake_begin(&fake);
    fake_make(&fake);
    certify(&fake.public, SLICE(for_ak), NOW_S + 100, &authority);
    EXPECT_OK(certificate_der(&authority.root, &root));
    EXPECT_OK(endorsements_trust(&endorsements, buffer_view(&root)));
    if (list)
        add_list(&authority, list, &endorsements);
    fake.evidence.certificates[0] = buffer_view(&authority.leaf_der);
    fake.evidence.certificate_count = 1;
    EXPECT_OK(tpm_evidence_write(&fake.evidence, &bytes));
    EXPECT_OK(tpm_verify_at(buffer_view(&bytes), SLICE(binding), &endorsements, now_s, facts));
    const struct check *const found = facts_check(facts, check);
    EXPECT(found && found->result == result && strcmp(found->reason, reason) == 0);
    EXPECT(facts_authentic(facts) == (result != CHECK_FAIL));
    if (result == CHECK_PASS)
        EXPECT(facts->valid_until_s == list->until_s);
    free(facts);
}

/* E32 */
TEST(E32_a_list_of_the_authority_revokes_and_must_be_its_own_and_in_its_dates)
{
    SCOPED(private_key) stranger = {0};
    EXPECT_OK(private_key_generate(CURVE_P384, &stranger));
    const struct list good = {NULL, NOW_S - 5, NOW_S + 5, false};
    const struct list revoked = {NULL, NOW_S - 5, NOW_S + 5, true};
    const struct list early = {NULL, NOW_S + 2, NOW_S + 5, false};
    const struct list late = {NULL, NOW_S - 5, NOW_S - 2, false};
    const struct list forged = {&stranger, NOW_S - 5, NOW_S + 5, false};
    expect_revocation(NULL, NOW_S, "revocation", CHECK_SKIPPED, "TPM_CRL_MISSING");
    expect_revocation(&good, NOW_S, "revocation", CHECK_PASS, "");
    expect_revocation(&revoked, NOW_S, "revocation", CHECK_FAIL, "TPM_CERTIFICATE_REVOKED");
    expect_revocation(&early, NOW_S, "revocation", CHECK_FAIL, "TPM_CRL_NOT_YET_VALID");
    expect_revocation(&late, NOW_S, "revocation", CHECK_FAIL, "TPM_CRL_EXPIRED");
    expect_revocation(&forged, NOW_S, "revocation", CHECK_FAIL, "TPM_CRL_SIGNATURE_INVALID");
    expect_revocation(NULL, NOW_S - 11, "validity", CHECK_FAIL, "TPM_CERTIFICATE_NOT_YET_VALID");
}

/* ---- a stranger's namesakes of an authority, each of which costs a signature to try ---- */

static void add_namesakes(size_t count, struct endorsements *out)
{
    const struct certificate_request request = {.subject = "CN=authority",
                                                .serial = 1,
                                                .not_before_s = NOW_S - 10,
                                                .not_after_s = NOW_S + 1000,
                                                .is_ca = true,
                                                .path_length = -1};
    for (size_t i = 0; i < count; i++) {
        SCOPED(private_key) key = {0};
        SCOPED(public_key) public = {0};
        SCOPED(certificate) namesake = {0};
        SCOPED(buffer) der = {0};
        EXPECT_OK(private_key_generate(CURVE_P256, &key));
        EXPECT_OK(private_key_public(&key, &public));
        EXPECT_OK(
            certificate_issue(&request, &public, NULL, &key, SIGNATURE_ECDSA_SHA256, &namesake));
        EXPECT_OK(certificate_der(&namesake, &der));
        EXPECT_OK(endorsements_add(out, buffer_view(&der)));
    }
}

TEST(an_issuer_is_found_behind_a_few_namesakes_and_not_sought_behind_many)
{
    static const size_t counts[] = {8, 40};
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(fake) fake;
    SCOPED(authority) authority;
    SCOPED(buffer) root = {0};
    fake_begin(&fake);
    fake_make(&fake);
    certify(&fake.public, SLICE(for_ak), NOW_S + 10, &authority);
    EXPECT_OK(certificate_der(&authority.root, &root));
    fake.evidence.certificates[0] = buffer_view(&authority.leaf_der);
    fake.evidence.certificate_count = 1;
    for (size_t i = 0; i < 2; i++) {
        SCOPED(endorsements) endorsements = {0};
        add_namesakes(counts[i], &endorsements);
        EXPECT_OK(endorsements_trust(&endorsements, buffer_view(&root)));
        EXPECT_OK(verify(&fake, &endorsements, facts));
        EXPECT(strcmp(failure_of(facts, "chain"), i ? "TPM_CHAIN_BROKEN" : "") == 0);
        EXPECT(facts_authentic(facts) == (i == 0));
    }
    free(facts);
}

/* ---- a key seen before ---- */

struct seen {
    struct fake fake;
    struct authority authority;
    struct endorsements endorsements;
    struct facts facts;
};

static struct seen *seen_open(void)
{
    struct seen *const seen = calloc(1, sizeof *seen);
    SCOPED(buffer) root = {0};
    fake_begin(&seen->fake);
    fake_make(&seen->fake);
    certify(&seen->fake.public, SLICE(for_ak), NOW_S + 100, &seen->authority);
    EXPECT_OK(certificate_der(&seen->authority.root, &root));
    EXPECT_OK(endorsements_trust(&seen->endorsements, buffer_view(&root)));
    seen->fake.evidence.certificates[0] = buffer_view(&seen->authority.leaf_der);
    seen->fake.evidence.certificate_count = 1;
    return seen;
}

static void seen_free(struct seen *seen)
{
    fake_clear(&seen->fake);
    authority_clear(&seen->authority);
    endorsements_clear(&seen->endorsements);
    free(seen);
}

/* Whether two readings of the key are the one that is remembered. */
static bool is_remembered(const struct seen *seen)
{
    struct tpm_ak *a, *b;
    EXPECT_OK(tpm_ak_acquire(&seen->fake.evidence, &seen->endorsements, &a));
    EXPECT_OK(tpm_ak_acquire(&seen->fake.evidence, &seen->endorsements, &b));
    const bool remembered = a == b;
    tpm_ak_release(a);
    tpm_ak_release(b);
    return remembered;
}

static const char *seen_failure(struct seen *seen, int64_t now_s, const char *check)
{
    SCOPED(buffer) bytes = {0};
    EXPECT_OK(tpm_evidence_write(&seen->fake.evidence, &bytes));
    EXPECT_OK(tpm_verify_at(buffer_view(&bytes), SLICE(binding), &seen->endorsements, now_s,
                            &seen->facts));
    return failure_of(&seen->facts, check);
}

static bool seen_is_authentic(struct seen *seen)
{
    (void)seen_failure(seen, NOW_S, "chain");
    return facts_authentic(&seen->facts);
}

TEST(a_key_seen_before_is_remembered_and_its_dates_lists_and_signatures_still_decide)
{
    struct seen *const seen = seen_open();
    const struct list good = {NULL, NOW_S - 5, NOW_S + 5, false};
    const struct list revoked = {NULL, NOW_S - 4, NOW_S + 5, true};
    EXPECT(!is_remembered(seen));
    EXPECT(seen_is_authentic(seen) && is_remembered(seen) && seen_is_authentic(seen));
    EXPECT(strcmp(seen_failure(seen, NOW_S + 101, "validity"), "TPM_CERTIFICATE_EXPIRED") == 0);

    add_list(&seen->authority, &good, &seen->endorsements);
    EXPECT(!is_remembered(seen));
    EXPECT(seen_is_authentic(seen) && is_remembered(seen) && seen_is_authentic(seen));
    EXPECT(seen->facts.valid_until_s == NOW_S + 5);
    EXPECT(strcmp(seen_failure(seen, NOW_S + 6, "revocation"), "TPM_CRL_EXPIRED") == 0);
    EXPECT(strcmp(seen_failure(seen, NOW_S - 6, "revocation"), "TPM_CRL_NOT_YET_VALID") == 0);

    seen->fake.signature.data[seen->fake.signature.size - 1] ^= 1;
    EXPECT(is_remembered(seen) && !seen_is_authentic(seen));
    seen->fake.signature.data[seen->fake.signature.size - 1] ^= 1;
    add_list(&seen->authority, &revoked, &seen->endorsements);
    for (size_t round = 0; round < 2; round++)
        EXPECT(strcmp(seen_failure(seen, NOW_S, "revocation"), "TPM_CERTIFICATE_REVOKED") == 0);
    seen_free(seen);
}

TEST(no_other_key_and_no_changed_certificate_passes_for_one_that_was_seen)
{
    struct seen *const seen = seen_open();
    SCOPED(fake) other;
    EXPECT(seen_is_authentic(seen) && is_remembered(seen));
    fake_begin(&other);
    fake_make(&other);
    struct tpm_evidence evidence = seen->fake.evidence;
    seen->fake.evidence.quotes[0] = other.evidence.quotes[0];
    seen->fake.evidence.ak_public = other.evidence.ak_public;
    EXPECT(!is_remembered(seen));
    EXPECT(strcmp(seen_failure(seen, NOW_S, "certificate"), "TPM_AK_CERTIFICATE_MISMATCH") == 0);
    EXPECT(strcmp(failure_of(&seen->facts, "signature"), "") == 0);
    EXPECT(!is_remembered(seen)); /* and took no place */
    seen->fake.evidence = evidence;
    EXPECT(is_remembered(seen));

    slice *const leaf = &seen->fake.evidence.certificates[0];
    uint8_t *const last = seen->authority.leaf_der.data + leaf->size - 1;
    *last ^= 1; /* of its signature */
    EXPECT(strcmp(seen_failure(seen, NOW_S, "chain"), "TPM_CHAIN_BROKEN") == 0);
    EXPECT(!is_remembered(seen));
    *last ^= 1;
    EXPECT(is_remembered(seen) && seen_is_authentic(seen));
    seen_free(seen);
}

/* Else whoever owns one key could send so many chains that all others are forgotten. */
TEST(a_chain_with_a_certificate_of_no_use_in_it_is_good_and_not_remembered)
{
    struct seen *const seen = seen_open();
    struct seen *const other = seen_open();
    seen->fake.evidence.certificates[1] = buffer_view(&other->authority.leaf_der);
    seen->fake.evidence.certificate_count = 2;
    EXPECT(seen_is_authentic(seen) && !is_remembered(seen) && seen_is_authentic(seen));
    SCOPED(buffer) root = {0};
    EXPECT_OK(certificate_der(&seen->authority.root, &root));
    seen->fake.evidence.certificates[1] = buffer_view(&root);
    EXPECT(seen_is_authentic(seen) && is_remembered(seen) && seen_is_authentic(seen));
    seen_free(seen);
    seen_free(other);
}

/* ---- every bit of a real one ---- */

TEST(no_bit_of_a_signed_quote_or_its_signature_may_change)
{
    if (samples_are_absent("flipped bits of a TPM quote"))
        return;
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(tpm_sample) sample;
    SCOPED(endorsements) endorsements = {0};
    tpm_open_keylime(&sample);
    trust_file(&endorsements, sample.folder, "ak_pub.pem");
    SCOPED(buffer) bytes = tpm_bytes(&sample);
    const struct tpm_quote *const quote = &sample.evidence.quotes[0];
    const slice parts[] = {quote->attest, quote->signature};
    for (size_t part = 0; part < 2; part++) {
        uint8_t *const place = memmem(bytes.data, bytes.size, parts[part].data, parts[part].size);
        for (size_t bit = 0; bit < 8 * parts[part].size; bit++) {
            place[bit / 8] ^= (uint8_t)(1u << bit % 8);
            const status read =
                tpm_verify_at(buffer_view(&bytes), (slice){0}, &endorsements, 0, facts);
            EXPECT(read.fault || !facts_authentic(facts));
            place[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
    EXPECT_OK(tpm_verify_at(buffer_view(&bytes), (slice){0}, &endorsements, 0, facts));
    EXPECT(facts_authentic(facts));
    free(facts);
}

/* E2, E3 */
TEST(every_prefix_of_the_samples_is_a_format_error)
{
    if (samples_are_absent("cut TPM evidence"))
        return;
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(tpm_sample) sample;
    tpm_open_trustee(&sample);
    SCOPED(buffer) bytes = tpm_bytes(&sample);
    for (size_t size = 0; size < bytes.size; size++)
        EXPECT(tpm_verify_at((slice){bytes.data, size}, (slice){0}, NULL, 0, facts).fault);
    EXPECT_OK(buffer_append(&bytes, (slice){binding, 1}));
    EXPECT_FAIL(MALFORMED, tpm_verify_at(buffer_view(&bytes), (slice){0}, NULL, 0, facts));
    free(facts);
}
