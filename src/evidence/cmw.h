/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Conceptual message wrappers in the forms that others write: a record as a JSON or CBOR array, a
 * CBOR tag, or a collection that holds exactly one record of evidence.
 * spec: draft-ietf-rats-msg-wrap, "The RATS Conceptual Message Wrapper"
 */

#include "base/bytes.h"

enum { CMW_MEDIA_TYPE_SIZE = 64, CMW_MEMBERS_MAX = 16 };

struct cmw_content {
    char type[CMW_MEDIA_TYPE_SIZE]; /* a media type, or the number of a CoAP content format */
    struct buffer value;
};
void cmw_content_clear(struct cmw_content *content);

/* Whether the bytes begin as one; what begins so and is none is then malformed. */
bool cmw_begins_cbor(slice bytes);
bool cmw_begins_json(slice text);

/*
 * UNSUPPORTED when it holds something else than evidence, two evidences, a collection in a
 * collection, or a value that is not bytes.
 */
status cmw_content_read_cbor(slice bytes, struct cmw_content *out);
status cmw_content_read_json(slice text, struct cmw_content *out);

/* A record with the media type of evidence of this platform, as evidence_unwrap() takes it back. */
#define CMW_EVIDENCE_TYPE "application/vnd.cix.evidence." /* a platform's name follows */
status cmw_evidence_write_cbor(const char *platform, slice evidence, struct buffer *out);
status cmw_evidence_write_json(const char *platform, slice evidence, struct buffer *out);
