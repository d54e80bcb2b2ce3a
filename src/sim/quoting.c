/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/quoting.h"

#include "codec/text.h"
#include "codec/writer.h"

#include <string.h>

enum {
    KEY_TYPE_ECDSA_P256 = 2,
    QE_REPORT_SIZE = 384,
    QE_AUTH_SIZE = 32,
    CERTIFICATION_PCK_CHAIN = 5,
    CERTIFICATION_QE_REPORT = 6,
    SIGNATURE_SIZE = 64,
    POINT_SIZE = 64,
    P256_SPKI_SIZE = 91,
    QE_FLAGS = 0x15, /* initialised, 64-bit, provision key */
    QE_XFRM = 0xe7,
};

static const uint8_t vendor_intel[16] = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                         0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};

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

static status pck_chain(const struct sim_state *state, const struct sim_quoting *quoting,
                        struct buffer *out_chain)
{
    SCOPED(certificate) leaf = {0};
    struct sim_pck pck = {.first_component_svn = sim_intel_svn_of_status(quoting->tcb_status)};
    memcpy(pck.platform_instance, quoting->platform_instance, sizeof pck.platform_instance);
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
static void write_qe_report(struct writer *writer, enum sim_tee tee,
                            const struct digest *report_data)
{
    uint8_t signer[32];
    sim_intel_qe_signer(signer);
    write_zeros(writer, 16 + 4 + 12 + 16); /* CPUSVN, MISCSELECT, reserved, ISVEXTPRODID */
    write_le64(writer, QE_FLAGS);
    write_le64(writer, QE_XFRM);
    write_bytes(writer, SLICE(signer)); /* MRENCLAVE */
    write_zeros(writer, 32);
    write_bytes(writer, SLICE(signer)); /* MRSIGNER */
    write_zeros(writer, 32 + 64);       /* reserved, CONFIGID */
    write_le16(writer, tee == SIM_TEE_TDX ? SIM_TD_QE_PRODUCT : SIM_QE_PRODUCT);
    write_le16(writer, SIM_QE_SVN);
    write_zeros(writer, 2 + 42 + 16); /* CONFIGSVN, reserved, ISVFAMILYID */
    write_bytes(writer, (slice){report_data->data, report_data->size});
    write_zeros(writer, 32);
}

static status append_field(struct buffer *out, uint32_t value, bool is_long)
{
    uint8_t field[4];
    struct writer writer = writer_over(field, sizeof field);
    slice written;
    if (is_long)
        write_le32(&writer, value);
    else
        write_le16(&writer, (uint16_t)value);
    TRY(writer_finish(&writer, &written));
    return buffer_append(out, written);
}

static status append_head(struct buffer *out, uint16_t type, size_t size)
{
    TRY(append_field(out, type, false));
    return append_field(out, (uint32_t)size, true);
}

status sim_quoting_certify(const struct sim_state *state, const struct sim_quoting *quoting,
                           struct buffer *out)
{
    uint8_t auth[QE_AUTH_SIZE], report[QE_REPORT_SIZE];
    struct digest report_data;
    struct writer writer = writer_over(report, sizeof report);
    SCOPED(buffer) chain = {0};
    SCOPED(buffer) signature = {0};
    SCOPED(buffer) certification = {0};
    slice written;

    for (uint8_t i = 0; i < sizeof auth; i++)
        auth[i] = i;
    TRY(pck_chain(state, quoting, &chain));
    TRY(qe_report_data(state, SLICE(auth), &report_data));
    write_qe_report(&writer, quoting->tee, &report_data);
    TRY(writer_finish(&writer, &written));
    TRY(ecdsa_sign(&state->keys.pck, CURVE_P256, HASH_SHA256, written, &signature));

    if (quoting->version > 3)
        TRY(append_head(&certification, CERTIFICATION_QE_REPORT,
                        QE_REPORT_SIZE + SIGNATURE_SIZE + 2 + QE_AUTH_SIZE + 2 + 4 + chain.size));
    TRY(buffer_append(&certification, SLICE(report)));
    TRY(buffer_append(&certification, buffer_view(&signature)));
    TRY(append_field(&certification, QE_AUTH_SIZE, false));
    TRY(buffer_append(&certification, SLICE(auth)));
    TRY(append_head(&certification, CERTIFICATION_PCK_CHAIN, chain.size));
    TRY(buffer_append(&certification, buffer_view(&chain)));
    *out = buffer_take(&certification);
    return OK;
}

void sim_quoting_write_header(struct writer *writer, const struct sim_quoting *quoting)
{
    write_le16(writer, quoting->version);
    write_le16(writer, KEY_TYPE_ECDSA_P256);
    write_le32(writer, quoting->tee == SIM_TEE_TDX ? 0x81 : 0);
    write_le16(writer, quoting->version == 3 ? SIM_QE_SVN : 0);
    write_le16(writer, quoting->version == 3 ? SIM_PCE_SVN : 0);
    write_bytes(writer, SLICE(vendor_intel));
    write_zeros(writer, 20);
}

status sim_quoting_sign(const struct sim_state *state, slice signed_bytes, slice certification,
                        struct buffer *out_quote)
{
    uint8_t point[POINT_SIZE];
    SCOPED(buffer) signature = {0};
    SCOPED(buffer) quote = {0};
    TRY(ecdsa_sign(&state->keys.attestation, CURVE_P256, HASH_SHA256, signed_bytes, &signature));
    TRY(attestation_point(state, point));
    TRY(buffer_append(&quote, signed_bytes));
    TRY(append_field(&quote, (uint32_t)(SIGNATURE_SIZE + POINT_SIZE + certification.size), true));
    TRY(buffer_append(&quote, buffer_view(&signature)));
    TRY(buffer_append(&quote, SLICE(point)));
    TRY(buffer_append(&quote, certification));
    *out_quote = buffer_take(&quote);
    return OK;
}
