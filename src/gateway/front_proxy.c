/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/front_proxy.h"

#include "proxy/proxy_header.h"

#include <string.h>

static status take(struct front *front, slice *in, struct writer *out,
                   struct application *out_application)
{
    const struct config_ingress *const ingress = front->listener->ingress;
    struct proxy_header header;
    size_t size = 0;
    (void)out;
    const status read = proxy_header_read(*in, &header, &size);
    if (read.fault && read.fault->failure == FAILURE_TRUNCATED)
        return OK;
    TRY(read);
    application_set_source(out_application, header.has_addresses ? &header.source : &front->peer);
    memcpy(out_application->destination, ingress->destination, sizeof ingress->destination);
    *in = (slice){in->data + size, in->size - size};
    return OK;
}

void front_proxy_begin(struct shard *shard, const struct listener *listener, int fd,
                       const struct address *peer)
{
    static const struct front_protocol protocol = {.says_max = PROXY_HEADER_SIZE_MAX, .take = take};
    front_begin(shard, listener, &protocol, fd, peer);
}
