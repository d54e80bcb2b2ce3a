/* SPDX-License-Identifier: Apache-2.0 */
#include "channel/session.h"

/* The rows of this build; the names are told also for those it lacks. */
static const struct {
    const char *name;
    const struct session_kind *row;
} kinds[CHANNEL_KIND_COUNT] = {
    [CHANNEL_TLS] = {"tls13", &session_over_tls},
    [CHANNEL_SPDM] = {"spdm", NULL},
};

const struct session_kind *session_kind_of(enum channel_kind kind)
{
    return kind < CHANNEL_KIND_COUNT ? kinds[kind].row : NULL;
}

const char *channel_kind_name(enum channel_kind kind)
{
    return kind < CHANNEL_KIND_COUNT ? kinds[kind].name : "none";
}

bool channel_kind_is_here(enum channel_kind kind)
{
    return session_kind_of(kind);
}

void session_free(struct session *session)
{
    if (session->kind)
        session->kind->free(session);
    *session = (struct session){0};
}
