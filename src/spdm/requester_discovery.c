/* SPDX-License-Identifier: Apache-2.0 */

/* GET_VERSION, GET_CAPABILITIES, NEGOTIATE_ALGORITHMS: one after another. */

#include "spdm/message/version.h"
#include "spdm/requester_parts.h"

static status add_a(const struct spdm_taking *taking)
{
    struct spdm_transcript *const transcript = &taking->connection->transcript;
    slice response;
    TRY(spdm_took(taking, &response));
    TRY(spdm_transcript_add_a(transcript, spdm_request_of(taking)));
    return spdm_transcript_add_a(transcript, response);
}

/* ---- ALGORITHMS ---- */

static status take_algorithms(struct spdm_taking *taking)
{
    struct spdm_connection *const connection = taking->connection;
    struct spdm_algorithms selected;
    TRY(spdm_algorithms_read(&taking->reader, &connection->shape, &selected));
    TRY(spdm_connection_check_multi_key(connection, selected.selected.other_params &
                                                        SPDM_MULTI_KEY_CONNECTION));
    TRY(add_a(taking));
    return spdm_connection_set_algorithms(connection, spdm_connection_asks_multi_key(connection),
                                          &selected);
}

static status ask_algorithms(struct spdm_taking *taking)
{
    static const struct spdm_step step = {SPDM_ALGORITHMS, take_algorithms};
    const struct spdm_connection *const connection = taking->connection;
    struct spdm_saying saying = spdm_say_begin(taking->requester, NULL, taking->out);
    struct spdm_algorithm_set offer = connection->settings->algorithms;
    offer.other_params &= (uint8_t)~SPDM_MULTI_KEY_CONNECTION;
    if (spdm_connection_asks_multi_key(connection))
        offer.other_params |= SPDM_MULTI_KEY_CONNECTION;
    spdm_negotiate_algorithms_write(&saying.draft, &connection->shape, &offer);
    return spdm_say_end(taking->requester, taking->now, &saying, &step);
}

/* ---- CAPABILITIES ---- */

static status take_capabilities(struct spdm_taking *taking)
{
    struct spdm_capabilities theirs;
    TRY(spdm_capabilities_read(&taking->reader, &theirs));
    TRY(add_a(taking));
    TRY(spdm_connection_set_capabilities(taking->connection, &theirs));
    return ask_algorithms(taking);
}

static status ask_capabilities(struct spdm_taking *taking)
{
    static const struct spdm_step step = {SPDM_CAPABILITIES, take_capabilities};
    const struct spdm_connection *const connection = taking->connection;
    struct spdm_saying saying = spdm_say_begin(taking->requester, NULL, taking->out);
    struct spdm_capabilities ours = connection->settings->capabilities;
    ours.version = connection->shape.version;
    ours.flags = spdm_connection_flags(connection);
    spdm_get_capabilities_write(&saying.draft, &ours);
    return spdm_say_end(taking->requester, taking->now, &saying, &step);
}

/* ---- VERSION ---- */

static status take_version(struct spdm_taking *taking)
{
    struct spdm_connection *const connection = taking->connection;
    struct spdm_version versions;
    TRY(spdm_version_read(&taking->reader, &versions));
    TRY(add_a(taking));
    const uint8_t version =
        spdm_connection_highest_version(connection, versions.entries, versions.entry_count);
    if (!version)
        return FAIL(UNSUPPORTED, "no SPDM version that both sides know");
    spdm_connection_set_version(connection, version);
    return ask_capabilities(taking);
}

status spdm_requester_connect(struct spdm_requester *requester, struct moment now,
                              struct writer *out)
{
    static const struct spdm_step step = {SPDM_VERSION, take_version};
    spdm_end_opening(requester); /* whoever gave up waiting begins here */
    requester->step = NULL;
    spdm_connection_restart(&requester->connection);
    struct spdm_saying saying = spdm_say_begin(requester, NULL, out);
    spdm_get_version_write(&saying.draft);
    return spdm_say_end(requester, now, &saying, &step);
}
