/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The PROXY protocol: a header before an application's first byte, which says who connected to the
 * proxy, and where. Versions 1 (a line) and 2 (binary) are read, 2 is written.
 * spec: haproxy, "The PROXY protocol, Versions 1 & 2"
 */

#include "codec/reader.h"
#include "codec/writer.h"
#include "net/socket.h"

enum {
    PROXY_HEADER_SIZE_MAX = 4096, /* of version 2: its format could hold 64 KiB */
    PROXY_TLV_AUTHORITY = 0x02,   /* the name that the client asked for */
    PROXY_TLV_CRC32C = 0x03,
    PROXY_TLV_CUSTOM_MIN = 0xE0,
    PROXY_TLV_CUSTOM_MAX = 0xEF,
};

struct proxy_header {
    bool has_addresses; /* else it is the proxy's own connection, or of a kind that has none */
    struct address source;
    struct address destination;
    slice tlvs; /* walked by proxy_tlv_next() */
};

/*
 * From the first bytes of a connection; `out_size` is how many of them the header is. TRUNCATED
 * when there may be more to come, MALFORMED when it is no header, EXHAUSTED when it is too long.
 */
status proxy_header_read(slice bytes, struct proxy_header *out, size_t *out_size);

/* UNEXPECTED after the last. */
status proxy_tlv_next(struct reader *tlvs, uint8_t *out_type, slice *out_value);

/* Between the two any number of proxy_tlv_write(); both addresses are of one family. */
size_t proxy_header_begin(struct writer *writer, const struct proxy_header *header);
void proxy_tlv_write(struct writer *writer, uint8_t type, slice value);
void proxy_header_end(struct writer *writer, size_t begin);
