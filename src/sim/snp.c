/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/snp.h"

#include "codec/writer.h"

#include <string.h>

enum {
    REPORT_SIZE = 1184,
    SIGNED_SIZE = 0x2a0,
    SIGNATURE_FIELD_SIZE = 72,
    P384_SIZE = 48,
    VMPL_MAX = 3,
    SIGNATURE_ALGO_ECDSA_P384_SHA384 = 1,
    POLICY_SMT = 1 << 16,
    POLICY_RESERVED_ONE = 1 << 17,
    POLICY_MIGRATE_MA = 1 << 18,
    POLICY_DEBUG = 1 << 19,
    PLATFORM_SMT_ECC_ALIAS_CHECKED = 0x25,
    TURIN_CHIP_ID_SIZE = 8,
    TPM_ALG_AES = 0x0006,
    TPM_ALG_SHA256 = 0x000b,
    TPM_ALG_NULL = 0x0010,
    TPM_ALG_ECC = 0x0023,
    TPM_ALG_CFB = 0x0043,
    TPM_ECC_NIST_P256 = 0x0003,
    TPM_EK_ATTRIBUTES = 0x000300b2,
};

/* What each product's CPUID says, and a TCB that is up to date by our reckoning. */
static const struct hardware {
    uint8_t family, model, stepping;
    struct sim_snp_tcb tcb;
} hardware[SIM_PRODUCT_END] = {
    [SIM_MILAN] = {0x19, 0x01, 0x01, {.boot_loader = 4, .tee = 0, .snp = 24, .microcode = 219}},
    [SIM_GENOA] = {0x19, 0x11, 0x01, {.boot_loader = 10, .tee = 0, .snp = 25, .microcode = 88}},
    [SIM_TURIN] = {0x1a,
                   0x02,
                   0x01,
                   {.fmc = 1, .boot_loader = 3, .tee = 2, .snp = 5, .microcode = 97}},
};

static status report_from_driver(const struct sim_machine *machine, unsigned privlevel,
                                 slice report_data, struct buffer *out_report);

static status report_from_svsm(const struct sim_machine *machine, slice report_data,
                               struct buffer *out_report);

struct sim_snp_settings sim_snp_defaults(const struct sim_state *state, enum sim_product product)
{
    struct sim_snp_settings settings = {.product = product, .report_version = 3};
    struct digest digest = {0};
    if (product > SIM_PRODUCT_NONE && product < SIM_PRODUCT_END)
        settings.tcb = hardware[product].tcb;
    if (!digest_of(HASH_SHA384, slice_of_text("cix simulated SNP image"), &digest).fault)
        memcpy(settings.measurement, digest.data, sizeof settings.measurement);
    memcpy(settings.chip_id, state->chip_id, sizeof settings.chip_id);
    if (product == SIM_TURIN) /* its chip id has eight bytes; the rest is zero */
        memset(settings.chip_id + TURIN_CHIP_ID_SIZE, 0, SIM_CHIP_ID_SIZE - TURIN_CHIP_ID_SIZE);
    return settings;
}

void sim_snp_clear(struct sim_snp *guest)
{
    buffer_clear(&guest->certificate_table);
    buffer_clear(&guest->manifest);
    *guest = (struct sim_snp){0};
}

static status could_exist(const struct sim_snp_settings *settings)
{
    static const uint8_t zeros[SIM_CHIP_ID_SIZE];
    if (settings->product <= SIM_PRODUCT_NONE || settings->product >= SIM_PRODUCT_END)
        return FAIL(UNSUPPORTED, "SNP is simulated for Milan, Genoa and Turin");
    if (settings->report_version != 2 && settings->report_version != 3 &&
        settings->report_version != 5)
        return FAIL(UNSUPPORTED, "SNP reports are simulated in versions 2, 3 and 5");
    if (settings->product == SIM_TURIN && settings->report_version == 2)
        return FAIL(UNSUPPORTED, "Turin's firmware writes reports from version 3 on");
    if (settings->vmpl > VMPL_MAX)
        return FAIL(UNSUPPORTED, "an SNP guest runs at VMPL 0 to 3");
    if (settings->product != SIM_TURIN && settings->tcb.fmc)
        return FAIL(UNSUPPORTED, "only Turin has an FMC patch level");
    if (settings->product == SIM_TURIN && memcmp(settings->chip_id + TURIN_CHIP_ID_SIZE, zeros,
                                                 SIM_CHIP_ID_SIZE - TURIN_CHIP_ID_SIZE) != 0)
        return FAIL(UNSUPPORTED, "a chip id of Turin has eight bytes and then zeros");
    return OK;
}

