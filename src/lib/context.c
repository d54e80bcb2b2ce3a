/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/lib.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONFIG_LIST_MAX = 256 };

/* Says what is wrong, for a person, and answers `result`. */
__attribute__((format(printf, 3, 4))) static enum cix_result
wrong(char *problem, enum cix_result result, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (problem)
        vsnprintf(problem, CIX_PROBLEM_SIZE, format, arguments);
    va_end(arguments);
    return result;
}

/* ---- life ---- */

struct cix_context *context_hold(struct cix_context *context)
{
    atomic_fetch_add(&context->references, 1);
    return context;
}

void cix_context_free(struct cix_context *context)
{
    if (!context || atomic_fetch_sub(&context->references, 1) != 1)
        return;
    tls_identity_free(context->identity);
    policy_free(context->policy_read);
    endorsements_clear(&context->endorsements);
    free(context->tsm_root);
    free(context);
}

/* ---- building, part by part ---- */

static bool list_is_sound(const struct cix_slice *list, size_t count)
{
    if (count > CONFIG_LIST_MAX || (count && !list))
        return false;
    for (size_t i = 0; i < count; i++)
        if (!slice_is_sound(list[i]))
            return false;
    return true;
}

static enum cix_result check(const struct cix_config *config, char *problem)
{
    if (config->size != sizeof *config)
        return wrong(problem, CIX_INVALID, "size is not that of the config of this version");
    if (config->use != CIX_USE_CHANNELS && config->use != CIX_USE_VERIFYING)
        return wrong(problem, CIX_INVALID, "use says neither channels nor verifying");
    if (!slice_is_sound(config->policy) || !slice_is_sound(config->certificate_pem) ||
        !slice_is_sound(config->key_pem) || !list_is_sound(config->trust, config->trust_count) ||
        !list_is_sound(config->endorsements, config->endorsement_count))
        return wrong(problem, CIX_INVALID, "bytes without an address, or a list that is too long");
    if (!config->certificate_pem.size != !config->key_pem.size)
        return wrong(problem, CIX_INVALID, "a certificate and its key come together");
    if (config->use == CIX_USE_CHANNELS && !config->policy.size && !config->insecure_skip_appraisal)
        return wrong(problem, CIX_DENIED, "channels need a policy for the peer");
    if (config->policy.size && config->insecure_skip_appraisal)
        return wrong(problem, CIX_INVALID, "a policy and insecure_skip_appraisal");
    return CIX_OK;
}

static enum cix_result read_policy_text(struct cix_context *context, slice text, char *problem)
{
    struct problem found = {0};
    const status read = policy_read(text, &context->policy_read, &found);
    context->policy = context->policy_read;
    return read.fault
               ? wrong(problem, result_of(read), "policy, line %d: %s", found.line, found.text)
               : CIX_OK;
}

static enum cix_result read_policy(struct cix_context *context, const struct cix_config *config,
                                   char *problem)
{
    char name[32] = {0};
    struct problem found = {0};
    if (!config->policy.size)
        return CIX_OK;
    if (config->policy.size < sizeof name)
        memcpy(name, config->policy.data, config->policy.size);
    if (strlen(name) == config->policy.size)
        context->policy = policy_built_in(name);
    if (!context->policy) {
        const enum cix_result read = read_policy_text(context, slice_of(config->policy), problem);
        if (read != CIX_OK)
            return read;
    }
    if (policy_trust_path(context->policy, 0) || policy_endorsements_path(context->policy, 0))
        return wrong(problem, CIX_UNSUPPORTED,
                     "policy: names files; give their content in the config instead");
    if (config->use == CIX_USE_CHANNELS && policy_fits_link(context->policy, &found).fault)
        return wrong(problem, CIX_DENIED, "policy, line %d: %s", found.line, found.text);
    return CIX_OK;
}

static enum cix_result read_endorsements(struct cix_context *context,
                                         const struct cix_config *config, char *problem)
{
    for (size_t i = 0; i < config->trust_count; i++) {
        const status added = endorsements_trust(&context->endorsements, slice_of(config->trust[i]));
        if (added.fault)
            return wrong(problem, result_of(added), "trust %zu: %s", i, added.fault->what);
    }
    for (size_t i = 0; i < config->endorsement_count; i++) {
        const status added =
            endorsements_add(&context->endorsements, slice_of(config->endorsements[i]));
        if (added.fault)
            return wrong(problem, result_of(added), "endorsement %zu: %s", i, added.fault->what);
    }
    return CIX_OK;
}

