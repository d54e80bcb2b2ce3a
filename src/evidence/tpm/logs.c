/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tpm/logs.h"

#include "evidence/eventlog/ima.h"

enum { IMA_PCR = 10 };

/* PCR_DIGESTs make the values good; a bank that no quote covers is none. */
static bool leads_to(const struct registers *registers, const struct tpm_pcr_bank *bank)
{
    for (size_t pcr = 0; pcr < TPM_PCR_COUNT; pcr++)
        if ((TPM_LOGGED_PCRS & bank->present) >> pcr & 1 && register_is_extended(registers, pcr) &&
            !register_is(registers, pcr, bank->values[pcr]))
            return false;
    return true;
}

/* In every bank that the log has digests of; there must be one. */
static status replay_event_log(const struct tpm_evidence *evidence)
{
    bool any = false;
    for (size_t i = 0; i < evidence->pcrs.bank_count; i++) {
        const struct tpm_pcr_bank *const bank = &evidence->pcrs.banks[i];
        struct registers registers;
        TRY(registers_begin(tpm_hash(bank->hash), &registers));
        const status replayed = event_log_replay(EVENT_LOG_TPM, evidence->event_log, &registers);
        if (replayed.fault && replayed.fault->failure == FAILURE_UNSUPPORTED)
            continue;
        TRY(replayed);
        if (!leads_to(&registers, bank))
            return FAIL(UNAUTHENTIC, "the event log does not lead to the registers");
        any = true;
    }
    return any ? OK : FAIL(UNSUPPORTED, "the event log has no digests of any quoted bank");
}

/* In the bank of SHA-256, which every TPM has and the kernel extends with hashes of its own. */
static status replay_ima_log(const struct tpm_evidence *evidence)
{
    const struct tpm_pcr_bank *const bank = tpm_pcrs_bank(&evidence->pcrs, TPM_ALG_SHA256);
    struct registers registers;
    if (!bank || !(bank->present >> IMA_PCR & 1))
        return FAIL(UNSUPPORTED, "register 10 of the SHA-256 bank is not quoted");
    TRY(registers_begin(HASH_SHA256, &registers));
    return ima_log_replay_until(evidence->ima_log, IMA_PCR, bank->values[IMA_PCR], &registers);
}

void tpm_logs_check(const struct tpm_quotes *quotes, struct facts *out)
{
    const struct tpm_evidence *const evidence = quotes->evidence;
    if (evidence->event_log.size)
        check_status(out, "event_log", "TPM_EVENT_LOG_MISMATCH", replay_event_log(evidence));
    else
        check_skip(out, "event_log", "TPM_EVENT_LOG_MISSING", "no event log was given");
    if (evidence->ima_log.size)
        check_status(out, "ima_log", "TPM_IMA_LOG_MISMATCH", replay_ima_log(evidence));
    else
        check_skip(out, "ima_log", "TPM_IMA_LOG_MISSING", "no IMA log was given");
}

void tpm_logs_claim(const struct tpm_evidence *evidence, struct claims *out)
{
    struct event_log log;
    struct event event;
    bool more = true;
    if (evidence->event_log.size == 0 ||
        event_log_begin(EVENT_LOG_TPM, evidence->event_log, &log).fault)
        return;
    for (size_t i = 0; i < log.algorithm_count; i++)
        claim_texts_append(out, "event_log.algorithms",
                           slice_of_text(tpm_hash_name(tpm_algorithm(log.algorithms[i]))));
    while (more && !event_log_next(&log, &event, &more).fault)
        ;
    claim_number(out, "event_log.event_count", log.event_count);
}

void tpm_logs_keep_proven(struct tpm_evidence *evidence)
{
    if (evidence->event_log.size && replay_event_log(evidence).fault)
        evidence->event_log = (slice){0};
    if (evidence->ima_log.size && replay_ima_log(evidence).fault)
        evidence->ima_log = (slice){0};
}
