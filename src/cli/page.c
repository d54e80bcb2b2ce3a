/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/page.h"

#include "cli/print.h"

#include <inttypes.h>
#include <string.h>

enum { NAME_COLUMN = 32, INDENT = 2 };

/* ---- what is unusual ---- */

static enum claim_meaning meaning_of(const struct platform *platform, const char *name)
{
    const struct claim_name *row = platform->claims;
    while (row->name && strcmp(row->name, name) != 0)
        row++;
    return row->meaning;
}

static const char *explain_flag(enum claim_meaning meaning)
{
    switch (meaning) {
    case CLAIM_MEANS_DEBUG:
        return "somebody outside may look into it, or chose what runs in it";
    case CLAIM_MEANS_MIGRATION:
        return "somebody may move it to another machine";
    case CLAIM_MEANS_PROVISIONAL:
        return "its firmware can still be rolled back";
    case CLAIM_MEANS_NOT_YET_VALID:
        return "something that it rests on is not yet in its dates";
    default:
        return NULL;
    }
}

static const char *explain_name(const struct claims *claims, const struct claim *claim)
{
    const slice value = claim_value(claims, claim);
    const bool is_nothing =
        claim->kind == CLAIM_NUMBER ? claim->number == 0 : slice_equal(value, slice_of_text("0x0"));
    if (strcmp(claim->name, "tcb_status") == 0)
        return slice_equal(value, slice_of_text("UpToDate"))
                   ? NULL
                   : "its vendor wants something updated, or set up in another way";
    if (strcmp(claim->name, "report_data") == 0)
        return slice_is_zero(value) ? "nobody asked for anything to be signed with it" : NULL;
    if (strcmp(claim->name, "trailing_bytes") == 0)
        return is_nothing ? NULL : "bytes follow that nobody signed";
    if (strstr(claim->name, "unknown_"))
        return is_nothing ? NULL : "this version of cix does not know what it means";
    return NULL;
}

static const char *explain(const struct platform *platform, const struct claims *claims,
                           const struct claim *claim)
{
    if (claim->kind == CLAIM_FLAG)
        return claim->number ? explain_flag(meaning_of(platform, claim->name)) : NULL;
    return explain_name(claims, claim);
}

static void print_unusual(FILE *out, const struct platform *platform, const struct claims *claims)
{
    size_t count = 0;
    fputs("\nunusual\n", out);
    for (size_t i = 0; i < claims->count; i++) {
        const struct claim *const claim = &claims->entries[i];
        const char *const why = explain(platform, claims, claim);
        if (!why)
            continue;
        fprintf(out, "  %s: ", claim->name);
        print_value(out, claims, claim);
        fprintf(out, ": %s\n", why);
        count++;
    }
    if (!platform_can_bind(platform)) {
        fputs("  it carries nothing of its guest's choosing: no link can rest on it alone\n", out);
        count++;
    }
    if (!claims_find(claims, "measurement")) {
        fputs("  it has no measurement that a policy could pin\n", out);
        count++;
    }
    if (!count)
        fputs("  nothing\n", out);
}

/* ---- what it claims, in groups ---- */

/* How much of `name` is groups that the line before was in too: "a.b." of "a.b.c". */
static size_t common_groups(const char *name, const char *before)
{
    size_t common = 0;
    for (size_t i = 0; name[i] && name[i] == before[i]; i++)
        if (name[i] == '.')
            common = i + 1;
    return common;
}

static int depth_of(const char *name, size_t size)
{
    int depth = 1;
    for (size_t i = 0; i < size; i++)
        depth += name[i] == '.';
    return depth;
}

static void print_in_groups(FILE *out, const struct claims *claims, const struct claim *claim,
                            const char *before)
{
    const char *const name = claim->name;
    size_t at = common_groups(name, before);
    for (const char *dot; (dot = strchr(name + at, '.')); at = (size_t)(dot - name) + 1)
        fprintf(out, "%*s%.*s\n", INDENT * depth_of(name, at), "", (int)(dot - name - (long)at),
                name + at);
    const int indent = INDENT * depth_of(name, at);
    fprintf(out, "%*s%-*s ", indent, "", NAME_COLUMN - indent, name + at);
    print_value(out, claims, claim);
    fputc('\n', out);
}

static void print_claims(FILE *out, const struct claims *claims)
{
    const char *before = "";
    fputs("\nclaims\n", out);
    for (size_t i = 0; i < claims->count; i++) {
        print_in_groups(out, claims, &claims->entries[i], before);
        before = claims->entries[i].name;
    }
}

void page_print(FILE *out, const struct platform *platform, const struct facts *facts)
{
    fprintf(out, "evidence of %s (%s)\n", platform->title, facts->format);
    fputs("read, not judged: whoever made it could write anything into it\n", out);
    print_unusual(out, platform, &facts->claims);
    print_claims(out, &facts->claims);
}
