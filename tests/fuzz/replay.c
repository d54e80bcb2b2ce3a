/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Runs a fuzz target over files instead of a fuzzer's inventions: every file in the folders given
 * (kept corpus, regressions), each of them also cut at every byte, and the empty input.
 */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INPUT_SIZE_MAX = 1 << 20, CUT_SIZE_MAX = 8 << 10, PATH_SIZE = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In memory of its own size, so that a sanitizer sees a read past the end. */
static void run_prefix(const uint8_t *data, size_t size)
{
    uint8_t *const copy = malloc(size ? size : 1);
    if (!copy)
        exit(1);
    if (size)
        memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

static void run_file(const char *path)
{
    static uint8_t data[INPUT_SIZE_MAX];
    FILE *const file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(1);
    }
    const size_t size = fread(data, 1, sizeof data, file);
    fclose(file);
    run_prefix(data, size);
    for (size_t cut = 0; cut < size && cut < CUT_SIZE_MAX; cut++)
        run_prefix(data, cut);
}

static int run_folder(const char *folder)
{
    char path[PATH_SIZE];
    int count = 0;
    DIR *const entries = opendir(folder);
    if (!entries)
        return 0; /* nothing was kept for this target */
    for (const struct dirent *entry; (entry = readdir(entries));) {
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "README") == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        run_file(path);
        count++;
    }
    closedir(entries);
    return count;
}

int main(int argc, char **argv)
{
    int files = 0;
    run_prefix(NULL, 0);
    for (int i = 1; i < argc; i++)
        files += run_folder(argv[i]);
    printf("ok   replayed %d files\n1 passed, 0 failed, 0 skipped\n", files);
    return 0;
}
