/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Claims and texts of strangers, for people and for programs. */

#include "evidence/facts.h"

#include <jansson.h>
#include <stdio.h>

/* Printable ASCII as it is; every other byte as \xNN, so that nothing moves a terminal's cursor. */
void print_escaped(FILE *out, slice text);

/* The value alone: what is long and zero is said in words. */
void print_value(FILE *out, const struct claims *claims, const struct claim *claim);

/* "name  value" a line, each line after `indent`. */
void print_claim(FILE *out, const char *indent, const struct claims *claims,
                 const struct claim *claim);

/*
 * Claims as one object; a dot in a name makes a group: {"reported_tcb": {"snp": 14}}. NULL for want
 * of memory. The caller owns it.
 */
json_t *json_of_claims(const struct claims *claims);

/* Text of ours or of strangers; whatever is no UTF-8 is escaped like print_escaped() does. */
json_t *json_of_text(slice text);

/* Prints `object` in the order in which it was filled, a newline, and lets go of it. False, having
 * said so, when there is none or it could not be written. */
bool print_json(json_t *object);
