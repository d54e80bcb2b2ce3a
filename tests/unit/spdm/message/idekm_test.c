/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/idekm.h"

#include "spdm_hex.h"

/* Payloads as recorded (shared/spdm, doe-12-p256-chacha-oneway-idekm-tdisp): PCIe's, frames 33 to
 * 38 and 81, then CXL's, frames 94 to 97. */
static const char query[] = "00000001";
static const char key_prog[] =
    "0002000000000001795abf47aad43cb8b41acaf4e6d24bea9c2cc2b1d1fa6b07dfa0a2d97b63299400000000"
    "01000000";
static const char kp_ack[] = "0003000000000001";
static const char set_go[] = "0004000000000001";
static const char gostop_ack[] = "0006000000000001";
static const char set_stop[] = "0005000000000001";
static const char cxl_query_resp[] =
    "0001000000000007710000000000000000000000000000000000000000000000000000000000000000000000"
    "00";
static const char cxl_get_key[] = "0007000000008000";
static const char cxl_get_key_ack[] =
    "00080000000080008e3db0526743729f68a515993d4150b92b659e15acb22c36867409cbe453df5900000000"
    "0100000002000000";
static const char cxl_key_prog[] =
    "00020000000088008e3db0526743729f68a515993d4150b92b659e15acb22c36867409cbe453df5900000000"
    "0100000002000000";

/* Laid out by hand after the specification's tables: one register. */
static const char query_resp[] = "000100010203040511223344";

static status idekm_of(const char *hex, bool is_cxl, struct buffer *bytes, struct spdm_idekm *out)
{
    *bytes = hex_bytes(hex);
    return spdm_idekm_read(buffer_view(bytes), is_cxl, out);
}

static void expect_idekm(const char *hex, bool is_cxl)
{
    uint8_t space[512];
    struct buffer bytes;
    struct writer writer = writer_over(space, sizeof space);
    struct spdm_idekm got;
    EXPECT_OK(idekm_of(hex, is_cxl, &bytes, &got));
    spdm_idekm_write(&writer, is_cxl, &got);
    EXPECT(slice_equal((slice){space, writer.size}, buffer_view(&bytes)));
    for (size_t size = 0; size < bytes.size - got.registers.size; size++) {
        struct spdm_idekm untouched = {.object = 99};
        EXPECT_FAIL(TRUNCATED, spdm_idekm_read((slice){bytes.data, size}, is_cxl, &untouched));
        EXPECT(untouched.object == 99);
    }
    buffer_clear(&bytes);
}

static status idekm_with(const char *hex, size_t at, uint8_t value, bool is_cxl)
{
    struct spdm_idekm got;
    struct buffer bytes = hex_bytes(hex);
    bytes.data[at] = value;
    const status read = spdm_idekm_read(buffer_view(&bytes), is_cxl, &got);
    buffer_clear(&bytes);
    return read;
}

TEST(ide_km_is_written_as_it_was_read_and_refused_when_cut)
{
    static const char *const pcie[] = {query,  query_resp, key_prog,  kp_ack,
                                       set_go, set_stop,   gostop_ack};
    static const char *const cxl[] = {cxl_query_resp, cxl_get_key, cxl_get_key_ack, cxl_key_prog};
    for (size_t i = 0; i < sizeof pcie / sizeof *pcie; i++)
        expect_idekm(pcie[i], false);
    for (size_t i = 0; i < sizeof cxl / sizeof *cxl; i++)
        expect_idekm(cxl[i], true);
}

TEST(ide_km_tells_its_fields)
{
    struct spdm_idekm got;
    struct buffer bytes;
    EXPECT_OK(idekm_of(query_resp, false, &bytes, &got));
    EXPECT(got.object == SPDM_IDEKM_QUERY_RESP && got.port == 1 && got.device_function == 2);
    EXPECT(got.bus == 3 && got.segment == 4 && got.port_max == 5 && got.registers.size == 4);
    buffer_clear(&bytes);
    EXPECT_OK(idekm_of(key_prog, false, &bytes, &got));
    EXPECT(got.object == SPDM_IDEKM_KEY_PROG && got.stream == 0 && got.port == 1 && got.key == 0);
    EXPECT(got.secret.size == SPDM_IDEKM_KEY_SIZE + SPDM_IDEKM_PCIE_IV_SIZE);
    buffer_clear(&bytes);
    EXPECT_OK(idekm_of(cxl_key_prog, true, &bytes, &got));
    EXPECT(got.key == (SPDM_IDEKM_SUB_STREAM_CXL | SPDM_IDEKM_KEY_DEFAULT_IV));
    EXPECT(got.secret.size == SPDM_IDEKM_KEY_SIZE + SPDM_IDEKM_CXL_IV_SIZE);
    buffer_clear(&bytes);
    EXPECT_OK(idekm_of(cxl_query_resp, true, &bytes, &got));
    EXPECT(got.port_max == 7 && got.cxl_capabilities == 0x71 && got.registers.size == 36);
    buffer_clear(&bytes);
}

TEST(a_status_is_in_an_acknowledgement_only)
{
    struct spdm_idekm got;
    struct buffer bytes;
    EXPECT_OK(idekm_of("0003000000030001", false, &bytes, &got));
    EXPECT(got.status == SPDM_IDEKM_UNSUPPORTED_VALUE);
    buffer_clear(&bytes);
    EXPECT_OK(idekm_of("0004000000030001", false, &bytes, &got));
    EXPECT(got.status == SPDM_IDEKM_OK);
    buffer_clear(&bytes);
}

TEST(other_protocols_and_objects_and_bytes_left_over_are_refused)
{
    EXPECT_FAIL(UNSUPPORTED, idekm_with(query, 0, 1, false));
    EXPECT_FAIL(UNSUPPORTED, idekm_with(set_go, 1, 9, true));
    EXPECT_FAIL(UNSUPPORTED, idekm_with(set_go, 1, SPDM_IDEKM_GET_KEY, false));
    EXPECT_FAIL(MALFORMED, idekm_with(key_prog, 1, SPDM_IDEKM_K_SET_GO, false));
    EXPECT_FAIL(TRUNCATED, idekm_with(key_prog, 1, SPDM_IDEKM_KEY_PROG, true));
    EXPECT_FAIL(MALFORMED, idekm_with("00010001020304051122334455", 0, 0, false));
}
