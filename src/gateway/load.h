/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Files as people hand them over: read whole, or a sentence that says why not. */

#include "appraisal/policy.h"
#include "gateway/config.h"

/* Plain files of at most `most` bytes; folders, pipes and devices are refused. */
status file_load(const char *path, size_t most, struct buffer *out, struct problem *out_problem);

/* As file_load, and nobody but its owner (this user or root) and group may see it. */
status secret_file_load(const char *path, size_t most, struct buffer *out,
                        struct problem *out_problem);

/* The folder a path lies in, as relative paths inside the file start there; "." when none. */
status folder_of(const char *path, char *out, size_t capacity);

/* Reads a configuration; the problem's line is the file's. `out` is large: keep it off the stack.
 */
status config_load(const char *path, struct config *out, struct problem *out_problem);

/* A policy with what it names under trust: and endorsements:, whose paths start at its folder. */
struct guard {
    struct policy *policy; /* NULL for a built-in one */
    const struct policy *rules;
    struct endorsements *endorsements;
};
void guard_clear(struct guard *guard);

/* The common names of the trusted roots beside the vendors', as one text; cut when they are many.
 */
enum { ROOTS_TEXT_SIZE = 512 };
void guard_roots(const struct guard *guard, char out[ROOTS_TEXT_SIZE]);

/*
 * `path` is a file, or the name of a built-in policy. Fails unless the policy may guard a link.
 * The problem names the file.
 */
status guard_load(const char *path, struct guard *out, struct problem *out_problem);

/*
 * As guard_load, for evidence judged outside any link, where nothing has to be pinned. NULL gives
 * no rules and empty endorsements: authenticity only.
 */
status policy_load(const char *path, struct guard *out, struct problem *out_problem);

/* Adds the certificates in a file, or in every file of a folder, as trust anchors. */
status trust_load(const char *path, struct endorsements *endorsements, struct problem *out_problem);

/*
 * Adds a file to `endorsements`; or, of a folder (not of those in it), every plain file that holds
 * endorsements: others lie beside them, such as the evidence itself.
 */
status endorsements_load(const char *path, struct endorsements *endorsements,
                         struct problem *out_problem);

/* The key and certificate that the configuration names. */
status identity_load(const struct config *config, struct tls_identity **out,
                     struct problem *out_problem);
