/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/supervisor.h"

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <linux/vm_sockets.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

/* What is expected of the supervised side is checked in it; its exit code is how much failed. */

enum { THREADS = 4, OPENED_MAX = 256 };

/* A device that adds one to a number, and is also a tape of 16 bytes. */
struct tape {
    uint8_t bytes[16];
};

struct sum {
    uint64_t input, output_address;
};

#define ADD_ONE _IOWR('x', 1, struct sum)

static long tape_ioctl(const struct sim_device *device, uint32_t request,
                       const struct sim_memory *child, uint64_t argument)
{
    struct sum sum;
    (void)device;
    if (request != (uint32_t)ADD_ONE)
        return -ENOTTY;
    int error = sim_memory_read(child, argument, &sum, sizeof sum);
    if (error)
        return error;
    const uint64_t output = sum.input + 1;
    error = sim_memory_write(child, sum.output_address, (slice){(const uint8_t *)&output, 8});
    return error ? error : 7;
}

static long tape_read(const struct sim_device *device, uint8_t *out, size_t size, uint64_t offset)
{
    const struct tape *const tape = device->model;
    if (offset >= sizeof tape->bytes)
        return 0;
    const size_t left = sizeof tape->bytes - (size_t)offset;
    const size_t count = size < left ? size : left;
    memcpy(out, tape->bytes + offset, count);
    return (long)count;
}

static long tape_write(const struct sim_device *device, slice bytes, uint64_t offset)
{
    struct tape *const tape = device->model;
    if (offset > sizeof tape->bytes || bytes.size > sizeof tape->bytes - offset)
        return -EFBIG;
    memcpy(tape->bytes + offset, bytes.data, bytes.size);
    return (long)bytes.size;
}

static long broken_open(const struct sim_device *device, int flags)
{
    (void)device;
    return (flags & O_ACCMODE) == O_RDONLY ? 0 : -EACCES;
}

static int given_descriptor(const struct sim_device *device, int flags)
{
    int ends[2];
    (void)device, (void)flags;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -errno;
    const bool written = write(ends[1], "given", 5) == 5;
    close(ends[1]);
    return written ? ends[0] : -EIO;
}

static struct tape tape = {"0123456789abcdef"};
static const struct sim_device devices[] = {
    {.path = "/dev/cix-tape",
     .model = &tape,
     .ioctl = tape_ioctl,
     .read = tape_read,
     .write = tape_write},
    {.path = "/dev/cix-mute", .open = broken_open, .mode = S_IFCHR | 0444},
    {.path = "/dev/cix-given", .descriptor = given_descriptor},
};

static char folder[64];
static struct sim_place places[] = {{"/dev/cix-nothing", NULL}, {"/cix-elsewhere", folder}};
static char socket_path[96];
static struct sim_port ports[] = {{VMADDR_CID_HOST, 4050, socket_path}};
static const struct sim_scenery scenery = {.devices = devices,
                                           .device_count = 3,
                                           .places = places,
                                           .place_count = 2,
                                           .ports = ports,
                                           .port_count = 1};

/* -1: it could not be supervised. */
static int supervised(int (*run)(void *context), void *context)
{
    const struct sim_program program = {run, context};
    int code = -1;
    EXPECT_OK(sim_supervise(&scenery, &program, &code));
    return code;
}

