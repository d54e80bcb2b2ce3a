/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/sev/claim.h"

#include <stdio.h>

static void claim_hex(struct claims *claims, const char *name, uint32_t value)
{
    char text[sizeof "0xffffffff"];
    snprintf(text, sizeof text, "0x%x", value);
    claim_text(claims, name, text);
}

static void claim_policy(struct claims *claims, uint32_t policy)
{
    static const char *const bits[] = {"policy.nodbg",  "policy.noks",   "policy.es",
                                       "policy.nosend", "policy.domain", "policy.sev"};
    claim_hex(claims, "policy.raw", policy);
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++)
        claim_number(claims, bits[i], policy >> i & 1);
    claim_number(claims, "policy.api_major", policy >> 16 & 0xff);
    claim_number(claims, "policy.api_minor", policy >> 24 & 0xff);
    claim_flag(claims, "debug", !(policy & SEV_POLICY_NODBG));
    claim_flag(claims, "migratable", !(policy & SEV_POLICY_NOSEND));
}

static void claim_report(struct claims *claims, const struct sev_report *report)
{
    claim_bytes(claims, "measurement", report->measurement);
    claim_bytes(claims, "mnonce", report->mnonce);
    claim_policy(claims, report->policy);
}

/* The names of one certificate's claims, in the order of their table. */
typedef const char *certificate_names[5];
#define CERTIFICATE_NAMES(of)                                                                      \
    {                                                                                              \
        of ".ver", of ".api", of ".usage", of ".algo", of ".curve"                                 \
    }
static const certificate_names pdh_names = CERTIFICATE_NAMES("pdh");
static const certificate_names pek_names = CERTIFICATE_NAMES("pek");
static const certificate_names oca_names = CERTIFICATE_NAMES("oca");
static const certificate_names cek_names = CERTIFICATE_NAMES("cek");

static void claim_certificate(struct claims *claims, const certificate_names names,
                              const struct sev_certificate *certificate)
{
    char api[sizeof "255.255"];
    snprintf(api, sizeof api, "%u.%u", certificate->api_major, certificate->api_minor);
    claim_number(claims, names[0], certificate->version);
    claim_text(claims, names[1], api);
    claim_hex(claims, names[2], certificate->usage);
    claim_hex(claims, names[3], certificate->algorithm);
    claim_number(claims, names[4], certificate->curve);
}

static void claim_chain(struct claims *claims, const struct sev_chain *chain)
{
    claim_certificate(claims, pek_names, &chain->pek);
    if (chain->owner != SEV_OWNER_UNKNOWN)
        claim_certificate(claims, oca_names, &chain->oca);
    if (!chain->has_cek)
        return;
    claim_certificate(claims, cek_names, &chain->cek);
    if (chain->cek_key.size)
        claim_bytes(claims, "cek_key", (slice){chain->cek_key.data, chain->cek_key.size});
}

void sev_claim(struct facts *facts, const struct sev_evidence *evidence,
               const struct sev_chain *chain)
{
    facts->platform = "sev";
    facts->format = evidence->is_report ? "sev-attestation-report" : "sev-pdh-certificate";
    if (evidence->is_report)
        claim_report(&facts->claims, &evidence->report);
    else
        claim_certificate(&facts->claims, pdh_names, &evidence->pdh);
    if (chain)
        claim_chain(&facts->claims, chain);
}