static enum cix_result make_identity(struct cix_context *context, const struct cix_config *config,
                                     char *problem)
{
    if (config->use != CIX_USE_CHANNELS)
        return CIX_OK;
    const status made = config->key_pem.size
                            ? tls_identity_of_pem(slice_of(config->certificate_pem),
                                                  slice_of(config->key_pem), &context->identity)
                            : tls_identity_generate(config->now_s, &context->identity);
    return made.fault ? wrong(problem, result_of(made), "key and certificate: %s", made.fault->what)
                      : CIX_OK;
}

static enum cix_result name_platform(struct cix_context *context, const struct cix_config *config,
                                     char *problem)
{
    if (config->tsm_root && !(context->tsm_root = strdup(config->tsm_root)))
        return wrong(problem, CIX_EXHAUSTED, "no memory");
    if (!config->attest)
        return CIX_OK;
    const struct platform *const platform = platform_named(config->attest);
    if (!platform || !platform->collect)
        return wrong(problem, CIX_UNSUPPORTED, "attest: this build knows no such platform");
    snprintf(context->platform, sizeof context->platform, "%s", platform->name);
    return CIX_OK;
}

static void finish(struct cix_context *context, const struct cix_config *config)
{
    context->channels = (struct channel_context){
        .identity = context->identity,
        .attest = context->platform[0] ? context->platform : NULL,
        .policy = context->policy,
        .insecure_skip_appraisal = config->insecure_skip_appraisal,
        .endorsements = &context->endorsements,
        .reattest_s = config->reattest_s,
    };
}

static enum cix_result fill(struct cix_context *context, const struct cix_config *config,
                            char *problem)
{
    static enum cix_result (*const parts[])(struct cix_context *, const struct cix_config *,
                                            char *) = {read_policy, read_endorsements,
                                                       make_identity, name_platform};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const enum cix_result result = parts[i](context, config, problem);
        if (result != CIX_OK)
            return result;
    }
    finish(context, config);
    return CIX_OK;
}

enum cix_result cix_context_build(const struct cix_config *config, struct cix_context **out,
                                  char *out_problem)
{
    if (!config || !out)
        return wrong(out_problem, CIX_INVALID, "NULL where something is needed");
    const enum cix_result checked = check(config, out_problem);
    if (checked != CIX_OK)
        return checked;
    struct cix_context *const context = calloc(1, sizeof *context);
    if (!context)
        return wrong(out_problem, CIX_EXHAUSTED, "no memory");
    atomic_init(&context->references, 1);
    context->use = config->use;
    const enum cix_result filled = fill(context, config, out_problem);
    if (filled != CIX_OK)
        cix_context_free(context);
    else
        *out = context;
    return filled;
}

/* ---- what it can do by itself ---- */

enum cix_result cix_context_key_digest(const struct cix_context *context, uint8_t out[48])
{
    if (!context || !out)
        return CIX_INVALID;
    if (!context->identity)
        return CIX_UNEXPECTED;
    memcpy(out, tls_identity_spki_digest(context->identity)->data, SPKI_DIGEST_SIZE);
    return CIX_OK;
}

static struct cix_bytes bytes_of(struct buffer *buffer)
{
    const struct buffer taken = buffer_take(buffer);
    return (struct cix_bytes){taken.data, taken.size};
}

enum cix_result cix_collect(const struct cix_context *context,
                            const uint8_t binding[CIX_BINDING_SIZE], struct cix_bytes *out_evidence,
                            struct cix_bytes *out_endorsements)
{
    if (!context || !binding || !out_evidence || !out_endorsements)
        return CIX_INVALID;
    if (!context->platform[0])
        return CIX_UNSUPPORTED;
    const struct platform *const platform = platform_named(context->platform);
    const struct collection request = {.tsm_root = context->tsm_root,
                                       .binding = {binding, CIX_BINDING_SIZE}};
    SCOPED(buffer) evidence = {0};
    SCOPED(buffer) endorsements = {0};
    const status collected = platform->collect(&request, &evidence, &endorsements);
    if (collected.fault)
        return result_of(collected);
    *out_evidence = bytes_of(&evidence);
    *out_endorsements = bytes_of(&endorsements);
    return CIX_OK;
}
