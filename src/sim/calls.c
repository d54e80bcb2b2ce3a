/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/calls.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <linux/vm_sockets.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

enum { TRANSFER_SIZE_MAX = 64 << 10, DEVICE_MAJOR = 10, DEVICE_MINOR = 123 };

/* One call, with whoever waits for it. */
struct call {
    struct sim_calls *calls;
    struct sim_memory child;
    const uint64_t *args;
};

enum answer_kind { ANSWER_OF_KERNEL, ANSWER_VALUE, ANSWER_DESCRIPTOR };

struct answer {
    enum answer_kind kind;
    long value; /* or our descriptor, which is closed when it was given */
    bool is_closed_on_exec;
};

static const struct answer of_kernel = {ANSWER_OF_KERNEL, 0, false};

static struct answer value(long value)
{
    return (struct answer){ANSWER_VALUE, value, false};
}

static struct answer result_of(long result)
{
    return value(result < 0 ? -errno : result);
}

static struct answer descriptor(int file, uint64_t flags)
{
    return file < 0 ? value(file)
                    : (struct answer){ANSWER_DESCRIPTOR, file, (flags & O_CLOEXEC) != 0};
}

/* Paths */

/* What a path means in the scenery. */
struct target {
    const struct sim_device *device;
    bool is_absent;
    char path[PATH_MAX]; /* else where it leads */
};

/* Removes "//", "." and ".." from an absolute path, in place. */
static void normalise(char *path)
{
    char *to = path;
    const char *from = path;
    while (*from) {
        while (*from == '/')
            from++;
        const size_t size = strcspn(from, "/");
        if (size == 2 && from[0] == '.' && from[1] == '.') {
            while (to > path && *--to != '/')
                ;
        } else if (size && !(size == 1 && from[0] == '.')) {
            *to++ = '/';
            memmove(to, from, size);
            to += size;
        }
        from += size;
    }
    if (to == path)
        *to++ = '/';
    *to = 0;
}

/* The folder that a relative path begins at. */
static bool read_folder(const struct call *call, int folder, char out[PATH_MAX])
{
    char link[64];
    if (folder == AT_FDCWD)
        snprintf(link, sizeof link, "/proc/%d/cwd", (int)call->child.thread);
    else
        snprintf(link, sizeof link, "/proc/%d/fd/%d", (int)call->child.thread, folder);
    const ssize_t size = readlink(link, out, PATH_MAX - 1);
    out[size < 0 ? 0 : size] = 0;
    return *out == '/';
}

/* False for a path that the kernel will find something to say about. */
static bool read_path(const struct call *call, int folder, uint64_t address, char out[PATH_MAX])
{
    char path[PATH_MAX], start[PATH_MAX] = "";
    if (sim_memory_read_text(&call->child, address, path, sizeof path) != 0 || !*path)
        return false;
    if (*path != '/' && !read_folder(call, folder, start))
        return false;
    const int size = snprintf(out, PATH_MAX, "%s/%s", start, path);
    if (size < 0 || size >= PATH_MAX)
        return false;
    normalise(out);
    return true;
}

/* What of `path` lies below `top`: "" is `top` itself; NULL: nothing. */
static const char *below(const char *path, const char *top)
{
    const size_t size = strlen(top);
    return strncmp(path, top, size) == 0 && (path[size] == '/' || !path[size]) ? path + size : NULL;
}

static bool find(const struct sim_scenery *scenery, const char *path, struct target *out)
{
    *out = (struct target){0};
    for (size_t i = 0; i < scenery->device_count && !out->device; i++)
        if (strcmp(scenery->devices[i].path, path) == 0)
            out->device = &scenery->devices[i];
    for (size_t i = 0; i < scenery->place_count && !out->device; i++) {
        const struct sim_place *const place = &scenery->places[i];
        const char *const rest = below(path, place->path);
        if (!rest)
            continue;
        const int size =
            place->to ? snprintf(out->path, sizeof out->path, "%s%s", place->to, rest) : 0;
        out->is_absent = !place->to || size < 0 || size >= PATH_MAX;
        return true;
    }
    return out->device != NULL;
}

static bool find_target(const struct call *call, int folder, uint64_t address, struct target *out)
{
    char path[PATH_MAX];
    return read_path(call, folder, address, path) && find(call->calls->scenery, path, out);
}

