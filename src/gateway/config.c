/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/config.h"

#include "evidence/platform.h"
#include "gateway/config_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    REATTEST_DEFAULT_S = 3600,
    REATTEST_LEAST_S = 1,
    REATTEST_MOST_S = 7 * 86400,
    CONNECT_TIMEOUT_DEFAULT_S = 10,
    CONNECT_TIMEOUT_MOST_S = 300,
    DRAIN_DEFAULT_S = 30,
    DRAIN_MOST_S = 86400,
    SPDM_PORT = 4194, /* IANA's, for SPDM over TCP */
};

status config_expect_kind(const struct yaml *node, enum yaml_kind kind, const char *what,
                          struct problem *problem)
{
    if (node->kind == kind && (kind == YAML_SCALAR || node->first_child))
        return OK;
    return problem_at(problem, node->line, "%s: write %s", node->key ? node->key : "entry", what);
}

status config_required(const struct yaml *mapping, const char *key, const char *what,
                       const struct yaml **out, struct problem *problem)
{
    *out = yaml_child(mapping, key);
    if (*out)
        return OK;
    return problem_at(problem, mapping->line, "'%s:' is missing: write %s", key, what);
}

status config_read_string(const struct yaml *node, char *out, size_t capacity,
                          struct problem *problem)
{
    const char *text = NULL;
    TRY(yaml_read_text(node, &text, problem));
    const size_t size = strlen(text);
    if (!size)
        return problem_at(problem, node->line, "%s: is empty", node->key ? node->key : "entry");
    if (size >= capacity)
        return problem_at(problem, node->line, "%s: has more than %zu characters",
                          node->key ? node->key : "entry", capacity - 1);
    memcpy(out, text, size + 1);
    return OK;
}

bool config_is_name(const char *text)
{
    for (const char *at = text; *at; at++)
        if (!(*at >= 'a' && *at <= 'z') && !(*at >= 'A' && *at <= 'Z') &&
            !(*at >= '0' && *at <= '9') && !strchr("-_.", *at))
            return false;
    return *text;
}

status config_copy_name(const char *text, int line, char out[CONFIG_NAME_SIZE_MAX],
                        struct problem *problem)
{
    if (strlen(text) >= CONFIG_NAME_SIZE_MAX || !config_is_name(text))
        return problem_at(problem, line,
                          "'%s' is not a name: up to %d letters, digits, '-', '_' and '.'", text,
                          CONFIG_NAME_SIZE_MAX - 1);
    memcpy(out, text, strlen(text) + 1);
    return OK;
}

status config_read_path(const struct source *source, const struct yaml *node,
                        char out[CONFIG_PATH_SIZE_MAX])
{
    char path[CONFIG_PATH_SIZE_MAX];
    TRY(config_read_string(node, path, sizeof path, source->problem));
    const bool absolute = path[0] == '/' || !source->folder[0];
    const int size = snprintf(out, CONFIG_PATH_SIZE_MAX, "%s%s%s", absolute ? "" : source->folder,
                              absolute ? "" : "/", path);
    if (size < 0 || size >= CONFIG_PATH_SIZE_MAX)
        return problem_at(source->problem, node->line, "%s: the path is too long", node->key);
    return OK;
}

status config_read_seconds(const struct source *source, const struct yaml *node, uint32_t least,
                           uint32_t most, uint32_t *out)
{
    uint64_t seconds = 0;
    TRY(yaml_read_duration(node, &seconds, source->problem));
    if (seconds < least || seconds > most)
        return problem_at(source->problem, node->line, "%s: write %us to %us", node->key, least,
                          most);
    *out = (uint32_t)seconds;
    return OK;
}

const char *config_after_scheme(const char *url, const char *scheme)
{
    const size_t size = strlen(scheme);
    return strncmp(url, scheme, size) == 0 && strncmp(url + size, "://", 3) == 0 ? url + size + 3
                                                                                 : NULL;
}

