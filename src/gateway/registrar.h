/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Captured programs of this machine (`cix exec`) announce each connection here before they make it:
 * preload/register.h. One shard listens to them; every shard asks it whose connection it has got.
 */

#include "gateway/listener.h"

enum { REGISTRATIONS_MAX = 4096, REGISTRATION_LIFE_MS = 10000 };

struct registrar;

/* `path` is of the Unix socket, `port` what announcers are sent to. */
status registrar_new(const struct endpoint *path, uint16_t port, struct registrar **out);
void registrar_free(struct registrar *registrar); /* may be NULL */

status registrar_start(struct registrar *registrar, struct shard *shard);
void registrar_stop(struct registrar *registrar);

/* Where the connection from `source` goes, once; false when nobody announced it. */
bool registrar_take(struct registrar *registrar, const struct address *source, int64_t now_ms,
                    char out_destination[STREAM_DESTINATION_MAX + 1]);
