/* SPDX-License-Identifier: Apache-2.0 */

/*
 * TDISP from anybody: a message, or a device's report when the first byte is odd. What is read is
 * written as many bytes.
 */

#include "spdm/message/tdisp_report.h"

#include <assert.h>

enum { SPACE_SIZE = 1 << 20 };

static uint8_t once[SPACE_SIZE], twice[SPACE_SIZE];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static status message_again(slice bytes, struct writer *writer)
{
    struct spdm_tdisp message;
    TRY(spdm_tdisp_read(bytes, &message));
    spdm_tdisp_write(writer, &message);
    return OK;
}

static status report_again(slice bytes, struct writer *writer)
{
    struct spdm_tdisp_report report;
    TRY(spdm_tdisp_report_read(bytes, &report));
    spdm_tdisp_report_write(writer, &report);
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct writer writer = writer_over(once, SPACE_SIZE), second = writer_over(twice, SPACE_SIZE);
    if (size == 0 || size > SPACE_SIZE)
        return 0;
    status (*const again)(slice, struct writer *) = data[0] & 1 ? report_again : message_again;
    if (again((slice){data + 1, size - 1}, &writer).fault)
        return 0;
    assert(!writer.out_of_space && writer.size == size - 1);
    assert(!again((slice){once, writer.size}, &second).fault);
    assert(slice_equal((slice){once, writer.size}, (slice){twice, second.size}));
    return 0;
}