static int see_device(void *unused)
{
    struct stat seen, opened;
    struct statx more;
    char name[PATH_MAX];
    (void)unused;
    EXPECT(access("/dev/cix-tape", R_OK | W_OK) == 0);
    EXPECT(access("/dev/cix-tape", X_OK) == -1 && errno == EACCES);
    EXPECT(faccessat(AT_FDCWD, "/dev/cix-tape", F_OK, AT_SYMLINK_NOFOLLOW) == 0);
    EXPECT(access("/dev/cix-tapes", F_OK) == -1 && errno == ENOENT);
    EXPECT(stat("/dev/cix-tape", &seen) == 0 && seen.st_mode == (S_IFCHR | 0600));
    EXPECT(lstat("/dev/../dev/./cix-mute", &seen) == 0 && seen.st_mode == (S_IFCHR | 0444));
    EXPECT(statx(AT_FDCWD, "/dev/cix-tape", 0, STATX_BASIC_STATS, &more) == 0 &&
           more.stx_mode == (S_IFCHR | 0600));
    const int file = open("/dev/cix-tape", O_RDWR | O_CLOEXEC);
    EXPECT(file >= 0 && fcntl(file, F_GETFD) == FD_CLOEXEC);
    EXPECT(fstat(file, &opened) == 0 && S_ISCHR(opened.st_mode));
    EXPECT(open("/dev/cix-tape", O_RDONLY | O_DIRECTORY) == -1 && errno == ENOTDIR);
    EXPECT(open("/dev/cix-mute", O_RDWR) == -1 && errno == EACCES);
    EXPECT(mkdir("/dev/cix-tape", 0700) == -1 && errno == EEXIST);
    EXPECT(rmdir("/dev/cix-tape") == -1 && errno == ENOTDIR);
    EXPECT(readlink("/dev/cix-tape", name, sizeof name) == -1 && errno == EINVAL);
    EXPECT(realpath("/dev/cix-tape", name) && strcmp(name, "/dev/cix-tape") == 0);
    EXPECT(getxattr("/dev/cix-tape", "user.x", name, 1) == -1 && errno == EOPNOTSUPP);
    EXPECT(getxattr("/dev/cix-nothing", "user.x", name, 1) == -1 && errno == ENOENT);
    EXPECT(stat((const char *)1, &seen) == -1 && errno == EFAULT);
    EXPECT(stat("/dev/cix-tape", (struct stat *)1) == -1 && errno == EFAULT);
    return test_failures;
}

TEST(a_device_is_seen_where_there_is_none)
{
    EXPECT(access("/dev/cix-tape", F_OK) == -1);
    EXPECT(supervised(see_device, NULL) == 0);
    EXPECT(access("/dev/cix-tape", F_OK) == -1);
}

static int call_ioctl(void *unused)
{
    uint64_t output = 0;
    struct sum sum = {41, (uint64_t)(uintptr_t)&output};
    (void)unused;
    const int file = open("/dev/cix-tape", O_RDWR), mute = open("/dev/cix-mute", O_RDONLY);
    EXPECT(ioctl(file, ADD_ONE, &sum) == 7 && output == 42);
    EXPECT(ioctl(file, TIOCGWINSZ, &sum) == -1 && errno == ENOTTY);
    EXPECT(ioctl(file, ADD_ONE, 16) == -1 && errno == EFAULT);
    sum.output_address = 16;
    EXPECT(ioctl(file, ADD_ONE, &sum) == -1 && errno == EFAULT);
    EXPECT(mute >= 0 && ioctl(mute, ADD_ONE, &sum) == -1 && errno == ENOTTY);
    EXPECT(read(mute, &output, 1) == -1 && errno == EINVAL);
    EXPECT(write(mute, &output, 1) == -1 && errno == EINVAL);
    return test_failures;
}

TEST(an_ioctl_reads_and_writes_the_memory_of_its_caller)
{
    EXPECT(supervised(call_ioctl, NULL) == 0);
}

static int move_tape(void *unused)
{
    char bytes[32];
    (void)unused;
    const int file = open("/dev/cix-tape", O_RDWR), twin = dup(file);
    const int other = open("/dev/cix-tape", O_RDONLY);
    EXPECT(read(file, bytes, 4) == 4 && memcmp(bytes, "0123", 4) == 0);
    EXPECT(read(twin, bytes, 4) == 4 && memcmp(bytes, "4567", 4) == 0);
    EXPECT(read(other, bytes, 4) == 4 && memcmp(bytes, "0123", 4) == 0);
    EXPECT(read(file, bytes, sizeof bytes) == 8 && read(file, bytes, sizeof bytes) == 0);
    EXPECT(lseek(file, -2, SEEK_CUR) == 14 && write(file, "EF", 2) == 2);
    EXPECT(pread(other, bytes, 4, 12) == 4 && memcmp(bytes, "cdEF", 4) == 0);
    EXPECT(pwrite(other, "AB", 2, 10) == 2 && pread(file, bytes, 2, 10) == 2 && bytes[0] == 'A');
    EXPECT(lseek(file, -1, SEEK_SET) == -1 && errno == EINVAL);
    EXPECT(write(file, bytes, 1) == -1 && errno == EFBIG);
    EXPECT(syscall(SYS_read, other, 16, 4) == -1 && errno == EFAULT);
    return test_failures;
}

TEST(duplicates_share_an_offset_and_openings_do_not)
{
    EXPECT(supervised(move_tape, NULL) == 0);
}

