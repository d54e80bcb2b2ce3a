/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "evidence/claims.h"
#include "evidence/nvidia/chain.h"
#include "evidence/nvidia/report.h"

status nvidia_claim_report(struct claims *claims, const struct nvidia_report *report);

/* What the certificates say: of the device, as far as its chain was followed. */
status nvidia_claim_chain(struct claims *claims, const struct nvidia_chain *chain);
