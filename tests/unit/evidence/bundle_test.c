/* SPDX-License-Identifier: Apache-2.0 */

/* Intel's collateral in one JSON object, and chains from the headers of Intel's answers. */

#include "evidence/bundle.h"
#include "samples.h"

#include <ctype.h>

static const char sample_id[] = "tdx/v5-gotdx-uptodate", set[] = "collateral-1";
static const char at[] = "2026-02-03T14:49:26Z";

static json_t *text_of_file(const char *folder, const char *name)
{
    SCOPED(buffer) bytes = file_read(folder, name);
    return json_stringn((const char *)bytes.data, bytes.size);
}

static json_t *hex_of_file(const char *folder, const char *name)
{
    SCOPED(buffer) bytes = file_read(folder, name);
    char *const hex = malloc(2 * bytes.size + 1);
    hex_write(buffer_view(&bytes), hex);
    json_t *const text = json_string(hex);
    free(hex);
    return text;
}

/* The document's exact bytes, and its signature, apart. */
static void split(json_t *bundle, const char *folder, const char *file, const char *member,
                  const char *name)
{
    char signature[64];
    slice body;
    SCOPED(buffer) text = file_read(folder, file);
    SCOPED(json) json = json_of_file(folder, file);
    EXPECT_OK(json_member_bytes(buffer_view(&text), member, &body));
    snprintf(signature, sizeof signature, "%s_signature", name);
    json_object_set_new(bundle, name, json_stringn((const char *)body.data, body.size));
    json_object_set(bundle, signature, json_object_get(json.root, "signature"));
}

static struct buffer written(json_t *bundle)
{
    struct buffer text = {0};
    char *const json = json_dumps(bundle, JSON_COMPACT);
    EXPECT_OK(buffer_append(&text, slice_of_text(json)));
    free(json);
    json_decref(bundle);
    return text;
}

static json_t *bundle_of(const char *folder)
{
    json_t *const bundle = json_object();
    json_object_set_new(bundle, "pck_crl", hex_of_file(folder, "pck_crl.der"));
    json_object_set_new(bundle, "root_ca_crl", hex_of_file(folder, "root_ca_crl.der"));
    json_object_set_new(bundle, "pck_crl_issuer_chain",
                        text_of_file(folder, "pck_crl_issuer_chain.pem"));
    json_object_set_new(bundle, "tcb_info_issuer_chain",
                        text_of_file(folder, "tcb_signing_chain.pem"));
    json_object_set_new(bundle, "qe_identity_issuer_chain",
                        text_of_file(folder, "tcb_signing_chain.pem"));
    split(bundle, folder, "tcb_info.json", "tcbInfo", "tcb_info");
    split(bundle, folder, "qe_identity.json", "enclaveIdentity", "qe_identity");
    json_object_set_new(bundle, "tee_type", json_integer(129));
    return bundle;
}

static bool is_authentic_under(const struct sample *sample, slice file)
{
    SCOPED(endorsements) endorsements = {0};
    struct facts *const facts = calloc(1, sizeof *facts);
    EXPECT_OK(endorsements_add(&endorsements, file));
    EXPECT_OK(tdx_verify_at(buffer_view(&sample->evidence), &endorsements, time_of(at), facts));
    const bool authentic = facts_authentic(facts);
    free(facts);
    return authentic;
}

TEST(one_json_object_may_hold_all_that_a_quote_needs)
{
    char folder[1100];
    if (samples_are_absent("a quote with its collateral"))
        return;
    SCOPED(sample) sample = sample_open(sample_id);
    snprintf(folder, sizeof folder, "%s/%s", sample.folder, set);
    SCOPED(buffer) whole = written(bundle_of(folder));
    EXPECT(is_authentic_under(&sample, buffer_view(&whole)));

    json_t *const spoiled = bundle_of(folder);
    json_object_set(spoiled, "tcb_info_signature",
                    json_object_get(spoiled, "qe_identity_signature"));
    SCOPED(buffer) text = written(spoiled);
    EXPECT(!is_authentic_under(&sample, buffer_view(&text)));
}

TEST(a_bundle_is_read_whole_or_not_at_all)
{
    static const char *const unsupported[] = {"{}", "{\"a\":\"b\"}", "{\"tcb_info\":[1]}",
                                              "{\"tcb_info\":\"{}\"}"};
    static const char *const malformed[] = {
        "{\"tcb_info\":\"{}\",\"tcb_info_signature\":1}",
        "{\"chain\":\"-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\\n\"}"};
    SCOPED(endorsements) endorsements = {0};
    for (size_t i = 0; i < sizeof unsupported / sizeof unsupported[0]; i++)
        EXPECT_FAIL(UNSUPPORTED, endorsements_add(&endorsements, slice_of_text(unsupported[i])));
    for (size_t i = 0; i < sizeof malformed / sizeof malformed[0]; i++)
        EXPECT_FAIL(MALFORMED, endorsements_add(&endorsements, slice_of_text(malformed[i])));
    EXPECT(endorsements.count == 0);
}

/* As curl and others encode: whatever is neither letter nor digit, or less. */
static struct buffer percent_encoded(slice text)
{
    struct buffer encoded = {0};
    for (size_t i = 0; i < text.size; i++) {
        char code[4];
        const bool is_plain = isalnum(text.data[i]) || text.data[i] == '-';
        snprintf(code, sizeof code, "%%%02X", text.data[i]);
        EXPECT_OK(
            buffer_append(&encoded, is_plain ? (slice){text.data + i, 1} : slice_of_text(code)));
    }
    return encoded;
}

TEST(a_chain_from_a_header_of_intels_answers_is_decoded)
{
    char folder[1100];
    if (samples_are_absent("a chain of Intel's"))
        return;
    SCOPED(sample) sample = sample_open(sample_id);
    SCOPED(endorsements) endorsements = {0};
    snprintf(folder, sizeof folder, "%s/%s", sample.folder, set);
    SCOPED(buffer) pem = file_read(folder, "tcb_signing_chain.pem");
    SCOPED(buffer) encoded = percent_encoded(buffer_view(&pem));
    EXPECT_OK(endorsements_add(&endorsements, buffer_view(&encoded)));
    EXPECT(endorsements.count == 2);
    EXPECT_OK(endorsements_add(&endorsements, buffer_view(&pem)));
    EXPECT(endorsements.count == 2);
    enum { INSIDE_THE_LAST_BLOCK = 100 };
    EXPECT_FAIL(TRUNCATED,
                endorsements_add(&endorsements,
                                 (slice){encoded.data, encoded.size - INSIDE_THE_LAST_BLOCK}));
    EXPECT_FAIL(MALFORMED, endorsements_add(&endorsements, slice_of_text("-----BEGIN%20A%2")));
    EXPECT(endorsements.count == 2);
}
