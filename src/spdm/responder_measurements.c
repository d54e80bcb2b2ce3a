/* SPDX-License-Identifier: Apache-2.0 */

/* MEASUREMENTS, and the summary of them in other messages. */

#include "spdm/message/measurement_block.h"
#include "spdm/message/measurements.h"
#include "spdm/responder_parts.h"

#include <string.h>

/* Into the scratch; `out_record` is there until the next call. */
static status measure(struct spdm_asking *asking, const struct spdm_measuring *what,
                      slice *out_record, uint8_t *out_count)
{
    struct spdm_responder *const responder = asking->responder;
    struct writer record = writer_over(responder->scratch, responder->scratch_size);
    if (!responder->setup->duties.measure)
        return FAIL(UNSUPPORTED, "nobody measures");
    TRY(responder->setup->duties.measure(responder->context, what, &record, out_count));
    return writer_finish(&record, out_record);
}

static bool is_summarised(const struct spdm_asking *asking, uint8_t summary,
                          const struct spdm_measurement_block *block)
{
    return summary == SPDM_SUMMARY_ALL ||
           (block->specification == SPDM_MEASUREMENT_SPECIFICATION_DMTF && block->kind < 32 &&
            asking->responder->setup->tcb_kinds >> block->kind & 1);
}

/* Hashes the blocks that count, moved together in the scratch. */
static status digest_of_blocks(const struct spdm_asking *asking, uint8_t summary, slice record,
                               struct digest *out)
{
    struct reader blocks = reader_of(record);
    size_t size = 0;
    while (blocks.left.size) {
        struct spdm_measurement_block block;
        TRY(spdm_measurement_block_read(&blocks, &block));
        if (!is_summarised(asking, summary, &block))
            continue;
        memmove(asking->responder->scratch + size, block.whole.data, block.whole.size);
        size += block.whole.size;
    }
    return digest_of(asking->connection->suite.hash, (slice){asking->responder->scratch, size},
                     out);
}

status spdm_summarise(struct spdm_asking *asking, uint8_t summary, struct digest *out)
{
    const struct spdm_measuring all = {
        .operation = SPDM_MEASUREMENTS_ALL,
        .hash = asking->connection->suite.measurement_hash,
        .session = asking->session,
        .connection = asking->connection,
    };
    slice record;
    uint8_t count;
    out->size = 0;
    if (summary == SPDM_SUMMARY_NONE)
        return OK;
    if (summary != SPDM_SUMMARY_TCB && summary != SPDM_SUMMARY_ALL)
        return FAIL(MALFORMED, "no such summary of measurements");
    if (!(spdm_connection_flags(asking->connection) & SPDM_MEAS_CAP))
        return FAIL(UNEXPECTED, "a summary of measurements that there are not");
    TRY(measure(asking, &all, &record, &count));
    return digest_of_blocks(asking, summary, record, out);
}

static bool may_sign(const struct spdm_asking *asking)
{
    return (spdm_connection_flags(asking->connection) & SPDM_MEAS_CAP) == SPDM_MEAS_SIGNED;
}

static status sign_measurements(struct spdm_asking *asking, slice request, uint8_t slot)
{
    struct spdm_transcript *const transcript = &asking->connection->transcript;
    struct running_hash *const m = spdm_connection_m(asking->connection, asking->session);
    struct digest l1;
    TRY(spdm_transcript_l1(transcript, m, request, spdm_answered(asking), &l1));
    TRY(spdm_append_signature(asking, SPDM_SIGNATURE_MEASUREMENTS, slot, &l1));
    spdm_transcript_forget_m(m);
    return OK;
}

status spdm_answer_measurements(struct spdm_asking *asking)
{
    struct spdm_connection *const connection = asking->connection;
    struct spdm_get_measurements asked;
    struct spdm_measurements measurements = {0};
    uint8_t count = 0;
    slice request;
    TRY(spdm_get_measurements_read(&asking->reader, &connection->shape, &asked));
    TRY(spdm_asked(asking, &request));
    if (asked.asks_signature && !may_sign(asking))
        return spdm_refuse(asking, SPDM_UNSUPPORTED_REQUEST, SPDM_GET_MEASUREMENTS);

    const struct spdm_measuring what = {
        .operation = asked.operation,
        .asks_raw = asked.asks_raw,
        .asks_new = asked.asks_new,
        .hash = connection->suite.measurement_hash,
        .nonce = asked.asks_signature ? asked.nonce : NULL,
        .slot = asked.slot,
        .session = asking->session,
        .connection = connection,
    };
    TRY(measure(asking, &what, &measurements.record, &count));
    if (asked.operation == SPDM_MEASUREMENTS_COUNT)
        measurements.index_count = count;
    else
        measurements.block_count = count;
    measurements.slot = asked.slot;
    measurements.change = asking->responder->setup->change;
    measurements.is_signed = asked.asks_signature;
    memcpy(measurements.context, asked.context, sizeof measurements.context);
    TRY(asking->responder->setup->random(measurements.nonce, sizeof measurements.nonce));
    spdm_measurements_write(asking->out, &connection->shape, &measurements);

    if (asked.asks_signature)
        return sign_measurements(asking, request, asked.slot);
    return spdm_transcript_add_m(&connection->transcript,
                                 spdm_connection_m(connection, asking->session), request,
                                 spdm_answered(asking));
}
