/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/chain.h"

#include "crypto/der.h"

#include "../crypto/pki.h"
#include "spdm_recording.h"

#include <openssl/x509v3.h>

enum { ROOT_HASH = SPDM_CHAIN_HEADER_SIZE };
static const enum signature_scheme ES256 = SIGNATURE_ECDSA_SHA256;

static const struct spdm_chain_rules plain = {
    .version = SPDM_1_3, .hash = HASH_SHA256, .asym = ASYM_ECDSA_P256};

static struct buffer chain_of(const struct certificate *const *certificates)
{
    SCOPED(buffer) all = {0};
    struct buffer chain = {0};
    for (; *certificates; certificates++) {
        SCOPED(buffer) der = der_of(*certificates);
        EXPECT_OK(buffer_append(&all, buffer_view(&der)));
    }
    EXPECT_OK(spdm_chain_write(HASH_SHA256, buffer_view(&all), &chain));
    return chain;
}

#define CHAIN_OF(...) chain_of((const struct certificate *const[]){__VA_ARGS__, NULL})

static status read_by(const struct spdm_chain_rules *rules, slice bytes)
{
    SCOPED(spdm_chain) chain = {0};
    const status read = spdm_chain_read(rules, bytes, &chain);
    EXPECT(!read.fault == (chain.leaf.x509 != NULL));
    return read;
}

/* ---- the form ---- */

TEST(a_chain_is_read_and_its_facts_are_kept)
{
    SCOPED(pki) pki = pki_make();
    SCOPED(buffer) bytes = CHAIN_OF(&pki.root, &pki.ca, &pki.leaf);
    SCOPED(buffer) root = der_of(&pki.root);
    SCOPED(public_key) key = test_public(LEAF_KEY);
    SCOPED(spdm_chain) chain = {0};
    struct digest whole, first;
    EXPECT_OK(spdm_chain_read(&plain, buffer_view(&bytes), &chain));
    EXPECT_OK(digest_of(HASH_SHA256, buffer_view(&bytes), &whole));
    EXPECT_OK(digest_of(HASH_SHA256, buffer_view(&root), &first));
    buffer_clear(&bytes); /* nothing of it is borrowed */
    EXPECT(digest_equal(&chain.digest, &whole) && digest_equal(&chain.root, &first));
    EXPECT(public_key_equal(&chain.key, &key) && certificate_equal(&chain.leaf, &pki.leaf));
    EXPECT(!chain.is_anchored);
    EXPECT(chain.not_before_s == MADE_S && chain.not_after_s == pki.leaf.not_after_s);
    EXPECT(spdm_chain_is_valid_at(&chain, MADE_S));
    EXPECT(spdm_chain_is_valid_at(&chain, pki.leaf.not_after_s));
    EXPECT(!spdm_chain_is_valid_at(&chain, MADE_S - 1));
    EXPECT(!spdm_chain_is_valid_at(&chain, pki.leaf.not_after_s + 1));
    EXPECT(!spdm_chain_is_valid_at(&(struct spdm_chain){0}, 0));
}

TEST(a_chain_cut_anywhere_or_with_bytes_left_over_is_refused)
{
    SCOPED(pki) pki = pki_make();
    SCOPED(buffer) bytes = CHAIN_OF(&pki.root, &pki.ca, &pki.leaf);
    for (size_t size = 0; size < bytes.size; size++) {
        /* Also where its length says that it was cut. */
        SCOPED(buffer) cut = {0};
        EXPECT_OK(buffer_append(&cut, (slice){bytes.data, size}));
        EXPECT(read_by(&plain, buffer_view(&cut)).fault);
        if (size < 2)
            continue;
        cut.data[0] = (uint8_t)size;
        cut.data[1] = (uint8_t)(size >> 8);
        EXPECT(read_by(&plain, buffer_view(&cut)).fault);
    }
    EXPECT_OK(buffer_append(&bytes, slice_of_text("\x30")));
    EXPECT_FAIL(MALFORMED, read_by(&plain, buffer_view(&bytes)));
    bytes.data[0]++;
    EXPECT(read_by(&plain, buffer_view(&bytes)).fault);
}

