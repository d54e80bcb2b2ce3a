/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/gramine.h"

#include <errno.h>
#include <string.h>

#define FOLDER "/dev/attestation/"

void sim_gramine_clear(struct sim_gramine *gramine)
{
    buffer_clear(&gramine->quote);
}

struct sim_gramine sim_gramine_make(const struct sim_sgx *enclave,
                                    const struct sim_tsm_settings *settings)
{
    return (struct sim_gramine){
        .enclave = enclave, .attestation_type = "dcap", .faults = sim_faults_of(settings)};
}

static long copy_from(slice content, uint8_t *out, size_t size, uint64_t offset)
{
    if (offset >= content.size)
        return 0;
    const size_t left = content.size - (size_t)offset;
    const size_t count = size < left ? size : left;
    memcpy(out, content.data + offset, count);
    return (long)count;
}

static long open_any(const struct sim_device *device, int flags)
{
    struct sim_gramine *const gramine = device->model;
    (void)flags;
    return sim_fault_happens(&gramine->faults, SIM_FAULT_GONE) ? -ENOENT : 0;
}

static long read_type(const struct sim_device *device, uint8_t *out, size_t size, uint64_t offset)
{
    const struct sim_gramine *const gramine = device->model;
    return copy_from(slice_of_text(gramine->attestation_type), out, size, offset);
}

static long read_report_data(const struct sim_device *device, uint8_t *out, size_t size,
                             uint64_t offset)
{
    const struct sim_gramine *const gramine = device->model;
    return copy_from(SLICE(gramine->report_data), out, size, offset);
}

/* Less than 64 bytes are followed by zeros, more are cut: neither is an error. */
static long write_report_data(const struct sim_device *device, slice bytes, uint64_t offset)
{
    struct sim_gramine *const gramine = device->model;
    const size_t count =
        bytes.size < sizeof gramine->report_data ? bytes.size : sizeof gramine->report_data;
    if (offset != 0)
        return -EINVAL;
    if (sim_fault_happens(&gramine->faults, SIM_FAULT_FAILED))
        return -EACCES;
    memset(gramine->report_data, 0, sizeof gramine->report_data);
    if (count)
        memcpy(gramine->report_data, bytes.data, count);
    return (long)bytes.size;
}

static void disturb(struct sim_gramine *gramine)
{
    if (sim_fault_happens(&gramine->faults, SIM_FAULT_SECOND_WRITER) ||
        sim_fault_happens(&gramine->faults, SIM_FAULT_OLD_REPORT))
        gramine->report_data[0] ^= 1;
}

/* The quoting enclave is asked when the file is opened. */
static long open_quote(const struct sim_device *device, int flags)
{
    struct sim_gramine *const gramine = device->model;
    const long gone = open_any(device, flags);
    if (gone)
        return gone;
    if (sim_fault_happens(&gramine->faults, SIM_FAULT_TIMED_OUT))
        return -EAGAIN; /* the host's AESM does not answer */
    disturb(gramine);
    buffer_clear(&gramine->quote);
    if (sim_fault_happens(&gramine->faults, SIM_FAULT_EMPTY))
        return 0;
    if (sim_sgx_quote(gramine->enclave, SLICE(gramine->report_data), &gramine->quote).fault ||
        gramine->quote.size > SIM_GRAMINE_QUOTE_SIZE_MAX)
        return -EACCES;
    return 0;
}

static long read_quote(const struct sim_device *device, uint8_t *out, size_t size, uint64_t offset)
{
    struct sim_gramine *const gramine = device->model;
    if (sim_fault_happens(&gramine->faults, SIM_FAULT_INTERRUPTED))
        return -EINTR;
    return copy_from(buffer_view(&gramine->quote), out, size, offset);
}

void sim_gramine_files(struct sim_gramine *gramine, struct sim_device out[SIM_GRAMINE_FILES])
{
    out[0] = (struct sim_device){.path = FOLDER "attestation_type",
                                 .model = gramine,
                                 .mode = S_IFREG | 0444,
                                 .open = open_any,
                                 .read = read_type};
    out[1] = (struct sim_device){.path = FOLDER "user_report_data",
                                 .model = gramine,
                                 .mode = S_IFREG | 0666,
                                 .open = open_any,
                                 .read = read_report_data,
                                 .write = write_report_data};
    out[2] = (struct sim_device){.path = FOLDER "quote",
                                 .model = gramine,
                                 .mode = S_IFREG | 0444,
                                 .open = open_quote,
                                 .read = read_quote};
}
