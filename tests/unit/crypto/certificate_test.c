/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/certificate.h"

#include "pki.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <pthread.h>

#define ES256 SIGNATURE_ECDSA_SHA256
#define PSS SIGNATURE_RSA_PSS_SHA384

TEST(a_chain_holds_link_by_link)
{
    SCOPED(pki) pki = pki_make();
    EXPECT_OK(certificate_issued_by(&pki.root, &pki.root, ES256, 1));
    EXPECT_OK(certificate_issued_by(&pki.ca, &pki.root, ES256, 1));
    EXPECT_OK(certificate_issued_by(&pki.leaf, &pki.ca, ES256, 0));
    EXPECT(certificate_is_self_issued(&pki.root) && !certificate_is_self_issued(&pki.ca));
}

/* E19 */
TEST(a_chain_in_another_order_does_not_hold)
{
    SCOPED(pki) pki = pki_make();
    const struct certificate none = {0};
    const struct certificate *const wrong[][2] = {
        {&pki.root, &pki.ca},   {&pki.ca, &pki.leaf}, {&pki.leaf, &pki.root},
        {&pki.root, &pki.leaf}, {&pki.ca, &pki.ca},   {&pki.leaf, &pki.leaf},
        {&none, &pki.root},     {&pki.root, &none},   {&none, &none},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        EXPECT_FAIL(UNAUTHENTIC, certificate_issued_by(wrong[i][0], wrong[i][1], ES256, 0));
    EXPECT(ERR_peek_error() == 0);
}

/* ---- reading ---- */

static void refuse(slice der)
{
    struct certificate got = {.not_before_s = 99};
    EXPECT_FAIL(MALFORMED, certificate_read(der, &got));
    EXPECT(got.x509 == NULL && got.not_before_s == 99);
}

TEST(a_certificate_cut_anywhere_or_followed_by_bytes_is_malformed)
{
    static const uint8_t zero[] = {0};
    SCOPED(pki) pki = pki_make();
    SCOPED(certificate) again = {0};
    SCOPED(buffer) der = der_of(&pki.leaf);
    EXPECT_OK(certificate_read(buffer_view(&der), &again));
    EXPECT(certificate_equal(&again, &pki.leaf) && !certificate_equal(&again, &pki.ca));
    EXPECT(again.not_before_s == MADE_S && again.not_after_s == MADE_S + 365 * DAY_S);
    for (size_t size = 0; size < der.size; size++)
        refuse((slice){der.data, size});
    EXPECT_OK(buffer_append(&der, SLICE(zero)));
    refuse(buffer_view(&der));
    EXPECT(ERR_peek_error() == 0);
}

TEST(a_crl_cut_anywhere_or_followed_by_bytes_is_malformed)
{
    static const uint64_t serials[] = {7, 9};
    static const uint8_t zero[] = {0};
    SCOPED(pki) pki = pki_make();
    SCOPED(private_key) signer = test_key(CA_KEY);
    SCOPED(buffer) der = {0};
    struct crl got = {.this_update_s = 99};
    EXPECT_OK(crl_issue(&pki.ca, &signer, ES256, MADE_S, 0, serials, 2, &der));
    for (size_t size = 0; size < der.size; size++)
        EXPECT_FAIL(MALFORMED, crl_read((slice){der.data, size}, &got));
    EXPECT_OK(buffer_append(&der, SLICE(zero)));
    EXPECT_FAIL(MALFORMED, crl_read(buffer_view(&der), &got));
    EXPECT(got.crl == NULL && got.this_update_s == 99);
    EXPECT_OK(crl_read((slice){der.data, der.size - 1}, &got));
    EXPECT(got.this_update_s == MADE_S && got.next_update_s == 0);
    crl_clear(&got);
}

TEST(more_than_the_limit_is_exhausted)
{
    static const uint8_t large[CRL_SIZE_MAX + 1] = {0x30};
    struct certificate certificate = {0};
    struct crl crl = {0};
    EXPECT_FAIL(EXHAUSTED,
                certificate_read((slice){large, CERTIFICATE_SIZE_MAX + 1}, &certificate));
    EXPECT_FAIL(EXHAUSTED, crl_read(SLICE(large), &crl));
}

/* The same certificate in BER: OpenSSL alone reads each of these. */
TEST(ber_is_not_der)
{
    SCOPED(pki) pki = pki_make();
    SCOPED(buffer) der = der_of(&pki.leaf);
    SCOPED(buffer) padded = {0};
    SCOPED(buffer) indefinite = {0};
    EXPECT(der.data[0] == 0x30 && der.data[1] == 0x82);
    const uint8_t longer[] = {0x30, 0x83, 0x00, der.data[2], der.data[3]};
    const uint8_t open[] = {0x30, 0x80}, close[] = {0, 0};
    const slice content = {der.data + 4, der.size - 4};
    EXPECT_OK(buffer_append(&padded, SLICE(longer)));
    EXPECT_OK(buffer_append(&padded, content));
    EXPECT_OK(buffer_append(&indefinite, SLICE(open)));
    EXPECT_OK(buffer_append(&indefinite, content));
    EXPECT_OK(buffer_append(&indefinite, SLICE(close)));
    const struct buffer *const forms[] = {&padded, &indefinite};
    for (size_t i = 0; i < 2; i++) {
        const uint8_t *end = forms[i]->data;
        X509 *const x509 = d2i_X509(NULL, &end, (long)forms[i]->size);
        EXPECT(x509 != NULL);
        X509_free(x509);
        refuse(buffer_view(forms[i]));
    }
}

/* ---- dates ---- */

/* E21 */
TEST(a_certificate_is_valid_from_its_first_to_its_last_second)
{
    SCOPED(pki) pki = pki_make();
    const struct certificate none = {.not_after_s = INT64_MAX};
    const int64_t last_s = MADE_S + 365 * DAY_S;
    EXPECT(!certificate_is_valid_at(&pki.leaf, MADE_S - 1));
    EXPECT(certificate_is_valid_at(&pki.leaf, MADE_S));
    EXPECT(certificate_is_valid_at(&pki.leaf, last_s));
    EXPECT(!certificate_is_valid_at(&pki.leaf, last_s + 1));
    EXPECT(!certificate_is_valid_at(&pki.leaf, 0) && !certificate_is_valid_at(&none, 0));
}

/* E21 */
TEST(a_leaf_that_outlives_its_issuer_does_not_keep_it_alive)
{
    SCOPED(pki) pki = pki_make();
    struct certificate_request request = leaf_request("CN=Leaf", 4);
    request.not_after_s = pki.ca.not_after_s + DAY_S;
    SCOPED(certificate) leaf = make(&request, LEAF_KEY, &pki.ca, CA_KEY, ES256);
    EXPECT(certificate_is_valid_at(&leaf, request.not_after_s));
    EXPECT(!certificate_is_valid_at(&pki.ca, request.not_after_s));
}

TEST(dates_from_1950_to_9999_are_read)
{
    SCOPED(pki) pki = pki_make();
    struct certificate_request request = leaf_request("CN=Leaf", 4);
    request.not_before_s = -631152000;  /* 1950-01-01T00:00:00Z: the first UTCTime */
    request.not_after_s = 253402300799; /* 9999-12-31T23:59:59Z: "no expiration" */
    SCOPED(certificate) leaf = make(&request, LEAF_KEY, &pki.ca, CA_KEY, ES256);
    EXPECT(leaf.not_before_s == request.not_before_s && leaf.not_after_s == request.not_after_s);
}

/* spec: RFC 5280, "Validity": OpenSSL reads more forms than X.509 has. */
TEST(a_time_without_seconds_with_fractions_or_an_offset_is_malformed)
{
    static const struct {
        int type;
        const char *text;
        bool is_right;
    } rows[] = {
        {V_ASN1_UTCTIME, "260115000000Z", true},
        {V_ASN1_GENERALIZEDTIME, "20500115000000Z", true},
        {V_ASN1_UTCTIME, "2601150000Z", false},
        {V_ASN1_UTCTIME, "260115000000+0000", false},
        {V_ASN1_GENERALIZEDTIME, "205001150000Z", false},
        {V_ASN1_GENERALIZEDTIME, "20500115000000.5Z", false},
        {V_ASN1_GENERALIZEDTIME, "20500115000000-0100", false},
        {V_ASN1_GENERALIZEDTIME, "20500115000000", false},
        {V_ASN1_UTCTIME, "261315000000Z", false},
        {V_ASN1_UTCTIME, "", false},
    };
    SCOPED(pki) pki = pki_make();
    SCOPED(private_key) key = test_key(CA_KEY);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        SCOPED(certificate) got = {0};
        X509 *const x509 = X509_dup(pki.leaf.x509);
        ASN1_TIME *const time = ASN1_STRING_type_new(rows[i].type);
        EXPECT(ASN1_STRING_set(time, rows[i].text, -1) == 1);
        EXPECT(X509_set1_notAfter(x509, time) == 1);
        EXPECT(X509_sign(x509, key.pkey, EVP_sha256()) > 0);
        SCOPED(buffer) der = der_of(&(struct certificate){.x509 = x509});
        EXPECT(!certificate_read(buffer_view(&der), &got).fault == rows[i].is_right);
        ASN1_STRING_free(time);
        X509_free(x509);
    }
}