/* spec: DSP0274 1.4: 32 bits of length, where 16 were reserved before */
TEST(the_upper_half_of_the_length_is_reserved_before_1_4)
{
    SCOPED(pki) pki = pki_make();
    SCOPED(buffer) bytes = CHAIN_OF(&pki.root, &pki.ca, &pki.leaf);
    struct spdm_chain_rules rules = plain;
    bytes.data[2] = 1;
    EXPECT_OK(read_by(&rules, buffer_view(&bytes)));
    rules.version = SPDM_1_4;
    EXPECT_FAIL(MALFORMED, read_by(&rules, buffer_view(&bytes)));
    bytes.data[2] = 0;
    EXPECT_OK(read_by(&rules, buffer_view(&bytes)));
}

/* P29 */
TEST(a_chain_of_more_certificates_than_we_follow_or_of_none_is_refused)
{
    enum { MOST = SPDM_CHAIN_CERTIFICATES_MAX };
    const struct certificate_request request = authority_request("CN=Root", 1, -1);
    SCOPED(certificate) root = make(&request, ROOT_KEY, NULL, ROOT_KEY, ES256);
    const struct certificate_request leaf = leaf_request("CN=Leaf", 2);
    SCOPED(certificate) last = make(&leaf, LEAF_KEY, &root, ROOT_KEY, ES256);
    const struct certificate *links[MOST + 2] = {NULL};
    for (size_t i = 0; i < MOST; i++)
        links[i] = &root; /* which issues itself */
    links[MOST - 1] = &last;
    SCOPED(buffer) most = chain_of(links);
    EXPECT_OK(read_by(&plain, buffer_view(&most)));
    links[MOST - 1] = &root;
    links[MOST] = &last;
    SCOPED(buffer) more = chain_of(links);
    EXPECT_FAIL(EXHAUSTED, read_by(&plain, buffer_view(&more)));

    static const uint8_t none[SPDM_CHAIN_HEADER_SIZE + 32] = {sizeof none};
    EXPECT_FAIL(MALFORMED, read_by(&plain, SLICE(none)));
}

TEST(a_longer_chain_than_every_version_takes_is_not_written)
{
    static uint8_t long_one[SPDM_CHAIN_SIZE_MAX] = {0x30, 0x00};
    struct buffer out = {0};
    EXPECT_FAIL(EXHAUSTED, spdm_chain_write(HASH_SHA256, SLICE(long_one), &out));
    EXPECT(out.size == 0);
    EXPECT(spdm_chain_write(HASH_SHA256, (slice){0}, &out).fault);
    EXPECT(out.size == 0);
}

/* ---- from the root to the leaf ---- */

TEST(a_chain_out_of_order_or_with_a_link_missing_is_refused)
{
    SCOPED(pki) pki = pki_make();
    SCOPED(buffer) swapped = CHAIN_OF(&pki.root, &pki.leaf, &pki.ca);
    SCOPED(buffer) missing = CHAIN_OF(&pki.root, &pki.leaf);
    SCOPED(buffer) twice = CHAIN_OF(&pki.root, &pki.ca, &pki.ca, &pki.leaf);
    EXPECT_FAIL(UNAUTHENTIC, read_by(&plain, buffer_view(&swapped)));
    EXPECT_FAIL(UNAUTHENTIC, read_by(&plain, buffer_view(&missing)));
    EXPECT_FAIL(UNAUTHENTIC, read_by(&plain, buffer_view(&twice)));
}

