/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/tdx.h"

#include "codec/writer.h"
#include "sim/quoting.h"

#include <string.h>
#include <sys/mman.h>

enum {
    TEE_TYPE_TDX = 0x81,
    HEADER_SIZE = 48,
    BODY_15_SIZE = 648,
    BODY_TYPE_TD_15 = 3,
    TD_DEBUG = 1,
    TD_SEPT_VE_DISABLE = 1 << 28,
    TDREPORT_MAC_OFFSET = 224,
    TDREPORT_TCB_OFFSET = 256,
    TDREPORT_TCB_SIZE = 239,
    TDREPORT_INFO_OFFSET = 512,
    TDREPORT_INFO_SIZE = 512,
    TDREPORT_REPORT_DATA_OFFSET = 128,
    TDREPORT_TCB_VALID = 0x301ff,
    XFAM = 0x61ae7, /* x87, SSE, AVX, AVX-512, PKRU, CET, AMX */
};

static const uint8_t tee_tcb_svn[16] = {SIM_TDX_MODULE_SVN, SIM_TDX_MODULE_VERSION,
                                        SIM_TDX_LATE_MICROCODE};

static status quote_from_driver(const struct sim_machine *machine, unsigned privlevel,
                                slice report_data, struct buffer *out_report);

static void measure(const char *what, uint8_t out[48])
{
    struct digest digest = {0};
    if (!digest_of(HASH_SHA384, slice_of_text(what), &digest).fault)
        memcpy(out, digest.data, 48);
}

struct sim_tdx_settings sim_tdx_defaults(const struct sim_state *state)
{
    struct sim_tdx_settings settings = {.quote_version = 4, .tcb_status = "UpToDate"};
    measure("cix simulated TD image", settings.mrtd);
    measure("cix simulated TD firmware configuration", settings.rtmr[0]);
    measure("cix simulated TD kernel", settings.rtmr[1]);
    measure("cix simulated TD system", settings.rtmr[2]);
    memcpy(settings.platform_instance, state->chip_id + 16, sizeof settings.platform_instance);
    return settings;
}

void sim_tdx_clear(struct sim_tdx *td)
{
    buffer_clear(&td->certification);
    wipe(td->mac_key, sizeof td->mac_key);
    if (td->registers)
        munmap(td->registers, SIM_RTMR_COUNT * sizeof *td->registers);
    *td = (struct sim_tdx){0};
}

static void write_zeros(struct writer *writer, size_t count)
{
    while (count--)
        write_u8(writer, 0);
}

static struct sim_quoting quoting_of(const struct sim_tdx_settings *settings)
{
    struct sim_quoting quoting = {
        .tee = SIM_TEE_TDX, .version = settings->quote_version, .tcb_status = settings->tcb_status};
    memcpy(quoting.platform_instance, settings->platform_instance,
           sizeof quoting.platform_instance);
    return quoting;
}

static status share_registers(struct sim_tdx *td)
{
    const size_t size = SIM_RTMR_COUNT * sizeof *td->registers;
    void *const memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return FAIL(EXHAUSTED, "no memory for the registers of a simulated TD");
    td->registers = memory;
    memcpy(td->registers, td->settings.rtmr, size);
    return OK;
}

status sim_tdx_extend(const struct sim_tdx *td, size_t index, slice digest)
{
    struct digest extended;
    if (index >= SIM_RTMR_COUNT || digest.size != sizeof *td->registers)
        return FAIL(MALFORMED, "a TD has four registers of 48 bytes");
    TRY(digest_of_two(HASH_SHA384, SLICE(td->registers[index]), digest, &extended));
    memcpy(td->registers[index], extended.data, sizeof *td->registers);
    return OK;
}

/* As it was launched, with the registers of now. */
static struct sim_tdx_settings settings_now(const struct sim_tdx *td)
{
    struct sim_tdx_settings settings = td->settings;
    memcpy(settings.rtmr, td->registers, sizeof settings.rtmr);
    return settings;
}

status sim_tdx_launch(const struct sim_state *state, const struct sim_tdx_settings *settings,
                      struct sim_tdx *out)
{
    SCOPED(sim_tdx) td = {.state = state, .settings = *settings};
    if (settings->quote_version != 4 && settings->quote_version != 5)
        return FAIL(UNSUPPORTED, "TDX quotes are simulated in versions 4 and 5");
    if (!settings->tcb_status || sim_intel_svn_of_status(settings->tcb_status) == 0)
        return FAIL(UNSUPPORTED, "no such TCB status");
    const struct sim_quoting quoting = quoting_of(settings);
    TRY(sim_quoting_certify(state, &quoting, &td.certification));
    TRY(random_bytes(td.mac_key, sizeof td.mac_key));
    TRY(share_registers(&td));
    td.machine = (struct sim_machine){.provider = "tdx_guest", .report = quote_from_driver};
    *out = td;
    td = (struct sim_tdx){0};
    return OK;
}

static void write_header(struct writer *writer, const struct sim_tdx_settings *settings)
{
    const struct sim_quoting quoting = quoting_of(settings);
    sim_quoting_write_header(writer, &quoting);
    if (settings->quote_version == 5) {
        write_le16(writer, BODY_TYPE_TD_15);
        write_le32(writer, BODY_15_SIZE);
    }
}

/* What the module measured and was told about the TD. */
static void write_td_info(struct writer *writer, const struct sim_tdx_settings *settings)
{
    write_le64(writer, TD_SEPT_VE_DISABLE | (settings->debug ? TD_DEBUG : 0));
    write_le64(writer, XFAM);
    write_bytes(writer, SLICE(settings->mrtd));
    write_bytes(writer, SLICE(settings->mr_config_id));
    write_zeros(writer, 96); /* MROWNER, MROWNERCONFIG */
    for (size_t i = 0; i < SIM_RTMR_COUNT; i++)
        write_bytes(writer, SLICE(settings->rtmr[i]));
}

