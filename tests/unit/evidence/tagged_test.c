/* SPDX-License-Identifier: Apache-2.0 */

/* Tagged evidence and RA-TLS certificates: three that others made, what is wrong with hostile ones,
 * and ours read back. */

#include "evidence/tagged.h"
#include "samples.h"

#include "crypto/certificate.h"
#include "crypto/issue.h"
#include "evidence/cmw.h"

enum {
    REPORT_SIZE = 1184,
    SNP_REPORT_DATA = 0x50,
    HEADS_SIZE = 9, /* of tag, array and evidence */
};

static struct buffer bytes_of(const char *hex)
{
    struct buffer bytes = {0};
    EXPECT_OK(hex_read(slice_of_text(hex), &bytes));
    return bytes;
}

/* Bytes that the table of platforms takes for an SNP report, which carries the hash of `claims`. */
static struct buffer report_over(slice claims)
{
    uint8_t bytes[REPORT_SIZE] = {3};
    struct digest digest;
    struct buffer report = {0};
    bytes[0x34] = 1; /* signature algorithm */
    EXPECT_OK(digest_of(HASH_SHA256, claims, &digest));
    memcpy(bytes + SNP_REPORT_DATA, digest.data, digest.size);
    EXPECT_OK(buffer_append(&report, SLICE(bytes)));
    EXPECT(platform_of(buffer_view(&report)) == platform_named("snp"));
    return report;
}

static struct buffer some_claims(void)
{
    struct buffer claims = {0};
    EXPECT_OK(tagged_claims_write(slice_of_text("a public key, or what stands for one"), &claims));
    return claims;
}

static struct buffer some_tagged(void)
{
    struct buffer claims = some_claims(), tagged = {0};
    struct buffer report = report_over(buffer_view(&claims));
    EXPECT_OK(
        tagged_write(platform_named("snp"), buffer_view(&report), buffer_view(&claims), &tagged));
    buffer_clear(&claims);
    buffer_clear(&report);
    return tagged;
}

static status unwrap(slice file)
{
    char type[CMW_MEDIA_TYPE_SIZE];
    SCOPED(buffer) evidence = {0};
    return evidence_unwrap(file, &evidence, type);
}

TEST(what_is_written_is_read_back_and_unwrapped)
{
    SCOPED(buffer) claims = some_claims();
    SCOPED(buffer) report = report_over(buffer_view(&claims));
    SCOPED(buffer) file = some_tagged();
    SCOPED(buffer) evidence = {0};
    struct tagged tagged;
    struct digest digest;
    enum hash hash;
    slice named;
    char type[CMW_MEDIA_TYPE_SIZE];
    EXPECT(tagged_begins(buffer_view(&file)));
    EXPECT_OK(tagged_read(buffer_view(&file), &tagged));
    EXPECT(tagged.tag == 1733892);
    EXPECT_OK(tagged_check(&tagged));
    EXPECT_OK(tagged_key_hash(&tagged, &hash, &named));
    EXPECT_OK(
        digest_of(HASH_SHA256, slice_of_text("a public key, or what stands for one"), &digest));
    EXPECT(hash == HASH_SHA256 && slice_equal(named, (slice){digest.data, digest.size}));
    EXPECT(tagged.claims.size == 51); /* as the note says of its smallest */
    EXPECT_OK(evidence_unwrap(buffer_view(&file), &evidence, type));
    EXPECT(slice_equal(buffer_view(&evidence), buffer_view(&report)));
}

TEST(E2_tagged_evidence_cut_anywhere_is_refused_and_leaves_out_untouched)
{
    SCOPED(buffer) file = some_tagged();
    for (size_t size = 0; size < file.size; size++) {
        struct tagged tagged = {.tag = 99};
        EXPECT(tagged_read((slice){file.data, size}, &tagged).fault);
        EXPECT(tagged.tag == 99);
    }
}

TEST(E3_bytes_after_tagged_evidence_are_refused)
{
    SCOPED(buffer) file = some_tagged();
    struct tagged tagged;
    EXPECT_OK(buffer_append(&file, slice_of_text("\n")));
    EXPECT_FAIL(MALFORMED, tagged_read(buffer_view(&file), &tagged));
}

