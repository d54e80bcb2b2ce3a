/* SPDX-License-Identifier: Apache-2.0 */

/* What is made here, judged by the openssl command: a reader and verifier that is not ours. */

#include "crypto/issue.h"

#include "codec/text.h"
#include "crypto/asym.h"
#include "crypto/der.h"
#include "pki.h"

#include <openssl/err.h>
#include <unistd.h>

#define ES256 SIGNATURE_ECDSA_SHA256
#define PSS SIGNATURE_RSA_PSS_SHA384

enum { TEXT_SIZE = 16384, PATH_SIZE = 256 };

/* A folder for the command's files, removed at the end of the test. */
struct folder {
    char path[PATH_SIZE];
};

static struct folder folder_make(void)
{
    struct folder folder;
    snprintf(folder.path, sizeof folder.path, "/tmp/cix-issue-XXXXXX");
    EXPECT(mkdtemp(folder.path) != NULL);
    return folder;
}

static void folder_clear(struct folder *folder)
{
    char command[2 * PATH_SIZE];
    snprintf(command, sizeof command, "rm -r '%s'", folder->path);
    EXPECT(system(command) == 0);
}

static void put_pem(const struct folder *folder, const char *name, const char *label, slice der)
{
    char path[2 * PATH_SIZE];
    SCOPED(buffer) pem = {0};
    snprintf(path, sizeof path, "%s/%s", folder->path, name);
    EXPECT_OK(pem_write(label, der, &pem));
    FILE *const file = fopen(path, "w");
    EXPECT(file && fwrite(pem.data, 1, pem.size, file) == pem.size && fclose(file) == 0);
}

static void put(const struct folder *folder, const char *name,
                const struct certificate *certificate)
{
    SCOPED(buffer) der = der_of(certificate);
    put_pem(folder, name, "CERTIFICATE", buffer_view(&der));
}

/* Whether `openssl <arguments>`, run in `folder`, succeeds; what it says is in `out`. */
static bool openssl(const struct folder *folder, const char *arguments, char out[TEXT_SIZE])
{
    char command[PATH_SIZE * 4];
    snprintf(command, sizeof command, "cd '%s' && openssl %s 2>&1", folder->path, arguments);
    FILE *const pipe = popen(command, "r");
    const size_t size = pipe ? fread(out, 1, TEXT_SIZE - 1, pipe) : 0;
    out[size] = '\0';
    return pipe && pclose(pipe) == 0;
}

static bool openssl_is_absent(void)
{
    return system("openssl version >/dev/null 2>&1") != 0;
}

#define EXPECT_SAYS(text, part)                                                                    \
    do {                                                                                           \
        const bool says_ = strstr(text, part) != NULL;                                             \
        if (!says_)                                                                                \
            printf("  not in this: %s\n%s\n", part, text);                                         \
        EXPECT(says_);                                                                             \
    } while (0)

TEST(openssl_verifies_what_we_issue)
{
    char text[TEXT_SIZE];
    if (openssl_is_absent())
        SKIP(1, "no openssl command");
    SCOPED(folder) folder = folder_make();
    SCOPED(pki) pki = pki_make();
    put(&folder, "root.pem", &pki.root);
    put(&folder, "ca.pem", &pki.ca);
    put(&folder, "leaf.pem", &pki.leaf);
    EXPECT(openssl(&folder,
                   "verify -x509_strict -attime 1768435200 -CAfile root.pem -untrusted ca.pem "
                   "leaf.pem",
                   text));
    EXPECT_SAYS(text, "leaf.pem: OK");
    EXPECT(!openssl(&folder,
                    "verify -attime 1768435199 -CAfile root.pem -untrusted ca.pem leaf.pem", text));
    EXPECT_SAYS(text, "not yet valid");
}

