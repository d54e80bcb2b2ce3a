/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Intel's collateral in one JSON object, as quote verification libraries hand it to one another:
 * the members of sgx_ql_qve_collateral_t by name, each a string. Also its certificate chains as
 * they stand in the headers of Intel's answers.
 * spec: Intel SGX DCAP Quote Generation Library, "sgx_ql_qve_collateral_t"; RFC 3986,
 *       "Percent-Encoding"
 */

#include "evidence/endorsements.h"

/*
 * Calls `add` for each member that is something by itself, and for each signed document made whole
 * again: {"tcbInfo":<as it was signed>,"signature":"<hex>"}; and for the certificates that an
 * attestation agent puts beside a report (evidence/tools_json.h). UNSUPPORTED when there is none;
 * what `add` finds UNSUPPORTED is passed over, and any other failure of it is returned.
 */
status bundle_read(slice text, status (*add)(struct endorsements *endorsements, slice part),
                   struct endorsements *endorsements);

/* Whether the text is PEM in percent-encoding; and decodes it. MALFORMED when "%" ends too soon. */
bool percent_encoded_pem_begins(slice text);
status percent_decode(slice text, struct buffer *out);