/* A root that no longer names itself is not one: it may be a chain whose root was left out. */
TEST(a_chain_changed_anywhere_is_refused_or_not_anchored)
{
    SCOPED(pki) pki = pki_make();
    SCOPED(buffer) bytes = CHAIN_OF(&pki.root, &pki.ca, &pki.leaf);
    struct spdm_chain_rules rules = plain;
    rules.roots = &pki.root;
    rules.root_count = 1;
    for (size_t bit = 0; bit < 8 * bytes.size; bit += 7 * BIT_STEP) {
        SCOPED(spdm_chain) chain = {0};
        if (bit / 8 == 2 || bit / 8 == 3)
            continue; /* reserved */
        bytes.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
        EXPECT(spdm_chain_read(&rules, buffer_view(&bytes), &chain).fault || !chain.is_anchored);
        bytes.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    SCOPED(spdm_chain) chain = {0};
    EXPECT_OK(spdm_chain_read(&rules, buffer_view(&bytes), &chain));
    EXPECT(chain.is_anchored);
}

TEST(a_chain_is_anchored_in_a_root_that_was_given_and_in_no_other)
{
    SCOPED(pki) pki = pki_make();
    SCOPED(buffer) bytes = CHAIN_OF(&pki.root, &pki.ca, &pki.leaf);
    const struct certificate_request request = authority_request("C=US/O=Test/CN=Root", 1, 1);
    SCOPED(certificate) stranger = make(&request, OTHER_KEY, NULL, OTHER_KEY, ES256);
    struct certificate roots[] = {stranger, pki.root};
    struct spdm_chain_rules rules = plain;
    rules.roots = roots;
    for (rules.root_count = 0; rules.root_count <= 2; rules.root_count++) {
        SCOPED(spdm_chain) chain = {0};
        EXPECT_OK(spdm_chain_read(&rules, buffer_view(&bytes), &chain));
        EXPECT(chain.is_anchored == (rules.root_count == 2));
    }
}

TEST(a_root_that_was_left_out_is_looked_for_by_its_hash)
{
    SCOPED(pki) pki = pki_make();
    SCOPED(buffer) whole = CHAIN_OF(&pki.root, &pki.ca, &pki.leaf);
    SCOPED(buffer) bytes = CHAIN_OF(&pki.ca, &pki.leaf);
    struct spdm_chain_rules rules = plain;
    memcpy(bytes.data + ROOT_HASH, whole.data + ROOT_HASH, 32);
    SCOPED(spdm_chain) unknown = {0};
    SCOPED(spdm_chain) known = {0};
    EXPECT_OK(spdm_chain_read(&rules, buffer_view(&bytes), &unknown));
    EXPECT(!unknown.is_anchored);
    rules.roots = &pki.root;
    rules.root_count = 1;
    EXPECT_OK(spdm_chain_read(&rules, buffer_view(&bytes), &known));
    EXPECT(known.is_anchored);

    /* A trusted root's hash, over what it did not issue. */
    const struct certificate_request request = authority_request("C=US/O=Test/CN=Root", 1, 1);
    SCOPED(certificate) stranger = make(&request, OTHER_KEY, NULL, OTHER_KEY, ES256);
    const struct certificate_request ca_request = authority_request("CN=Authority", 2, 0);
    SCOPED(certificate) ca = make(&ca_request, CA_KEY, &stranger, OTHER_KEY, ES256);
    const struct certificate_request request_below = leaf_request("CN=Leaf", 3);
    SCOPED(certificate) leaf = make(&request_below, LEAF_KEY, &ca, CA_KEY, ES256);
    SCOPED(buffer) forged = CHAIN_OF(&ca, &leaf);
    SCOPED(buffer) forged_root = CHAIN_OF(&stranger, &ca, &leaf);
    memcpy(forged.data + ROOT_HASH, whole.data + ROOT_HASH, 32);
    memcpy(forged_root.data + ROOT_HASH, whole.data + ROOT_HASH, 32);
    EXPECT_FAIL(UNAUTHENTIC, read_by(&rules, buffer_view(&forged)));
    EXPECT_FAIL(UNAUTHENTIC, read_by(&rules, buffer_view(&forged_root)));
    EXPECT_FAIL(UNAUTHENTIC, read_by(&plain, buffer_view(&forged_root)));
}

/* ---- the leaf ---- */

/* The leaf of `pki`, after `edit`, signed again by its authority. */
static struct buffer edited(const struct pki *pki, void (*edit)(X509 *x509))
{
    SCOPED(certificate) leaf = {0};
    SCOPED(private_key) key = test_key(CA_KEY);
    X509 *const x509 = X509_dup(pki->leaf.x509);
    edit(x509);
    EXPECT(X509_sign(x509, key.pkey, EVP_sha256()) > 0);
    SCOPED(buffer) der = der_of(&(struct certificate){.x509 = x509});
    X509_free(x509);
    EXPECT_OK(certificate_read(buffer_view(&der), &leaf));
    return CHAIN_OF(&pki->root, &pki->ca, &leaf);
}

static void drop(X509 *x509, int nid)
{
    X509_EXTENSION_free(X509_delete_ext(x509, X509_get_ext_by_NID(x509, nid, -1)));
}

static void replace(X509 *x509, int nid, const char *value)
{
    drop(x509, nid);
    X509_EXTENSION *const extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    EXPECT(extension && X509_add_ext(x509, extension, -1) == 1);
    X509_EXTENSION_free(extension);
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
    replace(x509, NID_key_usage, "critical,keyAgreement");
}

static void authority(X509 *x509)
{
    replace(x509, NID_basic_constraints, "critical,CA:TRUE");
}

static void for_responders(X509 *x509)
{
    replace(x509, NID_ext_key_usage, "critical,serverAuth,1.3.6.1.4.1.412.274.3");
}

static void for_requesters(X509 *x509)
{
    replace(x509, NID_ext_key_usage, "critical,1.3.6.1.4.1.412.274.4");
}

static void for_both(X509 *x509)
{
    replace(x509, NID_ext_key_usage, "1.3.6.1.4.1.412.274.4,1.3.6.1.4.1.412.274.3");
}

static void for_servers(X509 *x509)
{
    replace(x509, NID_ext_key_usage, "serverAuth");
}

static void nothing(X509 *x509)
{
    (void)x509;
}

/* spec: DSP0274 1.4, "Leaf certificate" */
TEST(a_leaf_is_taken_for_what_it_may_be_used_as)
{
    static const struct {
        void (*edit)(X509 *x509);
        uint8_t version;
        bool is_requester;
        enum spdm_certificate_model model;
        bool is_good;
    } cases[] = {
        {nothing, SPDM_1_2, false, SPDM_CERTIFICATE_MODEL_NONE, true},
        {nothing, SPDM_1_4, true, SPDM_DEVICE_CERT, true},
        {no_constraints, SPDM_1_2, false, SPDM_DEVICE_CERT, true},
        {no_constraints, SPDM_1_3, false, SPDM_DEVICE_CERT, false},
        {no_constraints, SPDM_1_3, false, SPDM_GENERIC_CERT, true},
        {no_usage, SPDM_1_2, false, SPDM_DEVICE_CERT, false},
        {no_usage, SPDM_1_3, false, SPDM_GENERIC_CERT, true},
        {other_usage, SPDM_1_2, false, SPDM_ALIAS_CERT, false},
        {authority, SPDM_1_1, false, SPDM_DEVICE_CERT, false},
        {authority, SPDM_1_4, false, SPDM_ALIAS_CERT, false},
        {for_responders, SPDM_1_2, false, SPDM_DEVICE_CERT, true},
        {for_responders, SPDM_1_2, true, SPDM_DEVICE_CERT, false},
        {for_requesters, SPDM_1_2, true, SPDM_DEVICE_CERT, true},
        {for_requesters, SPDM_1_2, false, SPDM_DEVICE_CERT, false},
        {for_both, SPDM_1_2, true, SPDM_DEVICE_CERT, true},
        {for_both, SPDM_1_2, false, SPDM_DEVICE_CERT, true},
        {for_servers, SPDM_1_2, true, SPDM_DEVICE_CERT, true},
        {for_servers, SPDM_1_2, false, SPDM_DEVICE_CERT, true},
    };
    SCOPED(pki) pki = pki_make();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        SCOPED(buffer) bytes = edited(&pki, cases[i].edit);
        const struct spdm_chain_rules rules = {.version = cases[i].version,
                                               .hash = HASH_SHA256,
                                               .asym = ASYM_ECDSA_P256,
                                               .is_requester = cases[i].is_requester,
                                               .model = cases[i].model};
        const status read = read_by(&rules, buffer_view(&bytes));
        if (!read.fault != cases[i].is_good)
            printf("  case %zu: %s\n", i, read.fault ? read.fault->what : "taken");
        EXPECT(!read.fault == cases[i].is_good);
        EXPECT(!read.fault || read.fault->failure == FAILURE_UNAUTHENTIC);
    }
}

