/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The certificates of devices among the endorsements, and who issued them. Endorsements remember
 * what they found, so that a device seen before costs only the signature on its report.
 * Endorsements must not change while a verification under them is running.
 */

#include "evidence/endorsements.h"

enum { NVIDIA_LINKS_MAX = 8, NVIDIA_FWID_SIZE = 48 };

struct nvidia_chain {
    const struct certificate *links[NVIDIA_LINKS_MAX]; /* borrowed; the leaf first */
    size_t count;
    struct public_key key; /* of the leaf, on P-384 */
    slice fwid;            /* the firmware for which the leaf was made; empty when it says none */
    status fwid_read;

    /* Below here: known after nvidia_chain_follow(). */
    bool followed;
    status verified; /* UNEXPECTED when an issuer is missing */
    enum root_trust trust;
};

struct nvidia_chains {
    struct nvidia_chain *chains[ENDORSEMENTS_MAX];
    size_t count;
};

/*
 * Every certificate that says, as those of devices do, for which firmware its key was made.
 * EXHAUSTED without memory.
 */
status nvidia_chains_of(const struct endorsements *endorsements, const struct nvidia_chains **out);

/* Follows a chain up to a root, once. */
void nvidia_chain_follow(const struct endorsements *endorsements, struct nvidia_chain *chain);
