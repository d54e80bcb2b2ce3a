/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/csv/claim.h"

#include <stdio.h>
#include <string.h>

static void claim_hex(struct claims *claims, const char *name, uint32_t value)
{
    char text[sizeof "0xffffffff"];
    snprintf(text, sizeof text, "0x%x", value);
    claim_text(claims, name, text);
}

/* Up to the first NUL, and without what a terminal or a log could take for its own. */
static void claim_name(struct claims *claims, const char *name, slice value)
{
    char text[CSV_USER_ID_SIZE_MAX + 1] = "";
    for (size_t i = 0; i < value.size && value.data[i] && i + 1 < sizeof text; i++)
        text[i] = value.data[i] < ' ' || value.data[i] > '~' ? '?' : (char)value.data[i];
    claim_text(claims, name, text);
}

static void claim_policy(struct claims *claims, uint32_t policy)
{
    static const char *const bits[] = {"policy.nodbg",  "policy.noks",      "policy.es",
                                       "policy.nosend", "policy.domain",    "policy.csv",
                                       "policy.csv3",   "policy.asid_reuse"};
    claim_hex(claims, "policy.raw", policy);
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++)
        claim_number(claims, bits[i], policy >> i & 1);
    claim_number(claims, "policy.hsk_version", policy >> 8 & 0xf);
    claim_number(claims, "policy.cek_version", policy >> 12 & 0xf);
    claim_number(claims, "policy.api_major", policy >> 16 & 0xff);
    claim_number(claims, "policy.api_minor", policy >> 24 & 0xff);
    claim_flag(claims, "debug", !(policy & CSV_POLICY_NODBG));
    claim_flag(claims, "migratable", !(policy & CSV_POLICY_NOSEND));
}

static void claim_registers(struct claims *claims, const struct csv_report *report)
{
    static const char *const names[CSV_RTMRS] = {"rtmr0", "rtmr1", "rtmr2", "rtmr3", "rtmr4"};
    claim_number(claims, "build", report->build);
    claim_number(claims, "rtmr_version", report->rtmr_version);
    for (size_t i = 0; i < CSV_RTMRS; i++)
        claim_bytes(claims, names[i], SLICE(report->rtmrs[i]));
}

static void claim_report(struct claims *claims, const struct csv_report *report)
{
    claim_number(claims, "report_version", report->version);
    claim_bytes(claims, "measurement", SLICE(report->measurement));
    claim_bytes(claims, "report_data", SLICE(report->report_data));
    claim_bytes(claims, "mnonce", SLICE(report->mnonce));
    claim_bytes(claims, "vm_id", SLICE(report->vm_id));
    claim_bytes(claims, "vm_version", SLICE(report->vm_version));
    claim_bytes(claims, "user_pubkey_digest", SLICE(report->user_public_key_digest));
    claim_policy(claims, report->policy);
    claim_hex(claims, "sig_usage", report->signature_usage);
    claim_hex(claims, "sig_algo", report->signature_algorithm);
    claim_name(claims, "chip_serial", SLICE(report->chip_serial));
    if (report->version == 1)
        claim_bytes(claims, "anonce", SLICE(report->anonce));
    else
        claim_registers(claims, report);
}

static void claim_pek(struct claims *claims, const struct csv_pek *pek)
{
    const struct csv_certificate *const certificate = &pek->certificate;
    char firmware[sizeof "255.255"];
    snprintf(firmware, sizeof firmware, "%u.%u", certificate->api_major, certificate->api_minor);
    claim_text(claims, "pek_firmware", firmware);
    claim_number(claims, "firmware.api_major", certificate->api_major);
    claim_number(claims, "firmware.api_minor", certificate->api_minor);
    claim_name(claims, "pek_user_id", certificate->user_id);
    if (pek->chain && !pek->signed_by_cek.fault)
        claim_bytes(claims, "cek_key", (slice){pek->chain->cek_key.data, pek->chain->cek_key.size});
}

void csv_claim(struct facts *facts, const struct csv_report *report, const struct csv_pek *pek)
{
    facts->platform = "csv";
    facts->format = report->version == 1 ? "csv-report-v1" : "csv-report-v2";
    claim_report(&facts->claims, report);
    if (pek && !pek->read.fault)
        claim_pek(&facts->claims, pek);
}
