/* SPDX-License-Identifier: Apache-2.0 */

/* The container of TPM evidence, and what is inside its quotes. */

#include "evidence/tpm/attest.h"
#include "evidence/tpm/public.h"
#include "evidence/tpm/quote.h"
#include "evidence/tpm/signature.h"

#include "samples.h"
#include "test.h"

static const uint8_t value[32] = {7};

static struct tpm_evidence small_evidence(void)
{
    struct tpm_evidence evidence = {
        .quotes = {{slice_of_text("attest"), slice_of_text("signature")}},
        .quote_count = 1,
        .ak_public = slice_of_text("key"),
        .certificates = {slice_of_text("leaf"), slice_of_text("issuer")},
        .certificate_count = 2,
        .event_log = slice_of_text("log"),
    };
    EXPECT_OK(tpm_pcrs_set(&evidence.pcrs, TPM_ALG_SHA256, 23, SLICE(value)));
    EXPECT_OK(tpm_pcrs_set(&evidence.pcrs, TPM_ALG_SHA256, 0, SLICE(value)));
    EXPECT_OK(tpm_pcrs_set(&evidence.pcrs, TPM_ALG_SHA1, 4, (slice){value, 20}));
    return evidence;
}

static struct buffer written(const struct tpm_evidence *evidence)
{
    struct buffer bytes = {0};
    EXPECT_OK(tpm_evidence_write(evidence, &bytes));
    return bytes;
}

TEST(what_was_written_is_read_and_writes_the_same_bytes)
{
    const struct tpm_evidence evidence = small_evidence();
    struct tpm_evidence got = {0};
    SCOPED(buffer) bytes = written(&evidence);
    EXPECT(tpm_evidence_form(buffer_view(&bytes)) == TPM_FORM_TPM);
    EXPECT_OK(tpm_evidence_read(buffer_view(&bytes), &got));
    EXPECT(got.quote_count == 1 && got.certificate_count == 2 && got.pcrs.bank_count == 2);
    EXPECT(slice_equal(got.certificates[1], slice_of_text("issuer")));
    EXPECT(tpm_pcrs_bank(&got.pcrs, TPM_ALG_SHA256)->present == (1u | 1u << 23));
    EXPECT(tpm_pcrs_bank(&got.pcrs, TPM_ALG_SHA1)->present == 1u << 4);
    SCOPED(buffer) again = written(&got);
    EXPECT(slice_equal(buffer_view(&bytes), buffer_view(&again)));
}

TEST(an_hcl_report_makes_it_azures_and_no_other_name_does)
{
    struct tpm_evidence evidence = small_evidence();
    struct tpm_evidence got;
    evidence.hcl_report = slice_of_text("hcl");
    SCOPED(buffer) bytes = written(&evidence);
    EXPECT(tpm_evidence_form(buffer_view(&bytes)) == TPM_FORM_AZURE);
    EXPECT_OK(tpm_evidence_read(buffer_view(&bytes), &got));
    uint8_t *const azure = memmem(bytes.data, bytes.size, "azure", 5);
    memcpy(azure, "other", 5);
    EXPECT(tpm_evidence_form(buffer_view(&bytes)) == TPM_FORM_NONE);
    EXPECT_FAIL(MALFORMED, tpm_evidence_read(buffer_view(&bytes), &got));
}

/* E2 */
TEST(evidence_cut_anywhere_is_refused_and_leaves_out_untouched)
{
    const struct tpm_evidence evidence = small_evidence();
    SCOPED(buffer) bytes = written(&evidence);
    for (size_t size = 0; size < bytes.size; size++) {
        struct tpm_evidence got = {.quote_count = 99};
        EXPECT_FAIL(TRUNCATED, tpm_evidence_read((slice){bytes.data, size}, &got));
        EXPECT(got.quote_count == 99);
    }
}

/* E3 */
TEST(bytes_after_the_map_are_refused)
{
    const struct tpm_evidence evidence = small_evidence();
    struct tpm_evidence got;
    SCOPED(buffer) bytes = written(&evidence);
    EXPECT_OK(buffer_append(&bytes, (slice){value + 1, 1}));
    EXPECT_FAIL(MALFORMED, tpm_evidence_read(buffer_view(&bytes), &got));
}

TEST(too_many_quotes_and_none_are_refused)
{
    struct tpm_evidence evidence = small_evidence();
    struct tpm_evidence got;
    evidence.quote_count = 0;
    SCOPED(buffer) none = written(&evidence);
    EXPECT_FAIL(MALFORMED, tpm_evidence_read(buffer_view(&none), &got));
    evidence = small_evidence();
    SCOPED(buffer) many = written(&evidence);
    uint8_t *const list = memmem(many.data, many.size, "\x01\x81\x82", 3);
    list[1] = 0x80 + TPM_QUOTES_MAX + 1;
    EXPECT(tpm_evidence_read(buffer_view(&many), &got).fault);
}

TEST(a_pcr_is_set_once_and_has_the_size_of_its_hash)
{
    struct tpm_pcrs pcrs = {0};
    EXPECT_OK(tpm_pcrs_set(&pcrs, TPM_ALG_SHA256, 1, SLICE(value)));
    EXPECT_FAIL(MALFORMED, tpm_pcrs_set(&pcrs, TPM_ALG_SHA256, 1, SLICE(value)));
    EXPECT_FAIL(MALFORMED, tpm_pcrs_set(&pcrs, TPM_ALG_SHA384, 1, SLICE(value)));
    EXPECT_FAIL(MALFORMED, tpm_pcrs_set(&pcrs, TPM_ALG_SHA256, TPM_PCR_COUNT, SLICE(value)));
    EXPECT_FAIL(UNSUPPORTED, tpm_pcrs_set(&pcrs, 0x10, 1, SLICE(value)));
}

