/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/front_http.h"

#include "proxy/http.h"

#include <string.h>

/* ---- what became of it ---- */

static void refused(struct writer *out, enum stream_reset reason)
{
    static const unsigned codes[] = {
        [STREAM_RESET_NONE] = 502,        [STREAM_RESET_REFUSED] = 403,
        [STREAM_RESET_UNREACHABLE] = 502, [STREAM_RESET_ABORTED] = 502,
        [STREAM_RESET_LIMIT] = 503,       [STREAM_RESET_ENDED] = 503,
    };
    http_refusal_write(out, codes[reason]);
}

/* The service's own answer is what a request that is passed on waits for. */
static void say_nothing(struct writer *out)
{
    (void)out;
}

static const struct answers of_tunnels = {http_established_write, refused};
static const struct answers of_requests = {say_nothing, refused};

/* ---- where it wants to go ---- */

static status take(struct front *front, slice *in, struct writer *out,
                   struct application *out_application)
{
    const struct socks_login *const login = &front->listener->login;
    SCOPED(http_asking) asking = {0};
    status read =
        http_asking_read(*in, &(struct http_login){login->user, login->password}, &asking);
    if (read.fault && read.fault->failure == FAILURE_TRUNCATED)
        return OK;
    if (!read.fault)
        read = application_set_destination(out_application, &asking.to);
    if (read.fault) {
        http_refusal_write(out, http_code_of(read));
        return read;
    }
    application_set_source(out_application, &front->peer);
    out_application->early = buffer_take(&asking.head);
    out_application->answers = asking.is_tunnel ? &of_tunnels : &of_requests;
    *in = (slice){in->data + asking.size, in->size - asking.size};
    return OK;
}

void front_http_begin(struct shard *shard, const struct listener *listener, int fd,
                      const struct address *peer)
{
    static const struct front_protocol protocol = {.says_max = HTTP_HEAD_SIZE_MAX, .take = take};
    front_begin(shard, listener, &protocol, fd, peer);
}
