/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A connection of an application's, on its way to a stream: where it wants to go, who it is, and
 * how it is told what became of it.
 */

#include "codec/writer.h"
#include "link/lane.h"
#include "net/address.h"

/* What a proxy's protocol says; NULL in an application that speaks to no proxy. */
struct answers {
    void (*reached)(struct writer *out);
    void (*refused)(struct writer *out, enum stream_reset reason);
};
enum { ANSWER_SIZE_MAX = 256 };

struct application {
    int fd;
    struct buffer early; /* goes into the stream before what the descriptor gives */
    const struct answers *answers;
    char source[STREAM_SOURCE_MAX + 1]; /* empty: unknown */
    char destination[STREAM_DESTINATION_MAX + 1];
};

void application_clear(struct application *application); /* but the descriptor */

/* As "tcp://host:port". EXHAUSTED when it is too long. */
status application_set_destination(struct application *application, const struct endpoint *to);

/* Of IPv4 and IPv6; other addresses mean nothing on another machine. */
void application_set_source(struct application *application, const struct address *source);

/* Says so in the application's words when it has any, else by a reset. It is cleared, and its
 * descriptor gone. */
void application_refuse(struct application *application, enum stream_reset reason);
/* The same for a descriptor with its answers. */
void answer_refused(int fd, const struct answers *answers, enum stream_reset reason);
/* False when the connection is broken. */
bool answer_reached(int fd, const struct answers *answers);
