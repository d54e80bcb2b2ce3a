/* SPDX-License-Identifier: Apache-2.0 */

/*
 * An attested echo over TCP, with libcix alone: a server that proves what it is and gives back what
 * it is told, and a client that sends nothing before the server has proved it.
 *
 *     echo serve 127.0.0.1 7443 --attest tdx --insecure-any-client
 *     echo call  127.0.0.1 7443 --policy server.yaml "some words"
 *
 * One connection at a time, and evidence is collected where the loop runs: a program that serves
 * many gives cix_collect() a thread of its own.
 */

#include <cix/cix.h>

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { FILES_MAX = 32, FILE_SIZE_MAX = 1 << 20, READ_SIZE = 64 << 10, CLOSING_MS = 2000 };

struct options {
    bool serves;
    const char *host, *port, *words;
    struct cix_config config;
    struct cix_slice trust[FILES_MAX], endorsements[FILES_MAX];
};

/* ---- the command line ---- */

static void usage(void)
{
    fprintf(stderr, "usage: echo serve|call HOST PORT [--attest PLATFORM] [--tsm-root DIR]\n"
                    "            [--policy FILE] [--trust FILE]... [--endorsements FILE]...\n"
                    "            [--insecure-any-client] [WORDS]\n");
    exit(64);
}

static struct cix_slice load(const char *path)
{
    uint8_t *const bytes = malloc(FILE_SIZE_MAX);
    FILE *const file = fopen(path, "rb");
    if (!bytes || !file) {
        perror(path);
        exit(1);
    }
    const size_t size = fread(bytes, 1, FILE_SIZE_MAX, file);
    fclose(file);
    return (struct cix_slice){bytes, size};
}

static void add_file(struct cix_slice *files, size_t *count, const char *path)
{
    if (*count == FILES_MAX)
        usage();
    files[(*count)++] = load(path);
}

static void read_option(struct options *options, const char *name, const char *value)
{
    struct cix_config *const config = &options->config;
    if (strcmp(name, "--attest") == 0)
        config->attest = value;
    else if (strcmp(name, "--tsm-root") == 0)
        config->tsm_root = value;
    else if (strcmp(name, "--policy") == 0)
        config->policy = load(value);
    else if (strcmp(name, "--trust") == 0)
        add_file(options->trust, &config->trust_count, value);
    else if (strcmp(name, "--endorsements") == 0)
        add_file(options->endorsements, &config->endorsement_count, value);
    else
        usage();
}

static void read_options(int argc, char **argv, struct options *options)
{
    if (argc < 4 || (strcmp(argv[1], "serve") != 0 && strcmp(argv[1], "call") != 0))
        usage();
    *options = (struct options){
        .serves = strcmp(argv[1], "serve") == 0, .host = argv[2], .port = argv[3], .words = ""};
    options->config = (struct cix_config){.size = sizeof options->config,
                                          .use = CIX_USE_CHANNELS,
                                          .now_s = time(NULL),
                                          .trust = options->trust,
                                          .endorsements = options->endorsements};
    for (int i = 4; i < argc; i++) {
        if (strcmp(argv[i], "--insecure-any-client") == 0)
            options->config.insecure_skip_appraisal = true;
        else if (strncmp(argv[i], "--", 2) != 0)
            options->words = argv[i];
        else if (i + 1 < argc)
            read_option(options, argv[i], argv[i + 1]), i++;
        else
            usage();
    }
}

static void forget_files(struct options *options)
{
    for (size_t i = 0; i < options->config.trust_count; i++)
        free((void *)options->trust[i].data);
    for (size_t i = 0; i < options->config.endorsement_count; i++)
        free((void *)options->endorsements[i].data);
    free((void *)options->config.policy.data);
}

/* ---- one connection ---- */

struct talk {
    struct cix_context *context;
    struct cix_channel *channel;
    const struct options *options;
    int socket;
    size_t echoed; /* a client's: bytes that came back */
    bool is_over, went_well;
};