/* ---- certificates that our own issuing does not make ---- */

/* What an edit leaves is signed again with `signer`, however wrong it is. */
static struct certificate edited(const struct certificate *certificate, void (*edit)(X509 *x509),
                                 int signer, const EVP_MD *md)
{
    struct certificate out = {0};
    SCOPED(private_key) key = test_key(signer);
    X509 *const x509 = X509_dup(certificate->x509);
    edit(x509);
    EXPECT(X509_sign(x509, key.pkey, md) > 0);
    SCOPED(buffer) der = der_of(&(struct certificate){.x509 = x509});
    X509_free(x509);
    EXPECT_OK(certificate_read(buffer_view(&der), &out));
    return out;
}

static void nothing(X509 *x509)
{
    (void)x509;
}

static void drop(X509 *x509, int nid)
{
    X509_EXTENSION_free(X509_delete_ext(x509, X509_get_ext_by_NID(x509, nid, -1)));
}

static void no_constraints(X509 *x509)
{
    drop(x509, NID_basic_constraints);
}

static void no_usage(X509 *x509)
{
    drop(x509, NID_key_usage);
}

static void other_usage(X509 *x509)
{
    drop(x509, NID_key_usage);
    X509_EXTENSION *const usage =
        X509V3_EXT_conf_nid(NULL, NULL, NID_key_usage, "critical,digitalSignature");
    EXPECT(X509_add_ext(x509, usage, -1) == 1);
    X509_EXTENSION_free(usage);
}

