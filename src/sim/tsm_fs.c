/* SPDX-License-Identifier: Apache-2.0 */
#define FUSE_USE_VERSION 35
#include "sim/tsm_fs.h"

#include <errno.h>
#include <fuse.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_IDLE_MAX = 4 };

/* One lock over the model, held while a report is made: as the kernel's is. */
struct file_system {
    struct sim_tsm *tsm;
    pthread_mutex_t lock;
    struct timespec made_at;
};

/* "/", "/request" or "/request/attribute". */
struct place {
    char request[SIM_TSM_NAME_SIZE];
    const char *attribute; /* NULL: the request's own folder */
};

static struct file_system *lock_file_system(void)
{
    struct file_system *const fs = fuse_get_context()->private_data;
    pthread_mutex_lock(&fs->lock);
    return fs;
}

static void unlock(struct file_system *fs)
{
    pthread_mutex_unlock(&fs->lock);
}

static struct sim_file *file_of(const struct fuse_file_info *info)
{
    return (struct sim_file *)(uintptr_t)info->fh;
}

static bool is_root(const char *path)
{
    return strcmp(path, "/") == 0;
}

/* 0, or the error of a path that cannot exist here. */
static int find(const char *path, struct place *out)
{
    const char *const name = path + 1;
    const char *const slash = strchr(name, '/');
    const size_t size = slash ? (size_t)(slash - name) : strlen(name);
    if (size >= sizeof out->request)
        return -ENAMETOOLONG;
    memcpy(out->request, name, size);
    out->request[size] = 0;
    out->attribute = slash ? slash + 1 : NULL;
    return 0;
}

static void describe(const struct file_system *fs, mode_t mode, off_t size, struct stat *out)
{
    *out = (struct stat){
        .st_mode = mode,
        .st_nlink = S_ISDIR(mode) ? 2 : 1,
        .st_uid = geteuid(),
        .st_gid = getegid(),
        .st_size = size,
        .st_atim = fs->made_at,
        .st_mtim = fs->made_at,
        .st_ctim = fs->made_at,
    };
}

static int stat_place(const struct file_system *fs, const char *path, struct stat *out)
{
    struct place place;
    const int error = is_root(path) ? 0 : find(path, &place);
    if (error)
        return error;
    if (!is_root(path) && !sim_tsm_has(fs->tsm, place.request))
        return -ENOENT;
    if (is_root(path) || !place.attribute) {
        describe(fs, S_IFDIR | 0755, 0, out);
        return 0;
    }
    const struct sim_attribute *const attribute = sim_tsm_attribute_named(fs->tsm, place.attribute);
    if (!attribute)
        return -ENOENT;
    describe(fs, S_IFREG | attribute->mode, attribute->size, out);
    return 0;
}

static int on_getattr(const char *path, struct stat *out, struct fuse_file_info *info)
{
    (void)info;
    struct file_system *const fs = lock_file_system();
    const int error = stat_place(fs, path, out);
    unlock(fs);
    return error;
}

static int on_readdir(const char *path, void *list, fuse_fill_dir_t add, off_t offset,
                      struct fuse_file_info *info, enum fuse_readdir_flags flags)
{
    (void)offset, (void)info, (void)flags;
    struct file_system *const fs = lock_file_system();
    const struct sim_attribute *attribute;
    const char *name;
    add(list, ".", NULL, 0, 0);
    add(list, "..", NULL, 0, 0);
    if (is_root(path))
        for (size_t i = 0; (name = sim_tsm_name_at(fs->tsm, i)); i++)
            add(list, name, NULL, 0, 0);
    else
        for (size_t i = 0; (attribute = sim_tsm_attribute_at(fs->tsm, i)); i++)
            add(list, attribute->name, NULL, 0, 0);
    unlock(fs);
    return 0;
}

static int change_folder(const char *path, int (*change)(struct sim_tsm *, const char *))
{
    struct place place;
    const int error = find(path, &place);
    if (error || place.attribute)
        return error ? error : -EPERM; /* a request has no folders */
    struct file_system *const fs = lock_file_system();
    const int result = change(fs->tsm, place.request);
    unlock(fs);
    return result;
}

static int on_mkdir(const char *path, mode_t mode)
{
    (void)mode; /* configfs has its own */
    return change_folder(path, sim_tsm_mkdir);
}

static int on_rmdir(const char *path)
{
    return change_folder(path, sim_tsm_rmdir);
}

static int on_open(const char *path, struct fuse_file_info *info)
{
    struct place place;
    struct sim_file *file = NULL;
    int error = find(path, &place);
    if (error || !place.attribute)
        return error ? error : -EISDIR;
    struct file_system *const fs = lock_file_system();
    error = sim_tsm_open(fs->tsm, place.request, place.attribute, info->flags, &file);
    unlock(fs);
    info->fh = (uintptr_t)file;
    info->direct_io = 1; /* sizes in stat mean nothing, and nothing may be cached */
    return error;
}

static int on_read(const char *path, char *out, size_t size, off_t offset,
                   struct fuse_file_info *info)
{
    (void)path;
    struct file_system *const fs = lock_file_system();
    const ssize_t count = sim_tsm_read(fs->tsm, file_of(info), (uint8_t *)out, size, offset);
    unlock(fs);
    return (int)count;
}