static struct cix_moment now(void)
{
    struct timespec wall, monotonic;
    clock_gettime(CLOCK_REALTIME, &wall);
    clock_gettime(CLOCK_MONOTONIC, &monotonic);
    return (struct cix_moment){.wall_s = wall.tv_sec,
                               .monotonic_ms =
                                   monotonic.tv_sec * 1000 + monotonic.tv_nsec / 1000000};
}

/* The channel takes as much as it has room for; these words are few. */
static void say(struct talk *talk, struct cix_slice bytes)
{
    size_t taken = 0;
    if (cix_channel_write(talk->channel, bytes, &taken) != CIX_OK || taken != bytes.size)
        cix_channel_close(talk->channel);
}

static void give_evidence(struct talk *talk, const uint8_t *binding)
{
    struct cix_bytes evidence = {0}, endorsements = {0};
    const enum cix_result collected = cix_collect(talk->context, binding, &evidence, &endorsements);
    if (collected != CIX_OK)
        fprintf(stderr, "no evidence: %s\n", cix_result_name(collected));
    const enum cix_result given =
        cix_channel_give_evidence(talk->channel, (struct cix_slice){evidence.data, evidence.size},
                                  (struct cix_slice){endorsements.data, endorsements.size}, now());
    if (given != CIX_OK)
        fprintf(stderr, "evidence not taken: %s\n", cix_result_name(given));
    cix_bytes_clear(&evidence);
    cix_bytes_clear(&endorsements);
}

static void greet(struct talk *talk)
{
    const struct cix_verdict *const peer = cix_channel_peer(talk->channel);
    fprintf(stderr, "open; the peer is %s\n", peer ? cix_verdict_platform(peer) : "not appraised");
    if (!talk->options->serves)
        say(talk, (struct cix_slice){(const uint8_t *)talk->options->words,
                                     strlen(talk->options->words)});
}

static void take_data(struct talk *talk, struct cix_slice data)
{
    if (talk->options->serves) {
        say(talk, data);
        return;
    }
    fwrite(data.data, 1, data.size, stdout);
    talk->echoed += data.size;
    if (talk->echoed >= strlen(talk->options->words))
        cix_channel_close(talk->channel);
}

static void tell_end(struct talk *talk)
{
    struct cix_end end;
    talk->is_over = true;
    if (cix_channel_end(talk->channel, &end) != CIX_OK)
        return;
    talk->went_well = end.orderly;
    fprintf(stderr, "%s: %s", end.orderly ? "closed" : "ended", end.detail);
    for (size_t i = 0; cix_channel_end_reason(talk->channel, i); i++)
        fprintf(stderr, " %s", cix_channel_end_reason(talk->channel, i));
    fprintf(stderr, "\n");
}

/* Everything the channel has to say about these bytes. Answers when to come again at the latest. */
static int64_t advance(struct talk *talk, struct cix_slice wire)
{
    struct cix_step step;
    do {
        if (cix_channel_advance(talk->channel, wire, now(), &step) != CIX_OK)
            abort(); /* our own mistake */
        wire = (struct cix_slice){0};
        if (step.kind == CIX_STEP_WANT_EVIDENCE)
            give_evidence(talk, step.binding);
        else if (step.kind == CIX_STEP_OPEN)
            greet(talk);
        else if (step.kind == CIX_STEP_DATA)
            take_data(talk, step.data);
        else if (step.kind == CIX_STEP_CLOSED)
            tell_end(talk);
    } while (step.kind != CIX_STEP_NONE && !talk->is_over);
    return step.deadline_ms;
}

static void send_output(struct talk *talk)
{
    const struct cix_slice output = cix_channel_output(talk->channel);
    const ssize_t sent =
        output.size ? send(talk->socket, output.data, output.size, MSG_NOSIGNAL) : 0;
    if (sent > 0)
        cix_channel_sent(talk->channel, (size_t)sent);
    else if (sent < 0 && errno != EINTR)
        cix_channel_wire_ended(talk->channel);
}

