/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The SPDM frames of a capture file, in the order in which they went over the wire: MCTP packets,
 * PCI DOE objects, or IPv4 packets of one TCP connection, whose streams are put together again.
 * spec: draft-ietf-opsawg-pcap, "PCAP Capture File Format"; tcpdump.org, "Link-layer header types"
 *       (LINKTYPE_MCTP, LINKTYPE_PCI_DOE, LINKTYPE_RAW); DSP0236 1.3, "MCTP packet fields";
 *       RFC 791, "Internet Header Format"; RFC 9293, "Header Format"
 */

#include "spdm/transport.h"

enum {
    SPDM_CAPTURE_SIZE_MAX = 64 << 20,
    SPDM_CAPTURE_FRAME_SIZE_MAX = SPDM_DOE_MESSAGE_SIZE_MAX + SPDM_FRAME_HEADER_SIZE_MAX,
    SPDM_CAPTURE_EARLY_MAX = 16, /* TCP segments that came before their turn */
};

/* Who sent a frame, where the capture says so: the one that sent first, or the other. */
enum spdm_capture_sender { SPDM_SENDER_UNKNOWN, SPDM_SENDER_FIRST, SPDM_SENDER_SECOND };

struct spdm_captured {
    size_t packet; /* the number of the packet that ended it, from 1; 0: the capture is over */
    enum spdm_capture_sender sender;
    slice frame; /* borrows until the next call */
};

struct spdm_capture_segment {
    uint32_t sequence;
    slice bytes;
};

/* One direction. */
struct spdm_capture_flow {
    bool is_begun;
    uint32_t next; /* what number the next byte (TCP) or packet (MCTP) has */
    struct buffer bytes;
    size_t taken; /* of them */
    size_t early_count;
    struct spdm_capture_segment early[SPDM_CAPTURE_EARLY_MAX];
};

struct spdm_capture {
    const struct spdm_transport *transport;
    struct reader left;
    bool is_big_endian;
    size_t packet_count;
    size_t ignored_count; /* packets of somebody else */
    bool has_endpoints;
    uint8_t first_endpoint[12]; /* of TCP: both addresses and ports, as the first packet has them */
    struct spdm_capture_flow flows[2];
};
void spdm_capture_clear(struct spdm_capture *capture);

/* `file` outlives the capture. UNSUPPORTED for another kind of file, or of link. */
status spdm_capture_open(slice file, struct spdm_capture *out);

/*
 * MALFORMED or TRUNCATED when a packet is not what it says; UNAVAILABLE when one that was cut
 * short, or is not there, holds what is needed.
 */
status spdm_capture_next(struct spdm_capture *capture, struct spdm_captured *out);
