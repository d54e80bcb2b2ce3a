/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/sev/launch.h"

#include "codec/text.h"

#include "test.h"

static void bytes_of(const char *hex, uint8_t *out, size_t size)
{
    EXPECT_OK(hex_read_exactly(slice_of_text(hex), out, size));
}

/* The example in the tests of AMD's sev-tool, computed again with another program. */
TEST(the_launch_measurement_is_as_amds_tool_computes_it)
{
    uint8_t mnonce[SEV_LAUNCH_NONCE_SIZE], tik[SEV_TIK_SIZE], expected[32];
    struct digest nothing, measured;
    bytes_of("4fbe0bedbad6c86ae8f68971d103e554", mnonce, sizeof mnonce);
    bytes_of("66320db73158a35a255d051758e95ed4", tik, sizeof tik);
    bytes_of("6faab2daae389bcd3405a05d6cafe33c0414f7bedd0bae19ba5f38b7fd1664ea", expected,
             sizeof expected);
    EXPECT_OK(digest_of(HASH_SHA256, (slice){NULL, 0}, &nothing));
    struct sev_launch launch = {.api_major = 0,
                                .api_minor = 0x12,
                                .build = 0x0f,
                                .policy = 0,
                                .digest = {nothing.data, nothing.size},
                                .mnonce = SLICE(mnonce)};
    EXPECT_OK(sev_launch_measure(&launch, SLICE(tik), &measured));
    EXPECT(slice_equal((slice){measured.data, measured.size}, SLICE(expected)));
    EXPECT_OK(sev_launch_verify(&launch, SLICE(tik), SLICE(expected)));

    launch.policy = 1;
    EXPECT_FAIL(UNAUTHENTIC, sev_launch_verify(&launch, SLICE(tik), SLICE(expected)));
    launch.policy = 0;
    launch.build++;
    EXPECT_FAIL(UNAUTHENTIC, sev_launch_verify(&launch, SLICE(tik), SLICE(expected)));
    launch.build--;
    tik[0] ^= 1;
    EXPECT_FAIL(UNAUTHENTIC, sev_launch_verify(&launch, SLICE(tik), SLICE(expected)));
    tik[0] ^= 1;
    EXPECT_FAIL(UNAUTHENTIC, sev_launch_verify(&launch, SLICE(tik), (slice){expected, 31}));
    EXPECT_FAIL(MALFORMED, sev_launch_verify(&launch, (slice){tik, 15}, SLICE(expected)));
    launch.digest.size--;
    EXPECT_FAIL(MALFORMED, sev_launch_verify(&launch, SLICE(tik), SLICE(expected)));
}
