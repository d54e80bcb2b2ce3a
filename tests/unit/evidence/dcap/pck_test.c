/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/dcap/pck.h"

#include "codec/text.h"
#include "crypto/der.h"
#include "crypto/issue.h"

#include "test.h"

/*
 * The extension as Intel's "PCK Certificate Profile" has it, with one thing spoilt when asked:
 * fields are numbered 1 to 7 as in their OIDs, and those of the TCB 1 to 18 above TCB_FIELD.
 */
enum { TCB_FIELD = 100, CONFIGURATION_FIELD = 200 };
enum spoil { NOTHING, MISSING, TWICE, SHORTER, LONGER, OTHER_TYPE, RENAMED, LEFT_OVER };
enum { INTEGER = 0x02, OCTETS = 0x04, ENUMERATED = 0x0a, BOOLEAN = 0x01, SEQUENCE = 0x30 };

struct recipe {
    bool by_processor_ca;
    enum spoil spoil;
    int field;
};

/* The content octets of each field: every one of another value. */
static void add_pair(struct buffer *list, const struct recipe *recipe, int field, const char *oid,
                     uint8_t tag, slice content)
{
    const bool spoilt = recipe->spoil != NOTHING && recipe->field == field;
    SCOPED(buffer) pair = {0};
    SCOPED(buffer) longer = {0};
    if (spoilt && recipe->spoil == MISSING)
        return;
    if (spoilt && recipe->spoil == SHORTER)
        content.size--;
    if (spoilt && recipe->spoil == LONGER) {
        EXPECT_OK(buffer_append(&longer, content));
        EXPECT_OK(buffer_append(&longer, (slice){(const uint8_t *)"\x01", 1}));
        content = buffer_view(&longer);
    }
    if (spoilt && recipe->spoil == OTHER_TYPE)
        tag = tag == OCTETS ? INTEGER : OCTETS;
    EXPECT_OK(der_write_oid(&pair,
                            spoilt && recipe->spoil == RENAMED ? "1.2.840.113741.1.13.1.99" : oid));
    EXPECT_OK(der_write(&pair, tag, content));
    if (spoilt && recipe->spoil == LEFT_OVER)
        EXPECT_OK(buffer_append(&pair, (slice){(const uint8_t *)"\x05\x00", 2}));
    EXPECT_OK(der_write(list, SEQUENCE, buffer_view(&pair)));
    if (spoilt && recipe->spoil == TWICE)
        EXPECT_OK(der_write(list, SEQUENCE, buffer_view(&pair)));
}

#define SGX "1.2.840.113741.1.13.1"

static void add_tcb(struct buffer *list, const struct recipe *recipe)
{
    SCOPED(buffer) tcb = {0};
    static const uint8_t cpusvn[16] = {'c', 'p', 'u'};
    static const uint8_t pcesvn[] = {0x01, 0x02};
    for (int i = 1; i <= 16; i++) {
        char oid[64];
        const uint8_t svn = (uint8_t)(i + 100);
        snprintf(oid, sizeof oid, SGX ".2.%d", i);
        add_pair(&tcb, recipe, TCB_FIELD + i, oid, INTEGER, (slice){&svn, 1});
    }
    add_pair(&tcb, recipe, TCB_FIELD + 17, SGX ".2.17", INTEGER, SLICE(pcesvn));
    add_pair(&tcb, recipe, TCB_FIELD + 18, SGX ".2.18", OCTETS, SLICE(cpusvn));
    add_pair(list, recipe, 2, SGX ".2", SEQUENCE, buffer_view(&tcb));
}

static void add_configuration(struct buffer *list, const struct recipe *recipe)
{
    static const uint8_t yes[] = {0xff}, no[] = {0x00};
    SCOPED(buffer) flags = {0};
    add_pair(&flags, recipe, CONFIGURATION_FIELD + 1, SGX ".7.1", BOOLEAN, SLICE(yes));
    add_pair(&flags, recipe, CONFIGURATION_FIELD + 2, SGX ".7.2", BOOLEAN, SLICE(no));
    add_pair(&flags, recipe, CONFIGURATION_FIELD + 3, SGX ".7.3", BOOLEAN, SLICE(yes));
    add_pair(list, recipe, 7, SGX ".7", SEQUENCE, buffer_view(&flags));
}

