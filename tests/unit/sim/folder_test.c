/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/folder.h"

#include "codec/text.h"
#include "evidence/endorsements.h"

#include "sim.h"
#include "test.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOW_S = 1768435200, PATH_SIZE = 256 };

/* A folder that goes away with everything in it. */
struct scratch {
    char path[PATH_SIZE / 2];
};

static int drop(const char *path, const struct stat *about, int type, struct FTW *place)
{
    (void)about;
    (void)type;
    (void)place;
    return remove(path);
}

static void scratch_clear(struct scratch *scratch)
{
    nftw(scratch->path, drop, 8, FTW_DEPTH | FTW_PHYS);
}

static struct scratch scratch_make(void)
{
    struct scratch scratch = {"/tmp/cix-sim-folder-XXXXXX"};
    EXPECT(mkdtemp(scratch.path));
    return scratch;
}

static void write_file(const char *folder, const char *name, mode_t mode, slice bytes)
{
    char path[PATH_SIZE];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
    EXPECT(file >= 0 && fchmod(file, mode) == 0);
    EXPECT(write(file, bytes.data, bytes.size) == (ssize_t)bytes.size);
    close(file);
}

/* A folder that already holds a state, so that no test waits for RSA keys. */
static struct scratch scratch_with_state(mode_t mode)
{
    struct scratch scratch = scratch_make();
    SCOPED(sim_state) state = {0};
    SCOPED(buffer) text = {0};
    EXPECT_OK(sim_state_for_tests(NOW_S, &state));
    EXPECT_OK(sim_state_write(&state, &text));
    write_file(scratch.path, "state", mode, buffer_view(&text));
    return scratch;
}

static status open_folder(const struct scratch *scratch)
{
    SCOPED(sim_state) state = {0};
    return sim_folder_open(scratch->path, NOW_S, NULL, &state);
}

static bool is_there(const struct scratch *scratch, const char *name, mode_t mode)
{
    char path[PATH_SIZE];
    struct stat about;
    snprintf(path, sizeof path, "%s/%s", scratch->path, name);
    return stat(path, &about) == 0 && (about.st_mode & 07777) == mode && about.st_size > 0;
}

static void add_file(const struct scratch *scratch, const char *name,
                     status (*add)(struct endorsements *endorsements, slice file),
                     struct endorsements *endorsements)
{
    char path[PATH_SIZE];
    static uint8_t bytes[1 << 16];
    snprintf(path, sizeof path, "%s/%s", scratch->path, name);
    FILE *const file = fopen(path, "rb");
    EXPECT(file);
    const size_t size = file ? fread(bytes, 1, sizeof bytes, file) : 0;
    if (file)
        fclose(file);
    EXPECT_OK(add(endorsements, (slice){bytes, size}));
}

TEST(roots_and_endorsements_are_written_where_verify_can_take_them)
{
    static const char *const files[] = {
        "endorsements/snp-Milan-chain.pem", "endorsements/snp-Milan-crl.pem",
        "endorsements/snp-Genoa-chain.pem", "endorsements/snp-Genoa-crl.pem",
        "endorsements/snp-Turin-chain.pem", "endorsements/snp-Turin-crl.pem",
        "endorsements/tdx-tcb-info.json",   "endorsements/tdx-qe-identity.json",
        "endorsements/tdx-crls.pem",        "endorsements/tdx-chain.pem",
        "endorsements/sgx-tcb-info.json",   "endorsements/sgx-qe-identity.json",
    };
    SCOPED(scratch) scratch = scratch_with_state(0600);
    SCOPED(endorsements) endorsements = {0};
    EXPECT_OK(open_folder(&scratch));
    EXPECT(sim_folder_exists(scratch.path));
    EXPECT(is_there(&scratch, "state", 0600));
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        EXPECT(is_there(&scratch, files[i], 0644));
        add_file(&scratch, files[i], endorsements_add, &endorsements);
    }
    add_file(&scratch, "trust/snp-root.pem", endorsements_trust, &endorsements);
    EXPECT(endorsements.anchor_count == 3);
    add_file(&scratch, "trust/tdx-root.pem", endorsements_trust, &endorsements);
    EXPECT(endorsements.anchor_count == 4);
    add_file(&scratch, "trust/sgx-root.pem", endorsements_trust, &endorsements);
    EXPECT(endorsements.anchor_count == 4); /* it is the same */
}

TEST(a_state_that_is_there_is_kept)
{
    SCOPED(scratch) scratch = scratch_with_state(0600);
    SCOPED(sim_state) first = {0};
    SCOPED(sim_state) second = {0};
    EXPECT_OK(sim_folder_open(scratch.path, NOW_S, NULL, &first));
    EXPECT_OK(sim_folder_open(scratch.path, NOW_S + 86400, NULL, &second));
    EXPECT(first.made_s == second.made_s);
    EXPECT(certificate_equal(&first.intel_root, &second.intel_root));
}

/* K3 */
TEST(a_damaged_state_is_refused_and_not_replaced)
{
    SCOPED(scratch) scratch = scratch_make();
    write_file(scratch.path, "state", 0600, slice_of_text(""));
    EXPECT_FAIL(MALFORMED, open_folder(&scratch));
    write_file(scratch.path, "state", 0600, slice_of_text("cix-sim-state 1 and nonsense"));
    EXPECT(open_folder(&scratch).fault);
    char path[PATH_SIZE];
    struct stat about;
    snprintf(path, sizeof path, "%s/state", scratch.path);
    EXPECT(stat(path, &about) == 0 && about.st_size == 28);
}

