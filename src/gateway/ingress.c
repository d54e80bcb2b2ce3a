/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/ingress.h"

#include "gateway/capture.h"
#include "gateway/front_http.h"
#include "gateway/front_proxy.h"
#include "gateway/front_socks.h"
#include "gateway/registrar.h"
#include "gateway/relay.h"
#include "gateway/route.h"
#include "net/datagrams.h"
#include "net/log.h"

#include <string.h>

enum { PASSWORD_SIZE_MAX = 255 /* RFC 1929, and ours for HTTP */ };

/* Connections inherit what is set here. */
static void set_connections(int fd)
{
    socket_set_abort(fd);
    socket_set_keepalive(fd);
    socket_set_patience(fd, APPLICATION_PATIENCE_MS);
}

static status bind_stream(struct listener *listener, struct problem *problem)
{
    const struct config_ingress *const ingress = listener->ingress;
    const status bound = listener_bind(&ingress->listen, &listener->fd);
    char text[ENDPOINT_TEXT_SIZE];
    endpoint_text(&ingress->listen, text);
    if (bound.fault)
        return problem_at(problem, ingress->line, "%s: %s: %s", ingress->kind->key, text,
                          bound.fault->what);
    set_connections(listener->fd);
    return OK;
}

/* Its connections inherit the mark, too: answers of ours are not captured. */
static status bind_captured(struct listener *listener, struct problem *problem)
{
    const struct config_ingress *const ingress = listener->ingress;
    struct address address;
    char text[ENDPOINT_TEXT_SIZE];
    TRY(endpoint_number(&ingress->listen, &address));
    address.mark = CAPTURE_MARK_OWN;
    const status bound = socket_listen_transparent(&address, &listener->fd);
    endpoint_text(&ingress->listen, text);
    if (bound.fault)
        return problem_at(problem, ingress->line, "%s: %s: %s", ingress->kind->key, text,
                          bound.fault->what);
    set_connections(listener->fd);
    return OK;
}

static status bind_datagrams(struct listener *listener, struct problem *problem)
{
    const struct config_ingress *const ingress = listener->ingress;
    struct address addresses[ADDRESSES_MAX];
    size_t count = 0;
    char text[ENDPOINT_TEXT_SIZE];
    status bound = endpoint_resolve(&ingress->listen, addresses, &count);
    if (!bound.fault)
        bound = datagrams_listen(&addresses[0], &listener->fd);
    endpoint_text(&ingress->listen, text);
    return bound.fault
               ? problem_at(problem, ingress->line, "listen: %s: %s", text, bound.fault->what)
               : OK;
}

static void begin_stream(struct shard *shard, const struct listener *listener, int fd,
                         const struct address *peer)
{
    const struct config_ingress *const ingress = listener->ingress;
    struct application application = {.fd = fd};
    if (ingress->is_told_by_proxy) {
        front_proxy_begin(shard, listener, fd, peer);
        return;
    }
    application_set_source(&application, peer);
    memcpy(application.destination, ingress->destination, sizeof application.destination);
    route_take(&shard->routes[ingress->link], &application);
}

/* Captured programs are sent to a port of loopback, which nobody else is let in by. */
static status bind_for_exec(struct listener *listener, struct problem *problem)
{
    const struct config_ingress *const ingress = listener->ingress;
    const struct endpoint loopback = {.host = "127.0.0.1"};
    struct address bound_to = {0};
    status bound = listener_bind(&loopback, &listener->fd);
    if (!bound.fault) {
        socket_local_address(listener->fd, &bound_to);
        bound = registrar_new(&ingress->listen, ntohs(bound_to.v4.sin_port), &listener->registrar);
    }
    if (bound.fault)
        return problem_at(problem, ingress->line, "exec: %s: %s", ingress->listen.host,
                          bound.fault->what);
    set_connections(listener->fd);
    return OK;
}

static void begin_announced(struct shard *shard, const struct listener *listener, int fd,
                            const struct address *peer)
{
    struct application application = {.fd = fd};
    const int64_t now_ms = loop_now(shard->loop).monotonic_ms;
    if (!registrar_take(listener->registrar, peer, now_ms, application.destination)) {
        atomic_fetch_add(&shard->gateway->shed_count, 1);
        LOG(WARNING, "application-refused", {"detail", "nobody announced its connection", 0});
        socket_abort(fd);
        return;
    }
    route_take(&shard->routes[listener->ingress->link], &application);
}

/* Who connects to the port itself was not captured: that would lead back here. */
static void begin_captured(struct shard *shard, const struct listener *listener, int fd,
                           const struct address *peer)
{
    const struct config_ingress *const ingress = listener->ingress;
    const struct allow_list *const captured = &shard->gateway->config->captured;
    struct application application = {.fd = fd};
    struct address local;
    struct endpoint to;
    char text[ADDRESS_TEXT_SIZE];
    socket_local_address(fd, &local);
    local = address_unmapped(&local);
    address_text(&local, text);
    const status read = endpoint_read(text, false, &to);
    if (read.fault || to.port == ingress->listen.port || !allow_address(captured, &to, &local) ||
        application_set_destination(&application, &to).fault) {
        LOG(INFO, "application-refused", {"to", text, 0}, {"detail", "it was not captured", 0});
        atomic_fetch_add(&shard->gateway->shed_count, 1);
        socket_abort(fd);
        return;
    }
    const struct address source = address_unmapped(peer);
    application_set_source(&application, &source);
    route_take(&shard->routes[ingress->link], &application);
}

/* The first line of the file is the password. */
static status load_login(struct listener *listener, struct problem *problem)
{
    const struct config_ingress *const ingress = listener->ingress;
    struct buffer *const password = &listener->password;
    static const uint8_t nul[] = {0};
    if (!*ingress->user)
        return OK;
    TRY(secret_file_load(ingress->password_path, PASSWORD_SIZE_MAX + 1, password, problem));
    const uint8_t *const end = password->size ? memchr(password->data, '\n', password->size) : NULL;
    if (end)
        password->size = (size_t)(end - password->data);
    if (!password->size || password->size > PASSWORD_SIZE_MAX ||
        memchr(password->data, 0, password->size))
        return problem_at(problem, ingress->line,
                          "password_file: '%s' holds no password of 1 to 255 bytes",
                          ingress->password_path);
    TRY(buffer_append(password, SLICE(nul)));
    listener->login = (struct socks_login){ingress->user, (const char *)password->data};
    return OK;
}

static status bind_with_login(struct listener *listener, struct problem *problem)
{
    TRY(load_login(listener, problem));
    return bind_stream(listener, problem);
}

static const struct ingress_kind kinds[] = {
    {"listen", "tcp", .picks_service = true, .bind = bind_stream, .begin = begin_stream},
    {"listen", "unix", .picks_service = true, .bind = bind_stream, .begin = begin_stream},
    {"listen", "vsock", .picks_service = true, .bind = bind_stream, .begin = begin_stream},
    {"listen", "udp", .picks_service = true, .is_datagrams = true, .bind = bind_datagrams},
    {"exec", NULL, .is_path = true, .bind = bind_for_exec, .begin = begin_announced},
    {"socks5", NULL, .knows_login = true, .bind = bind_with_login, .begin = front_socks_begin},
    {"transparent", NULL, .captures = true, .bind = bind_captured, .begin = begin_captured},
    {"http", NULL, .knows_login = true, .bind = bind_with_login, .begin = front_http_begin},
};

const struct ingress_kind *ingress_kind_at(size_t index)
{
    return index < sizeof kinds / sizeof *kinds ? &kinds[index] : NULL;
}
