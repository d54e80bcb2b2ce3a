/* SPDX-License-Identifier: Apache-2.0 */
#include "channel/lane_proof.h"

#include <string.h>

#define LANE_LABEL "cix lane 1"

enum { PROVEN_SIZE_MAX = 256 };

status lane_message_read(slice payload, struct lane_message *out)
{
    struct reader reader = reader_of(payload);
    struct lane_message message;
    read_exactly(&reader, message.link_id, sizeof message.link_id);
    message.lane_number = read_be32(&reader);
    read_exactly(&reader, message.proof, sizeof message.proof);
    TRY(reader_finish(&reader));
    if (!message.lane_number)
        return FAIL(MALFORMED, "lanes count from one");
    *out = message;
    return OK;
}

void lane_message_write(const struct lane_message *message, uint8_t out[LANE_MESSAGE_SIZE])
{
    struct writer writer = writer_over(out, LANE_MESSAGE_SIZE);
    write_bytes(&writer, SLICE(message->link_id));
    write_be32(&writer, message->lane_number);
    write_bytes(&writer, SLICE(message->proof));
}

static slice digest_view(const struct digest *digest)
{
    return (slice){digest->data, digest->size};
}

status lane_proof_fits(const struct proof_session *session, const struct link_keys *keys)
{
    if (keys->own_spki.size != SPKI_DIGEST_SIZE || keys->peer_spki.size != SPKI_DIGEST_SIZE ||
        !slice_equal(digest_view(&keys->own_spki), digest_view(session->own_spki)) ||
        !slice_equal(digest_view(&keys->peer_spki), digest_view(session->peer_spki)))
        return FAIL(UNAUTHENTIC, "the lane's keys are not the link's");
    return OK;
}

/* What is proved. Every field has a fixed size, so no two lanes spell the same bytes. */
static status write_proven(const struct proof_session *session, enum role prover,
                           const struct link_keys *keys, uint32_t lane_number,
                           struct writer *writer)
{
    const bool ours = prover == session->role;
    uint8_t exporter[EXPORTER_SIZE];
    TRY(session->session->kind->export(session->session, EXPORTER_LABEL_LANE, (slice){0}, exporter,
                                       sizeof exporter));
    write_bytes(writer, slice_of_text(LANE_LABEL));
    write_u8(writer, (uint8_t)prover);
    write_bytes(writer, SLICE(keys->id));
    write_be32(writer, lane_number);
    write_bytes(writer, SLICE(exporter));
    write_bytes(writer, digest_view(ours ? session->own_spki : session->peer_spki));
    write_bytes(writer, digest_view(ours ? session->peer_spki : session->own_spki));
    wipe(exporter, sizeof exporter);
    return OK;
}

static status make(const struct proof_session *session, enum role prover,
                   const struct link_keys *keys, uint32_t lane_number, struct digest *out)
{
    uint8_t space[PROVEN_SIZE_MAX];
    struct writer writer = writer_over(space, sizeof space);
    slice proven;
    TRY(lane_proof_fits(session, keys));
    status made = write_proven(session, prover, keys, lane_number, &writer);
    if (!made.fault)
        made = writer_finish(&writer, &proven);
    if (!made.fault)
        made = hmac(HASH_SHA384, secret_view(&keys->lane_key), proven, out);
    wipe(space, sizeof space);
    return made;
}

status lane_proof_make(const struct proof_session *session, enum role prover,
                       const struct link_keys *keys, uint32_t lane_number, struct lane_message *out)
{
    struct digest proof;
    TRY(make(session, prover, keys, lane_number, &proof));
    memcpy(out->link_id, keys->id, sizeof out->link_id);
    out->lane_number = lane_number;
    memcpy(out->proof, proof.data, sizeof out->proof);
    return OK;
}

status lane_proof_check(const struct proof_session *session, const struct link_keys *keys,
                        uint32_t lane_number, const struct lane_message *message)
{
    const enum role prover = session->role == ROLE_CLIENT ? ROLE_SERVER : ROLE_CLIENT;
    struct lane_message expected;
    TRY(lane_proof_make(session, prover, keys, lane_number, &expected));
    if (message->lane_number != lane_number ||
        !slice_equal(SLICE(message->link_id), SLICE(expected.link_id)) ||
        !equal_in_constant_time(SLICE(message->proof), SLICE(expected.proof)))
        return FAIL(UNAUTHENTIC, "the lane's proof does not hold");
    return OK;
}