/* K11 */
TEST(a_state_that_others_can_read_is_refused)
{
    static const mode_t modes[] = {0640, 0604, 0660, 0606, 0610, 0601, 0644, 0666};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        SCOPED(scratch) scratch = scratch_with_state(modes[i]);
        EXPECT_FAIL(DENIED, open_folder(&scratch));
    }
}

/* K11 */
TEST(a_folder_that_others_can_write_is_refused)
{
    static const mode_t modes[] = {0770, 0707, 0777, 01777};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        SCOPED(scratch) scratch = scratch_with_state(0600);
        EXPECT(chmod(scratch.path, modes[i]) == 0);
        EXPECT_FAIL(DENIED, open_folder(&scratch));
    }
}

/* K11 */
TEST(a_symbolic_link_in_the_place_of_the_state_or_the_folder_is_refused)
{
    SCOPED(scratch) real = scratch_with_state(0600);
    SCOPED(scratch) linked = scratch_make();
    char target[PATH_SIZE], link[PATH_SIZE];
    snprintf(target, sizeof target, "%s/state", real.path);
    snprintf(link, sizeof link, "%s/state", linked.path);
    EXPECT(symlink(target, link) == 0);
    EXPECT_FAIL(DENIED, open_folder(&linked));

    snprintf(link, sizeof link, "%s/folder", linked.path);
    EXPECT(symlink(real.path, link) == 0);
    SCOPED(sim_state) state = {0};
    EXPECT(sim_folder_open(link, NOW_S, NULL, &state).fault);
    EXPECT(!sim_folder_exists(link));
}

/* K11 */
TEST(something_else_than_a_file_in_the_place_of_the_state_is_refused)
{
    char path[PATH_SIZE];
    SCOPED(scratch) scratch = scratch_make();
    snprintf(path, sizeof path, "%s/state", scratch.path);
    EXPECT(mkfifo(path, 0600) == 0);
    EXPECT_FAIL(DENIED, open_folder(&scratch));
    EXPECT(unlink(path) == 0 && mkdir(path, 0700) == 0);
    EXPECT_FAIL(DENIED, open_folder(&scratch));
}

/* K11, with a link where a public file will be written: the link is replaced, not followed. */
TEST(a_link_planted_among_the_public_files_is_not_followed)
{
    static const uint8_t precious[] = {'p'};
    char path[PATH_SIZE], link[PATH_SIZE];
    struct stat about;
    SCOPED(scratch) elsewhere = scratch_make();
    SCOPED(scratch) scratch = scratch_with_state(0600);
    EXPECT_OK(open_folder(&scratch));
    write_file(elsewhere.path, "precious", 0600, SLICE(precious));
    snprintf(path, sizeof path, "%s/precious", elsewhere.path);
    snprintf(link, sizeof link, "%s/endorsements/tdx-crls.pem", scratch.path);
    EXPECT(unlink(link) == 0 && symlink(path, link) == 0);
    EXPECT_OK(open_folder(&scratch));
    EXPECT(stat(path, &about) == 0 && about.st_size == 1);
    EXPECT(lstat(link, &about) == 0 && S_ISREG(about.st_mode));
}

/* What a killed process leaves behind is in nobody's way. */
TEST(a_draft_left_by_a_killed_process_is_replaced)
{
    SCOPED(scratch) scratch = scratch_with_state(0600);
    EXPECT_OK(open_folder(&scratch));
    char folder[PATH_SIZE];
    snprintf(folder, sizeof folder, "%s/endorsements", scratch.path);
    write_file(folder, ".tdx-crls.pem.new", 0600, slice_of_text("torn"));
    EXPECT_OK(open_folder(&scratch));
    EXPECT(is_there(&scratch, "endorsements/tdx-crls.pem", 0644));
    EXPECT(!is_there(&scratch, "endorsements/.tdx-crls.pem.new", 0600));
}

/* Opens it in a process of its own, and writes the root's key digest to `out`. */
static pid_t open_elsewhere(const struct scratch *scratch, int out)
{
    const pid_t child = fork();
    if (child != 0)
        return child;
    SCOPED(sim_state) state = {0};
    struct digest digest = {0};
    bool opened = !sim_folder_open(scratch->path, NOW_S, NULL, &state).fault &&
                  !certificate_spki_digest(&state.intel_root, HASH_SHA256, &digest).fault;
    opened = opened && write(out, digest.data, digest.size) == (ssize_t)digest.size;
    _exit(opened ? 0 : 1);
}

/* K6: both want to make it, one does, and both have the same. Takes as long as two RSA keys do. */
TEST(two_that_make_a_state_at_once_end_with_one)
{
    int pipes[2];
    uint8_t digests[2][32];
    int outcome;
    SCOPED(scratch) scratch = scratch_make();
    EXPECT(pipe(pipes) == 0);
    const pid_t one = open_elsewhere(&scratch, pipes[1]);
    const pid_t other = open_elsewhere(&scratch, pipes[1]);
    EXPECT(waitpid(one, &outcome, 0) == one && outcome == 0);
    EXPECT(waitpid(other, &outcome, 0) == other && outcome == 0);
    close(pipes[1]);
    EXPECT(read(pipes[0], digests, sizeof digests) == sizeof digests);
    EXPECT(memcmp(digests[0], digests[1], sizeof digests[0]) == 0);
    close(pipes[0]);
    EXPECT_OK(open_folder(&scratch));
}