TEST(a_leafs_key_is_of_the_negotiated_kind)
{
    SCOPED(pki) pki = pki_make();
    SCOPED(buffer) bytes = CHAIN_OF(&pki.root, &pki.ca, &pki.leaf);
    struct spdm_chain_rules rules = plain;
    rules.asym = ASYM_ECDSA_P384;
    EXPECT_FAIL(UNAUTHENTIC, read_by(&rules, buffer_view(&bytes)));
    rules.asym = ASYM_RSAPSS_2048;
    EXPECT_FAIL(UNAUTHENTIC, read_by(&rules, buffer_view(&bytes)));
    rules.asym = ASYM_NONE;
    EXPECT_OK(read_by(&rules, buffer_view(&bytes)));
}

/* spec: DSP0274 1.4: the hardware identity OID, in SPDM's extension */
TEST(an_alias_does_not_claim_to_be_the_device)
{
    for (int has_identity = 0; has_identity < 2; has_identity++) {
        SCOPED(pki) pki = pki_make();
        SCOPED(buffer) oid = {0};
        SCOPED(buffer) item = {0};
        SCOPED(buffer) list = {0};
        EXPECT_OK(
            der_write_oid(&oid, has_identity ? "1.3.6.1.4.1.412.274.2" : "1.3.6.1.4.1.412.274.5"));
        EXPECT_OK(der_write(&item, 0x30, buffer_view(&oid)));
        EXPECT_OK(der_write(&list, 0x30, buffer_view(&item)));
        const struct certificate_extension_entry entry = {"1.3.6.1.4.1.412.274.6", true,
                                                          buffer_view(&list)};
        struct certificate_request request = leaf_request("CN=Leaf", 3);
        request.extensions = &entry;
        request.extension_count = 1;
        SCOPED(certificate) leaf = make(&request, LEAF_KEY, &pki.ca, CA_KEY, ES256);
        SCOPED(buffer) bytes = CHAIN_OF(&pki.root, &pki.ca, &leaf);
        struct spdm_chain_rules rules = plain;
        EXPECT_OK(read_by(&rules, buffer_view(&bytes)));
        rules.model = SPDM_ALIAS_CERT;
        EXPECT(!read_by(&rules, buffer_view(&bytes)).fault == !has_identity);
    }
}