/* E33, E37 */
TEST(hostile_tagged_evidence_is_refused)
{
    static const char *const files[] = {
        "d9ea6080",                   /* nothing */
        "d9ea608140",                 /* one string */
        "d9ea60824040",               /* two empty strings */
        "d9ea609f4040ff",             /* of no definite length */
        "d9ea60825bffffffffffffffff", /* a length that nothing has */
        "82410040",                   /* no tag */
        "d9ea60d9ea6082410040",       /* a tag in a tag */
        "d9ea6083410041004100",       /* three strings */
        "d9ea60826100",               /* a text */
        "da0000ea6082410040",         /* a tag in more bytes than it needs */
        "d9ea6182410040",             /* a local report, which only this machine can check */
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        SCOPED(buffer) file = bytes_of(files[i]);
        struct tagged tagged;
        EXPECT(tagged_read(buffer_view(&file), &tagged).fault);
        EXPECT(unwrap(buffer_view(&file)).fault || !tagged_begins(buffer_view(&file)));
    }
}

static void expect_claims_refused(const char *hex)
{
    SCOPED(buffer) claims = bytes_of(hex);
    SCOPED(buffer) report = report_over(buffer_view(&claims));
    SCOPED(buffer) file = {0};
    EXPECT_OK(
        tagged_write(platform_named("snp"), buffer_view(&report), buffer_view(&claims), &file));
    EXPECT(unwrap(buffer_view(&file)).fault);
}

/* E42 */
TEST(hostile_claims_are_refused_though_the_evidence_carries_their_hash)
{
    expect_claims_refused("80");                                       /* no map */
    expect_claims_refused("a1");                                       /* that ends too soon */
    expect_claims_refused("bb0000000100000000");                       /* 2^32 of them */
    expect_claims_refused("a2616140616140");                           /* one twice */
    expect_claims_refused("a10140");                                   /* a number for a name */
    expect_claims_refused("a16161f5");                                 /* what is no bytes */
    expect_claims_refused("a040");                                     /* more after them */
    expect_claims_refused("a16b7075626b65792d6861736840");             /* no hash */
    expect_claims_refused("a16b7075626b65792d6861736844820143aabbcc"); /* cut short */
    expect_claims_refused("a16b7075626b65792d6861736845820143aabbcc"); /* of another size */
    expect_claims_refused("a16b7075626b65792d6861736845820243aabbcc"); /* of no hash we use */
}

/* E14 */
TEST(a_tag_must_be_of_the_platform_of_its_evidence)
{
    SCOPED(buffer) file = some_tagged();
    static const uint8_t csv[] = {0xda, 0x00, 0x1a, 0x75, 0x06}, intel[] = {0xd9, 0xea, 0x60};
    SCOPED(buffer) other = {0};
    memcpy(file.data, csv, sizeof csv);
    EXPECT_FAIL(UNSUPPORTED, unwrap(buffer_view(&file)));
    EXPECT_OK(buffer_append(&other, SLICE(intel)));
    EXPECT_OK(buffer_append(&other, (slice){file.data + sizeof csv, file.size - sizeof csv}));
    EXPECT_FAIL(UNSUPPORTED, unwrap(buffer_view(&other)));
    SCOPED(buffer) none = {0};
    EXPECT_FAIL(UNSUPPORTED, tagged_write(platform_named("tpm"), SLICE(csv), SLICE(csv), &none));
}

/* E12, E31 */
TEST(evidence_that_carries_the_hash_of_other_claims_is_refused)
{
    SCOPED(buffer) file = some_tagged();
    for (size_t bit = 0; bit < 8; bit++) {
        file.data[file.size - 1] ^= (uint8_t)(1 << bit); /* in the hash of the key */
        EXPECT(unwrap(buffer_view(&file)).fault);
        file.data[file.size - 1] ^= (uint8_t)(1 << bit);
    }
    EXPECT_OK(unwrap(buffer_view(&file)));
    file.data[HEADS_SIZE + SNP_REPORT_DATA + 63] = 1; /* padding after the hash */
    EXPECT(unwrap(buffer_view(&file)).fault);
}

TEST(evidence_without_claims_is_bound_to_nothing_and_unwrapped)
{
    SCOPED(buffer) report = report_over(slice_of_text("whatever"));
    SCOPED(buffer) file = {0};
    EXPECT_OK(tagged_write(platform_named("snp"), buffer_view(&report), (slice){0}, &file));
    EXPECT_OK(unwrap(buffer_view(&file)));
}

/* ---- certificates ---- */