static struct buffer extension_of(const struct recipe *recipe)
{
    static const uint8_t ppid[16] = {'p', 'p'}, pceid[2] = {1, 2}, fmspc[6] = {1, 2, 3, 4, 5, 6};
    static const uint8_t type[] = {2}, instance[16] = {'p', 'i'};
    struct buffer out = {0};
    SCOPED(buffer) list = {0};
    add_pair(&list, recipe, 1, SGX ".1", OCTETS, SLICE(ppid));
    add_tcb(&list, recipe);
    add_pair(&list, recipe, 3, SGX ".3", OCTETS, SLICE(pceid));
    add_pair(&list, recipe, 4, SGX ".4", OCTETS, SLICE(fmspc));
    add_pair(&list, recipe, 5, SGX ".5", ENUMERATED, SLICE(type));
    if (!recipe->by_processor_ca) {
        add_pair(&list, recipe, 6, SGX ".6", OCTETS, SLICE(instance));
        add_configuration(&list, recipe);
    }
    EXPECT_OK(der_write(&out, SEQUENCE, buffer_view(&list)));
    return out;
}

static bool reads(const struct recipe *recipe)
{
    struct pck_extension extension;
    SCOPED(buffer) der = extension_of(recipe);
    return !pck_extension_read(buffer_view(&der), &extension).fault;
}

TEST(every_field_of_the_pck_extension_is_read)
{
    struct pck_extension extension;
    SCOPED(buffer) der = extension_of(&(struct recipe){0});
    EXPECT_OK(pck_extension_read(buffer_view(&der), &extension));
    EXPECT(memcmp(extension.ppid, "pp\0", 3) == 0 && memcmp(extension.cpusvn, "cpu", 3) == 0);
    for (int i = 0; i < 16; i++)
        EXPECT(extension.components[i] == i + 101);
    EXPECT(extension.pcesvn == 0x0102 && extension.pceid[1] == 2 && extension.fmspc[5] == 6);
    EXPECT(extension.sgx_type == 2 && extension.of_platform_ca);
    EXPECT(memcmp(extension.platform_instance, "pi\0", 3) == 0);
    EXPECT(extension.configuration[0] == 0xff && extension.configuration[1] == 0 &&
           extension.configuration[2] == 0xff);

    SCOPED(buffer) short_der = extension_of(&(struct recipe){.by_processor_ca = true});
    EXPECT_OK(pck_extension_read(buffer_view(&short_der), &extension));
    EXPECT(!extension.of_platform_ca);
}

/* E27 */
TEST(a_field_missing_twice_renamed_or_of_another_size_or_type_is_refused)
{
    for (enum spoil spoil = MISSING; spoil <= LEFT_OVER; spoil++) {
        for (int field = 1; field <= 7; field++)
            EXPECT(!reads(&(struct recipe){.spoil = spoil, .field = field}));
        for (int field = TCB_FIELD + 1; field <= TCB_FIELD + 18; field++) {
            const bool is_short_pcesvn =
                field == TCB_FIELD + 17 && spoil == SHORTER; /* still one */
            EXPECT(reads(&(struct recipe){.spoil = spoil, .field = field}) == is_short_pcesvn);
        }
        for (int field = CONFIGURATION_FIELD + 1; field <= CONFIGURATION_FIELD + 3; field++)
            EXPECT(!reads(&(struct recipe){.spoil = spoil, .field = field}));
    }
}

TEST(a_platform_cas_extension_has_both_of_its_fields_or_neither)
{
    EXPECT(!reads(&(struct recipe){.spoil = MISSING, .field = 6}));
    EXPECT(!reads(&(struct recipe){.spoil = MISSING, .field = 7}));
}

/* E2 */
TEST(an_extension_cut_anywhere_is_refused_and_leaves_out_untouched)
{
    SCOPED(buffer) der = extension_of(&(struct recipe){0});
    for (size_t size = 0; size < der.size; size++) {
        struct pck_extension extension = {.pcesvn = 99};
        EXPECT(pck_extension_read((slice){der.data, size}, &extension).fault);
        EXPECT(extension.pcesvn == 99);
    }
    struct pck_extension extension;
    EXPECT_OK(buffer_append(&der, (slice){(const uint8_t *)"\0", 1}));
    EXPECT(pck_extension_read(buffer_view(&der), &extension).fault);
}

/* Keys and certificates of a small authority of our own: root, CA, leaf and what they may vary. */
enum who { ROOT, CA, LEAF, WHO };

struct authority {
    struct private_key keys[WHO];
    struct certificate certificates[WHO];
};

static void authority_clear(struct authority *authority)
{
    for (size_t i = 0; i < WHO; i++) {
        private_key_clear(&authority->keys[i]);
        certificate_clear(&authority->certificates[i]);
    }
}

struct profile {
    const char *names[WHO];
    bool is_ca[WHO];
    int path_length[WHO];
    enum who signer_of_leaf;
    enum signature_scheme scheme;
    const char *critical_extension; /* in the CA's certificate */
};

