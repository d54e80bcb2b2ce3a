/* SPDX-License-Identifier: Apache-2.0 */

/* GET_MEASUREMENTS. */

#include "spdm/message/measurement_block.h"
#include "spdm/requester_parts.h"

#include <string.h>

enum { OPERATION = 3 }; /* of the request: param2 */

static status check_signature(struct spdm_taking *taking, const struct spdm_measurements *got,
                              slice response)
{
    struct spdm_requester *const requester = taking->requester;
    struct running_hash *const m = spdm_connection_m(taking->connection, requester->session);
    struct digest l1;
    response.size -= got->signature.size;
    TRY(spdm_transcript_l1(&taking->connection->transcript, m, spdm_request_of(taking), response,
                           &l1));
    TRY(spdm_verify_response(requester, SPDM_SIGNATURE_MEASUREMENTS, &l1, got->signature));
    spdm_transcript_forget_m(m);
    return OK;
}

/* Nothing but what was asked for: their number, one of them, or all. */
static status check_blocks(uint8_t operation, const struct spdm_measurements *got)
{
    struct reader blocks = reader_of(got->record);
    struct spdm_measurement_block block;
    if (operation == SPDM_MEASUREMENTS_ALL)
        return OK;
    if (got->block_count != (operation != SPDM_MEASUREMENTS_COUNT))
        return FAIL(UNEXPECTED, "other measurements than were asked for");
    if (operation == SPDM_MEASUREMENTS_COUNT)
        return OK;
    TRY(spdm_measurement_block_read(&blocks, &block));
    return block.index == operation ? OK : FAIL(UNEXPECTED, "the measurement of another index");
}

static status take_measurements(struct spdm_taking *taking)
{
    struct spdm_requester *const requester = taking->requester;
    struct spdm_connection *const connection = taking->connection;
    struct spdm_measurements got;
    slice response;
    TRY(spdm_measurements_read(&taking->reader, &connection->shape, requester->is_signed, &got));
    TRY(spdm_took(taking, &response));
    if ((requester->is_signed && connection->shape.version >= SPDM_1_1 &&
         got.slot != requester->slot) ||
        !slice_equal((slice){got.context, sizeof got.context},
                     (slice){requester->context, sizeof requester->context}))
        return FAIL(UNEXPECTED, "MEASUREMENTS answers another request");
    TRY(check_blocks(spdm_request_of(taking).data[OPERATION], &got));
    if (requester->is_signed)
        TRY(check_signature(taking, &got, response));
    else
        TRY(spdm_transcript_add_m(&connection->transcript,
                                  spdm_connection_m(connection, requester->session),
                                  spdm_request_of(taking), response));
    requester->measurements = got;
    requester->measured = response;
    return OK;
}

status spdm_requester_measurements(struct spdm_requester *requester, struct moment now,
                                   const struct spdm_measuring_order *order, struct writer *out)
{
    static const struct spdm_step step = {SPDM_MEASUREMENTS, take_measurements};
    const struct spdm_connection *const connection = &requester->connection;
    struct spdm_signer peer;
    struct spdm_get_measurements request = {
        .asks_signature = order->asks_signature,
        .asks_raw = order->asks_raw,
        .asks_new = order->asks_new,
        .operation = order->operation,
        .slot = order->slot,
    };
    TRY(spdm_may_ask(requester, order->asks_signature ? SPDM_MEAS_SIGNED : SPDM_MEAS_CAP));
    if (order->asks_signature) {
        TRY(spdm_accepted_signer(requester, SPDM_SIGNATURE_MEASUREMENTS, order->slot, &peer));
        if (order->nonce)
            memcpy(request.nonce, order->nonce, sizeof request.nonce);
        else
            TRY(requester->setup->random(request.nonce, sizeof request.nonce));
    }
    if (connection->shape.version >= SPDM_1_3)
        TRY(requester->setup->random(request.context, sizeof request.context));

    struct spdm_saying saying = spdm_say_begin(requester, order->session, out);
    spdm_get_measurements_write(&saying.draft, &connection->shape, &request);
    requester->slot = order->slot;
    requester->is_signed = order->asks_signature;
    memcpy(requester->context, request.context, sizeof request.context);
    memcpy(requester->nonce, request.nonce, sizeof request.nonce);
    return spdm_say_end(requester, now, &saying, &step);
}
