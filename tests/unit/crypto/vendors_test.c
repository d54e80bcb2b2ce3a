/* SPDX-License-Identifier: Apache-2.0 */

/* Real certificates and CRLs of AMD and Intel, and synthetic ones that imitate them. */

#include "crypto/certificate.h"

#include "samples.h"

#define ES256 SIGNATURE_ECDSA_SHA256
#define PSS SIGNATURE_RSA_PSS_SHA384

static struct certificate certificate_of_file(const char *folder, const char *name)
{
    struct certificate certificate = {0};
    SCOPED(buffer) der = file_read(folder, name);
    EXPECT_OK(certificate_read(buffer_view(&der), &certificate));
    return certificate;
}

static struct crl crl_of_file(const char *folder, const char *name)
{
    struct crl crl = {0};
    SCOPED(buffer) der = file_read(folder, name);
    EXPECT_OK(crl_read(buffer_view(&der), &crl));
    return crl;
}

static bool is_in(const char *folder, const char *name)
{
    char path[6 * PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, R_OK) == 0;
}

/* Calls `visit` for each folder in `family`; tells how many. */
static int each_folder(const char *family, void (*visit)(const char *folder, const char *name))
{
    char path[2 * PATH_SIZE], folder[3 * PATH_SIZE];
    int count = 0;
    snprintf(path, sizeof path, "%s/%s", samples_root(), family);
    DIR *const list = opendir(path);
    for (const struct dirent *entry; list && (entry = readdir(list));) {
        if (entry->d_name[0] == '.')
            continue;
        const int before = test_failures;
        snprintf(folder, sizeof folder, "%s/%s", path, entry->d_name);
        visit(folder, entry->d_name);
        if (test_failures != before)
            printf("  in %s/%s\n", family, entry->d_name);
        count++;
    }
    if (list)
        closedir(list);
    return count;
}

static const char *folder_of(const char *id)
{
    static char folder[2 * PATH_SIZE];
    snprintf(folder, sizeof folder, "%s/%s", samples_root(), id);
    return folder;
}

static bool has_key(const struct certificate *certificate, const char *hex)
{
    uint8_t expected[32];
    struct digest digest = {0};
    EXPECT_OK(hex_read_exactly(slice_of_text(hex), expected, sizeof expected));
    EXPECT_OK(certificate_spki_digest(certificate, HASH_SHA256, &digest));
    return slice_equal((slice){digest.data, digest.size}, SLICE(expected));
}

/* ---- AMD ---- */

/* SHA-256 of the roots' public keys, computed with another tool. */
static const struct {
    const char *name, *key;
} amd_roots[] = {
    {"ARK-Milan", "9f056bee44377e29308cb5ffa895bdfb62d18881fa6bed8d6f075b0204089cb9"},
    {"ARK-Genoa", "429a69c9422aa258ee4d8db5fcda9c6470ef15f8cd5a9cebd6cbc7d90b863831"},
    {"ARK-Turin", "4f125410563a2ab9a50356f9243f6fe0b6f73de98603f53f90339c70e9d7ad08"},
};

static bool is_amd_root(const struct certificate *ark)
{
    char name[COMMON_NAME_SIZE_MAX];
    certificate_common_name(ark, name);
    for (size_t i = 0; i < sizeof amd_roots / sizeof *amd_roots; i++)
        if (strcmp(name, amd_roots[i].name) == 0)
            return has_key(ark, amd_roots[i].key);
    return false;
}

struct amd_chain {
    struct certificate ark, middle, leaf;
};

static void amd_chain_clear(struct amd_chain *chain)
{
    certificate_clear(&chain->ark);
    certificate_clear(&chain->middle);
    certificate_clear(&chain->leaf);
}

static struct amd_chain amd_chain_of(const char *folder)
{
    return (struct amd_chain){
        .ark = certificate_of_file(folder, "ark.der"),
        .middle = certificate_of_file(folder, is_in(folder, "ask.der") ? "ask.der" : "asvk.der"),
        .leaf = certificate_of_file(folder, is_in(folder, "vcek.der") ? "vcek.der" : "vlek.der"),
    };
}

static int amd_chains;

