/* SPDX-License-Identifier: Apache-2.0 */

/* A connection's first bytes: a header that is read means the same when it is written again. */

#include "proxy/proxy_header.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_again(const struct proxy_header *header)
{
    uint8_t space[PROXY_HEADER_SIZE_MAX];
    struct writer writer = writer_over(space, sizeof space);
    struct reader tlvs = reader_of(header->tlvs);
    struct proxy_header again;
    uint8_t type;
    slice value;
    size_t size;
    const size_t begin = proxy_header_begin(&writer, header);
    while (!proxy_tlv_next(&tlvs, &type, &value).fault)
        if (type != PROXY_TLV_CRC32C)
            proxy_tlv_write(&writer, type, value);
    proxy_header_end(&writer, begin);
    assert(!proxy_header_read((slice){space, writer.size}, &again, &size).fault);
    assert(size == writer.size && again.has_addresses == header->has_addresses);
    if (again.has_addresses)
        assert(address_equal(&again.source, &header->source) &&
               address_equal(&again.destination, &header->destination));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct proxy_header header, later;
    size_t used = 0;
    const status read = proxy_header_read((slice){data, size}, &header, &used);
    if (read.fault)
        return 0;
    assert(used && used <= size);
    assert(proxy_header_read((slice){data, used - 1}, &later, &used).fault);
    expect_again(&header);
    return 0;
}
