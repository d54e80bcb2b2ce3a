/* SPDX-License-Identifier: Apache-2.0 */

/* Documents with one thing wrong: of real enclaves by a flip, of simulated ones signed so. */

#include "codec/cbor.h"
#include "evidence/cose.h"
#include "nitro_samples.h"
#include "sim/cose.h"
#include "sim/nitro.h"

#define NOW_S ((int64_t)1768435200) /* 2026-01-15 */

static const uint8_t binding[BINDING_SIZE] = {0xb1, 0xd1};

/* E4 */
static void apply_mutation(const json_t *mutation)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(sample) sample = sample_open(text_of(mutation, "sample"));
    const size_t offset = (size_t)json_integer_value(json_object_get(mutation, "offset"));
    uint8_t flip;
    EXPECT_OK(hex_read_exactly(slice_of_text(text_of(mutation, "xor")), &flip, 1));
    EXPECT_OK(nitro_verify_at(buffer_view(&sample.evidence), NULL, nitro_time(&sample), facts));
    EXPECT(facts_authentic(facts));
    sample.evidence.data[offset] ^= flip;
    EXPECT_OK(nitro_verify_at(buffer_view(&sample.evidence), NULL, nitro_time(&sample), facts));
    EXPECT(strcmp(failure_of(facts, "signature"), "NITRO_SIGNATURE_INVALID") == 0);
    EXPECT(!facts_authentic(facts));
    free(facts);
}

TEST(every_recorded_mutation_is_refused_by_the_check_it_names)
{
    size_t index, count = 0;
    json_t *mutation;
    if (samples_are_absent("mutations of Nitro documents"))
        return;
    SCOPED(json) mutations = json_of_file(samples_root(), "MUTATIONS.json");
    json_array_foreach(json_object_get(mutations.root, "mutations"), index, mutation)
    {
        if (strncmp(text_of(mutation, "sample"), "nitro/", 6) != 0)
            continue;
        apply_mutation(mutation);
        count++;
    }
    EXPECT(count == 2);
}

/* The first bytes of the message are its frame; all that follows is signed or the signature. */
TEST(E4_no_flipped_bit_of_a_document_is_accepted)
{
    if (samples_are_absent("a Nitro document"))
        return;
    SCOPED(sample) sample = sample_open("nitro/dstack-nsm-2025");
    SCOPED(endorsements) none = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    size_t accepted = 0;
    for (size_t at = 0; at < sample.evidence.size; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            if (at > 64 && at + 128 < sample.evidence.size && bit != at % 8)
                continue; /* one bit of each byte in the middle: each costs six signatures */
            sample.evidence.data[at] ^= (uint8_t)(1u << bit);
            const status read =
                nitro_verify_at(buffer_view(&sample.evidence), &none, nitro_time(&sample), facts);
            accepted += !read.fault && facts_authentic(facts);
            sample.evidence.data[at] ^= (uint8_t)(1u << bit);
        }
    EXPECT(accepted == 0);
    EXPECT_OK(nitro_verify_at(buffer_view(&sample.evidence), &none, nitro_time(&sample), facts));
    EXPECT(facts_authentic(facts));
    free(facts);
}

static void cut_anywhere(const char *id, const struct sample *sample)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    SCOPED(buffer) longer = {0};
    (void)id;
    for (size_t size = 0; size < sample->evidence.size; size++) {
        uint8_t *const exact = malloc(size ? size : 1);
        memcpy(exact, sample->evidence.data, size);
        EXPECT_FAIL(TRUNCATED, nitro_verify_at((slice){exact, size}, NULL, 0, facts));
        EXPECT(facts->claims.count == 0 && !nitro_platform.recognises((slice){exact, size}));
        free(exact);
    }
    EXPECT_OK(buffer_append(&longer, buffer_view(&sample->evidence)));
    EXPECT_OK(buffer_append(&longer, (slice){(const uint8_t *)"", 1}));
    EXPECT_FAIL(MALFORMED, nitro_verify_at(buffer_view(&longer), NULL, 0, facts));
    free(facts);
}

