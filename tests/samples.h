/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The shared evidence samples: $CIX_SHARED, or ../shared beside the source tree. */

#include "codec/json.h"
#include "codec/text.h"
#include "evidence/platform.h"

#include "test.h"

#include <dirent.h>
#include <unistd.h>

enum { PATH_SIZE = 1024 };

/* The folder of the samples; NULL where it is not there. */
static inline const char *samples_root(void)
{
    static char root[PATH_SIZE];
    const char *const shared = getenv("CIX_SHARED");
    const char *const here = strstr(__FILE__, "tests/unit/");
    if (shared)
        snprintf(root, sizeof root, "%s/evidence", shared);
    else
        snprintf(root, sizeof root, "%.*s../shared/evidence", (int)(here - __FILE__), __FILE__);
    return access(root, R_OK) == 0 ? root : NULL;
}

/* True, said and counted as a skipped case, when there is nothing to test with. */
static inline bool samples_are_absent(const char *what)
{
    if (samples_root())
        return false;
    printf("  skipped: %s (no shared samples)\n", what);
    test_skipped++;
    return true;
}

static inline void path_join(const char *folder, const char *name, char out[PATH_SIZE])
{
    const int size = snprintf(out, PATH_SIZE, "%s/%s", folder, name);
    if (size < 0 || size >= PATH_SIZE) {
        printf("  a path is too long: %s in %s\n", name, folder);
        exit(1);
    }
}

static inline struct buffer file_read(const char *folder, const char *name)
{
    char path[PATH_SIZE];
    uint8_t chunk[4096];
    struct buffer bytes = {0};
    path_join(folder, name, path);
    FILE *const file = fopen(path, "rb");
    if (!file) {
        printf("  cannot open %s\n", path);
        exit(1);
    }
    for (size_t size; (size = fread(chunk, 1, sizeof chunk, file)) > 0;)
        EXPECT_OK(buffer_append(&bytes, (slice){chunk, size}));
    fclose(file);
    return bytes;
}

static inline struct json json_of_file(const char *folder, const char *name)
{
    struct json json = {0};
    struct buffer text = file_read(folder, name);
    EXPECT_OK(json_read(buffer_view(&text), &json));
    buffer_clear(&text);
    return json;
}

static inline bool ends_with(const char *text, const char *end)
{
    const size_t size = strlen(text), end_size = strlen(end);
    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

static inline bool is_endorsement(const char *name)
{
    return ends_with(name, ".pem") || ends_with(name, ".der") ||
           (ends_with(name, ".json") && strcmp(name, "manifest.json") != 0);
}

/* Adds every endorsement in `folder`, but for those with `unwanted` in their names (NULL: none). */
static inline void endorse_with_folder(struct endorsements *endorsements, const char *folder,
                                       const char *unwanted)
{
    DIR *const list = opendir(folder);
    for (const struct dirent *entry; list && (entry = readdir(list));) {
        if (!is_endorsement(entry->d_name) || (unwanted && strstr(entry->d_name, unwanted)))
            continue;
        struct buffer bytes = file_read(folder, entry->d_name);
        EXPECT_OK(endorsements_add(endorsements, buffer_view(&bytes)));
        buffer_clear(&bytes);
    }
    if (list)
        closedir(list);
}

static inline void trust_file(struct endorsements *endorsements, const char *folder,
                              const char *name)
{
    struct buffer bytes = file_read(folder, name);
    EXPECT_OK(endorsements_trust(endorsements, buffer_view(&bytes)));
    buffer_clear(&bytes);
}

static inline const char *text_of(const json_t *object, const char *key)
{
    const char *const text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static inline int64_t time_of(const char *text)
{
    int64_t time_s = 0;
    EXPECT_OK(time_read(slice_of_text(text), &time_s));
    return time_s;
}

/* One sample folder with its evidence and manifest. */
struct sample {
    char folder[PATH_SIZE];
    struct json manifest;
    struct buffer evidence;
};

static inline void sample_clear(struct sample *sample)
{
    json_clear(&sample->manifest);
    buffer_clear(&sample->evidence);
}

/* `id` as in the manifests: "tdx/v5-oe". */
static inline struct sample sample_open(const char *id)
{
    struct sample sample = {0};
    path_join(samples_root(), id, sample.folder);
    sample.manifest = json_of_file(sample.folder, "manifest.json");
    sample.evidence = file_read(sample.folder, "evidence.bin");
    return sample;
}

/* Calls `visit` for each sample of `family` whose name begins with `prefix`; tells how many. */
static inline size_t samples_each(const char *family, const char *prefix,
                                  void (*visit)(const char *id, const struct sample *sample))
{
    char folder[PATH_SIZE];
    size_t count = 0;
    path_join(samples_root(), family, folder);
    DIR *const list = opendir(folder);
    for (const struct dirent *entry; list && (entry = readdir(list));) {
        char id[PATH_SIZE];
        if (entry->d_name[0] == '.' || strncmp(entry->d_name, prefix, strlen(prefix)) != 0)
            continue;
        path_join(family, entry->d_name, id);
        SCOPED(sample) sample = sample_open(id);
        const int before = test_failures;
        visit(id, &sample);
        if (test_failures != before)
            printf("  in %s\n", id);
        count++;
    }
    if (list)
        closedir(list);
    return count;
}

/* The sample's collateral set `dir` ("collateral-1"); "" where it lies beside the evidence. */
static inline void endorse_with_set(struct endorsements *endorsements, const struct sample *sample,
                                    const char *dir)
{
    char folder[PATH_SIZE];
    path_join(sample->folder, dir, folder);
    endorse_with_folder(endorsements, folder, NULL);
}

static inline status verify_at(const struct platform *platform, slice evidence,
                               const struct endorsements *endorsements, int64_t now_s,
                               struct facts *out)
{
    const struct verification request = {
        .evidence = evidence, .endorsements = endorsements, .now_s = now_s};
    memset(out, 0, sizeof *out);
    return platform->verify(&request, out);
}

extern const struct platform sgx_platform, tdx_platform;

static inline status tdx_verify_at(slice evidence, const struct endorsements *endorsements,
                                   int64_t now_s, struct facts *out)
{
    return verify_at(&tdx_platform, evidence, endorsements, now_s, out);
}

static inline const char *result_name(const struct facts *facts, const char *check)
{
    static const char *const names[] = {"fail", "pass", "skipped"};
    const struct check *const found = facts_check(facts, check);
    return found ? names[found->result] : "absent";
}

/* The reason of a failed check; empty when it did not fail. */
static inline const char *failure_of(const struct facts *facts, const char *check)
{
    const struct check *const found = facts_check(facts, check);
    return found && found->result == CHECK_FAIL ? found->reason : "";
}

static inline void print_failures(const struct facts *facts)
{
    for (size_t i = 0; i < facts->check_count; i++)
        if (facts->checks[i].result == CHECK_FAIL)
            printf("  failed: %s %s (%s)\n", facts->checks[i].name, facts->checks[i].reason,
                   facts->checks[i].detail);
}

static inline bool claim_is_text(const struct facts *facts, const char *name, const char *text)
{
    return slice_equal(claims_bytes(&facts->claims, name), slice_of_text(text));
}

static inline bool claim_is_flag(const struct facts *facts, const char *name, bool value)
{
    const struct claim *const claim = claims_find(&facts->claims, name);
    return claim && claim->kind == CLAIM_FLAG && claim->number == value;
}
