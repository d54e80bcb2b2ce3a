/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/load.h"

#include "codec/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_SIZE = 1024, CHUNK_SIZE = 4096, KEY_FILE_SIZE_MAX = 64 << 10 };

static status check_file(int fd, const char *path, size_t most, bool is_secret,
                         struct problem *problem)
{
    struct stat info;
    if (fstat(fd, &info) < 0)
        return problem_at(problem, 0, "%s: %s", path, strerror(errno));
    if (S_ISDIR(info.st_mode))
        return problem_at(problem, 0, "%s: is a folder", path);
    if (!S_ISREG(info.st_mode))
        return problem_at(problem, 0, "%s: is not a plain file", path);
    if (info.st_size < 0 || (size_t)info.st_size > most)
        return problem_at(problem, 0, "%s: is larger than %zu bytes", path, most);
    if (is_secret && info.st_uid != 0 && info.st_uid != geteuid())
        return problem_at(problem, 0, "%s: belongs to another user", path);
    if (is_secret && info.st_mode & (S_IRWXO | S_IWGRP))
        return problem_at(problem, 0, "%s: others can read or change it: chmod 600", path);
    return OK;
}

static status read_chunks(int fd, const char *path, size_t most, uint8_t chunk[CHUNK_SIZE],
                          struct buffer *out, struct problem *problem)
{
    SCOPED(buffer) content = {0};
    for (;;) {
        const ssize_t size = read(fd, chunk, CHUNK_SIZE);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return problem_at(problem, 0, "%s: %s", path, strerror(errno));
        if (size == 0)
            break;
        if (content.size + (size_t)size > most)
            return problem_at(problem, 0, "%s: is larger than %zu bytes", path, most);
        TRY(buffer_append(&content, (slice){chunk, (size_t)size}));
    }
    *out = buffer_take(&content);
    return OK;
}

static status read_all(int fd, const char *path, size_t most, struct buffer *out,
                       struct problem *problem)
{
    uint8_t chunk[CHUNK_SIZE];
    const status done = read_chunks(fd, path, most, chunk, out, problem);
    wipe(chunk, sizeof chunk);
    return done;
}

static status load(const char *path, size_t most, bool is_secret, struct buffer *out,
                   struct problem *problem)
{
    /* Not blocking: opening a pipe must not wait for its writer. */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return problem_at(problem, 0, "%s: %s", path, strerror(errno));
    status done = check_file(fd, path, most, is_secret, problem);
    if (!done.fault)
        done = read_all(fd, path, most, out, problem);
    close(fd);
    return done;
}

status file_load(const char *path, size_t most, struct buffer *out, struct problem *out_problem)
{
    return load(path, most, false, out, out_problem);
}

status secret_file_load(const char *path, size_t most, struct buffer *out,
                        struct problem *out_problem)
{
    return load(path, most, true, out, out_problem);
}

status folder_of(const char *path, char *out, size_t capacity)
{
    const char *const slash = strrchr(path, '/');
    const size_t size = slash == path ? 1 : slash ? (size_t)(slash - path) : 1;
    if (size >= capacity)
        return FAIL(EXHAUSTED, "the path is too long");
    memcpy(out, slash ? path : ".", size);
    out[size] = 0;
    return OK;
}

static status join_path(const char *folder, const char *name, char out[PATH_SIZE],
                        struct problem *problem)
{
    const bool absolute = name[0] == '/';
    const int size =
        snprintf(out, PATH_SIZE, "%s%s%s", absolute ? "" : folder, absolute ? "" : "/", name);
    if (size < 0 || size >= PATH_SIZE)
        return problem_at(problem, 0, "%s: the path is too long", name);
    return OK;
}

/* ---- configurations ---- */