/* E1, E2, E3 */
TEST(E2_a_document_cut_anywhere_or_with_anything_behind_it_is_not_read)
{
    if (samples_are_absent("Nitro documents"))
        return;
    EXPECT(samples_each("nitro", "", cut_anywhere) == 8);
}

/* ---- simulated ---- */

static void launch(bool debug, struct sim_nitro *out)
{
    SCOPED(private_key) root = {0};
    struct sim_nitro_settings settings = sim_nitro_defaults();
    settings.debug = debug;
    EXPECT_OK(private_key_generate(CURVE_P384, &root));
    EXPECT_OK(sim_nitro_launch(&root, NOW_S, &settings, out));
}

static void trust(struct endorsements *endorsements, const struct certificate *root)
{
    SCOPED(buffer) der = {0};
    EXPECT_OK(certificate_der(root, &der));
    EXPECT_OK(endorsements_trust(endorsements, buffer_view(&der)));
}

/* E9, E15, E18 */
TEST(E15_a_simulated_enclave_is_authentic_for_those_who_trust_its_root_and_for_nobody_else)
{
    struct facts *const facts = calloc(1, sizeof *facts);
    for (int debug = 0; debug < 2; debug++) {
        SCOPED(sim_nitro) enclave = {0};
        SCOPED(buffer) document = {0};
        SCOPED(endorsements) trusting = {0};
        launch(debug, &enclave);
        EXPECT_OK(
            sim_nitro_document(&enclave, NOW_S, SLICE(binding), (slice){0}, (slice){0}, &document));
        EXPECT(platform_of(buffer_view(&document)) == &nitro_platform);
        EXPECT_OK(nitro_verify_bound(buffer_view(&document), SLICE(binding), NULL, NOW_S, facts));
        EXPECT(strcmp(failure_of(facts, "chain"), "NITRO_ROOT_UNTRUSTED") == 0);
        EXPECT(!facts_authentic(facts));
        trust(&trusting, &enclave.certificates[0]);
        EXPECT_OK(
            nitro_verify_bound(buffer_view(&document), SLICE(binding), &trusting, NOW_S, facts));
        EXPECT(facts_authentic(facts));
        print_failures(facts);
        EXPECT(claim_is_flag(facts, "debug", debug));
        EXPECT(facts->valid_until_s == NOW_S + 3 * 3600);
    }
    free(facts);
}

TEST(a_warm_chain_is_remembered_and_its_dates_still_decide)
{
    SCOPED(sim_nitro) enclave = {0};
    SCOPED(buffer) document = {0};
    SCOPED(buffer) later = {0};
    SCOPED(endorsements) trusting = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    launch(false, &enclave);
    trust(&trusting, &enclave.certificates[0]);
    EXPECT_OK(
        sim_nitro_document(&enclave, NOW_S, SLICE(binding), (slice){0}, (slice){0}, &document));
    for (int round = 0; round < 3; round++) {
        EXPECT_OK(nitro_verify_at(buffer_view(&document), &trusting, NOW_S, facts));
        EXPECT(facts_authentic(facts));
    }
    EXPECT_OK(nitro_verify_at(buffer_view(&document), &trusting, NOW_S + 3 * 3600 + 1, facts));
    EXPECT(strcmp(failure_of(facts, "validity"), "NITRO_CERTIFICATE_EXPIRED") == 0);
    document.data[document.size - 1] ^= 1;
    EXPECT_OK(nitro_verify_at(buffer_view(&document), &trusting, NOW_S, facts));
    EXPECT(strcmp(failure_of(facts, "signature"), "NITRO_SIGNATURE_INVALID") == 0);

    /* Endorsements that a peer extends remember in those they came from; other anchors forget. */
    SCOPED(endorsements) extended = {0};
    endorsements_extend(&trusting, &extended);
    EXPECT_OK(
        sim_nitro_document(&enclave, NOW_S + 60, SLICE(binding), (slice){0}, (slice){0}, &later));
    EXPECT_OK(nitro_verify_at(buffer_view(&later), &extended, NOW_S + 60, facts));
    EXPECT(facts_authentic(facts));
    free(facts);
}

