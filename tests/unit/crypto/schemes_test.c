/* SPDX-License-Identifier: Apache-2.0 */

/* Every way to sign certificates: ours, and recorded ones that another library signed. */

#include "crypto/asym.h"
#include "pki.h"
#include "samples.h"

static const struct kind {
    enum asym asym;
    enum signature_scheme scheme;
} kinds[] = {
    {ASYM_ECDSA_P256, SIGNATURE_ECDSA_SHA256},
    {ASYM_ECDSA_P384, SIGNATURE_ECDSA_SHA384},
    {ASYM_ECDSA_P521, SIGNATURE_ECDSA_SHA512},
    {ASYM_RSASSA_2048, SIGNATURE_RSA_PKCS1_SHA256},
    {ASYM_RSASSA_2048, SIGNATURE_RSA_PKCS1_SHA384},
    {ASYM_RSASSA_2048, SIGNATURE_RSA_PKCS1_SHA512},
    {ASYM_RSAPSS_2048, SIGNATURE_RSA_PSS_SHA256},
    {ASYM_RSAPSS_2048, SIGNATURE_RSA_PSS_SHA384},
    {ASYM_RSAPSS_2048, SIGNATURE_RSA_PSS_SHA512},
    {ASYM_SM2, SIGNATURE_SM2_SM3},
    {ASYM_ED25519, SIGNATURE_ED25519},
    {ASYM_ED448, SIGNATURE_ED448},
    {ASYM_ML_DSA_44, SIGNATURE_ML_DSA_44},
    {ASYM_ML_DSA_65, SIGNATURE_ML_DSA_65},
    {ASYM_ML_DSA_87, SIGNATURE_ML_DSA_87},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static void flip_the_signature(const struct certificate *certificate, struct certificate *out)
{
    SCOPED(buffer) der = {0};
    EXPECT_OK(certificate_der(certificate, &der));
    der.data[der.size - 5] ^= 1;
    EXPECT_OK(certificate_read(buffer_view(&der), out));
}

static void expect_only_scheme(const struct certificate *certificate, enum signature_scheme scheme)
{
    EXPECT(certificate_scheme(certificate) == scheme);
    for (enum signature_scheme other = SIGNATURE_NONE; other <= SIGNATURE_END; other++)
        if (other == scheme)
            EXPECT_OK(certificate_issued_by(certificate, certificate, other, 0));
        else
            EXPECT_FAIL(UNAUTHENTIC, certificate_issued_by(certificate, certificate, other, 0));
}

static void check_kind(const struct kind *kind)
{
    const struct certificate_request request = authority_request("CN=Root", 1, 1);
    SCOPED(private_key) private = {0};
    SCOPED(public_key) public = {0};
    SCOPED(certificate) root = {0};
    SCOPED(certificate) flipped = {0};
    EXPECT_OK(asym_generate(kind->asym, &private));
    EXPECT_OK(private_key_public(&private, &public));
    EXPECT_OK(certificate_issue(&request, &public, NULL, &private, kind->scheme, &root));
    expect_only_scheme(&root, kind->scheme);
    flip_the_signature(&root, &flipped);
    EXPECT_FAIL(UNAUTHENTIC, certificate_issued_by(&flipped, &flipped, kind->scheme, 0));
}

TEST(a_certificate_is_signed_in_one_way_and_verified_in_no_other)
{
    for (size_t i = 0; i < KINDS; i++)
        if (asym_is_available(kinds[i].asym)) {
            check_kind(&kinds[i]);
        } else {
            printf("  skipped 1: algorithm %d is not in this OpenSSL\n", (int)kinds[i].asym);
            test_skipped++;
        }
}

TEST(a_key_of_another_kind_signs_no_certificate)
{
    const struct certificate_request request = authority_request("CN=Root", 1, 1);
    SCOPED(private_key) private = {0};
    SCOPED(public_key) public = {0};
    struct certificate root = {0};
    EXPECT_OK(asym_generate(ASYM_ED25519, &private));
    EXPECT_OK(private_key_public(&private, &public));
    for (enum signature_scheme scheme = SIGNATURE_NONE; scheme <= SIGNATURE_END; scheme++)
        if (scheme != SIGNATURE_ED25519)
            EXPECT_FAIL(UNSUPPORTED,
                        certificate_issue(&request, &public, NULL, &private, scheme, &root));
    EXPECT(!root.x509);
}

/* ---- recorded ---- */

static void check_root(const char *folder, const char *name)
{
    SCOPED(certificate) root = {0};
    SCOPED(certificate) flipped = {0};
    SCOPED(buffer) der = file_read(folder, name);
    EXPECT_OK(certificate_read(buffer_view(&der), &root));
    const enum signature_scheme scheme = certificate_scheme(&root);
    EXPECT(scheme != SIGNATURE_NONE);
    expect_only_scheme(&root, scheme);
    flip_the_signature(&root, &flipped);
    EXPECT_FAIL(UNAUTHENTIC, certificate_issued_by(&flipped, &flipped, scheme, 0));
}

TEST(recorded_roots_of_spdm_verify)
{
    static const struct {
        enum asym asym;
        const char *folder;
    } roots[] = {
        {ASYM_ECDSA_P256, "ecp256"},   {ASYM_ECDSA_P384, "ecp384"}, {ASYM_ECDSA_P521, "ecp521"},
        {ASYM_RSAPSS_3072, "rsa3072"}, {ASYM_ML_DSA_44, "mldsa44"}, {ASYM_ML_DSA_65, "mldsa65"},
        {ASYM_ML_DSA_87, "mldsa87"},
    };
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++) {
        char name[PATH_SIZE], folder[PATH_SIZE];
        if (samples_are_absent("recorded roots"))
            continue;
        snprintf(name, sizeof name, "../spdm/certs/%s", roots[i].folder);
        path_join(samples_root(), name, folder);
        if (asym_is_available(roots[i].asym)) {
            check_root(folder, "ca.cert.der");
            check_root(folder, "ca1.cert.der");
        } else {
            printf("  skipped 1: %s is not in this OpenSSL\n", roots[i].folder);
            test_skipped++;
        }
    }
}