status config_load(const char *path, struct config *out, struct problem *out_problem)
{
    char folder[CONFIG_PATH_SIZE_MAX];
    SCOPED(buffer) file = {0};
    TRY(file_load(path, YAML_SIZE_MAX, &file, out_problem));
    if (folder_of(path, folder, sizeof folder).fault)
        return problem_at(out_problem, 0, "%s: the path is too long", path);
    return config_read(buffer_view(&file), folder, out, out_problem);
}

/* ---- endorsements ---- */

static status add_endorsements_file(const char *path, struct endorsements *endorsements,
                                    struct problem *problem)
{
    SCOPED(buffer) file = {0};
    TRY(file_load(path, ENDORSEMENT_SIZE_MAX, &file, problem));
    const status added = endorsements_add(endorsements, buffer_view(&file));
    if (added.fault)
        (void)problem_at(problem, 0, "%s: %s", path, added.fault->what);
    return added;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static bool is_plain_file(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

static status add_file_of_folder(const char *path, struct endorsements *endorsements,
                                 struct problem *problem)
{
    if (!is_plain_file(path))
        return OK;
    const status added = add_endorsements_file(path, endorsements, problem);
    return added.fault && added.fault->failure == FAILURE_UNSUPPORTED ? OK : added;
}

/* What is done with each file of a folder. */
typedef status add_file(const char *path, struct endorsements *endorsements,
                        struct problem *problem);

static status add_folder(const char *folder, add_file *add, struct endorsements *endorsements,
                         struct problem *problem)
{
    struct dirent **entries = NULL;
    char path[PATH_SIZE];
    const int count = scandir(folder, &entries, is_visible, alphasort);
    if (count < 0)
        return problem_at(problem, 0, "%s: %s", folder, strerror(errno));
    status added = OK;
    for (int i = 0; i < count && !added.fault; i++) {
        added = join_path(folder, entries[i]->d_name, path, problem);
        if (!added.fault)
            added = add(path, endorsements, problem);
    }
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    return added;
}

static bool is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

status endorsements_load(const char *path, struct endorsements *endorsements,
                         struct problem *out_problem)
{
    if (is_folder(path))
        return add_folder(path, add_file_of_folder, endorsements, out_problem);
    return add_endorsements_file(path, endorsements, out_problem);
}

static status trust_file(const char *path, struct endorsements *endorsements,
                         struct problem *problem)
{
    SCOPED(buffer) file = {0};
    TRY(file_load(path, ENDORSEMENT_SIZE_MAX, &file, problem));
    const status trusted = endorsements_trust(endorsements, buffer_view(&file));
    if (trusted.fault)
        return problem_at(problem, 0, "%s: %s", path, trusted.fault->what);
    return OK;
}

status trust_load(const char *path, struct endorsements *endorsements, struct problem *out_problem)
{
    if (is_folder(path))
        return add_folder(path, trust_file, endorsements, out_problem);
    return trust_file(path, endorsements, out_problem);
}

/* ---- policies ---- */

void guard_clear(struct guard *guard)
{
    policy_free(guard->policy);
    if (guard->endorsements)
        endorsements_clear(guard->endorsements);
    free(guard->endorsements);
    *guard = (struct guard){0};
}

/* A bare key is named by the beginning of what pins it. */
static void anchor_name(const struct trust_anchor *anchor, char out[COMMON_NAME_SIZE_MAX])
{
    enum { SHOWN = 8 };
    char digits[2 * SHOWN + 1];
    if (anchor->certificate.x509) {
        certificate_common_name(&anchor->certificate, out);
        return;
    }
    hex_write((slice){anchor->key.data, SHOWN}, digits);
    snprintf(out, COMMON_NAME_SIZE_MAX, "key %s", digits);
}

void guard_roots(const struct guard *guard, char out[ROOTS_TEXT_SIZE])
{
    const struct endorsements *const endorsements = guard->endorsements;
    size_t size = 0;
    out[0] = 0;
    for (size_t i = 0; endorsements && i < endorsements->anchor_count; i++) {
        char name[COMMON_NAME_SIZE_MAX];
        anchor_name(&endorsements->anchors[i], name);
        const int added = snprintf(out + size, ROOTS_TEXT_SIZE - size, "%s%s", i ? ", " : "",
                                   name[0] ? name : "(without a name)");
        if (added < 0 || (size_t)added >= ROOTS_TEXT_SIZE - size)
            break;
        size += (size_t)added;
    }
}

/* Puts the file's name before what is wrong in it. */
static status in_file(const char *path, const struct problem *inner, struct problem *problem)
{
    if (inner->line)
        return problem_at(problem, 0, "%s: line %d: %s", path, inner->line, inner->text);
    return problem_at(problem, 0, "%s: %s", path, inner->text);
}

static status load_named_files(const char *folder, const struct policy *policy,
                               struct endorsements *endorsements, struct problem *problem)
{
    char path[PATH_SIZE];
    const char *name;
    for (size_t i = 0; (name = policy_trust_path(policy, i)); i++) {
        TRY(join_path(folder, name, path, problem));
        TRY(trust_load(path, endorsements, problem));
    }
    for (size_t i = 0; (name = policy_endorsements_path(policy, i)); i++) {
        TRY(join_path(folder, name, path, problem));
        TRY(endorsements_load(path, endorsements, problem));
    }
    return OK;
}

static status read_policy(const char *path, struct guard *guard, struct problem *problem)
{
    struct problem inner = {0};
    SCOPED(buffer) file = {0};
    guard->rules = policy_built_in(path);
    if (guard->rules)
        return OK;
    TRY(file_load(path, YAML_SIZE_MAX, &file, problem));
    if (policy_read(buffer_view(&file), &guard->policy, &inner).fault)
        return in_file(path, &inner, problem);
    guard->rules = guard->policy;
    return OK;
}

static status fill_guard(const char *path, bool is_for_link, struct guard *guard,
                         struct problem *problem)
{
    struct problem inner = {0};
    char folder[PATH_SIZE];
    guard->endorsements = calloc(1, sizeof *guard->endorsements);
    if (!guard->endorsements)
        return problem_at(problem, 0, "no memory for endorsements");
    if (!path)
        return OK;
    TRY(read_policy(path, guard, problem));
    if (is_for_link && policy_fits_link(guard->rules, &inner).fault)
        return in_file(path, &inner, problem);
    if (folder_of(path, folder, sizeof folder).fault)
        return problem_at(problem, 0, "%s: the path is too long", path);
    return load_named_files(folder, guard->rules, guard->endorsements, problem);
}

static status load_guard(const char *path, bool is_for_link, struct guard *out,
                         struct problem *problem)
{
    struct guard guard = {0};
    const status loaded = fill_guard(path, is_for_link, &guard, problem);
    if (loaded.fault) {
        guard_clear(&guard);
        return loaded;
    }
    *out = guard;
    return OK;
}

status guard_load(const char *path, struct guard *out, struct problem *out_problem)
{
    return load_guard(path, true, out, out_problem);
}

status policy_load(const char *path, struct guard *out, struct problem *out_problem)
{
    return load_guard(path, false, out, out_problem);
}

/* ---- our key ---- */

status identity_load(const struct config *config, struct tls_identity **out,
                     struct problem *out_problem)
{
    SCOPED(buffer) key = {0};
    SCOPED(buffer) certificate = {0};
    TRY(secret_file_load(config->key_path, KEY_FILE_SIZE_MAX, &key, out_problem));
    TRY(file_load(config->certificate_path, KEY_FILE_SIZE_MAX, &certificate, out_problem));
    const status read = tls_identity_of_pem(buffer_view(&certificate), buffer_view(&key), out);
    if (read.fault)
        return problem_at(out_problem, 0, "identity: %s with %s: %s", config->certificate_path,
                          config->key_path, read.fault->what);
    return OK;
}