static int on_write(const char *path, const char *bytes, size_t size, off_t offset,
                    struct fuse_file_info *info)
{
    (void)path;
    struct file_system *const fs = lock_file_system();
    const ssize_t count =
        sim_tsm_write(fs->tsm, file_of(info), (slice){(const uint8_t *)bytes, size}, offset);
    unlock(fs);
    return (int)count;
}

/*
 * The kernel takes a binary attribute when its last descriptor closes. FUSE tells us that late and
 * without anyone waiting; the flush at each close is what close() waits for.
 */
static int on_flush(const char *path, struct fuse_file_info *info)
{
    (void)path;
    struct file_system *const fs = lock_file_system();
    sim_tsm_flush(fs->tsm, file_of(info));
    unlock(fs);
    return 0;
}

static int on_release(const char *path, struct fuse_file_info *info)
{
    (void)path;
    struct file_system *const fs = lock_file_system();
    sim_tsm_close(fs->tsm, file_of(info));
    unlock(fs);
    return 0;
}

/* `>` of a shell truncates first; configfs lets it. */
static int on_truncate(const char *path, off_t size, struct fuse_file_info *info)
{
    (void)path, (void)size, (void)info;
    return 0;
}

static int on_create(const char *path, mode_t mode, struct fuse_file_info *info)
{
    (void)path, (void)mode, (void)info;
    return -EACCES;
}

static int on_mknod(const char *path, mode_t mode, dev_t device)
{
    (void)path, (void)mode, (void)device;
    return -EPERM;
}

static int on_unlink(const char *path)
{
    (void)path;
    return -EPERM;
}

static int on_rename(const char *from, const char *to, unsigned flags)
{
    (void)from, (void)to, (void)flags;
    return -EPERM;
}

static void *on_init(struct fuse_conn_info *connection, struct fuse_config *config)
{
    (void)connection;
    config->entry_timeout = 0;
    config->attr_timeout = 0;
    config->negative_timeout = 0;
    config->hard_remove = 1;
    return fuse_get_context()->private_data;
}

static const struct fuse_operations operations = {
    .init = on_init,
    .getattr = on_getattr,
    .readdir = on_readdir,
    .mkdir = on_mkdir,
    .rmdir = on_rmdir,
    .open = on_open,
    .read = on_read,
    .write = on_write,
    .flush = on_flush,
    .release = on_release,
    .truncate = on_truncate,
    .create = on_create,
    .mknod = on_mknod,
    .unlink = on_unlink,
    .rename = on_rename,
};

static bool was_interrupted(void)
{
    return fuse_interrupted();
}

/* Two simulators over one another would answer with the wrong machine. */
static status expect_plain_folder(const char *path)
{
    char parent[PATH_MAX];
    struct stat here, above;
    const int size = snprintf(parent, sizeof parent, "%s/..", path);
    if (size < 0 || (size_t)size >= sizeof parent || stat(path, &here) != 0 ||
        !S_ISDIR(here.st_mode) || stat(parent, &above) != 0)
        return FAIL(UNAVAILABLE, "the mount point is not a folder, or was left behind by a "
                                 "simulator that was killed: try `fusermount3 -u` on it");
    return here.st_dev == above.st_dev
               ? OK
               : FAIL(UNAVAILABLE, "something is mounted at the mount point already");
}

static status run(struct fuse *fuse, void (*ready)(void))
{
    struct fuse_session *const session = fuse_get_session(fuse);
    struct fuse_loop_config config = {.max_idle_threads = THREADS_IDLE_MAX};
    if (fuse_set_signal_handlers(session) != 0)
        return FAIL(UNAVAILABLE, "signals cannot be handled");
    if (ready)
        ready();
    const int ended = fuse_loop_mt(fuse, &config);
    fuse_remove_signal_handlers(session);
    return ended >= 0 ? OK : FAIL(UNAVAILABLE, "the file system broke off");
}

static status mount_and_run(struct file_system *fs, const char *path, void (*ready)(void))
{
    char *arguments[] = {"cix-sim", "-o", "fsname=cix-sim,subtype=configfs-tsm,default_permissions",
                         NULL};
    struct fuse_args args = FUSE_ARGS_INIT(3, arguments);
    struct fuse *const fuse = fuse_new(&args, &operations, sizeof operations, fs);
    fuse_opt_free_args(&args);
    if (!fuse)
        return FAIL(UNAVAILABLE, "FUSE refused to start");
    status result = FAIL(UNAVAILABLE, "FUSE cannot mount there: is /dev/fuse present, and may this "
                                      "user mount?");
    if (fuse_mount(fuse, path) == 0) {
        result = run(fuse, ready);
        fuse_unmount(fuse);
    }
    fuse_destroy(fuse);
    return result;
}

status sim_tsm_serve(const struct sim_machine *machine, const struct sim_tsm_settings *settings,
                     const char *path, void (*ready)(void))
{
    struct file_system fs = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct sim_tsm_settings with_interrupts = *settings;
    with_interrupts.interrupted = was_interrupted;
    TRY(expect_plain_folder(path));
    TRY(sim_tsm_new(machine, &with_interrupts, &fs.tsm));
    clock_gettime(CLOCK_REALTIME, &fs.made_at);
    const status served = mount_and_run(&fs, path, ready);
    sim_tsm_free(fs.tsm);
    return served;
}
