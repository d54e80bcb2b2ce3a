/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/given.h"

#include "cli/print.h"
#include "codec/text.h"
#include "evidence/tpm/pack.h"
#include "gateway/load.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Hex doubles evidence, and PEM and CMW wrap it: files may be this much larger. */
enum { FILE_SIZE_MAX = 4 * EVIDENCE_SIZE_MAX, MEDIA_TYPE_SIZE = 64 };

void given_evidence_clear(struct given_evidence *evidence)
{
    buffer_clear(&evidence->bytes);
    *evidence = (struct given_evidence){0};
}

static status read_standard_input(struct buffer *out, struct problem *problem)
{
    uint8_t chunk[4096];
    SCOPED(buffer) content = {0};
    for (;;) {
        const ssize_t size = read(STDIN_FILENO, chunk, sizeof chunk);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return problem_at(problem, 0, "standard input: %s", strerror(errno));
        if (size == 0)
            break;
        if (content.size + (size_t)size > FILE_SIZE_MAX)
            return problem_at(problem, 0, "standard input: is larger than %d bytes", FILE_SIZE_MAX);
        TRY(buffer_append(&content, (slice){chunk, (size_t)size}));
    }
    *out = buffer_take(&content);
    return OK;
}

static status explain(const char *path, status failed, struct problem *problem)
{
    (void)problem_at(problem, 0, "%s: %s", path, failed.fault->what);
    return failed;
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* The plain files of a folder, in the order of their names. */
struct folder {
    struct buffer files[TPM_PACK_FILES_MAX];
    size_t count;
};

static void folder_clear(struct folder *folder)
{
    for (size_t i = 0; i < folder->count; i++)
        buffer_clear(&folder->files[i]);
}

static status read_entry(const char *path, const char *name, struct folder *out,
                         struct problem *problem)
{
    char file[PATH_MAX];
    struct stat info;
    const int size = snprintf(file, sizeof file, "%s/%s", path, name);
    if (size < 0 || (size_t)size >= sizeof file)
        return problem_at(problem, 0, "%s: the path is too long", name);
    if (stat(file, &info) != 0 || !S_ISREG(info.st_mode))
        return OK;
    if (out->count == TPM_PACK_FILES_MAX)
        return problem_at(problem, 0, "%s: has more than %d files", path, TPM_PACK_FILES_MAX);
    return file_load(file, FILE_SIZE_MAX, &out->files[out->count++], problem);
}

static status read_folder(const char *path, struct folder *out, struct problem *problem)
{
    struct dirent **entries;
    status result = OK;
    const int count = scandir(path, &entries, is_visible, alphasort);
    if (count < 0)
        return problem_at(problem, 0, "%s: %s", path, strerror(errno));
    for (int i = 0; i < count; i++) {
        if (!result.fault)
            result = read_entry(path, entries[i]->d_name, out, problem);
        free(entries[i]);
    }
    free(entries);
    return result;
}

/* A TPM's tools leave several files: a folder of them is one evidence. */
static status load_folder(const char *path, struct buffer *out, struct problem *problem)
{
    slice files[TPM_PACK_FILES_MAX];
    SCOPED(folder) folder = {0};
    if (read_folder(path, &folder, problem).fault)
        return FAIL(UNAVAILABLE, "the evidence cannot be read");
    for (size_t i = 0; i < folder.count; i++)
        files[i] = buffer_view(&folder.files[i]);
    const status packed = tpm_pack_files(files, folder.count, out);
    return packed.fault ? explain(path, packed, problem) : OK;
}

static status tell_platform(const char *path, const struct platform *wanted,
                            struct given_evidence *evidence, struct problem *problem)
{
    const struct platform *const found = platform_of(buffer_view(&evidence->bytes));
    if (!found)
        return explain(path, FAIL(UNSUPPORTED, "is no evidence that this build knows"), problem);
    if (wanted && found != wanted) {
        (void)problem_at(problem, 0, "%s: is evidence of %s, not of %s", path, found->name,
                         wanted->name);
        return FAIL(UNSUPPORTED, "is evidence of another platform");
    }
    evidence->platform = found;
    return OK;
}

static status load_file(const char *path, struct buffer *out, struct problem *problem)
{
    char type[MEDIA_TYPE_SIZE];
    SCOPED(buffer) file = {0};
    const status read = strcmp(path, "-") == 0 ? read_standard_input(&file, problem)
                                               : file_load(path, FILE_SIZE_MAX, &file, problem);
    if (read.fault)
        return FAIL(UNAVAILABLE, "the evidence cannot be read");
    const status unwrapped = evidence_unwrap(buffer_view(&file), out, type);
    return unwrapped.fault ? explain(path, unwrapped, problem) : OK;
}

status given_evidence_load(const char *path, const struct platform *wanted,
                           struct given_evidence *out, struct problem *out_problem)
{
    SCOPED(given_evidence) evidence = {0};
    TRY(is_folder(path) ? load_folder(path, &evidence.bytes, out_problem)
                        : load_file(path, &evidence.bytes, out_problem));
    TRY(tell_platform(path, wanted, &evidence, out_problem));
    *out = evidence;
    evidence = (struct given_evidence){0};
    return OK;
}

const char *given_evidence_reason(status failed)
{
    return evidence_unread_reason(failed);
}

bool given_platform(const char *command, const char *name, const struct platform **out)
{
    if (!name)
        return true;
    *out = platform_named(name);
    if (*out)
        return true;
    fprintf(stderr, "%s: --platform '", command);
    print_escaped(stderr, slice_of_text(name));
    fputs("' is none of:", stderr);
    for (size_t i = 0; platform_at(i); i++)
        fprintf(stderr, " %s", platform_at(i)->name);
    fputc('\n', stderr);
    return false;
}

bool given_report_data(const char *command, const char *hex, uint8_t out[BINDING_SIZE],
                       size_t *out_size)
{
    SCOPED(buffer) bytes = {0};
    if (!hex)
        return true;
    if (hex_read(slice_of_text(hex), &bytes).fault || !bytes.size || bytes.size > BINDING_SIZE) {
        fprintf(stderr, "%s: --report-data wants 1 to %d bytes in hex\n", command, BINDING_SIZE);
        return false;
    }
    memset(out, 0, BINDING_SIZE);
    memcpy(out, bytes.data, bytes.size);
    *out_size = bytes.size;
    return true;
}

bool given_time(const char *command, const char *text, int64_t *out_s)
{
    if (!text || !time_read(slice_of_text(text), out_s).fault)
        return true;
    fprintf(stderr, "%s: --at wants a time such as 2026-01-15T00:00:00Z\n", command);
    return false;
}