#define ROOT_NAME "CN=Intel SGX Root CA"
#define CA_NAME "CN=Intel SGX PCK Platform CA"
#define LEAF_NAME "CN=Intel SGX PCK Certificate"

static const struct profile intels = {
    .names = {ROOT_NAME, CA_NAME, LEAF_NAME},
    .is_ca = {true, true, false},
    .path_length = {1, 0, -1},
    .signer_of_leaf = CA,
    .scheme = SIGNATURE_ECDSA_SHA256,
};

static void issue(struct authority *authority, const struct profile *profile, enum who who,
                  enum who signer)
{
    static const uint8_t anything[] = {0x05, 0x00};
    const struct certificate_extension_entry extension = {profile->critical_extension, true,
                                                          SLICE(anything)};
    const struct certificate_request request = {
        .subject = profile->names[who],
        .serial = who + 1u,
        .not_before_s = 1000,
        .not_after_s = 2000,
        .is_ca = profile->is_ca[who],
        .path_length = profile->path_length[who],
        .extensions = &extension,
        .extension_count = who == CA && profile->critical_extension ? 1 : 0,
    };
    SCOPED(public_key) key = {0};
    EXPECT_OK(private_key_public(&authority->keys[who], &key));
    EXPECT_OK(certificate_issue(
        &request, &key, who == signer ? NULL : &authority->certificates[signer],
        &authority->keys[signer], profile->scheme, &authority->certificates[who]));
}

static struct authority make_authority(const struct profile *profile)
{
    struct authority authority = {0};
    for (enum who who = ROOT; who < WHO; who++)
        EXPECT_OK(private_key_generate(CURVE_P256, &authority.keys[who]));
    issue(&authority, profile, ROOT, ROOT);
    issue(&authority, profile, CA, ROOT);
    issue(&authority, profile, LEAF, profile->signer_of_leaf);
    return authority;
}

static void append_pem(struct buffer *text, const struct certificate *certificate)
{
    SCOPED(buffer) der = {0};
    SCOPED(buffer) pem = {0};
    EXPECT_OK(certificate_der(certificate, &der));
    EXPECT_OK(pem_write("CERTIFICATE", buffer_view(&der), &pem));
    EXPECT_OK(buffer_append(text, buffer_view(&pem)));
}

/* As text, those of `order`: 'r', 'c' and 'l'. */
static struct buffer chain_of(const struct authority *authority, const char *order)
{
    struct buffer text = {0};
    for (; *order; order++)
        append_pem(&text, &authority->certificates[*order == 'r'   ? ROOT
                                                   : *order == 'c' ? CA
                                                                   : LEAF]);
    return text;
}

static status read_order(const struct authority *authority, const char *order)
{
    SCOPED(buffer) text = chain_of(authority, order);
    SCOPED(pck_chain) chain = {0};
    TRY(pck_chain_read(buffer_view(&text), &chain));
    EXPECT(certificate_equal(&chain.root, &authority->certificates[ROOT]));
    EXPECT(certificate_equal(&chain.ca, &authority->certificates[CA]));
    EXPECT(certificate_equal(&chain.leaf, &authority->certificates[LEAF]));
    return pck_chain_verify(&chain);
}

/* E19 */
TEST(a_chain_is_read_in_any_order_and_only_when_it_is_whole)
{
    SCOPED(authority) authority = make_authority(&intels);
    static const char *const whole[] = {"lcr", "lrc", "clr", "crl", "rlc", "rcl"};
    static const char *const broken[] = {"",    "l",   "lc",  "lr",  "cr",  "lcrr", "lccr",  "llcr",
                                         "lll", "ccc", "rrr", "lrr", "lcc", "llc",  "lcrlcr"};
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        EXPECT_OK(read_order(&authority, whole[i]));
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        EXPECT_FAIL(MALFORMED, read_order(&authority, broken[i]));
}

/* E19 */
TEST(a_chain_of_a_hundred_certificates_is_refused)
{
    char order[101];
    SCOPED(authority) authority = make_authority(&intels);
    memset(order, 'c', 100);
    order[100] = 0;
    EXPECT_FAIL(MALFORMED, read_order(&authority, order));
}

/* The NUL is Intel's own: its library ends the text with one. */
TEST(a_nul_or_nothing_may_end_the_text_of_a_chain)
{
    SCOPED(authority) authority = make_authority(&intels);
    SCOPED(buffer) text = chain_of(&authority, "lcr");
    SCOPED(pck_chain) chain = {0};
    EXPECT_OK(buffer_append(&text, (slice){(const uint8_t *)"", 1}));
    EXPECT_OK(pck_chain_read(buffer_view(&text), &chain));
}