/* ---- chains that AWS would not issue ---- */

enum wrong {
    NOTHING,
    LEAF_FROM_ROOT,      /* fine: a shorter chain */
    NO_AUTHORITY,        /* an issuer without the CA flag */
    PATH_TOO_LONG,       /* one certificate more than the issuer may have below it */
    LEAF_IS_AUTHORITY,   /* a certificate for issuing, whose key signs documents */
    CURVE_P256_LEAF,     /* ES384 by a key on P-256 */
    RSA_OR_SHA256_CHAIN, /* a link signed with SHA-256 */
    REORDERED,
    EMPTY_BUNDLE,
};

struct link {
    struct private_key key;
    struct certificate certificate;
};

static void link_clear(struct link *link)
{
    private_key_clear(&link->key);
    certificate_clear(&link->certificate);
}

static void issue(const char *subject, bool is_ca, int path_length, enum curve curve,
                  enum signature_scheme scheme, const struct link *issuer, struct link *out)
{
    SCOPED(public_key) key = {0};
    const struct certificate_request request = {
        .subject = subject,
        .serial = 7,
        .not_before_s = NOW_S - 60,
        .not_after_s = NOW_S + 3600,
        .is_ca = is_ca,
        .path_length = path_length,
    };
    EXPECT_OK(private_key_generate(curve, &out->key));
    EXPECT_OK(private_key_public(&out->key, &key));
    EXPECT_OK(certificate_issue(&request, &key, issuer ? &issuer->certificate : NULL,
                                issuer ? &issuer->key : &out->key, scheme, &out->certificate));
}

static bool is_on_p256(const struct link *link)
{
    SCOPED(public_key) key = {0};
    EXPECT_OK(private_key_public(&link->key, &key));
    return public_key_is_on(&key, CURVE_P256);
}

static void write_certificate(struct writer *writer, const struct link *link)
{
    SCOPED(buffer) der = {0};
    EXPECT_OK(certificate_der(&link->certificate, &der));
    cbor_write_bytes(writer, buffer_view(&der));
}

/* PCR0 to PCR2 are there unless `pcrs` is fewer. */
static void write_document(const struct link *const *bundle, size_t count, const struct link *leaf,
                           uint64_t pcrs, const char *digest, struct buffer *out)
{
    static const uint8_t pcr[48] = {1};
    uint8_t space[8192];
    struct writer writer = writer_over(space, sizeof space);
    slice payload;
    cbor_write_map(&writer, 6);
    cbor_write_text(&writer, slice_of_text("module_id"));
    cbor_write_text(&writer, slice_of_text("i-1-enc1"));
    cbor_write_text(&writer, slice_of_text("digest"));
    cbor_write_text(&writer, slice_of_text(digest));
    cbor_write_text(&writer, slice_of_text("timestamp"));
    cbor_write_uint(&writer, (uint64_t)NOW_S * 1000);
    cbor_write_text(&writer, slice_of_text("pcrs"));
    cbor_write_map(&writer, pcrs);
    for (uint64_t i = 0; i < pcrs; i++) {
        cbor_write_uint(&writer, i);
        cbor_write_bytes(&writer, SLICE(pcr));
    }
    cbor_write_text(&writer, slice_of_text("certificate"));
    write_certificate(&writer, leaf);
    cbor_write_text(&writer, slice_of_text("cabundle"));
    cbor_write_array(&writer, count);
    for (size_t i = 0; i < count; i++)
        write_certificate(&writer, bundle[i]);
    EXPECT_OK(writer_finish(&writer, &payload));
    EXPECT_OK(
        sim_cose_sign(is_on_p256(leaf) ? COSE_ES256 : COSE_ES384, false, &leaf->key, payload, out));
}

