/* SPDX-License-Identifier: Apache-2.0 */

/* libcix.so as a file: what it shows, and what loading it leaves behind. Its path is in LIBCIX. */

#include "cix/cix.h"

#include "test.h"

#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>

static const char *library(void)
{
    const char *const path = getenv("LIBCIX");
    if (!path)
        abort();
    return path;
}

/* What binutils sees, not what we believe. */
TEST(only_cix_names_are_exported)
{
    char command[4096], line[512];
    int exported = 0;
    snprintf(command, sizeof command, "nm -D --defined-only '%s'", library());
    FILE *const names = popen(command, "r");
    EXPECT(names != NULL);
    while (names && fgets(line, sizeof line, names)) {
        const char *const name = strrchr(line, ' ');
        EXPECT(name && strncmp(name + 1, "cix_", 4) == 0);
        if (!name || strncmp(name + 1, "cix_", 4) != 0)
            printf("  exported: %s", line);
        exported++;
    }
    EXPECT(names && pclose(names) == 0);
    EXPECT(exported >= 30);
}

static void use_once(void *handle)
{
    enum cix_result (*build)(const struct cix_config *, struct cix_context **, char *);
    void (*drop)(struct cix_context *);
    *(void **)&build = dlsym(handle, "cix_context_build");
    *(void **)&drop = dlsym(handle, "cix_context_free");
    const struct cix_config config = {.size = sizeof config,
                                      .use = CIX_USE_CHANNELS,
                                      .now_s = 1767225600,
                                      .insecure_skip_appraisal = true};
    struct cix_context *context = NULL;
    EXPECT(build && drop && build(&config, &context, NULL) == CIX_OK);
    drop(context);
}

/* A4: OpenSSL, which stays loaded, and the allocator settle in the first thousand. */
TEST(loading_and_unloading_a_thousand_times_leaves_nothing_behind)
{
    void *const keep[] = {dlopen("libssl.so.3", RTLD_NOW), dlopen("libcrypto.so.3", RTLD_NOW)};
    size_t before = 0;
    EXPECT(keep[0] && keep[1]);
    for (int i = 0; i < 2000; i++) {
        void *const handle = dlopen(library(), RTLD_NOW | RTLD_LOCAL);
        EXPECT(handle != NULL);
        if (!handle)
            return;
        use_once(handle);
        EXPECT(dlclose(handle) == 0);
        if (i == 999)
            before = mallinfo2().uordblks;
    }
    EXPECT(mallinfo2().uordblks <= before + 4096);
}
