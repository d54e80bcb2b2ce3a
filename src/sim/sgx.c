/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/sgx.h"

#include <string.h>

enum {
    HEADER_SIZE = 48,
    BODY_SIZE = 384,
    BODY_TYPE_SGX = 1,
    FLAG_INITIALISED = 0x1,
    FLAG_DEBUG = 0x2,
    FLAG_64_BIT = 0x4,
    FLAG_KSS = 0x80,
    XFRM = 0xe7,
};

static void name(const char *what, uint8_t out[32])
{
    struct digest digest = {0};
    if (!digest_of(HASH_SHA256, slice_of_text(what), &digest).fault)
        memcpy(out, digest.data, 32);
}

struct sim_sgx_settings sim_sgx_defaults(const struct sim_state *state)
{
    struct sim_sgx_settings settings = {
        .quote_version = 3, .tcb_status = "UpToDate", .isvprodid = 1, .isvsvn = 1};
    name("cix simulated enclave", settings.mrenclave);
    name("cix simulated enclave's signer", settings.mrsigner);
    memcpy(settings.platform_instance, state->chip_id + 16, sizeof settings.platform_instance);
    return settings;
}

void sim_sgx_clear(struct sim_sgx *enclave)
{
    buffer_clear(&enclave->certification);
    *enclave = (struct sim_sgx){0};
}

static struct sim_quoting quoting_of(const struct sim_sgx_settings *settings)
{
    struct sim_quoting quoting = {
        .tee = SIM_TEE_SGX, .version = settings->quote_version, .tcb_status = settings->tcb_status};
    memcpy(quoting.platform_instance, settings->platform_instance,
           sizeof quoting.platform_instance);
    return quoting;
}

status sim_sgx_launch(const struct sim_state *state, const struct sim_sgx_settings *settings,
                      struct sim_sgx *out)
{
    SCOPED(sim_sgx) enclave = {.state = state, .settings = *settings};
    if (settings->quote_version < 3 || settings->quote_version > 5)
        return FAIL(UNSUPPORTED, "SGX quotes are simulated in versions 3 to 5");
    if (!settings->tcb_status || sim_intel_svn_of_status(settings->tcb_status) == 0)
        return FAIL(UNSUPPORTED, "no such TCB status");
    const struct sim_quoting quoting = quoting_of(settings);
    TRY(sim_quoting_certify(state, &quoting, &enclave.certification));
    *out = enclave;
    enclave = (struct sim_sgx){0};
    return OK;
}

static void write_zeros(struct writer *writer, size_t count)
{
    while (count--)
        write_u8(writer, 0);
}

static void write_header(struct writer *writer, const struct sim_sgx_settings *settings)
{
    const struct sim_quoting quoting = quoting_of(settings);
    sim_quoting_write_header(writer, &quoting);
    if (settings->quote_version == 5) {
        write_le16(writer, BODY_TYPE_SGX);
        write_le32(writer, BODY_SIZE);
    }
}

/* spec: Intel SDM, "REPORT", the part that a quote carries */
static void write_body(struct writer *writer, const struct sim_sgx_settings *settings,
                       slice report_data)
{
    const uint64_t debug = settings->debug ? FLAG_DEBUG : 0;
    write_zeros(writer, 16 + 4 + 12 + 16); /* CPUSVN, MISCSELECT, reserved, ISVEXTPRODID */
    write_le64(writer, FLAG_INITIALISED | FLAG_64_BIT | FLAG_KSS | debug);
    write_le64(writer, XFRM);
    write_bytes(writer, SLICE(settings->mrenclave));
    write_zeros(writer, 32);
    write_bytes(writer, SLICE(settings->mrsigner));
    write_zeros(writer, 32);
    write_bytes(writer, SLICE(settings->config_id));
    write_le16(writer, settings->isvprodid);
    write_le16(writer, settings->isvsvn);
    write_zeros(writer, 2 + 42 + 16); /* CONFIGSVN, reserved, ISVFAMILYID */
    write_bytes(writer, report_data);
}

status sim_sgx_quote(const struct sim_sgx *enclave, slice report_data, struct buffer *out_quote)
{
    uint8_t space[HEADER_SIZE + 6 + BODY_SIZE];
    struct writer writer = writer_over(space, sizeof space);
    slice body;
    if (report_data.size != SIM_REPORT_DATA_SIZE)
        return FAIL(MALFORMED, "report data has 64 bytes");
    write_header(&writer, &enclave->settings);
    write_body(&writer, &enclave->settings, report_data);
    TRY(writer_finish(&writer, &body));
    return sim_quoting_sign(enclave->state, body, buffer_view(&enclave->certification), out_quote);
}
