/* SPDX-License-Identifier: Apache-2.0 */
#include "channel/proof.h"

#include "atls/cmw.h"
#include "evidence/devices.h"
#include "evidence/extension.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NONCES_FIRST = 16 };

/* ---- the binding ---- */

static void copy_digest(const struct digest *digest, uint8_t out[SPKI_DIGEST_SIZE])
{
    memcpy(out, digest->data, SPKI_DIGEST_SIZE);
}

status proof_binding(const struct proof_session *session, enum role prover, uint32_t round,
                     const uint8_t nonce[NONCE_SIZE], const char *platform, slice side_claims,
                     uint8_t out[BINDING_SIZE])
{
    const struct session_kind *const kind = session->session->kind;
    struct binding_input input = {
        .prover = prover,
        .channel_kind = kind->name,
        .round = round,
        .platform = platform,
        .side_claims = side_claims,
    };
    const bool ours = prover == session->role;
    if (session->own_spki->size != SPKI_DIGEST_SIZE || session->peer_spki->size != SPKI_DIGEST_SIZE)
        return FAIL(INTERNAL, "a session without both keys");
    copy_digest(ours ? session->own_spki : session->peer_spki, input.prover_spki);
    copy_digest(ours ? session->peer_spki : session->own_spki, input.verifier_spki);
    memcpy(input.nonce, nonce, NONCE_SIZE);
    TRY(kind->export(session->session,
                     prover == ROLE_CLIENT ? EXPORTER_LABEL_CLIENT : EXPORTER_LABEL_SERVER,
                     SLICE(input.nonce), input.exporter, sizeof input.exporter));
    const status computed = binding_compute(&input, out);
    wipe(input.exporter, sizeof input.exporter);
    return computed;
}

/* ---- the judgement ---- */

static void refuse(struct judgement *judgement, enum verdict verdict, const char *reason)
{
    appraisal_refuse(&judgement->appraisal, verdict, reason);
}

static bool is_type_of(slice type, const char *platform)
{
    char expected[CMW_TYPE_SIZE_MAX];
    snprintf(expected, sizeof expected, "%s%s", CMW_EVIDENCE_TYPE, platform);
    return slice_equal(type, slice_of_text(expected));
}

/* The platform that the peer names, and its evidence; NULL with the refusal in `out`. */
static const struct platform *open_evidence(const struct exchange_evidence *message,
                                            slice *out_evidence, struct judgement *out)
{
    char name[EXCHANGE_PLATFORM_NAME_MAX + 1] = {0};
    struct cmw cmw;
    if (!message->platform.size) {
        refuse(out, VERDICT_DENIED, "PEER_HAS_NO_EVIDENCE");
        return NULL;
    }
    memcpy(name, message->platform.data, message->platform.size);
    const struct platform *const platform = platform_named(name);
    if (!platform)
        refuse(out, VERDICT_MALFORMED, "PLATFORM_UNKNOWN");
    else if (!platform_can_bind(platform))
        refuse(out, VERDICT_UNAUTHENTIC, "PLATFORM_CANNOT_BIND");
    else if (cmw_read(message->cmw, &cmw).fault)
        refuse(out, VERDICT_MALFORMED, "EVIDENCE_MALFORMED");
    else if (!is_type_of(cmw.type, name) || !platform->recognises(cmw.value))
        refuse(out, VERDICT_MALFORMED, "EVIDENCE_OF_ANOTHER_PLATFORM");
    else {
        *out_evidence = cmw.value;
        return platform;
    }
    return NULL;
}

/* What came with the TEE's evidence; `facts` of each device are on the heap. */
struct company {
    struct devices devices;
    struct facts *facts;
};

static void company_clear(struct company *company)
{
    free(company->facts);
}

static status appraise_facts(const struct proof_session *session,
                             const struct channel_context *context, int64_t now_s,
                             const struct company *company, const struct judgement *before,
                             struct judgement *out)
{
    const slice key = {session->peer_spki->data, session->peer_spki->size};
    TRY(appraise_with_devices(&out->facts, company->facts, company->devices.count, context->policy,
                              key, now_s, &out->appraisal));
    if (before && out->appraisal.verdict == VERDICT_ACCEPTED)
        appraise_again(&before->facts, &before->appraisal, &out->facts, &out->appraisal);
    return OK;
}