status config_read_endpoint(const struct source *source, const struct yaml *node, const char *text,
                            struct endpoint *out)
{
    const status read = endpoint_read(text, false, out);
    if (read.fault)
        return problem_at(source->problem, node->line, "%s: '%s': %s",
                          node->key ? node->key : "entry", node->text, read.fault->what);
    return OK;
}

/* How links are protected, by the scheme of their address. */
static const struct link_scheme {
    const char *name;
    enum channel_kind kind;
    uint16_t usual_port; /* 0: a port must be written */
} link_schemes[] = {
    {"tls", CHANNEL_TLS, 0},
    {"spdm", CHANNEL_SPDM, SPDM_PORT},
};

/* Behind the brackets of an IPv6 address, if there are any. */
static bool has_port(const char *text)
{
    const char *const bracket = strrchr(text, ']');
    return strchr(bracket ? bracket : text, ':');
}

static status read_link_endpoint(const struct source *source, const struct yaml *node,
                                 const char *text, uint16_t usual_port, struct endpoint *out)
{
    char whole[HOST_SIZE_MAX + 16];
    if (!usual_port || has_port(text))
        return config_read_endpoint(source, node, text, out);
    const int size = snprintf(whole, sizeof whole, "%s:%u", text, usual_port);
    if (size < 0 || (size_t)size >= sizeof whole)
        return problem_at(source->problem, node->line, "%s: the host is too long",
                          node->key ? node->key : "entry");
    return config_read_endpoint(source, node, whole, out);
}

/* A link's own address: where, and protected by what. */
static status read_link_url(const struct source *source, const struct yaml *node,
                            enum channel_kind *out_kind, struct endpoint *out)
{
    const char *text = NULL;
    TRY(yaml_read_text(node, &text, source->problem));
    for (size_t i = 0; i < sizeof link_schemes / sizeof *link_schemes; i++) {
        const struct link_scheme *const scheme = &link_schemes[i];
        const char *const rest = config_after_scheme(text, scheme->name);
        if (!rest)
            continue;
        TRY(read_link_endpoint(source, node, rest, scheme->usual_port, out));
        *out_kind = scheme->kind;
        return OK;
    }
    return problem_at(source->problem, node->line, "%s: '%s': write tls://host:port or spdm://host",
                      node->key ? node->key : "entry", text);
}

status config_for_each(struct source *source, const struct yaml *node, size_t most,
                       read_entry *read)
{
    size_t count = 0;
    for (const struct yaml *entry = node->first_child; entry; entry = entry->next) {
        if (count++ == most)
            return problem_at(source->problem, entry->line, "%s: more than %zu entries", node->key,
                              most);
        TRY(read(source, entry));
    }
    return OK;
}

/* ---- who is let in ---- */

/* A built-in policy's name stays a name. */
static status read_policy_path(const struct source *source, const struct yaml *node,
                               char out[CONFIG_PATH_SIZE_MAX])
{
    if (node->kind == YAML_SCALAR && policy_built_in(node->text))
        return config_read_string(node, out, CONFIG_PATH_SIZE_MAX, source->problem);
    return config_read_path(source, node, out);
}

static status read_guard(const struct source *source, const struct yaml *node,
                         struct config_guard *out)
{
    static const char *const keys[] = {"policy", "insecure_skip_appraisal", "reattest", NULL};
    TRY(config_expect_kind(node, YAML_MAPPING, "{ policy: FILE }", source->problem));
    TRY(yaml_only_keys(node, keys, source->problem));
    struct config_guard guard = {.reattest_s = REATTEST_DEFAULT_S, .line = node->line};
    const struct yaml *const policy = yaml_child(node, "policy");
    const struct yaml *const skip = yaml_child(node, "insecure_skip_appraisal");
    const struct yaml *const reattest = yaml_child(node, "reattest");
    if (policy)
        TRY(read_policy_path(source, policy, guard.policy_path));
    if (skip)
        TRY(yaml_read_flag(skip, &guard.insecure_skip_appraisal, source->problem));
    if (reattest)
        TRY(config_read_seconds(source, reattest, REATTEST_LEAST_S, REATTEST_MOST_S,
                                &guard.reattest_s));
    if (policy && guard.insecure_skip_appraisal)
        return problem_at(source->problem, skip->line,
                          "a policy and insecure_skip_appraisal contradict each other");
    if (!policy && !guard.insecure_skip_appraisal)
        return problem_at(source->problem, node->line,
                          "%s: without a policy nobody is let in: write { policy: FILE }",
                          node->key);
    *out = guard;
    return OK;
}

