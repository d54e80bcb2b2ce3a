/* SPDX-License-Identifier: Apache-2.0 */

/* ingress: and egress:, what applications enter by and what they reach. */

#include "gateway/config_parts.h"
#include "gateway/ingress.h"

#include <stdio.h>
#include <string.h>

/* ---- addresses of byte streams ---- */

/* "tcp://host:port", "unix:///path", "vsock://cid:port": of `scheme`, or of any when it is NULL. */
static status read_url(const struct source *source, const struct yaml *node, const char *text,
                       const char *scheme, struct endpoint *out)
{
    static const char *const schemes[] = {"tcp", "udp", "unix", "vsock"};
    char whole[ENDPOINT_TEXT_SIZE];
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        const char *const rest = config_after_scheme(text, schemes[i]);
        if (!rest || (scheme && strcmp(scheme, schemes[i]) != 0))
            continue;
        if (i == 0)
            return config_read_endpoint(source, node, rest, out);
        const int size = snprintf(whole, sizeof whole, "%s:%s", schemes[i], rest);
        if (size > 0 && (size_t)size < sizeof whole)
            return config_read_endpoint(source, node, whole, out);
    }
    return problem_at(source->problem, node->line,
                      "%s: '%s': write tcp://host:port, udp://host:port, unix:///path or "
                      "vsock://cid:port",
                      node->key ? node->key : "entry", text);
}

/* ---- ingress ---- */

static status find_link(const struct source *source, const struct yaml *node, const char *text,
                        size_t size, size_t *out)
{
    const struct config *const config = source->config;
    for (size_t i = 0; i < config->link_count; i++)
        if (strlen(config->links[i].name) == size &&
            memcmp(config->links[i].name, text, size) == 0) {
            *out = i;
            return OK;
        }
    return problem_at(source->problem, node->line, "to: '%s': links: has no link '%.*s'", text,
                      (int)size, text);
}

/* "cloud/db": a link of ours and a service of its peer's; "cloud": the application says which. */
static status read_destination(struct source *source, const struct yaml *node,
                               struct config_ingress *out)
{
    const char *text = NULL;
    TRY(yaml_read_text(node, &text, source->problem));
    const char *const slash = strchr(text, '/');
    if (!out->kind->picks_service && slash)
        return problem_at(source->problem, node->line,
                          "to: '%s': write LINK alone: applications say themselves where to", text);
    if (!out->kind->picks_service)
        return find_link(source, node, text, strlen(text), &out->link);
    if (!slash || !config_is_name(slash + 1) || strlen(slash + 1) >= sizeof out->destination)
        return problem_at(source->problem, node->line, "to: '%s': write LINK/SERVICE", text);
    TRY(find_link(source, node, text, (size_t)(slash - text), &out->link));
    memcpy(out->destination, slash + 1, strlen(slash + 1) + 1);
    return OK;
}

static status read_login(struct source *source, const struct yaml *node, struct config_ingress *out)
{
    const struct yaml *const user = yaml_child(node, "user");
    const struct yaml *const password = yaml_child(node, "password_file");
    if (!user != !password)
        return problem_at(source->problem, (user ? user : password)->line,
                          "user: and password_file: go together");
    if (!user)
        return OK;
    if (!out->kind->knows_login)
        return problem_at(source->problem, user->line, "user: %s: does not know logins",
                          out->kind->key);
    TRY(config_read_string(user, out->user, sizeof out->user, source->problem));
    return config_read_path(source, password, out->password_path);
}

/* Who stands before us says who connects. */
static status read_proxy_wish(struct source *source, const struct yaml *node,
                              struct config_ingress *out)
{
    const struct yaml *const wish = yaml_child(node, "proxy_protocol");
    if (!wish)
        return OK;
    if (!out->kind->picks_service || out->kind->is_datagrams)
        return problem_at(source->problem, wish->line,
                          "proxy_protocol: is for listen: of streams alone");
    return yaml_read_flag(wish, &out->is_told_by_proxy, source->problem);
}

static status read_idle(struct source *source, const struct yaml *node, bool is_datagrams,
                        uint32_t *out_s)
{
    enum { IDLE_MOST_S = 86400 };
    const struct yaml *const idle = yaml_child(node, "idle");
    *out_s = FLOW_IDLE_DEFAULT_S;
    if (!idle)
        return OK;
    if (!is_datagrams)
        return problem_at(source->problem, idle->line, "idle: is for datagrams: streams may rest");
    return config_read_seconds(source, idle, 1, IDLE_MOST_S, out_s);
}