static void version_1(X509 *x509)
{
    while (X509_get_ext_count(x509))
        X509_EXTENSION_free(X509_delete_ext(x509, 0));
    EXPECT(X509_set_version(x509, X509_VERSION_1) == 1);
}

static void no_names(X509 *x509)
{
    X509_NAME *const empty = X509_NAME_new();
    EXPECT(X509_set_subject_name(x509, empty) == 1 && X509_set_issuer_name(x509, empty) == 1);
    X509_NAME_free(empty);
}

static void name_constraints(X509 *x509)
{
    X509_EXTENSION *const names =
        X509V3_EXT_conf_nid(NULL, NULL, NID_name_constraints, "critical,permitted;DNS:.example");
    EXPECT(X509_add_ext(x509, names, -1) == 1);
    X509_EXTENSION_free(names);
}

/* E20 */
TEST(only_an_authority_that_may_do_so_issues)
{
    static const struct {
        void (*edit)(X509 *x509);
        bool may_issue;
    } rows[] = {
        {nothing, true},      {no_usage, true},   {no_constraints, false},
        {other_usage, false}, {version_1, false}, {name_constraints, false},
    };
    SCOPED(pki) pki = pki_make();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        SCOPED(certificate) ca = edited(&pki.ca, rows[i].edit, ROOT_KEY, EVP_sha256());
        SCOPED(crl) crl = crl_make(&pki.ca, CA_KEY, ES256, NULL, 0);
        if (rows[i].may_issue)
            EXPECT_OK(certificate_issued_by(&pki.leaf, &ca, ES256, 0));
        else
            EXPECT_FAIL(UNAUTHENTIC, certificate_issued_by(&pki.leaf, &ca, ES256, 0));
        EXPECT(!crl_issued_by(&crl, &ca, ES256).fault == rows[i].may_issue);
    }
}

/* E20 */
TEST(a_leaf_issues_nothing_though_its_key_could)
{
    SCOPED(pki) pki = pki_make();
    const struct certificate_request request = leaf_request("CN=Below", 4);
    SCOPED(certificate) below = make(&request, OTHER_KEY, &pki.leaf, LEAF_KEY, ES256);
    EXPECT_FAIL(UNAUTHENTIC, certificate_issued_by(&below, &pki.leaf, ES256, 0));
}

/* E20 */
TEST(a_path_length_ends_where_it_says)
{
    SCOPED(pki) pki = pki_make();
    EXPECT_FAIL(UNAUTHENTIC, certificate_issued_by(&pki.leaf, &pki.ca, ES256, 1));
    EXPECT_FAIL(UNAUTHENTIC, certificate_issued_by(&pki.ca, &pki.root, ES256, 2));
    EXPECT_FAIL(UNAUTHENTIC, certificate_issued_by(&pki.ca, &pki.root, ES256, -1));
    const struct certificate_request free_request = authority_request("CN=Free", 5, -1);
    SCOPED(certificate) free_root = make(&free_request, ROOT_KEY, NULL, ROOT_KEY, ES256);
    EXPECT_OK(certificate_issued_by(&free_root, &free_root, ES256, 100));
}

