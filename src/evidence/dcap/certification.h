/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The PCK chain of a quote that carries none: its certification data says at most which machine it
 * is, or holds the PCK certificate alone, and the rest has to come with the endorsements.
 */

#include "evidence/dcap/quote.h"
#include "evidence/endorsements.h"

/*
 * The chain in the form that pck_chain_read() takes: the quote's own where it has one. The PCK
 * certificate is told by what it is for: its key signed the report of the quoting enclave. So an
 * encrypted PPID needs no decryption. UNAVAILABLE, naming what is missing, when the endorsements
 * do not complete it; UNSUPPORTED for certification data of a type that can lead to no chain.
 */
status dcap_certification_complete(const struct endorsements *endorsements,
                                   const struct dcap_quote *quote, struct buffer *out_chain);
