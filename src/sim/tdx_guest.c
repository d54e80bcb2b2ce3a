/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/tdx_guest.h"

#include "codec/reader.h"
#include "codec/writer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    FRAME_SIZE = 4,
    HEADER_SIZE = 16,
    REQUEST_SIZE_MAX = 4096,
    MAJOR_VERSION = 1,
    GET_QUOTE_REQ = 0,
    GET_QUOTE_RESP = 1,
    ERROR_UNEXPECTED = 0x12001,
    ERROR_INVALID_PARAMETER = 0x12003,
    ERROR_INVALID_VERSION = 0x12004,
    ERROR_INVALID_TYPE = 0x12005,
    ERROR_INVALID_SIZE = 0x12006,
    OVERSIZED = 16 << 20,
    REGISTER_SIZE = 48,
};

#define TDX_CMD_GET_REPORT0 0xc4405401u

struct sim_tdx_guest sim_tdx_guest_of(const struct sim_tdx *td,
                                      const struct sim_tsm_settings *settings)
{
    return (struct sim_tdx_guest){.td = td,
                                  .device_faults = sim_faults_of(settings),
                                  .service_faults = sim_faults_of(settings),
                                  .delay_ms = settings->delay_ms};
}

/* The device: what goes wrong before a report is there. */

static long on_open(const struct sim_device *device, int flags)
{
    struct sim_tdx_guest *const guest = device->model;
    (void)flags;
    return sim_fault_happens(&guest->device_faults, SIM_FAULT_GONE) ? -ENODEV : 0;
}

static long on_ioctl(const struct sim_device *device, uint32_t request,
                     const struct sim_memory *child, uint64_t argument)
{
    struct sim_tdx_guest *const guest = device->model;
    uint8_t report_data[SIM_REPORT_DATA_SIZE];
    SCOPED(buffer) report = {0};
    if (request != TDX_CMD_GET_REPORT0)
        return -ENOTTY;
    if (sim_memory_read(child, argument, report_data, sizeof report_data) != 0)
        return -EFAULT;
    if (sim_fault_happens(&guest->device_faults, SIM_FAULT_UNLOADED) ||
        sim_tdx_report(guest->td, SLICE(report_data), &report).fault)
        return -EIO;
    return sim_memory_write(child, argument + sizeof report_data, buffer_view(&report));
}

struct sim_device sim_tdx_guest_device(struct sim_tdx_guest *guest)
{
    return (struct sim_device){
        .path = "/dev/tdx_guest", .model = guest, .open = on_open, .ioctl = on_ioctl};
}

/* Measurements */

#define MEASUREMENTS "/sys/devices/virtual/misc/tdx_guest/measurements"

static long on_read(const struct sim_device *device, uint8_t *out, size_t size, uint64_t offset)
{
    const struct sim_tdx_register *const about = device->model;
    const uint8_t *const value = about->td->registers[about->index];
    if (offset >= REGISTER_SIZE)
        return 0;
    const size_t left = REGISTER_SIZE - (size_t)offset;
    const size_t count = size < left ? size : left;
    memcpy(out, value + offset, count);
    return (long)count;
}

/* Whole digests only. */
static long on_write(const struct sim_device *device, slice bytes, uint64_t offset)
{
    const struct sim_tdx_register *const about = device->model;
    if (offset != 0 || bytes.size != REGISTER_SIZE)
        return -EINVAL;
    return sim_tdx_extend(about->td, about->index, bytes).fault ? -EIO : REGISTER_SIZE;
}

static status show_registers(struct sim_tdx_guest *guest, struct sim_stage *stage)
{
    for (size_t i = 0; i < SIM_RTMR_COUNT; i++) {
        struct sim_tdx_register *const about = &guest->registers[i];
        about->td = guest->td;
        about->index = i;
        snprintf(about->path, sizeof about->path, MEASUREMENTS "/rtmr%zu:sha384", i);
        const struct sim_device device = {.path = about->path,
                                          .model = about,
                                          .mode = S_IFREG | 0644,
                                          .read = on_read,
                                          .write = on_write};
        TRY(sim_stage_device(stage, &device));
    }
    return OK;
}

status sim_tdx_guest_show_measurements(struct sim_tdx_guest *guest, struct sim_stage *stage)
{
    static const uint8_t zeros[REGISTER_SIZE];
    const struct sim_tdx_settings *const settings = &guest->td->settings;
    TRY(show_registers(guest, stage));
    TRY(sim_stage_file(stage, MEASUREMENTS "/mrtd:sha384", SLICE(settings->mrtd)));
    TRY(sim_stage_file(stage, MEASUREMENTS "/mrconfigid", SLICE(settings->mr_config_id)));
    TRY(sim_stage_file(stage, MEASUREMENTS "/mrowner", SLICE(zeros)));
    TRY(sim_stage_file(stage, MEASUREMENTS "/mrownerconfig", SLICE(zeros)));
    return sim_stage_folder(stage, MEASUREMENTS, "measurements");
}