/* E20 */
TEST(an_unknown_extension_may_be_there_unless_it_is_critical)
{
    static const uint8_t value[] = {0x05, 0x00};
    SCOPED(pki) pki = pki_make();
    for (int critical = 0; critical < 2; critical++) {
        const struct certificate_extension_entry entry = {"1.3.6.1.4.1.99999.1", critical,
                                                          SLICE(value)};
        struct certificate_request request = leaf_request("CN=Leaf", 4);
        struct certificate_request root_request = authority_request("CN=Root", 5, -1);
        request.extensions = root_request.extensions = &entry;
        request.extension_count = root_request.extension_count = 1;
        SCOPED(certificate) leaf = make(&request, LEAF_KEY, &pki.ca, CA_KEY, ES256);
        SCOPED(certificate) root = make(&root_request, ROOT_KEY, NULL, ROOT_KEY, ES256);
        SCOPED(certificate) below = make(&request, LEAF_KEY, &root, ROOT_KEY, ES256);
        EXPECT(!certificate_issued_by(&leaf, &pki.ca, ES256, 0).fault == !critical);
        EXPECT(!certificate_issued_by(&root, &root, ES256, 0).fault == !critical);
        EXPECT(!certificate_issued_by(&below, &root, ES256, 0).fault == !critical);
    }
}

TEST(a_critical_extension_that_the_caller_looks_at_is_not_unknown)
{
    static const uint8_t value[] = {0x05, 0x00};
    static const char *const knows[] = {"1.3.6.1.4.1.99999.2", "1.3.6.1.4.1.99999.1", NULL};
    static const char *const knows_others[] = {"1.3.6.1.4.1.99999.2", "1.3.6.1.4.1.99999.11", NULL};
    SCOPED(pki) pki = pki_make();
    const struct certificate_extension_entry entry = {"1.3.6.1.4.1.99999.1", true, SLICE(value)};
    struct certificate_request request = leaf_request("CN=Leaf", 4);
    struct certificate_request root_request = authority_request("CN=Root", 5, -1);
    request.extensions = root_request.extensions = &entry;
    request.extension_count = root_request.extension_count = 1;
    SCOPED(certificate) root = make(&root_request, ROOT_KEY, NULL, ROOT_KEY, ES256);
    SCOPED(certificate) leaf = make(&request, LEAF_KEY, &root, ROOT_KEY, ES256);
    SCOPED(certificate) others = make(&request, LEAF_KEY, &pki.ca, CA_KEY, ES256);
    EXPECT_OK(certificate_issued_by_knowing(knows, &leaf, &root, ES256, 0));
    EXPECT_FAIL(UNAUTHENTIC, certificate_issued_by_knowing(knows_others, &leaf, &root, ES256, 0));
    EXPECT_FAIL(UNAUTHENTIC,
                certificate_issued_by_knowing(knows_others, &others, &pki.ca, ES256, 0));
    EXPECT_FAIL(UNAUTHENTIC, certificate_issued_by(&leaf, &root, ES256, 0));
}

TEST(names_that_are_empty_join_nothing)
{
    SCOPED(pki) pki = pki_make();
    SCOPED(certificate) root = edited(&pki.root, no_names, ROOT_KEY, EVP_sha256());
    EXPECT(!certificate_is_self_issued(&root));
    EXPECT_FAIL(UNAUTHENTIC, certificate_issued_by(&root, &root, ES256, 0));
}

/* E18 */
TEST(a_root_that_only_looks_alike_is_another)
{
    SCOPED(pki) pki = pki_make();
    struct digest real_key, other_key;
    const struct certificate_request request = authority_request("C=US/O=Test/CN=Root", 1, 1);
    SCOPED(certificate) other = make(&request, OTHER_KEY, NULL, OTHER_KEY, ES256);
    EXPECT_OK(certificate_issued_by(&other, &other, ES256, 1));
    EXPECT_FAIL(UNAUTHENTIC, certificate_issued_by(&pki.ca, &other, ES256, 1));
    EXPECT_FAIL(UNAUTHENTIC, certificate_issued_by(&other, &pki.root, ES256, 1));
    EXPECT(!certificate_equal(&other, &pki.root));
    EXPECT_OK(certificate_spki_digest(&pki.root, HASH_SHA384, &real_key));
    EXPECT_OK(certificate_spki_digest(&other, HASH_SHA384, &other_key));
    EXPECT(!slice_equal(SLICE(real_key.data), SLICE(other_key.data)));
}

/* ---- how it is signed ---- */

