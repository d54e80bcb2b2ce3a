/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The TD report inside a quote, in the three sizes it has. */

#include "evidence/claims.h"
#include "evidence/dcap/quote.h"

enum td_field {
    TD_TEE_TCB_SVN, /* at launch */
    TD_MRSEAM,
    TD_MRSIGNERSEAM,
    TD_SEAM_ATTRIBUTES,
    TD_ATTRIBUTES,
    TD_XFAM,
    TD_MRTD,
    TD_MRCONFIGID,
    TD_MROWNER,
    TD_MROWNERCONFIG,
    TD_RTMR0,
    TD_RTMR1,
    TD_RTMR2,
    TD_RTMR3,
    TD_REPORT_DATA,
    TD_TEE_TCB_SVN2, /* now; from 1.5 on */
    TD_MRSERVICETD,
    TD_VM_ID, /* from here on only in the extended report */
    TD_ID,
    TD_DEVICE_INFO,
    TD_INITIAL_SERVICETD_HASH,
    TD_INITIAL_SERVICETD_ATTRIBUTES,
    TD_INITIAL_CPUSVN,
    TD_INITIAL_TEE_TCB_SVN,
    TD_INITIAL_FMSPC,
    TD_CURRENT_SERVICETD_HASH,
    TD_CURRENT_SERVICETD_ATTRIBUTES,
    TD_FIELDS,
};

struct td_report {
    slice fields[TD_FIELDS]; /* empty where the report is of a smaller type */
};

/* spec: Intel TDX DCAP Quoting Library API, "TD Quote Body" */
status td_report_read(enum dcap_body type, slice bytes, struct td_report *out);

/* The fields under "body.", what other platforms call measurement, and the attribute bits. */
void td_report_claim(struct claims *claims, const struct td_report *report);