static struct cix_slice receive(struct talk *talk)
{
    static uint8_t bytes[READ_SIZE];
    const ssize_t size = recv(talk->socket, bytes, sizeof bytes, 0);
    if (size <= 0 && !(size < 0 && errno == EINTR))
        cix_channel_wire_ended(talk->channel);
    return (struct cix_slice){bytes, size > 0 ? (size_t)size : 0};
}

static int wait_ms(int64_t deadline_ms)
{
    const int64_t left_ms = deadline_ms - now().monotonic_ms;
    return deadline_ms == INT64_MAX ? -1 : left_ms < 0 ? 0 : left_ms > 60000 ? 60000 : (int)left_ms;
}

static void run(struct talk *talk)
{
    int64_t deadline_ms = advance(talk, (struct cix_slice){0});
    while (!talk->is_over) {
        send_output(talk);
        const bool has_output = cix_channel_output(talk->channel).size;
        struct pollfd ready = {talk->socket, (short)(has_output ? POLLIN | POLLOUT : POLLIN), 0};
        poll(&ready, 1, wait_ms(deadline_ms));
        const bool readable = ready.revents & (POLLIN | POLLHUP | POLLERR);
        deadline_ms = advance(talk, readable ? receive(talk) : (struct cix_slice){0});
    }
    while (cix_channel_output(talk->channel).size && !errno) /* the last words */
        send_output(talk);
    shutdown(talk->socket, SHUT_WR);
    struct pollfd ready = {talk->socket, POLLIN, 0};
    if (poll(&ready, 1, CLOSING_MS) > 0) /* so that a reset does not overtake them */
        receive(talk);
}

static bool converse(struct cix_context *context, const struct options *options, int socket)
{
    struct talk talk = {.context = context, .options = options, .socket = socket};
    const enum cix_role role = options->serves ? CIX_ROLE_SERVER : CIX_ROLE_CLIENT;
    errno = 0;
    if (cix_channel_open(context, role, now(), &talk.channel) != CIX_OK) {
        fprintf(stderr, "no channel\n");
        return false;
    }
    run(&talk);
    cix_channel_free(talk.channel);
    close(socket);
    return talk.went_well;
}

/* ---- sockets ---- */

static int dial_or_listen(const struct options *options)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *address = NULL;
    const int one = 1;
    if (getaddrinfo(options->host, options->port, &hints, &address) != 0)
        return -1;
    const int fd = socket(address->ai_family, SOCK_STREAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    const int done = options->serves
                         ? bind(fd, address->ai_addr, address->ai_addrlen) || listen(fd, 16)
                         : connect(fd, address->ai_addr, address->ai_addrlen);
    freeaddrinfo(address);
    return done == 0 ? fd : -1;
}

static void serve(struct cix_context *context, const struct options *options, int listener)
{
    fprintf(stderr, "listening\n");
    for (;;) {
        const int socket = accept(listener, NULL, NULL);
        if (socket >= 0)
            converse(context, options, socket);
    }
}

int main(int argc, char **argv)
{
    struct options options;
    char problem[CIX_PROBLEM_SIZE];
    struct cix_context *context = NULL;
    read_options(argc, argv, &options);
    if (cix_context_build(&options.config, &context, problem) != CIX_OK) {
        fprintf(stderr, "%s\n", problem);
        return 1;
    }
    forget_files(&options);
    const int fd = dial_or_listen(&options);
    if (fd < 0) {
        perror(options.host);
        return 1;
    }
    if (options.serves)
        serve(context, &options, fd); /* until somebody ends it */
    const bool went_well = converse(context, &options, fd);
    cix_context_free(context);
    return went_well ? 0 : 2;
}