/* E16 */
TEST(only_the_named_scheme_counts)
{
    static const struct {
        int signer;
        enum signature_scheme scheme;
    } made[] = {{ROOT_KEY, ES256}, {P384_KEY, SIGNATURE_ECDSA_SHA384}, {RSA_KEY, PSS}};
    const struct certificate_request request = authority_request("CN=Root", 1, -1);
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        SCOPED(certificate)
        root = make(&request, made[i].signer, NULL, made[i].signer, made[i].scheme);
        SCOPED(crl) crl = crl_make(&root, made[i].signer, made[i].scheme, NULL, 0);
        for (enum signature_scheme scheme = SIGNATURE_NONE; scheme <= PSS + 1; scheme++) {
            const bool is_right = scheme == made[i].scheme;
            EXPECT(!certificate_issued_by(&root, &root, scheme, 0).fault == is_right);
            EXPECT(!crl_issued_by(&crl, &root, scheme).fault == is_right);
        }
    }
}

struct pss {
    const char *hash, *mgf1;
    int salt_size;
};

/* A self-signed root whose PSS parameters are these. */
static struct certificate sign_pss(const struct pss *pss)
{
    const struct certificate_request request = authority_request("CN=Root", 1, -1);
    SCOPED(certificate) root = make(&request, RSA_KEY, NULL, RSA_KEY, PSS);
    SCOPED(private_key) key = test_key(RSA_KEY);
    struct certificate out = {0};
    EVP_PKEY_CTX *parameters = NULL;
    EVP_MD_CTX *const context = EVP_MD_CTX_new();
    EXPECT(EVP_DigestSignInit_ex(context, &parameters, pss->hash, NULL, NULL, key.pkey, NULL) == 1);
    EXPECT(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1);
    EXPECT(EVP_PKEY_CTX_set_rsa_mgf1_md_name(parameters, pss->mgf1, NULL) == 1);
    EXPECT(EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, pss->salt_size) == 1);
    X509 *const x509 = X509_dup(root.x509);
    EXPECT(X509_sign_ctx(x509, context) > 0);
    EVP_MD_CTX_free(context);
    SCOPED(buffer) der = der_of(&(struct certificate){.x509 = x509});
    X509_free(x509);
    EXPECT_OK(certificate_read(buffer_view(&der), &out));
    return out;
}

/* E16 */
TEST(pss_with_any_other_parameter_is_another_scheme)
{
    static const struct pss rows[] = {
        {"SHA2-384", "SHA2-384", 48}, {"SHA2-384", "SHA2-384", 32}, {"SHA2-384", "SHA2-384", 20},
        {"SHA2-384", "SHA2-384", 0},  {"SHA2-384", "SHA2-256", 48}, {"SHA2-384", "SHA1", 48},
        {"SHA2-256", "SHA2-256", 32}, {"SHA2-256", "SHA2-256", 48}, {"SHA2-512", "SHA2-512", 64},
        {"SHA1", "SHA1", 20},         {"SHA2-256", "SHA2-384", 48}, {"SHA2-512", "SHA2-384", 48},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        SCOPED(certificate) root = sign_pss(&rows[i]);
        EXPECT(!certificate_issued_by(&root, &root, PSS, 0).fault == (i == 0));
    }
}

/* E16 */
TEST(pkcs_1_signatures_are_no_scheme_of_ours)
{
    const struct certificate_request request = authority_request("CN=Root", 1, -1);
    SCOPED(certificate) root = make(&request, RSA_KEY, NULL, RSA_KEY, PSS);
    SCOPED(certificate) old = edited(&root, nothing, RSA_KEY, EVP_sha384());
    for (enum signature_scheme scheme = SIGNATURE_NONE; scheme <= PSS + 1; scheme++)
        EXPECT_FAIL(UNAUTHENTIC, certificate_issued_by(&old, &old, scheme, 0));
}

static void flip_everywhere(const struct certificate *subject, const struct certificate *issuer,
                            enum signature_scheme scheme, int depth)
{
    SCOPED(buffer) der = der_of(subject);
    EXPECT_OK(certificate_issued_by(subject, issuer, scheme, depth));
    size_t read_count = 0;
    for (size_t i = 0; i < der.size; i++) {
        SCOPED(certificate) flipped = {0};
        der.data[i] ^= (uint8_t)(1 << i % 8);
        if (!certificate_read(buffer_view(&der), &flipped).fault) {
            EXPECT_FAIL(UNAUTHENTIC, certificate_issued_by(&flipped, issuer, scheme, depth));
            read_count++;
        }
        der.data[i] ^= (uint8_t)(1 << i % 8);
    }
    EXPECT(read_count > der.size / 2); /* most of it is no structure, so the signature decides */
    EXPECT(ERR_peek_error() == 0);
}

