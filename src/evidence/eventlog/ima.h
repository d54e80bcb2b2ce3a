/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The log of Linux's Integrity Measurement Architecture, as /sys/kernel/security/ima/
 * binary_runtime_measurements gives it: one record for each file that was measured.
 * spec: Linux, Documentation/security/IMA-templates.rst, "Template Descriptors"
 */

#include "evidence/eventlog/registers.h"

enum { IMA_RECORDS_MAX = 65536, IMA_NAME_SIZE_MAX = 32, IMA_DATA_SIZE_MAX = 64 << 10 };

struct ima_record {
    uint32_t index;    /* of the PCR, 10 unless the kernel was built for another */
    slice name;        /* of the template: "ima-ng" */
    slice data;        /* of the template: what is hashed and extended */
    bool is_violation; /* the file was open for writing: nothing is known of what was read */
    slice file_digest; /* "sha256:", NUL, digest; empty for templates whose fields we do not know */
    slice path;        /* without its NUL; the same */
    slice signature;   /* of ima-sig; may be empty */
};

bool ima_log_begins(slice bytes);

/*
 * Takes the next record. The record's SHA-1 must be that of its data, so that no field can say
 * what was not extended. UNSUPPORTED for the oldest template "ima", which does not say its size.
 */
status ima_log_next(struct reader *reader, struct ima_record *out, bool *out_more);

/*
 * Continues `registers`: each record extends its PCR in every bank with the bank's own hash over
 * the template's data; a violation with FF bytes. (Kernels before 5.8 put padded SHA-1 digests into
 * the other banks, which proves no more than SHA-1 does: such registers are not replayed.)
 */
status ima_log_replay(slice log, struct registers *registers);

/*
 * As ima_log_replay, up to the record after which register `index` holds `value`: the kernel goes
 * on measuring between a quote and the reading of its log. UNEXPECTED when it never does.
 */
status ima_log_replay_until(slice log, size_t index, slice value, struct registers *registers);