static status verify_wrong(enum wrong wrong, struct facts *facts)
{
    SCOPED(link) root = {0};
    SCOPED(link) middle = {0};
    SCOPED(link) lower = {0};
    SCOPED(link) leaf = {0};
    SCOPED(buffer) document = {0};
    SCOPED(endorsements) trusting = {0};
    const enum signature_scheme scheme =
        wrong == RSA_OR_SHA256_CHAIN ? SIGNATURE_ECDSA_SHA256 : SIGNATURE_ECDSA_SHA384;
    issue("CN=root", true, -1, CURVE_P384, SIGNATURE_ECDSA_SHA384, NULL, &root);
    issue("CN=middle", wrong != NO_AUTHORITY, wrong == PATH_TOO_LONG ? 0 : 1, CURVE_P384, scheme,
          &root, &middle);
    issue("CN=lower", true, 0, CURVE_P384, SIGNATURE_ECDSA_SHA384, &middle, &lower);
    issue("CN=leaf", wrong == LEAF_IS_AUTHORITY, 0,
          wrong == CURVE_P256_LEAF ? CURVE_P256 : CURVE_P384, SIGNATURE_ECDSA_SHA384,
          wrong == LEAF_FROM_ROOT ? &root : &lower, &leaf);
    const struct link *const right[] = {&root, &middle, &lower};
    const struct link *const reordered[] = {&root, &lower, &middle};
    write_document(wrong == REORDERED ? reordered : right,
                   wrong == LEAF_FROM_ROOT ? 1
                   : wrong == EMPTY_BUNDLE ? 0
                                           : 3,
                   &leaf, 3, "SHA384", &document);
    trust(&trusting, &root.certificate);
    return nitro_verify_at(buffer_view(&document), &trusting, NOW_S, facts);
}

/* E19, E20 */
TEST(E20_chains_that_aws_would_not_issue_are_refused)
{
    static const struct {
        enum wrong wrong;
        const char *check, *reason;
    } rows[] = {
        {NOTHING, "chain", ""},
        {LEAF_FROM_ROOT, "chain", ""},
        {NO_AUTHORITY, "chain", "NITRO_CHAIN_BROKEN"},
        {PATH_TOO_LONG, "chain", "NITRO_CHAIN_BROKEN"},
        {LEAF_IS_AUTHORITY, "chain", "NITRO_CHAIN_BROKEN"},
        {CURVE_P256_LEAF, "signature_algorithm", "NITRO_SIGNATURE_ALGORITHM_UNSUPPORTED"},
        {RSA_OR_SHA256_CHAIN, "chain", "NITRO_CHAIN_BROKEN"},
        {REORDERED, "chain", "NITRO_CHAIN_BROKEN"},
    };
    struct facts *const facts = calloc(1, sizeof *facts);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        EXPECT_OK(verify_wrong(rows[i].wrong, facts));
        EXPECT(strcmp(failure_of(facts, rows[i].check), rows[i].reason) == 0);
        EXPECT(facts_authentic(facts) == (*rows[i].reason == 0));
    }
    EXPECT_FAIL(MALFORMED, verify_wrong(EMPTY_BUNDLE, facts));
    free(facts);
}

/* E40: a document without one of them could pass where all that are there are compared. */
TEST(E40_a_document_without_the_pcrs_of_its_code_is_not_read)
{
    SCOPED(link) root = {0};
    SCOPED(link) leaf = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    issue("CN=root", true, -1, CURVE_P384, SIGNATURE_ECDSA_SHA384, NULL, &root);
    issue("CN=leaf", false, 0, CURVE_P384, SIGNATURE_ECDSA_SHA384, &root, &leaf);
    const struct link *const bundle[] = {&root};
    for (uint64_t pcrs = 0; pcrs < 5; pcrs++) {
        SCOPED(buffer) document = {0};
        write_document(bundle, 1, &leaf, pcrs, "SHA384", &document);
        const status read = nitro_verify_at(buffer_view(&document), NULL, NOW_S, facts);
        EXPECT(!read.fault == (pcrs >= 3));
        EXPECT(read.fault || !claims_find(&facts->claims, "pcrs.4"));
    }
    SCOPED(buffer) other = {0};
    write_document(bundle, 1, &leaf, 3, "SHA512", &other);
    EXPECT_FAIL(UNSUPPORTED, nitro_verify_at(buffer_view(&other), NULL, NOW_S, facts));
    free(facts);
}
