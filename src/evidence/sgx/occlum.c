/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/sgx/occlum.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

/* The argument of the second: three pointers. */
#define GET_QUOTE_SIZE 0x80047307ul
#define GENERATE_QUOTE 0xc0187308ul

enum {
    QUOTE_SIZE_MAX = 64 << 10,
    REPORT_DATA_SIZE = 64,
    TRIES_MAX = 10, /* with doubled pauses from 1 ms: about a second in all */
};

struct device {
    int file;
    bool opened;
};

static void device_clear(struct device *device)
{
    if (device->opened)
        close(device->file);
    *device = (struct device){0};
}

static status refused(int error)
{
    switch (error) {
    case ENOENT:
        return FAIL(UNAVAILABLE, OCCLUM_DEVICE " is absent: this is no Occlum enclave");
    case EACCES:
    case EPERM:
        return FAIL(UNAVAILABLE, "this user may not use " OCCLUM_DEVICE);
    case ENOTTY:
    case ENOSYS:
        return FAIL(UNAVAILABLE, OCCLUM_DEVICE " is not Occlum's, or was built without DCAP");
    case EBUSY:
    case EAGAIN:
        return FAIL(UNAVAILABLE, "the quoting service stayed busy");
    case EINTR:
        return FAIL(UNAVAILABLE, "the request for a quote was interrupted again and again");
    default:
        return FAIL(UNAVAILABLE, "Occlum could not get a quote");
    }
}

static status device_open(struct device *out)
{
    out->file = open(OCCLUM_DEVICE, O_RDONLY | O_CLOEXEC);
    out->opened = out->file >= 0;
    return out->opened ? OK : refused(errno);
}

static status call(const struct device *device, unsigned long request, void *argument)
{
    int error = 0;
    for (int try = 0; try < TRIES_MAX; try++) {
        error = ioctl(device->file, request, argument) < 0 ? errno : 0;
        if (error != EBUSY && error != EAGAIN && error != EINTR)
            break;
        const long ms = 1L << try;
        nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
    }
    return error ? refused(error) : OK;
}

static status quote_size(const struct device *device, uint32_t *out)
{
    TRY(call(device, GET_QUOTE_SIZE, out));
    return *out > 0 && *out <= QUOTE_SIZE_MAX
               ? OK
               : FAIL(UNAVAILABLE, "Occlum announced a quote that is empty or larger than we read");
}

bool sgx_occlum_is_here(void)
{
    SCOPED(device) device = {0};
    uint32_t size = 0;
    return !device_open(&device).fault && !quote_size(&device, &size).fault;
}

status sgx_occlum_quote(slice report_data, struct buffer *out_quote)
{
    static const uint8_t zeros[4096];
    SCOPED(device) device = {0};
    SCOPED(buffer) quote = {0};
    uint32_t size = 0;
    if (report_data.size != REPORT_DATA_SIZE)
        return FAIL(INTERNAL, "report data has exactly 64 bytes");
    TRY(device_open(&device));
    TRY(quote_size(&device, &size));
    for (size_t left = size; left; left -= left < sizeof zeros ? left : sizeof zeros)
        TRY(buffer_append(&quote, (slice){zeros, left < sizeof zeros ? left : sizeof zeros}));

    struct {
        const uint8_t *report_data;
        uint32_t *size;
        uint8_t *quote;
    } argument = {report_data.data, &size, quote.data};
    TRY(call(&device, GENERATE_QUOTE, &argument));
    if (size == 0 || size > quote.size)
        return FAIL(UNAVAILABLE, "Occlum returned a quote of another size than it announced");
    quote.size = size;
    *out_quote = buffer_take(&quote);
    return OK;
}
