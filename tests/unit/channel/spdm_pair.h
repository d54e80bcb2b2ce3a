/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Two ends of an SPDM session whose keys were made by hand: as after a handshake, without one. */

#include "channel/spdm_records.h"

#include "spdm/codes.h"
#include "spdm/transport.h"

#include <stdlib.h>
#include <string.h>

struct spdm_end {
    struct spdm_settings settings;
    struct spdm_connection connection;
    struct spdm_session session;
    struct spdm_records records;
};

static inline void spdm_must(status result)
{
    if (result.fault)
        abort();
}

static inline void spdm_end_begin(struct spdm_end *end, enum spdm_side side)
{
    *end = (struct spdm_end){.settings.side = side};
    end->connection.settings = &end->settings;
    end->connection.shape.version = SPDM_1_3;
    end->connection.schedule = (struct spdm_key_schedule){
        .version = SPDM_1_3, .hash = HASH_SHA384, .aead = AEAD_AES_256_GCM};
    end->session.form = (struct spdm_record_form){.session_id = 0x0badcafe, .is_encrypted = true};
    end->session.phase = SPDM_SESSION_HANDSHAKE;
    end->session.master = (struct secret){.data = {1, 2, 3}, .size = 48};
    spdm_must(running_hash_begin(&end->session.th, HASH_SHA384));
    spdm_must(spdm_session_establish(&end->session, &end->connection.schedule));
    spdm_records_begin(&end->records, &end->connection, &end->session);
}

static inline void spdm_end_clear(struct spdm_end *end)
{
    spdm_records_clear(&end->records);
    spdm_session_clear(&end->session);
}

/* A frame of kind SECURED with `data` as its application data, whatever that is. */
static inline size_t spdm_end_seal(struct spdm_end *end, slice data, uint8_t *out, size_t capacity)
{
    struct writer writer = writer_over(out, capacity);
    const size_t frame = spdm_frame_begin(&spdm_tcp, &writer);
    const size_t record = spdm_record_begin(&end->session.form, &writer);
    write_bytes(&writer, data);
    spdm_must(spdm_session_seal(&end->session, end->settings.side, &writer, record, (slice){0}));
    spdm_must(spdm_frame_end(&spdm_tcp, &writer, frame, SPDM_FRAME_SECURED));
    return writer.size;
}
