/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A written policy: which measurements, which instances, which TCB (docs/policy.md). */

#include "codec/yaml.h"
#include "evidence/endorsements.h"

struct policy;

/*
 * Reads a policy. MALFORMED with `out_problem` naming the line when a key, claim or value is
 * unknown, a pin is empty, or nothing is pinned and the policy does not say so with
 * `insecure_any_measurement: true`. `folder` is where relative paths of `trust:` and
 * `endorsements:` start; they are listed, not opened.
 */
status policy_read(slice yaml, struct policy **out, struct problem *out_problem);

/* The built-in policies by name ("strict"), NULL when there is no such name. Not to be freed. */
const struct policy *policy_built_in(const char *name);
void policy_free(struct policy *policy);

/* OK when the policy may guard a link: it pins a measurement and an identity, or says insecurely.
 */
status policy_fits_link(const struct policy *policy, struct problem *out_problem);

/* Names of the insecure_ knobs the policy turns on; NULL past the last. */
const char *policy_insecure_knob(const struct policy *policy, size_t index);

/* Names of the platforms it has entries for, each once; NULL past the last, and for any platform.
 */
const char *policy_platform(const struct policy *policy, size_t index);

/* Paths listed under trust: and endorsements:, in order; NULL past the last. */
const char *policy_trust_path(const struct policy *policy, size_t index);
const char *policy_endorsements_path(const struct policy *policy, size_t index);

/* Writes, for a person, what the policy will and will not accept; one sentence a line. */
status policy_describe(const struct policy *policy, struct buffer *out_text);