/* The service */

static bool receive_exactly(int connection, uint8_t *out, size_t size)
{
    while (size) {
        const ssize_t count = recv(connection, out, size, 0);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        out += count;
        size -= (size_t)count;
    }
    return true;
}

static bool send_all(int connection, slice bytes)
{
    while (bytes.size) {
        const ssize_t size = send(connection, bytes.data, bytes.size, MSG_NOSIGNAL);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return false;
        bytes = (slice){bytes.data + size, bytes.size - (size_t)size};
    }
    return true;
}

/* 0 and the report, or the service's own error. */
static uint32_t read_request(slice message, slice *out_report)
{
    struct reader reader = reader_of(message);
    const uint16_t major = read_le16(&reader);
    read_le16(&reader);
    const uint32_t type = read_le32(&reader);
    const uint32_t size = read_le32(&reader);
    read_le32(&reader);
    const uint32_t report_size = read_le32(&reader);
    const uint32_t id_list_size = read_le32(&reader);
    *out_report = read_bytes(&reader, report_size);
    read_bytes(&reader, id_list_size);
    if (major != MAJOR_VERSION)
        return ERROR_INVALID_VERSION;
    if (type != GET_QUOTE_REQ)
        return ERROR_INVALID_TYPE;
    return size != message.size || reader_finish(&reader).fault ? ERROR_INVALID_SIZE : 0;
}

static uint32_t make_quote(struct sim_tdx_guest *guest, slice message, struct buffer *out)
{
    static const uint8_t zeros[SIM_REPORT_DATA_SIZE];
    struct sim_faults *const faults = &guest->service_faults;
    slice report;
    const uint32_t error = read_request(message, &report);
    if (error)
        return error;
    if (sim_fault_happens(faults, SIM_FAULT_FAILED))
        return ERROR_UNEXPECTED;
    if (sim_fault_happens(faults, SIM_FAULT_EMPTY))
        return 0;
    if (sim_fault_happens(faults, SIM_FAULT_OLD_REPORT))
        return sim_tdx_quote(guest->td, SLICE(zeros), out).fault ? ERROR_UNEXPECTED : 0;
    return sim_tdx_quote_of_report(guest->td, report, out).fault ? ERROR_INVALID_PARAMETER : 0;
}

static bool answer(struct sim_tdx_guest *guest, int connection, slice message)
{
    uint8_t head[FRAME_SIZE + HEADER_SIZE + 8];
    SCOPED(buffer) quote = {0};
    const uint32_t error = make_quote(guest, message, &quote);
    const uint32_t size = HEADER_SIZE + (error ? 0 : 8 + (uint32_t)quote.size);
    const bool is_oversized = sim_fault_happens(&guest->service_faults, SIM_FAULT_OVERSIZED);
    struct writer writer = writer_over(head, sizeof head);
    write_be32(&writer, is_oversized ? OVERSIZED : size);
    write_le16(&writer, MAJOR_VERSION);
    write_le16(&writer, 0);
    write_le32(&writer, GET_QUOTE_RESP);
    write_le32(&writer, size);
    write_le32(&writer, error);
    if (!error) {
        write_le32(&writer, 0); /* it had no choice of key ids */
        write_le32(&writer, (uint32_t)quote.size);
    }
    slice rest = buffer_view(&quote);
    if (sim_fault_happens(&guest->service_faults, SIM_FAULT_INTERRUPTED)) {
        (void)send_all(connection, (slice){head, sizeof head / 2});
        return false;
    }
    return send_all(connection, (slice){writer.data, writer.size}) && send_all(connection, rest);
}

/* Until the other side has enough of it. */
static void stay_silent(int connection)
{
    uint8_t byte;
    while (recv(connection, &byte, 1, 0) == 1)
        ;
}

void sim_tdx_quoting_service(int connection, void *context)
{
    struct sim_tdx_guest *const guest = context;
    uint8_t frame[FRAME_SIZE], message[REQUEST_SIZE_MAX];
    if (sim_fault_happens(&guest->service_faults, SIM_FAULT_BUSY))
        return;
    while (receive_exactly(connection, frame, sizeof frame)) {
        struct reader reader = reader_of(SLICE(frame));
        const uint32_t size = read_be32(&reader);
        if (size > sizeof message || !receive_exactly(connection, message, size))
            return;
        if (sim_fault_happens(&guest->service_faults, SIM_FAULT_TIMED_OUT)) {
            stay_silent(connection);
            return;
        }
        nanosleep(&(struct timespec){guest->delay_ms / 1000, guest->delay_ms % 1000 * 1000000L},
                  NULL);
        if (!answer(guest, connection, (slice){message, size}))
            return;
    }
}