static int reuse_number(void *unused)
{
    char bytes[8];
    (void)unused;
    const int file = open("/dev/cix-tape", O_RDWR);
    EXPECT(dup2(file, 300) == 300 && close(file) == 0);
    EXPECT(open("/dev/null", O_RDONLY) == file && read(file, bytes, 1) == 0);
    EXPECT(read(300, bytes, 1) == 1 && bytes[0] == '0');
    EXPECT(dup2(file, 300) == 300 && read(300, bytes, 1) == 0);
    return test_failures;
}

TEST(a_descriptor_is_known_by_what_it_is_and_not_by_its_number)
{
    EXPECT(supervised(reuse_number, NULL) == 0);
}

static int open_many(void *unused)
{
    int files[OPENED_MAX + 1];
    (void)unused;
    for (int i = 0; i < 3000; i++)
        EXPECT(close(open("/dev/cix-tape", O_RDONLY)) == 0);
    for (int i = 0; i < OPENED_MAX; i++)
        files[i] = open("/dev/cix-tape", O_RDONLY);
    EXPECT(files[OPENED_MAX - 1] >= 0);
    EXPECT(open("/dev/cix-tape", O_RDONLY) == -1 && errno == ENFILE);
    close(files[0]);
    files[OPENED_MAX] = -1;
    for (int try = 0; files[OPENED_MAX] < 0 && try < 1000; try++) /* noticed, not awaited */
        files[OPENED_MAX] = open("/dev/cix-tape", O_RDONLY);
    EXPECT(files[OPENED_MAX] >= 0);
    return test_failures;
}

TEST(what_was_closed_makes_room)
{
    EXPECT(supervised(open_many, NULL) == 0);
}

static void *ask_often(void *failures)
{
    const int file = open("/dev/cix-tape", O_RDWR);
    for (uint64_t i = 0; i < 200; i++) {
        uint64_t output = 0;
        struct sum sum = {i, (uint64_t)(uintptr_t)&output};
        *(int *)failures += ioctl(file, ADD_ONE, &sum) != 7 || output != i + 1;
    }
    close(file);
    return NULL;
}

static int ask_in_threads(void *unused)
{
    pthread_t threads[THREADS];
    int failures[THREADS] = {0};
    (void)unused;
    for (int i = 0; i < THREADS; i++)
        EXPECT(pthread_create(&threads[i], NULL, ask_often, &failures[i]) == 0);
    for (int i = 0; i < THREADS; i++)
        EXPECT(pthread_join(threads[i], NULL) == 0 && failures[i] == 0);
    return test_failures;
}

TEST(threads_ask_at_once)
{
    EXPECT(supervised(ask_in_threads, NULL) == 0);
}

static void make_folder(void)
{
    strcpy(folder, "/tmp/cix-supervisor-test-XXXXXX");
    EXPECT(mkdtemp(folder) != NULL);
}

static int look_elsewhere(void *unused)
{
    struct stat found;
    struct open_how how = {.flags = O_RDONLY | O_DIRECTORY};
    (void)unused;
    EXPECT(open("/dev/cix-nothing", O_RDONLY) == -1 && errno == ENOENT);
    EXPECT(access("/dev/cix-nothing/below", F_OK) == -1 && errno == ENOENT);
    EXPECT(mkdir("/cix-elsewhere/new", 0700) == 0 && mkdir("/cix-elsewhere/new", 0700) == -1 &&
           errno == EEXIST);
    EXPECT(stat("/cix-elsewhere/new", &found) == 0 && S_ISDIR(found.st_mode));
    const int file = open("/cix-elsewhere/new/file", O_WRONLY | O_CREAT, 0600);
    EXPECT(write(file, "text", 4) == 4 && close(file) == 0);
    const long below = syscall(SYS_openat2, AT_FDCWD, "/cix-elsewhere/new", &how, sizeof how);
    EXPECT(below >= 0 && faccessat((int)below, "file", R_OK, 0) == 0);
    EXPECT(unlinkat((int)below, "file", 0) == 0 && rmdir("/cix-elsewhere/new") == 0);
    EXPECT(rmdir("/cix-elsewhere/new") == -1 && errno == ENOENT);
    EXPECT(chdir("/dev") == 0 && access("cix-tape", F_OK) == 0);
    EXPECT(access("/cix-elsewhere-not", F_OK) == -1 && errno == ENOENT);
    return test_failures;
}