/* Devices that are open */

static struct sim_opened *opened_of(const struct call *call, int file)
{
    char path[64];
    struct stat seen;
    if (call->calls->opened_count == 0)
        return NULL;
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)call->child.thread, file);
    if (stat(path, &seen) != 0 || !S_ISSOCK(seen.st_mode))
        return NULL;
    for (size_t i = 0; i < call->calls->opened_count; i++)
        if (call->calls->opened[i].inode == seen.st_ino)
            return &call->calls->opened[i];
    return NULL;
}

static struct answer open_device(struct sim_calls *calls, const struct sim_device *device,
                                 int flags)
{
    int ends[2];
    struct stat seen;
    const long refused = flags & O_DIRECTORY ? -ENOTDIR
                         : device->open      ? device->open(device, flags)
                                             : 0;
    if (refused < 0)
        return value(refused);
    if (device->descriptor)
        return descriptor(device->descriptor(device, flags), (uint64_t)flags);
    if (calls->opened_count == SIM_OPENED_MAX)
        return value(-ENFILE);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return value(-errno);
    if (fstat(ends[1], &seen) != 0) {
        close(ends[0]);
        close(ends[1]);
        return value(-EIO);
    }
    calls->opened[calls->opened_count++] =
        (struct sim_opened){.device = device, .inode = seen.st_ino, .ours = ends[0]};
    return descriptor(ends[1], (uint64_t)flags);
}

void sim_calls_forget(struct sim_calls *calls, size_t index)
{
    close(calls->opened[index].ours);
    calls->opened[index] = calls->opened[--calls->opened_count];
}

/* Opening */

static struct answer open_at(const struct call *call, int folder, uint64_t path, uint64_t flags,
                             uint64_t mode)
{
    struct target target;
    if (!find_target(call, folder, path, &target))
        return of_kernel;
    if (target.device)
        return open_device(call->calls, target.device, (int)flags);
    if (target.is_absent)
        return value(-ENOENT);
    const int file = open(target.path, (int)flags | O_CLOEXEC, (mode_t)mode);
    return descriptor(file < 0 ? -errno : file, flags);
}

static struct answer answer_open(const struct call *call)
{
    return open_at(call, AT_FDCWD, call->args[0], call->args[1], call->args[2]);
}

static struct answer answer_openat(const struct call *call)
{
    return open_at(call, (int)call->args[0], call->args[1], call->args[2], call->args[3]);
}

static struct answer answer_openat2(const struct call *call)
{
    struct open_how how;
    if (call->args[3] < sizeof how ||
        sim_memory_read(&call->child, call->args[2], &how, sizeof how) != 0)
        return of_kernel;
    return open_at(call, (int)call->args[0], call->args[1], how.flags, how.mode);
}

/* Looking */

static struct answer access_at(const struct call *call, int folder, uint64_t path, uint64_t mode,
                               uint64_t flags)
{
    struct target target;
    if (!find_target(call, folder, path, &target))
        return of_kernel;
    if (target.device)
        return value(mode & X_OK ? -EACCES : 0);
    if (target.is_absent)
        return value(-ENOENT);
    return result_of(faccessat(AT_FDCWD, target.path, (int)mode, (int)flags));
}

static struct answer answer_access(const struct call *call)
{
    return access_at(call, AT_FDCWD, call->args[0], call->args[1], 0);
}

static struct answer answer_faccessat(const struct call *call)
{
    return access_at(call, (int)call->args[0], call->args[1], call->args[2], 0);
}

static struct answer answer_faccessat2(const struct call *call)
{
    return access_at(call, (int)call->args[0], call->args[1], call->args[2], call->args[3]);
}

static struct stat stat_of_device(const struct sim_device *device)
{
    return (struct stat){
        .st_mode = device->mode ? device->mode : S_IFCHR | 0600,
        .st_nlink = 1,
        .st_uid = geteuid(),
        .st_gid = getegid(),
        .st_rdev = makedev(DEVICE_MAJOR, DEVICE_MINOR),
        .st_blksize = 4096,
    };
}

static struct answer give(const struct call *call, uint64_t address, const void *object,
                          size_t size)
{
    return value(sim_memory_write(&call->child, address, (slice){object, size}));
}

