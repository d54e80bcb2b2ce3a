/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/config_file.h"
#include "cli/options.h"
#include "cli/print.h"

#include "atls/tls.h"
#include "gateway/ingress.h"
#include "gateway/load.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: cix check [-c FILE]\n"
    "\n"
    "Reads a gateway's configuration, its policies and the files they name, and says in words "
    "what\n"
    "the gateway would do. Opens no port and changes nothing.\n"
    "\n"
    "  -c, --config FILE     default: " CONFIG_FILE "\n"
    "\n"
    "Ends with 0, or 2 when something is wrong: which line, and what to write.\n"
    "\n"
    "example:\n"
    "  cix check -c gateway.yaml\n";

/* ---- words ---- */

static void say_endpoint(const struct endpoint *endpoint)
{
    char text[ENDPOINT_TEXT_SIZE];
    endpoint_text(endpoint, text);
    print_escaped(stdout, slice_of_text(text));
}

static const char *words_for(enum channel_kind kind)
{
    return kind == CHANNEL_SPDM ? "SPDM" : "TLS 1.3";
}

/* 300 as "5m": as people write it. */
static void say_duration(uint32_t seconds)
{
    const uint32_t day = 86400, hour = 3600, minute = 60;
    if (seconds && seconds % day == 0)
        printf("%" PRIu32 "d", seconds / day);
    else if (seconds && seconds % hour == 0)
        printf("%" PRIu32 "h", seconds / hour);
    else if (seconds && seconds % minute == 0)
        printf("%" PRIu32 "m", seconds / minute);
    else
        printf("%" PRIu32 "s", seconds);
}

static void say_lines(const char *indent, slice text)
{
    while (text.size) {
        const uint8_t *const end = memchr(text.data, '\n', text.size);
        const size_t size = end ? (size_t)(end - text.data) : text.size;
        fputs(indent, stdout);
        print_escaped(stdout, (slice){text.data, size});
        putchar('\n');
        const size_t taken = end ? size + 1 : size;
        text = (slice){text.data + taken, text.size - taken};
    }
}

static status say_policy(const struct config_guard *guard, const struct guard *loaded,
                         struct problem *problem)
{
    SCOPED(buffer) description = {0};
    if (policy_describe(loaded->rules, &description).fault)
        return problem_at(problem, guard->line, "the policy cannot be described");
    printf("    lets in whoever satisfies the policy ");
    print_escaped(stdout, slice_of_text(guard->policy_path));
    putchar('\n');
    say_lines("        ", buffer_view(&description));
    printf("    and proves it again every ");
    say_duration(guard->reattest_s);
    putchar('\n');
    return OK;
}

static void say_captured(const struct config *config, const struct config_ingress *ingress)
{
    fputs("    TCP", stdout);
    if (*ingress->from_user)
        printf(" of the user %s", ingress->from_user);
    if (*ingress->from_interface)
        printf(" that comes in by %s", ingress->from_interface);
    for (size_t i = 0; i < ingress->capture_count; i++)
        printf("%s %s", i ? "," : " to", config->captured.rules[ingress->capture_first + i].text);
    puts(" is captured and reaches what its peer allows; nothing else goes there");
}

static void say_ingress(const struct config *config, const struct config_ingress *ingress)
{
    if (ingress->kind->captures) {
        say_captured(config, ingress);
        return;
    }
    if (ingress->kind->is_path) {
        printf("    programs that `cix exec --via %s` runs reach what its peer allows\n",
               ingress->listen.host);
        return;
    }
    const bool is_tcp = ingress->kind->picks_service && ingress->listen.kind == ENDPOINT_HOST;
    printf("    applications that %s to %s", ingress->kind->is_datagrams ? "send" : "connect",
           is_tcp ? "tcp://" : "");
    say_endpoint(&ingress->listen);
    if (ingress->kind->picks_service) {
        printf(" reach its service '%s'%s\n", ingress->destination,
               ingress->is_told_by_proxy ? ", after a PROXY header" : "");
        return;
    }
    printf(" by %s reach what its peer allows%s%s\n", ingress->kind->key,
           *ingress->user ? ", with the password of " : "", ingress->user);
}

static status say_link(const struct config *config, size_t index, const struct guard *guard,
                       struct problem *problem)
{
    const struct config_link *const link = &config->links[index];
    printf("link %s: connects to ", link->name);
    say_endpoint(&link->connect);
    printf(" over %s\n", words_for(link->kind));
    if (link->verify.insecure_skip_appraisal)
        printf("    INSECURE: insecure_skip_appraisal: whoever answers there is let in\n");
    else
        TRY(say_policy(&link->verify, guard, problem));
    for (size_t i = 0; i < config->ingress_count; i++) {
        if (config->ingress[i].link == index)
            say_ingress(config, &config->ingress[i]);
    }
    return OK;
}

