/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "evidence/platform.h"
#include "evidence/spdm/report.h"
#include "spdm/chain.h"

/* The chain and all of its certificates, the root or what it issued first. */
struct spdm_device_chain {
    struct certificate links[SPDM_CHAIN_CERTIFICATES_MAX];
    size_t count;
    struct spdm_chain chain;
    status read; /* OK: the rest is set */
};
void spdm_device_chain_clear(struct spdm_device_chain *chain);

/* `endorsements` may be NULL: nobody is trusted. */
void spdm_device_chain_read(const struct spdm_report *report,
                            const struct endorsements *endorsements, struct spdm_device_chain *out);

/* Every check of docs/checks.md, into `facts`. */
status spdm_device_verify(const struct verification *request, const struct spdm_report *report,
                          const struct spdm_device_chain *chain, struct facts *facts);