TEST(a_chain_in_der_is_read_and_cut_anywhere_refused)
{
    SCOPED(authority) authority = make_authority(&intels);
    SCOPED(buffer) bytes = {0};
    for (enum who who = ROOT; who < WHO; who++) {
        SCOPED(buffer) der = {0};
        EXPECT_OK(certificate_der(&authority.certificates[who], &der));
        EXPECT_OK(buffer_append(&bytes, buffer_view(&der)));
    }
    SCOPED(pck_chain) chain = {0};
    EXPECT_OK(pck_chain_read(buffer_view(&bytes), &chain));
    EXPECT_OK(pck_chain_verify(&chain));
    for (size_t size = 0; size < bytes.size; size++) {
        struct pck_chain none = {0};
        EXPECT(pck_chain_read((slice){bytes.data, size}, &none).fault);
        EXPECT(!none.leaf.x509);
    }
}

TEST(other_things_than_certificates_are_no_chain)
{
    static const char text[] =
        "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n";
    SCOPED(authority) authority = make_authority(&intels);
    SCOPED(buffer) chain_text = chain_of(&authority, "lcr");
    SCOPED(pck_chain) chain = {0};
    EXPECT_OK(buffer_append(&chain_text, slice_of_text(text)));
    EXPECT_FAIL(MALFORMED, pck_chain_read(buffer_view(&chain_text), &chain));
}

static void expect_unauthentic(const struct profile *profile)
{
    SCOPED(authority) authority = make_authority(profile);
    EXPECT_FAIL(UNAUTHENTIC, read_order(&authority, "lcr"));
}

/* E20 */
TEST(a_ca_that_may_not_issue_breaks_the_chain)
{
    struct profile profile = intels;
    profile.is_ca[CA] = false;
    profile.path_length[CA] = -1;
    expect_unauthentic(&profile);

    profile = intels;
    profile.is_ca[ROOT] = false;
    profile.path_length[ROOT] = -1;
    expect_unauthentic(&profile);

    profile = intels;
    profile.path_length[ROOT] = 0; /* for leaves only, and there is a CA between */
    expect_unauthentic(&profile);

    profile = intels;
    profile.critical_extension = "1.2.3.4.5";
    expect_unauthentic(&profile);
}

TEST(a_leaf_that_its_ca_did_not_sign_breaks_the_chain)
{
    struct profile profile = intels;
    profile.signer_of_leaf = ROOT;
    expect_unauthentic(&profile);
}

/* E18: the root has the name that the CA gives, and is of another key. */
TEST(a_ca_that_its_root_did_not_sign_breaks_the_chain)
{
    SCOPED(authority) authority = make_authority(&intels);
    SCOPED(authority) other = make_authority(&intels);
    SCOPED(buffer) text = chain_of(&authority, "lc");
    SCOPED(pck_chain) chain = {0};
    append_pem(&text, &other.certificates[ROOT]);
    EXPECT_OK(pck_chain_read(buffer_view(&text), &chain));
    EXPECT_FAIL(UNAUTHENTIC, pck_chain_verify(&chain));
}

TEST(a_root_that_did_not_sign_itself_breaks_the_chain)
{
    SCOPED(authority) authority = make_authority(&intels);
    SCOPED(buffer) bytes = {0};
    SCOPED(pck_chain) chain = {0};
    for (size_t i = WHO; i-- > 0;) { /* the root comes last */
        SCOPED(buffer) der = {0};
        EXPECT_OK(certificate_der(&authority.certificates[i], &der));
        EXPECT_OK(buffer_append(&bytes, buffer_view(&der)));
    }
    bytes.data[bytes.size - 1] ^= 1; /* of its signature */
    EXPECT_OK(pck_chain_read(buffer_view(&bytes), &chain));
    EXPECT_FAIL(UNAUTHENTIC, pck_chain_verify(&chain));
}

/* E16: the names are right and the digest is another. */
TEST(another_signature_scheme_breaks_the_chain)
{
    struct profile profile = intels;
    profile.scheme = SIGNATURE_ECDSA_SHA384;
    expect_unauthentic(&profile);
}

/* The TCB signer has the same issuer and another job. */
TEST(only_a_pck_ca_issues_pck_certificates)
{
    struct profile profile = intels;
    profile.names[CA] = "CN=Intel SGX TCB Signing";
    expect_unauthentic(&profile);
    profile.names[CA] = "CN=Intel SGX PCK Processor CA";
    SCOPED(authority) authority = make_authority(&profile);
    EXPECT_OK(read_order(&authority, "lcr"));
}

TEST(a_certificate_without_the_extension_is_of_no_platform)
{
    struct pck_extension extension;
    SCOPED(authority) authority = make_authority(&intels);
    EXPECT_FAIL(MALFORMED, pck_extension_of(&authority.certificates[LEAF], &extension));
}
