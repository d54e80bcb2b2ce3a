/* SPDX-License-Identifier: Apache-2.0 */

/* Endorsements are told by content, added whole or not at all, and never twice. */

#include "samples.h"

static struct buffer sample_file(const char *path)
{
    return file_read(samples_root(), path);
}

static status add_file(struct endorsements *endorsements, const char *path)
{
    SCOPED(buffer) bytes = sample_file(path);
    return endorsements_add(endorsements, buffer_view(&bytes));
}

static size_t count_of(const struct endorsements *endorsements, enum endorsement_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < endorsements->count; i++)
        if (endorsements->items[i].kind == kind)
            count++;
    return count;
}

static void append_pem(struct buffer *file, const char *label, slice der)
{
    SCOPED(buffer) block = {0};
    EXPECT_OK(pem_write(label, der, &block));
    EXPECT_OK(buffer_append(file, buffer_view(&block)));
}

#define GENOA "snp/negative-genoa-revoked-ask/"
#define TDX "tdx/v5-gotdx-uptodate/collateral-1/"

TEST(what_a_file_holds_is_told_by_its_content)
{
    if (!samples_root())
        SKIP(5, "no shared samples");
    SCOPED(endorsements) endorsements = {0};
    EXPECT_OK(add_file(&endorsements, GENOA "ark.der"));
    EXPECT_OK(add_file(&endorsements, GENOA "crl_genoa.der"));
    EXPECT_OK(add_file(&endorsements, TDX "tcb_info.json"));
    EXPECT_OK(add_file(&endorsements, TDX "qe_identity.json"));
    EXPECT_OK(add_file(&endorsements, "snp/genoa-v3-vcek-tsm-report/auxblob.bin"));
    EXPECT(count_of(&endorsements, ENDORSEMENT_CRL) == 1);
    EXPECT(count_of(&endorsements, ENDORSEMENT_TCB_INFO) == 1);
    EXPECT(count_of(&endorsements, ENDORSEMENT_QE_IDENTITY) == 1);
    EXPECT(count_of(&endorsements, ENDORSEMENT_CERTIFICATE) == 3); /* the table has the ARK too */
}

TEST(certificates_and_lists_are_read_from_pem_and_lists_from_hex)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    SCOPED(endorsements) endorsements = {0};
    SCOPED(buffer) certificate = sample_file(GENOA "ark.der");
    SCOPED(buffer) crl = sample_file(GENOA "crl_genoa.der");
    SCOPED(buffer) pem = {0};
    SCOPED(buffer) unknown = {0};
    append_pem(&pem, "CERTIFICATE", buffer_view(&certificate));
    append_pem(&pem, "PUBLIC KEY", slice_of_text("skipped"));
    append_pem(&pem, "X509 CRL", buffer_view(&crl));
    EXPECT_OK(endorsements_add(&endorsements, buffer_view(&pem)));
    EXPECT(endorsements.count == 2);
    EXPECT(count_of(&endorsements, ENDORSEMENT_CRL) == 1);

    SCOPED(endorsements) from_hex = {0};
    char *const text = malloc(2 * crl.size + 2);
    hex_write(buffer_view(&crl), text);
    strcat(text, "\n");
    EXPECT_OK(endorsements_add(&from_hex, slice_of_text(text)));
    EXPECT(count_of(&from_hex, ENDORSEMENT_CRL) == 1);
    EXPECT_OK(endorsements_add(&from_hex, buffer_view(&crl))); /* the same in another form */
    EXPECT(from_hex.count == 1);
    free(text);

    append_pem(&unknown, "PUBLIC KEY", slice_of_text("alone"));
    EXPECT_FAIL(UNSUPPORTED, endorsements_add(&from_hex, buffer_view(&unknown)));
}

TEST(an_object_is_added_once)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    SCOPED(endorsements) endorsements = {0};
    for (int i = 0; i < 3; i++) {
        EXPECT_OK(add_file(&endorsements, GENOA "ark.der"));
        EXPECT_OK(add_file(&endorsements, GENOA "crl_genoa.der"));
        EXPECT_OK(add_file(&endorsements, TDX "tcb_info.json"));
    }
    EXPECT(endorsements.count == 3);
}