static struct answer stat_target(const struct call *call, const struct target *target,
                                 uint64_t address, int flags)
{
    struct stat seen;
    if (target->is_absent)
        return value(-ENOENT);
    if (target->device)
        seen = stat_of_device(target->device);
    else if (fstatat(AT_FDCWD, target->path, &seen, flags) != 0)
        return value(-errno);
    return give(call, address, &seen, sizeof seen);
}

static struct answer stat_at(const struct call *call, int folder, uint64_t path, uint64_t address,
                             int flags)
{
    struct target target;
    return find_target(call, folder, path, &target) ? stat_target(call, &target, address, flags)
                                                    : of_kernel;
}

static struct answer answer_stat(const struct call *call)
{
    return stat_at(call, AT_FDCWD, call->args[0], call->args[1], 0);
}

static struct answer answer_lstat(const struct call *call)
{
    return stat_at(call, AT_FDCWD, call->args[0], call->args[1], AT_SYMLINK_NOFOLLOW);
}

static struct answer stat_opened(const struct call *call, int file, uint64_t address)
{
    const struct sim_opened *const opened = opened_of(call, file);
    if (!opened)
        return of_kernel;
    const struct stat seen = stat_of_device(opened->device);
    return give(call, address, &seen, sizeof seen);
}

static struct answer answer_fstat(const struct call *call)
{
    return stat_opened(call, (int)call->args[0], call->args[1]);
}

/* Whether a call with AT_EMPTY_PATH is about the descriptor itself. */
static bool is_about_descriptor(const struct call *call, uint64_t path, uint64_t flags)
{
    char first = 0;
    if (!(flags & AT_EMPTY_PATH))
        return false;
    return path == 0 || (sim_memory_read(&call->child, path, &first, 1) == 0 && !first);
}

static struct answer answer_newfstatat(const struct call *call)
{
    if (is_about_descriptor(call, call->args[1], call->args[3]))
        return stat_opened(call, (int)call->args[0], call->args[2]);
    return stat_at(call, (int)call->args[0], call->args[1], call->args[2], (int)call->args[3]);
}

static struct answer statx_device(const struct call *call, const struct sim_device *device)
{
    const struct stat seen = stat_of_device(device);
    const struct statx more = {
        .stx_mask = STATX_BASIC_STATS,
        .stx_blksize = (uint32_t)seen.st_blksize,
        .stx_nlink = (uint32_t)seen.st_nlink,
        .stx_uid = seen.st_uid,
        .stx_gid = seen.st_gid,
        .stx_mode = (uint16_t)seen.st_mode,
        .stx_rdev_major = DEVICE_MAJOR,
        .stx_rdev_minor = DEVICE_MINOR,
    };
    return give(call, call->args[4], &more, sizeof more);
}

static struct answer answer_statx(const struct call *call)
{
    struct target target;
    struct statx more;
    if (is_about_descriptor(call, call->args[1], call->args[2])) {
        const struct sim_opened *const opened = opened_of(call, (int)call->args[0]);
        return opened ? statx_device(call, opened->device) : of_kernel;
    }
    if (!find_target(call, (int)call->args[0], call->args[1], &target))
        return of_kernel;
    if (target.device)
        return statx_device(call, target.device);
    if (target.is_absent)
        return value(-ENOENT);
    if (statx(AT_FDCWD, target.path, (int)call->args[2], (unsigned)call->args[3], &more) != 0)
        return value(-errno);
    return give(call, call->args[4], &more, sizeof more);
}

/* Nothing that is simulated is a symbolic link, or has attributes beside its name. */
static struct answer refuse_at(const struct call *call, int folder, uint64_t path, int error)
{
    struct target target;
    if (!find_target(call, folder, path, &target))
        return of_kernel;
    return value(target.is_absent ? -ENOENT : -error);
}

static struct answer answer_readlink(const struct call *call)
{
    return refuse_at(call, AT_FDCWD, call->args[0], EINVAL);
}

static struct answer answer_readlinkat(const struct call *call)
{
    return refuse_at(call, (int)call->args[0], call->args[1], EINVAL);
}

static struct answer answer_xattr(const struct call *call)
{
    return refuse_at(call, AT_FDCWD, call->args[0], EOPNOTSUPP);
}

/* Folders: those of configfs-tsm are its requests */