static void check_amd_chain(const char *folder, const char *name)
{
    if (!is_in(folder, "vcek.der") && !is_in(folder, "vlek.der"))
        return;
    amd_chains++;
    SCOPED(amd_chain) chain = amd_chain_of(folder);
    SCOPED(public_key) key = {0};
    SCOPED(public_key) root_key = {0};
    char common_name[COMMON_NAME_SIZE_MAX];
    slice hw_id;

    EXPECT(is_amd_root(&chain.ark));
    EXPECT_OK(certificate_issued_by(&chain.ark, &chain.ark, PSS, 1));
    EXPECT_OK(certificate_issued_by(&chain.middle, &chain.ark, PSS, 1));
    EXPECT_OK(certificate_issued_by(&chain.leaf, &chain.middle, PSS, 0));
    EXPECT_FAIL(UNAUTHENTIC, certificate_issued_by(&chain.leaf, &chain.middle, PSS, 1));
    EXPECT_FAIL(UNAUTHENTIC, certificate_issued_by(&chain.leaf, &chain.ark, PSS, 0));
    EXPECT_FAIL(UNAUTHENTIC, certificate_issued_by(&chain.leaf, &chain.leaf, PSS, 0));
    EXPECT_FAIL(UNAUTHENTIC,
                certificate_issued_by(&chain.leaf, &chain.middle, SIGNATURE_ECDSA_SHA384, 0));

    const bool is_vlek = is_in(folder, "vlek.der");
    certificate_common_name(&chain.leaf, common_name);
    EXPECT(strcmp(common_name, is_vlek ? "SEV-VLEK" : "SEV-VCEK") == 0);
    EXPECT_OK(certificate_key(&chain.leaf, &key));
    EXPECT_OK(certificate_key(&chain.ark, &root_key));
    EXPECT(public_key_is_on(&key, CURVE_P384) && public_key_rsa_bits(&root_key) == 4096);
    EXPECT_OK(certificate_extension(&chain.leaf, "1.3.6.1.4.1.3704.1.4", &hw_id));
    const size_t expected = is_vlek ? 0 : strncmp(name, "turin", 5) == 0 ? 8 : 64;
    EXPECT(hw_id.size == expected);
}

TEST(amds_chains_hold_and_only_in_their_order)
{
    if (!samples_root())
        SKIP(14, "no shared samples");
    amd_chains = 0;
    each_folder("snp", check_amd_chain);
    EXPECT(amd_chains >= 14);
}

/* E22 */
TEST(amds_crl_lists_the_revoked_ask_and_not_the_current_one)
{
    if (!samples_root())
        SKIP(1, "no shared samples");
    const char *const folder = folder_of("snp/negative-genoa-revoked-ask");
    SCOPED(certificate) ark = certificate_of_file(folder, "ark.der");
    SCOPED(certificate) revoked = certificate_of_file(folder, "ask_revoked.der");
    SCOPED(certificate) current = certificate_of_file(folder, "ask_current.der");
    SCOPED(crl) crl = crl_of_file(folder, "crl_genoa.der");
    SCOPED(crl) milan = crl_of_file(folder, "crl_milan.der");
    EXPECT_OK(certificate_issued_by(&revoked, &ark, PSS, 1)); /* the signature still holds */
    EXPECT_OK(certificate_issued_by(&current, &ark, PSS, 1));
    EXPECT_OK(crl_issued_by(&crl, &ark, PSS));
    EXPECT(crl_names_issuer_of(&crl, &revoked) && crl_names_issuer_of(&crl, &current));
    EXPECT(crl_lists(&crl, &revoked) && !crl_lists(&crl, &current));
    EXPECT(crl.this_update_s == time_of("2022-10-31T13:34:46Z"));
    EXPECT(crl.next_update_s == time_of("2023-10-31T23:00:00Z"));
    EXPECT_FAIL(UNAUTHENTIC, crl_issued_by(&crl, &current, PSS));
    EXPECT_FAIL(UNAUTHENTIC, crl_issued_by(&milan, &ark, PSS));
    EXPECT(!crl_names_issuer_of(&milan, &revoked) && !crl_lists(&milan, &revoked));
}

/* What is wrong with each synthetic chain, as far as certificates can tell. */
enum wrong { NOTHING, THE_MIDDLE, THE_LEAF, THE_CRL, REVOKED };

static const struct {
    const char *name;
    enum wrong wrong;
} synthetic[] = {
    {"genoa-vcek-leaf-foreign", THE_LEAF},
    {"milan-vcek-leaf-by-ark", THE_LEAF},
    {"turin-vcek-leaf-pkcs1", THE_LEAF},
    {"milan-vcek-mid-not-ca", THE_LEAF}, /* that its middle issued it without the right to */
    {"milan-vcek-other-root", THE_MIDDLE},
    {"turin-vcek-mid-foreign", THE_MIDDLE},
    {"milan-vcek-crl-foreign", THE_CRL},
    {"genoa-vlek-crl-revoked", REVOKED},
    {"turin-vcek-crl-revoked", REVOKED},
};

static enum wrong wrong_of(const char *name)
{
    for (size_t i = 0; i < sizeof synthetic / sizeof *synthetic; i++)
        if (strcmp(synthetic[i].name, name) == 0)
            return synthetic[i].wrong;
    return NOTHING;
}

static int synthetic_wrongs;

