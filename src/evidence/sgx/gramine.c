/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/sgx/gramine.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define TYPE_FILE GRAMINE_FOLDER "/attestation_type"
#define REPORT_DATA_FILE GRAMINE_FOLDER "/user_report_data"
#define QUOTE_FILE GRAMINE_FOLDER "/quote"

enum {
    QUOTE_SIZE_MAX = 16 << 10,
    TYPE_SIZE_MAX = 16,
    REPORT_DATA_SIZE = 64,
    INTERRUPTIONS_MAX = 16,
};

struct file {
    int descriptor;
    bool opened;
};

static void file_clear(struct file *file)
{
    if (file->opened)
        close(file->descriptor);
    *file = (struct file){0};
}

static status refused(int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR:
        return FAIL(UNAVAILABLE, GRAMINE_FOLDER " is absent: this is no Gramine enclave");
    case EACCES:
    case EPERM:
        return FAIL(UNAVAILABLE, "Gramine refused the report data or the quote");
    case EAGAIN:
        return FAIL(UNAVAILABLE, "the host's quoting service does not answer Gramine");
    case EINTR:
        return FAIL(UNAVAILABLE, "the request for a quote was interrupted again and again");
    case EFBIG:
        return FAIL(UNAVAILABLE, "Gramine returned a quote larger than we read");
    default:
        return FAIL(UNAVAILABLE, "Gramine could not get a quote");
    }
}

static status open_file(const char *path, int flags, struct file *out)
{
    out->descriptor = open(path, flags | O_CLOEXEC);
    out->opened = out->descriptor >= 0;
    return out->opened ? OK : refused(errno);
}

static status read_file(const char *path, size_t most, struct buffer *out)
{
    SCOPED(file) file = {0};
    TRY(open_file(path, O_RDONLY, &file));
    for (int interruptions = 0;;) {
        uint8_t part[4096];
        const ssize_t size = read(file.descriptor, part, sizeof part);
        if (size < 0 && errno == EINTR && interruptions++ < INTERRUPTIONS_MAX)
            continue;
        if (size < 0)
            return refused(errno);
        if (size == 0)
            return OK;
        if ((size_t)size > most - out->size)
            return refused(EFBIG);
        TRY(buffer_append(out, (slice){part, (size_t)size}));
    }
}

/* All 64 bytes at once: fewer would be followed by zeros without a word. */
static status write_report_data(slice report_data)
{
    SCOPED(file) file = {0};
    TRY(open_file(REPORT_DATA_FILE, O_WRONLY, &file));
    const ssize_t size = write(file.descriptor, report_data.data, report_data.size);
    return size < 0 ? refused(errno) : (size_t)size == report_data.size ? OK : refused(EIO);
}

bool sgx_gramine_is_here(void)
{
    return access(TYPE_FILE, F_OK) == 0;
}

static status expect_dcap(void)
{
    SCOPED(buffer) type = {0};
    TRY(read_file(TYPE_FILE, TYPE_SIZE_MAX, &type));
    while (type.size && (type.data[type.size - 1] == '\n' || type.data[type.size - 1] == 0))
        type.size--;
    return slice_equal(buffer_view(&type), slice_of_text("dcap"))
               ? OK
               : FAIL(UNAVAILABLE, "this Gramine enclave was not built to attest with DCAP: its "
                                   "manifest lacks sgx.remote_attestation = \"dcap\"");
}

status sgx_gramine_quote(slice report_data, struct buffer *out_quote)
{
    SCOPED(buffer) quote = {0};
    if (report_data.size != REPORT_DATA_SIZE)
        return FAIL(INTERNAL, "report data has exactly 64 bytes");
    TRY(expect_dcap());
    TRY(write_report_data(report_data));
    TRY(read_file(QUOTE_FILE, QUOTE_SIZE_MAX, &quote));
    if (quote.size == 0)
        return FAIL(UNAVAILABLE, "Gramine returned an empty quote");
    *out_quote = buffer_take(&quote);
    return OK;
}