static void put_root_and_leaf(const struct folder *folder, enum asym asym,
                              enum signature_scheme scheme)
{
    const struct certificate_request above = authority_request("CN=Root", 1, 1);
    const struct certificate_request below = leaf_request("CN=Leaf", 2);
    SCOPED(private_key) private = {0};
    SCOPED(public_key) public = {0};
    SCOPED(certificate) root = {0};
    SCOPED(certificate) leaf = {0};
    EXPECT_OK(asym_generate(asym, &private));
    EXPECT_OK(private_key_public(&private, &public));
    EXPECT_OK(certificate_issue(&above, &public, NULL, &private, scheme, &root));
    EXPECT_OK(certificate_issue(&below, &public, &root, &private, scheme, &leaf));
    put(folder, "root.pem", &root);
    put(folder, "leaf.pem", &leaf);
}

TEST(openssl_verifies_and_names_the_schemes_that_tls_does_not_use)
{
    static const struct {
        enum asym asym;
        enum signature_scheme scheme;
        const char *name, *more;
    } kinds[] = {
        {ASYM_RSAPSS_3072, SIGNATURE_RSA_PSS_SHA256, "Hash Algorithm: sha256", ""},
        {ASYM_RSAPSS_2048, SIGNATURE_RSA_PSS_SHA512, "Hash Algorithm: sha512", ""},
        {ASYM_SM2, SIGNATURE_SM2_SM3, "Signature Algorithm: SM2-with-SM3",
         "-vfyopt distid:1234567812345678"},
        {ASYM_ED25519, SIGNATURE_ED25519, "Signature Algorithm: ED25519", ""},
        {ASYM_ED448, SIGNATURE_ED448, "Signature Algorithm: ED448", ""},
    };
    char text[TEXT_SIZE], command[2 * PATH_SIZE];
    if (openssl_is_absent())
        SKIP(1, "no openssl command");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        SCOPED(folder) folder = folder_make();
        if (kinds[i].asym == ASYM_ED448 && !asym_is_available(ASYM_ED448))
            continue;
        put_root_and_leaf(&folder, kinds[i].asym, kinds[i].scheme);
        snprintf(command, sizeof command, "verify -attime 1768435200 %s -CAfile root.pem leaf.pem",
                 kinds[i].more);
        EXPECT(openssl(&folder, command, text));
        EXPECT_SAYS(text, "leaf.pem: OK");
        EXPECT(openssl(&folder, "x509 -in leaf.pem -noout -text", text));
        EXPECT_SAYS(text, kinds[i].name);
    }
}

