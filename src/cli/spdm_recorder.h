/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A capture file of a conversation that we take part in, as spdm_capture.h reads them: MCTP
 * packets, PCI DOE objects, or IPv4 packets of a TCP connection from 127.0.0.1:50000 to port 4194.
 * spec: draft-ietf-opsawg-pcap, "PCAP Capture File Format"; tcpdump.org, "Link-layer header types"
 *       (LINKTYPE_MCTP, LINKTYPE_PCI_DOE, LINKTYPE_RAW); RFC 791, "Internet Header Format";
 *       RFC 9293, "Header Format"
 */

#include "cli/spdm_capture.h"

struct spdm_recorder {
    const struct spdm_transport *transport;
    struct buffer file;
    uint16_t packet_count;
    uint32_t sequences[2]; /* of TCP, by who sends: the first, the second */
};
void spdm_recorder_clear(struct spdm_recorder *recorder);

/* UNSUPPORTED for a transport that has no link in captures. */
status spdm_recorder_begin(const struct spdm_transport *transport, struct spdm_recorder *out);

/* EXHAUSTED when the file would be longer than is read. */
status spdm_recorder_add(struct spdm_recorder *recorder, int64_t wall_s,
                         enum spdm_capture_sender sender, slice frame);