TEST(paths_lead_elsewhere_or_nowhere)
{
    make_folder();
    EXPECT(supervised(look_elsewhere, NULL) == 0);
    EXPECT(rmdir(folder) == 0);
}

static int talk_to_host(void *unused)
{
    const struct sockaddr_vm host = {
        .svm_family = AF_VSOCK, .svm_cid = VMADDR_CID_HOST, .svm_port = 4050};
    struct sockaddr_vm nobody = host;
    struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = "/cix-elsewhere/socket"};
    char byte = 0;
    (void)unused;
    int file = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
    nobody.svm_port = 1;
    EXPECT(connect(file, (const struct sockaddr *)&nobody, sizeof nobody) == -1 &&
           errno == ECONNRESET);
    EXPECT(connect(file, (const struct sockaddr *)&host, sizeof host) == 0);
    EXPECT(write(file, "v", 1) == 1 && close(file) == 0);
    file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT(connect(file, (const struct sockaddr *)&local, sizeof local) == 0);
    EXPECT(write(file, "u", 1) == 1 && close(file) == 0);
    file = open("/dev/cix-given", O_RDONLY);
    EXPECT(read(file, &byte, 1) == 1 && byte == 'g');
    return test_failures;
}

TEST(sockets_lead_elsewhere_and_descriptors_are_given)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char byte = 0;
    make_folder();
    snprintf(socket_path, sizeof socket_path, "%s/socket", folder);
    memcpy(address.sun_path, socket_path, sizeof socket_path);
    const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT(bind(listener, (const struct sockaddr *)&address, sizeof address) == 0);
    EXPECT(listen(listener, 4) == 0);
    EXPECT(supervised(talk_to_host, NULL) == 0);
    for (int i = 0; i < 2; i++) {
        const int peer = accept(listener, NULL, NULL);
        EXPECT(read(peer, &byte, 1) == 1 && byte == "vu"[i]);
        close(peer);
    }
    close(listener);
    EXPECT(unlink(socket_path) == 0 && rmdir(folder) == 0);
}

static int run_shell(const char *script)
{
    char *argv[] = {(char *)"sh", (char *)"-c", (char *)script, NULL};
    int code = -1;
    EXPECT_OK(sim_supervise_command(&scenery, argv, &code));
    return code;
}

TEST(programs_and_their_children_see_it)
{
    memcpy(tape.bytes, "0123456789abcdef", sizeof tape.bytes);
    EXPECT(run_shell("test \"$(cat /dev/cix-tape)\" = 0123456789abcdef") == 0);
    EXPECT(run_shell("test -c /dev/cix-tape && ! test -e /dev/cix-nothing") == 0);
    EXPECT(run_shell("exec 5</dev/cix-tape; test \"$(head -c 3 <&5)\" = 012; test \"$(cat <&5)\" "
                     "= 3456789abcdef") == 0);
    EXPECT(run_shell("sh -c 'sh -c \"cat /dev/cix-mute\"' 2>/dev/null") == 1);
}

TEST(the_exit_code_is_passed_on)
{
    char *nobody[] = {(char *)"/no/such/command", NULL};
    int code = -1;
    EXPECT(run_shell("exit 23") == 23);
    EXPECT(run_shell("kill -9 $$") == 128 + SIGKILL);
    EXPECT_OK(sim_supervise_command(&scenery, nobody, &code));
    EXPECT(code == 127);
}

TEST(who_is_left_behind_is_served_to_the_end)
{
    char path[96], content[32] = "";
    make_folder();
    snprintf(path, sizeof path, "%s/result", folder);
    EXPECT(run_shell("(sleep 0.3; cat /dev/cix-tape >/cix-elsewhere/result) & exit 3") == 3);
    FILE *const file = fopen(path, "re");
    EXPECT(file && fread(content, 1, sizeof content, file) == 16 && fclose(file) == 0);
    EXPECT(unlink(path) == 0 && rmdir(folder) == 0);
}

static int supervise_again(void *unused)
{
    const struct sim_program program = {see_device, unused};
    int code = -1;
    EXPECT_FAIL(UNAVAILABLE, sim_supervise(&scenery, &program, &code));
    EXPECT(code == -1);
    return test_failures;
}

TEST(a_machine_within_a_machine_is_refused)
{
    EXPECT(supervised(supervise_again, NULL) == 0);
}