/* spec: DSP0274 1.4, "SET_CERTIFICATE request and SET_CERTIFICATE_RSP response messages" */
TEST(what_ends_with_the_issuer_of_aliases_ends_with_an_authority_that_may_issue)
{
    static const struct {
        bool is_ca;
        int above; /* pathLenConstraint of the authority before it */
        bool is_good;
    } cases[] = {{true, -1, true}, {true, 1, true}, {true, 0, false}, {false, -1, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct certificate_request root_request = authority_request("CN=Root", 1, -1);
        const struct certificate_request ca_request =
            authority_request("CN=Authority", 2, cases[i].above);
        struct certificate_request request = authority_request("CN=Device", 3, -1);
        request.is_ca = cases[i].is_ca;
        SCOPED(certificate) root = make(&root_request, ROOT_KEY, NULL, ROOT_KEY, ES256);
        SCOPED(certificate) ca = make(&ca_request, CA_KEY, &root, ROOT_KEY, ES256);
        SCOPED(certificate) device = make(&request, LEAF_KEY, &ca, CA_KEY, ES256);
        SCOPED(buffer) bytes = CHAIN_OF(&root, &ca, &device);
        struct spdm_chain_rules rules = plain;
        rules.model = SPDM_ALIAS_CERT;
        rules.asym = ASYM_ECDSA_P384; /* the aliases' */
        rules.ends_with_issuer = true;
        EXPECT(!read_by(&rules, buffer_view(&bytes)).fault == cases[i].is_good);
    }
}

/* The published CPU-TEE draft's form. */
TEST(one_certificate_that_issued_itself_is_a_chain)
{
    const struct certificate_request request = leaf_request("CN=Alone", 3);
    SCOPED(certificate) leaf = make(&request, LEAF_KEY, NULL, LEAF_KEY, ES256);
    SCOPED(buffer) bytes = CHAIN_OF(&leaf);
    SCOPED(spdm_chain) chain = {0};
    EXPECT_OK(spdm_chain_read(&plain, buffer_view(&bytes), &chain));
    EXPECT(!chain.is_anchored && certificate_equal(&chain.leaf, &leaf));
}

/* ---- others' chains ---- */

TEST(sample_chains_of_every_kind_of_key_are_anchored)
{
    static const struct {
        const char *folder;
        enum asym asym;
        enum hash hash;
    } kinds[] = {
        {"ecp256", ASYM_ECDSA_P256, HASH_SHA256}, {"ecp384", ASYM_ECDSA_P384, HASH_SHA384},
        {"ecp521", ASYM_ECDSA_P521, HASH_SHA512}, {"rsa3072", ASYM_RSAPSS_3072, HASH_SHA3_384},
        {"mldsa44", ASYM_ML_DSA_44, HASH_SHA256}, {"mldsa65", ASYM_ML_DSA_65, HASH_SHA384},
        {"mldsa87", ASYM_ML_DSA_87, HASH_SHA512}};
    static const char *const bundles[] = {
        "bundle_responder.certchain.der", "bundle_responder.certchain1.der",
        "bundle_responder.certchain4.der", "bundle_responder.certchain_alias.der",
        "bundle_requester.certchain.der"};
    static const int64_t recorded_s = 1795392000; /* 2026-11-23 */
    if (spdm_recordings_are_absent(sizeof kinds / sizeof *kinds))
        return;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!asym_is_available(kinds[i].asym)) {
            printf("  skipped: this OpenSSL reads no chains of %s\n", kinds[i].folder);
            test_skipped++;
            continue;
        }
        char file[RECORDING_PATH_SIZE];
        SCOPED(certificate) root = {0};
        snprintf(file, sizeof file, "certs/%s/ca.cert.der", kinds[i].folder);
        SCOPED(buffer) root_der = spdm_recordings_file(file);
        EXPECT_OK(certificate_read(buffer_view(&root_der), &root));
        for (size_t j = 0; j < sizeof bundles / sizeof *bundles; j++) {
            snprintf(file, sizeof file, "certs/%s/%s", kinds[i].folder, bundles[j]);
            SCOPED(buffer) bundle = spdm_recordings_file(file);
            SCOPED(buffer) bytes = {0};
            SCOPED(spdm_chain) chain = {0};
            const struct spdm_chain_rules rules = {.version = SPDM_1_4,
                                                   .hash = kinds[i].hash,
                                                   .asym = kinds[i].asym,
                                                   .is_requester = strstr(file, "requester"),
                                                   .roots = &root,
                                                   .root_count = 1};
            EXPECT_OK(spdm_chain_write(kinds[i].hash, buffer_view(&bundle), &bytes));
            const status read = spdm_chain_read(&rules, buffer_view(&bytes), &chain);
            if (read.fault)
                printf("  %s: %s\n", file, read.fault->what);
            EXPECT(!read.fault);
            EXPECT(chain.is_anchored == !strstr(file, "chain1"));
            EXPECT(spdm_chain_is_valid_at(&chain, recorded_s));
            EXPECT(spdm_chain_is_valid_at(&chain, MADE_S) == !strstr(file, "chain4"));
        }
    }
}
