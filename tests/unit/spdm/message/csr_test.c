/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm_hex.h"

/* As recorded (shared/spdm, mctp-14-p384-multikey, frames 77 and 78). */
static const char request[] = "14ed010100000000";
static const char response[] =
    "146d000003020000308201ff30820186020100303c311a301806035504030c11506f6c617253534c20536572"
    "7665722031310b3009060355040613024e4c3111300f060355040a0c08506f6c617253534c3076301006072a"
    "8648ce3d020106052b81040022036200040d1cb9201cdcedc864e970a36212dad4fe5994cebdaed7d294e4e3"
    "118878b988c0ed5be1414adf28db490f38815268b54c6a110b58b19cc14d4741141f6dd657aca39fd1b964de"
    "0711e83178de753ab72c1556eaf52063930f33a971a37e7819a081ca3081c706092a864886f70d01090e3181"
    "b93081b630090603551d1304023000300b0603551d0f0404030205e0301d0603551d0e04160414143c4f66c7"
    "d760407f67c19568b387283ec5238330310603551d11042a3028a026060a2b06010401831c821201a0180c16"
    "41434d453a5749444745543a31323334353637383930302a0603551d250101ff0420301e06082b0601050507"
    "030106082b0601050507030206082b06010505070309301e060a2b06010401831c8212060410300e300c060a"
    "2b06010401831c821202300a06082a8648ce3d0403030367003064023005bb2343c7c42e0f0c8ba5ba8bae8c"
    "18cc46eff0b73d8e1876d71147147c341cb4d34a89f13a0f68954bf9c3d7dce01b023030ef711bcc55db1ccb"
    "bd531d1aa1943b38bc925ef3092b7dcf88c7d20913a4bfc9caaebc82d5723f23ef05edbf3426f7";

/* Laid out by hand after the specification's tables. */
static const char full[] = "13ed059a03000400a1a2a3b1b2b3b4";

static const struct spdm_scene v1_2 = {.shape.version = SPDM_1_2};
static const struct spdm_scene v1_3 = {.shape.version = SPDM_1_3};
static const struct spdm_scene v1_4 = {.shape.version = SPDM_1_4};

TEST(get_csr_and_csr_are_written_as_they_were_read_and_refused_when_cut)
{
    expect_hex(request, &v1_4, spdm_again_get_csr);
    expect_hex(full, &v1_3, spdm_again_get_csr);
    expect_hex(response, &v1_4, spdm_again_csr);
}

TEST(get_csr_tells_its_fields)
{
    struct buffer bytes = hex_bytes("13ed05db03000400a1a2a3b1b2b3b4");
    struct reader reader = reader_of(buffer_view(&bytes));
    struct spdm_get_csr got;
    EXPECT_OK(spdm_get_csr_read(&reader, &v1_3.shape, &got));
    EXPECT(got.key_pair_id == 5 && got.certificate_model == 3 && got.tracking_tag == 3);
    EXPECT(got.overwrites && got.requester_info.size == 3 && got.opaque.size == 4);
    EXPECT(got.requester_info.data[0] == 0xA1 && got.opaque.data[0] == 0xB1);
    buffer_clear(&bytes);
}

TEST(before_1_3_get_csr_is_for_the_one_key_that_there_is)
{
    expect_hex_as("12ed05ff00000000", "12ed000000000000", &v1_2, spdm_again_get_csr);
}

/* P30 */
TEST(a_length_that_passes_the_end_or_the_limit_is_refused)
{
    EXPECT_FAIL(TRUNCATED, hex_with(full, 5, 0xFF, &v1_3, spdm_again_get_csr));
    EXPECT_FAIL(EXHAUSTED, hex_with(full, 7, 0x05, &v1_3, spdm_again_get_csr));
    EXPECT_FAIL(TRUNCATED, hex_with(response, 5, 0xFF, &v1_4, spdm_again_csr));
}

TEST(a_csr_without_a_signing_request_is_refused)
{
    EXPECT_FAIL(MALFORMED, hex_with("146d000000000000", 0, 0x14, &v1_4, spdm_again_csr));
}
