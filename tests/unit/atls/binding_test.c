/* SPDX-License-Identifier: Apache-2.0 */
#include "atls/binding.h"

#include "codec/text.h"
#include "test.h"

static struct binding_input example(void)
{
    struct binding_input input = {
        .prover = ROLE_CLIENT, .channel_kind = "tls13", .round = 1, .platform = "tdx"};
    for (uint8_t i = 0; i < NONCE_SIZE; i++)
        input.nonce[i] = i;
    for (uint8_t i = 0; i < EXPORTER_SIZE; i++)
        input.exporter[i] = (uint8_t)(64 + i);
    memset(input.prover_spki, 0xaa, SPKI_DIGEST_SIZE);
    memset(input.verifier_spki, 0xbb, SPKI_DIGEST_SIZE);
    return input;
}

static bool gives(const struct binding_input *input, const char *hex)
{
    uint8_t binding[BINDING_SIZE], expected[BINDING_SIZE];
    EXPECT_OK(binding_compute(input, binding));
    EXPECT_OK(hex_read_exactly(slice_of_text(hex), expected, sizeof expected));
    return memcmp(binding, expected, sizeof expected) == 0;
}

/* From tests/vectors/link-protocol/make.py, which has nothing in common with our code. */
TEST(bindings_are_those_of_the_documented_examples)
{
    struct binding_input input = example();
    EXPECT(gives(&input, "967896d3f61616d102b3037fde3e686ff4a97d82169961463b29af41b27f6b18"
                         "959e5e0bea58244e14ab3068d081f673de8a1d2ec296f5c3ea2478084082667e"));
    input.channel_kind = "spdm";
    EXPECT(gives(&input, "c505bb6e3f94d9b38e6618fadf079f64ecab72666e9aa92775dc37160db4e62e"
                         "8cf575f25f955bcc1792bb0d1a7704d7d2cae68a594ad52a88e61902859f3fac"));
    input = example();
    input.prover = ROLE_SERVER;
    input.round = 2;
    memset(input.prover_spki, 0xbb, SPKI_DIGEST_SIZE);
    memset(input.verifier_spki, 0xaa, SPKI_DIGEST_SIZE);
    input.platform = "snp";
    input.side_claims = slice_of_text("init data");
    EXPECT(gives(&input, "c87d8b3701ab39f307e3bcf53e358b13b5e7405c9c618c516a4730345593a9c8"
                         "c051a06007d75e9b07f7ead55dcbb6cb3ffe6f57ca5cc10afd71c1727048bb53"));
}

/* P1, P10: any one of them another, and the evidence is worthless. */
TEST(every_field_changes_the_binding)
{
    struct binding_input inputs[13];
    uint8_t bindings[13][BINDING_SIZE];
    for (size_t i = 0; i < 13; i++)
        inputs[i] = example();
    inputs[1].prover = ROLE_SERVER;
    inputs[2].channel_kind = "spdm";
    inputs[3].round = 2;
    inputs[4].round = 1 << 24;
    inputs[5].nonce[31] ^= 1;
    inputs[6].exporter[0] ^= 1;
    inputs[7].exporter[63] ^= 0x80;
    inputs[8].prover_spki[47] ^= 1;
    inputs[9].verifier_spki[0] ^= 1;
    memcpy(inputs[10].prover_spki, inputs[0].verifier_spki, SPKI_DIGEST_SIZE); /* swapped */
    memcpy(inputs[10].verifier_spki, inputs[0].prover_spki, SPKI_DIGEST_SIZE);
    inputs[11].platform = "snp";
    inputs[12].side_claims = slice_of_text("x");
    for (size_t i = 0; i < 13; i++) {
        EXPECT_OK(binding_compute(&inputs[i], bindings[i]));
        for (size_t j = 0; j < i; j++)
            EXPECT(memcmp(bindings[i], bindings[j], BINDING_SIZE) != 0);
    }
}

TEST(fields_cannot_run_into_each_other)
{
    uint8_t one[BINDING_SIZE], two[BINDING_SIZE];
    struct binding_input input = example();
    input.channel_kind = "tls13x";
    EXPECT_OK(binding_compute(&input, one));
    input.channel_kind = "tls13";
    input.platform = "xtdx";
    EXPECT_OK(binding_compute(&input, two));
    EXPECT(memcmp(one, two, BINDING_SIZE) != 0);
}

TEST(a_binding_without_role_round_or_names_is_refused_and_leaves_out_untouched)
{
    static char very_long[600];
    memset(very_long, 'x', sizeof very_long - 1);
    struct binding_input inputs[] = {example(), example(), example(),
                                     example(), example(), example()};
    uint8_t out[BINDING_SIZE] = {42};
    inputs[0].prover = ROLE_NONE;
    inputs[1].round = 0;
    inputs[2].platform = "";
    inputs[3].platform = NULL;
    inputs[4].channel_kind = NULL;
    inputs[5].channel_kind = "";
    for (size_t i = 0; i < 6; i++)
        EXPECT_FAIL(INTERNAL, binding_compute(&inputs[i], out));
    struct binding_input large = example();
    large.platform = very_long;
    EXPECT_FAIL(EXHAUSTED, binding_compute(&large, out));
    EXPECT(out[0] == 42 && out[1] == 0);
}
