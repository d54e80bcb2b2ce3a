/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/options.h"
#include "cli/print.h"

#include "codec/json.h"
#include "gateway/config.h"
#include "gateway/gateway.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static const char usage[] =
    "usage: cix status [--socket PATH] [--json]\n"
    "\n"
    "Asks a running gateway for its links: who is at the other end, what was proved, and how much\n"
    "they carry.\n"
    "\n"
    "  --socket PATH         the gateway's control_socket; default: " CONFIG_CONTROL_SOCKET "\n"
    "  --json                one object, for programs\n"
    "\n"
    "Ends with 0, or 1 when no gateway answers.\n"
    "\n"
    "example:\n"
    "  cix status --json\n";

enum { PATIENCE_S = 5 };

/* ---- asking ---- */

/* The socket, or -1 with errno. */
static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path));
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    /* The second is for connect(), which waits while a gateway that hangs accepts nobody. */
    if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0 &&
        connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    const int error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* 0, or an errno. */
static int read_answer(int fd, struct buffer *out)
{
    uint8_t chunk[4096];
    for (;;) {
        const ssize_t size = read(fd, chunk, sizeof chunk);
        if (size == 0)
            return 0;
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            return errno;
        if (out->size + (size_t)size > JSON_SIZE_MAX)
            return EFBIG;
        if (buffer_append(out, (slice){chunk, (size_t)size}).fault)
            return ENOMEM;
    }
}

static bool ask(const char *path, struct json *out)
{
    SCOPED(buffer) answer = {0};
    const int fd = connect_to(path);
    const int error = fd < 0 ? errno : read_answer(fd, &answer);
    const char *what = error ? strerror(error) : NULL;
    if (fd >= 0)
        close(fd);
    if (!what && json_read(buffer_view(&answer), out).fault)
        what = "what answers is not a gateway";
    if (!what)
        return true;
    fputs("cix status: ", stderr);
    print_escaped(stderr, slice_of_text(path));
    fprintf(stderr, ": %s\n", what);
    return false;
}

/* ---- telling ---- */

static const char *text_in(const json_t *object, const char *key)
{
    const char *const text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static long long number_in(const json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

/* Prints `before` and the member, when there is one. */
static void tell(const char *before, const json_t *object, const char *key)
{
    const char *const text = text_in(object, key);
    if (!*text)
        return;
    fputs(before, stdout);
    print_escaped(stdout, slice_of_text(text));
}

static void tell_traffic(const json_t *link)
{
    printf("    carries %lld streams on %lld lanes (%lld so far, %lld of them reset); "
           "%lld bytes in, %lld out\n",
           number_in(link, "streams"), number_in(link, "lanes"), number_in(link, "streams_begun"),
           number_in(link, "streams_reset"), number_in(link, "bytes_in"),
           number_in(link, "bytes_out"));
}

static void tell_link(const json_t *link)
{
    const bool is_up = strcmp(text_in(link, "state"), "up") == 0;
    tell("link ", link, *text_in(link, "name") ? "name" : "peer");
    tell(": ", link, "state");
    tell(", with ", link, "peer");
    tell(" over ", link, "channel");
    tell(" since ", link, "since");
    tell(": ", link, "reason");
    tell("; next try at ", link, "next_try");
    putchar('\n');
    if (!is_up)
        return;
    tell("    ", link, "verdict");
    tell(", ", link, "platform");
    printf(", round %lld", number_in(link, "round"));
    tell(", next at ", link, "next_round");
    tell("\n    measurement ", link, "measurement");
    putchar('\n');
    tell_traffic(link);
}

static void tell_all(const json_t *answer)
{
    size_t index;
    const json_t *entry;
    tell("gateway ", answer, "version");
    tell(", up since ", answer, "since");
    tell(", attests ", answer, "attest");
    puts(json_is_true(json_object_get(answer, "draining")) ? ", draining" : "");
    json_array_foreach(json_object_get(answer, "insecure"), index, entry)
    {
        printf("INSECURE: ");
        print_escaped(stdout,
                      slice_of_text(json_is_string(entry) ? json_string_value(entry) : "?"));
        putchar('\n');
    }
    json_array_foreach(json_object_get(answer, "links"), index, entry)
    {
        tell_link(entry);
    }
    const json_t *const guard = json_object_get(answer, "guard");
    if (guard && !json_is_true(json_object_get(guard, "on"))) {
        fputs("GUARD OFF", stdout);
        tell(": ", guard, "trouble");
        putchar('\n');
    } else if (guard) {
        printf("the guard refused %lld packets that went around the gateway\n",
               number_in(guard, "refused_packets"));
    }
    printf("refused %lld peers; turned %lld connections away for want of room\n",
           number_in(answer, "denied"), number_in(answer, "shed"));
}

int command_status(int argc, char **argv)
{
    const char *path = NULL;
    bool as_json = false;
    const struct option_row rows[] = {
        {.name = "socket", .value = &path}, {.name = "json", .flag = &as_json}, {0}};
    const struct options options = {usage, rows, NULL, NULL};
    SCOPED(json) answer = {0};
    int result;
    if (!options_read(&options, argc, argv, &result))
        return result;
    if (!ask(path ? path : CONFIG_CONTROL_SOCKET, &answer))
        return EXIT_REFUSED;
    if (as_json)
        return print_json(json_incref(answer.root)) ? EXIT_DONE : EXIT_REFUSED;
    tell_all(answer.root);
    return EXIT_DONE;
}
