/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A simulated confidential VM on Azure: what its paravisor puts into the VM's TPM, around the
 * report of a simulated SNP guest.
 */

#include "sim/snp.h"
#include "sim/tpm.h"

/* Makes a key in the TPM, which stays there, and a report that vouches for it. */
status sim_azure_provision(const struct sim_tpm *tpm, const struct sim_snp *guest);