static status read_clients(struct source *source, const struct yaml *node)
{
    if (node->kind == YAML_SCALAR && strcmp(node->text, "any") == 0) {
        source->config->clients =
            (struct config_guard){.insecure_skip_appraisal = true, .line = node->line};
        return OK;
    }
    if (node->kind == YAML_SCALAR)
        return problem_at(source->problem, node->line,
                          "clients: '%s': write any, or { policy: FILE }", node->text);
    return read_guard(source, node, &source->config->clients);
}

static status read_attest(struct source *source, const struct yaml *node)
{
    struct config *const config = source->config;
    TRY(config_read_string(node, config->attest_platform, sizeof config->attest_platform,
                           source->problem));
    if (strcmp(config->attest_platform, "none") == 0)
        config->attest = ATTEST_NONE;
    else if (strcmp(config->attest_platform, "auto") == 0)
        config->attest = ATTEST_AUTO;
    else
        config->attest = ATTEST_NAMED;
    if (config->attest != ATTEST_NAMED)
        return OK;
    const struct platform *const platform = platform_named(config->attest_platform);
    if (!platform || !platform->collect)
        return problem_at(source->problem, node->line,
                          "attest: '%s' is not a platform that this build can collect from: "
                          "write auto, none or a platform's name",
                          config->attest_platform);
    return OK;
}

static status read_device(struct source *source, const struct yaml *node)
{
    struct config *const config = source->config;
    char *const name = config->devices[config->device_count];
    TRY(config_read_string(node, name, CONFIG_NAME_SIZE_MAX, source->problem));
    const struct platform *const platform = platform_named(name);
    if (!platform || !platform->collect)
        return problem_at(source->problem, node->line,
                          "devices: '%s' is not a platform that this build can collect from", name);
    config->device_count++;
    return OK;
}

static status read_devices(struct source *source, const struct yaml *node)
{
    TRY(config_expect_kind(node, YAML_SEQUENCE, "[ tpm ]", source->problem));
    return config_for_each(source, node, CONFIG_DEVICES_MAX, read_device);
}

/* ---- links and what enters them ---- */

static status read_link(struct source *source, const struct yaml *node)
{
    static const char *const keys[] = {"connect", "verify", "reattest", NULL};
    struct config *const config = source->config;
    struct config_link *const link = &config->links[config->link_count];
    const struct yaml *connect = NULL, *verify = NULL;
    *link = (struct config_link){.line = node->line};
    TRY(config_copy_name(node->key, node->line, link->name, source->problem));
    TRY(config_expect_kind(node, YAML_MAPPING, "connect: and verify: below it", source->problem));
    TRY(yaml_only_keys(node, keys, source->problem));
    TRY(config_required(node, "connect", "connect: tls://host:port", &connect, source->problem));
    TRY(config_required(node, "verify", "verify: { policy: FILE }", &verify, source->problem));
    TRY(read_link_url(source, connect, &link->kind, &link->connect));
    TRY(read_guard(source, verify, &link->verify));
    const struct yaml *const reattest = yaml_child(node, "reattest");
    if (reattest && yaml_child(verify, "reattest"))
        return problem_at(source->problem, reattest->line, "reattest: is said twice");
    if (reattest)
        TRY(config_read_seconds(source, reattest, REATTEST_LEAST_S, REATTEST_MOST_S,
                                &link->verify.reattest_s));
    config->link_count++;
    return OK;
}

/* ---- what is reached through us ---- */

