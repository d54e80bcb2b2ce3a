/* SPDX-License-Identifier: Apache-2.0 */

/* The certificates that a responder makes for itself. */

#include "scene.h"

#include "codec/text.h"

#define OID_AUTHORITY_KEY "2.5.29.35"
#define OID_CONSTRAINTS "2.5.29.19"
#define OID_KEY_USAGE "2.5.29.15"
#define OID_EXTENDED_KEY_USAGE "2.5.29.37"
#define OID_SUBJECT_KEY "2.5.29.14"

static const struct profile_certificate request = {
    .name = "a test's TEE", .not_before_s = 1767225600, .not_after_s = 1767225600 + DAY_S};

static bool has(const struct certificate *certificate, const char *oid, const char *hex)
{
    SCOPED(buffer) expected = {0};
    slice value;
    EXPECT_OK(certificate_extension(certificate, oid, &value));
    if (!hex)
        return value.size > 0;
    EXPECT_OK(hex_read(slice_of_text(hex), &expected));
    return slice_equal(value, buffer_view(&expected));
}

/* spec: RFC 5280, 4.2.1: the values in hex are DER of what it asks for. */
TEST(the_leaf_is_as_rfc_5280_and_dsp0274_want_it_in_each_version)
{
    FOR_EACH_VERSION(version)
    {
        struct scene *const scene = scene_open(*version);
        const struct certificate *const leaf = &scene->chain.leaf;
        EXPECT(has(leaf, OID_CONSTRAINTS, "3000"));   /* no authority */
        EXPECT(has(leaf, OID_KEY_USAGE, "03020780")); /* digitalSignature */
        EXPECT(has(leaf, OID_EXTENDED_KEY_USAGE, "300c060a2b06010401831c821203"));
        EXPECT(has(leaf, OID_SUBJECT_KEY, NULL) && has(leaf, OID_AUTHORITY_KEY, NULL));
        EXPECT(!certificate_is_self_issued(leaf));
        EXPECT(!scene->chain.is_anchored);
        EXPECT(spdm_chain_is_valid_at(&scene->chain, start.wall_s));
        EXPECT(!spdm_chain_is_valid_at(&scene->chain, start.wall_s + DAY_S + 1));
        scene_close(scene);
    }
}

static uint64_t serial_of(const struct certificate *certificate)
{
    SCOPED(buffer) serial = {0};
    uint64_t number = 0;
    EXPECT_OK(certificate_serial(certificate, &serial));
    EXPECT(serial.size > 4 && serial.size <= 8);
    for (size_t i = 0; i < serial.size; i++)
        number = number << 8 | serial.data[i];
    return number;
}

TEST(serial_numbers_are_positive_and_differ)
{
    struct scene *const first = scene_open(SPDM_1_3), *const second = scene_open(SPDM_1_3);
    EXPECT(serial_of(&first->chain.leaf) != serial_of(&second->chain.leaf));
    scene_close(first);
    scene_close(second);
}

TEST(a_key_of_another_kind_gets_no_certificate_of_its_own)
{
    SCOPED(private_key) key = {0};
    SCOPED(buffer) der = {0};
    EXPECT_OK(private_key_generate(CURVE_P521, &key));
    EXPECT_FAIL(UNSUPPORTED, profile_certificate_alone(&request, &key, &der));
    EXPECT(der.size == 0);
}

TEST(a_name_that_is_too_long_is_an_error)
{
    char name[256];
    struct profile_certificate long_one = request;
    SCOPED(private_key) key = {0};
    SCOPED(buffer) der = {0};
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    long_one.name = name;
    EXPECT_OK(private_key_generate(CURVE_P384, &key));
    EXPECT_FAIL(EXHAUSTED, profile_certificate_chain(&long_one, &key, &der));
    EXPECT(der.size == 0);
}