/* One bit of every byte: the names, keys, dates, extensions, algorithms and signature. */
TEST(a_flipped_bit_anywhere_is_refused)
{
    SCOPED(pki) pki = pki_make();
    const struct certificate_request root_request = authority_request("CN=ARK", 1, -1);
    const struct certificate_request leaf = leaf_request("CN=VCEK", 0);
    SCOPED(certificate) ark = make(&root_request, RSA_KEY, NULL, RSA_KEY, PSS);
    SCOPED(certificate) vcek = make(&leaf, P384_KEY, &ark, RSA_KEY, PSS);
    flip_everywhere(&pki.ca, &pki.root, ES256, 1);
    flip_everywhere(&vcek, &ark, PSS, 0);
}

/* ---- names and extensions ---- */

TEST(a_common_name_is_told_only_when_there_is_exactly_one)
{
    static const struct {
        const char *subject, *name;
    } rows[] = {
        {"O=Test/CN=Leaf", "Leaf"},
        {"CN=\xc3\xa9t\xc3\xa9", "\xc3\xa9t\xc3\xa9"},
        {"O=Test", ""},
        {"CN=One/CN=Two", ""},
        {"CN=0123456789012345678901234567890123456789012345678901234567890123",
         "0123456789012345678901234567890123456789012345678901234567890123"},
        {"CN=new\nline", ""},
        {"CN=\x1b[2J", ""},
    };
    SCOPED(pki) pki = pki_make();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char name[COMMON_NAME_SIZE_MAX], issuer[COMMON_NAME_SIZE_MAX];
        const struct certificate_request request = leaf_request(rows[i].subject, 4);
        SCOPED(certificate) leaf = make(&request, LEAF_KEY, &pki.ca, CA_KEY, ES256);
        certificate_common_name(&leaf, name);
        certificate_issuer_common_name(&leaf, issuer);
        EXPECT(strcmp(name, rows[i].name) == 0);
        EXPECT(strcmp(issuer, "Authority") == 0);
    }
}

TEST(an_issuers_text_is_escaped_and_cut_to_its_space)
{
    const struct certificate_request request =
        authority_request("C=US/O=A, B/CN=R\n\xc3\xa9", 1, -1);
    SCOPED(certificate) root = make(&request, ROOT_KEY, NULL, ROOT_KEY, ES256);
    char text[64], cut[5], none[1] = {'x'};
    certificate_issuer_text(&root, text, sizeof text);
    EXPECT(strcmp(text, "CN=R\\0A\\C3\\A9,O=A\\, B,C=US") == 0);
    certificate_issuer_text(&root, cut, sizeof cut);
    EXPECT(strcmp(cut, "CN=R") == 0);
    certificate_issuer_text(&root, none, 0);
    EXPECT(none[0] == 'x');
    certificate_issuer_text(&root, none, 1);
    EXPECT(none[0] == '\0');
}

TEST(an_extension_is_found_absent_or_refused_when_it_occurs_twice)
{
    static const uint8_t raw[] = {1, 2, 3, 4, 5};
    const struct certificate_extension_entry entries[] = {
        {"1.3.6.1.4.1.3704.1.4", false, SLICE(raw)}, /* as AMD's: not DER */
        {"1.2.3.4", false, SLICE(raw)},
        {"1.2.3.4", false, {raw, 2}},
        {"1.2.3.5", false, {raw, 0}},
    };
    SCOPED(pki) pki = pki_make();
    struct certificate_request request = leaf_request("CN=Leaf", 0);
    request.extensions = entries;
    request.extension_count = 4;
    SCOPED(certificate) leaf = make(&request, LEAF_KEY, &pki.ca, CA_KEY, ES256);
    slice got = {raw, 99};
    EXPECT_FAIL(MALFORMED, certificate_extension(&leaf, "1.2.3.4", &got));
    EXPECT(got.size == 99);
    EXPECT_OK(certificate_extension(&leaf, "1.3.6.1.4.1.3704.1.4", &got));
    EXPECT(slice_equal(got, SLICE(raw)));
    EXPECT_OK(certificate_extension(&leaf, "1.2.3.6", &got));
    EXPECT(got.size == 0 && got.data == NULL);
    EXPECT_OK(certificate_extension(&leaf, "1.2.3.5", &got));
    EXPECT(got.size == 0);
    EXPECT_FAIL(INTERNAL, certificate_extension(&leaf, "no", &got));
}

TEST(a_certificates_key_is_the_one_it_was_issued_for)
{
    SCOPED(pki) pki = pki_make();
    SCOPED(public_key) key = {0};
    SCOPED(public_key) expected = test_public(LEAF_KEY);
    SCOPED(buffer) spki = {0};
    SCOPED(buffer) expected_spki = {0};
    struct digest digest = {0}, expected_digest = {0};
    EXPECT_OK(certificate_key(&pki.leaf, &key));
    EXPECT_OK(public_key_spki(&key, &spki));
    EXPECT_OK(public_key_spki(&expected, &expected_spki));
    EXPECT(slice_equal(buffer_view(&spki), buffer_view(&expected_spki)));
    EXPECT_OK(certificate_spki_digest(&pki.leaf, HASH_SHA384, &digest));
    EXPECT_OK(digest_of(HASH_SHA384, buffer_view(&spki), &expected_digest));
    EXPECT(slice_equal(SLICE(digest.data), SLICE(expected_digest.data)));
}

