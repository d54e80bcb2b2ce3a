/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/application.h"

#include "net/socket.h"

#include <stdio.h>
#include <string.h>

void application_clear(struct application *application)
{
    buffer_clear(&application->early);
    *application = (struct application){.fd = -1};
}

status application_set_destination(struct application *application, const struct endpoint *to)
{
    char text[ENDPOINT_TEXT_SIZE], *const out = application->destination;
    endpoint_text(to, text);
    const int size = snprintf(out, sizeof application->destination, "tcp://%s", text);
    if (size >= 0 && (size_t)size < sizeof application->destination)
        return OK;
    *out = 0;
    return FAIL(EXHAUSTED, "a destination of more than 256 characters");
}

void application_set_source(struct application *application, const struct address *source)
{
    char text[ADDRESS_TEXT_SIZE];
    if (source->any.sa_family != AF_INET && source->any.sa_family != AF_INET6)
        return;
    address_text(source, text);
    memcpy(application->source, text, strnlen(text, STREAM_SOURCE_MAX));
}

void answer_refused(int fd, const struct answers *answers, enum stream_reset reason)
{
    uint8_t space[ANSWER_SIZE_MAX];
    struct writer writer = writer_over(space, sizeof space);
    if (answers)
        answers->refused(&writer, reason);
    if (answers && socket_say(fd, (slice){writer.data, writer.size}))
        socket_end(fd);
    else
        socket_abort(fd);
}

bool answer_reached(int fd, const struct answers *answers)
{
    uint8_t space[ANSWER_SIZE_MAX];
    struct writer writer = writer_over(space, sizeof space);
    answers->reached(&writer);
    return socket_say(fd, (slice){writer.data, writer.size});
}

void application_refuse(struct application *application, enum stream_reset reason)
{
    answer_refused(application->fd, application->answers, reason);
    application_clear(application);
}
