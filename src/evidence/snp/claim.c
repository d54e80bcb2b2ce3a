/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/snp/claim.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PLATFORM_INFO_KNOWN = 0xbf };

static void claim_hex(struct claims *claims, const char *name, uint64_t value)
{
    char text[sizeof "0xffffffffffffffff"];
    snprintf(text, sizeof text, "0x%" PRIx64, value);
    claim_text(claims, name, text);
}

static void claim_firmware(struct claims *claims, const char *name,
                           const struct snp_firmware *firmware)
{
    char text[sizeof "255.255.255"];
    snprintf(text, sizeof text, "%u.%u.%u", firmware->major, firmware->minor, firmware->build);
    claim_text(claims, name, text);
}

/* A text from a certificate: without what a terminal or a log could take for its own. */
static void claim_name(struct claims *claims, const char *name, slice value)
{
    char text[SNP_CSP_ID_SIZE_MAX + 1] = "";
    for (size_t i = 0; i < value.size && i + 1 < sizeof text; i++)
        text[i] = value.data[i] < ' ' || value.data[i] > '~' ? '?' : (char)value.data[i];
    claim_text(claims, name, text);
}

/* The names of one TCB's components; the order is that of enum snp_component. */
typedef const char *tcb_names[SNP_COMPONENTS];
#define TCB_NAMES(of)                                                                              \
    {                                                                                              \
        of ".fmc", of ".bootloader", of ".tee", of ".snp", of ".microcode"                         \
    }
static const tcb_names current_tcb = TCB_NAMES("current_tcb");
static const tcb_names reported_tcb = TCB_NAMES("reported_tcb");
static const tcb_names committed_tcb = TCB_NAMES("committed_tcb");
static const tcb_names launch_tcb = TCB_NAMES("launch_tcb");
static const tcb_names cert_tcb = TCB_NAMES("cert_tcb");

static void claim_tcb(struct claims *claims, const tcb_names names, const struct snp_tcb *tcb,
                      bool has_fmc)
{
    for (size_t i = 0; i < SNP_COMPONENTS; i++)
        if (i != SNP_FMC || has_fmc)
            claim_number(claims, names[i], tcb->levels[i]);
}

static void claim_policy(struct claims *claims, uint64_t policy)
{
    static const char *const bits[] = {"policy.smt_allowed",        "policy.reserved_must_be_one",
                                       "policy.migrate_ma_allowed", "policy.debug_allowed",
                                       "policy.single_socket",      "policy.cxl_allowed",
                                       "policy.mem_aes_256_xts",    "policy.rapl_dis",
                                       "policy.ciphertext_hiding",  "policy.page_swap_disable"};
    enum { FIRST_BIT = 16 };
    claim_hex(claims, "policy.raw", policy);
    claim_number(claims, "policy.abi_minor", policy & 0xff);
    claim_number(claims, "policy.abi_major", policy >> 8 & 0xff);
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++)
        claim_number(claims, bits[i], policy >> (FIRST_BIT + i) & 1);
    claim_flag(claims, "debug", policy & SNP_POLICY_DEBUG);
    claim_flag(claims, "migratable", policy & SNP_POLICY_MIGRATE);
}

static void claim_platform_info(struct claims *claims, uint64_t info)
{
    claim_hex(claims, "platform_info", info);
    claim_flag(claims, "platform.smt_enabled", info & 1);
    claim_flag(claims, "platform.tsme_enabled", info >> 1 & 1);
    claim_flag(claims, "platform.ecc_enabled", info >> 2 & 1);
    claim_flag(claims, "platform.rapl_disabled", info >> 3 & 1);
    claim_flag(claims, "platform.ciphertext_hiding", info >> 4 & 1);
    claim_flag(claims, "platform.alias_check_complete", info >> 5 & 1);
    claim_flag(claims, "platform.tio_enabled", info >> 7 & 1);
    claim_hex(claims, "platform.unknown_bits", info & ~(uint64_t)PLATFORM_INFO_KNOWN);
}

