/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What commands are given to work on: evidence in any of its forms, report data, a time. */

#include "codec/yaml.h"
#include "evidence/platform.h"

struct given_evidence {
    struct buffer bytes; /* as the vendor's tools write it */
    const struct platform *platform;
};
void given_evidence_clear(struct given_evidence *evidence);

/*
 * Reads a file ("-": standard input) and tells its platform by content, which must be `wanted` when
 * that is not NULL. `out_problem` says what is wrong otherwise: UNAVAILABLE when there is nothing
 * to read; EXHAUSTED when it is larger than any evidence; UNSUPPORTED when it is no evidence we
 * know.
 */
status given_evidence_load(const char *path, const struct platform *wanted,
                           struct given_evidence *out, struct problem *out_problem);

/* The stable code for evidence that could not be read: "EVIDENCE_TRUNCATED". */
const char *given_evidence_reason(status failed);

/* Each of these leaves `out` as it is for NULL, and says on standard error why it is false. */
bool given_platform(const char *command, const char *name, const struct platform **out);
/* 1 to 64 bytes of hex; what is missing after them is zero. */
bool given_report_data(const char *command, const char *hex, uint8_t out[BINDING_SIZE],
                       size_t *out_size);
bool given_time(const char *command, const char *text, int64_t *out_s);