static status refuse_unread(struct judgement *out, status failed)
{
    if (failed.fault->failure == FAILURE_INTERNAL)
        return failed;
    refuse(out, VERDICT_MALFORMED, evidence_unread_reason(failed));
    return OK;
}

/* Each device, over the nonce that only this session gives it. */
static status verify_devices(const struct verification *request, slice base_binding,
                             struct company *company)
{
    const struct devices *const devices = &company->devices;
    company->facts = devices->count ? calloc(devices->count, sizeof *company->facts) : NULL;
    if (devices->count && !company->facts)
        return FAIL(INTERNAL, "no memory for the facts of devices");
    for (size_t i = 0; i < devices->count; i++) {
        uint8_t nonce[DEVICE_NONCE_SIZE];
        TRY(device_nonce(base_binding, i, nonce));
        const struct verification of_device = {.evidence = devices->items[i].evidence,
                                               .binding = SLICE(nonce),
                                               .endorsements = request->endorsements,
                                               .now_s = request->now_s};
        TRY(devices->items[i].platform->verify(&of_device, &company->facts[i]));
    }
    return OK;
}

/* Devices after the TEE, whose evidence is what makes them worth a look. */
static status verify(const struct verification *request, const struct platform *platform,
                     slice base_binding, struct company *company, struct judgement *out)
{
    TRY(platform->verify(request, &out->facts));
    if (facts_authentic(&out->facts))
        return verify_devices(request, base_binding, company);
    company->devices.count = 0;
    return OK;
}

status proof_judge(const struct proof_session *session, const struct channel_context *context,
                   const struct exchange_evidence *evidence, const uint8_t nonce[NONCE_SIZE],
                   int64_t now_s, const struct judgement *before, struct judgement *out)
{
    uint8_t binding[BINDING_SIZE], base_binding[BINDING_SIZE] = {0};
    SCOPED(company) company = {0};
    struct verification request = {.binding = SLICE(binding), .now_s = now_s};
    struct extension *extension = NULL;
    const enum role prover = session->role == ROLE_CLIENT ? ROLE_SERVER : ROLE_CLIENT;
    const struct platform *const platform = open_evidence(evidence, &request.evidence, out);
    if (!platform)
        return OK;
    TRY(proof_binding(session, prover, evidence->round, nonce, platform->name,
                      evidence->side_claims, binding));
    if (!platform_may_be_bound(platform, &request, &out->facts)) {
        refuse(out, VERDICT_UNAUTHENTIC, platform->binding_mismatch);
        return OK;
    }
    const status devices_known = devices_read(evidence->side_claims, &company.devices);
    if (devices_known.fault)
        return refuse_unread(out, devices_known);
    if (company.devices.count)
        TRY(proof_binding(session, prover, evidence->round, nonce, platform->name, (slice){0},
                          base_binding));
    TRY(extension_acquire(context->endorsements, evidence->endorsements,
                          evidence->endorsement_count, &extension));
    request.endorsements = extension_endorsements(extension);
    const status verified = verify(&request, platform, SLICE(base_binding), &company, out);
    const status judged = verified.fault
                              ? refuse_unread(out, verified)
                              : appraise_facts(session, context, now_s, &company, before, out);
    if (!judged.fault && out->appraisal.verdict == VERDICT_ACCEPTED)
        extension_remember(extension);
    extension_release(extension);
    return judged;
}

/* ---- nonces ---- */

void nonce_log_clear(struct nonce_log *log)
{
    free(log->seen);
    *log = (struct nonce_log){0};
}

status nonce_log_add(struct nonce_log *log, const uint8_t nonce[NONCE_SIZE])
{
    struct reader reader = reader_of((slice){nonce, NONCE_SIZE});
    const uint64_t mark = read_be64(&reader);
    for (size_t i = 0; i < log->count; i++)
        if (log->seen[i] == mark)
            return FAIL(UNEXPECTED, "a nonce that was used before");
    if (log->count == log->capacity) {
        const size_t capacity = log->capacity ? 2 * log->capacity : NONCES_FIRST;
        uint64_t *const seen = realloc(log->seen, capacity * sizeof *seen);
        if (!seen)
            return FAIL(EXHAUSTED, "no memory for another nonce");
        log->seen = seen;
        log->capacity = capacity;
    }
    log->seen[log->count++] = mark;
    return OK;
}