TEST(openssl_reads_each_field_as_it_was_asked_for)
{
    static const uint8_t value[] = {0xde, 0xad, 0xbe, 0xef};
    const struct certificate_extension_entry entries[] = {
        {"1.3.6.1.4.1.3704.1.4", false, SLICE(value)},
        {"1.2.3.4.5", true, SLICE(value)},
    };
    char text[TEXT_SIZE];
    if (openssl_is_absent())
        SKIP(1, "no openssl command");
    SCOPED(folder) folder = folder_make();
    SCOPED(pki) pki = pki_make();
    struct certificate_request request =
        leaf_request("/OU=Unit/C=US/L=Santa Clara/CN=Name", 0xabcd);
    request.subject_alternative_dns = "gateway.example,DNS:other.example";
    request.extensions = entries;
    request.extension_count = 2;
    SCOPED(certificate) leaf = make(&request, P384_KEY, &pki.ca, CA_KEY, ES256);
    put(&folder, "leaf.pem", &leaf);
    put(&folder, "root.pem", &pki.root);
    put(&folder, "ca.pem", &pki.ca);

    EXPECT(openssl(&folder, "x509 -in leaf.pem -noout -text", text));
    static const char *const leaf_says[] = {
        "Version: 3 (0x2)",
        "Serial Number: 43981 (0xabcd)",
        "Issuer: C = US, O = Test, CN = Authority",
        "Subject: OU = Unit, C = US, L = Santa Clara, CN = Name",
        "Not Before: Jan 15 00:00:00 2026 GMT",
        "Not After : Jan 15 00:00:00 2027 GMT",
        "NIST CURVE: P-384",
        "CA:FALSE",
        "Digital Signature",
        "1.3.6.1.4.1.3704.1.4: \n",
        "1.2.3.4.5: critical\n",
        "DNS:gateway.example,DNS:other.example",
        "Signature Algorithm: ecdsa-with-SHA256",
    };
    for (size_t i = 0; i < sizeof leaf_says / sizeof *leaf_says; i++)
        EXPECT_SAYS(text, leaf_says[i]);
    EXPECT(!strstr(text, "Certificate Sign"));
    /* The comma is a part of the one name, not the start of another. */
    EXPECT(!openssl(&folder, "x509 -in leaf.pem -noout -checkhost other.example", text) ||
           strstr(text, "does NOT match"));

    EXPECT(openssl(&folder, "x509 -in ca.pem -noout -text", text));
    static const char *const ca_says[] = {"CA:TRUE, pathlen:0", "Certificate Sign, CRL Sign",
                                          "X509v3 Basic Constraints: critical",
                                          "X509v3 Key Usage: critical"};
    for (size_t i = 0; i < sizeof ca_says / sizeof *ca_says; i++)
        EXPECT_SAYS(text, ca_says[i]);
    EXPECT(openssl(&folder, "x509 -in root.pem -noout -text", text));
    EXPECT_SAYS(text, "CA:TRUE, pathlen:1");
}

TEST(openssl_verifies_rsa_pss_as_amd_signs)
{
    const struct certificate_request root = authority_request("CN=ARK", 0x10000, -1);
    const struct certificate_request request = leaf_request("CN=VCEK", 0);
    char text[TEXT_SIZE];
    if (openssl_is_absent())
        SKIP(1, "no openssl command");
    SCOPED(folder) folder = folder_make();
    SCOPED(certificate) ark = make(&root, RSA_KEY, NULL, RSA_KEY, PSS);
    SCOPED(certificate) vcek = make(&request, P384_KEY, &ark, RSA_KEY, PSS);
    put(&folder, "ark.pem", &ark);
    put(&folder, "vcek.pem", &vcek);
    EXPECT(
        openssl(&folder, "verify -x509_strict -attime 1768435200 -CAfile ark.pem vcek.pem", text));
    EXPECT(openssl(&folder, "x509 -in vcek.pem -noout -text", text));
    static const char *const says[] = {"Serial Number: 0 (0x0)", "Signature Algorithm: rsassaPss",
                                       "Hash Algorithm: sha384", "Mask Algorithm: mgf1 with sha384",
                                       "Salt Length: 0x30"};
    for (size_t i = 0; i < sizeof says / sizeof *says; i++)
        EXPECT_SAYS(text, says[i]);
}

