/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Confidential VMs on Azure. The hardware's report is made once, by the paravisor, for data that
 * the guest cannot choose: the hash of the runtime data, in which the key of the VM's TPM stands.
 * The guest's part is a quote of that TPM. So the hardware vouches for the key, the key for the
 * registers, and the binding is what the quote was asked to sign.
 */

#include "evidence/azure/hcl.h"
#include "evidence/platform.h"

/* Which of the two, and the platform that verifies the hardware's part. */
struct azure_kind {
    const char *name;
    enum hcl_hardware hardware;
    const struct platform *inside;
};

bool azure_recognises(const struct azure_kind *kind, slice evidence);
status azure_report_data(slice evidence, slice *out);
status azure_inspect(const struct azure_kind *kind, slice evidence,
                     const struct endorsements *endorsements, struct facts *out);

/* `request` has endorsements. */
status azure_verify(const struct azure_kind *kind, const struct verification *request,
                    struct facts *out);