static void write_zeros(struct writer *writer, size_t count)
{
    while (count--)
        write_u8(writer, 0);
}

/*
 * The public part of a vTPM's endorsement key, which is all that its manifest is. No vTPM runs
 * here, so nobody keeps the private one.
 * spec: TPM 2.0 Library, "TPMT_PUBLIC"; TCG EK Credential Profile, "Template L-2"
 */
static status write_manifest(struct buffer *out)
{
    uint8_t space[160];
    SCOPED(private_key) key = {0};
    SCOPED(public_key) public = {0};
    SCOPED(buffer) spki = {0};
    struct digest policy;
    struct writer writer = writer_over(space, sizeof space);
    slice written;
    TRY(private_key_generate(CURVE_P256, &key));
    TRY(private_key_public(&key, &public));
    TRY(public_key_spki(&public, &spki));
    TRY(digest_of(HASH_SHA256, slice_of_text("cix simulated EK policy"), &policy));
    write_be16(&writer, TPM_ALG_ECC);
    write_be16(&writer, TPM_ALG_SHA256);
    write_be32(&writer, TPM_EK_ATTRIBUTES);
    write_be16(&writer, (uint16_t)policy.size);
    write_bytes(&writer, (slice){policy.data, policy.size});
    write_be16(&writer, TPM_ALG_AES);
    write_be16(&writer, 128);
    write_be16(&writer, TPM_ALG_CFB);
    write_be16(&writer, TPM_ALG_NULL); /* scheme */
    write_be16(&writer, TPM_ECC_NIST_P256);
    write_be16(&writer, TPM_ALG_NULL); /* kdf */
    for (size_t i = 0; i < 2; i++) {   /* an SPKI ends with x || y */
        write_be16(&writer, 32);
        write_bytes(&writer, (slice){spki.data + spki.size - 64 + 32 * i, 32});
    }
    TRY(writer_finish(&writer, &written));
    return buffer_append(out, written);
}

status sim_snp_launch(const struct sim_state *state, const struct sim_snp_settings *settings,
                      struct sim_snp *out)
{
    SCOPED(sim_snp) guest = {.state = state, .settings = *settings};
    SCOPED(certificate) vcek = {0};
    TRY(could_exist(settings));
    TRY(sim_amd_vcek(state, settings->product, &settings->tcb, SLICE(settings->chip_id), &vcek));
    TRY(sim_amd_certificate_table(state, settings->product, &vcek, &guest.certificate_table));
    TRY(random_bytes(guest.report_id, sizeof guest.report_id));
    guest.machine = (struct sim_machine){
        .provider = "sev_guest",
        .has_privlevels = true,
        .privlevel_floor = settings->vmpl,
        .has_certificates = true,
        .report = report_from_driver,
        .certificates = buffer_view(&guest.certificate_table),
    };
    if (settings->vmpl > 0) {
        TRY(write_manifest(&guest.manifest));
        guest.machine.service_report = report_from_svsm;
        guest.machine.manifest = buffer_view(&guest.manifest);
    }
    *out = guest;
    guest = (struct sim_snp){0};
    return OK;
}

static void write_repeated(struct writer *writer, uint8_t value, size_t count)
{
    while (count--)
        write_u8(writer, value);
}

static uint64_t policy_of(const struct sim_snp_settings *settings)
{
    return POLICY_SMT | POLICY_RESERVED_ONE | (settings->debug ? POLICY_DEBUG : 0) |
           (settings->migratable ? POLICY_MIGRATE_MA : 0);
}

static void write_tcb(struct writer *writer, const struct sim_snp_settings *settings)
{
    const struct sim_snp_tcb *const tcb = &settings->tcb;
    if (settings->product == SIM_TURIN) {
        write_u8(writer, tcb->fmc);
        write_u8(writer, tcb->boot_loader);
        write_u8(writer, tcb->tee);
        write_u8(writer, tcb->snp);
        write_zeros(writer, 3);
    } else {
        write_u8(writer, tcb->boot_loader);
        write_u8(writer, tcb->tee);
        write_zeros(writer, 4);
        write_u8(writer, tcb->snp);
    }
    write_u8(writer, tcb->microcode);
}

static void write_cpu(struct writer *writer, const struct sim_snp_settings *settings)
{
    const struct hardware *const cpu = &hardware[settings->product];
    const bool named = settings->report_version >= 3;
    write_u8(writer, named ? cpu->family : 0);
    write_u8(writer, named ? cpu->model : 0);
    write_u8(writer, named ? cpu->stepping : 0);
}

