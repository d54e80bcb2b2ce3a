/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/ingress.h"

#include "gateway/listener.h"
#include "gateway/relay.h"
#include "gateway/route.h"

#include <string.h>

/* Connections inherit what is set here. */
static status bind_tcp(const struct config_ingress *ingress, int *out_fd)
{
    int fd = -1;
    TRY(listener_bind(&ingress->listen, &fd));
    socket_set_abort(fd);
    socket_set_keepalive(fd);
    socket_set_patience(fd, APPLICATION_PATIENCE_MS);
    *out_fd = fd;
    return OK;
}

static void begin_tcp(struct shard *shard, const struct config_ingress *ingress, int fd)
{
    route_take(&shard->routes[ingress->link], fd, slice_of_text(ingress->destination));
}

static const struct ingress_kind kinds[] = {
    {"tcp", bind_tcp, begin_tcp},
};

const struct ingress_kind *ingress_kind_of(const char *url)
{
    const char *const rest = strstr(url, "://");
    for (size_t i = 0; rest && i < sizeof kinds / sizeof *kinds; i++)
        if (strlen(kinds[i].scheme) == (size_t)(rest - url) &&
            memcmp(kinds[i].scheme, url, (size_t)(rest - url)) == 0)
            return &kinds[i];
    return NULL;
}
