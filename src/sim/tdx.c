/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/tdx.h"

#include "codec/text.h"
#include "codec/writer.h"

#include <string.h>

enum {
    TEE_TYPE_TDX = 0x81,
    KEY_TYPE_ECDSA_P256 = 2,
    HEADER_SIZE = 48,
    BODY_SIZE = 584,
    BODY_15_SIZE = 648,
    BODY_TYPE_TD_15 = 3,
    QE_REPORT_SIZE = 384,
    QE_AUTH_SIZE = 32,
    CERTIFICATION_PCK_CHAIN = 5,
    CERTIFICATION_QE_REPORT = 6,
    CERTIFICATION_SIZE_MAX = 16 << 10,
    SIGNATURE_SIZE = 64,
    POINT_SIZE = 64,
    P256_SPKI_SIZE = 91,
    TD_DEBUG = 1,
    TD_SEPT_VE_DISABLE = 1 << 28,
    TDREPORT_MAC_OFFSET = 224,
    TDREPORT_TCB_OFFSET = 256,
    TDREPORT_TCB_SIZE = 239,
    TDREPORT_INFO_OFFSET = 512,
    TDREPORT_INFO_SIZE = 512,
    TDREPORT_REPORT_DATA_OFFSET = 128,
    TDREPORT_TCB_VALID = 0x301ff,
    XFAM = 0x61ae7,  /* x87, SSE, AVX, AVX-512, PKRU, CET, AMX */
    QE_FLAGS = 0x15, /* initialised, 64-bit, provision key */
    QE_XFRM = 0xe7,
};

static const uint8_t qe_vendor_intel[16] = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                            0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};
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
    *td = (struct sim_tdx){0};
}

static void write_zeros(struct writer *writer, size_t count)
{
    while (count--)
        write_u8(writer, 0);
}

static status attestation_point(const struct sim_state *state, uint8_t out[POINT_SIZE])
{
    SCOPED(public_key) key = {0};
    SCOPED(buffer) spki = {0};
    TRY(private_key_public(&state->keys.attestation, &key));
    TRY(public_key_spki(&key, &spki));
    if (spki.size != P256_SPKI_SIZE) /* it ends with 04 || x || y */
        return FAIL(MALFORMED, "the simulated attestation key is not on P-256");
    memcpy(out, spki.data + P256_SPKI_SIZE - POINT_SIZE, POINT_SIZE);
    return OK;
}

static status append_pem(const struct certificate *certificate, struct buffer *chain)
{
    SCOPED(buffer) der = {0};
    SCOPED(buffer) pem = {0};
    TRY(certificate_der(certificate, &der));
    TRY(pem_write("CERTIFICATE", buffer_view(&der), &pem));
    return buffer_append(chain, buffer_view(&pem));
}

static status pck_chain(const struct sim_state *state, const struct sim_tdx_settings *settings,
                        struct buffer *out_chain)
{
    SCOPED(certificate) leaf = {0};
    struct sim_pck pck = {.first_component_svn = sim_intel_svn_of_status(settings->tcb_status)};
    memcpy(pck.platform_instance, settings->platform_instance, sizeof pck.platform_instance);
    TRY(sim_intel_pck(state, &pck, &leaf));
    TRY(append_pem(&leaf, out_chain));
    TRY(append_pem(&state->pck_ca, out_chain));
    return append_pem(&state->intel_root, out_chain);
}

/* What the quoting enclave says of its attestation key: SHA-256(key || auth) and zeros. */
static status qe_report_data(const struct sim_state *state, slice auth, struct digest *out)
{
    uint8_t point[POINT_SIZE];
    SCOPED(buffer) bytes = {0};
    TRY(attestation_point(state, point));
    TRY(buffer_append(&bytes, SLICE(point)));
    TRY(buffer_append(&bytes, auth));
    return digest_of(HASH_SHA256, buffer_view(&bytes), out);
}

/* spec: Intel SDM, "REPORT", the part that a quote carries */
static void write_qe_report(struct writer *writer, const struct digest *report_data)
{
    uint8_t signer[32];
    sim_intel_qe_signer(signer);
    write_bytes(writer, SLICE(tee_tcb_svn)); /* CPUSVN: nobody compares the enclave's */
    write_zeros(writer, 4 + 12 + 16);        /* MISCSELECT, reserved, ISVEXTPRODID */
    write_le64(writer, QE_FLAGS);
    write_le64(writer, QE_XFRM);
    write_bytes(writer, SLICE(signer)); /* MRENCLAVE */
    write_zeros(writer, 32);
    write_bytes(writer, SLICE(signer)); /* MRSIGNER */
    write_zeros(writer, 32 + 64);       /* reserved, CONFIGID */
    write_le16(writer, SIM_QE_PRODUCT);
    write_le16(writer, SIM_QE_SVN);
    write_zeros(writer, 2 + 42 + 16); /* CONFIGSVN, reserved, ISVFAMILYID */
    write_bytes(writer, (slice){report_data->data, report_data->size});
    write_zeros(writer, 32);
}