static void key_of_another_kind(X509 *x509)
{
    EVP_PKEY *const key = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    EXPECT(key && X509_set_pubkey(x509, key) == 1);
    EVP_PKEY_free(key);
}

/* E16 */
TEST(a_key_of_a_kind_we_do_not_use_is_unsupported)
{
    SCOPED(pki) pki = pki_make();
    SCOPED(certificate) leaf = edited(&pki.leaf, key_of_another_kind, CA_KEY, EVP_sha256());
    struct public_key key = {0};
    EXPECT_OK(certificate_issued_by(&leaf, &pki.ca, ES256, 0));
    EXPECT_FAIL(UNSUPPORTED, certificate_key(&leaf, &key));
    EXPECT(key.pkey == NULL);
}

/* ---- revocation ---- */

/* E22 */
TEST(a_crl_lists_exactly_its_serials_of_its_issuer)
{
    static const uint64_t serials[] = {90, 3, 0, UINT64_MAX, 3};
    SCOPED(pki) pki = pki_make();
    SCOPED(crl) crl = crl_make(&pki.ca, CA_KEY, ES256, serials, 5);
    SCOPED(crl) empty = crl_make(&pki.ca, CA_KEY, ES256, NULL, 0);
    EXPECT_OK(crl_issued_by(&crl, &pki.ca, ES256));
    EXPECT(crl.this_update_s == MADE_S && crl.next_update_s == MADE_S + 30 * DAY_S);
    EXPECT(crl_lists(&crl, &pki.leaf) && !crl_lists(&empty, &pki.leaf));
    EXPECT(crl_names_issuer_of(&crl, &pki.leaf) && !crl_names_issuer_of(&crl, &pki.ca));
    static const struct {
        uint64_t serial;
        bool is_listed;
    } rows[] = {{0, true},   {90, true},  {UINT64_MAX, true},      {1, false},
                {89, false}, {91, false}, {UINT64_MAX - 1, false}, {256, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct certificate_request request = leaf_request("CN=Other", rows[i].serial);
        SCOPED(certificate) leaf = make(&request, LEAF_KEY, &pki.ca, CA_KEY, ES256);
        SCOPED(certificate) elsewhere = make(&request, LEAF_KEY, &pki.root, ROOT_KEY, ES256);
        EXPECT(crl_lists(&crl, &leaf) == rows[i].is_listed);
        EXPECT(!crl_lists(&crl, &elsewhere)); /* the same serial of another issuer */
    }
}

/* E22 */
TEST(a_crl_of_another_key_or_name_is_refused)
{
    SCOPED(pki) pki = pki_make();
    SCOPED(crl) foreign = crl_make(&pki.ca, OTHER_KEY, ES256, NULL, 0);
    SCOPED(crl) above = crl_make(&pki.root, ROOT_KEY, ES256, NULL, 0);
    SCOPED(crl) of_leaf = crl_make(&pki.leaf, LEAF_KEY, ES256, NULL, 0);
    const struct crl none = {0};
    EXPECT_FAIL(UNAUTHENTIC, crl_issued_by(&foreign, &pki.ca, ES256));
    EXPECT_FAIL(UNAUTHENTIC, crl_issued_by(&above, &pki.ca, ES256));
    EXPECT_FAIL(UNAUTHENTIC, crl_issued_by(&of_leaf, &pki.leaf, ES256));
    EXPECT_FAIL(UNAUTHENTIC, crl_issued_by(&none, &pki.ca, ES256));
    EXPECT(!crl_names_issuer_of(&none, &pki.leaf));
    EXPECT_OK(crl_issued_by(&above, &pki.root, ES256));
    EXPECT(ERR_peek_error() == 0);
}

static void add_extension(X509_CRL *crl, bool to_entry, int nid, slice value)
{
    ASN1_OCTET_STRING *const octets = ASN1_OCTET_STRING_new();
    EXPECT(ASN1_OCTET_STRING_set(octets, value.data, (int)value.size) == 1);
    X509_EXTENSION *const extension = X509_EXTENSION_create_by_NID(NULL, nid, 1, octets);
    X509_REVOKED *const entry = sk_X509_REVOKED_value(X509_CRL_get_REVOKED(crl), 0);
    EXPECT((to_entry ? X509_REVOKED_add_ext(entry, extension, -1)
                     : X509_CRL_add_ext(crl, extension, -1)) == 1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(octets);
}

/* A CRL with one more critical extension, of the list or of its entry, signed again. */
static struct crl extended_crl(const struct certificate *issuer, bool to_entry, int nid,
                               slice value)
{
    static const uint64_t serials[] = {3};
    SCOPED(crl) plain = crl_make(issuer, CA_KEY, ES256, serials, 1);
    SCOPED(private_key) key = test_key(CA_KEY);
    struct crl out = {0};
    uint8_t *der = NULL;
    X509_CRL *const crl = X509_CRL_dup(plain.crl);
    add_extension(crl, to_entry, nid, value);
    EXPECT(X509_CRL_sign(crl, key.pkey, EVP_sha256()) > 0);
    const int size = i2d_X509_CRL(crl, &der);
    EXPECT_OK(crl_read((slice){der, (size_t)size}, &out));
    OPENSSL_free(der);
    X509_CRL_free(crl);
    return out;
}

/* E22 */
TEST(a_crl_for_only_some_certificates_or_of_other_issuers_is_refused)
{
    static const uint8_t only_authorities[] = {0x30, 0x03, 0x82, 0x01, 0xff};
    static const uint8_t other_issuer[] = {0x30, 0x05, 0x86, 0x03, 'u', 'r', 'n'};
    SCOPED(pki) pki = pki_make();
    SCOPED(crl)
    partial = extended_crl(&pki.ca, false, NID_issuing_distribution_point, SLICE(only_authorities));
    SCOPED(crl) indirect = extended_crl(&pki.ca, true, NID_certificate_issuer, SLICE(other_issuer));
    EXPECT_FAIL(UNAUTHENTIC, crl_issued_by(&partial, &pki.ca, ES256));
    EXPECT_FAIL(UNAUTHENTIC, crl_issued_by(&indirect, &pki.ca, ES256));
}

/* E22 */
TEST(a_flipped_bit_anywhere_in_a_crl_is_refused)
{
    static const uint64_t serials[] = {3, 1000};
    SCOPED(pki) pki = pki_make();
    SCOPED(private_key) signer = test_key(CA_KEY);
    SCOPED(buffer) der = {0};
    EXPECT_OK(crl_issue(&pki.ca, &signer, ES256, MADE_S, MADE_S + DAY_S, serials, 2, &der));
    for (size_t i = 0; i < der.size; i++) {
        SCOPED(crl) flipped = {0};
        der.data[i] ^= (uint8_t)(1 << i % 8);
        if (!crl_read(buffer_view(&der), &flipped).fault)
            EXPECT_FAIL(UNAUTHENTIC, crl_issued_by(&flipped, &pki.ca, ES256));
        der.data[i] ^= (uint8_t)(1 << i % 8);
    }
}

/* ---- threads ---- */

struct shared {
    const struct pki *pki;
    const struct crl *crl;
};

static void *ask_again_and_again(void *argument)
{
    const struct shared *const shared = argument;
    const struct pki *const pki = shared->pki;
    size_t wrong = 0;
    for (int i = 0; i < 50; i++) {
        SCOPED(public_key) key = {0};
        slice value;
        wrong += certificate_issued_by(&pki->leaf, &pki->ca, ES256, 0).fault != NULL;
        wrong += certificate_issued_by(&pki->ca, &pki->root, ES256, 1).fault != NULL;
        wrong += crl_issued_by(shared->crl, &pki->ca, ES256).fault != NULL;
        wrong += !crl_lists(shared->crl, &pki->leaf);
        wrong += certificate_key(&pki->leaf, &key).fault != NULL;
        wrong += certificate_extension(&pki->leaf, "2.5.29.15", &value).fault != NULL;
    }
    return (void *)wrong;
}

TEST(threads_share_certificates)
{
    enum { THREADS = 4 };
    static const uint64_t serials[] = {9, 3};
    SCOPED(pki) made = pki_make();
    struct pki pki = {0};
    const struct certificate *const from[] = {&made.root, &made.ca, &made.leaf};
    struct certificate *const to[] = {&pki.root, &pki.ca, &pki.leaf};
    for (size_t i = 0; i < 3; i++) { /* read, and not used before the threads do */
        SCOPED(buffer) der = der_of(from[i]);
        EXPECT_OK(certificate_read(buffer_view(&der), to[i]));
    }
    SCOPED(crl) crl = crl_make(&made.ca, CA_KEY, ES256, serials, 2);
    struct shared shared = {&pki, &crl};
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        EXPECT(pthread_create(&threads[i], NULL, ask_again_and_again, &shared) == 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *wrong = NULL;
        EXPECT(pthread_join(threads[i], &wrong) == 0 && wrong == NULL);
    }
    pki_clear(&pki);
}
