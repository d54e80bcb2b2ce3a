/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Evidence as attestation agents put it into JSON: field by field (an SNP report), or as a list of
 * bytes (a page with a CSV report). What comes out is what the hardware signed, or its signature
 * does not hold: nothing here is believed.
 */

#include "codec/json.h"

/* UNSUPPORTED when it is none of these, MALFORMED when it is one and cannot be read. */
status tools_report_read(const json_t *object, struct buffer *out);

/*
 * The certificates beside such a report, DER, one after another through `take`; or those of each
 * device of a list, as NVIDIA's tools write it, in PEM.
 */
status tools_certificates_read(const json_t *json, status (*take)(void *context, slice part),
                               void *context);