static void say_service(const struct config_egress *egress)
{
    printf("    clients reach the service '%s' at ", egress->service);
    for (size_t i = 0; i < egress->to_count; i++) {
        fputs(i ? " or " : "", stdout);
        say_endpoint(&egress->to[i]);
    }
    if (egress->health_s)
        printf(", checked every %us", egress->health_s);
    puts(egress->tells_by_proxy_2 ? ", which is told who they are" : "");
}

static status say_listens(const struct config *config, const struct guard *guard,
                          struct problem *problem)
{
    if (!config->listen_count)
        return OK;
    printf("listens for clients' links on ");
    for (size_t i = 0; i < config->listen_count; i++) {
        fputs(i ? ", " : "", stdout);
        say_endpoint(&config->listens[i].endpoint);
        printf(" over %s", words_for(config->listens[i].kind));
    }
    putchar('\n');
    if (config->clients.insecure_skip_appraisal)
        printf("    lets in any client, without evidence: the link is attested one way\n");
    else
        TRY(say_policy(&config->clients, guard, problem));
    for (size_t i = 0; i < config->egress_count; i++) {
        say_service(&config->egress[i]);
    }
    for (size_t i = 0; i < config->allowed.count; i++)
        printf("    clients reach %s\n", config->allowed.rules[i].text);
    printf("    and nothing else\n");
    return OK;
}

static void say_attestation(const struct config *config)
{
    if (config->attest == ATTEST_NONE || config->attest == ATTEST_UNSAID) {
        printf("proves nothing about itself: a peer that asks for evidence gets none\n");
        return;
    }
    printf("proves itself with evidence of %s",
           config->attest == ATTEST_AUTO ? "whichever TEE is here" : config->attest_platform);
    if (*config->tsm_root) {
        printf(", collected at ");
        print_escaped(stdout, slice_of_text(config->tsm_root));
    }
    for (size_t i = 0; i < config->device_count; i++)
        printf("%s%s", i ? ", " : ", and vouches for ", config->devices[i]);
    putchar('\n');
}

static void say_process(const struct config *config)
{
    printf("its key is %s", *config->key_path ? "read from " : "made at each start");
    print_escaped(stdout, slice_of_text(config->key_path));
    if (*config->control_socket) {
        printf("\nanswers `cix status` at ");
        print_escaped(stdout, slice_of_text(config->control_socket));
    }
    printf("\nafter SIGTERM, streams have ");
    say_duration(config->drain_s);
    printf(" to end\n");
}

/* ---- the whole ---- */

/* A configuration with everything it names. Its last guard is for clients. */
struct checked {
    struct config config;
    struct guard guards[CONFIG_LINKS_MAX + 1];
};

static void checked_free(struct checked *checked)
{
    for (size_t i = 0; checked && i <= CONFIG_LINKS_MAX; i++)
        guard_clear(&checked->guards[i]);
    free(checked);
}

/* The line is where the configuration names the policy. */
static status load_guard(const struct config_guard *guard, struct guard *out,
                         struct problem *problem)
{
    if (!guard->line || guard->insecure_skip_appraisal)
        return OK;
    const status loaded = guard_load(guard->policy_path, out, problem);
    if (loaded.fault)
        problem->line = guard->line;
    return loaded;
}

static status check_identity(const struct config *config, struct problem *problem)
{
    struct tls_identity *identity = NULL;
    if (!*config->key_path)
        return OK;
    TRY(identity_load(config, &identity, problem));
    tls_identity_free(identity);
    return OK;
}

static status load_all(const char *path, struct checked *checked, struct problem *problem)
{
    struct config *const config = &checked->config;
    TRY(config_load(path, config, problem));
    for (size_t i = 0; i < config->link_count; i++)
        TRY(load_guard(&config->links[i].verify, &checked->guards[i], problem));
    TRY(load_guard(&config->clients, &checked->guards[config->link_count], problem));
    return check_identity(config, problem);
}

static status say_all(const char *path, const struct checked *checked, struct problem *problem)
{
    const struct config *const config = &checked->config;
    print_escaped(stdout, slice_of_text(path));
    printf(" is valid; this is what the gateway does:\n");
    for (size_t i = 0; i < config->link_count; i++)
        TRY(say_link(config, i, &checked->guards[i], problem));
    TRY(say_listens(config, &checked->guards[config->link_count], problem));
    say_attestation(config);
    say_process(config);
    return OK;
}

int command_check(int argc, char **argv)
{
    const char *path = NULL;
    const struct option_row rows[] = {{.name = "config", .letter = 'c', .value = &path}, {0}};
    const struct options options = {usage, rows, NULL, NULL};
    struct problem problem = {0};
    int result;
    if (!options_read(&options, argc, argv, &result))
        return result;
    path = path ? path : CONFIG_FILE;

    struct checked *const checked = calloc(1, sizeof *checked);
    status done = checked ? load_all(path, checked, &problem)
                          : problem_at(&problem, 0, "there is no memory to read it");
    if (!done.fault)
        done = say_all(path, checked, &problem);
    if (done.fault)
        config_complain(argv[0], path, &problem);
    checked_free(checked);
    return done.fault ? EXIT_BAD_CONFIG : EXIT_DONE;
}
