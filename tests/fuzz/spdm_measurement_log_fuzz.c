/* SPDX-License-Identifier: Apache-2.0 */

/* Portions of a measurement extension log, and the log itself, from anybody. */

#include "spdm_fuzz.h"

static void whole_log(slice bytes)
{
    static uint8_t space[SPDM_FUZZ_SIZE_MAX];
    struct writer writer = writer_over(space, sizeof space);
    struct spdm_log log;
    struct spdm_log_entry entry;
    size_t count = 0;
    if (spdm_log_read(bytes, &log).fault)
        return;
    struct reader entries = reader_of(log.entries);
    spdm_log_write(&writer, &log);
    assert(writer.size == bytes.size);
    writer = writer_over(space, sizeof space);
    for (; !spdm_log_entry_read(&entries, &entry).fault; count++)
        spdm_log_entry_write(&writer, &entry);
    assert(count == log.entry_count && writer.size == log.entries.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static spdm_again *const agains[] = {spdm_again_get_measurement_log, spdm_again_measurement_log,
                                         NULL};
    if (size > 2 && size <= SPDM_FUZZ_SIZE_MAX)
        whole_log((slice){data + 2, size - 2});
    return spdm_fuzz(data, size, agains);
}