static bool endpoints_meet(const struct endpoint *a, const struct endpoint *b)
{
    return a->kind == b->kind && a->context == b->context && a->port == b->port &&
           strcmp(a->host, b->host) == 0;
}

/* By its key, and by the scheme of its value where the key has several. */
static const struct ingress_kind *kind_of(const struct yaml *node, const struct yaml **out_address)
{
    const struct ingress_kind *kind;
    for (size_t i = 0; (kind = ingress_kind_at(i)); i++) {
        const struct yaml *const address = yaml_child(node, kind->key);
        if (!address)
            continue;
        *out_address = address;
        if (!kind->scheme ||
            (address->kind == YAML_SCALAR && config_after_scheme(address->text, kind->scheme)))
            return kind;
    }
    return NULL;
}

static status read_socket_path(const struct source *source, const struct yaml *node,
                               struct endpoint *out)
{
    enum { SOCKET_PATH_MAX = sizeof((struct sockaddr_un *)0)->sun_path - 1 };
    char path[CONFIG_PATH_SIZE_MAX];
    TRY(config_read_path(source, node, path));
    if (strlen(path) > SOCKET_PATH_MAX)
        return problem_at(source->problem, node->line,
                          "%s: a socket's path has at most %d characters", node->key,
                          SOCKET_PATH_MAX);
    *out = (struct endpoint){.kind = ENDPOINT_UNIX};
    memcpy(out->host, path, strlen(path));
    return OK;
}

static status refuse_other_ways(const struct source *source, const struct yaml *node,
                                const struct yaml *address)
{
    const struct ingress_kind *kind;
    for (size_t i = 0; (kind = ingress_kind_at(i)); i++)
        if (strcmp(kind->key, address->key) != 0 && yaml_child(node, kind->key))
            return problem_at(source->problem, node->line, "%s: and %s: are two entries",
                              address->key, kind->key);
    return OK;
}

static status read_where(struct source *source, const struct yaml *node,
                         struct config_ingress *ingress)
{
    const struct yaml *address = NULL;
    const char *text = NULL;
    ingress->kind = kind_of(node, &address);
    if (!address)
        return problem_at(source->problem, node->line,
                          "'listen:' is missing: write listen: tcp://host:port, socks5: host:port, "
                          "http: host:port, exec: PATH or transparent: address:port");
    TRY(refuse_other_ways(source, node, address));
    TRY(yaml_read_text(address, &text, source->problem));
    if (ingress->kind && ingress->kind->is_path)
        TRY(read_socket_path(source, address, &ingress->listen));
    else if (!ingress->kind || ingress->kind->scheme)
        TRY(read_url(source, address, text, ingress->kind ? ingress->kind->scheme : NULL,
                     &ingress->listen));
    else
        TRY(config_read_endpoint(source, address, text, &ingress->listen));
    const struct config *const config = source->config;
    for (size_t i = 0; i < config->ingress_count; i++)
        if (endpoints_meet(&config->ingress[i].listen, &ingress->listen))
            return problem_at(source->problem, address->line,
                              "%s: '%s' is taken by the ingress of line %d", address->key, text,
                              config->ingress[i].line);
    return OK;
}

/* ---- capture: ---- */

static bool serves(const struct config_ingress *ingress, const struct allow_rule *rule)
{
    struct address address;
    return !endpoint_number(&ingress->listen, &address).fault &&
           (address.any.sa_family == rule->network.any.sa_family ||
            strcmp(ingress->listen.host, "::") == 0);
}

static status read_captured(struct source *source, const struct yaml *node)
{
    struct config *const config = source->config;
    struct config_ingress *const ingress = &config->ingress[config->ingress_count];
    const char *text = NULL;
    TRY(yaml_read_text(node, &text, source->problem));
    if (config->captured.count == ALLOW_RULES_MAX)
        return problem_at(source->problem, node->line, "capture: more than %d rules in all",
                          ALLOW_RULES_MAX);
    struct allow_rule *const rule = &config->captured.rules[config->captured.count];
    const status read = allow_rule_read(text, rule);
    if (read.fault)
        return problem_at(source->problem, node->line, "capture: '%s': %s", text, read.fault->what);
    if (rule->name[0] || rule->is_udp)
        return problem_at(source->problem, node->line,
                          "capture: '%s': TCP to addresses is captured: write 10.0.0.0/8:443",
                          text);
    if (!serves(ingress, rule))
        return problem_at(source->problem, node->line,
                          "capture: '%s': write transparent: \"[::]:port\" to take IPv4 and IPv6",
                          text);
    config->captured.count++;
    ingress->capture_count++;
    return OK;
}