static status read_listen(struct source *source, const struct yaml *node)
{
    struct config *const config = source->config;
    struct config_listen *const listen = &config->listens[config->listen_count];
    *listen = (struct config_listen){.line = node->line};
    TRY(read_link_url(source, node, &listen->kind, &listen->endpoint));
    config->listen_count++;
    return OK;
}

/* ---- this process ---- */

static status read_identity(struct source *source, const struct yaml *node)
{
    static const char *const keys[] = {"key", "certificate", NULL};
    const struct yaml *key = NULL, *certificate = NULL;
    TRY(config_expect_kind(node, YAML_MAPPING, "{ key: FILE, certificate: FILE }",
                           source->problem));
    TRY(yaml_only_keys(node, keys, source->problem));
    TRY(config_required(node, "key", "key: FILE", &key, source->problem));
    TRY(config_required(node, "certificate", "certificate: FILE", &certificate, source->problem));
    TRY(config_read_path(source, key, source->config->key_path));
    return config_read_path(source, certificate, source->config->certificate_path);
}

static status read_tsm_root(struct source *source, const struct yaml *node)
{
    return config_read_path(source, node, source->config->tsm_root);
}

static status read_tcti(struct source *source, const struct yaml *node)
{
    return config_read_string(node, source->config->tcti, sizeof source->config->tcti,
                              source->problem);
}

static status read_spdm_device(struct source *source, const struct yaml *node)
{
    return config_read_string(node, source->config->spdm_device, sizeof source->config->spdm_device,
                              source->problem);
}

static status read_control_socket(struct source *source, const struct yaml *node)
{
    char *const path = source->config->control_socket;
    TRY(config_read_path(source, node, path));
    if (node->kind == YAML_SCALAR && strcmp(node->text, "none") == 0)
        path[0] = 0;
    return OK;
}

static status read_threads(struct source *source, const struct yaml *node)
{
    uint64_t threads = 0;
    TRY(yaml_read_number(node, CONFIG_THREADS_MAX, &threads, source->problem));
    if (!threads)
        return problem_at(source->problem, node->line, "threads: write 1 to %d",
                          CONFIG_THREADS_MAX);
    source->config->threads = (size_t)threads;
    return OK;
}

static status read_connect_timeout(struct source *source, const struct yaml *node)
{
    return config_read_seconds(source, node, 1, CONNECT_TIMEOUT_MOST_S,
                               &source->config->connect_timeout_s);
}

static status read_drain(struct source *source, const struct yaml *node)
{
    return config_read_seconds(source, node, 0, DRAIN_MOST_S, &source->config->drain_s);
}

static status read_links(struct source *source, const struct yaml *node)
{
    TRY(config_expect_kind(node, YAML_MAPPING, "NAME: with connect: and verify: below it",
                           source->problem));
    return config_for_each(source, node, CONFIG_LINKS_MAX, read_link);
}

static status read_listens(struct source *source, const struct yaml *node)
{
    TRY(config_expect_kind(node, YAML_SEQUENCE, "[ \"tls://host:port\" ]", source->problem));
    return config_for_each(source, node, CONFIG_LISTENS_MAX, read_listen);
}

/* In this order: ingress refers to links. */
static const struct section {
    const char *key;
    read_entry *read;
} sections[] = {
    {"links", read_links},       {"ingress", config_read_ingresses},
    {"listen", read_listens},    {"attest", read_attest},
    {"clients", read_clients},   {"egress", config_read_egresses},
    {"devices", read_devices},   {"tsm_root", read_tsm_root},
    {"tcti", read_tcti},         {"spdm_device", read_spdm_device},
    {"identity", read_identity}, {"control_socket", read_control_socket},
    {"threads", read_threads},   {"connect_timeout", read_connect_timeout},
    {"drain", read_drain},
};
enum { SECTION_COUNT = sizeof sections / sizeof *sections };

/* ---- what only the whole can tell ---- */

static bool is_any_host(const char *host)
{
    return strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;
}

/* More than one address of this machine: whoever connects to any host gets to this one. */
static bool is_vague(const char *host)
{
    return is_any_host(host) || strcmp(host, "localhost") == 0;
}