/* E22 */
TEST(openssl_takes_our_crls_and_refuses_whom_they_list)
{
    static const uint64_t serials[] = {3, 7};
    char text[TEXT_SIZE];
    if (openssl_is_absent())
        SKIP(1, "no openssl command");
    SCOPED(folder) folder = folder_make();
    SCOPED(pki) pki = pki_make();
    SCOPED(private_key) signer = test_key(CA_KEY);
    SCOPED(buffer) listing = {0};
    SCOPED(buffer) empty = {0};
    EXPECT_OK(crl_issue(&pki.ca, &signer, ES256, MADE_S, MADE_S + DAY_S, serials, 2, &listing));
    EXPECT_OK(crl_issue(&pki.ca, &signer, ES256, MADE_S, MADE_S + DAY_S, NULL, 0, &empty));
    put(&folder, "root.pem", &pki.root);
    put(&folder, "ca.pem", &pki.ca);
    put(&folder, "leaf.pem", &pki.leaf);
    put_pem(&folder, "listing.pem", "X509 CRL", buffer_view(&listing));
    put_pem(&folder, "empty.pem", "X509 CRL", buffer_view(&empty));

    EXPECT(openssl(&folder, "crl -in listing.pem -noout -text", text));
    static const char *const says[] = {"Version 2 (0x1)",
                                       "Issuer: C = US, O = Test, CN = Authority",
                                       "Last Update: Jan 15 00:00:00 2026 GMT",
                                       "Next Update: Jan 16 00:00:00 2026 GMT",
                                       "Serial Number: 03",
                                       "Serial Number: 07",
                                       "X509v3 CRL Number"};
    for (size_t i = 0; i < sizeof says / sizeof *says; i++)
        EXPECT_SAYS(text, says[i]);
#define VERIFY                                                                                     \
    "verify -x509_strict -crl_check -attime 1768435200 -CAfile root.pem -untrusted ca.pem "
    EXPECT(openssl(&folder, VERIFY "-CRLfile empty.pem leaf.pem", text));
    EXPECT(!openssl(&folder, VERIFY "-CRLfile listing.pem leaf.pem", text));
    EXPECT_SAYS(text, "certificate revoked");
}

TEST(what_cannot_be_issued_is_refused)
{
    SCOPED(pki) pki = pki_make();
    SCOPED(public_key) subject = test_public(LEAF_KEY);
    SCOPED(private_key) signer = test_key(CA_KEY);
    SCOPED(private_key) rsa = test_key(RSA_KEY);
    const struct private_key none = {0};
    struct certificate out = {0};
    SCOPED(buffer) crl = {0};
    const struct certificate_request request = leaf_request("CN=Leaf", 4);
    EXPECT_FAIL(UNSUPPORTED,
                certificate_issue(&request, &subject, &pki.ca, &signer, SIGNATURE_NONE, &out));
    EXPECT_FAIL(UNSUPPORTED,
                certificate_issue(&request, &subject, &pki.ca, &signer, SIGNATURE_END, &out));
    EXPECT_FAIL(UNSUPPORTED, certificate_issue(&request, &subject, &pki.ca, &signer, PSS, &out));
    EXPECT_FAIL(UNSUPPORTED, certificate_issue(&request, &subject, &pki.ca, &rsa, ES256, &out));
    EXPECT_FAIL(UNSUPPORTED, certificate_issue(&request, &subject, &pki.ca, &none, ES256, &out));
    EXPECT_FAIL(MALFORMED, certificate_issue(&request, &subject, NULL, &signer, ES256, &out));
    EXPECT_FAIL(UNSUPPORTED, crl_issue(&pki.ca, &signer, PSS, MADE_S, 0, NULL, 0, &crl));

    static const char *const subjects[] = {"", "/", "CN", "CN=", "=Name", "Unknown=Name"};
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        const struct certificate_request wrong = leaf_request(subjects[i], 4);
        EXPECT_FAIL(MALFORMED, certificate_issue(&wrong, &subject, &pki.ca, &signer, ES256, &out));
    }
    struct certificate_request wrong = request;
    wrong.subject_alternative_dns = "";
    EXPECT_FAIL(MALFORMED, certificate_issue(&wrong, &subject, &pki.ca, &signer, ES256, &out));
    const struct certificate_extension_entry entry = {.oid = "not dotted"};
    wrong = request;
    wrong.extensions = &entry;
    wrong.extension_count = 1;
    EXPECT_FAIL(MALFORMED, certificate_issue(&wrong, &subject, &pki.ca, &signer, ES256, &out));
    EXPECT(out.x509 == NULL && crl.size == 0 && ERR_peek_error() == 0);
}

/* ---- requests ---- */

static void put_request(const struct folder *folder, int key, enum signature_scheme scheme,
                        const char *subject, slice info)
{
    SCOPED(private_key) own = test_key(key);
    SCOPED(buffer) der = {0};
    EXPECT_OK(signing_request_make(&own, scheme, subject, info, &der));
    put_pem(folder, "request.pem", "CERTIFICATE REQUEST", buffer_view(&der));
}

