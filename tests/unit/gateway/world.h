/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Two gateways in this process with a real link between them over loopback, no evidence: what they
 * do to applications' connections is looked at from both ends. A test holds `app`, the connection
 * of a client's application, and `service`, the other end of the same as the service sees it.
 */

#include "gateway/gateway.h"
#include "gateway/half_open.h"
#include "gateway/load.h"
#include "net/log.h"

#include "test.h"

/* A test file may be compiled once for each kind of link. */
#ifndef WORLD_SCHEME
#define WORLD_SCHEME "tls"
#endif

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000 };

struct side {
    struct config config;
    struct gateway *gateway;
    pthread_t thread;
    bool runs;
};

struct world {
    struct side *client, *server;
    int listener; /* the service's */
    uint16_t service_port, link_port, ingress_port;
    char threads[8];
};

/* ---- sockets of the applications ---- */

static struct address loopback(uint16_t port)
{
    struct address address = {.size = sizeof address.v4};
    address.v4.sin_family = AF_INET;
    address.v4.sin_port = htons(port);
    address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static uint16_t port_of(int fd)
{
    struct address address;
    socket_local_address(fd, &address);
    return ntohs(address.v4.sin_port);
}

static int listen_somewhere(void)
{
    const struct address any = loopback(0);
    int fd = -1;
    EXPECT_OK(socket_listen(&any, &fd));
    return fd;
}

static uint16_t free_port(void)
{
    const int fd = listen_somewhere();
    const uint16_t port = port_of(fd);
    close(fd);
    return port;
}

static bool wait_for(int fd, short events)
{
    struct pollfd wanted = {.fd = fd, .events = events};
    return poll(&wanted, 1, PATIENCE_MS) == 1;
}

static int connect_to(uint16_t port)
{
    const struct address address = loopback(port);
    int fd = -1;
    EXPECT_OK(socket_connect(&address, &fd));
    EXPECT(wait_for(fd, POLLOUT));
    return fd;
}

static int accept_from(int listener)
{
    struct address peer;
    int fd = -1;
    if (!wait_for(listener, POLLIN))
        return -1;
    EXPECT_OK(socket_accept(listener, &fd, &peer));
    return fd;
}

/* What a read ends with: bytes, 0 for a clean end, or -errno. */
static ssize_t read_once(int fd, void *out, size_t capacity)
{
    if (!wait_for(fd, POLLIN))
        return -ETIMEDOUT;
    const ssize_t size = recv(fd, out, capacity, 0);
    return size < 0 ? -errno : size;
}

static bool reads(int fd, const char *text)
{
    char got[64] = {0};
    size_t size = 0;
    while (size < strlen(text)) {
        const ssize_t more = read_once(fd, got + size, sizeof got - 1 - size);
        if (more <= 0)
            return false;
        size += (size_t)more;
    }
    return strcmp(got, text) == 0;
}

static bool writes(int fd, const char *text)
{
    return send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text);
}

__attribute__((unused)) static bool ends_cleanly(int fd)
{
    char byte;
    return read_once(fd, &byte, 1) == 0;
}

/* Whatever data comes first, the end is an error. */
__attribute__((unused)) static bool ends_with_error(int fd)
{
    char bytes[4096];
    ssize_t size;
    while ((size = read_once(fd, bytes, sizeof bytes)) > 0)
        continue;
    return size == -ECONNRESET || size == -EPIPE;
}

/* ---- gateways ---- */

static void *serve(void *argument)
{
    struct side *const side = argument;
    EXPECT_OK(gateway_serve(side->gateway));
    return NULL;
}

static struct side *start(const char *yaml)
{
    struct side *const side = calloc(1, sizeof *side);
    struct problem problem = {0};
    const status read = config_read(slice_of_text(yaml), ".", &side->config, &problem);
    if (read.fault)
        printf("  line %d: %s\n", problem.line, problem.text);
    EXPECT_OK(read);
    const status made = gateway_new(&side->config, &side->gateway, &problem);
    if (made.fault)
        printf("  line %d: %s\n", problem.line, problem.text);
    EXPECT_OK(made);
    if (!made.fault)
        side->runs = pthread_create(&side->thread, NULL, serve, side) == 0;
    return side;
}

/* Waits until it has ended by itself, or ends it at once. */
static void finish(struct side **side, bool at_once)
{
    if (!*side)
        return;
    if (at_once && (*side)->gateway) {
        gateway_stop((*side)->gateway);
        gateway_stop((*side)->gateway);
    }
    if ((*side)->runs)
        pthread_join((*side)->thread, NULL);
    gateway_free((*side)->gateway);
    free(*side);
    *side = NULL;
}

static void start_server(struct world *world)
{
    char yaml[512];
    snprintf(yaml, sizeof yaml,
             "listen: [ \"" WORLD_SCHEME
             "://127.0.0.1:%u\" ]\nattest: none\nclients: any\nthreads: %s\n"
             "control_socket: none\ndrain: 5s\n"
             "egress: [ { service: db, to: \"tcp://127.0.0.1:%u\" } ]\n",
             world->link_port, world->threads, world->service_port);
    world->server = start(yaml);
}

static void start_client(struct world *world)
{
    char yaml[512];
    snprintf(yaml, sizeof yaml,
             "links: { cloud: { connect: \"" WORLD_SCHEME "://127.0.0.1:%u\",\n"
             "  verify: { insecure_skip_appraisal: true } } }\nthreads: %s\n"
             "control_socket: none\ndrain: 5s\nconnect_timeout: 5s\n"
             "ingress: [ { listen: \"tcp://127.0.0.1:%u\", to: cloud/db } ]\n",
             world->link_port, world->threads, world->ingress_port);
    world->client = start(yaml);
}

static void world_prepare(struct world *world, unsigned threads)
{
    static int quiet = -1;
    if (quiet < 0)
        quiet = getenv("CIX_TEST_LOG") ? STDERR_FILENO : open("/dev/null", O_WRONLY);
    log_set(quiet, LOG_FORM_TEXT, LOG_LEVEL_DEBUG);
    snprintf(world->threads, sizeof world->threads, "%u", threads);
    world->listener = listen_somewhere();
    world->service_port = port_of(world->listener);
    world->link_port = free_port();
    world->ingress_port = free_port();
}

static void world_begin(struct world *world, unsigned threads)
{
    world_prepare(world, threads);
    start_server(world);
    start_client(world);
}

static void world_clear(struct world *world)
{
    finish(&world->client, true);
    finish(&world->server, true);
    close(world->listener);
}

/* One application's connection, seen from both its ends. */
struct pair {
    int app, service;
};

static struct pair join(const struct world *world)
{
    struct pair pair = {.app = connect_to(world->ingress_port)};
    pair.service = accept_from(world->listener);
    EXPECT(pair.service >= 0);
    return pair;
}

__attribute__((unused)) static void part(struct pair *pair)
{
    close(pair->app);
    close(pair->service);
}