TEST(what_is_no_endorsement_is_unsupported)
{
    static const char *const files[] = {"",
                                        "hello",
                                        "{}",
                                        "{\"tcbInfo\":",
                                        "[]",
                                        "3000",
                                        "30",
                                        "\x30\x03\x02\x01\x01",
                                        "-----BEGIN CERTIFICATE REQUEST-----"};
    SCOPED(endorsements) endorsements = {0};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        const status added = endorsements_add(&endorsements, slice_of_text(files[i]));
        EXPECT(added.fault);
        EXPECT(endorsements.count == 0);
    }
    EXPECT_FAIL(UNSUPPORTED, endorsements_add(&endorsements, (slice){NULL, 0}));
}

/* A folder of a sample has the evidence too, and where that is cut nothing else in the folder is
 * worse for it. */
TEST(a_quote_is_no_endorsement_though_a_chain_is_in_it)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    SCOPED(endorsements) endorsements = {0};
    SCOPED(buffer) quote = sample_file("tdx/v5-gotdx-uptodate/evidence.bin");
    enum { INSIDE_THE_ROOT = 200 };
    EXPECT_FAIL(UNSUPPORTED, endorsements_add(&endorsements, buffer_view(&quote)));
    EXPECT_FAIL(UNSUPPORTED,
                endorsements_add(&endorsements, (slice){quote.data, quote.size - INSIDE_THE_ROOT}));
    EXPECT(endorsements.count == 0);
}

TEST(a_file_is_added_whole_or_not_at_all)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    SCOPED(endorsements) endorsements = {0};
    SCOPED(buffer) certificate = sample_file(GENOA "ark.der");
    SCOPED(buffer) pem = {0};
    append_pem(&pem, "CERTIFICATE", buffer_view(&certificate));
    append_pem(&pem, "CERTIFICATE", slice_of_text("no certificate"));
    EXPECT_FAIL(MALFORMED, endorsements_add(&endorsements, buffer_view(&pem)));
    EXPECT(endorsements.count == 0);
    EXPECT_FAIL(MALFORMED, endorsements_trust(&endorsements, buffer_view(&pem)));
    EXPECT(endorsements.anchor_count == 0);
}

/* E2 */
TEST(E2_a_certificate_a_list_and_a_table_cut_anywhere_are_refused)
{
    static const char *const files[] = {GENOA "ark.der", GENOA "crl_genoa.der",
                                        "snp/genoa-v3-vcek-tsm-report/auxblob.bin"};
    if (!samples_root())
        SKIP(3, "no shared samples");
    SCOPED(endorsements) endorsements = {0};
    for (size_t i = 0; i < 3; i++) {
        SCOPED(buffer) bytes = sample_file(files[i]);
        for (size_t size = 0; size < bytes.size; size += 1 + size / 512) {
            uint8_t *const exact = malloc(size ? size : 1);
            memcpy(exact, bytes.data, size);
            EXPECT(endorsements_add(&endorsements, (slice){exact, size}).fault);
            free(exact);
        }
    }
    EXPECT(endorsements.count == 0);
}

/* E3: nothing may hide behind a DER object. */
TEST(E3_bytes_behind_a_certificate_are_refused)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    SCOPED(endorsements) endorsements = {0};
    SCOPED(buffer) bytes = sample_file(GENOA "ark.der");
    EXPECT_OK(buffer_append(&bytes, slice_of_text("x")));
    EXPECT_FAIL(UNSUPPORTED, endorsements_add(&endorsements, buffer_view(&bytes)));
    EXPECT(endorsements_trust(&endorsements, buffer_view(&bytes)).fault);
}

/* JSON of any content is kept as received, so that what differs in one space is another object. */
static void fill(struct endorsements *endorsements, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char text[64];
        snprintf(text, sizeof text, "{\"tcbInfo\":{\"n\":%zu},\"signature\":\"\"}", i);
        EXPECT_OK(endorsements_add(endorsements, slice_of_text(text)));
    }
}

/* E6 */
TEST(E6_one_endorsement_or_anchor_too_many_is_refused)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    SCOPED(endorsements) endorsements = {0};
    fill(&endorsements, ENDORSEMENTS_MAX);
    EXPECT(endorsements.count == ENDORSEMENTS_MAX);
    EXPECT_FAIL(EXHAUSTED, add_file(&endorsements, GENOA "ark.der"));
    EXPECT_FAIL(EXHAUSTED, add_file(&endorsements, GENOA "crl_genoa.der"));
    fill(&endorsements, ENDORSEMENTS_MAX); /* what is there already is no more */

    static uint8_t large[ENDORSEMENT_SIZE_MAX + 1];
    EXPECT_FAIL(EXHAUSTED, endorsements_add(&endorsements, SLICE(large)));
    EXPECT_FAIL(EXHAUSTED, endorsements_trust(&endorsements, SLICE(large)));
}

