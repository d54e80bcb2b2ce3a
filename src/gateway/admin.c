/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/admin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct admin_client {
    struct watch watch; /* .loop is NULL while the place is free */
    struct timer timer;
    struct buffer answer;
    size_t sent;
};

struct admin {
    struct gateway *gateway;
    struct loop *loop;
    struct watch watch;
    struct timer again; /* accepts again, after descriptors ran out */
    char path[sizeof((struct sockaddr_un *)0)->sun_path];
    struct admin_client clients[ADMIN_CLIENTS_MAX];
};

/* ---- one client ---- */

static void drop(struct admin_client *client)
{
    const int fd = client->watch.fd;
    watch_stop(&client->watch);
    timer_clear(&client->timer);
    buffer_clear(&client->answer);
    client->sent = 0;
    close(fd);
}

static void client_ready(struct watch *watch, uint32_t events)
{
    struct admin_client *const client = EMBEDDED_IN(watch, struct admin_client, watch);
    (void)events;
    while (client->sent < client->answer.size) {
        const ssize_t size = send(watch->fd, client->answer.data + client->sent,
                                  client->answer.size - client->sent, MSG_NOSIGNAL);
        if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            return;
        if (size < 0)
            break;
        client->sent += (size_t)size;
    }
    drop(client);
}

static void client_silent(struct timer *timer)
{
    drop(EMBEDDED_IN(timer, struct admin_client, timer));
}

static status begin_client(struct admin *admin, struct admin_client *client, int fd)
{
    struct loop *const loop = admin->loop;
    SCOPED(buffer) answer = {0};
    TRY(admin_status(admin->gateway, &answer));
    TRY(watch_start(&client->watch, loop, fd, EPOLLOUT));
    client->watch.ready = client_ready;
    client->timer.fire = client_silent;
    client->answer = buffer_take(&answer);
    timer_set(&client->timer, loop, loop_now(loop).monotonic_ms + ADMIN_PATIENCE_MS);
    return OK;
}

/* Whoever waits keeps the socket readable: without a descriptor for him the loop would spin. */
static void pause_accepting(struct admin *admin)
{
    watch_stop(&admin->watch);
    timer_set(&admin->again, admin->loop, loop_now(admin->loop).monotonic_ms + ADMIN_PAUSE_MS);
}

static void accept_again(struct timer *timer)
{
    struct admin *const admin = EMBEDDED_IN(timer, struct admin, again);
    if (watch_start(&admin->watch, admin->loop, admin->watch.fd, EPOLLIN).fault)
        pause_accepting(admin);
}

static void accept_client(struct watch *watch, uint32_t events)
{
    struct admin *const admin = EMBEDDED_IN(watch, struct admin, watch);
    (void)events;
    const int fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
        pause_accepting(admin);
    size_t place = 0;
    while (place < ADMIN_CLIENTS_MAX && admin->clients[place].watch.loop)
        place++;
    if (fd >= 0 &&
        (place == ADMIN_CLIENTS_MAX || begin_client(admin, &admin->clients[place], fd).fault))
        close(fd);
}

/* ---- the socket ---- */

/* A socket that a gateway left behind when it was killed may be replaced; nothing else may. */
static status make_way(const char *path, const struct sockaddr_un *address, struct problem *problem)
{
    struct stat info;
    if (lstat(path, &info) < 0)
        return errno == ENOENT
                   ? OK
                   : problem_at(problem, 0, "control_socket: %s: %s", path, strerror(errno));
    if (!S_ISSOCK(info.st_mode))
        return problem_at(problem, 0, "control_socket: %s is there and is no socket", path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const bool is_dead = fd >= 0 &&
                         connect(fd, (const struct sockaddr *)address, sizeof *address) < 0 &&
                         errno == ECONNREFUSED;
    if (fd >= 0)
        close(fd);
    if (!is_dead)
        return problem_at(problem, 0, "control_socket: %s: another gateway runs with it", path);
    if (unlink(path) < 0)
        return problem_at(problem, 0, "control_socket: %s: %s", path, strerror(errno));
    return OK;
}

static void make_folder(const char *path)
{
    char folder[sizeof((struct sockaddr_un *)0)->sun_path];
    if (folder_of(path, folder, sizeof folder).fault || mkdir(folder, 0755) < 0)
        return; /* it is there, or bind() will say why not */
}

/* Nobody can connect before listen(), so there is no moment at which others might. */
static status bind_socket(int fd, const char *path, const struct sockaddr_un *address,
                          struct problem *problem)
{
    if (bind(fd, (const struct sockaddr *)address, sizeof *address) < 0)
        return problem_at(problem, 0,
                          "control_socket: %s: %s: write a path that can be made, or none", path,
                          strerror(errno));
    if (chmod(path, 0600) < 0 || listen(fd, ADMIN_CLIENTS_MAX) < 0)
        return problem_at(problem, 0, "control_socket: %s: %s", path, strerror(errno));
    return OK;
}

static status open_socket(const char *path, int *out_fd, struct problem *problem)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const size_t size = strlen(path);
    if (size >= sizeof address.sun_path)
        return problem_at(problem, 0, "control_socket: the path has more than %zu characters",
                          sizeof address.sun_path - 1);
    memcpy(address.sun_path, path, size + 1);
    make_folder(path);
    TRY(make_way(path, &address, problem));
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return problem_at(problem, 0, "control_socket: %s", strerror(errno));
    const status bound = bind_socket(fd, path, &address, problem);
    if (bound.fault)
        close(fd);
    else
        *out_fd = fd;
    return bound;
}

status admin_begin(struct gateway *gateway, struct shard *shard, struct admin **out,
                   struct problem *problem)
{
    const char *const path = gateway->config->control_socket;
    int fd = -1;
    if (!path[0])
        return OK;
    TRY(open_socket(path, &fd, problem));
    struct admin *const admin = calloc(1, sizeof *admin);
    status begun = FAIL(EXHAUSTED, "no memory for the control socket");
    if (admin) {
        admin->gateway = gateway;
        admin->loop = shard->loop;
        admin->watch.ready = accept_client;
        admin->again.fire = accept_again;
        memcpy(admin->path, path, strlen(path) + 1);
        begun = watch_start(&admin->watch, shard->loop, fd, EPOLLIN);
    }
    if (begun.fault) {
        unlink(path);
        close(fd);
        free(admin);
        return begun;
    }
    *out = admin;
    return OK;
}

void admin_end(struct admin *admin)
{
    if (!admin)
        return;
    for (size_t i = 0; i < ADMIN_CLIENTS_MAX; i++)
        if (admin->clients[i].watch.loop)
            drop(&admin->clients[i]);
    watch_stop(&admin->watch);
    timer_clear(&admin->again);
    close(admin->watch.fd);
    unlink(admin->path);
    free(admin);
}