static void write_firmware(struct writer *writer)
{
    write_u8(writer, 3); /* 1.58.3, backwards */
    write_u8(writer, 58);
    write_u8(writer, 1);
    write_u8(writer, 0);
}

/* spec: AMD SEV-SNP Firmware ABI, "ATTESTATION_REPORT" */
static void write_signed_part(struct writer *writer, const struct sim_snp *guest, unsigned vmpl,
                              slice report_data)
{
    const struct sim_snp_settings *const settings = &guest->settings;
    write_le32(writer, settings->report_version);
    write_le32(writer, settings->guest_svn);
    write_le64(writer, policy_of(settings));
    write_zeros(writer, 32); /* FAMILY_ID, IMAGE_ID */
    write_le32(writer, vmpl);
    write_le32(writer, SIGNATURE_ALGO_ECDSA_P384_SHA384);
    write_tcb(writer, settings); /* CURRENT_TCB */
    write_le64(writer, PLATFORM_SMT_ECC_ALIAS_CHECKED);
    write_le32(writer, settings->masks_chip_id ? 2 : 0); /* signed by the VCEK, no author key */
    write_le32(writer, 0);
    write_bytes(writer, report_data);
    write_bytes(writer, SLICE(settings->measurement));
    write_bytes(writer, SLICE(settings->host_data));
    write_zeros(writer, 96); /* ID_KEY_DIGEST, AUTHOR_KEY_DIGEST */
    write_bytes(writer, SLICE(guest->report_id));
    write_repeated(writer, 0xff, 32); /* REPORT_ID_MA: no migration agent */
    write_tcb(writer, settings);      /* REPORTED_TCB */
    write_cpu(writer, settings);
    write_zeros(writer, 21);
    if (settings->masks_chip_id)
        write_zeros(writer, SIM_CHIP_ID_SIZE);
    else
        write_bytes(writer, SLICE(settings->chip_id));
    write_tcb(writer, settings); /* COMMITTED_TCB */
    write_firmware(writer);      /* current */
    write_firmware(writer);      /* committed */
    write_tcb(writer, settings); /* LAUNCH_TCB */
    write_zeros(writer, SIGNED_SIZE - 0x1f8);
}

static void write_backwards(struct writer *writer, slice number)
{
    for (size_t i = number.size; i > 0; i--)
        write_u8(writer, number.data[i - 1]);
    write_zeros(writer, SIGNATURE_FIELD_SIZE - number.size);
}

static status report_at(const struct sim_snp *guest, unsigned vmpl, slice report_data,
                        struct buffer *out_report)
{
    uint8_t space[REPORT_SIZE];
    struct writer writer = writer_over(space, sizeof space);
    SCOPED(buffer) signature = {0};
    slice report;

    if (report_data.size != SIM_REPORT_DATA_SIZE)
        return FAIL(MALFORMED, "report data has 64 bytes");
    write_signed_part(&writer, guest, vmpl, report_data);
    TRY(ecdsa_sign(&guest->state->keys.vcek, CURVE_P384, HASH_SHA384, (slice){space, SIGNED_SIZE},
                   &signature));
    write_backwards(&writer, (slice){signature.data, P384_SIZE});
    write_backwards(&writer, (slice){signature.data + P384_SIZE, P384_SIZE});
    write_zeros(&writer, REPORT_SIZE - SIGNED_SIZE - 2 * SIGNATURE_FIELD_SIZE);
    TRY(writer_finish(&writer, &report));
    return buffer_append(out_report, report);
}

static status report_from_driver(const struct sim_machine *machine, unsigned privlevel,
                                 slice report_data, struct buffer *out_report)
{
    /* `machine` is the first member of its guest. */
    const struct sim_snp *const guest = (const struct sim_snp *)(const void *)machine;
    if (privlevel < guest->settings.vmpl || privlevel > VMPL_MAX)
        return FAIL(DENIED, "a guest may not speak for a more privileged level");
    return report_at(guest, privlevel, report_data, out_report);
}

static status report_from_svsm(const struct sim_machine *machine, slice report_data,
                               struct buffer *out_report)
{
    return report_at((const struct sim_snp *)(const void *)machine, 0, report_data, out_report);
}

status sim_snp_report(const struct sim_snp *guest, slice report_data, struct buffer *out_report)
{
    return report_at(guest, guest->settings.vmpl, report_data, out_report);
}
