/* SPDX-License-Identifier: Apache-2.0 */

/* The driver of a simulated CSV guest: its ioctls, with its errors. */

#include "sim/csv.h"

#include "codec/reader.h"
#include "codec/writer.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum {
    PAGE = 4096,
    REPORT_CALL_SIZE = 16,
    REGISTER_CALL_SIZE = 24,
    FIRMWARE_ERROR_OFFSET = 20,
    REPORT_DATA_SIZE = 64,
    NONCE_SIZE = 16,
    HASH_OFFSET = REPORT_DATA_SIZE + NONCE_SIZE,
    MAGIC_OFFSET = HASH_OFFSET + SIM_CSV_DIGEST_SIZE,
    MAGIC_SIZE = 16,
    STATE_WORKING = 2,
    REGISTERS_VERSION = 1,
    FIRMWARE_INVALID_PARAMETER = 0x16,
};

#define GET_REPORT 0xc0104401u
#define REGISTERS 0xc0184402u

enum { STATUS = 1, START = 2, READ = 3, EXTEND = 4 };

/* What the host or the firmware does wrong; 0: nothing. */
static long fault_of(struct sim_csv *guest)
{
    static const struct {
        enum sim_fault fault;
        long error;
    } rows[] = {{SIM_FAULT_BUSY, -EBUSY},
                {SIM_FAULT_INTERRUPTED, -EINTR},
                {SIM_FAULT_TIMED_OUT, -ETIMEDOUT},
                {SIM_FAULT_FAILED, -EIO},
                {SIM_FAULT_UNLOADED, -ENOTTY}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (sim_fault_happens(&guest->faults, rows[i].fault))
            return rows[i].error;
    return 0;
}

/* The firmware refuses a request whose hash is not of its data and nonce. */
static bool is_whole(const uint8_t *page)
{
    struct digest hash;
    return !digest_of(HASH_SM3, (slice){page, HASH_OFFSET}, &hash).fault &&
           memcmp(hash.data, page + HASH_OFFSET, SIM_CSV_DIGEST_SIZE) == 0;
}

static bool wants_registers(const uint8_t *page)
{
    static const uint8_t magic[MAGIC_SIZE] = "ATTESTATION_EXT";
    return memcmp(page + MAGIC_OFFSET, magic, sizeof magic) == 0 &&
           (page[MAGIC_OFFSET + MAGIC_SIZE] & 1);
}

static long answer_report(struct sim_csv *guest, uint8_t *page)
{
    static const uint8_t zeros[REPORT_DATA_SIZE];
    SCOPED(buffer) report = {0};
    if (!is_whole(page))
        return -EIO;
    if (sim_fault_happens(&guest->faults, SIM_FAULT_EMPTY))
        return 0; /* the host did nothing, and said that it did */
    const bool is_old = sim_fault_happens(&guest->faults, SIM_FAULT_OLD_REPORT);
    const slice report_data = {is_old ? zeros : page, REPORT_DATA_SIZE};
    if (sim_csv_report(guest, report_data, (slice){page + REPORT_DATA_SIZE, NONCE_SIZE},
                       wants_registers(page), &report)
            .fault)
        return -EIO;
    memset(page, 0, PAGE);
    memcpy(page, report.data, report.size);
    if (sim_fault_happens(&guest->faults, SIM_FAULT_OVERSIZED))
        memset(page + report.size, 0xff, PAGE - report.size);
    return 0;
}

static long get_report(struct sim_csv *guest, const struct sim_memory *child, uint64_t argument)
{
    uint8_t call[REPORT_CALL_SIZE], page[PAGE];
    if (sim_memory_read(child, argument, call, sizeof call) != 0)
        return -EFAULT;
    struct reader reader = reader_of(SLICE(call));
    const uint64_t address = read_le64(&reader);
    const uint32_t size = read_le32(&reader);
    if (address == 0 || address % PAGE || size == 0 || size % PAGE)
        return -EINVAL;
    if (sim_memory_read(child, address, page, sizeof page) != 0)
        return -EFAULT;
    nanosleep(&(struct timespec){guest->delay_ms / 1000, guest->delay_ms % 1000 * 1000000L}, NULL);
    long error = fault_of(guest);
    if (!error)
        error = answer_report(guest, page);
    return error ? error : sim_memory_write(child, address, SLICE(page));
}

/* ---- registers ---- */

struct register_call {
    struct sim_csv *guest;
    const struct sim_memory *child;
    uint64_t address, size;
    uint32_t firmware_error;
};

static long get_status(struct register_call *call)
{
    static const uint8_t answer[] = {REGISTERS_VERSION, 0, STATE_WORKING};
    return call->size < sizeof answer ? -EINVAL
                                      : sim_memory_write(call->child, call->address, SLICE(answer));
}

static long read_registers(struct register_call *call)
{
    uint8_t bitmap[4], answer[SIM_CSV_REGISTERS * SIM_CSV_DIGEST_SIZE];
    size_t size = 0;
    if (call->size < sizeof bitmap ||
        sim_memory_read(call->child, call->address, bitmap, sizeof bitmap) != 0)
        return -EFAULT;
    for (size_t i = 0; i < SIM_CSV_REGISTERS; i++)
        if (bitmap[0] >> i & 1) {
            memcpy(answer + size, call->guest->registers[i], SIM_CSV_DIGEST_SIZE);
            size += SIM_CSV_DIGEST_SIZE;
        }
    if (size == 0 || call->size < sizeof bitmap + size)
        return -EINVAL;
    return sim_memory_write(call->child, call->address + sizeof bitmap, (slice){answer, size});
}

/* Register 0 is the launch digest, and stays it. */
static long extend_register(struct register_call *call)
{
    uint8_t request[4 + SIM_CSV_DIGEST_SIZE];
    struct digest extended;
    if (call->size < sizeof request ||
        sim_memory_read(call->child, call->address, request, sizeof request) != 0)
        return -EFAULT;
    const size_t index = request[0];
    if (index == 0 || index >= SIM_CSV_REGISTERS || request[2] != SIM_CSV_DIGEST_SIZE ||
        request[3] != 0) {
        call->firmware_error = FIRMWARE_INVALID_PARAMETER;
        return 0;
    }
    uint8_t *const one = call->guest->registers[index];
    if (digest_of_two(HASH_SM3, (slice){one, SIM_CSV_DIGEST_SIZE},
                      (slice){request + 4, SIM_CSV_DIGEST_SIZE}, &extended)
            .fault)
        return -EIO;
    memcpy(one, extended.data, SIM_CSV_DIGEST_SIZE);
    return 0;
}

static long answer_registers(struct register_call *call, uint16_t command)
{
    switch (command) {
    case STATUS:
        return get_status(call);
    case START:
        return 0; /* they are */
    case READ:
        return read_registers(call);
    case EXTEND:
        return extend_register(call);
    default:
        return -EINVAL;
    }
}

static long on_registers(struct sim_csv *guest, const struct sim_memory *child, uint64_t argument)
{
    uint8_t bytes[REGISTER_CALL_SIZE], error_field[4];
    struct register_call call = {.guest = guest, .child = child};
    if (!guest->settings.has_registers)
        return -ENOTTY; /* as of drivers that know none */
    if (sim_memory_read(child, argument, bytes, sizeof bytes) != 0)
        return -EFAULT;
    struct reader reader = reader_of(SLICE(bytes));
    call.address = read_le64(&reader);
    call.size = read_le64(&reader);
    const long result = answer_registers(&call, read_le16(&reader));
    struct writer writer = writer_over(error_field, sizeof error_field);
    write_le32(&writer, call.firmware_error);
    return sim_memory_write(child, argument + FIRMWARE_ERROR_OFFSET, SLICE(error_field)) ? -EFAULT
                                                                                         : result;
}

/* ---- the device ---- */

static long on_ioctl(const struct sim_device *device, uint32_t request,
                     const struct sim_memory *child, uint64_t argument)
{
    if (request == GET_REPORT)
        return get_report(device->model, child, argument);
    return request == REGISTERS ? on_registers(device->model, child, argument) : -ENOTTY;
}

static long on_open(const struct sim_device *device, int flags)
{
    struct sim_csv *const guest = device->model;
    (void)flags;
    return sim_fault_happens(&guest->faults, SIM_FAULT_GONE) ? -ENODEV : 0;
}

struct sim_device sim_csv_device(struct sim_csv *guest)
{
    return (struct sim_device){
        .path = "/dev/csv-guest", .model = guest, .open = on_open, .ioctl = on_ioctl};
}
