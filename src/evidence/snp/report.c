/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/snp/report.h"

#include "codec/reader.h"

#include <string.h>

enum {
    VERSION_MIN = 2,
    VERSION_MAX = 5,
    VERSION_WITH_CPUID = 3,
    VERSION_WITH_MITIGATIONS = 5,
    KEY_FLAGS_KNOWN = 0x1f,
    FAMILY_TURIN = 0x1a,
};

static const char *const product_names[SNP_PRODUCT_END] = {
    [SNP_MILAN] = "Milan", [SNP_GENOA] = "Genoa", [SNP_TURIN] = "Turin"};

/* spec: AMD Versioned Chip Endorsement Key (VCEK) Certificate and KDS Interface Specification */
static const struct {
    enum snp_product product;
    uint8_t family, first_model, last_model;
} processors[] = {
    {SNP_MILAN, 0x19, 0x00, 0x0f},
    {SNP_GENOA, 0x19, 0x10, 0x1f},
    {SNP_GENOA, 0x19, 0xa0, 0xaf},
    {SNP_TURIN, FAMILY_TURIN, 0x00, 0x11},
};

const char *snp_product_name(enum snp_product product)
{
    return product < SNP_PRODUCT_END ? product_names[product] : NULL;
}

enum snp_product snp_product_named(slice name)
{
    for (enum snp_product product = SNP_MILAN; product < SNP_PRODUCT_END; product++)
        if (slice_equal(name, slice_of_text(product_names[product])))
            return product;
    return SNP_PRODUCT_UNKNOWN;
}

static enum snp_product product_of(uint8_t family, uint8_t model)
{
    for (size_t i = 0; i < sizeof processors / sizeof processors[0]; i++)
        if (family == processors[i].family && model >= processors[i].first_model &&
            model <= processors[i].last_model)
            return processors[i].product;
    return SNP_PRODUCT_UNKNOWN;
}

bool snp_tcb_equal(const struct snp_tcb *a, const struct snp_tcb *b)
{
    return memcmp(a->levels, b->levels, sizeof a->levels) == 0;
}

bool snp_tcb_is_at_most(const struct snp_tcb *a, const struct snp_tcb *b)
{
    for (size_t i = 0; i < SNP_COMPONENTS; i++)
        if (a->levels[i] > b->levels[i])
            return false;
    return true;
}

/* Reads, and remembers whether all of it was zero. */
static void read_reserved(struct reader *reader, size_t size, struct snp_report *report)
{
    const slice bytes = read_bytes(reader, size);
    for (size_t i = 0; i < bytes.size; i++)
        if (bytes.data[i])
            report->reserved_is_zero = false;
}

/* spec: the same, "TCB_VERSION"; family 1Ah moved its components. */
static void read_tcb(struct reader *reader, bool is_turin, struct snp_report *report,
                     struct snp_tcb *out)
{
    if (is_turin) {
        out->levels[SNP_FMC] = read_u8(reader);
        out->levels[SNP_BOOT_LOADER] = read_u8(reader);
        out->levels[SNP_TEE] = read_u8(reader);
        out->levels[SNP_SNP] = read_u8(reader);
        read_reserved(reader, 3, report);
    } else {
        out->levels[SNP_BOOT_LOADER] = read_u8(reader);
        out->levels[SNP_TEE] = read_u8(reader);
        read_reserved(reader, 4, report);
        out->levels[SNP_SNP] = read_u8(reader);
    }
    out->levels[SNP_MICROCODE] = read_u8(reader);
}

static void read_firmware(struct reader *reader, struct snp_report *report,
                          struct snp_firmware *out)
{
    out->build = read_u8(reader);
    out->minor = read_u8(reader);
    out->major = read_u8(reader);
    read_reserved(reader, 1, report);
}

static void read_guest(struct reader *reader, struct snp_report *report)
{
    report->guest_svn = read_le32(reader);
    report->policy = read_le64(reader);
    report->family_id = read_bytes(reader, 16);
    report->image_id = read_bytes(reader, 16);
    report->vmpl = read_le32(reader);
    report->signature_algorithm = read_le32(reader);
}

static void read_identities(struct reader *reader, struct snp_report *report)
{
    report->report_data = read_bytes(reader, 64);
    report->measurement = read_bytes(reader, 48);
    report->host_data = read_bytes(reader, 32);
    report->id_key_digest = read_bytes(reader, 48);
    report->author_key_digest = read_bytes(reader, 48);
    report->report_id = read_bytes(reader, 32);
    report->report_id_ma = read_bytes(reader, 32);
}

