/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/nitro/collect.h"

#include "evidence/nitro/document.h"
#include "evidence/nitro/nsm.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct device {
    int file;
};

static void device_clear(struct device *device)
{
    if (device->file >= 0)
        close(device->file);
    device->file = -1;
}

/* Whoever names a folder of reports means what is there. */
bool nitro_is_here(const struct collection *where)
{
    return !where->tsm_root && access(NSM_DEVICE, R_OK | W_OK) == 0;
}

/* spec: Linux, drivers/misc/nsm.c */
static status failed(int error)
{
    switch (error) {
    case ENOENT:
    case ENXIO:
    case ENODEV:
        return FAIL(UNAVAILABLE, "there is no Nitro security module: /dev/nsm is absent");
    case EACCES:
    case EPERM:
        return FAIL(UNAVAILABLE, "this user may not use /dev/nsm");
    case EMSGSIZE:
        return FAIL(UNAVAILABLE, "the driver of /dev/nsm finds the request too large");
    case ETIMEDOUT:
        return FAIL(UNAVAILABLE, "the Nitro security module did not answer in time");
    case EIO:
    case ENODATA:
        return FAIL(UNAVAILABLE, "the driver of /dev/nsm got no answer that is one");
    case EFAULT:
    case EINVAL:
    case ENOTTY:
        return FAIL(UNAVAILABLE, "the driver of /dev/nsm does not know our request");
    default:
        return FAIL(UNAVAILABLE, "the driver of /dev/nsm failed");
    }
}

/* The driver cuts an answer that does not fit; there is room for the longest. */
static status exchange(const struct device *device, slice request, uint8_t *response,
                       size_t *out_size)
{
    struct nsm_message message = {(uintptr_t)request.data, request.size, (uintptr_t)response,
                                  NSM_RESPONSE_SIZE_MAX};
    if (ioctl(device->file, NSM_IOCTL_RAW, &message) != 0)
        return failed(errno);
    if (message.response_size > NSM_RESPONSE_SIZE_MAX)
        return FAIL(UNAVAILABLE, "the driver of /dev/nsm wrote more than there is room");
    *out_size = (size_t)message.response_size;
    return OK;
}

static status carries_binding(slice evidence, slice binding)
{
    struct nitro_document document;
    TRY(nitro_document_read(evidence, &document));
    return slice_equal(document.user_data, binding)
               ? OK
               : FAIL(UNAUTHENTIC, "the enclave returned a document for other user data");
}

status nitro_collect(const struct collection *request, struct buffer *out_evidence,
                     struct buffer *out_endorsements)
{
    uint8_t space[NSM_REQUEST_SIZE_MAX], response[NSM_RESPONSE_SIZE_MAX];
    struct writer writer = writer_over(space, sizeof space);
    SCOPED(device) device = {open(NSM_DEVICE, O_RDWR | O_CLOEXEC)};
    SCOPED(buffer) evidence = {0};
    slice question, document;
    size_t size = 0;
    if (device.file < 0)
        return failed(errno);
    TRY(nsm_write_attestation_request(&writer, request->binding));
    TRY(writer_finish(&writer, &question));
    TRY(exchange(&device, question, response, &size));
    TRY(nsm_read_attestation_response((slice){response, size}, &document));
    TRY(carries_binding(document, request->binding));
    TRY(buffer_append(&evidence, document));
    *out_evidence = buffer_take(&evidence);
    *out_endorsements = (struct buffer){0};
    return OK;
}
