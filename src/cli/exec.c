/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/options.h"

#include "preload/preload_environment.h"
#include "proxy/allow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define DEFAULT_GATEWAY "/run/cix/exec.sock"

enum { PATH_SIZE = 4096, RULES_SIZE = 8192 };

static const char usage[] =
    "usage: cix exec [--via PATH] [--capture RULE]... -- COMMAND [argument]...\n"
    "\n"
    "Runs a program whose TCP connections go through the gateway of this machine. It needs no\n"
    "privilege. Without the gateway they are refused, never made directly.\n"
    "\n"
    "  --via PATH         the gateway's socket, as its exec: says; default: " DEFAULT_GATEWAY "\n"
    "  --capture RULE     what is captured, as 10.0.0.0/8:80,443; may be given more than once;\n"
    "                     default: all but this machine's own addresses\n"
    "\n"
    "Programs that are linked statically or make system calls themselves are not seen; neither\n"
    "are datagrams, and names are looked up as always.\n"
    "\n"
    "Ends as the program does, or with 1 when it could not be begun.\n"
    "\n"
    "example:\n"
    "  cix exec -- curl http://10.0.0.7/\n";

/* Beside the program, or where it is installed. */
static bool find_library(char out[PATH_SIZE])
{
    static const char *const places[] = {"",
                                         "../preload/",
                                         "../lib/",
                                         "../lib/cix/",
                                         "../lib/x86_64-linux-gnu/",
                                         "../lib/aarch64-linux-gnu/"};
    char own[PATH_SIZE];
    const ssize_t size = readlink("/proc/self/exe", own, sizeof own - 1);
    if (size <= 0)
        return false;
    own[size] = 0;
    char *const slash = strrchr(own, '/');
    slash[1] = 0;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const int written = snprintf(out, PATH_SIZE, "%s%s%s", own, places[i], PRELOAD_LIBRARY);
        if (written > 0 && written < PATH_SIZE && access(out, R_OK) == 0)
            return true;
    }
    return false;
}

static bool join_rules(const struct option_texts *rules, char out[RULES_SIZE])
{
    size_t used = 0;
    *out = 0;
    for (size_t i = 0; i < rules->count; i++) {
        struct allow_rule rule;
        status read = allow_rule_read(rules->texts[i], &rule);
        if (!read.fault && (*rule.name || rule.is_udp)) /* it would capture nothing */
            read = FAIL(UNSUPPORTED, "only TCP to addresses is captured: write 10.0.0.0/8:443");
        if (read.fault || strchr(rules->texts[i], ' ') || i == ALLOW_RULES_MAX) {
            fprintf(stderr, "cix exec: --capture '%s': %s\n", rules->texts[i],
                    read.fault ? read.fault->what : "too many, or with a space in it");
            return false;
        }
        const int written =
            snprintf(out + used, RULES_SIZE - used, "%s%s", i ? " " : "", rules->texts[i]);
        if (written < 0 || (size_t)written >= RULES_SIZE - used) {
            fprintf(stderr, "cix exec: --capture: more than %d bytes together\n", RULES_SIZE);
            return false;
        }
        used += (size_t)written;
    }
    return true;
}

/* Others that are to be loaded stay, after ours. */
static bool set_environment(const char *gateway, const char *rules, const char *library)
{
    char all[2 * PATH_SIZE];
    const char *const before = getenv("LD_PRELOAD");
    const int size =
        snprintf(all, sizeof all, "%s%s%s", library, before ? ":" : "", before ? before : "");
    return size > 0 && (size_t)size < sizeof all && setenv("LD_PRELOAD", all, 1) == 0 &&
           setenv(PRELOAD_GATEWAY, gateway, 1) == 0 && setenv(PRELOAD_CAPTURE, rules, 1) == 0;
}

static int run(const char *gateway, const struct option_texts *rules, char **command)
{
    char library[PATH_SIZE], joined[RULES_SIZE], path[PATH_SIZE];
    struct stat found;
    if (!join_rules(rules, joined))
        return EXIT_USAGE;
    if (!find_library(library)) {
        fprintf(stderr, "cix exec: %s is not beside this program: install it whole\n",
                PRELOAD_LIBRARY);
        return EXIT_REFUSED;
    }
    if (strpbrk(library, " :$")) { /* the loader would take it apart, and go on without it */
        fprintf(stderr, "cix exec: %s: cannot be loaded from a path with a space, ':' or '$'\n",
                library);
        return EXIT_REFUSED;
    }
    if (!realpath(gateway, path) || stat(path, &found) < 0 || !S_ISSOCK(found.st_mode)) {
        fprintf(stderr,
                "cix exec: no gateway listens at %s: write exec: in its ingress:, and run it\n",
                gateway);
        return EXIT_REFUSED;
    }
    if (strlen(path) >= sizeof((struct sockaddr_un *)0)->sun_path ||
        !set_environment(path, joined, library)) {
        fprintf(stderr, "cix exec: %s: the path is too long\n", path);
        return EXIT_REFUSED;
    }
    execvp(command[0], command);
    fprintf(stderr, "cix exec: %s: %s\n", command[0], strerror(errno));
    return EXIT_REFUSED;
}

int command_exec(int argc, char **argv)
{
    const char *gateway = NULL;
    struct option_texts rules = {0}, none = {0};
    const struct option_row rows[] = {
        {.name = "via", .value = &gateway}, {.name = "capture", .list = &rules}, {0}};
    const struct options options = {usage, rows, NULL, NULL};
    int end = 1, result;
    while (end < argc && strcmp(argv[end], "--") != 0)
        end++;
    if (!options_read_many(&options, &none, end, argv, &result))
        return result;
    if (none.count || end + 1 >= argc) {
        fputs("cix exec: a command after -- is needed; `cix exec --help` says more\n", stderr);
        return EXIT_USAGE;
    }
    return run(gateway ? gateway : DEFAULT_GATEWAY, &rules, argv + end + 1);
}