static void read_cpuid(struct reader *reader, struct snp_report *report)
{
    report->has_cpuid = report->version >= VERSION_WITH_CPUID;
    if (!report->has_cpuid) {
        read_reserved(reader, 3, report);
        return;
    }
    report->family = read_u8(reader);
    report->model = read_u8(reader);
    report->stepping = read_u8(reader);
    report->product = product_of(report->family, report->model);
}

static void read_mitigations(struct reader *reader, struct snp_report *report)
{
    report->has_mitigations = report->version >= VERSION_WITH_MITIGATIONS;
    if (!report->has_mitigations) {
        read_reserved(reader, 16, report);
        return;
    }
    report->launch_mitigations = read_bytes(reader, 8);
    report->current_mitigations = read_bytes(reader, 8);
}

/* The CPUID that says how a TCB is written comes after the first of them. */
static bool is_of_turin(slice bytes, uint32_t version)
{
    enum { FAMILY_OFFSET = 0x188 };
    return version >= VERSION_WITH_CPUID && bytes.data[FAMILY_OFFSET] >= FAMILY_TURIN;
}

static void read_body(struct reader *reader, bool is_turin, struct snp_report *report)
{
    read_guest(reader, report);
    read_tcb(reader, is_turin, report, &report->current);
    report->platform_info = read_le64(reader);
    report->key_flags = read_le32(reader);
    read_reserved(reader, 4, report);
    read_identities(reader, report);
    read_tcb(reader, is_turin, report, &report->reported);
    read_cpuid(reader, report);
    read_reserved(reader, 21, report);
    report->chip_id = read_bytes(reader, SNP_CHIP_ID_SIZE);
    read_tcb(reader, is_turin, report, &report->committed);
    read_firmware(reader, report, &report->current_firmware);
    read_firmware(reader, report, &report->committed_firmware);
    read_tcb(reader, is_turin, report, &report->launch);
    read_mitigations(reader, report);
    read_reserved(reader, 152, report);
}

status snp_report_read(slice bytes, struct snp_report *out)
{
    struct snp_report report = {.reserved_is_zero = true};
    struct reader reader = reader_of(bytes);
    if (bytes.size < SNP_REPORT_SIZE)
        return FAIL(TRUNCATED, "an SNP report has 1184 bytes");
    if (bytes.size > SNP_REPORT_SIZE)
        return FAIL(MALFORMED, "bytes follow the SNP report");
    report.version = read_le32(&reader);
    if (report.version < VERSION_MIN || report.version > VERSION_MAX)
        return FAIL(UNSUPPORTED, "an SNP report of a version that we do not know");

    read_body(&reader, is_of_turin(bytes, report.version), &report);
    report.signed_bytes = (slice){bytes.data, SNP_SIGNED_SIZE};
    report.signature_r = read_bytes(&reader, SNP_SIGNATURE_NUMBER_SIZE);
    report.signature_s = read_bytes(&reader, SNP_SIGNATURE_NUMBER_SIZE);
    read_reserved(&reader, reader.left.size, &report);
    TRY(reader_finish(&reader));
    if (report.key_flags & ~(uint32_t)KEY_FLAGS_KNOWN)
        report.reserved_is_zero = false;
    *out = report;
    return OK;
}

enum snp_signing_key snp_report_signing_key(const struct snp_report *report)
{
    switch (report->key_flags >> 2 & 7) {
    case SNP_KEY_VCEK:
        return SNP_KEY_VCEK;
    case SNP_KEY_VLEK:
        return SNP_KEY_VLEK;
    default:
        return SNP_KEY_NONE;
    }
}

bool snp_report_masks_chip_id(const struct snp_report *report)
{
    static const uint8_t zeros[SNP_CHIP_ID_SIZE];
    return slice_equal(report->chip_id, SLICE(zeros));
}

bool snp_report_is_provisional(const struct snp_report *report)
{
    const struct snp_firmware *const current = &report->current_firmware;
    const struct snp_firmware *const committed = &report->committed_firmware;
    return !snp_tcb_equal(&report->committed, &report->current) ||
           current->major != committed->major || current->minor != committed->minor ||
           current->build != committed->build;
}
