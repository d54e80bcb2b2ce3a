/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/dcap/claim.h"

#include "codec/text.h"

#include <stdio.h>
#include <string.h>

static size_t ppid_size(uint16_t certification_type)
{
    switch (certification_type) {
    case DCAP_CERTIFICATION_PPID:
        return PPID_SIZE;
    case DCAP_CERTIFICATION_PPID_RSA2048:
        return 256;
    case DCAP_CERTIFICATION_PPID_RSA3072:
        return 384;
    default:
        return 0;
    }
}

/* What Intel's service is asked with for the PCK certificate that such a quote comes without. A
 * quote may leave out the PCE id, which has been zero ever since. */
static void claim_certification(struct claims *claims, const struct dcap_quote *quote)
{
    const size_t size = ppid_size(quote->certification_type);
    struct reader reader = reader_of(quote->certification);
    const slice ppid = read_bytes(&reader, size);
    const slice cpusvn = read_bytes(&reader, CPUSVN_SIZE);
    const uint16_t pcesvn = read_le16(&reader);
    if (size == 0 || reader.short_of_input)
        return;
    claim_bytes(claims, size == PPID_SIZE ? "certification.ppid" : "certification.encrypted_ppid",
                ppid);
    claim_bytes(claims, "certification.cpusvn", cpusvn);
    claim_number(claims, "certification.pcesvn", pcesvn);
    if (reader.left.size == PCEID_SIZE)
        claim_bytes(claims, "certification.pceid", reader.left);
}

void dcap_claim_quote(struct claims *claims, const struct dcap_quote *quote)
{
    char tee_type[sizeof "0xffffffff"];
    snprintf(tee_type, sizeof tee_type, "0x%x", (unsigned)quote->tee_type);
    claim_number(claims, "quote_version", quote->version);
    claim_text(claims, "tee_type", tee_type);
    claim_number(claims, "att_key_type", quote->key_type);
    claim_bytes(claims, "qe_vendor_id", quote->qe_vendor_id);
    claim_bytes(claims, "user_data", quote->user_data);
    claim_number(claims, "cert_data_type", quote->certification_type);
    if (quote->version >= 5)
        claim_number(claims, "body_type", quote->body_type);
    claim_number(claims, "trailing_bytes", quote->trailing.size);
    claim_certification(claims, quote);
}

void dcap_claim_qe_report(struct claims *claims, const struct sgx_report *report)
{
    claim_bytes(claims, "qe_report.cpusvn", report->cpusvn);
    claim_bytes(claims, "qe_report.miscselect", report->miscselect);
    claim_bytes(claims, "qe_report.attributes", report->attributes);
    claim_bytes(claims, "qe_report.mrenclave", report->mrenclave);
    claim_bytes(claims, "qe_report.mrsigner", report->mrsigner);
    claim_bytes(claims, "qe_report.config_id", report->config_id);
    claim_number(claims, "qe_report.isvprodid", report->isvprodid);
    claim_number(claims, "qe_report.isvsvn", report->isvsvn);
    claim_number(claims, "qe_report.configsvn", report->configsvn);
    claim_bytes(claims, "qe_report.report_data", report->report_data);
}

static void claim_extension(struct claims *claims, const struct pck_extension *extension)
{
    static const char *const configuration[] = {"pck.config.1", "pck.config.2", "pck.config.3"};
    claim_bytes(claims, "pck.ppid", SLICE(extension->ppid));
    claim_number(claims, "pck.pcesvn", extension->pcesvn);
    claim_bytes(claims, "pck.cpusvn", SLICE(extension->cpusvn));
    claim_numbers(claims, "pck.comps", SLICE(extension->components));
    claim_bytes(claims, "pck.pceid", SLICE(extension->pceid));
    claim_bytes(claims, "pck.fmspc", SLICE(extension->fmspc));
    claim_number(claims, "pck.sgxtype", extension->sgx_type);
    claim_bytes(claims, "fmspc", SLICE(extension->fmspc));
    if (!extension->of_platform_ca)
        return;
    claim_bytes(claims, "pck.piid", SLICE(extension->platform_instance));
    for (size_t i = 0; i < PCK_CONFIGURATION_FLAGS; i++)
        claim_bytes(claims, configuration[i], (slice){&extension->configuration[i], 1});
}

/* "2024-03-18T08:43:51+00:00", as certificates' dates are usually printed. */
static void append_date(struct claims *claims, int64_t time_s)
{
    char date[TIME_TEXT_SIZE + sizeof "+00:00"];
    time_write(time_s, date);
    const size_t before_z = strlen(date) - 1;
    memcpy(date + before_z, "+00:00", sizeof "+00:00");
    claim_texts_append(claims, "pck_validity", slice_of_text(date));
}

void dcap_claim_pck(struct claims *claims, const struct certificate *leaf,
                    const struct pck_extension *extension)
{
    enum { ISSUER_SIZE_MAX = 256 };
    char issuer[ISSUER_SIZE_MAX];
    certificate_issuer_text(leaf, issuer, sizeof issuer);
    claim_text(claims, "pck_issuer", issuer);
    append_date(claims, leaf->not_before_s);
    append_date(claims, leaf->not_after_s);
    if (extension)
        claim_extension(claims, extension);
}

void dcap_claim_tcb_info(struct claims *claims, const struct tcb_info *info)
{
    char date[TIME_TEXT_SIZE];
    claim_text(claims, "tcb_info.id", info->kind == TCB_INFO_TDX ? "TDX" : "SGX");
    claim_number(claims, "tcb_info.version", info->document.version);
    time_write(info->document.issue_date_s, date);
    claim_text(claims, "tcb_info.issueDate", date);
    time_write(info->document.next_update_s, date);
    claim_text(claims, "tcb_info.nextUpdate", date);
    claim_bytes(claims, "tcb_info.fmspc", SLICE(info->fmspc));
    claim_number(claims, "tcb_evaluation_data_number", info->document.evaluation_number);
}

/* Platform, quoting enclave and module often wait for the same advisory. */
static bool is_claimed(const struct claims *claims, slice advisory)
{
    const struct claim *const claim = claims_find(claims, "advisory_ids");
    if (!claim)
        return false;
    const slice list = claim_value(claims, claim);
    size_t begin = 0;
    for (size_t i = 0; i <= list.size; i++)
        if (i == list.size || list.data[i] == 0) {
            if (slice_equal((slice){list.data + begin, i - begin}, advisory))
                return true;
            begin = i + 1;
        }
    return false;
}

static void claim_advisories(struct claims *claims, const struct tcb_verdict *verdict)
{
    for (size_t i = 0; i < json_array_size(verdict->advisory_ids); i++) {
        const slice advisory =
            slice_of_text(json_string_value(json_array_get(verdict->advisory_ids, i)));
        if (!is_claimed(claims, advisory))
            claim_texts_append(claims, "advisory_ids", advisory);
    }
}

void dcap_claim_verdicts(struct claims *claims, const struct tcb_verdict *const *verdicts,
                         size_t count)
{
    const struct tcb_verdict *oldest = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!verdicts[i])
            continue;
        claim_advisories(claims, verdicts[i]);
        if (!oldest || verdicts[i]->date_s < oldest->date_s)
            oldest = verdicts[i];
    }
    if (oldest) {
        char date[TIME_TEXT_SIZE];
        time_write(oldest->date_s, date);
        claim_text(claims, "tcb_date", date);
    }
}
