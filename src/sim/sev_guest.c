/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/sev_guest.h"

#include "codec/reader.h"
#include "codec/writer.h"
#include "crypto/key.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum {
    CALL_SIZE = 32,
    REPORT_REQUEST_SIZE = 96,
    EXTENDED_REQUEST_SIZE = 112,
    REPORT_RESPONSE_SIZE = 4000,
    REPORT_OFFSET = 32,
    KEY_REQUEST_SIZE = 32,
    KEY_RESPONSE_SIZE = 64,
    KEY_OFFSET = 32,
    KEY_SIZE = 32,
    PAGE_SIZE = 4096,
    PRIVLEVEL_MAX = 3,
    GUEST_FIELDS = 0x3f,
};

#define SNP_GET_REPORT 0xc0205300u
#define SNP_GET_DERIVED_KEY 0xc0205301u
#define SNP_GET_EXT_REPORT 0xc0205302u

/* exitinfo2: the hypervisor's error above the firmware's. */
#define NO_FIRMWARE_CALL 0xffu
#define FIRMWARE_INVALID_PARAMETER 0x16u
#define HYPERVISOR_INVALID_LENGTH (1ull << 32)
#define HYPERVISOR_BUSY (2ull << 32)

/* spec: Linux, include/uapi/linux/sev-guest.h, "struct snp_guest_request_ioctl" */
struct call {
    struct sim_sev_guest *guest;
    const struct sim_memory *child;
    uint64_t request, response; /* addresses */
    uint64_t error;             /* exitinfo2 */
};

/* What the guest asked for, in any of the reports' requests. */
struct wanted {
    uint8_t report_data[SIM_REPORT_DATA_SIZE];
    uint32_t vmpl;
    uint64_t certificates;
    uint32_t certificates_size;
};

static void pause_for(unsigned delay_ms)
{
    nanosleep(&(struct timespec){delay_ms / 1000, delay_ms % 1000 * 1000000L}, NULL);
}

/* What the host or the firmware does wrong; 0: nothing. */
static long fault_of(struct call *call)
{
    struct sim_faults *const faults = &call->guest->faults;
    if (sim_fault_happens(faults, SIM_FAULT_BUSY)) {
        call->error = HYPERVISOR_BUSY;
        return -EAGAIN;
    }
    if (sim_fault_happens(faults, SIM_FAULT_TIMED_OUT)) {
        call->error = HYPERVISOR_BUSY;
        return -ETIMEDOUT;
    }
    if (sim_fault_happens(faults, SIM_FAULT_INTERRUPTED))
        return -EINTR;
    if (sim_fault_happens(faults, SIM_FAULT_UNLOADED)) /* the driver gave up its message key */
        return -ENOTTY;
    if (sim_fault_happens(faults, SIM_FAULT_FAILED)) {
        call->error = FIRMWARE_INVALID_PARAMETER;
        return -EIO;
    }
    return 0;
}

static long read_request(const struct call *call, size_t size, struct wanted *out)
{
    uint8_t bytes[EXTENDED_REQUEST_SIZE];
    if (!call->request || !call->response)
        return -EINVAL;
    if (sim_memory_read(call->child, call->request, bytes, size) != 0)
        return -EFAULT;
    struct reader reader = reader_of((slice){bytes, size});
    read_exactly(&reader, out->report_data, sizeof out->report_data);
    out->vmpl = read_le32(&reader);
    read_bytes(&reader, REPORT_REQUEST_SIZE - SIM_REPORT_DATA_SIZE - 4);
    if (size == EXTENDED_REQUEST_SIZE) {
        out->certificates = read_le64(&reader);
        out->certificates_size = read_le32(&reader);
    }
    return 0;
}

/* A firmware that refuses says so inside its message; the driver passes that on. */
static long write_report(const struct call *call, uint32_t firmware_status, size_t stated_size,
                         slice report)
{
    uint8_t space[REPORT_RESPONSE_SIZE] = {0};
    struct writer writer = writer_over(space, sizeof space);
    write_le32(&writer, firmware_status);
    write_le32(&writer, (uint32_t)stated_size);
    if (report.size)
        memcpy(space + REPORT_OFFSET, report.data, report.size);
    return sim_memory_write(call->child, call->response, SLICE(space));
}

static long answer_report(struct call *call, const struct wanted *wanted)
{
    static const uint8_t zeros[SIM_REPORT_DATA_SIZE];
    const struct sim_machine *const machine = call->guest->machine;
    struct sim_faults *const faults = &call->guest->faults;
    SCOPED(buffer) report = {0};
    const bool is_old = sim_fault_happens(faults, SIM_FAULT_OLD_REPORT);
    if (wanted->vmpl < machine->privlevel_floor || wanted->vmpl > PRIVLEVEL_MAX)
        return write_report(call, FIRMWARE_INVALID_PARAMETER, 0, (slice){0});
    if (machine
            ->report(machine, wanted->vmpl, is_old ? SLICE(zeros) : SLICE(wanted->report_data),
                     &report)
            .fault ||
        report.size > REPORT_RESPONSE_SIZE - REPORT_OFFSET)
        return -EIO;
    if (sim_fault_happens(faults, SIM_FAULT_EMPTY))
        return write_report(call, 0, 0, (slice){0});
    const bool is_oversized = sim_fault_happens(faults, SIM_FAULT_OVERSIZED);
    return write_report(call, 0, is_oversized ? REPORT_RESPONSE_SIZE : report.size,
                        buffer_view(&report));
}

