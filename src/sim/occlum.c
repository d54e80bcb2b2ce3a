/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/occlum.h"

#include "codec/reader.h"
#include "codec/writer.h"

#include <errno.h>
#include <string.h>

#define GET_QUOTE_SIZE 0x80047307u
#define GENERATE_QUOTE 0xc0187308u
#define DETECT_DCAP_DRIVER 0x80047306u

enum { ARGUMENT_SIZE = 24 };

struct sim_occlum sim_occlum_make(const struct sim_sgx *enclave,
                                  const struct sim_tsm_settings *settings)
{
    return (struct sim_occlum){.enclave = enclave, .faults = sim_faults_of(settings)};
}

static long write_number(const struct sim_memory *child, uint64_t address, uint32_t number)
{
    uint8_t field[4];
    struct writer writer = writer_over(field, sizeof field);
    write_le32(&writer, number);
    return sim_memory_write(child, address, SLICE(field));
}

static status quote_of(const struct sim_occlum *occlum, const uint8_t *report_data,
                       struct buffer *out)
{
    return sim_sgx_quote(occlum->enclave, (slice){report_data, SIM_REPORT_DATA_SIZE}, out);
}

static long get_quote_size(struct sim_occlum *occlum, const struct sim_memory *child,
                           uint64_t argument)
{
    static const uint8_t zeros[SIM_REPORT_DATA_SIZE];
    SCOPED(buffer) quote = {0};
    if (quote_of(occlum, zeros, &quote).fault)
        return -EINVAL;
    if (sim_fault_happens(&occlum->faults, SIM_FAULT_OVERSIZED))
        return write_number(child, argument, UINT32_MAX);
    if (sim_fault_happens(&occlum->faults, SIM_FAULT_EMPTY))
        return write_number(child, argument, 0);
    return write_number(child, argument, (uint32_t)quote.size);
}

static long fault_of(struct sim_occlum *occlum)
{
    if (sim_fault_happens(&occlum->faults, SIM_FAULT_BUSY))
        return -EBUSY;
    if (sim_fault_happens(&occlum->faults, SIM_FAULT_INTERRUPTED))
        return -EINTR;
    if (sim_fault_happens(&occlum->faults, SIM_FAULT_FAILED))
        return -EINVAL;
    return 0;
}

/* Three pointers: report data, size of the buffer and then of the quote, buffer. */
static long generate_quote(struct sim_occlum *occlum, const struct sim_memory *child,
                           uint64_t argument)
{
    uint8_t bytes[ARGUMENT_SIZE], report_data[SIM_REPORT_DATA_SIZE], size_field[4];
    SCOPED(buffer) quote = {0};
    if (sim_memory_read(child, argument, bytes, sizeof bytes) != 0)
        return -EFAULT;
    struct reader reader = reader_of(SLICE(bytes));
    const uint64_t report_data_address = read_le64(&reader);
    const uint64_t size_address = read_le64(&reader);
    const uint64_t quote_address = read_le64(&reader);
    if (sim_memory_read(child, report_data_address, report_data, sizeof report_data) != 0 ||
        sim_memory_read(child, size_address, size_field, sizeof size_field) != 0)
        return -EFAULT;
    const long error = fault_of(occlum);
    if (error)
        return error;
    if (sim_fault_happens(&occlum->faults, SIM_FAULT_OLD_REPORT))
        report_data[0] ^= 1;
    if (quote_of(occlum, report_data, &quote).fault)
        return -EINVAL;
    reader = reader_of(SLICE(size_field));
    if (read_le32(&reader) < quote.size)
        return -EINVAL;
    if (sim_memory_write(child, quote_address, buffer_view(&quote)) != 0)
        return -EFAULT;
    return write_number(child, size_address, (uint32_t)quote.size);
}

static long on_ioctl(const struct sim_device *device, uint32_t request,
                     const struct sim_memory *child, uint64_t argument)
{
    struct sim_occlum *const occlum = device->model;
    switch (request) {
    case DETECT_DCAP_DRIVER:
        return write_number(child, argument, 1);
    case GET_QUOTE_SIZE:
        return get_quote_size(occlum, child, argument);
    case GENERATE_QUOTE:
        return generate_quote(occlum, child, argument);
    default:
        return -ENOSYS;
    }
}

static long on_open(const struct sim_device *device, int flags)
{
    struct sim_occlum *const occlum = device->model;
    (void)flags;
    return sim_fault_happens(&occlum->faults, SIM_FAULT_GONE) ? -ENOENT : 0;
}

struct sim_device sim_occlum_device(struct sim_occlum *occlum)
{
    return (struct sim_device){
        .path = "/dev/sgx", .model = occlum, .open = on_open, .ioctl = on_ioctl};
}
