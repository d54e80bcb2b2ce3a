/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A simulator's state on disk: FOLDER/state (private), FOLDER/trust and FOLDER/endorsements
 * (public). Every file is written whole or not at all.
 */

#include "sim/state.h"

/*
 * Opens the state in `path`, or makes it when there is none; two at once wait for each other.
 * Then writes the public files afresh: the roots, the vendors' certificates, revocation lists and
 * TCB collateral, dated `now_s`. Fails DENIED when others can read or replace the state.
 */
status sim_folder_open(const char *path, int64_t now_s, void (*progress)(void),
                       struct sim_state *out);

/* True when `path` already holds a state: making one takes a while, and is worth a word. */
bool sim_folder_exists(const char *path);

/*
 * A simulated vendor's own private file FOLDER/NAME, made from what `make` writes when there is
 * none yet; for platforms whose keys are not in struct sim_state. Makes the folder, too.
 */
status sim_folder_keep(const char *path, const char *name, status (*make)(struct buffer *out),
                       struct buffer *out);

/* Writes FOLDER/BELOW/NAME for verifiers; `below` is "trust" or "endorsements". */
status sim_folder_publish(const char *path, const char *below, const char *name, slice content);