static void check_synthetic(const char *folder, const char *name)
{
    const enum wrong wrong = wrong_of(name);
    synthetic_wrongs += wrong != NOTHING;
    SCOPED(amd_chain) chain = amd_chain_of(folder);
    EXPECT(!is_amd_root(&chain.ark)); /* E18: a root with the right name and another key */
    EXPECT_OK(certificate_issued_by(&chain.ark, &chain.ark, PSS, 1));
    EXPECT(!certificate_issued_by(&chain.middle, &chain.ark, PSS, 1).fault ==
           (wrong != THE_MIDDLE));
    EXPECT(!certificate_issued_by(&chain.leaf, &chain.middle, PSS, 0).fault == (wrong != THE_LEAF));
    if (!is_in(folder, "crl.der"))
        return;
    SCOPED(crl) crl = crl_of_file(folder, "crl.der");
    EXPECT(!crl_issued_by(&crl, &chain.ark, PSS).fault == (wrong != THE_CRL));
    EXPECT(crl_lists(&crl, &chain.middle) == (wrong == REVOKED));
}

/* E18, E19, E20, E22 */
TEST(synthetic_amd_chains_fail_where_they_are_wrong_and_nowhere_else)
{
    if (!samples_root())
        SKIP(68, "no shared samples");
    synthetic_wrongs = 0;
    EXPECT(each_folder("synthetic-snp", check_synthetic) >= 68);
    EXPECT(synthetic_wrongs == sizeof synthetic / sizeof *synthetic);
}

/* ---- Intel ---- */

static const char intel_root[] = "a0af031289f5d5d4132f9186068a7fc13628633ba235777472e29b6b6c67a49e";

enum { CHAIN_MAX = 3 };

struct intel_chain {
    struct certificate certificates[CHAIN_MAX];
    size_t count;
};

static void intel_chain_clear(struct intel_chain *chain)
{
    for (size_t i = 0; i < CHAIN_MAX; i++)
        certificate_clear(&chain->certificates[i]);
}

/* The certificates in PEM in `text`, the leaf first. */
static struct intel_chain intel_chain_of(slice text)
{
    struct intel_chain chain = {0};
    char label[PEM_LABEL_SIZE_MAX];
    SCOPED(buffer) der = {0};
    while (chain.count < CHAIN_MAX && !pem_read_next(&text, label, &der).fault) {
        EXPECT_OK(certificate_read(buffer_view(&der), &chain.certificates[chain.count++]));
        buffer_clear(&der);
    }
    return chain;
}

static struct intel_chain intel_chain_of_file(const char *folder, const char *name)
{
    SCOPED(buffer) text = file_read(folder, name);
    return intel_chain_of(buffer_view(&text));
}

/* The PCK chain that a quote carries; empty when it carries none. */
static struct intel_chain intel_chain_of_quote(const char *folder)
{
    static const char begin[] = "-----BEGIN CERTIFICATE";
    if (!is_in(folder, "evidence.bin"))
        return (struct intel_chain){0};
    SCOPED(buffer) quote = file_read(folder, "evidence.bin");
    const uint8_t *const at = memmem(quote.data, quote.size, begin, strlen(begin));
    return at ? intel_chain_of((slice){at, quote.size - (size_t)(at - quote.data)})
              : (struct intel_chain){0};
}

static void expect_chain(const struct intel_chain *chain)
{
    const struct certificate *const root = &chain->certificates[chain->count - 1];
    EXPECT_OK(certificate_issued_by(root, root, ES256, 1));
    for (size_t i = 0; i + 1 < chain->count; i++) {
        const struct certificate *const subject = &chain->certificates[i];
        const int depth = (int)i;
        EXPECT_OK(certificate_issued_by(subject, subject + 1, ES256, depth));
        EXPECT_FAIL(UNAUTHENTIC, certificate_issued_by(subject, subject + 1, PSS, depth));
        EXPECT_FAIL(UNAUTHENTIC, certificate_issued_by(subject + 1, subject, ES256, depth));
    }
}

static int intel_quotes, intel_sets;

