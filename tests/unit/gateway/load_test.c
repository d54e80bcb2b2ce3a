/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/load.h"

#include "test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder for one test. */
struct folder {
    char path[64];
};

static void folder_clear(struct folder *folder)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder->path);
    EXPECT(system(command) == 0);
}

static void folder_begin(struct folder *folder)
{
    strcpy(folder->path, "/tmp/cix-load-test-XXXXXX");
    EXPECT(mkdtemp(folder->path));
}

static const char *in(const struct folder *folder, const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder->path, name);
    return path;
}

static void put(const char *path, slice content, mode_t mode)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
    EXPECT(fd >= 0 && write(fd, content.data, content.size) == (ssize_t)content.size);
    EXPECT(fchmod(fd, mode) == 0);
    close(fd);
}

static bool told(const struct problem *problem, const char *path, const char *what)
{
    if (strstr(problem->text, path) && strstr(problem->text, what))
        return true;
    printf("  told: %s\n", problem->text);
    return false;
}

TEST(a_file_is_read_whole)
{
    SCOPED(folder) folder;
    SCOPED(buffer) got = {0};
    struct problem problem = {0};
    uint8_t bytes[10000];
    folder_begin(&folder);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7);
    put(in(&folder, "file"), SLICE(bytes), 0644);
    EXPECT_OK(file_load(in(&folder, "file"), sizeof bytes, &got, &problem));
    EXPECT(slice_equal(buffer_view(&got), SLICE(bytes)));
}

/* C7 */
TEST(what_is_no_readable_plain_file_is_told)
{
    SCOPED(folder) folder;
    SCOPED(buffer) got = {0};
    struct problem problem = {0};
    folder_begin(&folder);
    EXPECT_FAIL(MALFORMED, file_load(in(&folder, "absent"), 100, &got, &problem));
    EXPECT(told(&problem, "/absent", "No such file"));
    EXPECT_FAIL(MALFORMED, file_load(folder.path, 100, &got, &problem));
    EXPECT(told(&problem, folder.path, "is a folder"));
    EXPECT(mkfifo(in(&folder, "pipe"), 0600) == 0);
    EXPECT_FAIL(MALFORMED, file_load(in(&folder, "pipe"), 100, &got, &problem));
    EXPECT(told(&problem, "/pipe", "is not a plain file"));
    EXPECT_FAIL(MALFORMED, file_load("/dev/zero", 100, &got, &problem));
    EXPECT(told(&problem, "/dev/zero", "is not a plain file"));
    put(in(&folder, "big"), slice_of_text("0123456789"), 0644);
    EXPECT_FAIL(MALFORMED, file_load(in(&folder, "big"), 9, &got, &problem));
    EXPECT(told(&problem, "/big", "is larger than 9 bytes"));
    EXPECT(got.size == 0);
}

/* C7: as large as it says, or as it turns out to be */
TEST(a_file_of_100_MB_is_refused_before_it_is_read)
{
    SCOPED(folder) folder;
    SCOPED(buffer) got = {0};
    struct problem problem = {0};
    folder_begin(&folder);
    put(in(&folder, "huge"), (slice){0}, 0644);
    EXPECT(truncate(in(&folder, "huge"), 100 << 20) == 0);
    EXPECT_FAIL(MALFORMED, file_load(in(&folder, "huge"), YAML_SIZE_MAX, &got, &problem));
    EXPECT(told(&problem, "/huge", "is larger than 1048576 bytes"));
    /* Says that it is empty and is not. */
    EXPECT_FAIL(MALFORMED, file_load("/proc/self/status", 10, &got, &problem));
    EXPECT(told(&problem, "/proc/self/status", "is larger than 10 bytes"));
}

/* C13, K11 */
TEST(a_secret_that_others_may_see_or_change_is_refused)
{
    SCOPED(folder) folder;
    struct problem problem = {0};
    folder_begin(&folder);
    const mode_t open_to_others[] = {0644, 0604, 0602, 0601, 0620, 0660, 0666, 0777};
    for (size_t i = 0; i < sizeof open_to_others / sizeof *open_to_others; i++) {
        SCOPED(buffer) got = {0};
        put(in(&folder, "key"), slice_of_text("secret"), open_to_others[i]);
        EXPECT_FAIL(MALFORMED, secret_file_load(in(&folder, "key"), 100, &got, &problem));
        EXPECT(told(&problem, "/key", "chmod 600"));
    }
    const mode_t closed[] = {0600, 0400, 0640};
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++) {
        SCOPED(buffer) got = {0};
        put(in(&folder, "key"), slice_of_text("secret"), closed[i]);
        EXPECT_OK(secret_file_load(in(&folder, "key"), 100, &got, &problem));
    }
}

/* K11 */
TEST(a_secret_of_another_user_is_refused)
{
    SCOPED(folder) folder;
    SCOPED(buffer) got = {0};
    struct problem problem = {0};
    folder_begin(&folder);
    put(in(&folder, "key"), slice_of_text("secret"), 0600);
    if (chown(in(&folder, "key"), 12345, 12345) != 0)
        SKIP(1, "not root");
    EXPECT_FAIL(MALFORMED, secret_file_load(in(&folder, "key"), 100, &got, &problem));
    EXPECT(told(&problem, "/key", "belongs to another user"));
}

TEST(the_folder_of_a_path)
{
    static const char *const cases[][2] = {
        {"/etc/cix/cix.yaml", "/etc/cix"}, {"cix.yaml", "."}, {"/cix.yaml", "/"}, {"a/b", "a"}};
    char got[16];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        EXPECT_OK(folder_of(cases[i][0], got, sizeof got));
        EXPECT(strcmp(got, cases[i][1]) == 0);
    }
    EXPECT_FAIL(EXHAUSTED, folder_of("/0123456789abcdef/file", got, sizeof got));
}

TEST(a_policy_in_a_file_is_told_apart_by_file_and_line)
{
    SCOPED(folder) folder;
    SCOPED(guard) guard = {0};
    struct problem problem = {0};
    folder_begin(&folder);
    EXPECT_FAIL(MALFORMED, guard_load(in(&folder, "absent.yaml"), &guard, &problem));
    EXPECT(told(&problem, "/absent.yaml", "No such file"));
    put(in(&folder, "p.yaml"), slice_of_text("trust: a.pem\nmesurement: 1\n"), 0644);
    EXPECT_FAIL(MALFORMED, guard_load(in(&folder, "p.yaml"), &guard, &problem));
    EXPECT(told(&problem, "/p.yaml: line ", "mesurement"));
    EXPECT(!guard.policy && !guard.rules && !guard.endorsements);
}

/* C9: no pins, nobody is let in */
TEST(the_built_in_policy_pins_nothing_and_guards_no_link)
{
    SCOPED(guard) guard = {0};
    struct problem problem = {0};
    EXPECT_FAIL(MALFORMED, guard_load("strict", &guard, &problem));
    EXPECT(told(&problem, "strict", "measurement"));
}
