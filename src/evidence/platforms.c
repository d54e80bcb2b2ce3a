/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/platform.h"

#include <string.h>

#define PLATFORM(name) extern const struct platform name##_platform;
#include "platforms.inc"
#undef PLATFORM

#define PLATFORM(name) &name##_platform,
static const struct platform *const platforms[] = {
#include "platforms.inc"
};
#undef PLATFORM

enum { PLATFORM_COUNT = sizeof platforms / sizeof platforms[0] };

status verification_endorsed(const struct verification *request,
                             status (*verify)(const struct verification *, struct facts *),
                             struct facts *out)
{
    if (request->endorsements)
        return verify(request, out);
    SCOPED(endorsements) none = {0};
    struct verification without = *request;
    without.endorsements = &none;
    return verify(&without, out);
}

bool binding_is(slice field, slice binding)
{
    uint8_t padded[BINDING_SIZE] = {0};
    if (!binding.size || binding.size > field.size || field.size > sizeof padded)
        return false;
    memcpy(padded, binding.data, binding.size);
    return equal_in_constant_time((slice){padded, field.size}, field);
}

bool platform_carries(const struct platform *platform, slice report_data, slice binding)
{
    return platform->is_bound ? platform->is_bound(report_data, binding)
                              : binding_is(report_data, binding);
}

bool platform_may_be_bound(const struct platform *platform, const struct verification *request,
                           struct facts *out)
{
    slice claimed;
    if (platform->report_data(request->evidence, &claimed).fault ||
        platform_carries(platform, claimed, request->binding))
        return true;
    out->platform = platform->name;
    check_fail(out, "binding", platform->binding_mismatch, "the report data is not the binding");
    return false;
}

bool platform_can_bind(const struct platform *platform)
{
    return platform->report_data != NULL;
}

const struct platform *platform_at(size_t index)
{
    return index < PLATFORM_COUNT ? platforms[index] : NULL;
}

const struct platform *platform_named(const char *name)
{
    for (size_t i = 0; i < PLATFORM_COUNT; i++)
        if (strcmp(platforms[i]->name, name) == 0)
            return platforms[i];
    return NULL;
}

const struct platform *platform_of(slice evidence)
{
    for (size_t i = 0; i < PLATFORM_COUNT; i++)
        if (platforms[i]->recognises(evidence))
            return platforms[i];
    return NULL;
}

const struct platform *platform_here(const struct collection *where)
{
    for (size_t i = 0; i < PLATFORM_COUNT; i++)
        if (platforms[i]->is_here && platforms[i]->is_here(where))
            return platforms[i];
    return NULL;
}
