/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A conversation as an onlooker sees it, frame by frame: each message is read, what sessions hide
 * is opened with the secrets given, and each signature, HMAC, transcript hash and tag is verified.
 * A check is told after the message that it is about. spec: DSP0274 1.4, "SPDM messaging protocol";
 * DSP0277 1.2, "Secured Messages format"
 */

#include "cli/spdm_capture.h"
#include "cli/spdm_known.h"
#include "cli/spdm_said.h"

enum spdm_check_result {
    SPDM_CHECK_FAILED,
    SPDM_CHECK_VERIFIED,
    SPDM_CHECK_OPEN, /* what it takes is not at hand */
};

struct spdm_check {
    const char *what; /* "signature" */
    enum spdm_check_result result;
    const char *why; /* unless it is verified */
};

/* How a message came. */
enum spdm_sight_wrapping { SPDM_WRAPPED_NOT, SPDM_WRAPPED_ENCAPSULATED, SPDM_WRAPPED_IN_CHUNKS };

struct spdm_sight {
    size_t packet;
    bool is_request; /* went from the requester to the responder */
    bool in_session;
    uint32_t session_id;
    enum spdm_sight_wrapping wrapping;
    const char *name;             /* of the message, or of what is none of SPDM's */
    const struct spdm_said *said; /* NULL when it was not read */
    slice bytes;
};

struct spdm_watch_told {
    void *self;
    void (*message)(void *self, const struct spdm_sight *sight);
    void (*check)(void *self, const struct spdm_check *check);
};

struct spdm_watch_given {
    const struct spdm_transport *transport;
    const json_t *keys;                   /* NULL: none; the form is told in docs/commands.md */
    const struct spdm_known_files *files; /* may be empty */
    slice raw_keys[2]; /* of who has one, by enum spdm_side; empty: it may be among the files */
};

struct spdm_watch;

/* What is given and told to outlives it. */
status spdm_watch_new(const struct spdm_watch_given *given, const struct spdm_watch_told *told,
                      struct spdm_watch **out);
void spdm_watch_free(struct spdm_watch *watch);

void spdm_watch_frame(struct spdm_watch *watch, const struct spdm_captured *captured);
