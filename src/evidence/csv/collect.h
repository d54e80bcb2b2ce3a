/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The attester side of CSV: a report with our binding from the guest's driver, and the certificates
 * of its chip where the owner of the machine left them.
 *
 * Without the driver a guest's kernel asks the host by VMMCALL with RAX 100, RBX the guest physical
 * address of a shared page that holds the request, and RCX its size; the report comes back in that
 * page. No program can do so: that page has to be shared with the host.
 */

#include "evidence/platform.h"

bool csv_is_here(const struct collection *where);

/*
 * An extended report where the firmware has measurement registers, else a legacy one. UNAVAILABLE
 * when there is no CSV guest or it does not answer; UNAUTHENTIC when what came back is not for our
 * binding and the nonce of this request. `out_endorsements` is HSK and CEK, or empty.
 */
status csv_collect(const struct collection *request, struct buffer *out_evidence,
                   struct buffer *out_endorsements);