static void check_collateral(const char *folder, const struct certificate *leaf, bool is_real)
{
    if (!is_in(folder, "root_ca_crl.der") || !is_in(folder, "pck_crl_issuer_chain.pem") ||
        !is_in(folder, "tcb_signing_chain.pem"))
        return;
    SCOPED(intel_chain) issuers = intel_chain_of_file(folder, "pck_crl_issuer_chain.pem");
    SCOPED(intel_chain) signers = intel_chain_of_file(folder, "tcb_signing_chain.pem");
    SCOPED(crl) pck_crl = crl_of_file(folder, "pck_crl.der");
    SCOPED(crl) root_crl = crl_of_file(folder, "root_ca_crl.der");
    const struct certificate *const ca = &issuers.certificates[0];
    const struct certificate *const root = &issuers.certificates[1];
    intel_sets++;
    EXPECT(issuers.count == 2 && signers.count == 2);
    expect_chain(&issuers);
    expect_chain(&signers);
    EXPECT(has_key(root, intel_root) == is_real);
    EXPECT_OK(crl_issued_by(&pck_crl, ca, ES256));
    EXPECT_OK(crl_issued_by(&root_crl, root, ES256));
    EXPECT_FAIL(UNAUTHENTIC, crl_issued_by(&pck_crl, root, ES256));
    EXPECT_FAIL(UNAUTHENTIC, crl_issued_by(&root_crl, ca, ES256));
    EXPECT_FAIL(UNAUTHENTIC, crl_issued_by(&pck_crl, ca, SIGNATURE_ECDSA_SHA384));
    EXPECT(crl_names_issuer_of(&root_crl, ca) && !crl_names_issuer_of(&pck_crl, ca));
    EXPECT(!crl_lists(&root_crl, ca) && !crl_lists(&root_crl, &signers.certificates[0]));
    if (leaf->x509)
        EXPECT(!crl_lists(&pck_crl, leaf));
}

static void check_quote(const char *folder, const char *name)
{
    SCOPED(intel_chain) chain = intel_chain_of_quote(folder);
    /* Those whose certificates are not Intel's or were spoiled on purpose. */
    const bool is_real =
        strncmp(name, "negative", 8) != 0 && strcmp(name, "intel-sample-own-root") != 0;
    if (!is_real)
        return;
    if (chain.count == CHAIN_MAX) {
        intel_quotes++;
        expect_chain(&chain);
        EXPECT(has_key(&chain.certificates[2], intel_root));
    }
    for (int i = 1; i <= 2; i++) {
        char set[4 * PATH_SIZE];
        snprintf(set, sizeof set, "%s/collateral-%d", folder, i);
        check_collateral(set, &chain.certificates[0], true);
    }
}

TEST(intels_chains_and_crls_hold)
{
    if (!samples_root())
        SKIP(60, "no shared samples");
    intel_quotes = intel_sets = 0;
    each_folder("tdx", check_quote);
    each_folder("sgx", check_quote);
    EXPECT(intel_quotes >= 30 && intel_sets >= 30);
}

/* A name says which certificate of the set is revoked, or that a CRL is another key's. */
/* E18, E22 */
TEST(synthetic_intel_crls_list_what_they_say)
{
    static const struct {
        const char *id;
        bool ca_is_revoked, leaf_is_revoked, pck_crl_is_foreign, root_crl_is_foreign;
    } rows[] = {
        {.id = "synthetic-dcap/tdx-status-UpToDate"},
        {.id = "synthetic-dcap/tdx-ca-revoked", .ca_is_revoked = true},
        {.id = "synthetic-dcap/sgx-ca-revoked", .ca_is_revoked = true},
        {.id = "synthetic-dcap/tdx-pck-revoked", .leaf_is_revoked = true},
        {.id = "synthetic-dcap/tdx-other-revoked"},
        {.id = "synthetic-dcap/tdx-crl-foreign", .pck_crl_is_foreign = true},
        {.id = "synthetic-dcap/sgx-crl-foreign", .pck_crl_is_foreign = true},
        {.id = "synthetic-dcap/sgx-rootcrl-foreign",
         .pck_crl_is_foreign = true,
         .root_crl_is_foreign = true},
    };
    enum { ROWS = sizeof rows / sizeof *rows };
    if (!samples_root())
        SKIP(ROWS, "no shared samples");
    for (size_t i = 0; i < ROWS; i++) {
        char set[4 * PATH_SIZE];
        const char *const folder = folder_of(rows[i].id);
        const int before = test_failures;
        snprintf(set, sizeof set, "%s/collateral-1", folder);
        SCOPED(intel_chain) chain = intel_chain_of_quote(folder);
        SCOPED(crl) pck_crl = crl_of_file(set, "pck_crl.der");
        SCOPED(crl) root_crl = crl_of_file(set, "root_ca_crl.der");
        const struct certificate *const leaf = &chain.certificates[0], *const ca = leaf + 1;
        EXPECT(chain.count == CHAIN_MAX && !has_key(leaf + 2, intel_root));
        expect_chain(&chain);
        EXPECT(crl_lists(&root_crl, ca) == rows[i].ca_is_revoked);
        EXPECT(crl_lists(&pck_crl, leaf) == rows[i].leaf_is_revoked);
        EXPECT(!crl_issued_by(&pck_crl, ca, ES256).fault == !rows[i].pck_crl_is_foreign);
        EXPECT(!crl_issued_by(&root_crl, ca + 1, ES256).fault == !rows[i].root_crl_is_foreign);
        if (test_failures != before)
            printf("  in %s\n", rows[i].id);
    }
}
