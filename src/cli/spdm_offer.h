/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What one side can do, and what of it was left over by whoever started the command, in words. */

#include "spdm/connection.h"

/* As given on the command line; NULL: everything. */
struct spdm_offer_words {
    const char *versions;     /* "1.2" or "1.1-1.4" */
    const char *algorithms;   /* "SHA-384,ECDSA-P384,measurement_hash:SHA-512" */
    const char *capabilities; /* "CERT,CHAL,KEY_EX", or "-HBEAT,+HANDSHAKE_IN_THE_CLEAR" */
    const char *transfer;     /* the largest message in one piece, in bytes */
};

/*
 * Narrows `settings`, which come with all that the side can do. A name narrows every list of
 * algorithms that has it; "list:NAME" that list alone, and "list:none" empties it. False, having
 * said what is wrong.
 */
bool spdm_offer_narrow(const char *command, const struct spdm_offer_words *words,
                       struct spdm_settings *settings);
