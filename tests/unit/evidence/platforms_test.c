/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/platform.h"

#include "samples.h"

TEST(every_platform_is_found_by_its_name_and_brings_what_verification_needs)
{
    size_t count = 0;
    for (const struct platform *platform; (platform = platform_at(count)); count++) {
        EXPECT(platform_named(platform->name) == platform);
        EXPECT(platform->title && platform->claims && platform->recognises && platform->inspect &&
               platform->verify);
    }
    EXPECT(count >= 2);
    EXPECT(!platform_at(count + 1000));
    EXPECT(platform_named("snp") && platform_named("tdx"));
    EXPECT(!platform_named("") && !platform_named("SNP"));
}

TEST(no_name_stands_twice_in_a_platforms_table_of_claims)
{
    for (size_t i = 0; platform_at(i); i++)
        for (const struct claim_name *a = platform_at(i)->claims; a->name; a++)
            for (const struct claim_name *b = a + 1; b->name; b++)
                EXPECT(strcmp(a->name, b->name) != 0);
}

static bool is_explained(slice page, const char *name, int size, const char *ending)
{
    char quoted[128];
    const int quoted_size = snprintf(quoted, sizeof quoted, "`%.*s%s`", size, name, ending);
    return memmem(page.data, page.size, quoted, (size_t)quoted_size) != NULL;
}

/* "`pcrs.sha256.<n>`" and "`components.<n>.type`" explain all that are numbered so. */
static bool is_explained_by_number(slice page, const char *name)
{
    const size_t before = strcspn(name, "."), length = strlen(name);
    for (size_t dot = before; dot < length; dot += 1 + strcspn(name + dot + 1, ".")) {
        const size_t digits = strspn(name + dot + 1, "0123456789");
        const char *const after = name + dot + 1 + digits;
        char ending[64];
        if (digits == 0 || (*after && *after != '.'))
            continue;
        snprintf(ending, sizeof ending, ".<n>%s", after);
        if (is_explained(page, name, (int)dot, ending))
            return true;
    }
    return false;
}

TEST(every_claim_is_explained_in_the_documentation)
{
    const char *const vectors = getenv("CIX_VECTORS");
    char folder[PATH_SIZE];
    if (!vectors)
        SKIP(1, "no CIX_VECTORS");
    path_join(vectors, "../../docs", folder);
    SCOPED(buffer) page = file_read(folder, "claims.md");
    for (size_t i = 0; platform_at(i); i++)
        for (const struct claim_name *claim = platform_at(i)->claims; claim->name; claim++) {
            const bool found =
                is_explained(buffer_view(&page), claim->name, (int)strlen(claim->name), "") ||
                is_explained_by_number(buffer_view(&page), claim->name);
            if (!found)
                printf("  %s\n", claim->name);
            EXPECT(found);
        }
}

TEST(nobody_recognises_nothing_or_noise)
{
    uint8_t noise[4096];
    EXPECT(!platform_of((slice){NULL, 0}));
    memset(noise, 0, sizeof noise);
    EXPECT(!platform_of(SLICE(noise)));
    memset(noise, 0xff, sizeof noise);
    EXPECT(!platform_of(SLICE(noise)));
}

/* E11, E12 */
TEST(a_field_carries_the_binding_and_then_only_zeros)
{
    uint8_t field[64] = {1, 2, 3};
    const uint8_t binding[] = {1, 2, 3};
    EXPECT(binding_is(SLICE(field), SLICE(binding)));
    EXPECT(binding_is(SLICE(field), SLICE(field)));
    EXPECT(!binding_is(SLICE(field), (slice){binding, 2}));
    EXPECT(!binding_is(SLICE(field), (slice){NULL, 0}));
    EXPECT(!binding_is((slice){field, 2}, SLICE(binding)));
    field[63] = 1;
    EXPECT(!binding_is(SLICE(field), SLICE(binding)));
}