/* Goes into the packet filter's rules as it is. */
static status read_plain_name(struct source *source, const struct yaml *node,
                              char out[CONFIG_NAME_SIZE_MAX])
{
    TRY(config_read_string(node, out, CONFIG_NAME_SIZE_MAX, source->problem));
    for (const char *at = out; *at; at++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@", *at))
            return problem_at(source->problem, node->line, "%s: '%s': letters, digits and ._-@",
                              node->key, out);
    return OK;
}

static status read_captured_from(struct source *source, const struct yaml *node,
                                 struct config_ingress *out)
{
    static const char *const keys[] = {"interface", "user", NULL};
    const struct yaml *const interface = yaml_child(node, "interface");
    const struct yaml *const user = yaml_child(node, "user");
    TRY(config_expect_kind(node, YAML_MAPPING, "{ interface: NAME } or { user: NAME }",
                           source->problem));
    TRY(yaml_only_keys(node, keys, source->problem));
    if (interface && user)
        return problem_at(source->problem, node->line,
                          "from: what passes through has no user: write two entries");
    return interface ? read_plain_name(source, interface, out->from_interface)
                     : read_plain_name(source, user, out->from_user);
}

static status read_capture(struct source *source, const struct yaml *node,
                           struct config_ingress *out)
{
    static const char *const keys[] = {"to", "from", NULL};
    const struct yaml *const capture = yaml_child(node, "capture");
    const struct yaml *to = NULL;
    struct address address;
    if (!out->kind->captures)
        return capture ? problem_at(source->problem, capture->line,
                                    "capture: is for transparent: alone")
                       : OK;
    TRY(config_required(node, "capture", "capture: { to: [ \"10.0.0.0/8:443\" ] }", &to,
                        source->problem));
    if (endpoint_number(&out->listen, &address).fault)
        return problem_at(source->problem, node->line,
                          "transparent: write an address: \"[::]:15001\" takes IPv4 and IPv6");
    TRY(config_expect_kind(capture, YAML_MAPPING, "{ to: [ \"10.0.0.0/8:443\" ] }",
                           source->problem));
    TRY(yaml_only_keys(capture, keys, source->problem));
    TRY(config_required(capture, "to", "to: [ \"10.0.0.0/8:443\" ]", &to, source->problem));
    TRY(config_expect_kind(to, YAML_SEQUENCE, "[ \"10.0.0.0/8:443\" ]", source->problem));
    out->capture_first = source->config->captured.count;
    TRY(config_for_each(source, to, ALLOW_RULES_MAX, read_captured));
    const struct yaml *const from = yaml_child(capture, "from");
    return from ? read_captured_from(source, from, out) : OK;
}

static status read_ingress(struct source *source, const struct yaml *node)
{
    static const char *const keys[] = {
        "listen",  "socks5", "http",          "exec",           "transparent", "to",
        "capture", "user",   "password_file", "proxy_protocol", "idle",        NULL};
    struct config *const config = source->config;
    struct config_ingress *const ingress = &config->ingress[config->ingress_count];
    const struct yaml *to = NULL;
    *ingress = (struct config_ingress){.line = node->line};
    TRY(config_expect_kind(node, YAML_MAPPING, "listen: and to:", source->problem));
    TRY(yaml_only_keys(node, keys, source->problem));
    TRY(read_where(source, node, ingress));
    TRY(config_required(node, "to", ingress->kind->picks_service ? "to: LINK/SERVICE" : "to: LINK",
                        &to, source->problem));
    TRY(read_destination(source, to, ingress));
    TRY(read_login(source, node, ingress));
    TRY(read_proxy_wish(source, node, ingress));
    TRY(read_idle(source, node, ingress->kind->is_datagrams, &ingress->idle_s));
    TRY(read_capture(source, node, ingress));
    config->ingress_count++;
    return OK;
}

status config_read_ingresses(struct source *source, const struct yaml *node)
{
    TRY(config_expect_kind(node, YAML_SEQUENCE, "a list of listen: and to:", source->problem));
    return config_for_each(source, node, CONFIG_INGRESS_MAX, read_ingress);
}

/* ---- egress ---- */

static status read_rule(struct source *source, const struct yaml *node)
{
    struct allow_list *const allowed = &source->config->allowed;
    const char *text = NULL;
    TRY(yaml_read_text(node, &text, source->problem));
    if (allowed->count == ALLOW_RULES_MAX)
        return problem_at(source->problem, node->line, "allow: more than %d rules",
                          ALLOW_RULES_MAX);
    const status read = allow_rule_read(text, &allowed->rules[allowed->count]);
    if (read.fault)
        return problem_at(source->problem, node->line, "allow: '%s': %s", text, read.fault->what);
    allowed->count++;
    return OK;
}

static status read_allowed(struct source *source, const struct yaml *node)
{
    static const char *const keys[] = {"allow", NULL};
    const struct yaml *const rules = yaml_child(node, "allow");
    TRY(yaml_only_keys(node, keys, source->problem));
    TRY(config_expect_kind(rules, YAML_SEQUENCE, "[ \"10.0.0.0/8:443\" ]", source->problem));
    return config_for_each(source, rules, ALLOW_RULES_MAX, read_rule);
}

static status read_backend(struct source *source, const struct yaml *node)
{
    struct config_egress *const egress = &source->config->egress[source->config->egress_count];
    const char *text = NULL;
    TRY(yaml_read_text(node, &text, source->problem));
    TRY(read_url(source, node, text, NULL, &egress->to[egress->to_count]));
    for (size_t i = 0; i < egress->to_count; i++)
        if (endpoints_meet(&egress->to[i], &egress->to[egress->to_count]))
            return problem_at(source->problem, node->line, "to: '%s' is there twice", text);
    const bool is_udp = egress->to[egress->to_count].kind == ENDPOINT_UDP;
    if (egress->to_count && is_udp != egress->is_datagrams)
        return problem_at(source->problem, node->line,
                          "to: streams and datagrams are two services");
    egress->is_datagrams = is_udp;
    egress->to_count++;
    return OK;
}

static status read_backends(struct source *source, const struct yaml *node)
{
    if (node->kind != YAML_SEQUENCE)
        return read_backend(source, node);
    TRY(config_expect_kind(node, YAML_SEQUENCE, "[ \"tcp://host:port\" ]", source->problem));
    return config_for_each(source, node, EGRESS_BACKENDS_MAX, read_backend);
}

static status read_proxy_version(struct source *source, const struct yaml *node,
                                 struct config_egress *egress)
{
    const char *text = NULL;
    TRY(yaml_read_text(node, &text, source->problem));
    if (strcmp(text, "v2") != 0)
        return problem_at(source->problem, node->line, "proxy_protocol: '%s': write v2", text);
    egress->tells_by_proxy_2 = true;
    return OK;
}

static status read_service(struct source *source, const struct yaml *node)
{
    enum { HEALTH_MOST_S = 3600 };
    static const char *const keys[] = {"service", "to", "health", "proxy_protocol", "idle", NULL};
    struct config *const config = source->config;
    struct config_egress *const egress = &config->egress[config->egress_count];
    const struct yaml *service = NULL, *to = NULL;
    const char *text = NULL;
    *egress = (struct config_egress){.line = node->line};
    TRY(yaml_only_keys(node, keys, source->problem));
    TRY(config_required(node, "service", "service: NAME, or allow: a list", &service,
                        source->problem));
    TRY(config_required(node, "to", "to: tcp://host:port", &to, source->problem));
    TRY(yaml_read_text(service, &text, source->problem));
    TRY(config_copy_name(text, service->line, egress->service, source->problem));
    TRY(read_backends(source, to));
    const struct yaml *const health = yaml_child(node, "health");
    const struct yaml *const proxy = yaml_child(node, "proxy_protocol");
    TRY(read_idle(source, node, egress->is_datagrams, &egress->idle_s));
    if ((health || proxy) && egress->is_datagrams)
        return problem_at(source->problem, (health ? health : proxy)->line,
                          "%s: is not for datagrams", (health ? health : proxy)->key);
    if (health)
        TRY(config_read_seconds(source, health, 1, HEALTH_MOST_S, &egress->health_s));
    if (proxy)
        TRY(read_proxy_version(source, proxy, egress));
    for (size_t i = 0; i < config->egress_count; i++)
        if (strcmp(config->egress[i].service, egress->service) == 0)
            return problem_at(source->problem, service->line, "service '%s' is there twice",
                              egress->service);
    config->egress_count++;
    return OK;
}

static status read_egress(struct source *source, const struct yaml *node)
{
    TRY(config_expect_kind(node, YAML_MAPPING, "service: and to:, or allow:", source->problem));
    return yaml_child(node, "allow") ? read_allowed(source, node) : read_service(source, node);
}

status config_read_egresses(struct source *source, const struct yaml *node)
{
    TRY(config_expect_kind(node, YAML_SEQUENCE, "a list of service: and to:", source->problem));
    return config_for_each(source, node, CONFIG_EGRESS_MAX, read_egress);
}