static struct buffer sample_file(const char *id, const char *name)
{
    char folder[PATH_SIZE];
    path_join(samples_root(), id, folder);
    return file_read(folder, name);
}

TEST(a_quote_cut_anywhere_or_lengthened_is_refused)
{
    if (samples_are_absent("a_quote_cut_anywhere_or_lengthened_is_refused"))
        return;
    SCOPED(buffer) bytes = sample_file("tpm2/keylime-emulator", "tpm_quote.msg");
    struct tpm_attest attest;
    for (size_t size = 0; size < bytes.size; size++)
        EXPECT_FAIL(TRUNCATED, tpm_attest_read((slice){bytes.data, size}, &attest));
    EXPECT_OK(tpm_attest_read(buffer_view(&bytes), &attest));
    EXPECT(attest.magic == TPM_GENERATED && attest.selection_count == 1 && attest.safe);
    EXPECT(attest.selections[0].hash == TPM_ALG_SHA256);
    EXPECT(attest.selections[0].pcrs == (1u << 15 | 1u << 16 | 1u << 22));
    EXPECT(attest.clock == 5994 && attest.firmware_version == 0x2016051100162800);
    EXPECT_OK(buffer_append(&bytes, (slice){value, 1}));
    EXPECT_FAIL(MALFORMED, tpm_attest_read(buffer_view(&bytes), &attest));
}

/* E2, E3 */
/* A TPM that does not keep to FIPS 186 takes the longest salt that fits. */
TEST(a_signature_by_rsapss_may_have_a_salt_of_any_length)
{
    static const enum rsa_padding paddings[] = {RSA_PSS, RSA_PSS_ANY_SALT};
    static const uint8_t head[] = {0x00, TPM_ALG_RSAPSS, 0x00, TPM_ALG_SHA256, 0x01, 0x00};
    SCOPED(private_key) key = {0};
    SCOPED(public_key) public = {0};
    EXPECT_OK(private_key_generate_rsa(2048, &key));
    EXPECT_OK(private_key_public(&key, &public));
    for (size_t i = 0; i < 2; i++) {
        SCOPED(buffer) numbers = {0};
        SCOPED(buffer) bytes = {0};
        struct tpm_signature signature;
        EXPECT_OK(rsa_sign(&key, paddings[i], HASH_SHA256, slice_of_text("quote"), &numbers));
        EXPECT_OK(buffer_append(&bytes, SLICE(head)));
        EXPECT_OK(buffer_append(&bytes, buffer_view(&numbers)));
        EXPECT_OK(tpm_signature_read(buffer_view(&bytes), &signature));
        EXPECT_OK(tpm_signature_verify(&signature, &public, slice_of_text("quote")));
        EXPECT_FAIL(UNAUTHENTIC, tpm_signature_verify(&signature, &public, slice_of_text("quotf")));
    }
}

TEST(a_signature_cut_anywhere_or_lengthened_is_refused_and_bare_rsa_is_rsassa)
{
    if (samples_are_absent("a_signature_cut_anywhere_or_lengthened_is_refused"))
        return;
    SCOPED(buffer) bytes = sample_file("tpm2/keylime-emulator", "tpm_quote.sig");
    struct tpm_signature signature;
    EXPECT_OK(tpm_signature_read(buffer_view(&bytes), &signature));
    EXPECT(signature.scheme == TPM_ALG_RSASSA && signature.hash == TPM_ALG_SHA256);
    EXPECT(signature.rsa.size == 256);
    struct tpm_signature bare;
    EXPECT_OK(tpm_signature_read(signature.rsa, &bare));
    EXPECT(bare.scheme == TPM_ALG_RSASSA && slice_equal(bare.rsa, signature.rsa));
    EXPECT_OK(buffer_append(&bytes, (slice){value, 1}));
    EXPECT_FAIL(MALFORMED, tpm_signature_read(buffer_view(&bytes), &signature));
    for (size_t size = 0; size < bytes.size - 1; size++)
        if (size != signature.rsa.size)
            EXPECT_FAIL(TRUNCATED, tpm_signature_read((slice){bytes.data, size}, &signature));
}

static void expect_ak(const char *id, const char *name, uint32_t attributes)
{
    SCOPED(buffer) bytes = sample_file(id, name);
    struct tpm_public public;
    EXPECT_OK(tpm_public_read(buffer_view(&bytes), &public));
    EXPECT(public.type == TPM_KEY_RSA && public.name_hash == TPM_ALG_SHA256);
    EXPECT(public.attributes == attributes && public.modulus.size == 256);
    EXPECT(public.exponent == TPM_RSA_EXPONENT && public.scheme == TPM_ALG_RSASSA);
    for (size_t size = 0; size < bytes.size; size++)
        EXPECT_FAIL(TRUNCATED, tpm_public_read((slice){bytes.data, size}, &public));
    EXPECT_OK(buffer_append(&bytes, (slice){value, 1}));
    EXPECT_FAIL(MALFORMED, tpm_public_read(buffer_view(&bytes), &public));
}

TEST(public_areas_are_read_with_and_without_their_size)
{
    if (samples_are_absent("public_areas_are_read_with_and_without_their_size"))
        return;
    expect_ak("tpm2/gce-cos-85-nonce9009", "ak_pub.tpmt", 0x50072);
    expect_ak("tpm2/keylime-emulator", "ak.pub", 0x50072);
    SCOPED(buffer) bytes = sample_file("tpm2/keylime-emulator", "ek.pub");
    struct tpm_public ek;
    EXPECT_OK(tpm_public_read(buffer_view(&bytes), &ek));
    EXPECT(ek.attributes & TPM_KEY_DECRYPT && !(ek.attributes & TPM_KEY_SIGN));
}
