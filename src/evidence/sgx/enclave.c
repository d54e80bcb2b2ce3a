/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/sgx/enclave.h"

/* spec: Intel SDM volume 3D, "ATTRIBUTES" */
static const struct {
    const char *claim;
    unsigned bit;
} attributes[] = {
    {"initialised", 0},    {"debug", 1}, {"mode64bit", 2},   {"provision_key", 4},
    {"einittoken_key", 5}, {"kss", 7},   {"aex_notify", 10},
};

static void claim_attributes(struct claims *claims, slice flags_and_xfrm)
{
    struct reader reader = reader_of(flags_and_xfrm);
    const uint64_t flags = read_le64(&reader);
    for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++)
        claim_flag(claims, attributes[i].claim, flags >> attributes[i].bit & 1);
}

void sgx_enclave_claim(struct claims *claims, const struct sgx_report *report)
{
    claim_bytes(claims, "measurement", report->mrenclave);
    claim_bytes(claims, "report_data", report->report_data);
    claim_attributes(claims, report->attributes);
    claim_bytes(claims, "body.cpusvn", report->cpusvn);
    claim_bytes(claims, "body.miscselect", report->miscselect);
    claim_bytes(claims, "body.isvextprodid", report->isvextprodid);
    claim_bytes(claims, "body.attributes", report->attributes);
    claim_bytes(claims, "body.mrenclave", report->mrenclave);
    claim_bytes(claims, "body.mrsigner", report->mrsigner);
    claim_bytes(claims, "body.config_id", report->config_id);
    claim_number(claims, "body.isvprodid", report->isvprodid);
    claim_number(claims, "body.isvsvn", report->isvsvn);
    claim_number(claims, "body.configsvn", report->configsvn);
    claim_bytes(claims, "body.isvfamilyid", report->isvfamilyid);
    claim_bytes(claims, "body.report_data", report->report_data);
}
