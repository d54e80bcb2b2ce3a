/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/portions.h"

#include <string.h>

enum { HEADER_SIZE = 8, UNTOLD_SIZE = 0x400, SMALL_FORM_MAX = UINT16_MAX };

static size_t header_size(bool is_large)
{
    return is_large ? SPDM_CERTIFICATE_HEADER_SIZE_MAX : HEADER_SIZE;
}

/* As the sender of the chain sees the connection. */
static struct spdm_shape shape_from(const struct spdm_connection *connection, enum spdm_side side)
{
    return side == SPDM_RESPONDER ? connection->shape : spdm_shape_reversed(&connection->shape);
}

static enum spdm_side other_side(enum spdm_side side)
{
    return side == SPDM_REQUESTER ? SPDM_RESPONDER : SPDM_REQUESTER;
}

/* ---- the peer's ---- */

static bool asks_large(const struct spdm_connection *connection)
{
    return connection->shape.version >= SPDM_1_4 &&
           (spdm_connection_flags(connection) & connection->peer_flags & SPDM_LARGE_RESP_CAP);
}

/* As much as we take at a time. */
static uint32_t portion_size(const struct spdm_connection *connection, size_t around)
{
    const size_t taken = spdm_connection_takes(connection);
    const size_t besides = header_size(asks_large(connection)) + around;
    const size_t size = taken > besides ? taken - besides : UNTOLD_SIZE;
    return (uint32_t)(asks_large(connection) || size < SMALL_FORM_MAX ? size : SMALL_FORM_MAX);
}

void spdm_portion_ask(const struct spdm_connection *connection,
                      const struct spdm_gathering *gathering, size_t around, struct writer *writer)
{
    spdm_get_certificate_write(writer, &connection->shape,
                               &(struct spdm_get_certificate){
                                   .slot = gathering->slot,
                                   .is_large = asks_large(connection),
                                   .offset = (uint32_t)gathering->size,
                                   .length = portion_size(connection, around),
                               });
}

status spdm_portion_take(const struct spdm_connection *connection, struct reader *reader,
                         struct spdm_gathering *gathering, bool *out_is_whole)
{
    const struct spdm_shape shape = shape_from(connection, other_side(connection->settings->side));
    const struct spdm_peer_slot *const slot = &connection->peer_slots[gathering->slot];
    const size_t room = gathering->capacity - gathering->size;
    struct spdm_certificate certificate;
    TRY(spdm_certificate_read(reader, &shape, &certificate));
    const slice portion = certificate.portion;
    if (certificate.slot != gathering->slot || certificate.is_large != asks_large(connection) ||
        !portion.size)
        return FAIL(UNEXPECTED, "a portion of no chain that was asked for");
    if (shape.responder_is_multi_key && slot->is_provisioned &&
        certificate.certificate_model != slot->certificate_model)
        return FAIL(UNEXPECTED, "a chain of another model than its DIGESTS says");
    if (portion.size > room || certificate.remainder_size > room - portion.size)
        return FAIL(EXHAUSTED, "the peer's chain is longer than we take");
    memcpy(gathering->space + gathering->size, portion.data, portion.size);
    gathering->size += portion.size;
    *out_is_whole = certificate.remainder_size == 0;
    return OK;
}

status spdm_portion_check(struct spdm_connection *connection,
                          const struct spdm_gathering *gathering, struct digest *out)
{
    struct spdm_peer_slot *const slot = &connection->peer_slots[gathering->slot];
    struct digest digest;
    TRY(digest_of(connection->suite.hash, (slice){gathering->space, gathering->size}, &digest));
    if (slot->is_provisioned &&
        !slice_equal((slice){slot->digest, digest.size}, (slice){digest.data, digest.size}))
        return FAIL(UNAUTHENTIC, "the peer's chain is another than its DIGESTS says");
    memcpy(slot->digest, digest.data, digest.size);
    slot->is_provisioned = true;
    *out = digest;
    return OK;
}

/* ---- ours ---- */

status spdm_portion_show(const struct spdm_connection *connection,
                         const struct spdm_identity *identity, struct reader *reader, size_t around,
                         struct writer *writer)
{
    const struct spdm_shape shape = shape_from(connection, connection->settings->side);
    struct spdm_get_certificate request;
    struct spdm_certificate certificate;
    TRY(spdm_get_certificate_read(reader, &shape, &request));
    const size_t portion_max =
        spdm_connection_portion_max(connection, writer, around + header_size(request.is_large));
    TRY(spdm_identity_certificate(identity, connection->suite.hash, &request, portion_max,
                                  &certificate));
    if (shape.responder_is_multi_key)
        certificate.certificate_model = identity->slots[request.slot].certificate_model;
    spdm_certificate_write(writer, &shape, &certificate);
    return OK;
}
