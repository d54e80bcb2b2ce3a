/* SPDX-License-Identifier: Apache-2.0 */
#include "channel/session.h"

static const struct session_kind *const kinds[CHANNEL_KIND_COUNT] = {
    [CHANNEL_TLS] = &session_over_tls,
    [CHANNEL_SPDM] = &session_over_spdm,
};

const struct session_kind *session_kind_of(enum channel_kind kind)
{
    return kind < CHANNEL_KIND_COUNT ? kinds[kind] : NULL;
}

const char *channel_kind_name(enum channel_kind kind)
{
    return kind < CHANNEL_KIND_COUNT ? kinds[kind]->name : "none";
}

void session_free(struct session *session)
{
    if (session->kind)
        session->kind->free(session);
    *session = (struct session){0};
}
