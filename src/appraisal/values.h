/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The values that a policy writes: one, or a list of which any will do. */

#include "appraisal/rules.h"

/* A policy that is being read: its store grows with every value. */
struct policy_reading {
    struct policy *policy;
    struct problem *problem;
    const char *key; /* whose values are being read */
};
status policy_no_memory(const struct policy_reading *reading);

/*
 * Values of `claim`, in its kind and size. MALFORMED, naming the line, for an empty list, a value
 * that the claim can never have, and one that is written twice.
 */
status values_read(const struct policy_reading *reading, const struct yaml *node,
                   const struct claim_name *claim, struct values *out);

/* As values_read, for what no TEE has as its true value: bytes that are all zero are refused. */
status pins_read(const struct policy_reading *reading, const struct yaml *node,
                 const struct claim_name *claim, struct values *out);
