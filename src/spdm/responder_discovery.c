/* SPDX-License-Identifier: Apache-2.0 */

/* VERSION, CAPABILITIES, ALGORITHMS. */

#include "spdm/message/version.h"
#include "spdm/responder_parts.h"

enum { VERSION_SHIFT = 8 };

/* Each message of A enters it when its response is written: both or none. */
static status add_a(struct spdm_asking *asking)
{
    struct spdm_transcript *const transcript = &asking->connection->transcript;
    slice request;
    TRY(spdm_asked(asking, &request));
    TRY(spdm_transcript_add_a(transcript, request));
    return spdm_transcript_add_a(transcript, spdm_answered(asking));
}

status spdm_answer_version(struct spdm_asking *asking)
{
    const struct spdm_settings *const settings = asking->connection->settings;
    struct spdm_version versions = {0};
    slice request;
    TRY(spdm_get_version_read(&asking->reader));
    TRY(spdm_asked(asking, &request));

    for (unsigned version = settings->version_min; version <= settings->version_max; version++)
        versions.entries[versions.entry_count++] = (uint16_t)(version << VERSION_SHIFT);
    spdm_connection_restart(asking->connection);
    asking->responder->shown = (struct spdm_shown){0};
    asking->responder->requester_is_authentic = false;
    asking->subject = NULL;
    spdm_version_write(asking->out, &versions);
    TRY(add_a(asking));
    asking->connection->phase = SPDM_PHASE_VERSION;
    return OK;
}

status spdm_answer_capabilities(struct spdm_asking *asking)
{
    struct spdm_connection *const connection = asking->connection;
    const struct spdm_settings *const settings = connection->settings;
    struct spdm_capabilities theirs;
    slice request;
    struct spdm_header header;
    TRY(spdm_header_peek(asking->request, &header));
    if (header.version < settings->version_min || header.version > settings->version_max)
        return spdm_refuse(asking, SPDM_VERSION_MISMATCH, 0);
    TRY(spdm_get_capabilities_read(&asking->reader, &theirs));
    TRY(spdm_asked(asking, &request));
    TRY(spdm_capabilities_check(&theirs, SPDM_REQUESTER));

    struct spdm_capabilities ours = settings->capabilities;
    ours.version = theirs.version;
    ours.flags = spdm_settings_flags(settings, theirs.version);
    ours.has_algorithms = theirs.asks_algorithms && ours.flags & theirs.flags & SPDM_CHUNK_CAP;
    ours.algorithms = settings->algorithms;
    spdm_capabilities_write(asking->out, &ours);
    TRY(add_a(asking));
    spdm_connection_set_version(connection, theirs.version);
    return spdm_connection_set_capabilities(connection, &theirs);
}

/* What both are able to, under the flags that both have. */
static status select_algorithms(const struct spdm_asking *asking,
                                const struct spdm_algorithm_set *theirs,
                                struct spdm_algorithms *out)
{
    const struct spdm_connection *const connection = asking->connection;
    const struct spdm_settings *const settings = connection->settings;
    const uint8_t version = connection->shape.version;
    struct spdm_algorithms selected = {0};

    spdm_suite_select(version, &settings->algorithms, theirs, &selected.selected);
    if (spdm_connection_flags(connection) & SPDM_MEAS_CAP)
        selected.measurement_hash =
            spdm_strongest_measurement_hash(version, settings->measurement_hashes);
    if (!(spdm_connection_flags(connection) & SPDM_MEL_CAP))
        selected.selected.log_specifications = 0; /* some requesters insist */
    if (!selected.selected.base_hash)
        return FAIL(UNEXPECTED, "no hash that both sides know");
    if (spdm_connection_asks_multi_key(connection))
        selected.selected.other_params |= SPDM_MULTI_KEY_CONNECTION;
    *out = selected;
    return OK;
}

status spdm_answer_algorithms(struct spdm_asking *asking)
{
    struct spdm_connection *const connection = asking->connection;
    struct spdm_algorithm_set theirs;
    struct spdm_algorithms selected;
    slice request;
    TRY(spdm_negotiate_algorithms_read(&asking->reader, &connection->shape, &theirs));
    TRY(spdm_asked(asking, &request));
    const bool is_multi_key =
        connection->shape.version >= SPDM_1_3 && theirs.other_params & SPDM_MULTI_KEY_CONNECTION;
    TRY(spdm_connection_check_multi_key(connection, is_multi_key));
    TRY(select_algorithms(asking, &theirs, &selected));

    spdm_algorithms_write(asking->out, &connection->shape, &selected);
    const size_t a_size = connection->transcript.a_size;
    TRY(add_a(asking));
    const status taken = spdm_connection_set_algorithms(connection, is_multi_key, &selected);
    if (taken.fault)
        connection->transcript.a_size = a_size;
    return taken;
}
