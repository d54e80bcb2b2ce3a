/* SPDX-License-Identifier: Apache-2.0 */
#include "collateral/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_NAME ".lock"
#define DRAFT_NAME ".draft"

enum { PATH_SIZE = 1024, CHUNK_SIZE = 4096 };

static status unwritable(void)
{
    switch (errno) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return FAIL(UNAVAILABLE, "the disk is full: the cache is as it was");
    case EROFS:
        return FAIL(UNAVAILABLE, "the cache is on a read-only file system");
    case EACCES:
    case EPERM:
        return FAIL(UNAVAILABLE, "this user may not write the cache");
    default:
        return FAIL(UNAVAILABLE, "the cache cannot be written");
    }
}

void cache_folder_clear(struct cache_folder *folder)
{
    if (folder->is_open)
        close(folder->file);
    if (folder->can_write)
        close(folder->lock);
    *folder = (struct cache_folder){0};
}

static status make_folders(const char *path)
{
    char partial[PATH_SIZE];
    const size_t size = strlen(path);
    if (size == 0 || size >= sizeof partial)
        return FAIL(EXHAUSTED, "the cache's path is empty or too long");
    for (size_t i = 1; i <= size; i++) {
        if (path[i] != '/' && path[i] != 0)
            continue;
        memcpy(partial, path, i);
        partial[i] = 0;
        if (mkdir(partial, 0755) != 0 && errno != EEXIST && errno != EISDIR)
            return unwritable();
    }
    return OK;
}

static status open_lock(struct cache_folder *folder)
{
    folder->lock = openat(folder->file, LOCK_NAME,
                          O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
    folder->can_write = folder->lock >= 0;
    return folder->can_write ? OK : unwritable();
}

status folder_open(const char *path, bool for_writing, struct cache_folder *out)
{
    SCOPED(cache_folder) folder = {0};
    if (for_writing)
        TRY(make_folders(path));
    folder.file = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    folder.is_open = folder.file >= 0;
    if (!folder.is_open)
        return errno == ENOENT ? FAIL(UNAVAILABLE, "there is no cache here yet")
                               : FAIL(UNAVAILABLE, "the cache cannot be opened as a folder");
    if (for_writing)
        TRY(open_lock(&folder));
    *out = folder;
    folder = (struct cache_folder){0};
    return OK;
}

status folder_lock(struct cache_folder *folder)
{
    if (!folder->can_write)
        return FAIL(INTERNAL, "the cache was opened for reading");
    while (flock(folder->lock, LOCK_EX) != 0)
        if (errno != EINTR)
            return FAIL(UNAVAILABLE, "the cache cannot be locked");
    unlinkat(folder->file, DRAFT_NAME, 0); /* left by somebody who was killed */
    return OK;
}

void folder_unlock(struct cache_folder *folder)
{
    flock(folder->lock, LOCK_UN);
}

static status read_chunks(int file, size_t most, struct buffer *out)
{
    uint8_t chunk[CHUNK_SIZE];
    for (;;) {
        const ssize_t size = read(file, chunk, sizeof chunk);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return FAIL(UNAVAILABLE, "a file of the cache cannot be read");
        if (size == 0)
            return OK;
        if ((size_t)size > most - out->size)
            return FAIL(EXHAUSTED, "a file of the cache is larger than we read");
        TRY(buffer_append(out, (slice){chunk, (size_t)size}));
    }
}

static status read_plain(int file, size_t most, struct buffer *out, int64_t *out_changed_s)
{
    struct stat about;
    SCOPED(buffer) bytes = {0};
    if (fstat(file, &about) != 0 || !S_ISREG(about.st_mode))
        return FAIL(UNAVAILABLE, "a file of the cache is not a plain file");
    TRY(read_chunks(file, most, &bytes));
    *out_changed_s = about.st_mtime;
    *out = buffer_take(&bytes);
    return OK;
}

status folder_read(const struct cache_folder *folder, const char *name, size_t most,
                   struct buffer *out, int64_t *out_changed_s)
{
    const int file = openat(folder->file, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0)
        return FAIL(UNAVAILABLE, "a file of the cache cannot be opened");
    const status done = read_plain(file, most, out, out_changed_s);
    close(file);
    return done;
}

static bool write_all(int file, slice bytes)
{
    while (bytes.size) {
        const ssize_t size = write(file, bytes.data, bytes.size);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return false;
        bytes = (slice){bytes.data + size, bytes.size - (size_t)size};
    }
    return true;
}

/* Closing can be where a disk says that it is full. */
static status write_draft(const struct cache_folder *folder, slice bytes)
{
    const int file = openat(folder->file, DRAFT_NAME,
                            O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (file < 0)
        return unwritable();
    status done = write_all(file, bytes) && fsync(file) == 0 ? OK : unwritable();
    if (close(file) != 0 && !done.fault)
        done = unwritable();
    return done;
}

status folder_replace(const struct cache_folder *folder, const char *name, slice bytes)
{
    status done = write_draft(folder, bytes);
    if (!done.fault && renameat(folder->file, DRAFT_NAME, folder->file, name) != 0)
        done = unwritable();
    if (!done.fault && fsync(folder->file) != 0)
        done = unwritable();
    if (done.fault)
        unlinkat(folder->file, DRAFT_NAME, 0);
    return done;
}

status folder_remove(const struct cache_folder *folder, const char *name)
{
    if (unlinkat(folder->file, name, 0) != 0 && errno != ENOENT)
        return unwritable();
    return fsync(folder->file) == 0 ? OK : unwritable();
}

static status each_of(DIR *listing, status (*next)(void *context, const char *name), void *context)
{
    const struct dirent *file;
    size_t count = 0;
    while ((file = readdir(listing))) {
        if (file->d_name[0] == '.')
            continue;
        if (++count > FOLDER_FILES_MAX)
            return FAIL(EXHAUSTED, "the cache holds more files than we read");
        TRY(next(context, file->d_name));
    }
    return OK;
}

status folder_each(const struct cache_folder *folder,
                   status (*next)(void *context, const char *name), void *context)
{
    const int file = openat(folder->file, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *const listing = file < 0 ? NULL : fdopendir(file);
    if (!listing) {
        if (file >= 0)
            close(file);
        return FAIL(UNAVAILABLE, "the cache cannot be listed");
    }
    const status done = each_of(listing, next, context);
    closedir(listing);
    return done;
}