static struct answer make_folder(const struct call *call, int folder, uint64_t path, uint64_t mode)
{
    struct target target;
    if (!find_target(call, folder, path, &target))
        return of_kernel;
    if (target.device)
        return value(-EEXIST);
    return target.is_absent ? value(-ENOENT) : result_of(mkdir(target.path, (mode_t)mode));
}

static struct answer answer_mkdir(const struct call *call)
{
    return make_folder(call, AT_FDCWD, call->args[0], call->args[1]);
}

static struct answer answer_mkdirat(const struct call *call)
{
    return make_folder(call, (int)call->args[0], call->args[1], call->args[2]);
}

static struct answer remove_folder(const struct call *call, int folder, uint64_t path)
{
    struct target target;
    if (!find_target(call, folder, path, &target))
        return of_kernel;
    if (target.device)
        return value(-ENOTDIR);
    return target.is_absent ? value(-ENOENT) : result_of(rmdir(target.path));
}

static struct answer answer_rmdir(const struct call *call)
{
    return remove_folder(call, AT_FDCWD, call->args[0]);
}

static struct answer answer_unlinkat(const struct call *call)
{
    return call->args[2] & AT_REMOVEDIR ? remove_folder(call, (int)call->args[0], call->args[1])
                                        : of_kernel;
}

/* Calls on a device */

static struct answer answer_ioctl(const struct call *call)
{
    const struct sim_opened *const opened = opened_of(call, (int)call->args[0]);
    if (!opened)
        return of_kernel;
    const struct sim_device *const device = opened->device;
    return value(device->ioctl
                     ? device->ioctl(device, (uint32_t)call->args[1], &call->child, call->args[2])
                     : -ENOTTY);
}

static struct answer read_device(const struct call *call, const struct sim_device *device,
                                 uint64_t offset)
{
    const size_t size = call->args[2] < TRANSFER_SIZE_MAX ? call->args[2] : TRANSFER_SIZE_MAX;
    if (!device->read)
        return value(-EINVAL);
    uint8_t *const bytes = malloc(size + 1);
    if (!bytes)
        return value(-ENOMEM);
    long count = device->read(device, bytes, size, offset);
    if (count > 0 && sim_memory_write(&call->child, call->args[1], (slice){bytes, (size_t)count}))
        count = -EFAULT;
    free(bytes);
    return value(count);
}

static struct answer write_device(const struct call *call, const struct sim_device *device,
                                  uint64_t offset)
{
    const size_t size = call->args[2] < TRANSFER_SIZE_MAX ? call->args[2] : TRANSFER_SIZE_MAX;
    if (!device->write)
        return value(-EINVAL);
    uint8_t *const bytes = malloc(size + 1);
    if (!bytes)
        return value(-ENOMEM);
    const long count = sim_memory_read(&call->child, call->args[1], bytes, size)
                           ? -EFAULT
                           : device->write(device, (slice){bytes, size}, offset);
    free(bytes);
    return value(count);
}

typedef struct answer transfer_fn(const struct call *, const struct sim_device *, uint64_t);

static struct answer transfer_on(const struct call *call, transfer_fn *transfer)
{
    struct sim_opened *const opened = opened_of(call, (int)call->args[0]);
    if (!opened)
        return of_kernel;
    const struct answer answer = transfer(call, opened->device, opened->offset);
    if (answer.value > 0)
        opened->offset += (uint64_t)answer.value;
    return answer;
}

static struct answer answer_read(const struct call *call)
{
    return transfer_on(call, read_device);
}

static struct answer answer_write(const struct call *call)
{
    return transfer_on(call, write_device);
}

static struct answer answer_pread(const struct call *call)
{
    const struct sim_opened *const opened = opened_of(call, (int)call->args[0]);
    return opened ? read_device(call, opened->device, call->args[3]) : of_kernel;
}

static struct answer answer_pwrite(const struct call *call)
{
    const struct sim_opened *const opened = opened_of(call, (int)call->args[0]);
    return opened ? write_device(call, opened->device, call->args[3]) : of_kernel;
}

static struct answer answer_lseek(const struct call *call)
{
    struct sim_opened *const opened = opened_of(call, (int)call->args[0]);
    if (!opened)
        return of_kernel;
    const int64_t start = call->args[2] == SEEK_CUR ? (int64_t)opened->offset : 0;
    int64_t offset;
    if (call->args[2] != SEEK_SET && call->args[2] != SEEK_CUR)
        return value(-EINVAL);
    if (__builtin_add_overflow(start, (int64_t)call->args[1], &offset) || offset < 0)
        return value(-EINVAL);
    opened->offset = (uint64_t)offset;
    return value(offset);
}

