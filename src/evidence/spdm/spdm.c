/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Any device that speaks SPDM: measurements that it signed over a nonce. That proves nothing about
 * a channel of the machine that the device is in, so no link rests on it; a TEE may vouch for it.
 */

#include "evidence/spdm/claim_names.h"
#include "evidence/spdm/collect.h"
#include "evidence/spdm/verify.h"

#include <stdio.h>

enum { SUBJECT_SIZE_MAX = 256, VALUE_SIZE_MAX = 64 };

static const char *const names[] = {
#define NAME(index) [index] = "measurements." #index,
    SPDM_INDICES(NAME)
#undef NAME
};

/* ---- claims ---- */

/* What is too long for a claim is claimed by its digest. */
static status claim_block(struct claims *claims, const struct spdm_measurement_block *block)
{
    const bool is_dmtf = block->specification == SPDM_MEASUREMENT_SPECIFICATION_DMTF;
    const slice value = is_dmtf ? block->value : block->measurement;
    struct digest digest;
    if (value.size <= VALUE_SIZE_MAX) {
        claim_bytes(claims, names[block->index], value);
        return OK;
    }
    TRY(digest_of(HASH_SHA384, value, &digest));
    claim_bytes(claims, names[block->index], (slice){digest.data, digest.size});
    return OK;
}

static status claim_report(struct claims *claims, const struct spdm_report *report)
{
    char version[8];
    struct digest all;
    TRY(digest_of(HASH_SHA384, report->measurements.record, &all));
    snprintf(version, sizeof version, "%u.%u", report->shape.version >> 4,
             report->shape.version & 0xFu);
    claim_bytes(claims, "measurement", (slice){all.data, all.size});
    claim_bytes(claims, "report_data", SLICE(report->asked.nonce));
    claim_bytes(claims, "responder_nonce", SLICE(report->measurements.nonce));
    claim_number(claims, "slot", report->asked.slot);
    claim_text(claims, "version", version);
    claim_number(claims, "measurement_blocks", report->block_count);
    for (size_t i = 0; i < report->block_count; i++)
        TRY(claim_block(claims, &report->blocks[i]));
    return OK;
}

static status claim_chain(struct claims *claims, const struct spdm_device_chain *chain)
{
    char subject[SUBJECT_SIZE_MAX];
    struct digest key;
    if (chain->read.fault)
        return OK;
    certificate_subject_text(&chain->chain.leaf, subject, sizeof subject);
    claim_text(claims, "leaf_subject", subject);
    TRY(public_key_spki_digest(&chain->chain.key, HASH_SHA384, &key));
    claim_bytes(claims, "device_key", (slice){key.data, key.size});
    return OK;
}

static status claim(const struct spdm_report *report, const struct spdm_device_chain *chain,
                    struct facts *out)
{
    out->platform = "spdm";
    out->format = "spdm-measurements";
    TRY(claim_report(&out->claims, report));
    TRY(claim_chain(&out->claims, chain));
    return claims_finish(&out->claims);
}

/* ---- the platform ---- */

static status inspect(slice evidence, const struct endorsements *endorsements, struct facts *out)
{
    struct spdm_report report;
    SCOPED(spdm_device_chain) chain = {0};
    TRY(spdm_report_read(evidence, &report));
    spdm_device_chain_read(&report, endorsements, &chain);
    return claim(&report, &chain, out);
}

static status verify_with(const struct verification *request, struct facts *out)
{
    struct spdm_report report;
    SCOPED(spdm_device_chain) chain = {0};
    TRY(spdm_report_read(request->evidence, &report));
    spdm_device_chain_read(&report, request->endorsements, &chain);
    TRY(spdm_device_verify(request, &report, &chain, out));
    return claim(&report, &chain, out);
}

static status verify(const struct verification *request, struct facts *out)
{
    return verification_endorsed(request, verify_with, out);
}

const struct platform spdm_platform = {
    .name = "spdm",
    .title = "a device that speaks SPDM",
    .claims = spdm_claim_names,
    .recognises = spdm_report_begins,
    .binding_mismatch = "SPDM_BINDING_MISMATCH",
    .inspect = inspect,
    .verify = verify,
    .collect = spdm_device_collect,
};