static status certify(const struct sim_state *state, const struct sim_tdx_settings *settings,
                      struct buffer *out)
{
    uint8_t auth[QE_AUTH_SIZE], report[QE_REPORT_SIZE], head[16];
    struct digest report_data;
    struct writer writer = writer_over(report, sizeof report);
    SCOPED(buffer) chain = {0};
    SCOPED(buffer) signature = {0};
    slice written;

    for (uint8_t i = 0; i < sizeof auth; i++)
        auth[i] = i;
    TRY(pck_chain(state, settings, &chain));
    TRY(qe_report_data(state, SLICE(auth), &report_data));
    write_qe_report(&writer, &report_data);
    TRY(writer_finish(&writer, &written));
    TRY(ecdsa_sign(&state->keys.pck, CURVE_P256, HASH_SHA256, written, &signature));

    writer = writer_over(head, sizeof head);
    write_le16(&writer, CERTIFICATION_QE_REPORT);
    write_le32(&writer,
               (uint32_t)(QE_REPORT_SIZE + SIGNATURE_SIZE + 2 + QE_AUTH_SIZE + 2 + 4 + chain.size));
    TRY(writer_finish(&writer, &written));
    TRY(buffer_append(out, written));
    TRY(buffer_append(out, SLICE(report)));
    TRY(buffer_append(out, buffer_view(&signature)));

    writer = writer_over(head, sizeof head);
    write_le16(&writer, QE_AUTH_SIZE);
    TRY(writer_finish(&writer, &written));
    TRY(buffer_append(out, written));
    TRY(buffer_append(out, SLICE(auth)));

    writer = writer_over(head, sizeof head);
    write_le16(&writer, CERTIFICATION_PCK_CHAIN);
    write_le32(&writer, (uint32_t)chain.size);
    TRY(writer_finish(&writer, &written));
    TRY(buffer_append(out, written));
    return buffer_append(out, buffer_view(&chain));
}

status sim_tdx_launch(const struct sim_state *state, const struct sim_tdx_settings *settings,
                      struct sim_tdx *out)
{
    SCOPED(sim_tdx) td = {.state = state, .settings = *settings};
    if (settings->quote_version != 4 && settings->quote_version != 5)
        return FAIL(UNSUPPORTED, "TDX quotes are simulated in versions 4 and 5");
    if (!settings->tcb_status || sim_intel_svn_of_status(settings->tcb_status) == 0)
        return FAIL(UNSUPPORTED, "no such TCB status");
    TRY(certify(state, settings, &td.certification));
    TRY(random_bytes(td.mac_key, sizeof td.mac_key));
    td.machine = (struct sim_machine){.provider = "tdx_guest", .report = quote_from_driver};
    *out = td;
    td = (struct sim_tdx){0};
    return OK;
}

static void write_header(struct writer *writer, const struct sim_tdx_settings *settings)
{
    write_le16(writer, settings->quote_version);
    write_le16(writer, KEY_TYPE_ECDSA_P256);
    write_le32(writer, TEE_TYPE_TDX);
    write_le32(writer, 0); /* QE SVN and PCE SVN, reserved since version 4 */
    write_bytes(writer, SLICE(qe_vendor_intel));
    write_zeros(writer, 20);
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
    uint8_t space[HEADER_SIZE + 6 + BODY_15_SIZE], size_field[4], point[POINT_SIZE];
    struct writer writer = writer_over(space, sizeof space);
    SCOPED(buffer) signature = {0};
    SCOPED(buffer) quote = {0};
    slice body, size;

    if (report_data.size != SIM_REPORT_DATA_SIZE)
        return FAIL(MALFORMED, "report data has 64 bytes");
    write_header(&writer, &td->settings);
    write_body(&writer, &td->settings, report_data);
    TRY(writer_finish(&writer, &body));
    TRY(ecdsa_sign(&td->state->keys.attestation, CURVE_P256, HASH_SHA256, body, &signature));
    TRY(attestation_point(td->state, point));

    writer = writer_over(size_field, sizeof size_field);
    write_le32(&writer, (uint32_t)(SIGNATURE_SIZE + POINT_SIZE + td->certification.size));
    TRY(writer_finish(&writer, &size));
    TRY(buffer_append(&quote, body));
    TRY(buffer_append(&quote, size));
    TRY(buffer_append(&quote, buffer_view(&signature)));
    TRY(buffer_append(&quote, SLICE(point)));
    TRY(buffer_append(&quote, buffer_view(&td->certification)));
    *out_quote = buffer_take(&quote);
    return OK;
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
    write_report_body(&writer, &td->settings);
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
