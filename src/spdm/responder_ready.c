/* SPDX-License-Identifier: Apache-2.0 */

/*
 * A response that a duty cannot give yet. The request is kept where large requests are, until it is
 * asked for again; another request in between takes its place.
 * spec: DSP0274 1.4, "RESPOND_IF_READY request message format", "ResponseNotReady extended error
 * data"
 */

#include "spdm/message/respond_if_ready.h"
#include "spdm/responder_parts.h"

#include <string.h>

enum {
    RETRY_EXPONENT = 17,    /* 131 ms ... */
    RETRY_MULTIPLIER = 230, /* ... and half a minute in all */
};

status spdm_not_ready(void)
{
    return FAIL(UNAVAILABLE, "a duty that is not ready yet");
}

/* Kept, unless it is in pieces still. */
static bool is_kept(const struct spdm_transfer *kept)
{
    return !kept->is_open && kept->size;
}

void spdm_put_off(struct spdm_asking *asking)
{
    struct spdm_transfer *const kept = &asking->connection->incoming;
    const slice request = asking->request;
    if (asking->afterwards == SPDM_ENDS)
        return;
    asking->error.code = SPDM_BUSY;
    if (kept->is_open || request.size > kept->capacity)
        return; /* without the space it is to be asked anew */
    const uint8_t token = ++asking->connection->last_handle;
    memmove(kept->space, request.data, request.size);
    spdm_transfer_open(kept, token, request.size, asking->session);
    kept->is_open = false;
    asking->error.code = SPDM_RESPONSE_NOT_READY;
    asking->error.not_ready = (struct spdm_not_ready){
        .retry_exponent = RETRY_EXPONENT,
        .retry_multiplier = RETRY_MULTIPLIER,
        .request_code = request.data[1],
        .token = token,
    };
}

void spdm_drop_put_off(struct spdm_connection *connection)
{
    if (is_kept(&connection->incoming))
        spdm_transfer_close(&connection->incoming);
}

status spdm_answer_respond_if_ready(struct spdm_asking *asking)
{
    const struct spdm_transfer *const kept = &asking->connection->incoming;
    struct spdm_respond_if_ready asked;
    slice request;
    TRY(spdm_respond_if_ready_read(&asking->reader, &asked));
    TRY(spdm_asked(asking, &request));
    if (!is_kept(kept) || kept->session != asking->session)
        return spdm_refuse(asking, SPDM_UNEXPECTED_REQUEST, 0);
    if (asked.token != kept->handle || asked.request_code != kept->space[1])
        return FAIL(UNEXPECTED, "the response to another request is asked for");
    return spdm_answer_carried(asking, (slice){kept->space, kept->size});
}
