/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/front_socks.h"

/* ---- what became of it ---- */

static void reached(struct writer *out)
{
    socks_reply_write(out, SOCKS_SUCCEEDED, NULL);
}

static void refused(struct writer *out, enum stream_reset reason)
{
    static const enum socks_reply replies[] = {
        [STREAM_RESET_NONE] = SOCKS_FAILED,
        [STREAM_RESET_REFUSED] = SOCKS_NOT_ALLOWED,
        [STREAM_RESET_UNREACHABLE] = SOCKS_HOST_UNREACHABLE,
        [STREAM_RESET_ABORTED] = SOCKS_FAILED,
        [STREAM_RESET_LIMIT] = SOCKS_FAILED,
        [STREAM_RESET_ENDED] = SOCKS_NETWORK_UNREACHABLE,
    };
    socks_reply_write(out, replies[reason], NULL);
}

static const struct answers answers = {reached, refused};

/* ---- where it wants to go ---- */

static void begin(struct front *front)
{
    front->socks = (struct socks){.login = &front->listener->login};
}

static status take(struct front *front, slice *in, struct writer *out,
                   struct application *out_application)
{
    struct socks *const socks = &front->socks;
    TRY(socks_take(socks, in, out));
    if (socks->phase != SOCKS_DONE)
        return OK;
    if (socks->command != SOCKS_CONNECT) {
        socks_reply_write(out, SOCKS_COMMAND_UNSUPPORTED, NULL);
        return FAIL(UNSUPPORTED, "SOCKS: only connections are taken");
    }
    const status named = application_set_destination(out_application, &socks->to);
    if (named.fault)
        socks_reply_write(out, SOCKS_ADDRESS_UNSUPPORTED, NULL);
    TRY(named);
    application_set_source(out_application, &front->peer);
    out_application->answers = &answers;
    return OK;
}

void front_socks_begin(struct shard *shard, const struct listener *listener, int fd,
                       const struct address *peer)
{
    static const struct front_protocol protocol = {
        .says_max = SOCKS_MESSAGE_SIZE_MAX, .begin = begin, .take = take};
    front_begin(shard, listener, &protocol, fd, peer);
}