TEST(openssl_verifies_the_requests_that_we_make)
{
    static const struct {
        int key;
        enum signature_scheme scheme;
    } kinds[] = {{LEAF_KEY, ES256}, {P384_KEY, SIGNATURE_ECDSA_SHA384}, {RSA_KEY, PSS}};
    static char text[TEXT_SIZE];
    if (openssl_is_absent())
        return;
    SCOPED(folder) folder = folder_make();
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        put_request(&folder, kinds[i].key, kinds[i].scheme, "C=US/O=Test/CN=Device", (slice){0});
        EXPECT(openssl(&folder, "req -in request.pem -verify -noout -subject", text));
        EXPECT_SAYS(text, "C = US, O = Test, CN = Device");
    }
}

/* What others ask for, with the key of none of ours in it. */
TEST(a_request_says_what_its_info_says_and_is_for_our_key)
{
    static char text[TEXT_SIZE];
    if (openssl_is_absent())
        return;
    SCOPED(folder) folder = folder_make();
    EXPECT(openssl(&folder,
                   "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout other.key "
                   "-subj '/O=Somebody/CN=Wanted' -addext 'subjectAltName=DNS:wanted.example' "
                   "-outform DER -out other.der",
                   text));
    char path[2 * PATH_SIZE];
    uint8_t bytes[4096];
    snprintf(path, sizeof path, "%s/other.der", folder.path);
    FILE *const file = fopen(path, "rb");
    const size_t size = file ? fread(bytes, 1, sizeof bytes, file) : 0;
    EXPECT(file && fclose(file) == 0);
    struct reader whole = reader_of((slice){bytes, size});
    slice content;
    EXPECT_OK(der_expect(&whole, 0x30, &content));
    struct reader parts = reader_of(content);
    struct der_element first;
    EXPECT_OK(der_read(&parts, &first));
    const slice info = {content.data, content.size - parts.left.size};

    put_request(&folder, LEAF_KEY, ES256, NULL, info);
    EXPECT(openssl(&folder, "req -in request.pem -verify -noout -text", text));
    EXPECT_SAYS(text, "O = Somebody, CN = Wanted");
    EXPECT_SAYS(text, "DNS:wanted.example");
    SCOPED(public_key) ours = test_public(LEAF_KEY);
    SCOPED(buffer) spki = {0};
    EXPECT_OK(public_key_spki(&ours, &spki));
    put_pem(&folder, "ours.pem", "PUBLIC KEY", buffer_view(&spki));
    EXPECT(openssl(&folder, "req -in request.pem -noout -pubkey | cmp - ours.pem", text));

    for (size_t cut = 0; cut < info.size; cut++) {
        SCOPED(private_key) key = test_key(LEAF_KEY);
        SCOPED(buffer) der = {0};
        if (cut == 0)
            continue; /* no info at all */
        EXPECT(signing_request_make(&key, ES256, NULL, (slice){info.data, cut}, &der).fault);
        EXPECT(der.size == 0);
    }
}

TEST(a_request_by_a_scheme_of_another_key_is_not_made)
{
    SCOPED(private_key) key = test_key(LEAF_KEY);
    SCOPED(buffer) der = {0};
    static const uint8_t no_info[] = {0x30, 0x00};
    EXPECT_FAIL(UNSUPPORTED, signing_request_make(&key, PSS, "CN=Device", (slice){0}, &der));
    EXPECT_FAIL(MALFORMED, signing_request_make(&key, ES256, "", (slice){0}, &der));
    EXPECT_FAIL(MALFORMED, signing_request_make(&key, ES256, "CN=Device", SLICE(no_info), &der));
    EXPECT(der.size == 0);
    EXPECT(ERR_peek_error() == 0);
}