static bool is_this_host(const char *host)
{
    return is_vague(host) || strncmp(host, "127.", 4) == 0 || strcmp(host, "::1") == 0;
}

/* Whether somebody who connects to `to` reaches `listen`, as far as the text tells. */
static bool reaches(const struct endpoint *to, const struct endpoint *listen)
{
    const bool is_local = to->kind == ENDPOINT_UNIX || to->kind == ENDPOINT_VSOCK;
    if (is_local || to->kind != listen->kind)
        return to->kind == listen->kind && to->context == listen->context &&
               to->port == listen->port && strcmp(to->host, listen->host) == 0;
    return to->port == listen->port && (strcmp(to->host, listen->host) == 0 ||
                                        (is_this_host(to->host) && is_this_host(listen->host) &&
                                         (is_vague(to->host) || is_vague(listen->host))));
}

static bool any_reaches(const struct config_egress *egress, const struct endpoint *listen)
{
    for (size_t i = 0; i < egress->to_count; i++)
        if (reaches(&egress->to[i], listen))
            return true;
    return false;
}

static status refuse_loops(const struct config *config, struct problem *problem)
{
    for (size_t i = 0; i < config->egress_count; i++)
        for (size_t k = 0; k < config->ingress_count; k++)
            if (any_reaches(&config->egress[i], &config->ingress[k].listen))
                return problem_at(problem, config->egress[i].line,
                                  "service '%s' leads back into the ingress of line %d",
                                  config->egress[i].service, config->ingress[k].line);
    for (size_t i = 0; i < config->link_count; i++)
        for (size_t k = 0; k < config->listen_count; k++)
            if (reaches(&config->links[i].connect, &config->listens[k].endpoint))
                return problem_at(problem, config->links[i].line,
                                  "link '%s' connects to this gateway itself",
                                  config->links[i].name);
    return OK;
}

static status check_whole(const struct config *config, struct problem *problem)
{
    if (!config->link_count && !config->listen_count)
        return problem_at(problem, 0, "nothing to do: write links: or listen:");
    if (config->listen_count && !config->egress_count && !config->allowed.count)
        return problem_at(problem, config->listens[0].line,
                          "listen: without egress: nobody could reach anything");
    if ((config->egress_count || config->allowed.count) && !config->listen_count)
        return problem_at(problem, config->egress_count ? config->egress[0].line : 0,
                          "egress: without listen: nobody could reach it");
    if (config->listen_count && !config->clients.line)
        return problem_at(problem, config->listens[0].line,
                          "listen: without clients: who may connect? write clients: any, or "
                          "clients: { policy: FILE }");
    if (config->listen_count && config->attest == ATTEST_UNSAID)
        return problem_at(problem, config->listens[0].line,
                          "listen: without attest: what do we prove to clients? write attest: "
                          "auto, none or a platform's name");
    return refuse_loops(config, problem);
}

status config_read(slice yaml, const char *folder, struct config *out, struct problem *out_problem)
{
    const char *keys[SECTION_COUNT + 1] = {0};
    for (size_t i = 0; i < SECTION_COUNT; i++)
        keys[i] = sections[i].key;

    SCOPED(yaml_document) document = {0};
    TRY(yaml_read(yaml, &document, out_problem));
    if (!document.root || document.root->kind != YAML_MAPPING || !document.root->first_child)
        return problem_at(out_problem, 0, "nothing to do: write links: or listen:");
    TRY(yaml_only_keys(document.root, keys, out_problem));

    *out = (struct config){.connect_timeout_s = CONNECT_TIMEOUT_DEFAULT_S,
                           .drain_s = DRAIN_DEFAULT_S,
                           .control_socket = CONFIG_CONTROL_SOCKET};
    struct source source = {folder, out, out_problem};
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        const struct yaml *const node = yaml_child(document.root, sections[i].key);
        if (node)
            TRY(sections[i].read(&source, node));
    }
    return check_whole(out, out_problem);
}