/* Sockets */

/* The process that a thread belongs to, or 0. */
static pid_t process_of(pid_t thread)
{
    char path[64], line[256];
    long process = 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)thread);
    FILE *const file = fopen(path, "re");
    if (!file)
        return 0;
    while (!process && fgets(line, sizeof line, file))
        if (strncmp(line, "Tgid:", 5) == 0)
            process = strtol(line + 5, NULL, 10);
    fclose(file);
    return (pid_t)process;
}

/* A descriptor of ours for the child's own; a negative errno. */
static int borrow(const struct call *call, int file)
{
    const int process = (int)syscall(SYS_pidfd_open, process_of(call->child.thread), 0);
    if (process < 0)
        return -errno;
    const int borrowed = (int)syscall(SYS_pidfd_getfd, process, file, 0);
    const int error = errno;
    close(process);
    return borrowed < 0 ? -error : borrowed;
}

static struct answer connect_to(const struct call *call, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return value(-ENAMETOOLONG);
    memcpy(address.sun_path, path, strlen(path));
    const int file = borrow(call, (int)call->args[0]);
    if (file < 0)
        return value(file);
    const struct answer answer =
        result_of(connect(file, (const struct sockaddr *)&address, sizeof address));
    close(file);
    return answer;
}

/* Nobody listens at other ports of the simulated host. */
static struct answer connect_port(const struct call *call, const struct sockaddr_vm *wanted)
{
    const struct sim_scenery *const scenery = call->calls->scenery;
    if (scenery->port_count == 0)
        return of_kernel;
    for (size_t i = 0; i < scenery->port_count; i++)
        if (scenery->ports[i].cid == wanted->svm_cid && scenery->ports[i].port == wanted->svm_port)
            return connect_to(call, scenery->ports[i].to);
    return value(-ECONNRESET);
}

static struct answer connect_path(const struct call *call, const struct sockaddr_un *wanted)
{
    char path[PATH_MAX];
    struct target target;
    snprintf(path, sizeof path, "%s", wanted->sun_path);
    if (*path != '/')
        return of_kernel;
    normalise(path);
    if (!find(call->calls->scenery, path, &target))
        return of_kernel;
    if (target.device)
        return value(-ECONNREFUSED);
    return target.is_absent ? value(-ENOENT) : connect_to(call, target.path);
}

static struct answer answer_connect(const struct call *call)
{
    union {
        struct sockaddr_storage any;
        struct sockaddr_un local;
        struct sockaddr_vm machine;
    } address = {0};
    if (call->args[2] < sizeof address.any.ss_family || call->args[2] > sizeof address.local ||
        sim_memory_read(&call->child, call->args[1], &address, (size_t)call->args[2]) != 0)
        return of_kernel;
    if (address.any.ss_family == AF_VSOCK && call->args[2] >= sizeof address.machine)
        return connect_port(call, &address.machine);
    return address.any.ss_family == AF_UNIX ? connect_path(call, &address.local) : of_kernel;
}

/* A socket to the host, which will be connected to a Unix socket instead. */
static struct answer answer_socket(const struct call *call)
{
    if (call->args[0] != AF_VSOCK)
        return of_kernel;
    const int file = socket(AF_UNIX, (int)call->args[1] | SOCK_CLOEXEC, 0);
    return descriptor(file < 0 ? -errno : file, call->args[1] & SOCK_CLOEXEC ? O_CLOEXEC : 0);
}

/* The table */

enum need { ALWAYS, DEVICES, TRANSFERS, PORTS, NEEDS };