static void claim_key_flags(struct claims *claims, const struct snp_report *report)
{
    static const char *const keys[] = {
        [SNP_KEY_VCEK] = "VCEK", [SNP_KEY_VLEK] = "VLEK", [SNP_KEY_NONE] = "none"};
    claim_text(claims, "signing_key", keys[snp_report_signing_key(report)]);
    claim_hex(claims, "key_flags", report->key_flags);
    claim_flag(claims, "author_key_enabled", report->key_flags & 1);
    claim_flag(claims, "chip_key_masked", report->key_flags >> 1 & 1);
}

static void claim_identities(struct claims *claims, const struct snp_report *report)
{
    claim_bytes(claims, "measurement", report->measurement);
    claim_bytes(claims, "report_data", report->report_data);
    claim_bytes(claims, "host_data", report->host_data);
    claim_bytes(claims, "family_id", report->family_id);
    claim_bytes(claims, "image_id", report->image_id);
    claim_bytes(claims, "id_key_digest", report->id_key_digest);
    claim_bytes(claims, "author_key_digest", report->author_key_digest);
    claim_bytes(claims, "report_id", report->report_id);
    claim_bytes(claims, "report_id_ma", report->report_id_ma);
    claim_bytes(claims, "chip_id", report->chip_id);
    claim_flag(claims, "chip_id_masked", snp_report_masks_chip_id(report));
}

static void claim_tcbs(struct claims *claims, const struct snp_report *report,
                       enum snp_product product)
{
    const bool has_fmc = product == SNP_TURIN;
    claim_tcb(claims, current_tcb, &report->current, has_fmc);
    claim_tcb(claims, reported_tcb, &report->reported, has_fmc);
    claim_tcb(claims, committed_tcb, &report->committed, has_fmc);
    claim_tcb(claims, launch_tcb, &report->launch, has_fmc);
    claim_firmware(claims, "current_firmware", &report->current_firmware);
    claim_firmware(claims, "committed_firmware", &report->committed_firmware);
    claim_flag(claims, "provisional", snp_report_is_provisional(report));
}

static void claim_cpuid(struct claims *claims, const struct snp_report *report)
{
    char text[sizeof "ff/ff/ff"];
    snprintf(text, sizeof text, "%02x/%02x/%02x", report->family, report->model, report->stepping);
    claim_text(claims, "cpuid_fam/model/step(hex)", text);
}

void snp_claim_report(struct claims *claims, const struct snp_report *report,
                      enum snp_product product)
{
    claim_number(claims, "report_version", report->version);
    if (product != SNP_PRODUCT_UNKNOWN)
        claim_text(claims, "product", snp_product_name(product));
    claim_key_flags(claims, report);
    claim_identities(claims, report);
    claim_policy(claims, report->policy);
    claim_number(claims, "vmpl", report->vmpl);
    claim_number(claims, "guest_svn", report->guest_svn);
    claim_platform_info(claims, report->platform_info);
    claim_tcbs(claims, report, product);
    if (report->has_cpuid)
        claim_cpuid(claims, report);
    if (report->has_mitigations) {
        claim_bytes(claims, "launch_mit_vector", report->launch_mitigations);
        claim_bytes(claims, "current_mit_vector", report->current_mitigations);
    }
}

void snp_claim_leaf(struct claims *claims, const struct snp_leaf *leaf)
{
    claim_tcb(claims, cert_tcb, &leaf->tcb, leaf->has_fmc);
    claim_name(claims, "cert_product_name", leaf->product_name);
    if (leaf->hw_id.size) {
        uint8_t chip_id[SNP_CHIP_ID_SIZE];
        snp_leaf_chip_id(leaf, chip_id);
        claim_bytes(claims, "cert_hwid", leaf->hw_id);
        claim_bytes(claims, "certified_chip_id", SLICE(chip_id));
    }
    if (leaf->csp_id.size)
        claim_name(claims, "cert_csp_id", leaf->csp_id);
}