/* spec: Intel TDX DCAP Quote Generation Library, "TD Quote Body" */
static void write_body(struct writer *writer, const struct sim_tdx_settings *settings,
                       slice report_data)
{
    uint8_t mr_seam[48] = {0};
    measure("cix simulated TDX module", mr_seam);
    write_bytes(writer, SLICE(tee_tcb_svn));
    write_bytes(writer, SLICE(mr_seam));
    write_zeros(writer, 48 + 8); /* MRSIGNERSEAM: Intel's is zero; SEAM attributes */
    write_td_info(writer, settings);
    write_bytes(writer, report_data);
    if (settings->quote_version == 5) {
        write_bytes(writer, SLICE(tee_tcb_svn)); /* TEE_TCB_SVN2: no update since launch */
        write_zeros(writer, 48);                 /* MRSERVICETD */
    }
}

status sim_tdx_quote(const struct sim_tdx *td, slice report_data, struct buffer *out_quote)
{
    uint8_t space[HEADER_SIZE + 6 + BODY_15_SIZE];
    struct writer writer = writer_over(space, sizeof space);
    slice body;
    if (report_data.size != SIM_REPORT_DATA_SIZE)
        return FAIL(MALFORMED, "report data has 64 bytes");
    const struct sim_tdx_settings settings = settings_now(td);
    write_header(&writer, &settings);
    write_body(&writer, &settings, report_data);
    TRY(writer_finish(&writer, &body));
    return sim_quoting_sign(td->state, body, buffer_view(&td->certification), out_quote);
}

/* spec: Intel TDX Module, "TEE_TCB_INFO" and "TDINFO" */
static void write_report_body(struct writer *writer, const struct sim_tdx_settings *settings)
{
    uint8_t mr_seam[48] = {0};
    measure("cix simulated TDX module", mr_seam);
    write_le64(writer, TDREPORT_TCB_VALID);
    write_bytes(writer, SLICE(tee_tcb_svn));
    write_bytes(writer, SLICE(mr_seam));
    write_zeros(writer, 48 + 8); /* MRSIGNERSEAM, SEAM attributes */
    if (settings->quote_version == 5)
        write_bytes(writer, SLICE(tee_tcb_svn)); /* TEE_TCB_SVN2 */
    else
        write_zeros(writer, sizeof tee_tcb_svn);
    write_zeros(writer, TDREPORT_INFO_OFFSET - 400);
    write_td_info(writer, settings);
    write_zeros(writer, SIM_TDREPORT_SIZE - 912); /* SERVTD_HASH, reserved */
}

static void put_digest(slice of, uint8_t *out)
{
    struct digest digest = {0};
    if (!digest_of(HASH_SHA384, of, &digest).fault)
        memcpy(out, digest.data, 48);
}

static status mac_of(const struct sim_tdx *td, const uint8_t *report, struct digest *out)
{
    return hmac(HASH_SHA256, SLICE(td->mac_key), (slice){report, TDREPORT_MAC_OFFSET}, out);
}

/* spec: Intel TDX Module, "TDREPORT_STRUCT" */
status sim_tdx_report(const struct sim_tdx *td, slice report_data, struct buffer *out_report)
{
    uint8_t report[SIM_TDREPORT_SIZE] = {TEE_TYPE_TDX, 0, td->settings.quote_version == 5 ? 1 : 0};
    struct writer writer =
        writer_over(report + TDREPORT_TCB_OFFSET, SIM_TDREPORT_SIZE - TDREPORT_TCB_OFFSET);
    struct digest mac;
    slice body;
    if (report_data.size != SIM_REPORT_DATA_SIZE)
        return FAIL(MALFORMED, "report data has 64 bytes");
    const struct sim_tdx_settings settings = settings_now(td);
    write_report_body(&writer, &settings);
    TRY(writer_finish(&writer, &body));
    memcpy(report + 16, tee_tcb_svn, sizeof tee_tcb_svn); /* CPUSVN */
    put_digest((slice){report + TDREPORT_TCB_OFFSET, TDREPORT_TCB_SIZE}, report + 32);
    put_digest((slice){report + TDREPORT_INFO_OFFSET, TDREPORT_INFO_SIZE}, report + 80);
    memcpy(report + TDREPORT_REPORT_DATA_OFFSET, report_data.data, report_data.size);
    TRY(mac_of(td, report, &mac));
    memcpy(report + TDREPORT_MAC_OFFSET, mac.data, 32);
    return buffer_append(out_report, SLICE(report));
}

status sim_tdx_quote_of_report(const struct sim_tdx *td, slice report, struct buffer *out_quote)
{
    struct digest mac;
    if (report.size != SIM_TDREPORT_SIZE || report.data[0] != TEE_TYPE_TDX)
        return FAIL(MALFORMED, "that is no TDREPORT");
    TRY(mac_of(td, report.data, &mac));
    if (!equal_in_constant_time((slice){mac.data, 32},
                                (slice){report.data + TDREPORT_MAC_OFFSET, 32}))
        return FAIL(UNAUTHENTIC, "the report is not of this CPU");
    return sim_tdx_quote(
        td, (slice){report.data + TDREPORT_REPORT_DATA_OFFSET, SIM_REPORT_DATA_SIZE}, out_quote);
}

static status quote_from_driver(const struct sim_machine *machine, unsigned privlevel,
                                slice report_data, struct buffer *out_report)
{
    (void)privlevel; /* TDX has none */
    /* `machine` is the first member of its TD. */
    return sim_tdx_quote((const struct sim_tdx *)(const void *)machine, report_data, out_report);
}
