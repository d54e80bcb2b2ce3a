/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tdx/rtmr.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static status refused(int error)
{
    switch (error) {
    case ENOENT:
        return FAIL(UNAVAILABLE, "the kernel shows no run-time registers (Linux 6.16 or later, in "
                                 "a TDX guest)");
    case EACCES:
    case EPERM:
        return FAIL(UNAVAILABLE, "this user may not use that run-time register");
    case EINVAL:
        return FAIL(UNAVAILABLE, "that run-time register cannot be extended");
    default:
        return FAIL(UNAVAILABLE, "the TDX module refused the run-time register");
    }
}

static status open_register(unsigned index, int flags, int *out)
{
    char path[sizeof TDX_MEASUREMENTS + 32];
    if (index >= TDX_RTMR_COUNT)
        return FAIL(INTERNAL, "a TD has four run-time registers");
    snprintf(path, sizeof path, TDX_MEASUREMENTS "/rtmr%u:sha384", index);
    *out = open(path, flags | O_CLOEXEC | O_NOFOLLOW);
    return *out < 0 ? refused(errno) : OK;
}

status tdx_rtmr_read(unsigned index, uint8_t out[TDX_RTMR_SIZE])
{
    int file;
    TRY(open_register(index, O_RDONLY, &file));
    const ssize_t size = read(file, out, TDX_RTMR_SIZE);
    const int error = size < 0 ? errno : EIO;
    close(file);
    return size == TDX_RTMR_SIZE ? OK : refused(error);
}

/* In one write: the kernel takes whole digests only. */
status tdx_rtmr_extend(unsigned index, const uint8_t digest[TDX_RTMR_SIZE])
{
    int file;
    TRY(open_register(index, O_WRONLY, &file));
    const ssize_t size = write(file, digest, TDX_RTMR_SIZE);
    const int error = size < 0 ? errno : EIO;
    close(file);
    return size == TDX_RTMR_SIZE ? OK : refused(error);
}
