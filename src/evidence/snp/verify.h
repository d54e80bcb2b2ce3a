/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The checks of an SNP report: who signed it, who vouches for that key, and whether what the report
 * says of the machine is what AMD certified.
 * spec: AMD SEV Secure Nested Paging Firmware ABI Specification, "Guest Messages"; AMD VCEK
 * Certificate and KDS Interface Specification, "Certificate Verification"
 */

#include "evidence/platform.h"
#include "evidence/snp/chain.h"

/*
 * The chain whose leaf fits the report best: of the kind that the report names, for its chip and
 * TCB, and in its dates at `now_s`. Of several the one added last: what came with the evidence is
 * more likely its own than what a verifier keeps of a fleet that hides its chips. NULL when there
 * is no leaf at all. Not by signature.
 */
struct snp_chain *snp_chain_for(const struct snp_chains *chains, const struct snp_report *report,
                                int64_t now_s);

/*
 * Runs every check. `out_chain` is the chain that was checked, or NULL: where several leaves fit
 * equally well it is the one that signed. Fails only for want of memory.
 */
status snp_verify(const struct verification *request, const struct snp_report *report,
                  struct facts *facts, const struct snp_chain **out_chain);
