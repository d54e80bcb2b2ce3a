/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What Intel's provisioning certification service publishes.
 * spec: Intel SGX and TDX Provisioning Certification Service, API version 4
 */

#include "collateral/object.h"
#include "evidence/dcap/pck.h"
#include "evidence/dcap/qe_identity.h"

#define INTEL_ROOT_CRL_NAME "intel-root-crl.pem"

void intel_tcb_info_name(enum tcb_info_kind kind, const uint8_t fmspc[FMSPC_SIZE],
                         char out[OBJECT_NAME_SIZE]);
void intel_qe_identity_name(enum qe_kind kind, char out[OBJECT_NAME_SIZE]);

/* "processor" or "platform". */
void intel_pck_crl_name(const char *ca, char out[OBJECT_NAME_SIZE]);
const char *intel_ca_of(const struct pck_extension *extension);
