/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/csv/verify.h"

#include "evidence/eventlog/check.h"

struct context {
    const struct verification *request;
    const struct csv_report *report;
    const struct csv_pek *pek;
    struct facts *facts;
};

/* Nobody signed these two; they must say what we check by. */
static void check_algorithm(struct context *c)
{
    const struct csv_report *const report = c->report;
    if (report->signature_usage == CSV_USAGE_PEK &&
        report->signature_algorithm == CSV_ALGORITHM_SM2)
        check_pass(c->facts, "signature_algorithm");
    else
        check_fail(c->facts, "signature_algorithm", "CSV_SIGNATURE_ALGORITHM_UNSUPPORTED",
                   "a signature of usage %xh and algorithm %xh is not a PEK's with SM2",
                   report->signature_usage, report->signature_algorithm);
}

static void check_signature(struct context *c)
{
    const struct csv_report *const report = c->report;
    check_status(c->facts, "certificate", "CSV_CERTIFICATE_MALFORMED", c->pek->read);
    if (c->pek->read.fault)
        check_fail(c->facts, "signature", "CSV_SIGNATURE_INVALID",
                   "the report has no PEK to check it with");
    else
        check_status(c->facts, "signature", "CSV_SIGNATURE_INVALID",
                     csv_signer_verify(&c->pek->signer, report->signed_bytes, report->signature_r,
                                       report->signature_s));
}

static void check_mac(struct context *c)
{
    if (c->report->signer_was_unmasked)
        check_skip(c->facts, "mac", "CSV_MAC_NOT_COMPARABLE",
                   "the PEK and the serial were unmasked since, and what the MAC is over is lost");
    else
        check_status(c->facts, "mac", "CSV_MAC_INVALID", csv_report_check_mac(c->report));
}

static void check_chain(struct context *c)
{
    const struct csv_pek *const pek = c->pek;
    const struct csv_chain *const chain = pek->chain;
    if (!chain)
        check_fail(c->facts, "chain", "CSV_CERTIFICATE_MISSING",
                   "there is no CEK among the endorsements, or no PEK to look for its");
    else if (pek->signed_by_cek.fault)
        check_fail(c->facts, "chain", "CSV_CHAIN_BROKEN", "no CEK given signed the PEK: %s",
                   pek->signed_by_cek.fault->what);
    else if (!chain->has_hsk || !chain->has_root)
        check_fail(c->facts, "chain", "CSV_CHAIN_INCOMPLETE", "%s", chain->verified.fault->what);
    else if (chain->verified.fault)
        check_fail(c->facts, "chain", "CSV_CHAIN_BROKEN", "%s", chain->verified.fault->what);
    else if (chain->trust == ROOT_UNTRUSTED)
        check_fail(c->facts, "chain", "CSV_ROOT_UNTRUSTED",
                   "the chain ends in a root that is neither Hygon's nor trusted by the caller");
    else
        check_pass(c->facts, "chain");
}

/* What each certificate says its key is for, which whoever issued it signed. */
static void check_usage(struct context *c)
{
    const struct csv_pek *const pek = c->pek;
    if (pek->read.fault)
        check_skip(c->facts, "usage", "CSV_CERTIFICATE_MALFORMED", "the PEK cannot be read");
    else if (pek->certificate.usage != CSV_USAGE_PEK ||
             pek->certificate.algorithm != CSV_ALGORITHM_SM2)
        check_fail(c->facts, "usage", "CSV_USAGE_MISMATCH",
                   "the key that signed the report is not a PEK's");
    else if (pek->chain && !pek->chain->usages_fit)
        check_fail(c->facts, "usage", "CSV_USAGE_MISMATCH",
                   "an issuer's certificate is for another use than issuing");
    else
        check_pass(c->facts, "usage");
}

/* The user id is a part of what SM2 signs with; an empty one is legal and no firmware's. */
static void check_user_id(struct context *c)
{
    if (c->pek->read.fault)
        check_skip(c->facts, "user_id", "CSV_CERTIFICATE_MALFORMED", "the PEK cannot be read");
    else if (c->pek->certificate.user_id.size == 0)
        check_skip(c->facts, "user_id", "CSV_USER_ID_EMPTY",
                   "the PEK has no user id, which firmware gives it; policy decides");
    else
        check_pass(c->facts, "user_id");
}

static void check_binding(struct context *c)
{
    const slice binding = c->request->binding;
    if (binding.size == 0)
        check_skip(c->facts, "binding", "CSV_BINDING_NOT_ASKED", "no report data to compare with");
    else if (binding_is(SLICE(c->report->report_data), binding))
        check_pass(c->facts, "binding");
    else
        check_fail(c->facts, "binding", "CSV_BINDING_MISMATCH",
                   "the report data is not the binding");
}

/* RTMR0 is the launch digest; what boots extends the next three, as a CCEL numbers them. */
static void check_logs(struct context *c)
{
    static const struct event_log_reasons codes = {
        .missing = "CSV_EVENT_LOG_MISSING",
        .malformed = "CSV_EVENT_LOG_MALFORMED",
        .mismatch = "CSV_EVENT_LOG_MISMATCH",
        .runtime_missing = "CSV_RUNTIME_LOG_MISSING",
        .runtime_mismatch = "CSV_RUNTIME_LOG_MISMATCH",
    };
    slice registers[RTMR_COUNT];
    for (size_t i = 0; i < RTMR_COUNT; i++)
        registers[i] = SLICE(c->report->rtmrs[1 + i]);
    event_logs_check(c->request->endorsements, HASH_SM3, registers, &codes, c->facts);
}

status csv_verify(const struct verification *request, const struct csv_report *report,
                  struct facts *facts, struct csv_pek *space, const struct csv_pek **out_pek)
{
    struct context c = {.request = request, .report = report, .facts = facts};
    TRY(csv_pek_examine(request->endorsements, report->pek, space, &c.pek));
    check_binding(&c);
    check_algorithm(&c);
    check_signature(&c);
    check_mac(&c);
    check_chain(&c);
    check_usage(&c);
    check_user_id(&c);
    if (report->version > 1)
        check_logs(&c);
    facts->valid_until_s = NO_END_S; /* Hygon's certificates carry no dates */
    *out_pek = c.pek;
    return OK;
}
