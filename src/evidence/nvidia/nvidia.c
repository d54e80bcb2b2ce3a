/* SPDX-License-Identifier: Apache-2.0 */

/*
 * NVIDIA GPUs and NVSwitches: measurements that a device signed, over SPDM. The nonce in them is
 * whoever asked the device's; it proves nothing about a channel of the machine that the device is
 * in, so no link rests on it.
 */

#include "evidence/nvidia/claim.h"
#include "evidence/nvidia/claim_names.h"
#include "evidence/nvidia/verify.h"

static status claim(struct facts *out, const struct nvidia_report *report,
                    const struct nvidia_chain *chain)
{
    out->platform = "nvidia";
    out->format = "nvidia-spdm-1.1";
    TRY(nvidia_claim_report(&out->claims, report));
    if (chain)
        TRY(nvidia_claim_chain(&out->claims, chain));
    return claims_finish(&out->claims);
}

static status inspect(slice bytes, const struct endorsements *endorsements, struct facts *out)
{
    struct nvidia_report report;
    struct nvidia_chain *chain = NULL;
    TRY(nvidia_report_read(bytes, &report));
    if (endorsements) {
        const struct nvidia_chains *chains;
        TRY(nvidia_chains_of(endorsements, &chains));
        chain = nvidia_chain_for(chains, &report);
        if (chain)
            nvidia_chain_follow(endorsements, chain);
    }
    return claim(out, &report, chain);
}

static status verify_with(const struct verification *request, struct facts *out)
{
    struct nvidia_report report;
    const struct nvidia_chain *chain;
    TRY(nvidia_report_read(request->evidence, &report));
    TRY(nvidia_verify(request, &report, out, &chain));
    return claim(out, &report, chain);
}

static status verify(const struct verification *request, struct facts *out)
{
    return verification_endorsed(request, verify_with, out);
}

const struct platform nvidia_platform = {
    .name = "nvidia",
    .title = "an NVIDIA GPU or NVSwitch",
    .claims = nvidia_claim_names,
    .recognises = nvidia_report_begins,
    .binding_mismatch = "NVIDIA_BINDING_MISMATCH",
    .inspect = inspect,
    .verify = verify,
};
