/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What Intel's signed JSON documents (TCB info, QE identity) have in common: a body signed byte by
 * byte, a window of time, and levels.
 * spec: Intel PCS API version 4, "TCB Info V3", "Enclave Identity V2"
 */

#include "codec/json.h"
#include "crypto/key.h"
#include "evidence/dcap/tcb_status.h"

struct signed_document {
    struct json json;
    const json_t *body; /* inside `json` */
    slice signed_bytes; /* the body exactly as received; borrowed from the endorsement */
    uint8_t signature[64];
    uint64_t version;
    int64_t issue_date_s;
    int64_t next_update_s;
    uint64_t evaluation_number;
};
void signed_document_clear(struct signed_document *document);

/* Reads `{"<member>": {...}, "signature": "..."}` and the dates inside. */
status signed_document_read(slice text, const char *member, struct signed_document *out);
status signed_document_verify(const struct signed_document *document, const struct public_key *key);

/* Exactly `size` bytes written as hex in the member `key`. */
status document_bytes(const json_t *object, const char *key, uint8_t *out, size_t size);
status document_time(const json_t *object, const char *key, int64_t *out_s);

/* `tcbStatus`, `tcbDate` and the optional `advisoryIDs` of one level. */
status document_verdict(const json_t *level, struct tcb_verdict *out);

/*
 * Levels of the form {"tcb": {"isvsvn": 5}, ...}, each UpToDate, OutOfDate or Revoked.
 * MALFORMED when there is none.
 */
status document_svn_levels(const json_t *object, struct svn_level *out, size_t *out_count);