/* A certificate of a fresh key with tagged evidence in it, beside `claims`. */
static struct buffer certificate_with(slice claims)
{
    SCOPED(private_key) key = {0};
    SCOPED(public_key) public = {0};
    SCOPED(certificate) certificate = {0};
    SCOPED(buffer) report = report_over(claims);
    SCOPED(buffer) tagged = {0};
    struct buffer der = {0};
    EXPECT_OK(tagged_write(platform_named("snp"), buffer_view(&report), claims, &tagged));
    const struct certificate_extension_entry extension = {.oid = "2.23.133.5.4.9",
                                                          .value = buffer_view(&tagged)};
    const struct certificate_request request = {.subject = "CN=RA-TLS",
                                                .serial = 1,
                                                .not_after_s = 1,
                                                .path_length = -1,
                                                .extensions = &extension,
                                                .extension_count = 1};
    EXPECT_OK(private_key_generate(CURVE_P256, &key));
    EXPECT_OK(private_key_public(&key, &public));
    EXPECT_OK(
        certificate_issue(&request, &public, NULL, &key, SIGNATURE_ECDSA_SHA256, &certificate));
    EXPECT_OK(certificate_der(&certificate, &der));
    return der;
}

/* E31: whoever has seen evidence could put it into a certificate of his own. */
TEST(E31_evidence_in_a_certificate_whose_claims_do_not_name_its_key_is_refused)
{
    static const uint8_t no_members[] = {0xa0};
    SCOPED(buffer) claims = some_claims();
    SCOPED(buffer) of_other_key = certificate_with(buffer_view(&claims));
    SCOPED(buffer) of_no_key = certificate_with(SLICE(no_members));
    SCOPED(buffer) without_claims = certificate_with((slice){0});
    EXPECT(tagged_certificate_begins(buffer_view(&without_claims)));
    EXPECT_FAIL(UNAUTHENTIC, unwrap(buffer_view(&of_other_key)));
    EXPECT_FAIL(MALFORMED, unwrap(buffer_view(&of_no_key)));
    EXPECT_FAIL(MALFORMED, unwrap(buffer_view(&without_claims)));
}

static const char *const certificates[] = {"gramine-cert.pem", "intel-sgxsdk-cert.pem",
                                           "rats-tls-cert.pem"};

static struct buffer vector_read(const char *name)
{
    char folder[PATH_SIZE];
    path_join(samples_root(), "../attested-tls/vectors/ccc", folder);
    return file_read(folder, name);
}

static struct buffer der_of(struct buffer *pem)
{
    char label[PEM_LABEL_SIZE_MAX];
    struct buffer der = {0};
    slice text = buffer_view(pem);
    EXPECT_OK(pem_read_next(&text, label, &der));
    return der;
}

/* The quote's own bytes 368.. carry SHA-256 of the claims: what the vectors' README says of them.
 */
static void expect_quote_of(slice file)
{
    char type[CMW_MEDIA_TYPE_SIZE];
    SCOPED(buffer) evidence = {0};
    EXPECT_OK(evidence_unwrap(file, &evidence, type));
    EXPECT(evidence.size > 432 && platform_of(buffer_view(&evidence)) == platform_named("sgx"));
    for (size_t i = 400; i < 432 && i < evidence.size; i++)
        EXPECT(evidence.data[i] == 0);
}

TEST(certificates_of_other_implementations_are_unwrapped_to_their_quotes)
{
    if (samples_are_absent("certificates of others"))
        return;
    for (size_t i = 0; i < sizeof certificates / sizeof certificates[0]; i++) {
        SCOPED(buffer) pem = vector_read(certificates[i]);
        SCOPED(buffer) der = der_of(&pem);
        SCOPED(buffer) tagged = {0};
        expect_quote_of(buffer_view(&pem));
        expect_quote_of(buffer_view(&der));
        EXPECT_OK(tagged_of_certificate(buffer_view(&der), &tagged));
        expect_quote_of(buffer_view(&tagged));
    }
}

/* Their keys are P-256 or RSA: a changed key is another one, or none at all. */
TEST(evidence_in_a_certificate_of_another_key_is_refused)
{
    if (samples_are_absent("certificates of others"))
        return;
    SCOPED(buffer) pem = vector_read(certificates[2]);
    SCOPED(buffer) der = der_of(&pem);
    SCOPED(certificate) certificate = {0};
    SCOPED(public_key) key = {0};
    SCOPED(buffer) spki = {0};
    EXPECT_OK(certificate_read(buffer_view(&der), &certificate));
    EXPECT_OK(certificate_key(&certificate, &key));
    EXPECT_OK(public_key_spki(&key, &spki));
    uint8_t *const place = memmem(der.data, der.size, spki.data, spki.size);
    size_t refused = 0;
    EXPECT(place != NULL);
    for (size_t i = spki.size - 64; place && i < spki.size; i++) {
        place[i] ^= 1;
        refused += unwrap(buffer_view(&der)).fault != NULL;
        place[i] ^= 1;
    }
    EXPECT(refused == 64);
    EXPECT_OK(unwrap(buffer_view(&der)));
}
