/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/message/challenge.h"

#include "spdm/message/opaque_field.h"
#include "spdm/message/slot.h"

enum { ASKS_MUTUAL = 1 << 7 }; /* param1 of CHALLENGE_AUTH */

static bool has_context(const struct spdm_shape *shape)
{
    return shape->version >= SPDM_1_3;
}

static status check_summary(uint8_t summary)
{
    if (summary != SPDM_SUMMARY_NONE && summary != SPDM_SUMMARY_TCB && summary != SPDM_SUMMARY_ALL)
        return FAIL(MALFORMED, "SPDM message asks for a summary of measurements that is none");
    return OK;
}

status spdm_challenge_read(struct reader *reader, const struct spdm_shape *shape,
                           struct spdm_challenge *out)
{
    struct spdm_challenge challenge = {0};
    struct spdm_header header;

    TRY(spdm_header_expect(reader, SPDM_CHALLENGE, &header));
    challenge.slot = header.param1;
    challenge.summary = header.param2;
    read_exactly(reader, challenge.nonce, sizeof challenge.nonce);
    if (has_context(shape))
        read_exactly(reader, challenge.context, sizeof challenge.context);
    TRY(spdm_message_was_whole(reader));

    TRY(spdm_slot_check(challenge.slot));
    TRY(check_summary(challenge.summary));
    *out = challenge;
    return OK;
}

void spdm_challenge_write(struct writer *writer, const struct spdm_shape *shape,
                          const struct spdm_challenge *challenge)
{
    const struct spdm_header header = {shape->version, SPDM_CHALLENGE, challenge->slot,
                                       challenge->summary};
    spdm_header_write(writer, &header);
    write_bytes(writer, SLICE(challenge->nonce));
    if (has_context(shape))
        write_bytes(writer, SLICE(challenge->context));
}

status spdm_challenge_auth_read(struct reader *reader, const struct spdm_shape *shape,
                                bool has_summary, struct spdm_challenge_auth *out)
{
    struct spdm_challenge_auth auth = {0};
    struct spdm_header header;

    TRY(spdm_header_expect(reader, SPDM_CHALLENGE_AUTH, &header));
    auth.asks_mutual = shape->version >= SPDM_1_1 && header.param1 & ASKS_MUTUAL;
    auth.provisioned_slots = header.param2;
    auth.chain_hash = read_bytes(reader, shape->hash_size);
    read_exactly(reader, auth.nonce, sizeof auth.nonce);
    if (has_summary)
        auth.summary_hash = read_bytes(reader, shape->hash_size);
    TRY(spdm_opaque_field_read(reader, &auth.opaque));
    if (has_context(shape))
        read_exactly(reader, auth.context, sizeof auth.context);
    auth.signature = read_bytes(reader, shape->signature_size);
    TRY(spdm_message_was_whole(reader));

    TRY(spdm_slot_of_nibble(header.param1, &auth.slot));
    *out = auth;
    return OK;
}

void spdm_challenge_auth_write(struct writer *writer, const struct spdm_shape *shape,
                               const struct spdm_challenge_auth *auth)
{
    const uint8_t slot = spdm_slot_nibble(auth->slot);
    const struct spdm_header header = {shape->version, SPDM_CHALLENGE_AUTH,
                                       (uint8_t)(slot | (auth->asks_mutual ? ASKS_MUTUAL : 0)),
                                       auth->provisioned_slots};
    spdm_header_write(writer, &header);
    write_bytes(writer, auth->chain_hash);
    write_bytes(writer, SLICE(auth->nonce));
    write_bytes(writer, auth->summary_hash);
    spdm_opaque_field_write(writer, auth->opaque);
    if (has_context(shape))
        write_bytes(writer, SLICE(auth->context));
    write_bytes(writer, auth->signature);
}