static const struct row {
    int number;
    enum need need; /* a program is slowed down only by what its scenery has */
    struct answer (*answer)(const struct call *call);
} rows[] = {
    {SCMP_SYS(open), ALWAYS, answer_open},
    {SCMP_SYS(openat), ALWAYS, answer_openat},
    {SCMP_SYS(openat2), ALWAYS, answer_openat2},
    {SCMP_SYS(access), ALWAYS, answer_access},
    {SCMP_SYS(faccessat), ALWAYS, answer_faccessat},
    {SCMP_SYS(faccessat2), ALWAYS, answer_faccessat2},
    {SCMP_SYS(stat), ALWAYS, answer_stat},
    {SCMP_SYS(lstat), ALWAYS, answer_lstat},
    {SCMP_SYS(newfstatat), ALWAYS, answer_newfstatat},
    {SCMP_SYS(statx), ALWAYS, answer_statx},
    {SCMP_SYS(readlink), ALWAYS, answer_readlink},
    {SCMP_SYS(readlinkat), ALWAYS, answer_readlinkat},
    {SCMP_SYS(getxattr), ALWAYS, answer_xattr},
    {SCMP_SYS(lgetxattr), ALWAYS, answer_xattr},
    {SCMP_SYS(listxattr), ALWAYS, answer_xattr},
    {SCMP_SYS(llistxattr), ALWAYS, answer_xattr},
    {SCMP_SYS(mkdir), ALWAYS, answer_mkdir},
    {SCMP_SYS(mkdirat), ALWAYS, answer_mkdirat},
    {SCMP_SYS(rmdir), ALWAYS, answer_rmdir},
    {SCMP_SYS(unlinkat), ALWAYS, answer_unlinkat},
    {SCMP_SYS(connect), ALWAYS, answer_connect},
    {SCMP_SYS(fstat), DEVICES, answer_fstat},
    {SCMP_SYS(ioctl), DEVICES, answer_ioctl},
    {SCMP_SYS(read), TRANSFERS, answer_read},
    {SCMP_SYS(write), TRANSFERS, answer_write},
    {SCMP_SYS(pread64), TRANSFERS, answer_pread},
    {SCMP_SYS(pwrite64), TRANSFERS, answer_pwrite},
    {SCMP_SYS(lseek), TRANSFERS, answer_lseek},
    {SCMP_SYS(socket), PORTS, answer_socket},
};
enum { ROWS = sizeof rows / sizeof *rows };

int sim_calls_filter(const struct sim_scenery *scenery, scmp_filter_ctx filter)
{
    bool needed[NEEDS] = {[ALWAYS] = true};
    needed[DEVICES] = scenery->device_count > 0;
    needed[PORTS] = scenery->port_count > 0;
    for (size_t i = 0; i < scenery->device_count; i++)
        if (scenery->devices[i].read || scenery->devices[i].write)
            needed[TRANSFERS] = true;
    for (size_t i = 0; i < ROWS; i++) {
        const int error =
            needed[rows[i].need] ? seccomp_rule_add(filter, SCMP_ACT_NOTIFY, rows[i].number, 0) : 0;
        if (error)
            return error;
    }
    return 0;
}

/* Each may fail when the caller was killed meanwhile; then nobody waits. */
static void respond(const struct call *call, const struct answer *answer)
{
    struct seccomp_notif_resp response = {.id = call->child.call_id};
    if (answer->kind == ANSWER_OF_KERNEL)
        response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    else if (answer->value < 0)
        response.error = (int32_t)answer->value;
    else
        response.val = answer->value;
    (void)seccomp_notify_respond(call->child.listener, &response);
}

static void give_descriptor(const struct call *call, const struct answer *answer)
{
    struct seccomp_notif_addfd gift = {
        .id = call->child.call_id,
        .flags = SECCOMP_ADDFD_FLAG_SEND, /* given and answered at once, or neither */
        .srcfd = (uint32_t)answer->value,
        .newfd_flags = answer->is_closed_on_exec ? O_CLOEXEC : 0,
    };
    if (ioctl(call->child.listener, SECCOMP_IOCTL_NOTIF_ADDFD, &gift) < 0) {
        const struct answer refused = value(-errno);
        respond(call, &refused);
    }
    close((int)answer->value);
}

void sim_calls_answer(struct sim_calls *calls, const struct seccomp_notif *notification)
{
    uint64_t args[6];
    for (size_t i = 0; i < 6; i++)
        args[i] = notification->data.args[i];
    const struct call call = {
        .calls = calls,
        .child = {calls->listener, notification->id, (pid_t)notification->pid},
        .args = args,
    };
    struct answer answer = of_kernel;
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].number == notification->data.nr)
            answer = rows[i].answer(&call);
    if (answer.kind == ANSWER_DESCRIPTOR)
        give_descriptor(&call, &answer);
    else
        respond(&call, &answer);
}