TEST(a_root_is_trusted_by_its_key_when_it_is_pinned_or_the_callers)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    /* SHA-384 of the key of ARK-Genoa, as openssl x509 -pubkey, pkey -pubin and sha384sum say. */
    static const struct pinned_root pinned[] = {
        {"ARK-Genoa", "32ab53a6ce5ec14926207396e5c475ae768a6a9831b7e860b5acf2e1c1dff222"
                      "bc5a8bfc43eb5e06393189c1f246d880"}};
    const char *name = NULL;
    SCOPED(endorsements) endorsements = {0};
    SCOPED(endorsements) with_anchor = {0};
    EXPECT_OK(add_file(&endorsements, GENOA "ark.der"));
    EXPECT_OK(add_file(&endorsements, GENOA "ask_current.der"));
    const struct certificate *const root = &endorsements.items[0].certificate;
    const struct certificate *const other = &endorsements.items[1].certificate;
    EXPECT(endorsements_root(&endorsements, pinned, 1, root, &name) == ROOT_PINNED);
    EXPECT(strcmp(name, "ARK-Genoa") == 0);
    EXPECT(endorsements_root(&endorsements, pinned, 1, other, &name) == ROOT_UNTRUSTED);
    EXPECT(endorsements_root(&endorsements, NULL, 0, root, &name) == ROOT_UNTRUSTED);

    SCOPED(buffer) der = sample_file(GENOA "ark.der");
    SCOPED(buffer) pem = {0};
    append_pem(&pem, "CERTIFICATE", buffer_view(&der));
    EXPECT_OK(endorsements_trust(&with_anchor, buffer_view(&pem)));
    EXPECT_OK(endorsements_trust(&with_anchor, buffer_view(&der)));
    EXPECT(with_anchor.anchor_count == 1);
    EXPECT(endorsements_root(&with_anchor, NULL, 0, root, &name) == ROOT_BY_CALLER);
    EXPECT(endorsements_root(&with_anchor, NULL, 0, other, &name) == ROOT_UNTRUSTED);
}

/* As a provisioned key of a platform without a public root is given. */
TEST(a_bare_key_becomes_an_anchor_once)
{
    SCOPED(endorsements) endorsements = {0};
    SCOPED(private_key) private = {0};
    SCOPED(public_key) public = {0};
    SCOPED(public_key) other = {0};
    SCOPED(buffer) der = {0};
    SCOPED(buffer) pem = {0};
    const char *name = NULL;
    EXPECT_OK(private_key_generate(CURVE_P384, &private));
    EXPECT_OK(private_key_public(&private, &public));
    EXPECT_OK(public_key_spki(&public, &der));
    EXPECT_OK(pem_write("PUBLIC KEY", buffer_view(&der), &pem));
    EXPECT_OK(endorsements_trust(&endorsements, buffer_view(&der)));
    EXPECT_OK(endorsements_trust(&endorsements, buffer_view(&pem)));
    EXPECT(endorsements.anchor_count == 1 && !endorsements.anchors[0].certificate.x509);
    EXPECT(public_key_equal(&endorsements.anchors[0].public_key, &public));
    EXPECT(endorsements_root_key(&endorsements, NULL, 0, &public, &name) == ROOT_BY_CALLER);
    private_key_clear(&private);
    EXPECT_OK(private_key_generate(CURVE_P384, &private));
    EXPECT_OK(private_key_public(&private, &other));
    EXPECT(endorsements_root_key(&endorsements, NULL, 0, &other, &name) == ROOT_UNTRUSTED);
    der.data[der.size - 1] ^= 1; /* no longer on the curve */
    EXPECT(endorsements_trust(&endorsements, buffer_view(&der)).fault != NULL);
    EXPECT(endorsements.anchor_count == 1);
}

TEST(only_certificates_and_keys_become_anchors)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    SCOPED(endorsements) endorsements = {0};
    SCOPED(buffer) crl = sample_file(GENOA "crl_genoa.der");
    SCOPED(buffer) pem = {0};
    EXPECT_FAIL(MALFORMED, endorsements_trust(&endorsements, buffer_view(&crl)));
    append_pem(&pem, "X509 CRL", buffer_view(&crl));
    EXPECT_FAIL(UNSUPPORTED, endorsements_trust(&endorsements, buffer_view(&pem)));
    EXPECT_FAIL(UNSUPPORTED, endorsements_trust(&endorsements, (slice){NULL, 0}));
    EXPECT(endorsements.anchor_count == 0);
}