static long get_report(struct call *call)
{
    struct wanted wanted = {.vmpl = 0};
    long error = read_request(call, REPORT_REQUEST_SIZE, &wanted);
    if (!error)
        error = fault_of(call);
    return error ? error : answer_report(call, &wanted);
}

/* The driver tells the size that is needed in the request itself, and why in its second error. */
static long tell_size(struct call *call, size_t needed)
{
    uint8_t field[4];
    struct writer writer = writer_over(field, sizeof field);
    write_le32(&writer, (uint32_t)needed);
    call->error = HYPERVISOR_INVALID_LENGTH;
    return sim_memory_write(call->child, call->request + REPORT_REQUEST_SIZE + 8, SLICE(field))
               ? -EFAULT
               : -EIO;
}

static long get_extended_report(struct call *call)
{
    struct wanted wanted = {.vmpl = 0};
    long error = read_request(call, EXTENDED_REQUEST_SIZE, &wanted);
    if (error)
        return error;
    const slice table = call->guest->machine->certificates;
    const size_t needed = (table.size + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
    const size_t given = wanted.certificates ? wanted.certificates_size : 0;
    if (given > SIM_SEV_GUEST_CERTIFICATES_MAX || given % PAGE_SIZE)
        return -EINVAL;
    error = fault_of(call);
    if (error)
        return error;
    if (given < needed)
        return tell_size(call, needed);
    error = answer_report(call, &wanted);
    return error ? error : sim_memory_write(call->child, wanted.certificates, table);
}

/* Of the same request in the same guest, the same key. */
static long get_derived_key(struct call *call)
{
    uint8_t request[KEY_REQUEST_SIZE], response[KEY_RESPONSE_SIZE] = {0};
    struct digest key;
    if (!call->request || !call->response)
        return -EINVAL;
    if (sim_memory_read(call->child, call->request, request, sizeof request) != 0)
        return -EFAULT;
    const long error = fault_of(call);
    if (error)
        return error;
    struct reader reader = reader_of(SLICE(request));
    const uint32_t root = read_le32(&reader);
    read_le32(&reader);
    const uint64_t fields = read_le64(&reader);
    const uint32_t vmpl = read_le32(&reader);
    if (root > 7 || fields & ~(uint64_t)GUEST_FIELDS || vmpl > PRIVLEVEL_MAX ||
        vmpl < call->guest->machine->privlevel_floor) {
        response[0] = FIRMWARE_INVALID_PARAMETER;
    } else if (hmac(HASH_SHA256, SLICE(call->guest->secret), SLICE(request), &key).fault) {
        return -EIO;
    } else {
        memcpy(response + KEY_OFFSET, key.data, KEY_SIZE);
    }
    return sim_memory_write(call->child, call->response, SLICE(response));
}

static long answer(struct call *call, uint32_t request)
{
    switch (request) {
    case SNP_GET_REPORT:
        return get_report(call);
    case SNP_GET_DERIVED_KEY:
        return get_derived_key(call);
    case SNP_GET_EXT_REPORT:
        return get_extended_report(call);
    default:
        return -ENOTTY;
    }
}

static long on_ioctl(const struct sim_device *device, uint32_t request,
                     const struct sim_memory *child, uint64_t argument)
{
    uint8_t bytes[CALL_SIZE], error_field[8];
    struct call call = {.guest = device->model, .child = child, .error = NO_FIRMWARE_CALL};
    if (sim_memory_read(child, argument, bytes, sizeof bytes) != 0)
        return -EFAULT;
    struct reader reader = reader_of(SLICE(bytes));
    const uint8_t version = read_u8(&reader);
    read_bytes(&reader, 7);
    call.request = read_le64(&reader);
    call.response = read_le64(&reader);
    if (version == 0)
        return -EINVAL;
    pause_for(call.guest->delay_ms);
    const long result = answer(&call, request);
    if (result == 0)
        call.error = 0;
    struct writer writer = writer_over(error_field, sizeof error_field);
    write_le64(&writer, call.error);
    return sim_memory_write(child, argument + 24, SLICE(error_field)) ? -EFAULT : result;
}

static long on_open(const struct sim_device *device, int flags)
{
    struct sim_sev_guest *const guest = device->model;
    (void)flags;
    return sim_fault_happens(&guest->faults, SIM_FAULT_GONE) ? -ENODEV : 0;
}

status sim_sev_guest_make(const struct sim_machine *machine,
                          const struct sim_tsm_settings *settings, struct sim_sev_guest *out)
{
    struct sim_sev_guest guest = {
        .machine = machine, .faults = sim_faults_of(settings), .delay_ms = settings->delay_ms};
    TRY(random_bytes(guest.secret, sizeof guest.secret));
    *out = guest;
    return OK;
}

struct sim_device sim_sev_guest_device(struct sim_sev_guest *guest)
{
    return (struct sim_device){
        .path = "/dev/sev-guest", .model = guest, .open = on_open, .ioctl = on_ioctl};
}
