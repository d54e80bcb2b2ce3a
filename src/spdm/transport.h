/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The bindings that carry SPDM, a row each. Frames are made in the caller's space, around a message
 * that is written between spdm_frame_begin() and spdm_frame_end(), and never copied:
 *   const size_t begin = spdm_frame_begin(transport, &writer);
 *   spdm_version_write(&writer, &version);
 *   TRY(spdm_frame_end(transport, &writer, begin, SPDM_FRAME_PLAIN));
 * spec: DSP0287 1.0, "SPDM over TCP messages"; DSP0275 1.0, "SPDM over MCTP binding";
 *       DSP0276 1.2, "Secured messages over MCTP"; PCIe 6.0, "Data Object Exchange";
 *       docs/spdm-cpu-tee-profile.md, "Framing"
 */

#include "codec/reader.h"
#include "codec/writer.h"

enum {
    SPDM_FRAME_HEADER_SIZE_MAX = 8,
    SPDM_MCTP_MESSAGE_SIZE_MAX = 65543, /* the binding sets no limit: a longest secured message */
    SPDM_TCP_MESSAGE_SIZE_MAX = 65533,
    SPDM_DOE_MESSAGE_SIZE_MAX = (1 << 20) - 8,
    SPDM_RATS_MESSAGE_SIZE_MAX = 65543, /* its length says more than we take */
};

/* What a frame holds. Those from ROLE_INQUIRY on are a header of TCP's binding and nothing else. */
enum spdm_frame_kind {
    SPDM_FRAME_NONE,
    SPDM_FRAME_PLAIN,     /* an SPDM message, outside sessions */
    SPDM_FRAME_SECURED,   /* a secured message (DSP0277) */
    SPDM_FRAME_DISCOVERY, /* what a DOE mailbox speaks: spdm/doe_discovery.h */
    SPDM_FRAME_OTHER,     /* in a session over MCTP: another protocol's message */

    SPDM_FRAME_ROLE_INQUIRY, /* whoever connected offers to be the responder */
    SPDM_FRAME_TOO_LARGE,
    SPDM_FRAME_NOT_SUPPORTED,
    SPDM_FRAME_CANNOT_REQUEST, /* "cannot operate as Requester", the answer to an inquiry */
    SPDM_FRAME_CANNOT_RESPOND,
};

struct spdm_frame {
    enum spdm_frame_kind kind;
    slice message; /* borrows; over DOE a plain message still has the padding after it */
};

struct spdm_transport {
    const char *name;         /* as in command lines: "mctp" */
    uint32_t emulator_number; /* spdm/emulator.h; UINT32_MAX: emulators do not carry it */
    size_t sequence_size;     /* of the number that a secured message carries */
    size_t header_size;
    const struct spdm_transport *inner; /* around a message inside a secured one; NULL: nothing */
    size_t padding_max; /* of the random bytes that a secured message may end with */
    size_t message_size_max;
    size_t alignment; /* frames are filled with zeros to a multiple of it */
    bool tells_refusals;

    status (*write_header)(struct writer *, enum spdm_frame_kind, size_t message_size);
    status (*read)(slice frame, struct spdm_frame *out);
    /* Of the frame that begins with `begin`, 0 when that is too short to tell. NULL: every piece
     * that arrives is a frame. */
    status (*frame_size)(slice begin, size_t *out);
};

extern const struct spdm_transport spdm_tcp;
extern const struct spdm_transport spdm_mctp;
extern const struct spdm_transport spdm_doe;
extern const struct spdm_transport spdm_rats; /* of rats-rs, no standard */

/* NULL when there is none. */
const struct spdm_transport *spdm_transport_named(const char *name);
const struct spdm_transport *spdm_transport_numbered(uint32_t emulator_number);

/* Leaves room for the header; the message begins where it says. */
size_t spdm_frame_begin(const struct spdm_transport *transport, struct writer *writer);
/* EXHAUSTED when the message is longer than the binding carries, or did not fit. */
status spdm_frame_end(const struct spdm_transport *transport, struct writer *writer, size_t begin,
                      enum spdm_frame_kind kind);

/* One whole frame. UNSUPPORTED when it is another binding's, or another version of this one. */
status spdm_frame_read(const struct spdm_transport *transport, slice frame, struct spdm_frame *out);

/*
 * Takes the first frame off `stream`: what arrived so far of a byte stream. OK, an empty frame and
 * `stream` as it was while more bytes are needed. Fails at the first header that is wrong, and then
 * nothing after it can be understood; EXHAUSTED for a frame of more than `size_max` bytes.
 */
status spdm_frame_cut(const struct spdm_transport *transport, size_t size_max, slice *stream,
                      slice *out_frame);

/* What the peer is told about a frame that was refused, or NONE. */
enum spdm_frame_kind spdm_frame_refusal(const struct spdm_transport *transport, status refused);

/* The same around a message inside a secured one. PLAIN is SPDM; OTHER can be read only. */
size_t spdm_inner_begin(const struct spdm_transport *transport, struct writer *writer);
status spdm_inner_end(const struct spdm_transport *transport, struct writer *writer, size_t begin);
status spdm_inner_read(const struct spdm_transport *transport, slice application_data,
                       struct spdm_frame *out);
